//! Rule 2: whatever a server does with an answer, a check ends in its time, says so, and `course` stays small.

use std::time::{Duration, Instant};

use crate::check_bench::{Bench, Ended};

/// One check of one path that has one second.
fn asks(path: &str, expect: &str) -> String {
    format!(
        r#"
[[check]]
id = "asks"
title = "It answers"
points = 1
[[check.step]]
http = {{ on = "a", get = "{path}", timeout = "1s" }}
{expect}
"#
    )
}

/// Grades one path of the server. The time is generous, and still far from what a run that hangs would take.
#[track_caller]
fn graded(path: &str) -> Ended {
    let bench = Bench::new("serve", &asks(path, "expect.status = 200"));
    let began = Instant::now();
    let ended = bench.settled("check").exits(1);
    assert!(began.elapsed() < Duration::from_mins(1), "{ended}");
    bench.leaves_nothing();
    ended
}

#[test]
fn rule_2_a_silent_path_ends_in_the_time_of_its_step() {
    graded("/silent").says("connected, but no complete answer within 1s.");
}

#[test]
fn rule_2_dripped_headers_end_in_the_time_of_their_step() {
    graded("/drip").says("connected, but no complete answer within 1s.");
}

#[test]
#[expect(
    clippy::print_stderr,
    reason = "whoever runs the tests is told what was left out"
)]
fn rule_2_a_gigabyte_is_cut_off_without_keeping_it() {
    let small = graded("/silent");
    let large = graded("/huge").says("the answer is larger than 1");
    let (Some(small), Some(large)) = (small.peak, large.peak) else {
        eprintln!("skipped: this system does not tell how much memory a process used");
        return;
    };
    assert!(large < small + (64 << 20), "{large} after {small} bytes");
}

#[test]
fn rule_2_a_body_without_end_ends_in_the_time_of_its_step() {
    graded("/endless").says("the headers came, but the body did not end within 1s.");
}

#[test]
fn rule_2_a_length_that_is_never_reached_ends_in_the_time_of_its_step() {
    graded("/liar").says("the headers came, but the body did not end within 1s.");
}

#[test]
fn rule_2_an_early_close_is_named() {
    graded("/early").says("the server closed the connection without answering.");
}

#[test]
fn rule_2_hostile_bytes_are_an_answer_like_any_other() {
    let bench = Bench::new("serve", &asks("/hostile", "expect.body = \"plain\""));
    let ended = bench.settled("check").exits(1);
    assert!(!ended.raw.contains(&0x1b), "{ended}");
    assert!(
        !ended.out.lines().any(|l| l.trim_start().starts_with("::")),
        "{ended}"
    );
}

//! `course check --watch`: one run for each save, and an end that leaves nothing.

use std::time::{Duration, Instant};

use crate::check_bench::{Bench, Running};

const GOOD: &str = r#"
[[check]]
id = "good"
title = "It answers"
points = 1
step = [{ http = { on = "a", get = "/ok" }, expect = { status = 200 } }]
"#;

/// How many runs have been reported, each followed by the wait for the next change.
fn runs(err: &str) -> usize {
    err.matches("for changes").count()
}

#[test]
fn each_save_runs_the_checks_once_and_ctrl_c_ends_the_watch() {
    let bench = Bench::new("serve", GOOD);
    let mut running = Running::start(bench.command("check --watch"));
    running.until(|out, err| out.contains("PASSED") && runs(err) == 1);

    let began = Instant::now();
    std::fs::write(bench.root.join("work/server.py"), "one").unwrap();
    std::fs::write(bench.root.join("work/server.py"), "two").unwrap();
    let together = began.elapsed() < Duration::from_millis(100);
    running.until(|_, err| runs(err) >= 2);
    // Two saves far apart, on a machine that stood still between them, are two saves.
    if together {
        std::thread::sleep(Duration::from_secs(1));
        running.until(|_, err| runs(err) == 2);
    }

    let (_, before) = running.until(|_, _| true);
    let began = Instant::now();
    std::fs::write(bench.root.join("work/.server.py.swp"), "three").unwrap();
    std::fs::rename(
        bench.root.join("work/.server.py.swp"),
        bench.root.join("work/server.py"),
    )
    .unwrap();
    let together = began.elapsed() < Duration::from_millis(100);
    running.until(|_, err| runs(err) > runs(&before));
    if together {
        std::thread::sleep(Duration::from_secs(1));
        running.until(|_, err| runs(err) == runs(&before) + 1);
    }

    running.signal("INT");
    let ended = running.end().exits(130);
    assert!(!ended.raw.contains(&0x1b), "{ended}");
    bench.leaves_nothing();
}

#[test]
fn a_server_that_is_broken_meanwhile_does_not_end_the_watch() {
    let bench = Bench::new("exits", GOOD);
    let mut running = Running::start(bench.command("check --watch"));
    running.until(|_, err| err.contains("ended with exit code 3") && runs(err) == 1);
    running.signal("TERM");
    running.end().exits(130);
    bench.leaves_nothing();
}

#[test]
fn there_is_nothing_to_watch_behind_a_url() {
    let bench = Bench::new("serve", GOOD);
    let ended = bench.course("check probe --watch --url 9").exits(2);
    ended.notes("`--watch` needs a folder to watch");
}

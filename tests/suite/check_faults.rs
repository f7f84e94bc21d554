//! Faults: each kind breaks the connections of a proxy as it says, and is gone with its check.

use crate::check_bench::{Bench, Served};

fn bench(file: &str) -> Bench {
    let path = format!(
        "{}/tests/suite/fixtures/grading/language/{file}.toml",
        env!("CARGO_MANIFEST_DIR")
    );
    Bench::graded_by("serve", &std::fs::read_to_string(path).unwrap())
}

#[test]
fn every_fault_does_what_it_says_and_is_lifted_with_its_check() {
    let bench = bench("faults_hold");
    let ended = bench.settled("check").exits(0);
    ended.says("PASSED").says("12 of 12");
    bench.leaves_nothing();
}

#[test]
fn a_server_that_cannot_bear_a_fault_fails() {
    let bench = bench("faults_break");
    let checks = bench.settled_checks();
    for check in checks.values() {
        assert_eq!(check["outcome"], "failed", "{check}");
    }
    let all = format!("{checks:?}");
    for text in ["refused", "reset the connection", "no answer"] {
        assert!(all.contains(text), "no `{text}` in {all}");
    }
}

#[test]
fn the_timeline_shows_the_fault() {
    let ended = bench("faults_break").settled("check cut").exits(1);
    ended.says("cut the line").says("[ cut ]");
}

#[test]
fn a_proxy_of_ours_is_not_there_with_url() {
    let bench = bench("faults_break");
    let served = Served::start("serve", "127.0.0.1", &bench);
    let line = format!("check --url {} --format json cut", served.port);
    let report = bench.course(&line).json();
    assert_eq!(report["checks"][0]["outcome"], "skipped", "{report}");
}

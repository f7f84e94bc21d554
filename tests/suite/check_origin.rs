//! Origins behind the learner's server: asked, counted, in trouble.

use std::collections::BTreeMap;

use crate::check_bench::Bench;

pub(crate) fn bench(file: &str) -> Bench {
    let path = format!(
        "{}/tests/suite/fixtures/grading/language/{file}.toml",
        env!("CARGO_MANIFEST_DIR")
    );
    Bench::graded_by("serve", &std::fs::read_to_string(path).unwrap())
}

/// That each check failed and its report says this.
pub(crate) fn broken(file: &str, breaks: &[(&str, &str)]) {
    let report = bench(file).settled("check --format json").exits(1).json();
    let checks = report["checks"].as_array().unwrap();
    let checks: BTreeMap<&str, &serde_json::Value> = checks
        .iter()
        .map(|check| (check["id"].as_str().unwrap(), check))
        .collect();
    assert_eq!(checks.len(), breaks.len());
    for (id, text) in breaks {
        assert_eq!(checks[id]["outcome"], "failed", "{id}: {}", checks[id]);
        let all = checks[id].to_string();
        assert!(all.contains(text), "no `{text}` in {all}");
    }
}

#[test]
fn an_origin_is_asked_counted_and_has_trouble() {
    let bench = bench("origin_hold");
    bench
        .settled("check")
        .exits(0)
        .says("PASSED")
        .says("5 of 5");
    bench.leaves_nothing();
}

#[test]
fn a_wrong_count_and_a_request_that_never_comes_fail() {
    broken(
        "origin_break",
        &[
            (
                "counts",
                "\"subject\":\"requests\",\"expected\":\"1\",\"got\":\"2\"",
            ),
            (
                "bytes",
                "\"subject\":\"bytes\",\"expected\":\"less than 20KB\",\"got\":\"20000\"",
            ),
            (
                "nobody",
                "the origin got 0 of 1 requests for /v/1 within 100ms",
            ),
        ],
    );
}

#[test]
fn an_edge_is_held_against_its_origin() {
    let bench = bench("edge_hold");
    bench
        .settled("check")
        .exits(0)
        .says("PASSED")
        .says("5 of 5");
    bench.leaves_nothing();
}

#[test]
fn an_answer_unlike_the_origins_fails_and_says_how() {
    broken(
        "edge_break",
        &[
            (
                "like",
                "\"subject\":\"status like o\",\"expected\":\"404\",\"got\":\"200\"",
            ),
            (
                "age",
                "\"subject\":\"age\",\"expected\":\"at least 0\",\"got\":\"no such header\"",
            ),
            ("cache-status", "no header cache-status"),
            (
                "whole",
                "\"subject\":\"whole\",\"expected\":\"true\",\"got\":\"false\"",
            ),
            (
                "ending",
                "\"subject\":\"ending\",\"expected\":\"\\\"502\\\"\",\"got\":\"\\\"cut\\\"\"",
            ),
            ("status", "no answer (body cut short)"),
            ("secrets", "the file of the database in the body"),
            (
                "memory",
                "\"subject\":\"growth\",\"expected\":\"less than 25MB\"",
            ),
        ],
    );
}

//! The check language: each of its features once where it holds, and once where it breaks.

use crate::check_bench::{Bench, Served, by_id};

fn bench(file: &str) -> Bench {
    let path = format!(
        "{}/tests/suite/fixtures/grading/language/{file}.toml",
        env!("CARGO_MANIFEST_DIR")
    );
    Bench::graded_by("serve", &std::fs::read_to_string(path).unwrap())
}

#[test]
fn every_feature_passes_where_it_holds() {
    let bench = bench("holds");
    let ended = bench.settled("check").exits(0);
    ended.says("PASSED").says("17 of 17");
    bench.leaves_nothing();
}

/// What the report of each failing check must say, somewhere.
const BREAKS: &[(&str, &str)] = &[
    ("each", "\"case\":\"missing\""),
    ("repeat", "\"repetition\":{\"which\":3,\"of\":3}"),
    ("shuffle", "item-2"),
    ("capture", "a value, kept as `id`"),
    ("parallel", "answers 201"),
    (
        "uncovered",
        "\"subject\":\"answers 409\",\"expected\":\"none\",\"got\":\"4\"",
    ),
    ("race", "answers 2xx"),
    ("retry", "\"got\":\"404\""),
    ("retry-status", "\"got\":\"503\""),
    ("wait", "\"got\":\"404\""),
    ("include", "light-"),
    ("requires", "\"got\":\"\\\"b\\\"\""),
    ("group", "at the step \\\"read it\\\" of this group"),
    ("jar", "$.sid"),
    ("distinct-absent", "3 of 3 answers without one"),
    ("hint", "There is no such route yet."),
    ("meanwhile", "at 20 ms: make it"),
    ("after", "after 3 answers: make it"),
    (
        "distinct",
        "\"subject\":\"distinct $\",\"expected\":\"3\",\"got\":\"1\"",
    ),
    (
        "stop",
        "\"subject\":\"exit\",\"expected\":\"0\",\"got\":\"signal 15 (TERM)\"",
    ),
];

#[test]
fn every_feature_fails_where_it_breaks() {
    let checks = bench("breaks").settled_checks();
    for (id, text) in BREAKS {
        assert_eq!(checks[*id]["outcome"], "failed", "{id}");
        let all = checks[*id].to_string();
        assert!(all.contains(text), "no `{text}` in {all}");
    }
    assert_eq!(checks["needs"]["outcome"], "skipped");
    for (id, why) in [
        ("missed", "before this was due at 600000 ms"),
        (
            "missed-after",
            "was over after 3 answers, before this was due",
        ),
    ] {
        assert_eq!(checks[id]["outcome"], "inconclusive");
        let all = checks[id].to_string();
        assert!(all.contains(why), "no `{why}` in {all}");
    }
    let reason = checks["needs"]["cases"][0]["reason"].as_str();
    assert_eq!(
        reason,
        Some("not run: it needs \"include\", which did not pass")
    );
    assert!(!checks["hint"].to_string().contains("It fell over."));
}

#[test]
fn what_needs_servers_of_ours_is_skipped_with_url_and_leaves_the_total() {
    let bench = bench("holds");
    let served = Served::start("serve", "127.0.0.1", &bench);
    let line = format!("check --url {} --format json requires include", served.port);
    let report = bench.course(&line).exits(0).json();
    let checks = by_id(&report);
    assert_eq!(checks["requires"]["outcome"], "skipped");
    assert_eq!(
        checks["requires"]["cases"][0]["reason"],
        "needs servers that course starts itself; run it without --url"
    );
    assert_eq!(checks["include"]["outcome"], "passed");
    assert_eq!(report["points"]["total"], 1);
}

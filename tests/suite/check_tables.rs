//! Tables that a check fills, changes and asks: once where it holds, and once where it breaks.

use std::collections::BTreeMap;

use crate::check_bench::Bench;

fn bench(file: &str) -> Bench {
    let path = format!(
        "{}/tests/suite/fixtures/grading/language/{file}.toml",
        env!("CARGO_MANIFEST_DIR")
    );
    Bench::graded_by("serve", &std::fs::read_to_string(path).unwrap())
}

#[test]
fn tables_are_filled_changed_and_asked() {
    let bench = bench("tables_hold");
    bench
        .settled("check")
        .exits(0)
        .says("PASSED")
        .says("3 of 3");
    bench.leaves_nothing();
}

/// What the report of each check must say, and how it must end.
const BREAKS: &[(&str, &str, &str)] = &[
    (
        "value",
        "failed",
        "\"subject\":\"rows $[0].stock\",\"expected\":\"4\",\"got\":\"5\"",
    ),
    ("type", "failed", "\"expected\":\"\\\"5\\\"\""),
    ("no-row", "failed", "no row"),
    ("kept", "failed", "a value, kept as `stock`"),
    ("no-table", "failed", "no such table: sold"),
    (
        "no-sql",
        "errored",
        "the database refuses `UPDATE products SET`",
    ),
];

#[test]
fn a_wrong_value_fails_and_a_wrong_statement_is_the_checks_fault() {
    let bench = bench("tables_break");
    let report = bench.settled("check --format json").exits(4).json();
    let checks = report["checks"].as_array().unwrap();
    let checks: BTreeMap<&str, &serde_json::Value> = checks
        .iter()
        .map(|check| (check["id"].as_str().unwrap(), check))
        .collect();
    for (id, outcome, text) in BREAKS {
        assert_eq!(checks[id]["outcome"], *outcome, "{id}: {}", checks[id]);
        let all = checks[id].to_string();
        assert!(all.contains(text), "no `{text}` in {all}");
    }
}

//! Drawings of an architecture: read, asked, and shown with what is wrong in them marked.

use std::collections::BTreeMap;

use crate::check_bench::Bench;

/// A bench with this drawing in the learner's folder; none when it is empty.
fn bench(drawing: &str) -> Bench {
    let checks = format!(
        "{}/tests/suite/fixtures/grading/language/drawing.toml",
        env!("CARGO_MANIFEST_DIR")
    );
    let bench = Bench::graded_by("serve", &std::fs::read_to_string(checks).unwrap());
    if !drawing.is_empty() {
        std::fs::write(bench.root.join("work/architecture.mmd"), drawing).unwrap();
    }
    bench
}

const RIGHT: &str = "flowchart LR
  browser([Browser]):::client -->|HTTPS over TCP| lb{{Balancer}}:::lb
  lb -->|http over tcp| tier
  subgraph tier [App tier]
    a[Shop a]:::app & b[Shop b]:::app
  end
  tier -->|SQL over Unix socket| db[(Database)]:::db
";

#[test]
fn a_right_drawing_passes() {
    let bench = bench(RIGHT);
    bench
        .settled("check")
        .exits(0)
        .says("PASSED")
        .says("9 of 9");
    bench.leaves_nothing();
}

const WRONG: &str = "flowchart LR
  browser([Browser]):::client -->|HTTPS over TCP| web[nginx]:::web
  web -->|SQL over TCP| db[(Database)]:::db
  web -->|HTTP over carrier pigeon| shop[Shop]:::apps
  db --> shop
  browser -->|SQL| db
  shop --- old[Old one]:::app
  idle[Idle]:::cache
";

/// What the report of each failing check must say.
const BREAKS: &[(&str, &str)] = &[
    ("nodes", "nodes client"),
    (
        "classless",
        "line 4: Shop has the class `apps`; did you mean `app`?",
    ),
    ("alone", "line 8: Idle has no arrow"),
    (
        "headless",
        "line 7: Shop --- Old one; say who asks: use -->",
    ),
    (
        "unlabelled",
        "line 5: Database --> Shop; write the protocol on it",
    ),
    ("arrows", "line 6: Browser -- SQL --> Database"),
    (
        "protocol",
        "\"subject\":\"protocol of Browser --> Database (line 6)\",\"expected\":\"HTTP or HTTPS\",\"got\":\"\\\"SQL\\\"\"",
    ),
    ("transport", "carrier pigeon"),
    ("paths", "Browser --> Database"),
];

fn checks(report: &serde_json::Value) -> BTreeMap<String, serde_json::Value> {
    let checks = report["checks"].as_array().unwrap();
    let pair =
        |check: &serde_json::Value| (check["id"].as_str().unwrap().to_owned(), check.clone());
    checks.iter().map(pair).collect()
}

#[test]
fn every_mistake_of_a_drawing_is_named() {
    let bench = bench(&WRONG.replace(":::client", ":::web"));
    let report = bench.settled("check --format json nodes").exits(1).json();
    let all = checks(&report)["nodes"].to_string();
    assert!(
        all.contains("\"subject\":\"nodes client\",\"expected\":\"at least 1\",\"got\":\"0\""),
        "{all}"
    );

    let bench = self::bench(WRONG);
    let report = bench.settled("check --format json").exits(1).json();
    let checks = checks(&report);
    for (id, text) in BREAKS.iter().filter(|(id, _)| *id != "nodes") {
        assert_eq!(checks[*id]["outcome"], "failed", "{id}");
        let all = checks[*id].to_string();
        assert!(all.contains(text), "no `{text}` in {all}");
    }
}

#[test]
fn the_offending_path_is_marked_in_the_drawing() {
    let bench = bench(WRONG);
    let ended = bench.settled("check paths").exits(1);
    ended
        .says("✗ SQL")
        .says("│ Browser │")
        .says("client -> db crosses app");
}

#[test]
fn a_drawing_that_cannot_be_read_shows_where() {
    let bench = bench("flowchart LR\n  a[Shop (python)]:::app --> b\n");
    let ended = bench.settled("check nodes").exits(1);
    ended
        .says("architecture.mmd:2:10: `(` in a box needs quotes")
        .says("2 | a[Shop (python)]:::app --> b");
}

#[test]
fn a_drawing_that_is_not_there_fails_and_says_so() {
    let bench = bench("");
    bench
        .settled("check classless --format json")
        .exits(1)
        .says("`architecture.mmd` is not there; draw it");
}

#[test]
fn a_file_that_never_ends_is_not_opened() {
    let bench = bench("");
    let path = bench.root.join("work/architecture.mmd");
    std::process::Command::new("mkfifo")
        .arg(&path)
        .status()
        .unwrap();
    bench.settled("check nodes").exits(1).says("is not a file;");
}

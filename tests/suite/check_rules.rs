//! Rules 10, 11, 13, 14 and 15, as far as grading is concerned; the other commands have theirs beside them.

use std::collections::BTreeMap;
use std::path::Path;

use unicode_width::UnicodeWidthStr as _;

use crate::check_bench::{Bench, Running};

const CHECKS: &str = r#"
[[check]]
id = "passes"
title = "It answers"
points = 1
step = [{ http = { on = "a", get = "/ok" }, expect = { status = 200 } }]
[[check]]
id = "fails"
title = "It answers a question that is long enough to need more than one line on most terminals that people use"
points = 1
why = "Somebody asks, and whoever asks wants an answer that fits on the screen, however narrow the screen may be."
[[check.step]]
http = { on = "a", post = "/echo", json = { text = "a rather long text, so that the command that sends it is long as well" } }
expect.status = 201
expect.json."$.body" = "another rather long text that is nowhere in the answer of the server, whatever it says"
[[check]]
id = "skipped"
title = "It answers again"
points = 1
needs = ["fails"]
step = [{ http = { on = "a", get = "/ok" }, expect = { status = 200 } }]
"#;

const PASSES: &str = r#"
[[check]]
id = "passes"
title = "It answers"
points = 1
step = [{ http = { on = "a", get = "/ok" }, expect = { status = 200 } }]
"#;

#[test]
fn rule_10_runs_that_end_at_once_lose_no_progress() {
    let bench = Bench::new("serve", PASSES);
    let before =
        r#"{"version": 1, "exercises": {"other": {"passed": "2026-01-02T03:04:05Z"}}, "later": 7}"#;
    std::fs::write(bench.root.join("home/progress.json"), before).unwrap();
    let all: Vec<Running> = (0..3)
        .map(|_| Running::start(bench.command("check")))
        .collect();
    for running in all {
        running.end().exits(0);
    }
    let after: serde_json::Value = serde_json::from_slice(&bench.progress()).unwrap();
    assert_eq!(
        after["exercises"]["other"]["passed"],
        "2026-01-02T03:04:05Z"
    );
    assert!(after["exercises"]["probe"]["passed"].is_string(), "{after}");
    assert_eq!(after["later"], 7);
}

#[test]
fn rule_10_a_later_failure_does_not_take_a_pass_away() {
    let bench = Bench::new("serve", PASSES);
    bench.course("check").exits(0);
    bench.check_file(&format!("{}{CHECKS}", crate::check_bench::HEAD));
    bench.course("check").exits(1);
    let after: serde_json::Value = serde_json::from_slice(&bench.progress()).unwrap();
    assert!(after["exercises"]["probe"]["passed"].is_string(), "{after}");
}

#[test]
fn rule_10_damaged_progress_is_said_and_kept_aside() {
    let bench = Bench::new("serve", PASSES);
    bench.course("check").exits(0);
    std::fs::write(
        bench.root.join("home/progress.json"),
        "{\"version\": 1, \"exer",
    )
    .unwrap();
    bench.course("check").exits(0).notes("note: ");
    let kept = std::fs::read_dir(bench.root.join("home")).unwrap();
    let damaged = kept.filter(|e| {
        let path = e.as_ref().unwrap().path();
        std::fs::read_to_string(path).is_ok_and(|text| text.ends_with("\"exer"))
    });
    assert_eq!(damaged.count(), 1);
}

/// Every file below a folder, and what is in it.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.display().to_string(), std::fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn rule_11_grading_touches_nothing_in_the_learners_folder() {
    let bench = Bench::new("serve", CHECKS);
    let work = bench.root.join("work");
    std::fs::create_dir_all(work.join("data")).unwrap();
    std::fs::write(work.join("data/app.db"), "mine").unwrap();
    std::fs::write(work.join("server.py"), "mine too").unwrap();
    let before = files(&work);
    bench.course("check").exits(1);
    bench.course("demo probe");
    assert_eq!(files(&work), before);
}

#[test]
fn rule_13_the_exercise_is_found_from_any_subfolder() {
    let bench = Bench::new("serve", PASSES);
    let below = bench.root.join("work/a/b");
    std::fs::create_dir_all(&below).unwrap();
    let mut command = bench.command("check");
    command.current_dir(below);
    Running::start(command).end().exits(0);
}

#[test]
fn rule_13_misspelt_names_get_the_nearest() {
    let bench = Bench::new("serve", CHECKS);
    for (line, near) in [
        ("check fial", "fails"),
        ("check --only pases", "passes"),
        ("chekc", "check"),
    ] {
        bench.course(line).exits(2).notes(near);
    }
    assert!(bench.requests().is_empty());
}

#[test]
fn rule_13_a_missing_runtime_says_what_to_install() {
    let bench = Bench::new("serve", PASSES);
    let mut command = bench.command("check");
    command.env("PATH", bench.root.join("tmp"));
    let ended = Running::start(command).end().exits(3);
    let ended = ended.notes("`python3` is not installed");
    ended.notes("Install Python 3.9 or newer.");
}

#[test]
fn rule_14_no_line_of_a_report_is_wider_than_the_terminal() {
    let bench = Bench::new("serve", CHECKS);
    for columns in [40, 80, 120] {
        let mut command = bench.command("check --verbose");
        command.env("COLUMNS", columns.to_string());
        let ended = Running::start(command).end().exits(1);
        let mut copied = false;
        for line in ended.out.lines() {
            // A command that is to be copied is never broken inside an argument.
            copied = line.starts_with("curl ") || (copied && line.starts_with("  "));
            assert!(
                copied || line.width() <= columns,
                "{columns}: {line:?} in {ended}"
            );
        }
    }
}

#[test]
fn rule_15_words_carry_the_outcome_and_the_order_is_that_of_the_file() {
    let bench = Bench::new("serve", CHECKS);
    let report = bench.course("check").exits(1);
    let words: Vec<&str> = report
        .out
        .lines()
        .filter_map(|l| {
            ["PASS ", "FAIL ", "SKIP "]
                .into_iter()
                .find(|w| l.contains(w))
        })
        .collect();
    assert_eq!(words, ["PASS ", "FAIL ", "SKIP "], "{report}");
    let verdicts = |text: &str| -> Vec<String> {
        let rows = text.lines().filter(|l| l.contains(" of 1 points"));
        rows.map(str::to_owned).collect()
    };
    let again = bench.course("check").exits(1);
    assert_eq!(verdicts(&report.out), verdicts(&again.out));
}

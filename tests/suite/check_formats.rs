//! Rules 6, 7 and 8: plain where it must be plain, one verdict in every format, and stable exit codes.

use std::collections::BTreeMap;
use std::process::Command;

use crate::check_bench::{Bench, Ended};
use crate::check_interrupt::on_terminal;

/// One check of each outcome that a server can bring about, one of them with cases.
const CHECKS: &str = r#"
[[check]]
id = "passes"
title = "It answers"
points = 3
why = "Somebody asks."
step = [{ http = { on = "a", get = "/ok" }, expect = { status = 200 } }]
[[check]]
id = "cases"
title = "It answers everything"
points = 2
each = { path = ["ok", "missing"] }
step = [{ http = { on = "a", get = "/{{ path }}" }, expect = { status = 200 } }]
[[check]]
id = "skipped"
title = "It would answer"
points = 1
level = "deep"
needs = ["cases"]
step = [{ http = { on = "a", get = "/ok" }, expect = { status = 200 } }]
"#;

const FORMATS: &[&str] = &["human", "json", "junit", "tap"];

fn bench() -> Bench {
    Bench::new("serve", CHECKS)
}

fn reported(bench: &Bench, format: &str) -> Ended {
    let ended = bench.course(&format!("check --seed 7 --format {format}"));
    ended.exits(1)
}

#[test]
fn rule_6_no_format_has_an_escape_through_a_pipe() {
    let bench = bench();
    for format in FORMATS {
        let ended = reported(&bench, format);
        assert!(!ended.raw.contains(&0x1b), "{ended}");
        assert!(!ended.err.contains('\x1b'), "{ended}");
    }
}

#[test]
fn rule_6_no_color_and_a_dumb_terminal_get_words_and_no_escape() {
    for setting in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let bench = bench();
        let mut session = on_terminal(&bench, "check --seed 7", &[setting]);
        let shown = session.exp_eof().unwrap();
        assert!(!shown.contains('\x1b'), "{shown:?}");
        for word in ["PASS", "FAIL", "SKIP"] {
            assert!(shown.contains(word), "{shown:?}");
        }
    }
}

#[test]
fn rule_6_on_a_terminal_the_whole_report_stays_and_status_is_a_word() {
    let bench = bench();
    let mut session = on_terminal(&bench, "check --seed 7", &[]);
    let shown = session.exp_eof().unwrap();
    for word in ["PASS", "FAIL", "SKIP", "NOT PASSED YET"] {
        assert!(shown.contains(word), "{shown:?}");
    }
    assert!(!shown.contains("\x1b[?1049h"), "{shown:?}");
}

#[test]
fn rule_7_json_follows_its_schema() {
    let document = reported(&bench(), "json").json();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/result.schema.json");
    let schema = std::fs::read_to_string(schema).unwrap();
    let schema = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mistakes: Vec<String> = validator
        .iter_errors(&document)
        .map(|e| format!("{e} at {}", e.instance_path()))
        .collect();
    assert!(mistakes.is_empty(), "{mistakes:#?}");
    assert_eq!(document["points"]["earned"], 3);
    assert_eq!(document["points"]["total"], 6);
}

/// What each check or case came out as: `passed`, `failed` or `skipped`.
type Verdicts = BTreeMap<String, String>;

fn verdicts_of_json(ended: &Ended) -> Verdicts {
    let document = ended.json();
    let mut verdicts = Verdicts::new();
    for check in document["checks"].as_array().unwrap() {
        let id = check["id"].as_str().unwrap();
        for case in check["cases"].as_array().unwrap() {
            let name = match case["case"].as_str() {
                Some(case) => format!("{id}[{case}]"),
                None => id.to_owned(),
            };
            verdicts.insert(name, case["outcome"].as_str().unwrap().to_owned());
        }
    }
    verdicts
}

/// Reads the XML with the standard library of Python, which refuses what is not well formed.
fn verdicts_of_junit(ended: &Ended) -> Verdicts {
    let program = "
import sys, xml.dom.minidom
for case in xml.dom.minidom.parseString(sys.stdin.buffer.read()).getElementsByTagName('testcase'):
    kinds = [n.tagName for n in case.childNodes if n.nodeType == n.ELEMENT_NODE]
    word = 'failed' if 'failure' in kinds else 'skipped' if 'skipped' in kinds else 'errored' if 'error' in kinds else 'passed'
    print(case.getAttribute('name'), word, sep='\\t')
";
    let mut child = Command::new("python3")
        .args(["-c", program])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut pipe, &ended.raw).unwrap();
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "not well formed: {ended}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .filter_map(|l| l.split_once('\t'))
        .map(|(name, word)| (first_word(name), word.to_owned()))
        .collect()
}

fn verdicts_of_tap(ended: &Ended) -> Verdicts {
    let mut lines = ended.out.lines();
    assert_eq!(lines.next(), Some("TAP version 14"), "{ended}");
    let points: Vec<&str> = lines
        .clone()
        .filter(|l| l.starts_with("ok ") || l.starts_with("not ok "))
        .collect();
    let plan = format!("1..{}", points.len());
    assert!(lines.any(|l| l == plan), "no plan {plan} in {ended}");
    points
        .iter()
        .map(|line| {
            let word = if line.contains("# SKIP") {
                "skipped"
            } else if line.starts_with("ok ") {
                "passed"
            } else {
                "failed"
            };
            let name = line.split_once(" - ").unwrap().1;
            (first_word(name), word.to_owned())
        })
        .collect()
}

fn first_word(text: &str) -> String {
    let end = text.find([' ', ':']).unwrap_or(text.len());
    text[..end].replace("\\#", "#")
}

#[test]
fn rule_7_all_formats_agree() {
    let bench = bench();
    let expected: Verdicts = [
        ("passes", "passed"),
        ("cases[ok]", "passed"),
        ("cases[missing]", "failed"),
        ("skipped", "skipped"),
    ]
    .map(|(name, word)| (name.to_owned(), word.to_owned()))
    .into();
    assert_eq!(verdicts_of_json(&reported(&bench, "json")), expected);
    assert_eq!(verdicts_of_junit(&reported(&bench, "junit")), expected);
    assert_eq!(verdicts_of_tap(&reported(&bench, "tap")), expected);
    reported(&bench, "human")
        .says("PASS It answers")
        .says("FAIL It answers everything")
        .says("SKIP It would answer")
        .says("1 passed, 1 failed, 1 skipped");
}

#[test]
fn rule_8_exit_codes_are_stable() {
    let bench = bench();
    bench.course("check passes").exits(0);
    bench.course("check").exits(1);
    bench.course("check pases").exits(2).notes("did you mean");
    bench.course("check --database mysql").exits(2);
    bench.course("check --format yaml").exits(2);
    bench.runs("no-such-program");
    bench.course("check").exits(3);
    bench.check_file("course = 1\n");
    bench.course("check").exits(4);
}

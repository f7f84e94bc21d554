//! The report in the Test Anything Protocol, version 14 (testanything.org): one test point per check and per `each`
//! case. A machine that could not decide is a skip with its reason; a check at fault is `not ok`.

use std::fmt::Write as _;

use serde_json::Value;

use super::cell;
use super::junit::headline;
use crate::grading::outcome::{CheckResult, Grade, Outcome};

/// The whole document.
pub(super) fn document(grade: &Grade) -> String {
    let mut tap = String::from("TAP version 14\n");
    let _ = writeln!(
        tap,
        "# {}, seed {}",
        cell::line(&grade.title),
        cell::line(&grade.seed)
    );
    if grade.results.is_empty() {
        tap.push_str("Bail out! no check ran\n");
        return tap;
    }
    let _ = writeln!(tap, "1..{}", grade.results.len());
    for (at, result) in grade.results.iter().enumerate() {
        tap.push_str(&point(at + 1, result, grade));
    }
    let passed = if grade.passed {
        "passed"
    } else {
        "not passed yet"
    };
    let _ = writeln!(
        tap,
        "# {passed}, {} of {} points",
        grade.earned, grade.total
    );
    tap
}

fn point(number: usize, result: &CheckResult, grade: &Grade) -> String {
    let title = escape(&format!("{}: {}", result.name(), result.title));
    let reason = escape(&result.reason);
    match result.outcome {
        Outcome::Passed => format!("ok {number} - {title}\n"),
        Outcome::Skipped => format!("ok {number} - {title} # SKIP {reason}\n"),
        Outcome::Inconclusive => {
            format!("ok {number} - {title} # SKIP inconclusive: {reason}\n")
        }
        Outcome::Failed | Outcome::Errored => {
            format!("not ok {number} - {title}\n{}", diagnostics(result, grade))
        }
    }
}

/// The YAML block. Its values are JSON strings, which YAML reads as they are and which cannot break out of a line.
fn diagnostics(result: &CheckResult, grade: &Grade) -> String {
    let mut fields: Vec<(&str, String)> = vec![
        ("outcome", result.outcome.name().to_owned()),
        ("message", headline(result)),
        ("reason", result.reason.clone()),
    ];
    let failed = result
        .steps
        .iter()
        .find(|s| s.expectations.iter().any(|e| !e.held));
    if let Some(step) = failed {
        fields.push(("step", step.name.clone()));
        fields.push(("request", step.request.clone()));
    }
    fields.extend(result.hint.iter().map(|hint| ("hint", hint.clone())));
    fields.extend(result.curl.iter().map(|curl| ("curl", curl.clone())));
    fields.extend(
        result
            .lesson
            .iter()
            .map(|lesson| ("read", format!("course read {lesson}"))),
    );
    fields.push((
        "again",
        format!("course check {} {}", result.id, grade.replay()),
    ));
    fields.push(("at", format!("{}:{}", result.source.0, result.source.1)));
    let mut yaml = String::from("  ---\n");
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(yaml, "  {name}: {}", quoted(value));
    }
    if let Some(step) = failed {
        yaml.push_str("  expectations:\n");
        for one in step.expectations.iter().filter(|e| !e.held) {
            let _ = writeln!(yaml, "    - subject: {}", quoted(&one.subject));
            let _ = writeln!(yaml, "      expected: {}", quoted(&one.expected));
            let _ = writeln!(yaml, "      got: {}", quoted(&one.got));
        }
        if !step.notes.is_empty() {
            yaml.push_str("  notes:\n");
        }
        for note in &step.notes {
            let _ = writeln!(yaml, "    - {}", quoted(note));
        }
    }
    yaml.push_str("  ...\n");
    yaml
}

fn quoted(text: &str) -> String {
    Value::String(cell::line(text)).to_string()
}

/// A description in one line, in which `#` begins no directive.
fn escape(text: &str) -> String {
    cell::line(text).replace('\\', "\\\\").replace('#', "\\#")
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn every_outcome_has_its_test_point() {
        insta::assert_snapshot!(document(&sample::grade()));
    }

    #[test]
    fn a_title_cannot_skip_its_check() {
        let mut grade = sample::grade();
        grade.results.truncate(1);
        grade.results[0].title = "fast # SKIP\nok 2 - more".into();
        let tap = document(&grade);
        assert!(
            tap.contains("\nok 1 - login: fast \\# SKIP\\\\nok 2 - more\n"),
            "{tap}"
        );
        assert_eq!(tap.lines().filter(|line| line.starts_with("ok")).count(), 1);
    }

    #[test]
    fn no_check_at_all_is_not_success() {
        let mut grade = sample::grade();
        grade.results.clear();
        assert!(document(&grade).contains("Bail out!"));
    }

    #[test]
    fn hostile_text_stays_in_its_line() {
        let tap = document(&sample::hostile_grade());
        assert!(
            !tap.lines().any(|line| line.trim_start().starts_with("::")),
            "{tap}"
        );
        assert!(
            tap.chars().all(|c| c == '\n' || !c.is_control()) && !tap.contains("##["),
            "{tap}"
        );
    }
}

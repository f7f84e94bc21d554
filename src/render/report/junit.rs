//! The report as `JUnit` XML: flat, one test case per check and per `each` case.
//!
//! There is no standard, only what CI systems read: `testsuites`, `testsuite`, `testcase`, and in a case at most one of
//! `failure`, `error` and `skipped`. A machine that could not decide is `skipped` here, with the reason.

use std::fmt::Write as _;
use std::time::Duration;

use super::cell;
use crate::grading::outcome::{CheckResult, Grade, Outcome};
use crate::render::markup::escape;

/// The whole document.
pub(super) fn document(grade: &Grade) -> String {
    let of = |outcome| {
        grade
            .results
            .iter()
            .filter(|r| r.outcome == outcome)
            .count()
    };
    let counts = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{}\"",
        grade.results.len(),
        of(Outcome::Failed),
        of(Outcome::Errored),
        of(Outcome::Skipped) + of(Outcome::Inconclusive),
        seconds(grade.duration),
    );
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"course\" {counts}>\n  \
         <testsuite name=\"{}\" {counts}>\n    <properties>\n",
        attribute(&grade.exercise),
    );
    let properties = [
        ("seed", grade.seed.clone()),
        ("database", grade.database.name().to_owned()),
        ("passed", grade.passed.to_string()),
        ("points", format!("{} of {}", grade.earned, grade.total)),
        ("remark", grade.remark.clone()),
    ];
    for (name, value) in properties {
        let value = attribute(&value);
        let _ = writeln!(xml, "      <property name=\"{name}\" value=\"{value}\"/>");
    }
    xml.push_str("    </properties>\n");
    for result in &grade.results {
        xml.push_str(&case(result, grade));
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

fn case(result: &CheckResult, grade: &Grade) -> String {
    let open = format!(
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\" time=\"{}\"",
        attribute(&grade.exercise),
        attribute(&format!("{}: {}", result.name(), result.title)),
        attribute(&result.source.0),
        result.source.1,
        seconds(result.duration),
    );
    let inside = match result.outcome {
        Outcome::Passed => return format!("{open}/>\n"),
        Outcome::Failed => element("failure", &headline(result), &detail(result, grade)),
        Outcome::Errored => element("error", &result.reason, &detail(result, grade)),
        Outcome::Skipped => element("skipped", &result.reason, ""),
        Outcome::Inconclusive => {
            element("skipped", &format!("inconclusive: {}", result.reason), "")
        }
    };
    format!("{open}>\n{inside}    </testcase>\n")
}

fn element(name: &str, message: &str, text: &str) -> String {
    let message = attribute(message);
    if text.is_empty() {
        return format!("      <{name} message=\"{message}\"/>\n");
    }
    format!(
        "      <{name} message=\"{message}\">{}</{name}>\n",
        escape(text)
    )
}

/// The first thing that did not hold, in one line.
pub(super) fn headline(result: &CheckResult) -> String {
    let broken = result.steps.iter().find_map(|step| {
        let one = step.expectations.iter().find(|e| !e.held)?;
        Some(format!(
            "{}: {} expected {}, got {}",
            step.name, one.subject, one.expected, one.got
        ))
    });
    let noted = || {
        result
            .steps
            .iter()
            .find_map(|step| step.notes.first().cloned())
    };
    broken
        .or_else(noted)
        .unwrap_or_else(|| result.reason.clone())
}

/// What failed, as text. Every line begins with a word of ours, so that nothing a server sent can begin one.
fn detail(result: &CheckResult, grade: &Grade) -> String {
    let mut facts: Vec<(&str, String)> = vec![("why", result.why.clone())];
    for step in &result.steps {
        let outcome = step.outcome.map_or("not run", |outcome| outcome.name());
        let line = format!(
            "{outcome}: {}  {}  {}",
            step.name, step.request, step.answer
        );
        facts.push(("step", line.trim_end().to_owned()));
        for one in step.expectations.iter().filter(|e| !e.held) {
            facts.push(("expected", format!("{} {}", one.subject, one.expected)));
            facts.push(("got", one.got.clone()));
        }
        facts.extend(step.notes.iter().map(|note| ("note", note.clone())));
        facts.extend(step.excerpt.lines.iter().map(|line| ("body", line.clone())));
        facts.push(("body", step.excerpt.cut.clone()));
    }
    for printed in &result.printed {
        let lines = printed.lines.iter();
        facts.extend(lines.map(|line| ("printed", format!("{}: {line}", printed.instance))));
    }
    facts.extend(result.curl.iter().map(|curl| ("curl", curl.clone())));
    facts.extend(result.hint.iter().map(|hint| ("hint", hint.clone())));
    facts.extend(
        result
            .lesson
            .iter()
            .map(|lesson| ("read", format!("course read {lesson}"))),
    );
    facts.push((
        "again",
        format!("course check {} {}", result.id, grade.replay()),
    ));
    let mut text = String::from("\n");
    for (label, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        for line in cell::lines(value) {
            let _ = writeln!(text, "{label:<8} | {line}");
        }
    }
    text
}

fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}

/// Text inside quotes: one line, because a parser turns newlines in attributes into spaces.
fn attribute(text: &str) -> String {
    escape(&cell::line(text))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn every_outcome_has_its_element() {
        insta::assert_snapshot!(document(&sample::grade()));
    }

    #[test]
    fn hostile_text_stays_inside_its_element() {
        let xml = document(&sample::hostile_grade());
        assert!(!xml.contains("]]>") && !xml.contains("##["), "{xml}");
        assert!(
            !xml.lines().any(|line| line.trim_start().starts_with("::")),
            "{xml}"
        );
        assert!(xml.chars().all(|c| c == '\n' || !c.is_control()), "{xml}");
    }
}

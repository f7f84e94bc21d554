//! The report as one JSON document, `course-result/v1`. Its schema is `docs/result.schema.json`.
//!
//! Keys stand in the order in which they are written below, numbers of points and milliseconds are integers, and what
//! is not there is `null` or an empty list, never a missing key.

use std::time::Duration;

use serde_json::{Value, json};

use super::cases::Cases;
use super::{cell, summary};
use crate::base::text::printable;
use crate::grading::outcome::{
    CheckResult, ExpectationResult, Grade, Level, Outcome, Printed, StepResult,
};
use crate::lab::timeline::{Event, What};
use crate::render::load;

/// The name and version of the format.
const FORMAT: &str = "course-result/v1";

/// The whole document, ending in a newline.
pub(super) fn document(grade: &Grade) -> String {
    let checks: Vec<Value> = Cases::group(&grade.results).iter().map(check).collect();
    let mut value = json!({
        "format": FORMAT,
        "exercise": grade.exercise,
        "title": grade.title,
        "seed": grade.seed,
        "database": grade.database.name(),
        "passed": grade.passed,
        "level": summary::level(grade),
        "remark": grade.remark,
        "points": {
            "earned": grade.earned,
            "total": grade.total,
            "core": points(grade.points(Level::Core)),
            "deep": points(grade.points(Level::Deep)),
        },
        "duration_ms": millis(grade.duration),
        "next": summary::next(grade),
        "figures": figures(grade),
        "checks": checks,
    });
    make_safe(&mut value);
    // The old form of a GitHub workflow command counts anywhere in a line. In JSON it can only stand inside a string.
    format!("{value:#}\n").replace("##[", "##\\u005b")
}

fn points((earned, total): (u32, u32)) -> Value {
    json!({ "earned": earned, "total": total })
}

/// Figures by name. A count is written as the whole number it is.
fn figures(grade: &Grade) -> Value {
    let number = |figure: f64| match format!("{figure}").parse::<i64>() {
        Ok(whole) => json!(whole),
        Err(_) => json!(figure),
    };
    let named = grade.figures().into_iter();
    Value::Object(named.map(|(name, figure)| (name, number(figure))).collect())
}

fn check(cases: &Cases<'_>) -> Value {
    let check = cases.check();
    let all: Vec<Value> = cases.all.iter().map(|result| case(result)).collect();
    json!({
        "id": check.id,
        "title": check.title,
        "why": check.why,
        "level": check.level.name(),
        "outcome": cases.outcome().name(),
        "points": {
            "earned": cases.earned(),
            "total": check.points,
            "counted": check.counted,
        },
        "lesson": check.lesson,
        "source": { "file": check.source.0, "line": check.source.1 },
        "cases": all,
    })
}

fn case(result: &CheckResult) -> Value {
    json!({
        "case": result.case,
        "outcome": result.outcome.name(),
        "reason": result.reason,
        "duration_ms": millis(result.duration),
        "steps": result.steps.iter().map(step).collect::<Vec<_>>(),
        "printed": result.printed.iter().map(printed).collect::<Vec<_>>(),
        "curl": result.curl,
        "hint": result.hint,
        "timeline": result.timeline.iter().map(event).collect::<Vec<_>>(),
    })
}

fn step(step: &StepResult) -> Value {
    let repetition = step
        .repetition
        .map(|(which, of)| json!({ "which": which, "of": of }));
    json!({
        "name": step.name,
        "outcome": step.outcome.map(Outcome::name),
        "request": step.request,
        "answer": step.answer,
        "duration_ms": millis(step.duration),
        "repetition": repetition,
        "expectations": step.expectations.iter().map(expectation).collect::<Vec<_>>(),
        "notes": step.notes,
        "load": step.load.as_deref().map(load::document),
        "body": { "lines": step.excerpt.lines, "cut": step.excerpt.cut },
    })
}

fn expectation(one: &ExpectationResult) -> Value {
    json!({
        "subject": one.subject,
        "expected": one.expected,
        "got": one.got,
        "held": one.held,
    })
}

fn printed(printed: &Printed) -> Value {
    json!({ "instance": printed.instance, "lines": printed.lines })
}

fn event(event: &Event) -> Value {
    let at_us = u64::try_from(event.at.as_micros()).unwrap_or(u64::MAX);
    match &event.what {
        What::Request { from, to, label } => {
            json!({ "at_us": at_us, "kind": "request", "from": from, "to": to, "label": label })
        }
        What::Response {
            from,
            to,
            label,
            expected,
        } => json!({
            "at_us": at_us, "kind": "response", "from": from, "to": to, "label": label, "expected": expected,
        }),
        What::Note { on, label } => {
            json!({ "at_us": at_us, "kind": "note", "on": on, "label": label })
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Escapes what JSON itself leaves raw: DEL, the C1 controls, and characters that reorder or hide text.
fn make_safe(value: &mut Value) {
    match value {
        Value::String(text) => *text = cell::tame_breaks(&printable(text)),
        Value::Array(items) => items.iter_mut().for_each(make_safe),
        Value::Object(fields) => fields.values_mut().for_each(make_safe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn schema() -> jsonschema::Validator {
        let schema = include_str!("../../../docs/result.schema.json");
        jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap()
    }

    fn parsed(grade: &Grade) -> Value {
        serde_json::from_str(&document(grade)).unwrap()
    }

    #[test]
    fn the_document_is_what_it_was() {
        insta::assert_snapshot!(document(&sample::grade()));
    }

    #[test]
    fn documents_keep_to_the_schema() {
        let schema = schema();
        let mut empty = sample::grade();
        empty.results.clear();
        for grade in [sample::grade(), sample::hostile_grade(), empty] {
            let errors: Vec<String> = schema
                .iter_errors(&parsed(&grade))
                .map(|e| e.to_string())
                .collect();
            assert!(errors.is_empty(), "{errors:?}");
        }
    }

    #[test]
    fn a_document_that_was_changed_does_not_keep_to_the_schema() {
        let schema = schema();
        let good = parsed(&sample::grade());
        let changes: [(&str, Value); 6] = [
            ("/format", json!("course-result/v2")),
            ("/points/earned", json!(1.5)),
            ("/checks/0/outcome", json!("ok")),
            ("/checks/0/cases", json!([])),
            ("/checks/1/cases/0/steps/0", json!({ "name": "x" })),
            (
                "/checks/0/source",
                json!({ "file": "x", "line": 1, "column": 2 }),
            ),
        ];
        for (place, value) in changes {
            let mut mutant = good.clone();
            *mutant.pointer_mut(place).unwrap() = value;
            assert!(!schema.is_valid(&mutant), "{place}");
        }
        let mut extra = good;
        extra["extra"] = json!(true);
        assert!(!schema.is_valid(&extra));
    }

    #[test]
    fn hostile_text_stays_inside_its_string() {
        let text = document(&sample::hostile_grade());
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
        assert!(!text.contains("##["));
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")));
    }
}

//! A record: a fact of a step that is kept as a figure of its check, whether the check passes or not.
//!
//! Predictions in the written part of an exercise are compared with figures.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::base::text::nearest;

use super::document::Node;
use super::expectation::{Subject, read_path};
use super::matcher::Look;
use super::observation::Observation;
use super::shape::{Field, Kind as Takes, Problems};

/// What is kept of a step, and under which name.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The name, which with the check's id makes the figure's: `last-five.sold`.
    pub name: String,
    /// What is looked at.
    pub fact: Subject,
}

/// What one case of a check measured, by name.
#[derive(Debug, Default)]
pub struct Figures(RefCell<BTreeMap<String, f64>>);

impl Figures {
    /// Keeps what is there of `records`, in place of what was measured before.
    pub fn keep(&self, records: &[Record], observation: &Observation) {
        let looks = records.iter().map(|r| (r, observation.look(&r.fact)));
        let there = looks.filter_map(|(record, look)| Some((&record.name, figure(&look)?)));
        let mut figures = self.0.borrow_mut();
        figures.extend(there.map(|(name, figure)| (name.clone(), figure)));
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<(String, f64)> {
        let figures = self.0.borrow();
        figures.iter().map(|(n, f)| (n.clone(), *f)).collect()
    }
}

/// A number, or a time in milliseconds.
fn figure(look: &Look) -> Option<f64> {
    match look {
        Look::There(Json::Number(number)) => number.as_f64(),
        Look::There(Json::String(text)) => text.strip_suffix("ms")?.parse().ok(),
        _ => None,
    }
}

/// Reads `record.NAME = "fact"` of a step that can expect `facts`.
pub fn read_all(step: &Node, facts: &[Field], problems: &Problems) -> Vec<Record> {
    let entries = step.at("record").map(Node::entries).unwrap_or_default();
    entries
        .iter()
        .filter_map(|entry| {
            Some(Record {
                name: entry.key.to_string(),
                fact: read(&entry.node, facts, problems)?,
            })
        })
        .collect()
}

/// `tally.201`, `duration`, `json.$.total`: a fact by its name under `expect`.
fn read(node: &Node, facts: &[Field], problems: &Problems) -> Option<Subject> {
    let text = node.text()?;
    let (key, rest) = text.split_once('.').unwrap_or((text, ""));
    let known = facts.iter().filter(|f| is_of_one_answer(f));
    let Some(field) = known.clone().find(|field| field.key == key) else {
        let keys: Vec<&str> = known.map(|field| field.key).collect();
        let help = match nearest(key, keys.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if keys.is_empty() => "this kind of step has none".to_owned(),
            None => format!("this kind of step has {}", keys.join(", ")),
        };
        let message = format!("there is no fact `{key}` to record");
        problems.add("E102", node.span.clone(), message, &help);
        return None;
    };
    let is_part = matches!(field.kind, Takes::Map(_) | Takes::Paths);
    if is_part == rest.is_empty() {
        let (message, help) = if is_part {
            let message = format!("`{key}` has many facts");
            (message, format!("say which, as in \"{key}.NAME\""))
        } else {
            let message = format!("`{key}` is one fact, and has no part `{rest}`");
            (message, format!("write \"{key}\""))
        };
        problems.add("E102", node.span.clone(), message, &help);
        return None;
    }
    match field.kind {
        Takes::Map(_) => Some(Subject::Named(field.key, rest.to_owned())),
        Takes::Paths => {
            let path = read_path(rest, node.span.clone(), problems)?;
            Some(Subject::Path(field.key, Box::new(path)))
        }
        _ => Some(Subject::Fact(field.key)),
    }
}

/// Whether a fact can be looked at in one observation and be a number.
fn is_of_one_answer(field: &Field) -> bool {
    field.key != "distinct" && !matches!(field.kind, Takes::Choice(_) | Takes::Flag)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::expectation::Path;
    use super::super::file::{Anchors, decode};
    use super::*;

    fn records(kind: &str, record: &str) -> Result<Vec<Record>, Vec<String>> {
        let text = format!(
            "course = 1\nexercise = \"x\"\n[instance.a]\n[[check]]\nid = \"c\"\ntitle = \"C\"\npoints = 1\n\
             [[check.step]]\n{kind}\nrecord.sold = {record}\n"
        );
        match decode("f", &text, &Anchors::new(), &|_| None) {
            Ok(file) => Ok(file.checks[0].steps[0].records.clone()),
            Err(found) => Err(found
                .into_iter()
                .map(|d| format!("{} {}: {}", d.id, d.message, d.help))
                .collect()),
        }
    }

    const MANY: &str = "http = { on = \"a\", get = \"/\" }\nrepeat = 3\nparallel = true\nexpect.tally = { \"200\" = 3 }";

    #[test]
    fn a_fact_is_named_as_under_expect() {
        let named = |name: &str| Record {
            name: "sold".to_owned(),
            fact: Subject::Named("tally", name.to_owned()),
        };
        assert_eq!(records(MANY, "\"tally.201\"").unwrap(), [named("201")]);
        assert_eq!(
            records(MANY, "\"duration\"").unwrap()[0].fact,
            Subject::Fact("duration")
        );
        let path = Subject::Path("json", Box::new(Path::parse("$.a.b").unwrap()));
        assert_eq!(records(MANY, "\"json.$.a.b\"").unwrap()[0].fact, path);
    }

    #[test]
    fn a_fact_that_is_not_there_is_refused() {
        for (record, told) in [
            (
                "\"taly.201\"",
                "E102 there is no fact `taly` to record: did you mean `tally`?",
            ),
            (
                "\"tally\"",
                "E102 `tally` has many facts: say which, as in \"tally.NAME\"",
            ),
            (
                "\"status.200\"",
                "E102 `status` is one fact, and has no part `200`: write \"status\"",
            ),
        ] {
            assert_eq!(records(MANY, record).unwrap_err(), [told]);
        }
        let told = records("process = { kill = [\"a\"] }", "\"tally.1\"").unwrap_err();
        assert!(
            told[0].starts_with("E102 there is no fact `tally`"),
            "{told:?}"
        );
        assert!(records(MANY, "\"json.$[\"").unwrap_err()[0].starts_with("E108"));
        assert!(records(MANY, "7").unwrap_err()[0].starts_with("E103"));
    }

    #[test]
    fn numbers_and_times_are_figures() {
        let table = [
            (Look::There(json!(5)), Some(5.0)),
            (Look::There(json!("12.50ms")), Some(12.5)),
            (Look::There(json!("dark")), None),
            (Look::There(json!(true)), None),
            (Look::Absent("nothing".to_owned()), None),
        ];
        for (look, expected) in table {
            assert_eq!(figure(&look), expected, "{look:?}");
        }
    }

    #[test]
    fn what_is_measured_later_counts() {
        let figures = Figures::default();
        let record = [Record {
            name: "sold".to_owned(),
            fact: Subject::Named("tally", "201".to_owned()),
        }];
        for sold in [20, 5] {
            let observation = Observation {
                tally: vec![("201".to_owned(), sold)],
                ..Observation::default()
            };
            figures.keep(&record, &observation);
        }
        figures.keep(&record, &Observation::default());
        assert_eq!(figures.all(), [("sold".to_owned(), 5.0)]);
    }
}

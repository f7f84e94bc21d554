//! Differences between two JSON values, each at its path and in words.

use serde_json::Value as Json;

use crate::checks::expectation::ExpectationResult;

use super::value::{bare, same, show, type_of};

/// Compares by structure: one result when equal, else one per difference (five at most).
pub(super) fn judge_equal(subject: &str, wanted: &Json, got: &Json) -> Vec<ExpectationResult> {
    let mut differences = Vec::new();
    differ(subject, wanted, got, &mut differences);
    if differences.is_empty() {
        return vec![result(subject, show(wanted), show(got), true)];
    }
    let more = differences.len().saturating_sub(5);
    differences.truncate(5);
    if more > 0 {
        differences.push(result(
            subject,
            "no difference".into(),
            format!("{more} more differences"),
            false,
        ));
    }
    differences
}

pub(super) fn differ(path: &str, wanted: &Json, got: &Json, found: &mut Vec<ExpectationResult>) {
    match (wanted, got) {
        (Json::Object(w), Json::Object(g)) => {
            for (key, value) in w {
                let path = format!("{path}.{key}");
                match g.get(key) {
                    Some(other) => differ(&path, value, other, found),
                    None => found.push(result(&path, show(value), "nothing".into(), false)),
                }
            }
            for (key, value) in g.iter().filter(|(key, _)| !w.contains_key(*key)) {
                found.push(result(
                    &format!("{path}.{key}"),
                    "nothing".into(),
                    show(value),
                    false,
                ));
            }
        }
        (Json::Array(w), Json::Array(g)) => {
            for (i, value) in w.iter().enumerate() {
                let path = format!("{path}[{i}]");
                match g.get(i) {
                    Some(other) => differ(&path, value, other, found),
                    None => found.push(result(&path, show(value), "nothing".into(), false)),
                }
            }
            for (i, value) in g.iter().enumerate().skip(w.len()) {
                found.push(result(
                    &format!("{path}[{i}]"),
                    "nothing".into(),
                    show(value),
                    false,
                ));
            }
        }
        _ if same(wanted, got) => {}
        _ => found.push(result(path, show(wanted), in_words(wanted, got), false)),
    }
}

/// The value found, with its type where that is the difference: `"7"` and `7` look alike and are not.
pub(super) fn in_words(wanted: &Json, got: &Json) -> String {
    let bare_alike = bare(wanted) == bare(got) && !same(wanted, got);
    if bare_alike || (got.is_null() && !wanted.is_null()) {
        format!("{} ({}, not {})", show(got), type_of(got), type_of(wanted))
    } else {
        show(got)
    }
}

pub(super) fn result(
    subject: &str,
    expected: String,
    got: String,
    held: bool,
) -> ExpectationResult {
    let difference =
        if !held && expected.starts_with('"') && got.starts_with('"') && expected.len() > 24 {
            let at = expected
                .bytes()
                .zip(got.bytes())
                .take_while(|(a, b)| a == b)
                .count();
            let floor = |text: &str| {
                (0..=at.min(text.len()))
                    .rev()
                    .find(|i| text.is_char_boundary(*i))
            };
            floor(&expected).zip(floor(&got))
        } else {
            None
        };
    ExpectationResult {
        subject: subject.to_owned(),
        expected,
        got,
        held,
        difference,
    }
}

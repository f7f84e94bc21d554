//! Rules about expectations: those that cannot fail, that fail every server, or that ask for too little.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value as Json;

use crate::base::diagnostic::Diagnostic;
use crate::checks::document::{Entry, Node};

use super::check::{every_entry, items, steps};
use super::{Course, mistake as told};

/// Headers whose value nobody can know beforehand.
const VOLATILE: [&str; 6] = [
    "age",
    "date",
    "expires",
    "last-modified",
    "x-request-id",
    "x-trace-id",
];

/// Forms of ids and times that a server makes up: a UUID, and a time of RFC 3339 or of an HTTP header.
static STAMP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?i:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*|[a-z]{3}, \d\d [a-z]{3} \d{4} .* GMT)$",
    )
    .expect("the pattern is a constant")
});

/// What is wrong with the expectations of one step.
pub(super) fn of_step(path: &str, step: &Node) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    found.extend(hollow_status(path, step));
    found.extend(volatile(path, step));
    found.extend(as_text(path, step));
    if let Some(expect) = step.at("expect") {
        every_entry(expect, &mut |entry| found.extend(fits_all(path, entry)));
    }
    found
}

/// A check whose every expectation says only what must not be: a server that answers nonsense passes it.
pub(super) fn only_negative(path: &str, check: &Node) -> Option<Diagnostic> {
    if !items(check, "needs").is_empty() {
        return None;
    }
    let steps = items(check, "step");
    if steps.is_empty() || steps.iter().any(|s| s.entry("use").is_some()) {
        return None;
    }
    let mut expectations = Vec::new();
    for step in steps {
        for entry in step.at("expect").map(Node::entries).unwrap_or_default() {
            match &*entry.key {
                "header" | "cookie" | "json" | "claims" => {
                    expectations.extend(entry.node.entries().iter().map(|e| &e.node));
                }
                _ => expectations.push(&entry.node),
            }
        }
    }
    if expectations.is_empty() || !expectations.iter().all(|node| is_negative(node)) {
        return None;
    }
    let id = check.at("id")?;
    let message = "every expectation of this check says what must not be";
    Some(told("W419", path, id.span.clone(), message).help(
        "add what must be, such as expect.status = 200: a server that answers nonsense passes this",
    ))
}

fn is_negative(matcher: &Node) -> bool {
    let entries = matcher.entries();
    !entries.is_empty()
        && entries.iter().all(|e| match &*e.key {
            "ne" | "not_contains" => true,
            "exists" => e.node.flag() == Some(false),
            _ => false,
        })
}

fn hollow_status(path: &str, step: &Node) -> Option<Diagnostic> {
    let status = step.at("expect")?.at("status")?;
    match status.entries() {
        [one] if one.key == "exists" && one.node.flag() == Some(true) => Some(
            told(
                "W416",
                path,
                status.span.clone(),
                "every answer has a status",
            )
            .help("say which: expect.status = 200, or a list"),
        ),
        _ => None,
    }
}

fn volatile(path: &str, step: &Node) -> Vec<Diagnostic> {
    let headers = step.at("expect").and_then(|e| e.at("header"));
    let headers = headers.map(Node::entries).unwrap_or_default();
    headers
        .iter()
        .filter(|e| VOLATILE.contains(&e.key.to_lowercase().as_str()) && exact(&e.node).is_some())
        .map(|e| {
            let message = format!("the header `{}` is different in every answer", e.key);
            told("W420", path, e.node.span.clone(), message)
                .help("ask for its form with `matches`, or that it `exists`")
        })
        .collect()
}

/// The text that a matcher compares with, character by character.
fn exact<'n>(node: &'n Node) -> Option<&'n str> {
    let text = node.text().or_else(|| node.at("eq").and_then(Node::text));
    text.filter(|text| !text.contains("{{"))
}

/// A matcher that fits whatever is there.
fn fits_all(path: &str, entry: &Entry) -> Option<Diagnostic> {
    let fits = match &*entry.key {
        "contains" | "starts_with" | "ends_with" => entry.node.text() == Some(""),
        "matches" => fits_every_text(entry.node.text()?),
        "count" => match entry.node.entries() {
            [one] => one.key == "gte" && one.node.integer() == Some(0),
            _ => false,
        },
        _ => false,
    };
    let message = format!("whatever is there fits `{}` here", entry.key);
    fits.then(|| {
        told("W423", path, entry.node.span.clone(), message)
            .help("say what it must be; that it is there at all is asked with exists = true")
    })
}

/// Whether a pattern fits the empty text and one that has all signs.
fn fits_every_text(pattern: &str) -> bool {
    let signs: String = (' '..='~').collect();
    let fits = |p: Regex| p.is_match("") && p.is_match(&signs);
    !pattern.contains("{{") && Regex::new(pattern).is_ok_and(fits)
}

/// JSON that is compared as text.
fn as_text(path: &str, step: &Node) -> Option<Diagnostic> {
    let body = step.at("expect")?.at("body")?;
    let text = body.text().or_else(|| body.at("eq").and_then(Node::text))?;
    let json: Json = serde_json::from_str(text).ok()?;
    if !json.is_object() && !json.is_array() {
        return None;
    }
    let message = "this compares JSON as text, spaces and the order of keys included";
    Some(
        told("W424", path, body.span.clone(), message)
            .help("ask for what is in it, as in expect.json.\"$.name\" = \"ann\""),
    )
}

/// Exact ids and times that nobody but the server can have made up.
pub(super) fn stamps(course: &Course, path: &str, root: &Node) -> Vec<Diagnostic> {
    let text = course.text(path);
    let mut found = Vec::new();
    for expect in steps(root).filter_map(|step| step.at("expect")) {
        for key in ["body", "json", "rows", "cookie"] {
            let Some(node) = expect.at(key) else { continue };
            let inside = node.entries().iter().map(|entry| &entry.node);
            for node in std::iter::once(node).chain(inside) {
                let stamp = exact(node).filter(|stamp| STAMP.is_match(stamp));
                // What stands in the file once more was sent before.
                if let Some(stamp) = stamp.filter(|stamp| text.matches(stamp).count() == 1) {
                    let message = format!("no server makes `{stamp}` twice");
                    found.push(told("W425", path, node.span.clone(), message).help(
                        "ask for its form with `matches`, or send it first, or compare it with a capture",
                    ));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_fits_every_text_is_told_from_one_that_asks_for_something() {
        for all in ["", ".*", "^.*$", "x*", "(?s).*", "a|"] {
            assert!(fits_every_text(all), "{all}");
        }
        for some in ["^$", ".+", "^[a-z]*$", "^[^<]*$", "x", "{{ name }}*", "("] {
            assert!(!fits_every_text(some), "{some}");
        }
    }
}

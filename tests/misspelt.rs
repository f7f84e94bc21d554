//! No silent pass: each name in the shipped checks, misspelt by one character, is refused when the file is read.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use course::base::source::Source;
use course::checks::document::{Node, Value, parse};
use course::checks::file::{Anchors, decode};

/// Tables whose keys are the author's own: what they name is found out when the server answers.
const FREE: [&str; 22] = [
    "json",
    "rows",
    "distinct",
    "cache_status",
    "transport",
    "protocol",
    "arrows",
    "paths",
    "answered_by",
    "headers",
    "header",
    "query",
    "form",
    "multipart",
    "cookie",
    "claims",
    "mint",
    "env",
    "vars",
    "instance",
    "balancer",
    "capture",
];
/// Strings that name something declared in the course.
const NAMES: [&str; 19] = [
    "on", "over", "start", "stop", "kill", "pause", "resume", "restart", "run", "add", "drain",
    "remove", "needs", "lesson", "level", "policy", "use", "same_as", "forge",
];

/// What can only fail at run.
const AT_RUN: [&str; 6] = [
    "figures that are recorded, which the written part asks for",
    "headers that an origin repeats",
    "keys of headers, documents, claims and settings",
    "names of secrets, which are made when they are named",
    "texts, paths and values",
    "what hints look for and say",
];

/// Places in the text that are misspelt, and what can only fail at run, counted by what it is.
#[derive(Default)]
struct Places {
    /// Whether this is inside of a hint.
    hint: bool,
    refused: Vec<(usize, String)>,
    at_run: BTreeMap<&'static str, usize>,
}

impl Places {
    fn walk(&mut self, text: &str, node: &Node, above: &str) {
        for entry in node.entries() {
            let free = FREE.contains(&above) || matches!(above, "each" | "tally" | "with");
            let quoted = text[entry.key_span.clone()].starts_with(['"', '\'']);
            if above == "record" {
                self.later("figures that are recorded, which the written part asks for");
            } else if self.hint && matches!(above, "log" | "differences" | "answered_by") {
                self.later("what hints look for and say");
            } else if !free {
                self.refused
                    .push((last(text, &entry.key_span), format!("key `{}`", entry.key)));
            } else if matches!(above, "vars" | "instance" | "balancer" | "capture") && !quoted {
                // A declaration that is misspelt takes its name away from those who use it.
                self.refused.push((
                    last(text, &entry.key_span),
                    format!("declared `{}`", entry.key),
                ));
            } else {
                self.later("keys of headers, documents, claims and settings");
            }
            // Under free keys stand values and matchers, whose names are those of the language again.
            let inner = if free && !matches!(above, "instance" | "balancer" | "capture") {
                "json"
            } else if free {
                "declared"
            } else {
                &entry.key
            };
            self.hint |= above == "hint";
            self.walk_value(text, &entry.node, inner);
            self.hint &= above != "hint";
        }
    }

    fn later(&mut self, what: &'static str) {
        *self.at_run.entry(what).or_default() += 1;
    }

    fn walk_value(&mut self, text: &str, node: &Node, key: &str) {
        match &node.value {
            Value::Table(_) => self.walk(text, node, key),
            Value::List(items) => items
                .iter()
                .for_each(|item| self.walk_value(text, item, key)),
            Value::Text(string) => {
                if NAMES.contains(&key) && !string.contains("{{") {
                    self.refused
                        .push((last(text, &node.span), format!("`{key}` = `{string}`")));
                } else if !string.contains("{{") {
                    self.later("texts, paths and values");
                }
                self.templates(text, node);
            }
            _ => {}
        }
    }

    fn templates(&mut self, text: &str, node: &Node) {
        let mut from = node.span.start;
        while let Some(open) = text[from..node.span.end].find("{{") {
            let start = from + open + 2;
            let end = start + text[start..].find("}}").unwrap();
            let name = text[start..end].trim();
            if name.starts_with("secret.") {
                self.later("names of secrets, which are made when they are named");
            } else if name.starts_with("request.header.") {
                self.later("headers that an origin repeats");
            } else if self.hint {
                self.later("what hints look for and say");
            } else {
                let at = start
                    + text[start..end]
                        .rfind(|c: char| c.is_ascii_alphanumeric())
                        .unwrap();
                self.refused.push((at, format!("{{{{ {name} }}}}")));
            }
            from = end;
        }
    }
}

/// The last letter or digit of a span.
fn last(text: &str, span: &std::ops::Range<usize>) -> usize {
    span.start
        + text[span.clone()]
            .rfind(|c: char| c.is_ascii_alphanumeric())
            .unwrap()
}

fn anchors(source: &Source) -> Anchors {
    let section = |l: &course::lessons::Lesson| {
        let sections = course::lessons::anchors(&l.text);
        (
            l.slug.to_string(),
            sections.iter().map(ToString::to_string).collect(),
        )
    };
    course::lessons::all(source)
        .unwrap()
        .iter()
        .map(section)
        .collect()
}

/// The check files of the course, those of mistakes too: path and text.
fn shipped(source: &Source) -> Vec<(String, String)> {
    let paths = source.below("checks").unwrap();
    let read = |path: String| (path.clone(), source.text(&path).unwrap());
    paths.into_iter().map(read).collect()
}

/// What is accepted though a name in it is wrong, and what can only fail at run.
fn accepted(path: &str, text: &str, anchors: &Anchors) -> (Vec<String>, Vec<&'static str>) {
    let refuses = |text: &str| decode(path, text, anchors, &|_| None).is_err();
    assert!(!refuses(text), "{path}");
    let mut places = Places::default();
    places.walk(text, &parse(path, text).0, "");
    let least = if path.contains("/mistakes/") { 30 } else { 300 };
    assert!(
        places.refused.len() > least,
        "{path} {}",
        places.refused.len()
    );
    let mut accepted = Vec::new();
    for (at, what) in &places.refused {
        let mut wrong = text.to_owned();
        let other = if wrong[*at..].starts_with('q') {
            "z"
        } else {
            "q"
        };
        wrong.replace_range(*at..=*at, other);
        if !refuses(&wrong) {
            accepted.push(format!("{path}: {what}"));
        }
    }
    (accepted, places.at_run.into_keys().collect())
}

#[test]
fn a_name_with_one_wrong_character_is_refused() {
    let source = Source::Folder(PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    let anchors = anchors(&source);
    let files = shipped(&source);
    assert_eq!(files.len(), 10);
    let anchors = &anchors;
    let found: Vec<_> = std::thread::scope(|scope| {
        let files = files.iter();
        let file = |(path, text)| scope.spawn(move || accepted(path, text, anchors));
        let running: Vec<_> = files.map(|(path, text)| file((path, text))).collect();
        running.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let (wrongly, kinds): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    assert_eq!(wrongly.concat(), Vec::<String>::new());
    // What nobody can know before a server answers, so that nothing joins it unseen.
    let kinds: BTreeSet<&str> = kinds.concat().into_iter().collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), AT_RUN);
}

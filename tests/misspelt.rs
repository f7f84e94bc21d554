//! No silent pass: each name in the shipped checks, misspelt by one character, is refused when the file is read.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use course::base::source::Source;
use course::checks::document::{Node, Value, parse};
use course::checks::file::{Anchors, decode};

/// Tables whose keys are the author's own: what they name is found out when the server answers.
const FREE: [&str; 17] = [
    "json",
    "rows",
    "distinct",
    "cache_status",
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
const AT_RUN: [&str; 3] = [
    "keys of headers, documents, claims and settings",
    "names of secrets, which are made when they are named",
    "texts, paths and values",
];

/// Places in the text that are misspelt, and what can only fail at run, counted by what it is.
#[derive(Default)]
struct Places {
    refused: Vec<(usize, String)>,
    at_run: BTreeMap<&'static str, usize>,
}

impl Places {
    fn walk(&mut self, text: &str, node: &Node, above: &str) {
        for entry in node.entries() {
            let free = FREE.contains(&above) || matches!(above, "each" | "tally" | "with");
            let quoted = text[entry.key_span.clone()].starts_with(['"', '\'']);
            if !free {
                self.refused
                    .push((last(text, &entry.key_span), format!("key `{}`", entry.key)));
            } else if matches!(above, "vars" | "instance" | "balancer" | "capture") && !quoted {
                // A declaration that is misspelt takes its name away from those who use it.
                self.refused.push((
                    last(text, &entry.key_span),
                    format!("declared `{}`", entry.key),
                ));
            } else {
                *self
                    .at_run
                    .entry("keys of headers, documents, claims and settings")
                    .or_default() += 1;
            }
            // Under free keys stand values and matchers, whose names are those of the language again.
            let inner = if free && !matches!(above, "instance" | "balancer" | "capture") {
                "json"
            } else if free {
                "declared"
            } else {
                &entry.key
            };
            self.walk_value(text, &entry.node, inner);
        }
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
                    *self.at_run.entry("texts, paths and values").or_default() += 1;
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
                *self
                    .at_run
                    .entry("names of secrets, which are made when they are named")
                    .or_default() += 1;
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

/// The check files of the course: path and text.
fn shipped() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("checks");
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let text = std::fs::read_to_string(entry.path()).unwrap();
        (format!("checks/{name}"), text)
    };
    std::fs::read_dir(folder).unwrap().map(read).collect()
}

#[test]
fn a_name_with_one_wrong_character_is_refused() {
    let anchors = anchors(&Source::Folder(PathBuf::from(env!("CARGO_MANIFEST_DIR"))));
    let mut accepted: BTreeMap<String, usize> = BTreeMap::new();
    let mut kinds: BTreeSet<&str> = BTreeSet::new();
    let files = shipped();
    assert_eq!(files.len(), 6);
    for (path, text) in &files {
        let refuses = |text: &str| decode(path, text, &anchors, &|_| None).is_err();
        assert!(!refuses(text), "{path}");
        let mut places = Places::default();
        places.walk(text, &parse(path, text).0, "");
        for (at, what) in &places.refused {
            let mut wrong = text.clone();
            let other = if wrong[*at..].starts_with('q') {
                "z"
            } else {
                "q"
            };
            wrong.replace_range(*at..=*at, other);
            if !refuses(&wrong) {
                *accepted.entry(format!("{path}: {what}")).or_default() += 1;
            }
        }
        assert!(
            places.refused.len() > 300,
            "{path} {}",
            places.refused.len()
        );
        kinds.extend(places.at_run.keys());
    }
    assert_eq!(accepted, BTreeMap::new());
    // What nobody can know before a server answers, counted so that nothing joins it unseen.
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), AT_RUN);
}

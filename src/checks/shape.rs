//! Shapes: which keys a table of a check file may have, and what each takes.
//!
//! The shapes are data. The walker that refuses mistakes, the JSON Schema and the reference page all read them, so
//! they cannot disagree.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use crate::base::diagnostic::Diagnostic;
use crate::base::text::nearest;

use super::document::{Entry, Node, Value};
use super::expectation::Path;

/// One key of a table.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The key.
    pub key: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Whether it may be left out.
    pub need: Need,
    /// What it is for, in one sentence.
    pub doc: &'static str,
}

/// Whether a key may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It must be there.
    Required,
    /// It may be left out.
    Optional,
}

/// What a key takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A string; `{{ … }}` is filled in.
    Text,
    /// True or false.
    Flag,
    /// A whole number of at least this much.
    Count(i64),
    /// A duration such as `"400ms"`, `"5s"` or `"2m"`.
    Duration,
    /// A number of bytes such as `"512B"`, `"100KB"` or `"1MB"`.
    Size,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A word, or a list of words.
    Words,
    /// A list.
    List(&'static Kind),
    /// A table whose keys are free.
    Map(&'static Kind),
    /// A table with these keys.
    Table(&'static [Field]),
    /// A list of tables with these keys.
    Tables(&'static [Field]),
    /// Any value that JSON can say.
    Json,
    /// A matcher: a bare value means equals, a table is a matcher.
    Matcher,
    /// A matcher, or a list which means one of.
    OneOf,
    /// A table from JSONPath to matcher.
    Paths,
    /// The value of an environment variable; `false` unsets it.
    Setting,
    /// A list of steps, whose keys depend on their kind.
    Steps,
    /// A list of steps that have a moment each.
    Meanwhile,
    /// Expectations, whose keys depend on the kind of the step.
    Expectations,
}

impl Field {
    /// A key that may be left out.
    #[must_use]
    pub const fn optional(key: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self {
            key,
            kind,
            need: Need::Optional,
            doc,
        }
    }

    /// A key that must be there.
    #[must_use]
    pub const fn required(key: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self {
            key,
            kind,
            need: Need::Required,
            doc,
        }
    }
}

/// The keys of `one` and then those of `other`, `N` in all.
///
/// # Panics
/// When there are not `N` of them; in a constant the compiler says so.
#[must_use]
pub const fn joined<const N: usize>(one: &[Field], other: &[Field]) -> [Field; N] {
    assert!(one.len() + other.len() == N, "N is the number of all keys");
    let mut all = [one[0]; N];
    let mut i = 0;
    while i < N {
        all[i] = if i < one.len() {
            one[i]
        } else {
            other[i - one.len()]
        };
        i += 1;
    }
    all
}

/// Collects the mistakes of one file.
#[derive(Debug)]
pub struct Problems {
    file: String,
    list: RefCell<Vec<Diagnostic>>,
    /// Each `JSONPath` that was read so far: most files write the same ones again and again.
    pub(super) paths: RefCell<BTreeMap<String, Path>>,
}

impl Problems {
    /// No mistakes yet.
    #[must_use]
    pub fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            list: RefCell::default(),
            paths: RefCell::default(),
        }
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Adds a mistake; the same one at the same place is kept once.
    pub fn add(&self, id: &'static str, span: Range<usize>, message: String, help: &str) {
        self.push(Diagnostic::error(id, &self.file, span, message).help(help));
    }

    /// Adds a mistake made elsewhere.
    pub fn push(&self, problem: Diagnostic) {
        let mut list = self.list.borrow_mut();
        if !list.contains(&problem) {
            list.push(problem);
        }
    }

    /// All mistakes in the order of the file.
    #[must_use]
    pub fn into_list(self) -> Vec<Diagnostic> {
        let mut list = self.list.into_inner();
        list.sort_by_key(|p| (p.span.start, p.span.end));
        list
    }

    /// Adds the mistake that `entry` has a key that is none of `known`.
    pub fn unknown_key(&self, entry: &Entry, known: &[&str], of: &str) {
        let help = match nearest(&entry.key, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("{of} takes {}", list_of(known)),
        };
        self.add(
            "E102",
            entry.key_span.clone(),
            format!("{of} has no key `{}`", entry.key),
            &help,
        );
    }
}

/// `a`, `b` and `c`, in backticks.
#[must_use]
pub fn list_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => "nothing".to_owned(),
    }
}

/// Walks `node` as a table of this shape and collects what does not fit.
pub fn walk(node: &Node, fields: &[Field], of: &str, problems: &Problems) {
    if !matches!(node.value, Value::Table(_)) {
        wrong_type(node, of, "a table", problems);
        return;
    }
    for entry in node.entries() {
        if let Some(field) = fields.iter().find(|f| f.key == entry.key) {
            walk_value(&entry.node, &field.kind, field.key, problems);
        } else {
            let known: Vec<&str> = fields.iter().map(|f| f.key).collect();
            problems.unknown_key(entry, &known, of);
        }
    }
    for field in fields.iter().filter(|f| f.need == Need::Required) {
        if node.entry(field.key).is_none() {
            let message = format!("{of} needs the key `{}`", field.key);
            problems.add("E104", node.span.clone(), message, field.doc);
        }
    }
}

/// Walks a value that stands alone under `key`.
pub fn walk_alone(node: &Node, kind: &Kind, key: &str, problems: &Problems) {
    walk_value(node, kind, key, problems);
}

fn walk_value(node: &Node, kind: &Kind, key: &str, problems: &Problems) {
    let wanted = match kind {
        Kind::Text => node.text().is_none().then_some("a string"),
        Kind::Flag => node.flag().is_none().then_some("true or false"),
        Kind::Count(least) => return walk_count(node, *least, key, problems),
        Kind::Duration => return walk_duration(node, key, problems),
        Kind::Size => return walk_size(node, key, problems),
        Kind::Choice(words) => return walk_choice(node, words, key, problems),
        Kind::List(of) => match node.value {
            Value::List(_) => {
                node.items()
                    .iter()
                    .for_each(|item| walk_value(item, of, key, problems));
                None
            }
            _ => Some("a list"),
        },
        Kind::Words => {
            let words =
                |items: &[Node]| !items.is_empty() && items.iter().all(|i| i.text().is_some());
            (node.text().is_none() && !words(node.items())).then_some("a word, or a list of words")
        }
        Kind::Map(of) => match node.value {
            Value::Table(_) => {
                node.entries()
                    .iter()
                    .for_each(|e| walk_value(&e.node, of, &e.key, problems));
                None
            }
            _ => Some("a table"),
        },
        Kind::Table(fields) => return walk(node, fields, &format!("`{key}`"), problems),
        Kind::Tables(fields) => match node.value {
            Value::List(_) => {
                let of = format!("`{key}`");
                node.items()
                    .iter()
                    .for_each(|item| walk(item, fields, &of, problems));
                None
            }
            _ => Some("a list of tables"),
        },
        Kind::Json | Kind::Matcher | Kind::OneOf => {
            (node.value == Value::Other).then_some("a value that JSON can say")
        }
        Kind::Paths => (!matches!(node.value, Value::Table(_))).then_some("a table of JSONPaths"),
        Kind::Steps => {
            (!matches!(node.value, Value::List(_))).then_some("a list of [[…step]] tables")
        }
        Kind::Meanwhile => (!matches!(node.value, Value::List(_)))
            .then_some("a list of [[…step.meanwhile]] tables"),
        Kind::Expectations => {
            (!matches!(node.value, Value::Table(_))).then_some("a table of expectations")
        }
        Kind::Setting => (!matches!(node.value, Value::Text(_) | Value::Bool(false)))
            .then_some("a string, or `false` to unset the variable"),
    };
    if let Some(wanted) = wanted {
        wrong_type(node, &format!("`{key}`"), wanted, problems);
    }
}

fn wrong_type(node: &Node, of: &str, wanted: &str, problems: &Problems) {
    let message = format!("{of} takes {wanted}, not {}", node.kind());
    problems.add("E103", node.span.clone(), message, "");
}

fn walk_count(node: &Node, least: i64, key: &str, problems: &Problems) {
    match node.integer() {
        None => wrong_type(node, &format!("`{key}`"), "a whole number", problems),
        Some(number) if number < least || number > 1_000_000 => problems.add(
            "E125",
            node.span.clone(),
            format!("`{key}` is {number}, which is out of range"),
            &format!("use a number from {least} to 1000000"),
        ),
        Some(_) => {}
    }
}

fn walk_duration(node: &Node, key: &str, problems: &Problems) {
    match node.text() {
        None => wrong_type(
            node,
            &format!("`{key}`"),
            "a duration such as \"5s\"",
            problems,
        ),
        Some(text) if duration(text).is_none() => problems.add(
            "E106",
            node.span.clone(),
            format!("`{text}` is not a duration"),
            "write a number and a unit: \"400ms\", \"5s\" or \"2m\"",
        ),
        Some(_) => {}
    }
}

fn walk_size(node: &Node, key: &str, problems: &Problems) {
    match node.text() {
        None => wrong_type(
            node,
            &format!("`{key}`"),
            "a size such as \"100KB\"",
            problems,
        ),
        Some(text) if size(text).is_none() => problems.add(
            "E106",
            node.span.clone(),
            format!("`{text}` is not a size"),
            "write a number and a unit: \"512B\", \"100KB\" or \"1MB\"; 1KB is 1000 bytes",
        ),
        Some(_) => {}
    }
}

fn walk_choice(node: &Node, words: &[&str], key: &str, problems: &Problems) {
    match node.text() {
        None => wrong_type(
            node,
            &format!("`{key}`"),
            &format!("one of {}", list_of(words)),
            problems,
        ),
        Some(text) if text.contains("{{") || words.contains(&text) => {}
        Some(text) => {
            let help = match nearest(text, words.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("use one of {}", list_of(words)),
            };
            problems.add(
                "E105",
                node.span.clone(),
                format!("`{key}` cannot be `{text}`"),
                &help,
            );
        }
    }
}

/// The number and the unit of `400ms` or `1.5KB`.
fn measure(text: &str) -> Option<(f64, &str)> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(split);
    Some((number.parse().ok()?, unit))
}

/// Reads `400ms`, `5s` or `2m`.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = measure(text)?;
    let seconds = match unit {
        "us" => number / 1e6,
        "ms" => number / 1e3,
        "s" => number,
        "m" => number * 60.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

/// Reads `512B`, `100KB`, `1.5MB` or `1GB`, at least one byte. A kilobyte has 1000 bytes.
#[must_use]
pub fn size(text: &str) -> Option<u64> {
    let (number, unit) = measure(text)?;
    let bytes = match unit {
        "B" => number,
        "KB" => number * 1e3,
        "MB" => number * 1e6,
        "GB" => number * 1e9,
        _ => return None,
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number of bytes, and the sign cannot be written"
    )]
    (1.0..=1e15).contains(&bytes).then_some(bytes as u64)
}

/// The size under `key`, if it is there and right.
#[must_use]
pub fn size_at(node: &Node, key: &str) -> Option<u64> {
    node.at(key).and_then(Node::text).and_then(size)
}

/// The duration under `key`, if it is there and right.
#[must_use]
pub fn duration_at(node: &Node, key: &str) -> Option<Duration> {
    node.at(key).and_then(Node::text).and_then(duration)
}

#[cfg(test)]
mod tests {
    use super::super::document::parse;
    use super::*;

    const FIELDS: &[Field] = &[
        Field::required("id", Kind::Text, "the name"),
        Field::optional("every", Kind::Duration, "how often"),
        Field::optional("policy", Kind::Choice(&["sticky", "round-robin"]), "how"),
    ];

    fn problems(text: &str) -> Vec<(String, String, String)> {
        let (node, _) = parse("f.toml", text);
        let problems = Problems::new("f.toml");
        walk(&node, FIELDS, "a thing", &problems);
        let place = |p: &Diagnostic| text[p.span.clone()].to_owned();
        problems
            .into_list()
            .iter()
            .map(|p| (p.id.to_owned(), place(p), p.help.clone()))
            .collect()
    }

    #[test]
    fn a_misspelt_key_gets_the_nearest_one() {
        let found = problems("id = \"a\"\nevry = \"1s\"\n");
        assert_eq!(
            found,
            [("E102".into(), "evry".into(), "did you mean `every`?".into())]
        );
    }

    #[test]
    fn all_mistakes_come_at_once() {
        let found = problems("every = \"5 parsecs\"\npolicy = \"stiky\"\nid = 3\n");
        let ids: Vec<&str> = found.iter().map(|f| f.0.as_str()).collect();
        assert_eq!(ids, ["E106", "E105", "E103"]);
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("400ms"), Some(Duration::from_millis(400)));
        assert_eq!(duration("1.5s"), Some(Duration::from_millis(1500)));
        assert_eq!(duration("5"), None);
        assert_eq!(duration("s"), None);
    }

    #[test]
    fn sizes_have_units_too() {
        assert_eq!(size("512B"), Some(512));
        assert_eq!(size("1.5KB"), Some(1_500));
        assert_eq!(size("1GB"), Some(1_000_000_000));
        assert_eq!(size("0B"), None);
        assert_eq!(size("100"), None);
        assert_eq!(size("100kb"), None);
    }
}

//! Expectations: what a step's answer must look like, and how each one came out.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value as Json;
use serde_json_path::JsonPath;

use super::document::Node;
use super::drawing::CROSSES;
use super::like::Like;
use super::matcher::{Look, Matcher};
use super::shape::{Field, Kind, Problems};
use super::template::{Scope, Unresolved};

/// One expectation, held or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectationResult {
    /// What was looked at: `status`, `$.theme`, `header www-authenticate`.
    pub subject: String,
    /// What was expected, such as `200`, `"dark"`, `to contain "Bearer"`.
    pub expected: String,
    /// What was there, such as `404`, `nothing; the body is {"error":"not found"}`.
    pub got: String,
    /// Whether it held.
    pub held: bool,
    /// The first difference, where both sides are long: byte offset of it in `expected` and in `got`.
    pub difference: Option<(usize, usize)>,
}

/// What an expectation or a hint looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// A single fact, such as `status` or `exit`.
    Fact(&'static str),
    /// One of several facts with names, such as a header.
    Named(&'static str, String),
    /// A place in a JSON document.
    Path(&'static str, Box<Path>),
    /// What the origin itself would answer.
    Like(Box<Like>),
}

/// A JSONPath, parsed once.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    text: String,
    parsed: Arc<JsonPath>,
    /// Whether it can name several places.
    several: bool,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named("consistency", _) => f.write_str("consistency"),
            Self::Named("paths", path) => f.write_str(path),
            Self::Fact(name) => f.write_str(&name.replace('_', " ")),
            Self::Named(of, name) => write!(f, "{of} {name}"),
            Self::Like(like) => write!(f, "like {}", like.origin),
            Self::Path("json", path) => f.write_str(&path.text),
            Self::Path(of, path) => write!(f, "{of} {}", path.text),
        }
    }
}

impl Path {
    /// Parses a JSONPath of RFC 9535.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let path = JsonPath::parse(text).map_err(|e| e.to_string())?;
        Ok(Self {
            text: text.to_owned(),
            parsed: Arc::new(path),
            several: text.contains("..") || text.contains(['*', '?', ':', ',']),
        })
    }

    /// What stands at this place. A path that can name several places gives the list of what stands there.
    #[must_use]
    pub fn look(&self, document: &Json) -> Option<Json> {
        let found = self.parsed.query(document).all();
        match found.as_slice() {
            [] => None,
            [one] if !self.several => Some((*one).clone()),
            all => Some(Json::Array(all.iter().map(|v| (*v).clone()).collect())),
        }
    }
}

/// A subject and what it must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// What is looked at.
    pub subject: Subject,
    /// What it must be.
    pub matcher: Matcher,
}

impl Expectation {
    /// Judges what was found at the subject.
    ///
    /// # Errors
    /// When a name in the matcher has no value.
    pub fn judge(
        &self,
        look: &Look,
        scope: &dyn Scope,
    ) -> Result<Vec<ExpectationResult>, Unresolved> {
        self.matcher.judge(&self.subject.to_string(), look, scope)
    }
}

/// Reads the expectations in `node`, a table of the shape `fields`.
pub fn read(node: &Node, fields: &[Field], problems: &Problems) -> Vec<Expectation> {
    let mut found = Vec::new();
    for entry in node.entries() {
        let Some(field) = fields.iter().find(|f| f.key == entry.key) else {
            continue;
        };
        match field.kind {
            Kind::OneOf => found.push(Expectation {
                subject: Subject::Fact(field.key),
                matcher: Matcher::read_one_of(&entry.node, problems),
            }),
            Kind::Map(Kind::Words) => found.extend(crossings(&entry.node, field.key)),
            Kind::Map(_) => found.extend(entry.node.entries().iter().map(|e| Expectation {
                subject: Subject::Named(field.key, e.key.to_string()),
                matcher: Matcher::read(&e.node, problems),
            })),
            Kind::Choice(_) => found.extend(entry.node.text().map(|word| Expectation {
                subject: Subject::Named(field.key, word.to_owned()),
                matcher: Matcher::equals(word.into()),
            })),
            Kind::Table(_) => found.push(Expectation {
                subject: Subject::Like(Box::new(Like::read(&entry.node))),
                matcher: Matcher::equals(true.into()),
            }),
            Kind::Paths => found.extend(read_paths(&entry.node, field.key, problems)),
            _ => found.push(Expectation {
                subject: Subject::Fact(field.key),
                matcher: Matcher::read(&entry.node, problems),
            }),
        }
    }
    found
}

/// One expectation for each class that every path of a drawing crosses.
fn crossings(node: &Node, key: &'static str) -> Vec<Expectation> {
    let mut found = Vec::new();
    for entry in node.entries() {
        let words = std::iter::once(&entry.node).chain(entry.node.items());
        found.extend(words.filter_map(Node::text).map(|class| Expectation {
            subject: Subject::Named(key, format!("{}{CROSSES}{class}", entry.key)),
            matcher: Matcher::equals(true.into()),
        }));
    }
    found
}

fn read_paths(node: &Node, key: &'static str, problems: &Problems) -> Vec<Expectation> {
    let mut found = Vec::new();
    for entry in node.entries() {
        let matcher = Matcher::read(&entry.node, problems);
        if let Some(path) = read_path(&entry.key, entry.key_span.clone(), problems) {
            let subject = Subject::Path(key, Box::new(path));
            found.push(Expectation { subject, matcher });
        }
    }
    found
}

/// Reads a JSONPath of the file.
pub fn read_path(text: &str, span: Range<usize>, problems: &Problems) -> Option<Path> {
    if let Some(known) = problems.paths.borrow().get(text) {
        return Some(known.clone());
    }
    match Path::parse(text) {
        Ok(path) => {
            let mut known = problems.paths.borrow_mut();
            known.insert(text.to_owned(), path.clone());
            Some(path)
        }
        Err(reason) => {
            let message = format!("`{text}` is not a JSONPath: {reason}");
            let help = "write a path of RFC 9535, such as \"$.user.name\"";
            problems.add("E108", span, message, help);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_place_gives_its_value_and_several_give_a_list() {
        let document = json!({"items": [{"n": 1}, {"n": 2}], "null": null});
        let look = |path: &str| Path::parse(path).unwrap().look(&document);
        assert_eq!(look("$.items[1].n"), Some(json!(2)));
        assert_eq!(look("$.items[*].n"), Some(json!([1, 2])));
        assert_eq!(look("$.null"), Some(Json::Null));
        assert_eq!(look("$.absent"), None);
        assert_eq!(look("$.items[?@.n > 5]"), None);
    }
}

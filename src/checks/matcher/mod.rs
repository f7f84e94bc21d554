//! Matchers: what a value must be.
//!
//! Every matcher except `exists = false` needs the value to be there, so a wrong path can never pass.

mod difference;
mod judge;
mod read;
mod value;

use serde_json::Value as Json;

use crate::base::text::nearest;

use super::document::{Node, Value};
use super::expectation::ExpectationResult;
use super::shape::{Problems, list_of};
use super::template::{JsonTemplate, Scope, Template, Unresolved};

pub use value::show;

use read::{json, read_test};

/// What was found where an expectation looked.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    /// A value.
    There(Json),
    /// Nothing, and what was there instead, such as `nothing; the body is empty`.
    Absent(String),
}

/// Tests of one value; all must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Matcher {
    tests: Vec<Test>,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Eq(JsonTemplate),
    Ne(JsonTemplate),
    Compare(Bound, JsonTemplate),
    Contains(JsonTemplate),
    NotContains(JsonTemplate),
    StartsWith(Template),
    EndsWith(Template),
    Matches(Template),
    Exists(bool),
    Is(String),
    Count(Box<Matcher>),
    SameAs(String),
    OneOf(Vec<JsonTemplate>),
    WordOf(Vec<Template>),
    All(Box<Matcher>),
    Any(Box<Matcher>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    Above,
    AtLeast,
    Below,
    AtMost,
}

/// Every matcher and what it asks, for the reference page and the schema.
pub const MATCHERS: &[(&str, &str)] = &[
    ("eq", "equals this value; JSON is compared by structure"),
    ("ne", "is there, and is another value"),
    (
        "gt",
        "is greater; numbers, durations, or bytes against a size such as \"100KB\"",
    ),
    ("gte", "is greater or equal"),
    ("lt", "is less"),
    ("lte", "is less or equal"),
    (
        "contains",
        "a string has this part, a list has this item, an object has this key",
    ),
    ("not_contains", "is there, and does not contain this"),
    ("starts_with", "a string begins with this"),
    ("ends_with", "a string ends with this"),
    ("matches", "a string matches this regular expression"),
    (
        "exists",
        "true: is there, even as null; false: is not there",
    ),
    (
        "count",
        "how many items, keys or characters; a number or a matcher",
    ),
    (
        "is",
        "the type: string, number, integer, boolean, array, object or null",
    ),
    (
        "same_as",
        "equals the value of this variable or capture, type included",
    ),
    ("one_of", "equals one of these values"),
    (
        "word_of",
        "a string is one of these words, in upper or lower case",
    ),
    (
        "all",
        "every item of the list fits this matcher, and there is one",
    ),
    ("any", "at least one item of the list fits this matcher"),
];

impl Matcher {
    /// A matcher for one exact value.
    #[must_use]
    pub fn equals(json: Json) -> Self {
        Self {
            tests: vec![Test::Eq(JsonTemplate::Plain(json))],
        }
    }

    /// Reads a matcher: a bare value means equals, a table is a matcher.
    pub fn read(node: &Node, problems: &Problems) -> Self {
        let Value::Table(entries) = &node.value else {
            return Self {
                tests: vec![Test::Eq(json(node, problems))],
            };
        };
        if entries.is_empty() {
            let help = "name a matcher, such as { exists = true }";
            problems.add(
                "E104",
                node.span.clone(),
                "an empty matcher asks nothing".into(),
                help,
            );
        }
        let known: Vec<&str> = MATCHERS.iter().map(|m| m.0).collect();
        let mut tests = Vec::new();
        for entry in entries {
            if known.contains(&&*entry.key) {
                tests.extend(read_test(&entry.key, &entry.node, problems));
            } else {
                let help = nearest(&entry.key, known.iter().copied()).map_or_else(
                    || {
                        format!(
                            "matchers are {}; to compare with a table write eq = {{ … }}",
                            list_of(&known)
                        )
                    },
                    |near| format!("did you mean `{near}`?"),
                );
                let message = format!("there is no matcher `{}`", entry.key);
                problems.add("E102", entry.key_span.clone(), message, &help);
            }
        }
        Self { tests }
    }

    /// As [`Matcher::read`], but a list means one of its values.
    pub fn read_one_of(node: &Node, problems: &Problems) -> Self {
        match &node.value {
            Value::List(items) => {
                if items.is_empty() {
                    let help = "name at least one value";
                    problems.add(
                        "E104",
                        node.span.clone(),
                        "nothing can be one of nothing".into(),
                        help,
                    );
                }
                Self {
                    tests: vec![Test::OneOf(
                        items.iter().map(|i| json(i, problems)).collect(),
                    )],
                }
            }
            _ => Self::read(node, problems),
        }
    }

    /// Every template inside, to check its names.
    #[must_use]
    pub fn templates(&self) -> Vec<Template> {
        let mut found = Vec::new();
        for test in &self.tests {
            match test {
                Test::Eq(j)
                | Test::Ne(j)
                | Test::Compare(_, j)
                | Test::Contains(j)
                | Test::NotContains(j) => {
                    found.extend(j.templates().into_iter().cloned());
                }
                Test::StartsWith(t) | Test::EndsWith(t) | Test::Matches(t) => found.push(t.clone()),
                Test::OneOf(list) => found.extend(list.iter().flat_map(|j| j.templates()).cloned()),
                Test::WordOf(list) => found.extend(list.iter().cloned()),
                Test::Count(m) | Test::All(m) | Test::Any(m) => found.extend(m.templates()),
                Test::SameAs(name) => {
                    found.extend(Template::parse(&format!("{{{{ {name} }}}}"), 0..0));
                }
                Test::Exists(_) | Test::Is(_) => {}
            }
        }
        found
    }

    /// Whether a value that is not there may fit.
    #[must_use]
    pub fn allows_absence(&self) -> bool {
        !self.tests.is_empty() && self.tests.iter().all(|t| *t == Test::Exists(false))
    }

    /// Judges what was found. One result per test, and one per difference where two structures differ.
    ///
    /// # Errors
    /// When a name in the matcher has no value.
    pub fn judge(
        &self,
        subject: &str,
        look: &Look,
        scope: &dyn Scope,
    ) -> Result<Vec<ExpectationResult>, Unresolved> {
        let mut results = Vec::new();
        for test in &self.tests {
            results.extend(test.judge(subject, look, scope)?);
        }
        Ok(results)
    }

    /// Whether it holds for what was found; a name without value does not hold.
    #[must_use]
    pub fn holds(&self, look: &Look, scope: &dyn Scope) -> bool {
        !self.tests.is_empty()
            && self
                .judge("", look, scope)
                .is_ok_and(|results| results.iter().all(|r| r.held))
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::parse;
    use super::*;

    struct Nothing;
    impl Scope for Nothing {
        fn value(&self, name: &str) -> Option<Json> {
            (name == "seven").then(|| 7.into())
        }
    }

    fn matcher(text: &str) -> Matcher {
        let text = format!("m = {text}");
        let (node, _) = parse("f", &text);
        let problems = Problems::new("f");
        let matcher = Matcher::read(node.at("m").unwrap(), &problems);
        assert_eq!(problems.into_list(), []);
        matcher
    }

    fn holds(text: &str, value: &str) -> bool {
        let json = serde_json::from_str(value).unwrap();
        matcher(text).holds(&Look::There(json), &Nothing)
    }

    #[test]
    fn each_matcher_holds_and_fails() {
        for (text, yes, no) in [
            ("7", "7", "8"),
            (
                "{ eq = { a = [1] } }",
                r#"{"a":[1.0]}"#,
                r#"{"a":[1],"b":2}"#,
            ),
            ("{ ne = 7 }", "8", "7"),
            ("{ gt = 7 }", "7.5", "7"),
            ("{ gte = 7 }", "7", "6"),
            ("{ lt = \"5s\" }", "\"412ms\"", "\"6s\""),
            ("{ lte = 7 }", "7", "\"7\""),
            ("{ contains = \"b\" }", "\"abc\"", "\"ac\""),
            ("{ contains = 2 }", "[1,2]", "[1]"),
            ("{ not_contains = \"b\" }", "\"ac\"", "\"abc\""),
            ("{ starts_with = \"a\" }", "\"abc\"", "\"bc\""),
            ("{ ends_with = \"c\" }", "\"abc\"", "\"ab\""),
            ("{ matches = '^\\d+$' }", "\"12\"", "\"1x\""),
            ("{ exists = true }", "null", ""),
            ("{ count = 2 }", "[1,2]", "[1]"),
            ("{ count = { gte = 2 } }", "[1,2]", "[1]"),
            ("{ is = \"integer\" }", "7", "7.5"),
            ("{ is = \"null\" }", "null", "\"\""),
            ("{ same_as = \"seven\" }", "7", "\"7\""),
            ("{ one_of = [1, \"a\"] }", "\"a\"", "2"),
            ("{ all = { gt = 1 } }", "[2,3]", "[]"),
            ("{ any = { gt = 1 } }", "[0,3]", "[0]"),
        ] {
            assert!(holds(text, yes), "{text} should hold for {yes}");
            assert!(
                no.is_empty() || !holds(text, no),
                "{text} should not hold for {no}"
            );
        }
    }

    #[test]
    fn a_value_that_is_not_there_fits_only_exists_false() {
        let absent = Look::Absent("nothing".into());
        for (name, _) in MATCHERS.iter().filter(|m| m.0 != "exists") {
            let argument = match *name {
                "is" => "\"null\"",
                "same_as" => "\"seven\"",
                "one_of" => "[1]",
                "word_of" => "[\"x\"]",
                "starts_with" | "ends_with" | "matches" | "not_contains" => "\"x\"",
                _ => "1",
            };
            assert!(
                !matcher(&format!("{{ {name} = {argument} }}")).holds(&absent, &Nothing),
                "{name}"
            );
        }
        assert!(matcher("{ exists = false }").holds(&absent, &Nothing));
        assert!(!matcher("{ exists = true }").holds(&absent, &Nothing));
    }

    #[test]
    fn a_string_and_a_number_are_told_apart_in_words() {
        let results = matcher("7")
            .judge("$.n", &Look::There("7".into()), &Nothing)
            .unwrap();
        assert_eq!(results[0].got, "\"7\" (a string, not a number)");
    }

    #[test]
    fn structures_differ_by_path() {
        let got = serde_json::json!({"a": {"b": 2}, "c": 1});
        let results = matcher("{ eq = { a = { b = 1 } } }")
            .judge("$", &Look::There(got), &Nothing)
            .unwrap();
        let lines: Vec<String> = results
            .iter()
            .map(|r| format!("{} {} {}", r.subject, r.expected, r.got))
            .collect();
        assert_eq!(lines, ["$.a.b 1 2", "$.c nothing 1"]);
    }

    #[test]
    fn a_misspelt_matcher_is_refused() {
        let (node, _) = parse("f", "m = { contians = 1 }");
        let problems = Problems::new("f");
        Matcher::read(node.at("m").unwrap(), &problems);
        let list = problems.into_list();
        assert_eq!(
            (list[0].id, list[0].help.as_str()),
            ("E102", "did you mean `contains`?")
        );
    }
}

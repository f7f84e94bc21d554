//! Matchers: what a value must be.
//!
//! Every matcher except `exists = false` needs the value to be there, so a wrong path can never pass.

use std::cmp::Ordering;

use regex::Regex;
use serde_json::Value as Json;

use crate::base::text::{nearest, printable};

use super::document::{Node, Value};
use super::expectation::ExpectationResult;
use super::shape::{Problems, duration, list_of};
use super::template::{JsonTemplate, Scope, Template, Unresolved};

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
    ("gt", "is greater; numbers or durations"),
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
        "all",
        "every item of the list fits this matcher, and there is one",
    ),
    ("any", "at least one item of the list fits this matcher"),
];

const TYPES: &[&str] = &[
    "string", "number", "integer", "boolean", "array", "object", "null",
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
            if known.contains(&entry.key.as_str()) {
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

fn read_test(key: &str, node: &Node, problems: &Problems) -> Option<Test> {
    Some(match key {
        "eq" => Test::Eq(json(node, problems)),
        "ne" => Test::Ne(json(node, problems)),
        "gt" => Test::Compare(Bound::Above, comparable(node, problems)),
        "gte" => Test::Compare(Bound::AtLeast, comparable(node, problems)),
        "lt" => Test::Compare(Bound::Below, comparable(node, problems)),
        "lte" => Test::Compare(Bound::AtMost, comparable(node, problems)),
        "contains" => Test::Contains(json(node, problems)),
        "not_contains" => Test::NotContains(json(node, problems)),
        "starts_with" => Test::StartsWith(text(node, key, problems)?),
        "ends_with" => Test::EndsWith(text(node, key, problems)?),
        "matches" => Test::Matches(regex(node, problems)?),
        "exists" => match node.flag() {
            Some(flag) => Test::Exists(flag),
            None => return wrong(node, "`exists` takes true or false", problems),
        },
        "is" => match node.text().filter(|t| TYPES.contains(t)) {
            Some(name) => Test::Is(name.to_owned()),
            None => {
                return wrong(
                    node,
                    &format!("`is` takes one of {}", list_of(TYPES)),
                    problems,
                );
            }
        },
        "same_as" => match node.text() {
            Some(name) => Test::SameAs(name.to_owned()),
            None => return wrong(node, "`same_as` takes the name of a variable", problems),
        },
        "one_of" => match &node.value {
            Value::List(items) => Test::OneOf(items.iter().map(|i| json(i, problems)).collect()),
            _ => return wrong(node, "`one_of` takes a list", problems),
        },
        "count" => Test::Count(Box::new(Matcher::read(node, problems))),
        "all" => Test::All(Box::new(Matcher::read(node, problems))),
        _ => Test::Any(Box::new(Matcher::read(node, problems))),
    })
}

fn wrong(node: &Node, message: &str, problems: &Problems) -> Option<Test> {
    problems.add("E103", node.span.clone(), message.to_owned(), "");
    None
}

fn json(node: &Node, problems: &Problems) -> JsonTemplate {
    JsonTemplate::read(node, &mut |span, error| {
        problems.add("E118", span, error.to_string(), "write {{ name }}");
    })
}

fn comparable(node: &Node, problems: &Problems) -> JsonTemplate {
    let fits = match &node.value {
        Value::Integer(_) | Value::Float(_) => true,
        Value::Text(text) => text.contains("{{") || duration(text).is_some(),
        _ => false,
    };
    if !fits {
        wrong(
            node,
            "only numbers and durations such as \"500ms\" can be compared",
            problems,
        );
    }
    json(node, problems)
}

fn text(node: &Node, key: &str, problems: &Problems) -> Option<Template> {
    let Some(text) = node.text() else {
        wrong(node, &format!("`{key}` takes a string"), problems);
        return None;
    };
    match Template::parse(text, node.span.clone()) {
        Ok(template) => Some(template),
        Err(error) => {
            problems.add(
                "E118",
                node.span.clone(),
                error.to_string(),
                "write {{ name }}",
            );
            None
        }
    }
}

fn regex(node: &Node, problems: &Problems) -> Option<Template> {
    let template = text(node, "matches", problems)?;
    if template.names().next().is_none()
        && let Err(error) = Regex::new(node.text().unwrap_or_default())
    {
        let reason = error.to_string();
        let reason = reason
            .lines()
            .last()
            .unwrap_or_default()
            .trim_start_matches("error: ");
        let message = format!("this is not a regular expression: {reason}");
        problems.add(
            "E107",
            node.span.clone(),
            message,
            "try it in a literal string: '…'",
        );
    }
    Some(template)
}

impl Test {
    fn judge(
        &self,
        subject: &str,
        look: &Look,
        scope: &dyn Scope,
    ) -> Result<Vec<ExpectationResult>, Unresolved> {
        let value = match (self, look) {
            (Self::Exists(wanted), look) => return Ok(vec![judge_exists(subject, *wanted, look)]),
            (_, Look::Absent(instead)) => {
                return Ok(vec![result(
                    subject,
                    self.wanted(scope)?,
                    instead.clone(),
                    false,
                )]);
            }
            (_, Look::There(value)) => value,
        };
        if let Self::Eq(wanted) = self {
            let wanted = wanted.render(scope)?;
            return Ok(judge_equal(subject, &wanted, value));
        }
        let held = self.holds(value, scope)?;
        let got = match self {
            Self::Count(_) => count(value).map_or_else(|| show(value), |n| n.to_string()),
            _ => show(value),
        };
        Ok(vec![result(subject, self.wanted(scope)?, got, held)])
    }

    fn holds(&self, value: &Json, scope: &dyn Scope) -> Result<bool, Unresolved> {
        let there = |json: &Json| Look::There(json.clone());
        Ok(match self {
            Self::Eq(wanted) => same(&wanted.render(scope)?, value),
            Self::Ne(other) => !same(&other.render(scope)?, value),
            Self::Compare(bound, limit) => {
                compare(value, &limit.render(scope)?).is_some_and(|ordering| bound.allows(ordering))
            }
            Self::Contains(part) => contains(value, &part.render(scope)?) == Some(true),
            Self::NotContains(part) => contains(value, &part.render(scope)?) == Some(false),
            Self::StartsWith(start) => starts(value, &start.render(scope)?),
            Self::EndsWith(end) => ends(value, &end.render(scope)?),
            Self::Matches(pattern) => {
                let pattern = Regex::new(&pattern.render(scope)?);
                pattern.is_ok_and(|p| value.as_str().is_some_and(|text| p.is_match(text)))
            }
            Self::Exists(wanted) => *wanted,
            Self::Is(name) => is_type(value, name),
            Self::Count(matcher) => {
                count(value).is_some_and(|n| matcher.holds(&Look::There(n.into()), scope))
            }
            Self::SameAs(name) => {
                let other = scope.value(name).ok_or_else(|| Unresolved(name.clone()))?;
                same(&other, value)
            }
            Self::OneOf(list) => {
                let list: Vec<Json> = list
                    .iter()
                    .map(|j| j.render(scope))
                    .collect::<Result<_, _>>()?;
                list.iter().any(|wanted| same(wanted, value))
            }
            Self::All(matcher) => value.as_array().is_some_and(|items| {
                !items.is_empty() && items.iter().all(|item| matcher.holds(&there(item), scope))
            }),
            Self::Any(matcher) => value
                .as_array()
                .is_some_and(|items| items.iter().any(|item| matcher.holds(&there(item), scope))),
        })
    }

    /// What was wanted, in words.
    fn wanted(&self, scope: &dyn Scope) -> Result<String, Unresolved> {
        let json = |j: &JsonTemplate| j.render(scope).map(|v| show(&v));
        let quoted = |t: &Template| t.render(scope).map(|v| show(&Json::String(v)));
        let words = |m: &Matcher| -> Result<String, Unresolved> {
            let parts: Vec<String> = m
                .tests
                .iter()
                .map(|t| t.wanted(scope))
                .collect::<Result<_, _>>()?;
            Ok(parts.join(" and "))
        };
        Ok(match self {
            Self::Eq(j) => json(j)?,
            Self::Ne(j) => format!("anything but {}", json(j)?),
            Self::Compare(bound, j) => format!("{} {}", bound.words(), bare(&j.render(scope)?)),
            Self::Contains(j) => format!("to contain {}", json(j)?),
            Self::NotContains(j) => format!("not to contain {}", json(j)?),
            Self::StartsWith(t) => format!("to start with {}", quoted(t)?),
            Self::EndsWith(t) => format!("to end with {}", quoted(t)?),
            Self::Matches(t) => format!("to match /{}/", t.render(scope)?),
            Self::Exists(true) => "to be there".to_owned(),
            Self::Exists(false) => "not to be there".to_owned(),
            Self::Is(name) => format!("a value of type {name}"),
            Self::Count(m) => format!("a count of {}", words(m)?),
            Self::SameAs(name) => {
                let value = scope.value(name).ok_or_else(|| Unresolved(name.clone()))?;
                format!("{} (as `{name}`)", show(&value))
            }
            Self::OneOf(list) => {
                let shown: Vec<String> = list.iter().map(json).collect::<Result<_, _>>()?;
                shown.join(" or ")
            }
            Self::All(m) => format!("every item: {}", words(m)?),
            Self::Any(m) => format!("some item: {}", words(m)?),
        })
    }
}

impl Bound {
    fn allows(self, ordering: Ordering) -> bool {
        match self {
            Self::Above => ordering.is_gt(),
            Self::AtLeast => ordering.is_ge(),
            Self::Below => ordering.is_lt(),
            Self::AtMost => ordering.is_le(),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Above => "more than",
            Self::AtLeast => "at least",
            Self::Below => "less than",
            Self::AtMost => "at most",
        }
    }
}

fn judge_exists(subject: &str, wanted: bool, look: &Look) -> ExpectationResult {
    let expected = if wanted {
        "to be there"
    } else {
        "not to be there"
    };
    match look {
        Look::There(value) => result(subject, expected.into(), show(value), wanted),
        Look::Absent(instead) => result(subject, expected.into(), instead.clone(), !wanted),
    }
}

/// Compares by structure: one result when equal, else one per difference (five at most).
fn judge_equal(subject: &str, wanted: &Json, got: &Json) -> Vec<ExpectationResult> {
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

fn differ(path: &str, wanted: &Json, got: &Json, found: &mut Vec<ExpectationResult>) {
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
fn in_words(wanted: &Json, got: &Json) -> String {
    let bare_alike = bare(wanted) == bare(got) && !same(wanted, got);
    if bare_alike || (got.is_null() && !wanted.is_null()) {
        format!("{} ({}, not {})", show(got), type_of(got), type_of(wanted))
    } else {
        show(got)
    }
}

fn result(subject: &str, expected: String, got: String, held: bool) -> ExpectationResult {
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

/// Equal by structure; `1` and `1.0` are the same number.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(x), Json::Number(y)) => x == y || x.as_f64() == y.as_f64(),
        (Json::Array(x), Json::Array(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(a, b)| same(a, b))
        }
        (Json::Object(x), Json::Object(y)) => {
            x.len() == y.len()
                && x.iter()
                    .all(|(key, value)| y.get(key).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}

fn compare(a: &Json, b: &Json) -> Option<Ordering> {
    match (a, b) {
        (Json::Number(x), Json::Number(y)) => x.as_f64()?.partial_cmp(&y.as_f64()?),
        (Json::String(x), Json::String(y)) => Some(duration(x)?.cmp(&duration(y)?)),
        _ => None,
    }
}

/// Whether `value` contains `part`; `None` when it is nothing that can contain.
fn contains(value: &Json, part: &Json) -> Option<bool> {
    match (value, part) {
        (Json::String(text), Json::String(part)) => Some(text.contains(part.as_str())),
        (Json::Array(items), part) => Some(items.iter().any(|item| same(item, part))),
        (Json::Object(object), Json::String(key)) => Some(object.contains_key(key)),
        _ => None,
    }
}

fn starts(value: &Json, start: &str) -> bool {
    value.as_str().is_some_and(|text| text.starts_with(start))
}

fn ends(value: &Json, end: &str) -> bool {
    value.as_str().is_some_and(|text| text.ends_with(end))
}

fn count(value: &Json) -> Option<usize> {
    match value {
        Json::Array(items) => Some(items.len()),
        Json::Object(object) => Some(object.len()),
        Json::String(text) => Some(text.chars().count()),
        _ => None,
    }
}

fn is_type(value: &Json, name: &str) -> bool {
    match name {
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => type_of(value).rsplit(' ').next() == Some(other),
    }
}

fn type_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

/// A value as JSON, made printable and cut after 200 characters with the cut announced.
#[must_use]
pub fn show(value: &Json) -> String {
    let text = printable(&value.to_string());
    let length = text.chars().count();
    if length <= 200 {
        return text;
    }
    let start: String = text.chars().take(160).collect();
    format!("{start}… ({} more characters)", length - 160)
}

/// A value without the quotes of a string.
fn bare(value: &Json) -> String {
    match value {
        Json::String(text) => printable(text),
        other => other.to_string(),
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
        let (node, _) = parse("f", &format!("m = {text}"));
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

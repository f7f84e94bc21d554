//! Reading one test of a matcher from a check file.

use regex::Regex;

use crate::checks::document::{Node, Value};
use crate::checks::shape::{Problems, duration, list_of, size};
use crate::checks::template::{JsonTemplate, Template};

use super::{Bound, Matcher, Test};

const TYPES: &[&str] = &[
    "string", "number", "integer", "boolean", "array", "object", "null",
];

pub(super) fn read_test(key: &str, node: &Node, problems: &Problems) -> Option<Test> {
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
        "word_of" => match &node.value {
            Value::List(items) => Test::WordOf(
                items
                    .iter()
                    .filter_map(|item| text(item, key, problems))
                    .collect(),
            ),
            _ => return wrong(node, "`word_of` takes a list of words", problems),
        },
        "count" => Test::Count(Box::new(Matcher::read(node, problems))),
        "all" => Test::All(Box::new(Matcher::read(node, problems))),
        _ => Test::Any(Box::new(Matcher::read(node, problems))),
    })
}

pub(super) fn wrong(node: &Node, message: &str, problems: &Problems) -> Option<Test> {
    problems.add("E103", node.span.clone(), message.to_owned(), "");
    None
}

pub(super) fn json(node: &Node, problems: &Problems) -> JsonTemplate {
    JsonTemplate::read(node, &mut |span, error| {
        problems.add("E118", span, error.to_string(), "write {{ name }}");
    })
}

pub(super) fn comparable(node: &Node, problems: &Problems) -> JsonTemplate {
    let fits = match &node.value {
        Value::Integer(_) | Value::Float(_) => true,
        Value::Text(text) => {
            text.contains("{{") || duration(text).is_some() || size(text).is_some()
        }
        _ => false,
    };
    if !fits {
        wrong(
            node,
            "only numbers, durations such as \"500ms\" and sizes such as \"100KB\" can be compared",
            problems,
        );
    }
    json(node, problems)
}

pub(super) fn text(node: &Node, key: &str, problems: &Problems) -> Option<Template> {
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

pub(super) fn regex(node: &Node, problems: &Problems) -> Option<Template> {
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

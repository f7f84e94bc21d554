//! Reading typed values out of a document whose shape has been walked: what does not fit was already said.

use std::time::Duration;

use super::document::{Node, Value};
use super::shape::{Problems, duration_at};
use super::template::{JsonTemplate, Template};

/// The string template under `key`.
pub fn text(node: &Node, key: &str, problems: &Problems) -> Option<Template> {
    template(node.at(key)?, problems)
}

/// The string template that `node` is.
pub fn template(node: &Node, problems: &Problems) -> Option<Template> {
    let text = node.text()?;
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

/// The string under `key`, taken as it stands.
#[must_use]
pub fn word(node: &Node, key: &str) -> Option<String> {
    node.at(key).and_then(Node::text).map(str::to_owned)
}

/// The list of strings under `key`, each with its node.
pub fn words<'a>(node: &'a Node<'_>, key: &str) -> impl Iterator<Item = (&'a Node<'a>, &'a str)> {
    node.at(key)
        .into_iter()
        .flat_map(Node::items)
        .filter_map(|item| Some((item, item.text()?)))
}

/// The list of string templates under `key`.
pub fn texts(node: &Node, key: &str, problems: &Problems) -> Vec<Template> {
    let items = node.at(key).into_iter().flat_map(Node::items);
    items.filter_map(|item| template(item, problems)).collect()
}

/// The flag under `key`; false when it is left out.
#[must_use]
pub fn is_set(node: &Node, key: &str) -> bool {
    node.at(key).and_then(Node::flag) == Some(true)
}

/// The number under `key`.
#[must_use]
pub fn count(node: &Node, key: &str) -> Option<usize> {
    node.at(key)
        .and_then(Node::integer)
        .and_then(|n| usize::try_from(n).ok())
}

/// The duration under `key`, or `default`.
#[must_use]
pub fn duration_or(node: &Node, key: &str, default: Duration) -> Duration {
    duration_at(node, key).unwrap_or(default)
}

/// The table of string templates under `key`, in order.
pub fn pairs(node: &Node, key: &str, problems: &Problems) -> Vec<(String, Template)> {
    let entries = node.at(key).map(Node::entries).unwrap_or_default();
    entries
        .iter()
        .filter_map(|e| Some((e.key.to_string(), template(&e.node, problems)?)))
        .collect()
}

/// The table of environment variables under `key`; `false` unsets one.
pub fn settings(node: &Node, key: &str, problems: &Problems) -> Vec<(String, Option<Template>)> {
    let entries = node.at(key).map(Node::entries).unwrap_or_default();
    let read = |value: &Node| match value.value {
        Value::Bool(false) => Some(None),
        _ => template(value, problems).map(Some),
    };
    entries
        .iter()
        .filter_map(|e| Some((e.key.to_string(), read(&e.node)?)))
        .collect()
}

/// The JSON value under `key`.
pub fn json(node: &Node, key: &str, problems: &Problems) -> Option<JsonTemplate> {
    node.at(key).map(|value| json_of(value, problems))
}

/// The JSON value that `node` is.
pub fn json_of(node: &Node, problems: &Problems) -> JsonTemplate {
    JsonTemplate::read(node, &mut |span, error| {
        problems.add("E118", span, error.to_string(), "write {{ name }}");
    })
}

/// The one key of `keys` that `node` has. None or several is a mistake.
pub fn exactly_one<'a>(
    node: &Node,
    keys: &[&'a str],
    of: &str,
    problems: &Problems,
) -> Option<&'a str> {
    let there: Vec<&'a str> = keys
        .iter()
        .copied()
        .filter(|k| node.entry(k).is_some())
        .collect();
    match there.as_slice() {
        [one] => Some(one),
        [] => {
            let message = format!("{of} does not say what to do");
            let help = format!("give it one of {}", super::shape::list_of(keys));
            problems.add("E114", node.span.clone(), message, &help);
            None
        }
        [first, second, ..] => {
            let span = node
                .entry(second)
                .map_or(node.span.clone(), |e| e.key_span.clone());
            let message = format!("{of} already has `{first}`, so it cannot have `{second}`");
            problems.add("E114", span, message, "make two steps of it");
            Some(first)
        }
    }
}

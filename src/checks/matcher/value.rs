//! What can be asked of a JSON value: whether it is the same as another, larger, contains a part, is of a type.

use std::cmp::Ordering;

use serde_json::Value as Json;

use crate::base::text::printable;
use crate::checks::shape::{duration, size};

/// Equal by structure; `1` and `1.0` are the same number.
pub(super) fn same(a: &Json, b: &Json) -> bool {
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

pub(super) fn compare(a: &Json, b: &Json) -> Option<Ordering> {
    match (a, b) {
        (Json::Number(x), Json::Number(y)) => x.as_f64()?.partial_cmp(&y.as_f64()?),
        // Bytes against a size such as "100MB".
        (Json::Number(x), Json::String(y)) => {
            #[expect(clippy::cast_precision_loss, reason = "a size is at most 1e15")]
            let bytes = size(y)? as f64;
            x.as_f64()?.partial_cmp(&bytes)
        }
        (Json::String(x), Json::String(y)) => Some(duration(x)?.cmp(&duration(y)?)),
        _ => None,
    }
}

/// Whether `value` contains `part`; `None` when it is nothing that can contain.
pub(super) fn contains(value: &Json, part: &Json) -> Option<bool> {
    match (value, part) {
        (Json::String(text), Json::String(part)) => Some(text.contains(part.as_str())),
        (Json::Array(items), part) => Some(items.iter().any(|item| same(item, part))),
        (Json::Object(object), Json::String(key)) => Some(object.contains_key(key)),
        _ => None,
    }
}

pub(super) fn starts(value: &Json, start: &str) -> bool {
    value.as_str().is_some_and(|text| text.starts_with(start))
}

pub(super) fn ends(value: &Json, end: &str) -> bool {
    value.as_str().is_some_and(|text| text.ends_with(end))
}

pub(super) fn count(value: &Json) -> Option<usize> {
    match value {
        Json::Array(items) => Some(items.len()),
        Json::Object(object) => Some(object.len()),
        Json::String(text) => Some(text.chars().count()),
        _ => None,
    }
}

pub(super) fn is_type(value: &Json, name: &str) -> bool {
    match name {
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => type_of(value).rsplit(' ').next() == Some(other),
    }
}

pub(super) fn type_of(value: &Json) -> &'static str {
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
pub(super) fn bare(value: &Json) -> String {
    match value {
        Json::String(text) => printable(text),
        other => other.to_string(),
    }
}

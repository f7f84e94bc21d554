//! A document: a TOML file as a tree in which every key and value knows its place.
//!
//! Deriving the check file with serde would lose the places and report the first mistake only, so the decoder walks
//! this tree by hand.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::base::diagnostic::Diagnostic;

/// A value and its byte range in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<'t> {
    /// Byte range of the value; of a table made by dotted keys, the range of its first key.
    pub span: Range<usize>,
    /// The value.
    pub value: Value<'t>,
}

/// A TOML value; dates are refused, since nothing in the check language takes one.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'t> {
    /// A string.
    Text(Cow<'t, str>),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// A list.
    List(Vec<Node<'t>>),
    /// A table, in the order of the file.
    Table(Vec<Entry<'t>>),
    /// A date or a number that TOML allows and JSON does not.
    Other,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<'t> {
    /// The key.
    pub key: Cow<'t, str>,
    /// Byte range of the key.
    pub key_span: Range<usize>,
    /// The value.
    pub node: Node<'t>,
}

/// Parses `text`, collecting every syntax error.
#[must_use]
pub fn parse<'t>(file: &str, text: &'t str) -> (Node<'t>, Vec<Diagnostic>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let problems = errors
        .iter()
        .map(|e| {
            let span = e.span().unwrap_or(0..0);
            Diagnostic::error(
                "E101",
                file,
                span,
                format!("this is not TOML: {}", e.message()),
            )
            .help("mend the syntax; the course uses TOML 1.0")
        })
        .collect();
    let span = table.span();
    let value = table_of(table.into_inner());
    (Node { span, value }, problems)
}

fn table_of(table: DeTable<'_>) -> Value<'_> {
    let entries = table.into_iter().map(|(key, value)| Entry {
        key_span: key.span(),
        key: key.into_inner(),
        node: node_of(value),
    });
    Value::Table(entries.collect())
}

fn node_of(value: Spanned<DeValue<'_>>) -> Node<'_> {
    let span = value.span();
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Value::Other, Value::Integer),
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .ok()
            .filter(|f: &f64| f.is_finite())
            .map_or(Value::Other, Value::Float),
        DeValue::Boolean(flag) => Value::Bool(flag),
        DeValue::Datetime(_) => Value::Other,
        DeValue::Array(items) => Value::List(items.into_iter().map(node_of).collect()),
        DeValue::Table(table) => table_of(table),
    };
    Node { span, value }
}

impl<'t> Node<'t> {
    /// The same without the text it was read from.
    #[must_use]
    pub fn into_owned(self) -> Node<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let entry = |entry: Entry<'_>| Entry {
            key: owned(entry.key),
            key_span: entry.key_span,
            node: entry.node.into_owned(),
        };
        Node {
            span: self.span,
            value: match self.value {
                Value::Text(text) => Value::Text(owned(text)),
                Value::List(items) => {
                    Value::List(items.into_iter().map(Self::into_owned).collect())
                }
                Value::Table(entries) => Value::Table(entries.into_iter().map(entry).collect()),
                Value::Integer(number) => Value::Integer(number),
                Value::Float(number) => Value::Float(number),
                Value::Bool(flag) => Value::Bool(flag),
                Value::Other => Value::Other,
            },
        }
    }

    /// The entries of a table; empty for anything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry<'t>] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; empty for anything else.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The entry with this key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry<'t>> {
        self.entries().iter().find(|e| e.key == key)
    }

    /// The value under this key.
    #[must_use]
    pub fn at(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|e| &e.node)
    }

    /// The string, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    #[must_use]
    pub fn integer(&self) -> Option<i64> {
        match self.value {
            Value::Integer(number) => Some(number),
            _ => None,
        }
    }

    /// True or false, if it is either.
    #[must_use]
    pub fn flag(&self) -> Option<bool> {
        match self.value {
            Value::Bool(flag) => Some(flag),
            _ => None,
        }
    }

    /// What it is, in words: `a string`, `a list`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Text(_) => "a string",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Bool(_) => "true or false",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Other => "a date or a number out of range",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_know_their_places() {
        let text = "a = 1\n[b]\nc.d = \"x\"\n";
        let (node, problems) = parse("f.toml", text);
        assert!(problems.is_empty());
        let d = node
            .at("b")
            .and_then(|b| b.at("c"))
            .and_then(|c| c.entry("d"))
            .unwrap();
        assert_eq!(&text[d.key_span.clone()], "d");
        assert_eq!(&text[d.node.span.clone()], "\"x\"");
    }

    #[test]
    fn several_syntax_errors_come_at_once() {
        let (_, problems) = parse("f.toml", "a = \nb = 2\nc = [1,,]\n");
        assert!(problems.len() >= 2, "{problems:?}");
    }
}

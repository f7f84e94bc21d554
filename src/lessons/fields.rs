//! Fields: the keys of one TOML table, read one by one, with every mistake noted at its place.
//!
//! Readers answer `None` for a mistake and go on, so one pass finds them all.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::base::diagnostic::Diagnostic;
use crate::base::slug::Slug;
use crate::base::text::nearest;

/// A TOML value with its place in the file.
pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// One table of the front matter.
pub(super) struct Fields<'a, 'i> {
    table: &'a DeTable<'i>,
    /// Where a missing key is shown.
    place: Range<usize>,
    /// What the table is, for messages: `a lesson`, `a choice`.
    noun: &'static str,
}

impl<'a, 'i> Fields<'a, 'i> {
    pub(super) fn new(table: &'a DeTable<'i>, place: Range<usize>, noun: &'static str) -> Self {
        Self { table, place, noun }
    }

    pub(super) fn place(&self) -> Range<usize> {
        self.place.clone()
    }

    pub(super) fn value(&self, key: &str) -> Option<&'a Value<'i>> {
        self.table.get(key)
    }

    /// Where the value of `key` is, or the table when there is none.
    pub(super) fn place_of(&self, key: &str) -> Range<usize> {
        self.value(key).map_or_else(|| self.place(), Spanned::span)
    }
}

/// Notes the mistakes of one file.
pub(super) struct Reader<'f> {
    file: &'f str,
    mistakes: Vec<Diagnostic>,
}

impl<'f> Reader<'f> {
    pub(super) fn new(file: &'f str) -> Self {
        Self {
            file,
            mistakes: Vec::new(),
        }
    }

    pub(super) fn into_mistakes(mut self) -> Vec<Diagnostic> {
        self.mistakes.sort_by_key(|mistake| mistake.span.start);
        self.mistakes
    }

    /// A mistake at a byte range of the file, to be completed and given to [`Reader::add`].
    pub(super) fn error(
        &self,
        id: &'static str,
        place: Range<usize>,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(id, self.file, place, message)
    }

    /// Notes a mistake and goes on.
    pub(super) fn add(&mut self, mistake: Diagnostic) {
        self.mistakes.push(mistake);
    }

    /// Notes a mistake whose message says all.
    pub(super) fn note(
        &mut self,
        id: &'static str,
        place: Range<usize>,
        message: impl Into<String>,
    ) {
        self.add(self.error(id, place, message));
    }

    /// Notes every key that is not `known`.
    pub(super) fn only(&mut self, fields: &Fields, known: &[&str]) {
        for key in fields.table.keys() {
            let name = key.get_ref();
            if known.contains(&name.as_ref()) {
                continue;
            }
            let help = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("{} has {}", fields.noun, list(known)),
            };
            let message = format!("{} has no key `{name}`", fields.noun);
            self.add(self.error("E203", key.span(), message).help(help));
        }
    }

    /// The value of a key that must be there.
    pub(super) fn required<'a, 'i>(
        &mut self,
        fields: &Fields<'a, 'i>,
        key: &str,
    ) -> Option<&'a Value<'i>> {
        let value = fields.value(key);
        if value.is_none() {
            let message = format!("{} needs the key `{key}`", fields.noun);
            let label = format!("no `{key}` here");
            self.add(self.error("E205", fields.place(), message).label(label));
        }
        value
    }

    /// Notes that a value has the wrong type; `wanted` is what it must be, as in `a whole number`.
    pub(super) fn wrong_type(&mut self, value: &Value, key: &str, wanted: &str) {
        let found = kind(value.get_ref());
        let message = format!("`{key}` must be {wanted}");
        let label = format!("this is {found}");
        self.add(self.error("E204", value.span(), message).label(label));
    }

    /// A text that says something.
    pub(super) fn text(&mut self, fields: &Fields, key: &str) -> Option<String> {
        let value = self.required(fields, key)?;
        self.as_text(value, key)
    }

    /// A text that may be left out, and is then empty.
    pub(super) fn text_if_any(&mut self, fields: &Fields, key: &str) -> Option<String> {
        match fields.value(key) {
            None => Some(String::new()),
            Some(value) => self.as_text(value, key),
        }
    }

    pub(super) fn as_text(&mut self, value: &Value, key: &str) -> Option<String> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(value, key, "a text in quotes");
            return None;
        };
        if text.trim().is_empty() {
            self.note("E209", value.span(), format!("`{key}` is empty"));
            return None;
        }
        Some(text.trim().to_owned())
    }

    pub(super) fn as_slug(&mut self, value: &Value, key: &str) -> Option<Slug> {
        let text = self.as_text(value, key)?;
        match Slug::new(&text) {
            Ok(slug) => Some(slug),
            Err(error) => {
                self.note("E208", value.span(), error.to_string());
                None
            }
        }
    }

    /// A number, whole or not.
    pub(super) fn as_number(&mut self, value: &Value, key: &str) -> Option<f64> {
        let number = match value.get_ref() {
            DeValue::Integer(i) if i.radix() == 10 => i.as_str().parse().ok(),
            DeValue::Float(f) => f.as_str().parse().ok(),
            _ => None,
        };
        let number = number.filter(|n: &f64| n.is_finite());
        if number.is_none() {
            self.wrong_type(value, key, "a decimal number");
        }
        number
    }

    /// A whole number from 1 to a hundred.
    pub(super) fn as_count(&mut self, value: &Value, key: &str) -> Option<u32> {
        let DeValue::Integer(integer) = value.get_ref() else {
            self.wrong_type(value, key, "a whole number");
            return None;
        };
        let count = u32::from_str_radix(integer.as_str(), integer.radix()).ok();
        let count = count.filter(|n| (1..=100).contains(n));
        if count.is_none() {
            let message = format!("`{key}` must be from 1 to 100");
            self.note("E209", value.span(), message);
        }
        count
    }

    /// The items of a list.
    pub(super) fn as_list<'a, 'i>(
        &mut self,
        value: &'a Value<'i>,
        key: &str,
    ) -> Option<Vec<&'a Value<'i>>> {
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(value, key, "a list");
            return None;
        };
        Some(items.iter().collect())
    }

    /// One item of a list as a table.
    pub(super) fn as_table<'a, 'i>(
        &mut self,
        value: &'a Value<'i>,
        key: &str,
        noun: &'static str,
    ) -> Option<Fields<'a, 'i>> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(value, key, "a list of tables");
            return None;
        };
        Some(Fields::new(table, value.span(), noun))
    }
}

/// `a`, `b` and `c`, in backticks.
pub(super) fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.join(""),
    }
}

fn kind(value: &DeValue) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

//! TOML read with every mistake noted at its place: a walk over `toml`'s tables that keeps byte ranges.
//!
//! Readers answer `None` for a mistake and go on, so one pass finds them all.

mod value;

use std::ops::{Range, RangeInclusive};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostic::Diagnostic;
use super::slug::Slug;
use super::text::nearest;

/// A TOML value with its place in the file.
pub type Value<'i> = Spanned<DeValue<'i>>;

/// The ids of the mistakes that every TOML file can have; each family of files has its own.
#[derive(Debug)]
pub struct Rules {
    /// The file is not TOML.
    pub syntax: &'static str,
    /// A key that nobody reads.
    pub unknown: &'static str,
    /// A value of the wrong type.
    pub kind: &'static str,
    /// A key that must be there and is not.
    pub missing: &'static str,
    /// A name that is not a slug.
    pub slug: &'static str,
    /// A value of the right type that does not fit.
    pub value: &'static str,
}

/// One table.
pub struct Fields<'a, 'i> {
    table: &'a DeTable<'i>,
    place: Range<usize>,
    noun: &'static str,
}

impl<'a, 'i> Fields<'a, 'i> {
    /// A table; `place` is where a missing key is shown, `noun` what the table is, as in `an exercise`.
    #[must_use]
    pub fn new(table: &'a DeTable<'i>, place: Range<usize>, noun: &'static str) -> Self {
        Self { table, place, noun }
    }

    /// Where a missing key is shown.
    #[must_use]
    pub fn place(&self) -> Range<usize> {
        self.place.clone()
    }

    /// The same table, with missing keys shown at another place, such as the key that opens it.
    #[must_use]
    pub fn at(self, place: Range<usize>) -> Self {
        Self { place, ..self }
    }

    /// The value of `key`, if it is there.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&'a Value<'i>> {
        self.table.get(key)
    }

    /// Where the value of `key` is, or where a missing key is shown when there is none.
    #[must_use]
    pub fn place_of(&self, key: &str) -> Range<usize> {
        self.value(key).map_or_else(|| self.place(), Spanned::span)
    }

    /// Every key with its place, and its value.
    pub fn entries(&self) -> impl Iterator<Item = (&'a str, Range<usize>, &'a Value<'i>)> {
        self.table
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), key.span(), value))
    }
}

/// Notes the mistakes of one file.
pub struct Reader<'f> {
    file: &'f str,
    rules: &'static Rules,
    mistakes: Vec<Diagnostic>,
}

impl<'f> Reader<'f> {
    /// A reader of the file with this path inside the course.
    #[must_use]
    pub fn new(file: &'f str, rules: &'static Rules) -> Self {
        Self {
            file,
            rules,
            mistakes: Vec::new(),
        }
    }

    /// What was noted, in the order of the file.
    #[must_use]
    pub fn into_mistakes(mut self) -> Vec<Diagnostic> {
        self.mistakes.sort_by_key(|mistake| mistake.span.start);
        self.mistakes
    }

    /// What was read, if there are no mistakes.
    ///
    /// # Errors
    /// The mistakes, in the order of the file.
    pub fn finish<T>(self, read: T) -> Result<T, Vec<Diagnostic>> {
        let mistakes = self.into_mistakes();
        if mistakes.is_empty() {
            Ok(read)
        } else {
            Err(mistakes)
        }
    }

    /// The tables of a file; `None` when it is not TOML, because what the parser could not read would be told a second
    /// time, as missing.
    pub fn document<'i>(&mut self, text: &'i str) -> Option<Spanned<DeTable<'i>>> {
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let message = format!("this is not TOML: {}", error.message());
            self.note(self.rules.syntax, error.span().unwrap_or(0..0), message);
        }
        errors.is_empty().then_some(table)
    }

    /// Notes a mistake at a byte range of the file; the caller may add a label and help.
    pub fn note(
        &mut self,
        id: &'static str,
        place: Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.mistakes
            .push(Diagnostic::error(id, self.file, place, message));
        let last = self.mistakes.len() - 1;
        &mut self.mistakes[last]
    }

    /// Notes every key that is not `known`.
    pub fn only(&mut self, fields: &Fields, known: &[&str]) {
        for (name, place, _) in fields.entries() {
            if known.contains(&name) {
                continue;
            }
            let help = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("{} has {}", fields.noun, list(known)),
            };
            let message = format!("{} has no key `{name}`", fields.noun);
            self.note(self.rules.unknown, place, message).help = help;
        }
    }

    /// The value of a key that must be there.
    pub fn required<'a, 'i>(
        &mut self,
        fields: &Fields<'a, 'i>,
        key: &str,
    ) -> Option<&'a Value<'i>> {
        let value = fields.value(key);
        if value.is_none() {
            let message = format!("{} needs the key `{key}`", fields.noun);
            self.note(self.rules.missing, fields.place(), message).label =
                format!("no `{key}` here");
        }
        value
    }

    /// Notes that a value has the wrong type; `wanted` is what it must be, as in `a whole number`.
    pub fn wrong_type(&mut self, value: &Value, key: &str, wanted: &str) {
        let found = kind(value.get_ref());
        let message = format!("`{key}` must be {wanted}");
        self.note(self.rules.kind, value.span(), message).label = format!("this is {found}");
    }

    /// A text that must be there and say something.
    pub fn text(&mut self, fields: &Fields, key: &str) -> Option<String> {
        let value = self.required(fields, key)?;
        self.as_text(value, key)
    }

    /// A text that may be left out.
    pub fn text_if_any(&mut self, fields: &Fields, key: &str) -> Option<String> {
        fields.value(key).and_then(|value| self.as_text(value, key))
    }

    /// A slug that must be there.
    pub fn slug(&mut self, fields: &Fields, key: &str) -> Option<Slug> {
        let value = self.required(fields, key)?;
        self.as_slug(value, key)
    }

    /// A whole number in `range` that must be there.
    pub fn count(&mut self, fields: &Fields, key: &str, range: RangeInclusive<u32>) -> Option<u32> {
        let value = self.required(fields, key)?;
        self.as_count(value, key, range)
    }

    /// A list of texts that may be left out, and is then empty.
    pub fn texts(&mut self, fields: &Fields, key: &str) -> Vec<String> {
        let Some(value) = fields.value(key) else {
            return Vec::new();
        };
        let items = self.as_list(value, key).unwrap_or_default();
        items
            .into_iter()
            .filter_map(|item| self.as_text(item, key))
            .collect()
    }
}

/// `a`, `b` and `c`, in backticks.
#[must_use]
pub fn list(names: &[&str]) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    static RULES: Rules = Rules {
        syntax: "E001",
        unknown: "E002",
        kind: "E003",
        missing: "E004",
        slug: "E005",
        value: "E006",
    };

    #[test]
    fn all_mistakes_come_at_once_each_at_its_place() {
        let text = "titel = \"T\"\nminutes = \"9\"\nlesson = \"A b\"\nfails = [\"\", 1]\n";
        let mut reader = Reader::new("a.toml", &RULES);
        let document = reader.document(text).unwrap();
        let fields = Fields::new(document.get_ref(), 0..0, "an exercise");
        reader.only(&fields, &["title", "minutes", "lesson", "fails"]);
        assert_eq!(reader.text(&fields, "title"), None);
        assert_eq!(reader.count(&fields, "minutes", 1..=100), None);
        assert_eq!(reader.slug(&fields, "lesson"), None);
        assert!(reader.texts(&fields, "fails").is_empty());
        let found: Vec<(&str, &str)> = reader
            .into_mistakes()
            .iter()
            .map(|d| (d.id, &text[d.span.clone()]))
            .collect();
        assert_eq!(
            found,
            [
                ("E002", "titel"),
                ("E004", ""),
                ("E003", "\"9\""),
                ("E005", "\"A b\""),
                ("E006", "\"\""),
                ("E003", "1"),
            ]
        );
    }

    #[test]
    fn what_is_not_toml_is_told_once() {
        let mut reader = Reader::new("a.toml", &RULES);
        assert!(reader.document("a = \n").is_none());
        assert_eq!(reader.into_mistakes()[0].id, "E001");
    }
}

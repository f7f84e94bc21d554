//! Values as what they should be: each reader answers with the Rust value, or notes what is there instead.

use std::ops::RangeInclusive;

use toml::de::DeValue;

use super::{Fields, Reader, Value};
use crate::base::slug::Slug;

impl Reader<'_> {
    /// The value as a text that says something.
    pub fn as_text(&mut self, value: &Value, key: &str) -> Option<String> {
        let text = self.as_any_text(value, key)?;
        if text.is_empty() {
            self.note(self.rules.value, value.span(), format!("`{key}` is empty"));
            return None;
        }
        Some(text)
    }

    /// The value as a text that may be empty.
    pub fn as_any_text(&mut self, value: &Value, key: &str) -> Option<String> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong_type(value, key, "a text in quotes");
        }
        text.map(|text| text.trim().to_owned())
    }

    /// The value as a slug.
    pub fn as_slug(&mut self, value: &Value, key: &str) -> Option<Slug> {
        let text = self.as_text(value, key)?;
        match Slug::new(&text) {
            Ok(slug) => Some(slug),
            Err(error) => {
                self.note(self.rules.slug, value.span(), error.to_string());
                None
            }
        }
    }

    /// The value of a key that may be left out, and then says no.
    pub fn flag(&mut self, fields: &Fields, key: &str) -> Option<bool> {
        let Some(value) = fields.value(key) else {
            return Some(false);
        };
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(value, key, "true or false");
        }
        flag
    }

    /// The value as a whole number in `range`.
    pub fn as_count(
        &mut self,
        value: &Value,
        key: &str,
        range: RangeInclusive<u32>,
    ) -> Option<u32> {
        let DeValue::Integer(integer) = value.get_ref() else {
            self.wrong_type(value, key, "a whole number");
            return None;
        };
        let count = u32::from_str_radix(integer.as_str(), integer.radix()).ok();
        let count = count.filter(|n| range.contains(n));
        if count.is_none() {
            let (from, to) = range.into_inner();
            let message = match to {
                u32::MAX => format!("`{key}` must be {from} or more"),
                _ => format!("`{key}` must be from {from} to {to}"),
            };
            self.note(self.rules.value, value.span(), message);
        }
        count
    }

    /// The value as a number, whole or not.
    pub fn as_number(&mut self, value: &Value, key: &str) -> Option<f64> {
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

    /// The items of a list.
    pub fn as_list<'a, 'i>(
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

    /// The value as a table.
    pub fn as_table<'a, 'i>(
        &mut self,
        value: &'a Value<'i>,
        key: &str,
        noun: &'static str,
    ) -> Option<Fields<'a, 'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong_type(value, key, "a table");
        }
        table.map(|table| Fields::new(table, value.span(), noun))
    }

    /// One item of the list under `key` as a table.
    pub fn as_row<'a, 'i>(
        &mut self,
        value: &'a Value<'i>,
        key: &str,
        noun: &'static str,
    ) -> Option<Fields<'a, 'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong_type(value, key, "a list of tables");
        }
        table.map(|table| Fields::new(table, value.span(), noun))
    }
}

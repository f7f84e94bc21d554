//! The scan: looking for a secret in every form in which a careless server may have stored it.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::Found;
use super::cell::Table;

/// A value to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needle {
    /// What to call it in messages; never the value itself.
    pub name: String,
    /// The value.
    pub value: String,
}

/// What may have been done to a value before it was stored. Each is looked for as raw bytes, in hex and in base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Nothing.
    Plain,
    /// MD5.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl Form {
    /// All forms.
    pub const ALL: [Self; 4] = [Self::Plain, Self::Md5, Self::Sha1, Self::Sha256];

    /// The name in check files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// The form of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }

    fn apply(self, value: &[u8]) -> Vec<u8> {
        match self {
            Self::Plain => value.to_vec(),
            Self::Md5 => Md5::digest(value).to_vec(),
            Self::Sha1 => Sha1::digest(value).to_vec(),
            Self::Sha256 => Sha256::digest(value).to_vec(),
        }
    }
}

/// Bytes to look for.
#[derive(Debug)]
pub(super) struct Pattern {
    needle: String,
    form: String,
    bytes: Vec<u8>,
}

/// Every form of every needle. Base64 is looked for without padding, which finds it with padding too.
pub(super) fn patterns(needles: &[Needle], forms: &[Form]) -> Vec<Pattern> {
    let mut patterns: Vec<Pattern> = Vec::new();
    for needle in needles.iter().filter(|needle| !needle.value.is_empty()) {
        for form in forms {
            let raw = form.apply(needle.value.as_bytes());
            let raw_name = match form {
                Form::Plain => form.name().to_owned(),
                _ => format!("{} as raw bytes", form.name()),
            };
            let encodings = [
                (hex(&raw), "hex"),
                (hex(&raw).to_uppercase(), "hex"),
                (STANDARD_NO_PAD.encode(&raw), "base64"),
                (URL_SAFE_NO_PAD.encode(&raw), "base64"),
            ];
            let encoded = encodings
                .into_iter()
                .map(|(text, name)| (text.into_bytes(), format!("{} in {name}", form.name())));
            for (bytes, form) in std::iter::once((raw, raw_name)).chain(encoded) {
                let known = |one: &Pattern| one.bytes == bytes && one.needle == needle.name;
                if !patterns.iter().any(known) {
                    patterns.push(Pattern {
                        needle: needle.name.clone(),
                        form,
                        bytes,
                    });
                }
            }
        }
    }
    patterns
}

/// Looks for the patterns in every cell.
pub(super) fn search(tables: &[Table], patterns: &[Pattern]) -> Vec<Found> {
    let mut found = Vec::new();
    for table in tables {
        for row in &table.rows {
            for (column, cell) in table.columns.iter().zip(&row.cells) {
                let hits = patterns
                    .iter()
                    .filter(|pattern| contains(cell.bytes(), &pattern.bytes));
                found.extend(hits.map(|pattern| Found {
                    needle: pattern.needle.clone(),
                    table: table.name.clone(),
                    column: column.name.clone(),
                    row: row.number,
                    form: pattern.form.clone(),
                }));
            }
        }
    }
    found
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digests_are_those_of_the_standards() {
        let hex_of = |form: Form| hex(&form.apply(b"abc"));
        assert_eq!(hex_of(Form::Md5), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(
            hex_of(Form::Sha1),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        assert_eq!(
            hex_of(Form::Sha256),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn an_empty_needle_is_found_nowhere() {
        let needle = Needle {
            name: "pass".into(),
            value: String::new(),
        };
        assert!(patterns(&[needle], &Form::ALL).is_empty());
    }
}

//! A slug: the stable name of a lesson, exercise, check or language.
//!
//! Lowercase letters, digits and single hyphens, as in `where-state-lives`. A number in front of a file name orders
//! the file and is not part of its slug, so content can be renumbered without losing anybody's progress.

use std::fmt;

/// A stable name made of lowercase words joined by hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

/// Why a text is not a slug.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "`{0}` is not a slug; use lowercase letters, digits and single hyphens, as in `where-state-lives`"
)]
pub struct SlugError(String);

impl Slug {
    /// Accepts `text` when it is a slug.
    ///
    /// # Errors
    /// When it has other characters, or a hyphen at an end or beside another.
    pub fn new(text: &str) -> Result<Self, SlugError> {
        let word = |w: &str| {
            !w.is_empty()
                && w.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        if text.split('-').all(word) {
            Ok(Self(text.to_owned()))
        } else {
            Err(SlugError(text.to_owned()))
        }
    }

    /// The slug as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Makes a slug of a heading: `What people get wrong` becomes `what-people-get-wrong`.
    #[must_use]
    pub fn from_heading(heading: &str) -> Self {
        let mut words = Vec::new();
        let mut word = String::new();
        for c in heading.chars() {
            if c.is_ascii_alphanumeric() {
                word.push(c.to_ascii_lowercase());
            } else if c != '\'' && c != '’' && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
        }
        if !word.is_empty() {
            words.push(word);
        }
        Self(if words.is_empty() {
            "section".to_owned()
        } else {
            words.join("-")
        })
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Splits a file stem such as `04-where-state-lives` into its order and its slug.
///
/// # Errors
/// When there is no number in front, or the rest is not a slug.
pub fn numbered(stem: &str) -> Result<(u32, Slug), SlugError> {
    let (number, rest) = stem
        .split_once('-')
        .ok_or_else(|| SlugError(stem.to_owned()))?;
    let number = number.parse().map_err(|_| SlugError(stem.to_owned()))?;
    Ok((number, Slug::new(rest)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_joined_by_hyphens_are_slugs() {
        assert_eq!(Slug::new("saying-ok").unwrap().as_str(), "saying-ok");
        for bad in ["", "-a", "a-", "a--b", "A", "a b", "é"] {
            assert!(Slug::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_number_in_front_orders_and_does_not_identify() {
        assert_eq!(
            numbered("04-where-state-lives").unwrap(),
            (4, Slug::new("where-state-lives").unwrap())
        );
        assert!(numbered("where-state-lives").is_err());
    }

    #[test]
    fn headings_become_slugs() {
        assert_eq!(
            Slug::from_heading("What people get wrong").as_str(),
            "what-people-get-wrong"
        );
        assert_eq!(
            Slug::from_heading("Don't trust `client.js`!").as_str(),
            "dont-trust-client-js"
        );
    }
}

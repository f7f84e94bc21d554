//! Masks secrets in everything that leaves the program.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// The secret values of a run and what is shown in their place.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    pairs: Vec<(String, String)>,
    open: bool,
}

impl Mask {
    /// A mask that hides nothing (`--show-secrets`).
    #[must_use]
    pub fn open() -> Self {
        Self {
            pairs: Vec::new(),
            open: true,
        }
    }

    /// Hides `secret` from now on, also base64- and percent-encoded, showing `$NAME` in its place.
    pub fn hide(&mut self, name: &str, secret: &str) {
        if self.open || secret.len() < 4 {
            return;
        }
        let shown = format!("${}", name.to_uppercase().replace(['-', '.'], "_"));
        let encoded = percent(secret);
        let forms = [
            secret.to_owned(),
            encoded,
            STANDARD.encode(secret).trim_end_matches('=').to_owned(),
            URL_SAFE_NO_PAD.encode(secret),
        ];
        for form in forms {
            if !self.pairs.iter().any(|(known, _)| *known == form) {
                self.pairs.push((form, shown.clone()));
            }
        }
        self.pairs
            .sort_by_key(|(form, _)| std::cmp::Reverse(form.len()));
    }

    /// Whether a text holds a secret.
    #[must_use]
    pub fn hides_in(&self, text: &str) -> bool {
        let mut secrets = self.pairs.iter().map(|(secret, _)| secret);
        secrets.any(|secret| text.contains(secret.as_str()))
    }

    /// The text with every secret replaced.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        self.pieces(text).iter().map(Piece::shown).collect()
    }

    /// The text cut into what may be shown and what stands for a secret.
    #[must_use]
    pub fn pieces<'a>(&'a self, text: &'a str) -> Vec<Piece<'a>> {
        let mut pieces = vec![Piece::Open(text)];
        for (secret, shown) in &self.pairs {
            if text.contains(secret.as_str()) {
                let cut = |piece| match piece {
                    Piece::Open(text) => cut(text, secret, shown),
                    hidden @ Piece::Hidden(_) => vec![hidden],
                };
                pieces = pieces.into_iter().flat_map(cut).collect();
            }
        }
        pieces
    }
}

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text that may be shown.
    Open(&'a str),
    /// What is shown in place of a secret.
    Hidden(&'a str),
}

impl<'a> Piece<'a> {
    /// What is shown of it.
    #[must_use]
    pub fn shown(&self) -> &'a str {
        match self {
            Self::Open(text) | Self::Hidden(text) => text,
        }
    }
}

fn cut<'a>(text: &'a str, secret: &str, shown: &'a str) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    for open in text.split(secret) {
        if !pieces.is_empty() {
            pieces.push(Piece::Hidden(shown));
        }
        pieces.push(Piece::Open(open));
    }
    pieces
}

fn percent(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    text.bytes()
        .map(|b| {
            if plain(b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_in_every_encoding() {
        let mut mask = Mask::default();
        mask.hide("token", "s3cret/value+1");
        assert_eq!(mask.apply("Bearer s3cret/value+1"), "Bearer $TOKEN");
        assert_eq!(mask.apply("?t=s3cret%2Fvalue%2B1"), "?t=$TOKEN");
        assert!(
            !mask
                .apply(&STANDARD.encode("s3cret/value+1"))
                .contains("czNjcmV0")
        );
    }

    #[test]
    fn an_open_mask_shows_everything() {
        let mut mask = Mask::open();
        mask.hide("token", "abcdef");
        assert_eq!(mask.apply("abcdef"), "abcdef");
    }
}

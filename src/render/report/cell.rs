//! A cell: text made safe to show and fitted to a number of columns.
//!
//! The texts of a result are escaped where they are made; here they are escaped once more, because this is the last
//! place before a terminal or a CI log. Escaping what is already escaped changes nothing.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use crate::base::text::{is_plain, printable};

/// How many columns `text` takes.
pub(in crate::render) fn width(text: &str) -> usize {
    text.width()
}

/// `text` as one safe line: newlines are shown as `\n`, tabs as `\t`, other control characters as `\x1b`.
pub(in crate::render) fn line(text: &str) -> String {
    if is_plain(text) && !text.contains(['\n', '\t', '#']) {
        return text.to_owned();
    }
    tame(&printable(text).replace('\n', "\\n").replace('\t', "\\t"))
}

/// `text` as safe lines: newlines break, tabs become four spaces, other control characters are shown as `\x1b`.
pub(in crate::render) fn lines(text: &str) -> Vec<String> {
    printable(text)
        .lines()
        .map(|line| tame(&line.replace('\t', "    ")))
        .collect()
}

/// Takes the power from what would still mean something to a reader of lines: Unicode's own line breaks, and the old
/// form of a GitHub workflow command, which counts wherever it stands in a line.
fn tame(text: &str) -> String {
    tame_breaks(text).replace("##[", "##\\x5b")
}

/// Shows Unicode's own line breaks, which some readers of lines honour, as escapes.
pub(super) fn tame_breaks(text: &str) -> String {
    text.replace('\u{2028}', "\\u{2028}")
        .replace('\u{2029}', "\\u{2029}")
}

/// `text` with spaces after it up to `columns`.
pub(in crate::render) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` cut to `columns`, with `…` in place of what is missing.
pub(in crate::render) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = head(text, columns.saturating_sub(1)).to_owned();
    out.push('…');
    out
}

/// The longest beginning of `text` that fits `columns`.
pub(super) fn head(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += width(grapheme);
        if used > columns {
            return &text[..at];
        }
    }
    text
}

/// The longest end of `text` that fits `columns`.
pub(super) fn tail(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += width(grapheme);
        if used > columns {
            return &text[at + grapheme.len()..];
        }
    }
    text
}

/// Breaks `text` into lines of at most `columns`: at spaces where possible, inside a word that is longer than a line.
/// Spaces inside a line are kept, so that what is aligned stays aligned. Always at least one line.
pub(in crate::render) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    let mut rest = text;
    let mut out = Vec::new();
    while width(rest) > columns {
        let fits = head(rest, columns);
        let next_is_space = rest[fits.len()..].starts_with(' ');
        let words = if next_is_space {
            fits
        } else {
            fits.rfind(' ').map_or("", |at| &fits[..at])
        };
        let taken = if words.trim().is_empty() { fits } else { words };
        // One sign of several characters may be wider than the line; then it is taken apart.
        let taken = if taken.is_empty() {
            let first = rest.chars().next().map_or(0, char::len_utf8);
            &rest[..first]
        } else {
            taken
        };
        out.push(taken.trim_end().to_owned());
        rest = rest[taken.len()..].trim_start_matches(' ');
    }
    if !rest.is_empty() || out.is_empty() {
        out.push(rest.trim_end().to_owned());
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_stay_whole_where_they_fit() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 10), [""]);
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(wrap("日本語", 4), ["日本", "語"]);
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(tail("日本語", 5), "本語");
    }

    #[test]
    fn a_sign_wider_than_the_line_is_taken_apart() {
        assert_eq!(wrap("\u{2f00}\u{9cb}", 2), ["\u{2f00}", "\u{9cb}"]);
    }

    #[test]
    fn hostile_text_becomes_one_harmless_line() {
        assert_eq!(line("a\n\u{1b}[2J\tb"), "a\\n\\x1b[2J\\tb");
        assert_eq!(line("x ##[error]y"), "x ##\\x5berror]y");
        assert_eq!(lines("a\n\tb"), ["a", "    b"]);
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_asked(text in "\\PC{0,200}", columns in 2usize..100) {
            for line in wrap(&line(&text), columns) {
                prop_assert!(width(&line) <= columns, "{line:?}");
            }
        }
    }
}

//! Wrapping: where the lines of a text begin and end at a width.
//!
//! Widths are those of terminals: two columns for CJK and emoji, none for combining marks. A cluster of characters that
//! is one sign to the reader is never torn apart.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// Columns that a text takes.
pub(crate) fn width(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.width()
    }
}

/// A stretch of text that is not broken while it fits a line.
struct Unit {
    range: Range<usize>,
    width: usize,
}

/// The lines of `text` at a width, as byte ranges without the spaces at their ends. A newline is a hard break.
pub(crate) fn lines(text: &str, width: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for part in text.split('\n') {
        Line::fill(text, start..start + part.len(), width.max(1), &mut found);
        start += part.len() + 1;
    }
    found
}

/// The line that is being filled.
struct Line<'a> {
    text: &'a str,
    limit: usize,
    range: Range<usize>,
    width: usize,
    found: &'a mut Vec<Range<usize>>,
}

impl<'a> Line<'a> {
    fn fill(text: &'a str, part: Range<usize>, limit: usize, found: &'a mut Vec<Range<usize>>) {
        let mut line = Line {
            text,
            limit,
            range: part.start..part.start,
            width: 0,
            found,
        };
        let mut at = part.start;
        for word in text[part].split(' ') {
            if !word.is_empty() {
                units(word, at, &mut |unit| line.add(&unit));
            }
            at += word.len() + 1;
        }
        line.found.push(line.range);
    }

    fn add(&mut self, unit: &Unit) {
        let empty = self.range.is_empty();
        let spaces = if empty {
            0
        } else {
            unit.range.start - self.range.end
        };
        if self.width + spaces + unit.width <= self.limit {
            if empty {
                self.range.start = unit.range.start;
            }
            self.range.end = unit.range.end;
            self.width += spaces + unit.width;
            return;
        }
        if !empty {
            self.found.push(self.range.clone());
        }
        self.range = unit.range.clone();
        self.width = unit.width;
        if unit.width > self.limit {
            self.split(unit);
        }
    }

    /// Breaks a unit that is longer than a line, after a slash where there is one in the second half.
    fn split(&mut self, unit: &Unit) {
        let mut start = unit.range.start;
        let mut used = 0;
        let mut slash = None;
        for (at, piece) in pieces(self.text, unit.range.clone(), self.limit) {
            let wide = width(piece);
            if used + wide > self.limit {
                let (end, left) = slash.take().unwrap_or((at, 0));
                self.found.push(start..end);
                start = end;
                used = left;
            }
            used += wide;
            if let Some((_, after)) = &mut slash {
                *after += wide;
            }
            if matches!(piece, "/" | "&" | "?") && used * 2 > self.limit {
                slash = Some((at + 1, 0));
            }
        }
        self.range = start..unit.range.end;
        self.width = used;
    }
}

/// The clusters of a text, those that alone are wider than a line taken apart into characters.
fn pieces(text: &str, range: Range<usize>, limit: usize) -> impl Iterator<Item = (usize, &str)> {
    let base = range.start;
    text[range].grapheme_indices(true).flat_map(move |(at, g)| {
        let apart = width(g) > limit;
        let whole = (!apart).then_some((base + at, g));
        let chars = if apart { g } else { "" }
            .char_indices()
            .map(move |(i, c)| (base + at + i, &g[i..i + c.len_utf8()]));
        whole.into_iter().chain(chars)
    })
}

/// Splits a word into units: each wide sign of a script without spaces is one, together with what may not begin a line.
fn units(word: &str, start: usize, each: &mut impl FnMut(Unit)) {
    if word.is_ascii() {
        let range = start..start + word.len();
        return each(Unit {
            width: word.len(),
            range,
        });
    }
    let mut unit = start..start;
    let mut breakable = false;
    for (at, sign) in word.grapheme_indices(true) {
        let wide = width(sign) > 1;
        if (wide || breakable) && !unit.is_empty() && !clings(sign) {
            each(measured(word, start, &unit));
            unit = unit.end..unit.end;
        }
        unit.end = start + at + sign.len();
        breakable = wide;
    }
    each(measured(word, start, &unit));
}

fn measured(word: &str, start: usize, unit: &Range<usize>) -> Unit {
    Unit {
        width: width(&word[unit.start - start..unit.end - start]),
        range: unit.clone(),
    }
}

/// Whether a sign must not begin a line: closing punctuation.
fn clings(sign: &str) -> bool {
    sign.chars()
        .next()
        .is_some_and(|c| ".,;:!?)]}、。，．）」』】！？：；»”’…*~`".contains(c))
}

/// `text` cut to a width, with `…` in place of what was cut.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    if width(text) <= limit {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for sign in text.graphemes(true) {
        used += width(sign);
        if used > limit {
            break;
        }
        out.push_str(sign);
    }
    if limit > 0 {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str, at: usize) -> Vec<&str> {
        lines(text, at).into_iter().map(|r| &text[r]).collect()
    }

    #[test]
    fn words_move_to_the_next_line_whole() {
        assert_eq!(
            wrapped("the quick brown fox", 10),
            ["the quick", "brown fox"]
        );
        assert_eq!(wrapped("a\nb", 10), ["a", "b"]);
        assert_eq!(wrapped("", 10), [""]);
    }

    #[test]
    fn a_word_longer_than_a_line_is_broken() {
        assert_eq!(wrapped("x abcdefgh", 4), ["x", "abcd", "efgh"]);
        assert_eq!(wrapped("https://a/bcd", 10), ["https://a/", "bcd"]);
    }

    #[test]
    fn wide_signs_break_anywhere_but_before_closing_punctuation() {
        assert_eq!(wrapped("日本語テスト", 4), ["日本", "語テ", "スト"]);
        assert_eq!(wrapped("日本。語", 4), ["日", "本。", "語"]);
        assert_eq!(width("👩\u{200d}💻"), 2);
    }

    #[test]
    fn shortening_says_that_it_did() {
        assert_eq!(shorten("PUT /preferences", 8), "PUT /pr…");
        assert_eq!(shorten("日本語", 4), "日…");
        assert_eq!(shorten("ok", 2), "ok");
    }
}

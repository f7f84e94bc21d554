//! Small things done with text: nearest names, plurals, and making hostile bytes printable.

use std::fmt::Write as _;

/// The nearest of `candidates` to `word`, for "did you mean": at most two edits away (one for short words).
#[must_use]
pub fn nearest<'a, I>(word: &str, candidates: I) -> Option<&'a str>
where
    I: IntoIterator<Item = &'a str>,
{
    let allowed = match word.chars().count() {
        0..=2 => 1,
        3..=8 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .map(|candidate| (edits(word, candidate), candidate))
        .filter(|(distance, candidate)| {
            *distance <= allowed && *distance < candidate.chars().count()
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many insertions, deletions, substitutions and swaps of neighbours turn `a` into `b` (optimal string alignment).
fn edits(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().collect();
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let substitution = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = substitution.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// `1 check`, `2 checks`.
#[must_use]
pub fn count(n: usize, noun: &str) -> String {
    if n == 1 {
        format!("{n} {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

/// Makes text that a server sent or printed safe to show: control characters (all but newline and tab), ANSI
/// sequences, and bidirectional overrides come out as visible escapes such as `\x1b`.
#[must_use]
pub fn printable(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let hidden = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        if c == '\n' || c == '\t' || !(c.is_control() || hidden) {
            out.push(c);
        } else if (c as u32) < 0x100 {
            let _ = write!(out, "\\x{:02x}", c as u32);
        } else {
            let _ = write!(out, "\\u{{{:x}}}", c as u32);
        }
    }
    out
}

/// Whether [`printable`] would leave a text as it is, told from its bytes alone.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    let plain = |b: u8| matches!(b, b' '..=b'~' | b'\n' | b'\t');
    text.bytes().all(plain)
}

/// As [`printable`], from bytes that may not be UTF-8: a stray byte comes out as `\xff`.
#[must_use]
pub fn printable_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(&printable(chunk.valid()));
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// A size in bytes for people: `812 bytes`, `4.8 kB`, `1.0 MB`.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "a size for people is rounded to one digit anyway"
)]
pub fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => count(bytes, "byte"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_within_two_edits() {
        assert_eq!(
            nearest("statsu", ["status", "header", "json"]),
            Some("status")
        );
        assert_eq!(nearest("variabels", ["variables"]), Some("variables"));
        assert_eq!(nearest("body", ["json"]), None);
    }

    #[test]
    fn escape_sequences_are_shown_not_sent() {
        assert_eq!(printable("\u{1b}[31mred\u{7}"), "\\x1b[31mred\\x07");
        assert_eq!(printable("a\nb\tc"), "a\nb\tc");
        assert_eq!(printable("\u{202e}x"), "\\u{202e}x");
        assert_eq!(printable_bytes(b"ok\xff\x1b"), "ok\\xff\\x1b");
    }

    #[test]
    fn sizes_read_well() {
        assert_eq!(size(1), "1 byte");
        assert_eq!(size(4_812), "4.8 kB");
    }
}

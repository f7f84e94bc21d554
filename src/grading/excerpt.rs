//! The piece of a body that a report shows: bounded, with every cut announced and the whole kept in a file.

use std::path::Path;

use serde_json::Value as Json;

use crate::base::fs;
use crate::base::mask::Mask;
use crate::base::text::{printable_bytes, size};

use super::outcome::{Excerpt, ExpectationResult};

/// Lines shown at most.
const LINES: usize = 20;

/// Characters of one line shown at most.
const COLUMNS: usize = 240;

/// Cuts `body` around the first expectation that did not hold. What is cut is kept whole in `file`.
#[must_use]
pub fn cut(body: &[u8], expectations: &[ExpectationResult], mask: &Mask, file: &Path) -> Excerpt {
    if body.is_empty() {
        return Excerpt::default();
    }
    let text = match serde_json::from_slice::<Json>(body) {
        Ok(json) => serde_json::to_string_pretty(&json).unwrap_or_default(),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    if is_no_text(&text) {
        let kept = match fs::write(file, body) {
            Ok(()) => format!("the whole body is in {}", file.display()),
            Err(_) => String::new(),
        };
        let lines = vec![format!("{} that are no text", size(body.len()))];
        return Excerpt { lines, cut: kept };
    }
    let text = mask.apply(&printable_bytes(text.as_bytes()));
    let all: Vec<&str> = text.lines().collect();
    let middle = place_of_difference(&all, expectations);
    let from = middle
        .saturating_sub(LINES / 2)
        .min(all.len().saturating_sub(LINES));
    let shown: Vec<String> = all
        .iter()
        .skip(from)
        .take(LINES)
        .map(|line| shorten(line))
        .collect();
    let shown_bytes: usize = shown.iter().map(String::len).sum();
    let shortened = shown.iter().any(|line| line.ends_with('…'));
    if all.len() <= LINES && !shortened {
        return Excerpt {
            lines: shown,
            cut: String::new(),
        };
    }
    let kept = match fs::write(file, body) {
        Ok(()) => format!("; the whole body is in {}", file.display()),
        Err(_) => String::new(),
    };
    let cut = format!(
        "… {} of {} shown{kept}",
        size(shown_bytes.min(body.len())),
        size(body.len())
    );
    Excerpt { lines: shown, cut }
}

/// Whether a good part of it is what no encoding of text has.
fn is_no_text(text: &str) -> bool {
    let odd = text
        .chars()
        .filter(|c| *c == char::REPLACEMENT_CHARACTER)
        .count();
    odd * 8 > text.chars().count()
}

/// The line that holds the last name of the first failing JSONPath, else the first.
fn place_of_difference(lines: &[&str], expectations: &[ExpectationResult]) -> usize {
    let failing = expectations
        .iter()
        .find(|e| !e.held && e.subject.starts_with('$'));
    let name = failing.and_then(|e| e.subject.rsplit(['.', '[']).next());
    let quoted = name.map(|n| format!("\"{}\"", n.trim_end_matches(']')));
    quoted
        .and_then(|q| lines.iter().position(|line| line.contains(&q)))
        .unwrap_or(0)
}

fn shorten(line: &str) -> String {
    if line.chars().count() <= COLUMNS {
        return line.to_owned();
    }
    line.chars().take(COLUMNS).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("body.txt");
        let body: Vec<u8> = (0..100).map(|i| 0x80 + i).collect();
        let excerpt = cut(&body, &[], &Mask::default(), &file);
        assert_eq!(excerpt.lines, ["100 bytes that are no text"]);
        assert_eq!(std::fs::read(&file).unwrap(), body);
    }

    fn failing(subject: &str) -> Vec<ExpectationResult> {
        vec![ExpectationResult {
            subject: subject.into(),
            expected: "1".into(),
            got: "2".into(),
            held: false,
            difference: None,
        }]
    }

    #[test]
    fn a_short_body_is_shown_whole() {
        let excerpt = cut(br#"{"a":1}"#, &[], &Mask::default(), Path::new("/nowhere"));
        assert_eq!(excerpt.lines, ["{", "  \"a\": 1", "}"]);
        assert_eq!(excerpt.cut, "");
    }

    #[test]
    fn a_long_body_is_cut_around_the_difference_and_kept() {
        let entries: Vec<String> = (0..200).map(|i| format!("\"k{i}\":{i}")).collect();
        let body = format!("{{{}}}", entries.join(","));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("body.txt");
        let excerpt = cut(body.as_bytes(), &failing("$.k150"), &Mask::default(), &file);
        assert_eq!(excerpt.lines.len(), LINES);
        assert!(excerpt.lines.iter().any(|l| l.contains("\"k150\"")));
        assert!(excerpt.cut.contains("the whole body is in"));
        assert_eq!(std::fs::read_to_string(file).unwrap(), body);
    }
}

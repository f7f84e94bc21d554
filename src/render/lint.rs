//! Mistakes for programs: `course-lint/v1`, and annotations of GitHub.

use std::fmt::Write as _;

use serde_json::json;

use crate::base::diagnostic::{Diagnostic, Severity, line_column};
use crate::base::text::count;

/// The name and version of the format.
const FORMAT: &str = "course-lint/v1";
/// GitHub shows this many annotations of one severity for a step.
const SHOWN: usize = 10;

/// How many errors and warnings there are.
#[must_use]
pub fn counts(found: &[Diagnostic]) -> (usize, usize) {
    let errors = found
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .count();
    (errors, found.len() - errors)
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// Line and column of the first character of a span, and of the one after its last.
fn place(diagnostic: &Diagnostic, text: Option<&str>) -> [usize; 4] {
    let text = text.unwrap_or_default();
    let (line, column) = line_column(text, diagnostic.span.start);
    let (end_line, end_column) = line_column(text, diagnostic.span.end.max(diagnostic.span.start));
    [line, column, end_line, end_column]
}

/// All mistakes as one JSON document.
#[must_use]
pub fn json(
    found: &[Diagnostic],
    files: usize,
    text_of: &dyn Fn(&str) -> Option<String>,
) -> String {
    let (errors, warnings) = counts(found);
    let mistakes: Vec<_> = found
        .iter()
        .map(|d| {
            let [line, column, end_line, end_column] = place(d, text_of(&d.file).as_deref());
            json!({
                "id": d.id,
                "severity": word(d.severity),
                "file": d.file,
                "line": line,
                "column": column,
                "end_line": end_line,
                "end_column": end_column,
                "message": d.message,
                "label": d.label,
                "help": d.help,
            })
        })
        .collect();
    let document = json!({
        "format": FORMAT,
        "files": files,
        "errors": errors,
        "warnings": warnings,
        "mistakes": mistakes,
    });
    format!("{document:#}\n")
}

/// All mistakes as workflow commands, errors first, ten of each severity; `root` stands before every path.
#[must_use]
pub fn github(
    found: &[Diagnostic],
    root: &str,
    text_of: &dyn Fn(&str) -> Option<String>,
) -> String {
    let mut out = String::new();
    for severity in [Severity::Error, Severity::Warning] {
        let of = found.iter().filter(|d| d.severity == severity);
        let word = word(severity);
        // The tenth annotation says what is left out.
        let many = of.clone().count();
        let shown = if many > SHOWN { SHOWN - 1 } else { SHOWN };
        for d in of.take(shown) {
            let [line, column, end_line, end_column] = place(d, text_of(&d.file).as_deref());
            let file = property(&format!("{root}{}", d.file));
            let message = if d.help.is_empty() {
                d.message.clone()
            } else {
                format!("{}\n{}", d.message, d.help)
            };
            // GitHub takes columns only when the place is on one line.
            let columns = if line == end_line && end_column > column {
                format!(",col={column},endColumn={end_column}")
            } else {
                String::new()
            };
            let _ = writeln!(
                out,
                "::{word} file={file},line={line},endLine={end_line}{columns},title={}::{}",
                property(d.id),
                data(&message)
            );
        }
        if many > shown {
            let message = format!(
                "and {} more; run course lint to see all",
                count(many - shown, word)
            );
            let _ = writeln!(out, "::{word}::{}", data(&message));
        }
    }
    out
}

/// A message as a workflow command takes it.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property as a workflow command takes it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_is_escaped() {
        let bad = Diagnostic::error("E1", "a,b:c.md", 0..2, "50 %\r\nof it").help("::error::x");
        assert_eq!(
            github(&[bad], "x/", &|_| Some("hello".to_owned())),
            "::error file=x/a%2Cb%3Ac.md,line=1,endLine=1,col=1,endColumn=3,title=E1::50 %25%0D%0Aof it%0A::error::x\n"
        );
    }

    #[test]
    fn ten_of_a_kind_are_shown_and_the_rest_is_counted() {
        let one = |n: usize| Diagnostic::error("E1", "a.md", n..n, format!("m{n}"));
        let found: Vec<Diagnostic> = (0..12).map(one).collect();
        let text = github(&found, "", &|_| None);
        assert_eq!(text.lines().count(), SHOWN);
        assert!(
            text.ends_with("::error::and 3 errors more; run course lint to see all\n"),
            "{text}"
        );
        let ten = github(&found[..10], "", &|_| None);
        assert_eq!(ten.matches("m9").count(), 1);
    }
}

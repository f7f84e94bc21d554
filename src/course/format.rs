//! The format of a course: the version of the shape its files have, as `content.toml` at its root says it.
//!
//! A `course` that meets a format it does not know would misread the files, so it refuses the whole course. A course
//! without the file is taken to be of the first format.

use crate::base::diagnostic::Diagnostic;
use crate::base::source::Source;
use crate::base::toml::{Fields, Reader, Rules};

/// The file at the root of a course.
pub const FILE: &str = "content.toml";

/// The one format that there is.
pub const FORMAT: u32 = 1;

/// The text of the file for a new course.
pub const TEXT: &str = include_str!("../../content.toml");

static RULES: Rules = Rules {
    syntax: "E480",
    unknown: "E480",
    kind: "E480",
    missing: "E480",
    slug: "E480",
    value: "E480",
};

/// A format that this `course` does not know.
const UNKNOWN: &str = "E481";

/// Makes sure that a course is of a format that can be read.
///
/// # Errors
/// Every mistake in the file, and a format that is not known.
pub fn check(source: &Source) -> Result<(), Vec<Diagnostic>> {
    if !source.has(FILE) {
        return Ok(());
    }
    let text = source.text(FILE).map_err(|error| {
        let unreadable = Diagnostic::error(RULES.value, FILE, 0..0, error.to_string());
        vec![unreadable.help(format!("it holds one line: format = {FORMAT}"))]
    })?;
    read(&text)
}

fn read(text: &str) -> Result<(), Vec<Diagnostic>> {
    let mut reader = Reader::new(FILE, &RULES);
    if let Some(document) = reader.document(text) {
        let fields = Fields::new(document.get_ref(), 0..0, "content.toml");
        reader.only(&fields, &["format"]);
        let format = reader.count(&fields, "format", 1..=u32::MAX);
        if let Some(format) = format.filter(|format| *format != FORMAT) {
            let message = format!(
                "this course is of format {format}, and this `course` reads format {FORMAT}"
            );
            let help = format!(
                "install a newer `course`; if you wrote the number yourself, write format = {FORMAT}"
            );
            reader
                .note(UNKNOWN, fields.place_of("format"), message)
                .help = help;
        }
    }
    let mistakes = reader.into_mistakes();
    if mistakes.is_empty() {
        Ok(())
    } else {
        Err(mistakes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let found = read(text).err().unwrap_or_default();
        let tell = |d: Diagnostic| format!("{} {}; {}", d.id, d.message, d.help);
        found.into_iter().map(tell).collect()
    }

    #[test]
    fn the_shipped_file_is_of_the_format_that_is_read() {
        assert_eq!(told(TEXT), Vec::<String>::new());
    }

    #[test]
    fn an_unknown_format_is_refused_with_what_to_do() {
        assert_eq!(
            told("format = 2\n"),
            [
                "E481 this course is of format 2, and this `course` reads format 1; install a newer `course`; if you wrote \
              the number yourself, write format = 1"
            ]
        );
        assert_eq!(told("format = 0\n"), ["E480 `format` must be 1 or more; "]);
        assert_eq!(told("format = \"1\"\n").len(), 1);
        assert_eq!(told("formt = 1\n").len(), 2);
    }
}

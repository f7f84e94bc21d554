//! A diagnostic: one mistake in the content, with its place, its reason and its mend.
//!
//! Loaders collect diagnostics and go on, so that an author sees every mistake at once. `render::diagnostic` draws them.

use std::ops::Range;

/// How bad a mistake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, and somebody will stumble over it.
    Warning,
}

/// One mistake in one content file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable id of the rule, such as `E101`.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Path of the file inside the course, such as `checks/stateless-refactor.toml`.
    pub file: String,
    /// Byte range in the file's text.
    pub span: Range<usize>,
    /// What is wrong, as a lowercase fragment.
    pub message: String,
    /// What stands under the caret; may be empty.
    pub label: String,
    /// What to do about it; may be empty.
    pub help: String,
}

impl Diagnostic {
    /// An error; add a label and help with the methods below.
    #[must_use]
    pub fn error(
        id: &'static str,
        file: &str,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            id,
            severity: Severity::Error,
            file: file.to_owned(),
            span,
            message: message.into(),
            label: String::new(),
            help: String::new(),
        }
    }

    /// The same with `label` under the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

/// Line and column (both from 1, columns in characters) of a byte offset in `text`.
#[must_use]
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let offset = offset.min(text.len());
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_from_one() {
        assert_eq!(line_column("ab\ncé=1", 3), (2, 1));
        assert_eq!(line_column("ab\ncé=1", 6), (2, 3));
    }
}

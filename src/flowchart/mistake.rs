//! A mistake: where a flowchart cannot be read, and how to mend it.

use std::ops::Range;

use unicode_width::UnicodeWidthChar as _;

use crate::base::diagnostic::line_column;

/// Reading, or the first mistake.
pub type Result<T> = std::result::Result<T, Mistake>;

/// What cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}; {help}")]
pub struct Mistake {
    /// Byte range in the text.
    pub span: Range<usize>,
    /// What is wrong, as a lowercase fragment.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl Mistake {
    pub(super) fn new(
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            span,
            message: message.into(),
            help: help.into(),
        }
    }

    /// Line and column, both from 1.
    #[must_use]
    pub fn place(&self, text: &str) -> (usize, usize) {
        line_column(text, self.span.start)
    }

    /// The line it stands in, and carets under what is wrong. A long line is cut around it.
    #[must_use]
    pub fn excerpt(&self, text: &str) -> [String; 2] {
        const BEFORE: usize = 40;
        const AFTER: usize = 30;
        let start = text.floor_char_boundary(self.span.start);
        let begin = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let column = text[begin..start].chars().count();
        let wide = text[start..text.floor_char_boundary(self.span.end).clamp(start, end)].chars();
        let carets = "^".repeat(wide.count().clamp(1, AFTER));
        let skip = column.saturating_sub(BEFORE);
        let shown = text[begin..end].chars().skip(skip).take(BEFORE + AFTER);
        // One character of the line is one place of the excerpt, whatever it was: so the carets stand under theirs.
        let one = |c: char| if c.width() == Some(1) { c } else { ' ' };
        let shown: String = shown.map(one).collect();
        [shown, format!("{}{carets}", " ".repeat(column - skip))]
    }
}

//! The margin: what stands to the left of every line inside lists and quotes.

use super::wrap::width;
use crate::render::theme::{Role, Surface};

/// Columns that the margin must leave for text; the outermost marks give way.
const LEAST_TEXT: usize = 20;

/// The marks of the containers that a line is in, outermost first.
#[derive(Default)]
pub(super) struct Margin {
    marks: Vec<Mark>,
}

/// What one container puts before its lines.
struct Mark {
    /// Before its first line, until that is written.
    first: Option<String>,
    /// Before every other line, as wide as the first.
    rest: String,
}

impl Margin {
    /// Enters a container with a mark before its first line alone, such as a bullet.
    pub(super) fn enter_item(&mut self, first: &str) {
        self.marks.push(Mark {
            first: Some(first.to_owned()),
            rest: " ".repeat(width(first)),
        });
    }

    /// Enters a container with the same mark before every line, such as a quote's bar.
    pub(super) fn enter(&mut self, mark: &str) {
        self.marks.push(Mark {
            first: None,
            rest: mark.to_owned(),
        });
    }

    /// Leaves the innermost container; says whether its first line is still to be written.
    pub(super) fn leave(&mut self) -> Option<String> {
        self.marks.pop().and_then(|mark| mark.first)
    }

    /// Columns that the margin takes on a surface.
    pub(super) fn columns(&self, surface: &Surface) -> usize {
        self.shown(surface).iter().map(|m| width(&m.rest)).sum()
    }

    fn shown(&self, surface: &Surface) -> &[Mark] {
        let mut room = surface.width.saturating_sub(LEAST_TEXT);
        let mut first = self.marks.len();
        for mark in self.marks.iter().rev() {
            let wide = width(&mark.rest);
            if wide > room {
                break;
            }
            room -= wide;
            first -= 1;
        }
        &self.marks[first..]
    }

    /// Writes the margin of a line with text; the marks before first lines are used up.
    pub(super) fn write(&mut self, surface: &Surface, line: &mut String) {
        let mut faint = String::new();
        for mark in self.shown(surface) {
            faint.push_str(mark.first.as_deref().unwrap_or(&mark.rest));
        }
        if faint.trim_start().is_empty() {
            line.push_str(&faint);
        } else {
            line.push_str(&surface.paint(Role::Faint, &faint));
        }
        for mark in &mut self.marks {
            mark.first = None;
        }
    }

    /// The margin of a blank line, without spaces at its end.
    pub(super) fn blank(&self, surface: &Surface) -> String {
        let bars: String = self
            .shown(surface)
            .iter()
            .map(|m| m.rest.as_str())
            .collect();
        surface.paint(Role::Faint, bars.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bullet_stands_before_the_first_line_only() {
        let surface = Surface::plain(40);
        let mut margin = Margin::default();
        margin.enter("│ ");
        margin.enter_item("• ");
        let mut lines = String::new();
        margin.write(&surface, &mut lines);
        margin.write(&surface, &mut lines);
        assert_eq!(lines, "│ • │   ");
        assert_eq!(margin.blank(&surface), "│");
    }

    #[test]
    fn outer_marks_give_way_to_text() {
        let surface = Surface::plain(40);
        let mut margin = Margin::default();
        for _ in 0..30 {
            margin.enter("│ ");
        }
        assert_eq!(margin.columns(&surface), 20);
    }
}

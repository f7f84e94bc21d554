//! Live rows: on a terminal, a row per running check with its step and a spinner, until the report takes their place.
//!
//! They are drawn on standard error, never on the alternate screen, and the cursor is never hidden, so nothing has to
//! be restored however the run ends.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::cell;
use super::row::{self, LEAD};
use crate::grading::outcome::Outcome;
use crate::render::theme::Surface;

/// The rows of a run.
pub(super) struct Live {
    rows: MultiProgress,
    shown: Vec<Row>,
    /// How many rows the terminal has room for.
    room: usize,
    surface: Surface,
    titles: Vec<(String, String)>,
}

struct Row {
    check: String,
    bar: ProgressBar,
    running: bool,
}

impl Live {
    /// No rows yet, on a terminal with `rows` rows.
    pub(super) fn new(target: ProgressDrawTarget, rows: usize, surface: Surface) -> Self {
        Self {
            rows: MultiProgress::with_draw_target(target),
            shown: Vec::new(),
            room: rows.saturating_sub(2).max(1),
            surface,
            titles: Vec::new(),
        }
    }

    /// Whether rows can be seen: standard error may be a file while standard output is a terminal.
    pub(super) fn is_visible(&self) -> bool {
        !self.rows.is_hidden()
    }

    /// Learns the titles of the checks.
    pub(super) fn began(&mut self, checks: &[(String, String)]) {
        self.titles = checks.to_vec();
    }

    /// A check begins: a spinner with its title.
    pub(super) fn started(&mut self, check: &str) {
        let bar = if self.make_room() {
            self.rows.add(ProgressBar::new_spinner())
        } else {
            ProgressBar::hidden()
        };
        let lead = " ".repeat(LEAD - 1);
        if let Ok(style) = ProgressStyle::with_template(&format!("{{spinner}}{lead}{{msg}}")) {
            bar.set_style(style);
        }
        bar.set_message(self.text(&self.title(check)));
        bar.enable_steady_tick(Duration::from_millis(100));
        self.shown.push(Row {
            check: check.to_owned(),
            bar,
            running: true,
        });
    }

    /// A step of a running check begins: its name stands behind the title.
    pub(super) fn step(&mut self, check: &str, step: &str) {
        let text = self.text(&format!("{}: {step}", self.title(check)));
        if let Some(row) = self.row(check) {
            row.bar.set_message(text);
        }
    }

    /// A check has its outcome: the spinner gives way to symbol and word.
    pub(super) fn finished(&mut self, check: &str, outcome: Outcome) {
        let lead = row::lead(outcome, self.surface);
        let text = format!("{lead}{}", self.text(&self.title(check)));
        if let Some(row) = self.row(check) {
            row.running = false;
            if let Ok(style) = ProgressStyle::with_template("{msg}") {
                row.bar.set_style(style);
            }
            row.bar.abandon_with_message(text);
        }
    }

    /// A line that stays, above the rows.
    pub(super) fn say(&self, line: &str) -> std::io::Result<()> {
        self.rows.println(line)
    }

    /// Takes every row away. What is written after this stands where they stood.
    pub(super) fn clear(&mut self) {
        for row in self.shown.drain(..) {
            row.bar.disable_steady_tick();
            row.bar.finish_and_clear();
        }
        // A terminal that is gone has nothing left to clear.
        let _ = self.rows.clear();
    }

    /// Whether one more row fits, after the oldest finished one has been given up for it where that is needed.
    fn make_room(&mut self) -> bool {
        if self.shown.len() < self.room {
            return true;
        }
        let Some(at) = self.shown.iter().position(|row| !row.running) else {
            return false;
        };
        let old = self.shown.remove(at);
        old.bar.finish_and_clear();
        self.rows.remove(&old.bar);
        true
    }

    fn row(&mut self, check: &str) -> Option<&mut Row> {
        self.shown.iter_mut().find(|row| row.check == check)
    }

    fn title(&self, check: &str) -> String {
        let known = self.titles.iter().find(|(name, _)| name == check);
        known.map_or_else(|| check.to_owned(), |(_, title)| title.clone())
    }

    /// One safe line that leaves room for symbol and word, so that no row ever takes two. It stands where the report will
    /// have it.
    fn text(&self, text: &str) -> String {
        cell::cut(
            &cell::line(text),
            self.surface.width.saturating_sub(LEAD + 2),
        )
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(rows: usize) -> Live {
        Live::new(ProgressDrawTarget::hidden(), rows, Surface::plain(40))
    }

    #[test]
    fn finished_rows_give_way_when_the_terminal_is_low() {
        let mut live = live(4);
        for check in ["a", "b"] {
            live.started(check);
            live.finished(check, Outcome::Passed);
        }
        live.started("c");
        let shown: Vec<&str> = live.shown.iter().map(|row| row.check.as_str()).collect();
        assert_eq!(shown, ["b", "c"]);
        live.clear();
        assert!(live.shown.is_empty());
    }

    #[test]
    fn a_row_is_one_safe_line_with_title_and_step() {
        let mut live = live(10);
        live.began(&[("a".into(), "A title".into())]);
        live.started("a");
        live.step("a", "\u{1b}[2J a step with a very long name indeed");
        assert_eq!(
            live.shown[0].bar.message(),
            "A title: \\x1b[2J a step with…"
        );
        live.finished("a", Outcome::Failed);
        assert_eq!(live.shown[0].bar.message(), "✗ FAIL   A title");
    }
}

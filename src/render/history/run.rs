//! The whole run, one row for each part that something happened to.

use std::time::Duration;

use crate::lab::history::{Picture, clock};
use crate::render::report::cell::{line as safe, pad, width};
use crate::render::theme::{Role, Surface};

/// The whole run: how many changes were acknowledged in each stretch of time, what was lost of them, and what happened
/// to whom. Nothing where nothing happened and nothing was lost.
pub(super) fn draw(picture: &Picture, surface: Surface) -> Vec<String> {
    if is_still(picture) {
        return Vec::new();
    }
    let names = parts(picture);
    let heads = names.iter().copied().chain(["acknowledged"]);
    let room = heads.map(width).max().unwrap_or(0) + 2;
    let Some(columns) = surface.width.checked_sub(room).filter(|c| *c >= 20) else {
        return Vec::new();
    };
    let scale = Scale {
        span: picture.span.max(Duration::from_millis(1)),
        columns,
    };
    let row = |name: &str, drawn: &str, role: Role| {
        format!(
            "{}{}",
            pad(name, room),
            surface.paint(role, drawn.trim_end())
        )
    };
    let mut lines: Vec<String> = names
        .iter()
        .map(|name| row(name, &scale.part(picture, name), Role::Strong))
        .collect();
    lines.push(row(
        "acknowledged",
        &scale.counts(&picture.acknowledged),
        Role::Pass,
    ));
    for (name, moments) in [("lost", &picture.lost), ("torn", &picture.torn)] {
        if !moments.is_empty() {
            lines.push(row(name, &scale.counts(moments), Role::Fail));
        }
    }
    let end = clock(picture.span);
    let axis = format!("0 s{end:>width$}", width = columns - 3);
    lines.push(row("", &axis, Role::Faint));
    lines
}

/// Whether nothing happened and nothing was lost.
pub(super) fn is_still(picture: &Picture) -> bool {
    picture.events.is_empty() && picture.lost.is_empty() && picture.torn.is_empty()
}

/// Everything that something happened to.
pub(super) fn parts(picture: &Picture) -> Vec<&str> {
    let mut names: Vec<&str> = picture.events.iter().map(|e| e.1.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Whether a part runs after this has happened to it.
pub(super) fn runs_after(what: &str) -> bool {
    ["started", "restarted", "resumed"].contains(&what)
}

struct Scale {
    span: Duration,
    columns: usize,
}

impl Scale {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a column of a terminal is a small number"
    )]
    fn column(&self, at: Duration) -> usize {
        let share = at.as_secs_f64() / self.span.as_secs_f64();
        ((share * self.columns as f64) as usize).min(self.columns - 1)
    }

    /// How many there are in each column; `+` for more than nine.
    fn counts(&self, moments: &[Duration]) -> String {
        let mut counts = vec![0_u32; self.columns];
        for &at in moments {
            counts[self.column(at)] += 1;
        }
        let sign = |n: u32| match n {
            0 => ' ',
            n => char::from_digit(n, 10).unwrap_or('+'),
        };
        counts.into_iter().map(sign).collect()
    }

    /// A line while the part runs, a gap while it does not, and a word where that changes.
    fn part(&self, picture: &Picture, name: &str) -> String {
        let mut line = vec!['-'; self.columns];
        let mut free = 0;
        for (at, _, what) in picture.events.iter().filter(|e| e.1 == name) {
            let what = &safe(what);
            let last = self.columns.saturating_sub(width(what));
            let column = self.column(*at).min(last).max(free);
            let state = if runs_after(what) { '-' } else { ' ' };
            for sign in line.iter_mut().skip(column) {
                *sign = state;
            }
            for (sign, letter) in line.iter_mut().skip(column).zip(what.chars()) {
                *sign = letter;
            }
            free = column + width(what) + 1;
        }
        line.into_iter().collect()
    }
}

//! A row: one check in one line, its outcome as symbol, word and colour, and its points at the right.

use std::time::Duration;

use super::cases::Cases;
use super::cell;
use crate::grading::outcome::Outcome;
use crate::render::load;
use crate::render::theme::{Role, Surface};

/// No report is wider than this, however wide the terminal: points far from their title are hard to follow.
const WIDEST: usize = 100;

/// Columns before the title: symbol, word, spaces.
pub(super) const LEAD: usize = 9;

/// How many columns a report uses of a surface.
pub(super) fn columns(surface: Surface) -> usize {
    surface.width.min(WIDEST)
}

/// The symbol of an outcome, and how it is painted.
pub(super) fn mark(outcome: Outcome) -> (&'static str, Role) {
    match outcome {
        Outcome::Passed => ("✓", Role::Pass),
        Outcome::Failed => ("✗", Role::Fail),
        Outcome::Skipped => ("·", Role::Skip),
        Outcome::Inconclusive => ("?", Role::Skip),
        Outcome::Errored => ("!", Role::Fail),
    }
}

/// What stands before a title: symbol and word of an outcome, and spaces.
pub(super) fn lead(outcome: Outcome, surface: Surface) -> String {
    let (symbol, role) = mark(outcome);
    let lead = format!("{symbol} {}", outcome.word());
    let fill = " ".repeat(LEAD.saturating_sub(cell::width(&lead)));
    format!("{}{fill}", surface.paint(role, &lead))
}

/// A duration for people: `6 ms`, `1.2 s`.
pub(super) fn time(duration: Duration) -> String {
    match duration.as_millis() {
        0 => "<1 ms".to_owned(),
        millis @ 1..1_000 => format!("{millis} ms"),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}

/// The row of a check; more than one line only where its title or reason does not fit.
pub(super) fn draw(cases: &Cases<'_>, surface: Surface) -> Vec<String> {
    let check = cases.check();
    let outcome = cases.outcome();
    let reason = match outcome {
        Outcome::Passed | Outcome::Failed => String::new(),
        _ => cell::line(&cases.telling().reason),
    };
    let columns = columns(surface);
    // What is worth nothing is there to be looked at.
    let points = match check.points {
        0 => String::new(),
        points => format!("{} of {points} points", cases.earned()),
    };
    let short = columns.saturating_sub(LEAD + cell::width(&reason) + 2) >= 24
        && cell::width(&reason) <= columns / 2;
    let (note, below) = if reason.is_empty() {
        (points, String::new())
    } else if short {
        (reason, String::new())
    } else {
        (String::new(), reason)
    };
    let gap = if note.is_empty() { 0 } else { 2 };
    let room = columns.saturating_sub(LEAD + cell::width(&note) + gap);
    let mut lines = Vec::new();
    for title in cell::wrap(&cell::line(&check.title), room) {
        if lines.is_empty() {
            let lead = lead(outcome, surface);
            let title = cell::pad(&title, if note.is_empty() { 0 } else { room + 2 });
            let note = surface.paint(Role::Faint, &note);
            lines.push(format!("{lead}{title}{note}"));
        } else {
            lines.push(format!("{}{title}", margin(surface)));
        }
    }
    if !below.is_empty() {
        for line in cell::wrap(&below, columns.saturating_sub(LEAD)) {
            lines.push(format!(
                "{}{}",
                margin(surface),
                surface.paint(Role::Faint, &line)
            ));
        }
    }
    lines
}

/// What the loads of a check came to, below its row.
pub(super) fn loads(cases: &Cases<'_>, surface: Surface) -> Vec<String> {
    let inner = Surface {
        width: columns(surface).saturating_sub(LEAD),
        ..surface
    };
    let result = cases.telling();
    let steps = result.steps.iter();
    let figures = steps.filter_map(|step| Some((step, step.load.as_deref()?)));
    let mut lines: Vec<String> = figures
        .flat_map(|(step, figures)| {
            let text = format!("{}: {}", cell::line(&step.name), load::line(figures));
            cell::wrap(&text, inner.width)
        })
        .map(|text| surface.paint(Role::Faint, &text))
        .collect();
    lines.extend(load::scaling(&load::all(result), inner));
    let margin = margin(surface);
    lines
        .into_iter()
        .map(|line| format!("{margin}{line}"))
        .collect()
}

/// What stands before a continued line. A bar and not only spaces: no text of others may ever begin a line.
fn margin(surface: Surface) -> String {
    surface.paint(Role::Faint, "│") + &" ".repeat(LEAD - 1)
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn points_stand_at_the_right_edge() {
        let result = sample::passed("login", "Logging in returns a token", 5);
        let groups = Cases::group([&result]);
        let lines = draw(&groups[0], Surface::plain(60));
        assert_eq!(
            lines,
            ["✓ PASS   Logging in returns a token            5 of 5 points"]
        );
    }

    #[test]
    fn a_long_reason_gets_lines_of_its_own() {
        let mut result = sample::passed("x", "A title", 5);
        result.outcome = Outcome::Inconclusive;
        result.reason = "this machine was too busy to tell whether the answer came in time".into();
        let groups = Cases::group([&result]);
        insta::assert_snapshot!(draw(&groups[0], Surface::plain(60)).join("\n"), @r"
        ? UNSURE A title
        │        this machine was too busy to tell whether the
        │        answer came in time
        ");
    }

    #[test]
    fn short_times_are_in_milliseconds() {
        assert_eq!(time(Duration::from_micros(300)), "<1 ms");
        assert_eq!(time(Duration::from_millis(6)), "6 ms");
        assert_eq!(time(Duration::from_millis(1_240)), "1.2 s");
    }
}

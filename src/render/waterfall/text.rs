//! A waterfall as text, at any width.

use std::fmt::Write as _;
use std::time::Duration;

use crate::lab::internet::Visit;
use crate::lab::internet::visit::{Leg, Stage};

use super::super::report::cell;
use super::super::theme::{Role, Surface};
use super::{Row, milliseconds, role, rows, sum, words};

/// How wide the names of the stages are.
const STAGE: usize = 6;
/// How wide round trips, and times, are.
const TRIPS: usize = 2;
const TIME: usize = 6;
/// On less than this, how long a thing took is left to its bar.
const ROOMY: usize = 72;
/// Bars in less room than this say nothing.
const LEAST: usize = 8;
/// Bars in more room than this say nothing more.
const MOST: usize = 44;

/// How the columns of a line share the width.
#[derive(Clone, Copy)]
struct Columns {
    text: usize,
    /// How wide it says how long a thing took, with a space in front; nothing where there is no room.
    took: usize,
    bar: usize,
}

impl Columns {
    fn of(width: usize) -> Self {
        let took = if width < ROOMY { 0 } else { TIME + 1 };
        let room = width.saturating_sub(STAGE + TRIPS + TIME + 3 + took);
        let bar = (room * 2 / 7).min(MOST);
        let bar = if bar < LEAST { 0 } else { bar };
        let text = room - if bar > 0 { bar + 1 } else { 0 };
        Self { text, took, bar }
    }
}

/// Draws a visit, never wider than the surface.
#[must_use]
pub fn draw(visit: &Visit, surface: Surface) -> Vec<String> {
    let columns = Columns::of(surface.width);
    let end = visit.end();
    let mut lines = vec![head(columns, end, surface)];
    lines.extend(rows(visit).into_iter().map(|row| match row {
        Row::Name(name) => {
            let question = format!("{name}?");
            let question = cell::cut(&cell::line(&question), surface.width - STAGE - 1);
            format!(
                "{} {}",
                " ".repeat(STAGE),
                surface.paint(Role::Strong, &question)
            )
        }
        Row::Leg(leg) => line(leg, columns, end, surface),
    }));
    lines.push(String::new());
    lines.extend(cell::wrap(&sum(visit), surface.width));
    lines
}

fn head(columns: Columns, end: Duration, surface: Surface) -> String {
    let text = cell::pad("who answered, and what", columns.text);
    let text = cell::cut(&text, columns.text);
    let (took, word) = (columns.took, if columns.took > 0 { "took" } else { "" });
    let mut head = format!(
        "{:STAGE$} {text} {:>TRIPS$} {:>TIME$}{word:>took$}",
        "", "rt", "at ms"
    );
    if columns.bar > 0 {
        let end = milliseconds(end);
        let gap = columns.bar.saturating_sub(1 + end.len());
        let _ = write!(head, " 0{}{end}", " ".repeat(gap));
    }
    surface.paint(Role::Faint, &head)
}

fn line(leg: &Leg, columns: Columns, end: Duration, surface: Surface) -> String {
    let role = role(leg.stage);
    let stage = surface.paint(role, &format!("{:STAGE$}", leg.stage.name()));
    // What is asked behind the edge stands below what it is for.
    let inset = if leg.stage == Stage::Behind { "  " } else { "" };
    let text = format!("{inset}{}", words(leg));
    let Some((from, to)) = leg.time else {
        return format!("{stage} {}", cell::cut(&text, surface.width - STAGE - 1));
    };
    let text = cell::pad(&cell::cut(&text, columns.text), columns.text);
    let trips = match leg.round_trips {
        0 => String::new(),
        trips => trips.to_string(),
    };
    let (at, took) = (milliseconds(from), milliseconds(to.saturating_sub(from)));
    let (took, wide) = if columns.took > 0 {
        (took, columns.took)
    } else {
        (String::new(), 0)
    };
    let bar = surface.paint(role, bar(from, to, end, columns.bar, surface).trim_end());
    let numbers = format!("{trips:>TRIPS$} {at:>TIME$}{took:>wide$}");
    let space = if columns.bar > 0 { " " } else { "" };
    format!("{stage} {text} {numbers}{space}{bar}")
}

/// From when to when, on a line as long as the whole visit; at least one sign.
fn bar(from: Duration, to: Duration, end: Duration, room: usize, surface: Surface) -> String {
    if room == 0 || end.is_zero() {
        return String::new();
    }
    let at = |time: Duration| column(time.as_secs_f64() / end.as_secs_f64(), room);
    let first = at(from).min(room - 1);
    let signs = at(to).saturating_sub(first).max(1);
    let sign = if surface.ascii { "#" } else { "█" };
    format!("{}{}", " ".repeat(first), sign.repeat(signs))
}

/// A share of the room, in columns.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "between nothing and the columns of a terminal"
)]
fn column(share: f64, room: usize) -> usize {
    (share.clamp(0.0, 1.0) * room as f64).floor() as usize
}

/// Several visits side by side, each under its name: what each came to.
#[must_use]
pub fn compared(visits: &[(&str, &Visit)], surface: Surface) -> Vec<String> {
    type Figure = fn(&Visit) -> String;
    let figures: [(&str, Figure); 6] = [
        ("round trips", |v| v.round_trips(None).to_string()),
        ("until the page is there", |v| {
            v.first_byte()
                .map_or("-".to_owned(), |(n, _)| n.to_string())
        }),
        ("questions to name servers", |v| {
            v.count(Stage::Dns).to_string()
        }),
        ("requests", |v| v.count(Stage::Http).to_string()),
        ("requests among servers behind", |v| {
            v.count(Stage::Behind).to_string()
        }),
        ("ms until the page is there", |v| {
            v.first_byte()
                .map_or("-".to_owned(), |(_, at)| milliseconds(at))
        }),
    ];
    let label = figures.iter().map(|(label, _)| label.len()).max();
    let label = label.unwrap_or(0).min(surface.width / 2);
    let line = |text: &str, cells: Vec<String>| {
        let mut line = cell::pad(&cell::cut(text, label), label);
        for cell in cells {
            let _ = write!(line, "{cell:>8}");
        }
        line
    };
    let names = visits.iter().map(|(name, _)| (*name).to_owned());
    let mut lines = vec![surface.paint(Role::Strong, &line("", names.collect()))];
    for (text, figure) in figures {
        lines.push(line(
            text,
            visits.iter().map(|(_, visit)| figure(visit)).collect(),
        ));
    }
    lines
}

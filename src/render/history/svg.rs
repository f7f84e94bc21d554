//! A history as two pictures: the operations that nothing explains, and the whole run.

use std::time::Duration;

use super::operations::{Rows, rows};
use super::run::{is_still, parts, runs_after};
use crate::base::text::count;
use crate::lab::history::{Deed, End, Operation, Part, Picture, clock, named, told};
use crate::render::markdown::wrap::width;
use crate::render::markup::Element;
use crate::render::report::cell::line as safe;
use crate::render::svg::{self, Anchor, COLUMN, columns, float};

/// Columns of the picture of operations.
const COLUMNS: usize = 120;
/// From one client or part to the next.
const STEP: f64 = 46.0;
/// Width of the whole run.
const WIDE: f64 = 590.0;
/// Stretches of time in which changes are counted.
const STRETCHES: usize = 100;

/// Both pictures, as far as there is something to see.
pub(in crate::render) fn draw(picture: &Picture) -> Vec<Element> {
    let culprits = rows(picture, COLUMNS).map(|rows| operations(picture, &rows));
    let run = (!is_still(picture)).then(|| Run::of(picture).draw());
    culprits.into_iter().chain(run).collect()
}

fn operations(picture: &Picture, rows: &Rows) -> Element {
    let clients = rows.clients();
    let x = |column: usize| columns(rows.names + column);
    let last = rows.spans.iter().map(|span| span.columns.1).max();
    let told: Vec<String> = picture
        .operations
        .iter()
        .map(|(o, _)| sentence(o))
        .collect();
    let mut drawn = svg::picture(
        x(last.unwrap_or(0)) + 90.0,
        STEP * float(clients.len()) + 10.0,
        "The operations that no order explains",
        &told.join(". "),
    );
    for (row, client) in clients.iter().enumerate() {
        let y = STEP * float(row) + 6.0;
        drawn = drawn.with(svg::words(
            "name",
            (0.0, y + 17.0),
            Anchor::Start,
            &named(*client),
        ));
        for span in rows.spans.iter().filter(|span| span.client == *client) {
            let (begin, end) = (x(span.columns.0), x(span.columns.1) + COLUMN);
            let (bar, word) = match span.part {
                Part::Culprit => ("bad bar", "bad name"),
                Part::Other => ("bar", "name"),
            };
            let end = end.max(begin + columns(width(span.label.trim())) + 12.0);
            let middle = (f64::midpoint(begin, end), y + 17.0);
            drawn = drawn
                .with(svg::rectangle(bar, (begin, y), (end - begin, 25.0)).set("rx", "3"))
                .with(svg::words(word, middle, Anchor::Middle, span.label.trim()));
            if span.ended.is_none() {
                let tip = if span.part == Part::Culprit {
                    "bad head"
                } else {
                    "head"
                };
                drawn = drawn.with(svg::head(tip, (end + 12.0, y + 12.5), (1.0, 0.0)));
            }
            if span.part == Part::Culprit {
                let below = (begin, y + 38.0);
                drawn = drawn.with(svg::words("quiet", below, Anchor::Start, &clock(span.sent)));
            }
        }
    }
    drawn
}

/// An operation in words: `client 1 wrote 17 from 1.000 s to 1.010 s`.
fn sentence(operation: &Operation) -> String {
    let deed = match &operation.deed {
        Deed::Write(value) => format!("wrote {value}"),
        Deed::Read(value) => format!("read {}", safe(&told(value))),
    };
    let who = named(operation.client);
    let sent = clock(operation.sent);
    match operation.end {
        End::Answered(at) => format!("{who} {deed} from {sent} to {}", clock(at)),
        End::Refused(at) => format!("{who} {deed} at {sent} and was refused at {}", clock(at)),
        End::Unknown => format!("{who} {deed} at {sent} and had no answer"),
    }
}

/// The whole run, from left to right as time went on.
struct Run<'a> {
    picture: &'a Picture,
    parts: Vec<&'a str>,
    left: f64,
    span: Duration,
}

impl<'a> Run<'a> {
    fn of(picture: &'a Picture) -> Self {
        let parts = parts(picture);
        let heads = parts.iter().copied().chain(["acknowledged"]);
        let last = picture.events.iter().map(|(at, ..)| *at).max();
        Self {
            picture,
            left: columns(heads.map(width).max().unwrap_or(0)) + 16.0,
            parts,
            span: picture.span.max(last.unwrap_or(Duration::from_millis(1))),
        }
    }

    fn x(&self, at: Duration) -> f64 {
        self.left + (at.as_secs_f64() / self.span.as_secs_f64()).min(1.0) * WIDE
    }

    fn counted(&self) -> Vec<(&'static str, &'static str, &'a [Duration])> {
        let picture = self.picture;
        let all = [
            ("acknowledged", "good", &picture.acknowledged),
            ("lost", "bad head", &picture.lost),
            ("torn", "bad head", &picture.torn),
        ];
        let shown = all
            .into_iter()
            .filter(|(name, _, moments)| *name == "acknowledged" || !moments.is_empty());
        shown
            .map(|(name, class, moments)| (name, class, &moments[..]))
            .collect()
    }

    fn draw(&self) -> Element {
        let counted = self.counted();
        let bottom = STEP * float(self.parts.len() + counted.len()) + 8.0;
        let title = "The whole run: what happened to whom, and what was acknowledged and lost";
        let mut drawn = svg::picture(self.left + WIDE + 60.0, bottom + 24.0, title, &self.told());
        for (row, part) in self.parts.iter().enumerate() {
            drawn = drawn.all(self.part(part, STEP * float(row) + 34.0));
        }
        for (row, (name, class, moments)) in counted.into_iter().enumerate() {
            let y = STEP * float(self.parts.len() + row) + 38.0;
            drawn = drawn
                .with(svg::words("name", (0.0, y), Anchor::Start, name))
                .all(self.counts(class, moments, y));
        }
        let axis = [(self.left, bottom), (self.left + WIDE, bottom)];
        drawn = drawn.with(svg::line("faint", &axis));
        for (share, anchor) in [(0, Anchor::Start), (1, Anchor::Middle), (2, Anchor::End)] {
            let at = self.span * share / 2;
            let place = (self.x(at), bottom + 17.0);
            drawn = drawn.with(svg::words("quiet", place, anchor, &clock(at)));
        }
        drawn
    }

    /// A line while the part runs, dashes while it does not, and words where that changes.
    fn part(&self, part: &str, y: f64) -> Vec<Element> {
        let mut drawn = vec![svg::words("name", (0.0, y + 4.0), Anchor::Start, part)];
        let (mut from, mut free, mut runs) = (self.left, self.left, true);
        for (at, _, what) in self.picture.events.iter().filter(|e| e.1 == part) {
            let (x, what) = (self.x(*at), safe(what));
            drawn.push(svg::line(state(runs), &[(from, y), (x, y)]));
            drawn.push(svg::line("tick", &[(x, y - 9.0), (x, y + 9.0)]));
            let label = x.max(free);
            drawn.push(svg::words(
                "strong",
                (label, y - 12.0),
                Anchor::Start,
                &what,
            ));
            free = label + columns(width(&what) + 1);
            (from, runs) = (x, runs_after(&what));
        }
        drawn.push(svg::line(state(runs), &[(from, y), (self.left + WIDE, y)]));
        drawn
    }

    /// A bar for each stretch of time, as high as many there were in it.
    fn counts(&self, class: &'static str, moments: &[Duration], y: f64) -> Vec<Element> {
        let wide = WIDE / float(STRETCHES);
        let mut counts = vec![0_usize; STRETCHES];
        for at in moments {
            let place = (0..STRETCHES).rev();
            let begins = |n: &usize| self.left + wide * float(*n) <= self.x(*at);
            counts[place.into_iter().find(begins).unwrap_or(0)] += 1;
        }
        let most = float(counts.iter().copied().max().unwrap_or(0).max(1));
        let bar = |(n, count): (usize, &usize)| {
            let high = 28.0 * float(*count) / most;
            let corner = (self.left + wide * float(n), y - high);
            svg::rectangle(class, corner, (wide - 1.5, high))
        };
        let stretches = counts.iter().enumerate().filter(|(_, count)| **count > 0);
        let mut drawn: Vec<Element> = stretches.map(bar).collect();
        let total = (self.left + WIDE + 10.0, y);
        let number = moments.len().to_string();
        drawn.push(svg::words("strong", total, Anchor::Start, &number));
        drawn
    }

    fn told(&self) -> String {
        let mut told: Vec<String> = self.parts.iter().map(|part| self.told_of(part)).collect();
        let picture = self.picture;
        let changes = count(picture.acknowledged.len(), "change");
        told.push(format!("{changes} acknowledged"));
        if !picture.lost.is_empty() {
            let moments = moments(&picture.lost);
            told.push(format!(
                "{} of them lost, acknowledged at {moments}",
                picture.lost.len()
            ));
        }
        if !picture.torn.is_empty() {
            let reads = count(picture.torn.len(), "torn read");
            told.push(format!("{reads} at {}", moments(&picture.torn)));
        }
        told.join(". ")
    }

    fn told_of(&self, part: &str) -> String {
        let events = self.picture.events.iter().filter(|e| e.1 == part);
        let events: Vec<String> = events
            .map(|(at, _, what)| format!("{} at {}", safe(what), clock(*at)))
            .collect();
        format!("{part}: {}", events.join(", "))
    }
}

fn state(runs: bool) -> &'static str {
    if runs { "arrow thick" } else { "faint dashed" }
}

/// Moments in a row, the first ones when there are many.
fn moments(all: &[Duration]) -> String {
    const TOLD: usize = 6;
    let mut shown: Vec<String> = all.iter().take(TOLD).map(|at| clock(*at)).collect();
    if all.len() > TOLD {
        shown.push(format!("{} more moments", all.len() - TOLD));
    }
    let last = shown.pop().unwrap_or_default();
    if shown.is_empty() {
        last
    } else {
        format!("{} and {last}", shown.join(", "))
    }
}

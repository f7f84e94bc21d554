//! The waterfall of a visit: what was done for a page, line by line, each with who answered, its round trips, and a bar
//! that says from when to when. As text for a terminal, and as SVG for a report.
//!
//! The words say it all, so that it can be read aloud: bars and colours only repeat them.

mod svg;
#[cfg(test)]
mod tests;
mod text;

use std::time::Duration;

use crate::base::text::count;
use crate::lab::internet::Visit;
use crate::lab::internet::visit::{Leg, Stage};

use super::report::cell;
use super::theme::Role;

pub use svg::svg;
pub use text::{compared, draw};

/// One line of a waterfall.
enum Row<'v> {
    /// The name that the next lines are about.
    Name(&'v str),
    /// Something that was done.
    Leg(&'v Leg),
}

/// The lines of a visit: what was done, under each name that was asked for.
fn rows(visit: &Visit) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    let mut name = None;
    for leg in &visit.legs {
        if leg.name.is_some() && leg.name != name {
            rows.extend(leg.name.as_deref().map(Row::Name));
        }
        name.clone_from(&leg.name);
        rows.push(Row::Leg(leg));
    }
    rows
}

/// A duration in milliseconds: two digits behind the point below ten, one above.
fn milliseconds(time: Duration) -> String {
    let value = time.as_secs_f64() * 1e3;
    if value < 10.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.1}")
    }
}

/// How a stage is painted; its name stands beside it.
fn role(stage: Stage) -> Role {
    match stage {
        Stage::Dns => Role::Number,
        Stage::Tcp => Role::Link,
        Stage::Tls => Role::Keyword,
        Stage::Http => Role::Text,
        Stage::Behind => Role::Code,
        Stage::Memory | Stage::Render => Role::Faint,
    }
}

/// What a visit came to, in a sentence or two.
fn sum(visit: &Visit) -> String {
    let all = visit.round_trips(None);
    let parts = Stage::ALL.into_iter().filter_map(|stage| {
        let trips = visit.round_trips(Some(stage));
        (trips > 0).then(|| format!("{trips} {}", stage.name()))
    });
    let parts: Vec<String> = parts.collect();
    let all = count(usize::try_from(all).unwrap_or(usize::MAX), "round trip");
    let all = match parts.as_slice() {
        [] => all,
        parts => format!("{all}: {}", parts.join(", ")),
    };
    match visit.first_byte() {
        Some((trips, at)) => {
            format!(
                "{all}. The page was there after {trips} of them, and after {} ms.",
                milliseconds(at)
            )
        }
        None => format!("{all}. No page came."),
    }
}

/// The text of a leg as one safe line.
fn words(leg: &Leg) -> String {
    cell::line(&leg.text)
}

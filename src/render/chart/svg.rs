//! A chart as a picture: a bar for each row, and the mark that it should reach.

use super::Row;
use crate::render::markup::Element;
use crate::render::report::cell::width;
use crate::render::svg::{self, Anchor, columns, float};

/// Length of the longest bar.
const LONGEST: f64 = 380.0;
/// From one row to the next.
const STEP: f64 = 26.0;

/// The picture of rows.
pub(in crate::render) fn draw(rows: &[Row], title: &str) -> Element {
    let widest = |text: fn(&Row) -> &String| {
        let widths = rows.iter().map(|row| width(text(row)));
        columns(widths.max().unwrap_or(0))
    };
    let (label, figure) = (widest(|row| &row.label), widest(|row| &row.figure));
    let ends = rows.iter().flat_map(|row| [Some(row.value), row.mark]);
    let longest = ends.flatten().fold(f64::MIN_POSITIVE, f64::max);
    let told: Vec<String> = rows
        .iter()
        .map(|row| format!("{}: {}", row.label, row.figure))
        .collect();
    let left = label + 14.0;
    let high = STEP * float(rows.len()) + 4.0;
    let wide = left + LONGEST + 12.0 + figure;
    let mut drawn = svg::picture(wide, high, title, &told.join(". "));
    for (n, row) in rows.iter().enumerate() {
        let y = STEP * float(n) + 4.0;
        let length = LONGEST * row.value / longest;
        let bar = if row.value > 0.0 {
            length.max(2.0)
        } else {
            0.0
        };
        let figure = (left + bar + 10.0, y + 14.0);
        drawn = drawn
            .with(svg::words(
                "name",
                (label, y + 14.0),
                Anchor::End,
                &row.label,
            ))
            .with(svg::rectangle("amount", (left, y), (bar, 19.0)))
            .with(svg::words("word", figure, Anchor::Start, &row.figure));
        if let Some(mark) = row.mark {
            let x = left + LONGEST * mark / longest;
            drawn = drawn.with(svg::line("tick", &[(x, y - 2.0), (x, y + 21.0)]));
        }
    }
    drawn
}

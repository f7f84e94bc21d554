//! A chart: rows of a label, a figure in words and a bar. The words say it all, so it can be read aloud, and the bars
//! are left out where there is no room for them.

pub(super) mod svg;

use super::report::cell;
use super::theme::{Role, Surface};

/// One row of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it is about.
    pub label: String,
    /// Its figure, in words.
    pub figure: String,
    /// How long its bar is, beside those of the others.
    pub value: f64,
    /// Where a mark stands that the bar should reach.
    pub mark: Option<f64>,
}

/// Bars shorter than this say nothing.
const LEAST: usize = 8;
/// Bars longer than this say nothing more.
const MOST: usize = 48;
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// Draws rows, never wider than the surface.
#[must_use]
pub fn draw(rows: &[Row], surface: Surface) -> Vec<String> {
    let widest = |text: fn(&Row) -> &String| {
        let widths = rows.iter().map(|row| cell::width(&cell::line(text(row))));
        widths.max().unwrap_or(0)
    };
    let figure = widest(|row| &row.figure).min(surface.width / 2);
    let label = widest(|row| &row.label).min(surface.width.saturating_sub(figure + 2));
    let room = surface.width.saturating_sub(label + figure + 4).min(MOST);
    let longest = rows
        .iter()
        .flat_map(|row| [Some(row.value), row.mark])
        .flatten()
        .fold(0.0, f64::max);
    let drawn = rows.iter().map(|row| {
        let name = cell::pad(&cell::cut(&cell::line(&row.label), label), label);
        let words = cell::cut(&cell::line(&row.figure), figure);
        let gap = " ".repeat(figure.saturating_sub(cell::width(&words)));
        let bar = if room < LEAST || longest <= 0.0 {
            String::new()
        } else {
            surface.paint(Role::Number, &bar(row, longest, room, surface))
        };
        format!("{name}  {gap}{words}  {bar}").trim_end().to_owned()
    });
    drawn.collect()
}

/// The bar of a row, and the mark behind it where the bar does not reach it.
fn bar(row: &Row, longest: f64, room: usize, surface: Surface) -> String {
    let eighths = eighths(row.value / longest, room);
    let (whole, part) = (eighths / 8, eighths % 8);
    let mut bar = if surface.ascii {
        "#".repeat(whole + usize::from(part >= 4))
    } else {
        format!("{}{}", "█".repeat(whole), EIGHTHS[part])
    };
    if let Some(mark) = row.mark {
        let at = (self::eighths(mark / longest, room) / 8).max(1) - 1;
        let end = cell::width(&bar);
        if at >= end {
            bar.push_str(&" ".repeat(at - end));
            bar.push(if surface.ascii { '|' } else { '│' });
        }
    }
    bar
}

/// A share of the room in eighths of a column; at least one for what is not nothing.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "between nothing and eight times the columns of a terminal"
)]
fn eighths(share: f64, room: usize) -> usize {
    let eighths = (share.clamp(0.0, 1.0) * (room * 8) as f64).round() as usize;
    if share > 0.0 { eighths.max(1) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let row = |label: &str, figure: &str, value, mark| Row {
            label: label.to_owned(),
            figure: figure.to_owned(),
            value,
            mark,
        };
        vec![
            row("1 instance", "198 per second", 198.0, Some(198.0)),
            row("4 instances", "620 per second", 620.0, Some(792.0)),
            row("8 instances", "0 per second", 0.0, Some(1_584.0)),
        ]
    }

    #[test]
    fn bars_are_in_proportion_and_marks_show_what_is_missing() {
        insta::assert_snapshot!(draw(&rows(), Surface::plain(60)).join("\n"), @r"
        1 instance   198 per second  ███▉
        4 instances  620 per second  ████████████▏ │
        8 instances    0 per second                                │
        ");
    }

    #[test]
    fn without_unicode_bars_are_made_of_number_signs() {
        let surface = Surface {
            ascii: true,
            ..Surface::plain(60)
        };
        let drawn = draw(&rows(), surface).join("\n");
        assert!(drawn.is_ascii(), "{drawn}");
        assert!(drawn.contains("###"), "{drawn}");
    }

    #[test]
    fn no_line_is_wider_than_the_surface() {
        for width in 20..=120 {
            for line in draw(&rows(), Surface::plain(width)) {
                assert!(cell::width(&line) <= width, "{width}: {line}");
            }
        }
    }
}

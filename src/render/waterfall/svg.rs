//! A waterfall as SVG: one picture that needs nothing else, in the colours of the page around it.

use std::fmt::Write as _;
use std::time::Duration;

use crate::lab::internet::Visit;
use crate::lab::internet::visit::Stage;

use super::super::markup::escape;
use super::super::report::cell;
use super::{Row, milliseconds, rows, sum, words};

/// The size of everything, in pixels.
const WIDTH: usize = 1_000;
const LINE: usize = 18;
const TEXT: usize = 64;
const TRIPS: usize = 560;
const AT: usize = 625;
const TOOK: usize = 690;
const BAR: usize = 705;
/// How many signs fit between two columns.
const SIGNS: usize = 64;

/// Draws visits, one below the other, each under its title.
#[must_use]
pub fn svg(visits: &[(&str, &Visit)]) -> String {
    let (mut lines, mut drawn, mut label) = (0, String::new(), Vec::new());
    for (title, visit) in visits {
        let (title, sum) = (escaped(title), escaped(&sum(visit)));
        let top = lines * LINE;
        let _ = writeln!(drawn, "<g transform=\"translate(0 {top})\">");
        lines += one(&mut drawn, &title, &sum, visit) + 1;
        drawn.push_str("</g>\n");
        label.push(format!("{title}. {sum}"));
    }
    let (height, label) = (lines * LINE, label.join(" "));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{label}\" \
         font-family=\"ui-monospace, monospace\" font-size=\"12\" fill=\"currentColor\">\n{drawn}</svg>\n"
    )
}

/// Draws a visit, and says how many lines it took.
fn one(out: &mut String, title: &str, sum: &str, visit: &Visit) -> usize {
    let (rows, end) = (rows(visit), visit.end());
    text(out, 0, 1, "font-size=\"15\"", title);
    text(out, 0, 2, "", sum);
    for (x, anchor, words) in [
        (TEXT, "start", "who answered, and what"),
        (TRIPS, "end", "round trips"),
        (AT, "end", "at ms"),
        (TOOK, "end", "took"),
    ] {
        let style = format!("text-anchor=\"{anchor}\" opacity=\"0.7\"");
        text(out, x, 4, &style, words);
    }
    for (i, row) in rows.iter().enumerate() {
        draw(out, row, i + 5, end);
    }
    rows.len() + 5
}

fn draw(out: &mut String, row: &Row<'_>, line: usize, end: Duration) {
    let leg = match row {
        Row::Name(name) => {
            let name = escaped(&cell::cut(&cell::line(&format!("{name}?")), SIGNS));
            return text(out, TEXT, line, "font-weight=\"bold\"", &name);
        }
        Row::Leg(leg) => leg,
    };
    text(out, 0, line, "", leg.stage.name());
    let inset = if leg.stage == Stage::Behind { 14 } else { 0 };
    let full = escaped(&words(leg));
    let shown = escaped(&cell::cut(&words(leg), SIGNS));
    text(
        out,
        TEXT + inset,
        line,
        "",
        &format!("<title>{full}</title>{shown}"),
    );
    let Some((from, to)) = leg.time else { return };
    let took = milliseconds(to.saturating_sub(from));
    let end_of = "text-anchor=\"end\"";
    if leg.round_trips > 0 {
        text(out, TRIPS, line, end_of, &leg.round_trips.to_string());
    }
    text(out, AT, line, end_of, &milliseconds(from));
    text(out, TOOK, line, end_of, &took);
    let whole = end.as_secs_f64().max(f64::MIN_POSITIVE);
    #[expect(clippy::cast_precision_loss, reason = "a width in pixels")]
    let room = (WIDTH - BAR) as f64;
    let x = from.as_secs_f64() / whole * room;
    let width = ((to.saturating_sub(from)).as_secs_f64() / whole * room).max(2.0);
    let (x, y) = (x.min(room - 2.0), line * LINE - LINE + 5);
    let (height, color, stage) = (LINE - 6, color(leg.stage), leg.stage.name());
    let _ = writeln!(
        out,
        "<rect x=\"{BAR}\" transform=\"translate({x:.1})\" y=\"{y}\" width=\"{width:.1}\" height=\"{height}\" \
         fill=\"{color}\"><title>{stage}, {took} ms</title></rect>"
    );
}

fn text(out: &mut String, x: usize, line: usize, style: &str, words: &str) {
    let (y, space) = (line * LINE - 3, if style.is_empty() { "" } else { " " });
    let _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{y}\"{space}{style}>{words}</text>"
    );
}

/// Dark enough on white and light enough on black; the name of the stage stands beside it.
fn color(stage: Stage) -> &'static str {
    match stage {
        Stage::Dns => "#c77700",
        Stage::Tcp => "#3b7dd8",
        Stage::Tls => "#a855c7",
        Stage::Http => "#2f9e44",
        Stage::Behind => "#0c8599",
        Stage::Memory | Stage::Render => "#868e96",
    }
}

fn escaped(text: &str) -> String {
    escape(&cell::line(text))
}

//! What it costs to draw a page: a lesson, and 1 MB of lessons, each beside the bare parse of the same Markdown.
//!
//! Run with `cargo bench --bench page`. The ratios hold on any machine; the milliseconds are this machine's. To
//! compare with other programs, draw the same file with each in turn, several times, on one core:
//! `taskset -c 0 mdcat --ansi --local FILE` beside `taskset -c 0 course --color always read FILE`.

use std::hint::black_box;
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use course::base::source::Source;
use course::render::markdown;
use course::render::theme::Surface;

const SURFACE: Surface = Surface {
    width: 80,
    color: true,
    links: false,
    ascii: false,
};

fn main() -> io::Result<()> {
    let all: Vec<String> = course::lessons::all(&Source::Embedded)
        .unwrap_or_default()
        .into_iter()
        .map(|lesson| lesson.text)
        .collect();
    let lesson = all
        .iter()
        .max_by_key(|text| text.len())
        .map_or("", String::as_str);
    let mut book = String::new();
    while book.len() < 1_000_000 && !lesson.is_empty() {
        for text in &all {
            book.push_str(text);
        }
    }
    let mut out = io::stdout();
    writeln!(
        out,
        "{:14} {:>10} {:>10} {:>6}",
        "page", "drawn", "parsed", "ratio"
    )?;
    for (name, text, times) in [("lesson", lesson, 101), ("1 MB", book.as_str(), 11)] {
        let (mut drawn, mut parsed) = (Vec::new(), Vec::new());
        for _ in 0..times {
            drawn.push(time(|| {
                let mut page = Vec::with_capacity(2 * text.len());
                markdown::page(text, &SURFACE, &mut page).expect("a vector takes any bytes");
                black_box(page);
            }));
            parsed.push(time(|| {
                black_box(pulldown_cmark::Parser::new(text).count());
            }));
        }
        let (drawn, parsed) = (median(drawn), median(parsed));
        let ratio = drawn.as_secs_f64() / parsed.as_secs_f64();
        writeln!(out, "{name:14} {drawn:>10.2?} {parsed:>10.2?} {ratio:>6.1}")?;
    }
    Ok(())
}

fn time(deed: impl FnOnce()) -> Duration {
    let began = Instant::now();
    deed();
    began.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

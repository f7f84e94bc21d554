//! Edited charts: whatever stands in a Mermaid block is read and drawn, or refused with a place, and takes no time that
//! grows with its square.
//!
//! A few hundred are read and drawn on every run. `COURSE_FUZZ_SECONDS=600 cargo test --test flowchart fuzz` goes on for
//! ten minutes each; `COURSE_FUZZ_SEED` begins where a failure says.

use std::hash::{BuildHasher as _, RandomState};
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use course::base::source::Source;
use course::flowchart::parse;
use course::lessons::Lesson;
use course::render::markdown;
use course::render::theme::Surface;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use unicode_width::UnicodeWidthStr as _;

use super::{PIECES, corpus, read};

/// Edited charts of one run, unless a time is given.
const FEW: u64 = 300;

/// What sequence diagrams are made of, and signs that are not one column wide.
const MORE: &[&str] = &[
    "sequenceDiagram\n",
    "participant ",
    " as ",
    "->>",
    "-->>",
    "-x",
    ": ",
    "Note over ",
    "loop ",
    "alt ",
    "else ",
    "rect ",
    "end\n",
    "flowchart TD\n",
    "flowchart RL\n",
    "日本",
    "👩\u{200d}💻",
    "🇩🇪",
    "\u{301}",
    "\u{fe0f}",
    "\u{200d}",
    "لا",
    "#0;",
    "#10;",
    "#x200b;",
];

struct Dice(ChaCha8Rng);

impl Dice {
    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.0.next_u64() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn piece(&mut self) -> &'static str {
        let at = self.below(PIECES.len() + MORE.len());
        PIECES
            .get(at)
            .copied()
            .unwrap_or_else(|| MORE[at - PIECES.len()])
    }

    /// A stretch of a text, more often a short one.
    fn stretch(&mut self, text: &[u8]) -> std::ops::Range<usize> {
        let from = self.below(text.len() + 1);
        let most = [4, 20, 200][self.below(3)];
        from..(from + self.below(most)).min(text.len())
    }

    /// Changes one thing in a text.
    fn edit(&mut self, text: &mut Vec<u8>, others: &[String]) {
        let at = self.below(text.len() + 1);
        let range = self.stretch(text);
        match self.below(8) {
            0 => drop(text.drain(range)),
            1 => drop(text.splice(at..at, text[range].to_vec())),
            2 => drop(text.splice(at..at, self.piece().bytes())),
            3 => drop(text.splice(range, self.piece().bytes())),
            4 => {
                let other = others[self.below(others.len())].as_bytes();
                drop(text.splice(range, other[self.stretch(other)].to_vec()));
            }
            5 if at < text.len() => text[at] ^= 1 << self.below(8),
            6 => {
                let many = [3, 30, 300][self.below(3)];
                drop(text.splice(at..at, self.piece().repeat(many).into_bytes()));
            }
            _ => {
                let deep = self.below(40);
                let (open, close) = ("subgraph g\n".repeat(deep), "end\n".repeat(deep));
                drop(text.splice(at..at, open.into_bytes()));
                text.extend(close.into_bytes());
            }
        }
        text.truncate(20_000);
    }

    /// Up to three pieces.
    fn few(&mut self) -> String {
        (0..self.below(4)).map(|_| self.piece()).collect()
    }

    /// A chart with a few edits.
    fn chart(&mut self, charts: &[String]) -> String {
        let mut text = charts[self.below(charts.len())].clone().into_bytes();
        for _ in 0..=self.below(6) {
            self.edit(&mut text, charts);
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// The charts of the corpus, and the diagrams of the lessons.
fn charts() -> Vec<String> {
    let mut charts: Vec<String> = corpus().iter().map(|chart| chart.1.to_owned()).collect();
    let shipped = Source::Folder(env!("CARGO_MANIFEST_DIR").into());
    let lessons: Vec<Lesson> = course::lessons::all(&shipped).unwrap();
    for lesson in &lessons {
        let blocks = lesson.text.split("```mermaid\n").skip(1);
        charts.extend(blocks.filter_map(|block| Some(block.split_once("```")?.0.to_owned())));
    }
    charts
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Does something again and again with dice of another seed, as often as is asked for. A failure names its seed.
fn again(few: u64, act: impl Fn(&mut Dice)) {
    let random = RandomState::new().hash_one("") % 1_000_000_000;
    let first = number("COURSE_FUZZ_SEED").unwrap_or(random);
    let seconds = number("COURSE_FUZZ_SECONDS").map(Duration::from_secs);
    let begun = Instant::now();
    let goes_on = |done: u64| seconds.map_or(done < few, |seconds| begun.elapsed() < seconds);
    let mut done = 0;
    while goes_on(done) {
        let seed = first + done;
        let act = || act(&mut Dice(ChaCha8Rng::seed_from_u64(seed)));
        if let Err(panic) = catch_unwind(AssertUnwindSafe(act)) {
            let why = panic
                .downcast_ref::<String>()
                .map_or("it panicked", String::as_str);
            panic!("COURSE_FUZZ_SEED={seed}, after {done}: {why}");
        }
        done += 1;
    }
    if seconds.is_some() {
        let told = format!("{done} from seed {first} on\n");
        std::io::stderr().write_all(told.as_bytes()).unwrap();
    }
}

#[test]
fn edited_charts_are_read_or_refused_with_a_place() {
    let charts = charts();
    again(FEW, |dice| {
        let chart = dice.chart(&charts);
        read(&chart);
        read(&format!("flowchart LR\n{chart}"));
    });
}

#[test]
fn edited_charts_are_drawn_no_wider_than_the_page() {
    let charts = charts();
    again(FEW, |dice| {
        let chart = dice.chart(&charts);
        let columns = 40 + dice.below(81);
        let mut page = Vec::new();
        let text = format!("```mermaid\n{chart}\n```\n");
        markdown::page(&text, &Surface::plain(columns), &mut page).unwrap();
        for line in String::from_utf8(page).unwrap().lines() {
            assert!(line.width() <= columns, "{columns}: {line:?} of {chart:?}");
            assert!(!line.contains(char::is_control), "{line:?} of {chart:?}");
        }
    });
}

/// What once took the square: how a chart begins, what is repeated in it, and how it ends.
#[cfg(unix)]
const SLOW: &[(&str, &str, &str)] = &[
    ("A --", "==", " --> B"),
    ("", "%%{\n", "A"),
    ("A[\"", "&", "\"]"),
    ("A[\"", "<br", "\"]"),
];

/// Eight times as much takes some eight times as long; where the square of it counts, it takes 64 times as long.
#[cfg(unix)]
#[test]
fn long_charts_take_no_time_that_grows_with_their_square() {
    for (head, unit, tail) in SLOW {
        takes_its_share(head, unit, tail);
    }
    again(FEW / 5, |dice| {
        takes_its_share(&dice.few(), &dice.few(), &dice.few());
    });
}

#[cfg(unix)]
fn takes_its_share(head: &str, unit: &str, tail: &str) {
    let text = |long: usize| {
        let many = long / unit.len().max(1);
        format!("flowchart LR\n{head}{}{tail}", unit.repeat(many))
    };
    let (short, long) = (time_of(&text(8_000)), time_of(&text(64_000)));
    let limit = (short * 24).max(Duration::from_millis(50));
    assert!(
        long < limit,
        "{short:?}, {long:?}: {head:?} {unit:?} {tail:?}"
    );
}

/// How long this thread worked to read a text, the least of a few times. Other work of the machine does not count.
#[cfg(unix)]
fn time_of(text: &str) -> Duration {
    let worked = || {
        let clock = nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID;
        Duration::from(nix::time::clock_gettime(clock).unwrap())
    };
    let once = |_| {
        let begun = worked();
        let _ = parse(text);
        worked().saturating_sub(begun)
    };
    (0..3).map(once).min().unwrap()
}

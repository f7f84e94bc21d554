//! The report of a verification: a live line per server, one table, then everything that does not hold in full.

mod human;
mod json;
mod mutants;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::render::report::cell;
use crate::render::theme::{Role, Surface};
use crate::verify::event::Event;
use crate::verify::proof::{Held, Proof};
use crate::verify::suite::Verdict;

/// The formats of this report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// One `course-verify/v1` document.
    Json,
}

/// A report that is being written.
pub struct Report {
    format: Format,
    surface: Surface,
    live: Option<MultiProgress>,
    bars: BTreeMap<String, ProgressBar>,
}

impl Report {
    /// A report in `format`; `live` when standard error is a terminal that can show what is going on.
    #[must_use]
    pub fn new(format: Format, surface: Surface, live: bool) -> Self {
        let rows = live.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));
        Self {
            format,
            surface,
            live: rows.filter(|rows| !rows.is_hidden()),
            bars: BTreeMap::new(),
        }
    }

    /// Takes in one event. What is going on is written to `err`.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn event(&mut self, event: &Event, err: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::Began(exercise, servers) => writeln!(
                err,
                "{}: {} to grade",
                cell::line(exercise),
                crate::base::text::count(*servers, "server")
            ),
            Event::Progress {
                exercise,
                server,
                through,
            } => {
                self.progress(&row(exercise, server), *through);
                Ok(())
            }
            Event::Proven(exercise, proof) => self.proven(exercise, proof, err),
        }
    }

    fn progress(&mut self, row: &str, through: usize) {
        let Some(rows) = &self.live else { return };
        let bar = self.bars.entry(row.to_owned()).or_insert_with(|| {
            let bar = rows.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        let done = crate::base::text::count(through, "check");
        bar.set_message(format!("{row}: {done} done"));
    }

    fn proven(&mut self, exercise: &str, proof: &Proof, err: &mut dyn Write) -> io::Result<()> {
        let (word, role) = mark(proof);
        let seconds = proof.duration.as_secs_f64();
        let word = self.surface.paint(role, word);
        let row = row(exercise, &proof.server);
        let line = format!("{word}  {row} ({seconds:.1} s)");
        let Some(rows) = &self.live else {
            return writeln!(err, "{line}");
        };
        rows.println(line)?;
        if let Some(bar) = self.bars.remove(&row) {
            bar.finish_and_clear();
            rows.remove(&bar);
        }
        Ok(())
    }

    /// Takes live rows away.
    pub fn clear(&mut self) {
        for bar in std::mem::take(&mut self.bars).into_values() {
            bar.finish_and_clear();
        }
        if let Some(rows) = &self.live {
            // A terminal that is gone has nothing left to clear.
            let _ = rows.clear();
        }
    }

    /// Writes the whole report. `text_of` gives the text of a file of the course by its path.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn end(
        &self,
        verdicts: &[Verdict],
        text_of: &dyn Fn(&str) -> Option<String>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match self.format {
            Format::Human => human::write(verdicts, text_of, &self.surface, out),
            Format::Json => out.write_all(json::document(verdicts, text_of).as_bytes()),
        }
    }
}

/// How long exercises took that were proven side by side.
fn took(verdicts: &[Verdict]) -> Duration {
    let each = verdicts.iter().map(|v| v.duration);
    each.max().unwrap_or_default()
}

/// What a server is called beside those of other exercises.
fn row(exercise: &str, server: &str) -> String {
    format!("{}  {}", cell::line(exercise), cell::line(server))
}

/// The word that says what became of a claim, and how it looks.
fn mark(proof: &Proof) -> (&'static str, Role) {
    match proof.result {
        Held::Yes => ("HELD", Role::Pass),
        Held::Idle => ("IDLE", Role::Skip),
        Held::Unsure(_) => ("UNSURE", Role::Skip),
        Held::No(_) => ("BROKEN", Role::Fail),
        Held::Skipped(_) => ("SKIP", Role::Skip),
    }
}

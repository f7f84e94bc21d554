//! Reports of a run: for people, and for machines. They consume the events of a run and decide nothing.
//!
//! Standard output carries the answer (the report), standard error talk about it (live rows, what is being started).

mod cases;
pub(super) mod cell;
mod comparison;
mod curl;
mod expectation;
mod failure;
mod guess;
pub mod html;
mod human;
mod json;
mod junit;
mod live;
mod row;
mod summary;
mod tap;

#[cfg(test)]
mod sample;

use std::io::{self, Write};

use crate::grading::event::Event;
use crate::grading::outcome::Grade;
use crate::render::theme::Surface;

pub use comparison::side_by_side;
pub use guess::Guess;
use human::Human;

/// The formats a report can have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// One `course-result/v1` document.
    Json,
    /// JUnit XML, as CI systems read it.
    Junit,
    /// The Test Anything Protocol, version 14.
    Tap,
}

/// How much of a run the report for people shows in full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// The first failed check; every other check is one line.
    #[default]
    First,
    /// Every check that did not pass (`-v`).
    All,
    /// As `First`, without the next command: a demo goes on after it.
    Demo,
    /// Every check, whatever became of it, and nothing else: what they show is the point, and not what they add up to.
    Shown,
}

/// A report that is being written.
pub struct Report {
    kind: Kind,
}

enum Kind {
    Human(Box<Human>),
    Document(fn(&Grade) -> String),
}

impl Report {
    /// A report in `format`. `rows` is the height of the terminal when live rows are wanted on standard error, and
    /// `None` where there is no terminal; only the report for people has live rows.
    #[must_use]
    pub fn new(
        format: Format,
        surface: Surface,
        rows: Option<usize>,
        verbosity: Verbosity,
    ) -> Self {
        let kind = match format {
            Format::Human => Kind::Human(Box::new(Human::new(surface, rows, verbosity))),
            Format::Json => Kind::Document(json::document),
            Format::Junit => Kind::Document(junit::document),
            Format::Tap => Kind::Document(tap::document),
        };
        Self { kind }
    }

    /// The report with what was predicted, for people.
    #[must_use]
    pub fn guessed(mut self, guesses: Vec<Guess>) -> Self {
        if let Kind::Human(human) = &mut self.kind {
            human.guesses = guesses;
        }
        self
    }

    /// Takes in one event; the report is complete after [`Event::Ended`].
    ///
    /// # Errors
    /// When a writer fails.
    pub fn event(
        &mut self,
        event: &Event<'_>,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> io::Result<()> {
        match (&mut self.kind, event) {
            (Kind::Human(human), event) => human.event(event, out, err),
            (Kind::Document(_), Event::Said(text)) => talk(text, err),
            (Kind::Document(document), Event::Ended(grade)) => {
                out.write_all(document(grade).as_bytes())?;
                out.flush()
            }
            (Kind::Document(_), _) => Ok(()),
        }
    }

    /// Ends the report before the run has ended: takes live rows away and says what was not run.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn interrupted(&mut self, err: &mut dyn Write) -> io::Result<()> {
        match &mut self.kind {
            Kind::Human(human) => human.interrupted(err),
            Kind::Document(_) => talk("stopped before the end; there is no report", err),
        }
    }
}

/// Writes talk about the run. The prefix keeps the text of others from ever beginning a line.
fn talk(text: &str, err: &mut dyn Write) -> io::Result<()> {
    for line in cell::lines(text) {
        writeln!(err, "course: {line}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

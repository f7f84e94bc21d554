//! The report for people: rows, the screen of what failed, and the summary.
//!
//! On a terminal, live rows stand until the run is over, then the whole report is written. Elsewhere every check is
//! written as soon as it and all checks before it are finished: the order is that of the check file, whatever
//! finishes first, so two runs of the same server give the same report.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use indicatif::ProgressDrawTarget;

use super::cases::Cases;
use super::live::Live;
use super::{Guess, Verbosity, cell, failure, row, summary};
use crate::grading::event::Event;
use crate::grading::outcome::{CheckResult, Grade, Outcome};
use crate::render::theme::Surface;

/// The report for people while a run goes on.
pub(super) struct Human {
    surface: Surface,
    verbosity: Verbosity,
    live: Option<Live>,
    /// What the learner predicted.
    pub(super) guesses: Vec<Guess>,
    /// The options that repeat the run.
    replay: String,
    /// The names of everything that may run, in order.
    names: Vec<String>,
    /// How many of them have been written.
    next: usize,
    /// What is finished and waits for a check before it, by name.
    finished: HashMap<String, CheckResult>,
    /// The ids of the checks that have been written.
    written: HashSet<String>,
    /// Whether a failed check has been shown in full.
    expanded: bool,
    folded: usize,
    /// Whether nothing, or an empty line, was written last.
    after_gap: bool,
}

impl Human {
    /// A report on `surface`, with live rows on a terminal of that many rows.
    pub(super) fn new(surface: Surface, rows: Option<usize>, verbosity: Verbosity) -> Self {
        Self {
            surface,
            verbosity,
            live: rows
                .map(|rows| Live::new(ProgressDrawTarget::stderr(), rows, surface))
                .filter(Live::is_visible),
            guesses: Vec::new(),
            replay: String::new(),
            names: Vec::new(),
            next: 0,
            finished: HashMap::new(),
            written: HashSet::new(),
            expanded: false,
            folded: 0,
            after_gap: true,
        }
    }

    /// Takes in one event.
    pub(super) fn event(
        &mut self,
        event: &Event<'_>,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> io::Result<()> {
        match event {
            Event::Began { replay, checks, .. } => {
                self.replay.clone_from(replay);
                self.names = checks.iter().map(|(name, _)| name.clone()).collect();
                if let Some(live) = &mut self.live {
                    live.began(checks);
                }
                Ok(())
            }
            Event::Said(text) => self.say(text, err),
            Event::Started(check) => {
                if let Some(live) = &mut self.live {
                    live.started(check);
                }
                Ok(())
            }
            Event::Step { check, step } => {
                if let Some(live) = &mut self.live {
                    live.step(check, step);
                }
                Ok(())
            }
            Event::Finished(result) => self.finish(result, out),
            Event::Ended(grade) => self.end(grade, out),
        }
    }

    /// Takes the live rows away and says what was not run, after Ctrl-C.
    pub(super) fn interrupted(&mut self, err: &mut dyn Write) -> io::Result<()> {
        self.live = None;
        let rest = self.names.iter().skip(self.next).map(String::as_str);
        let left: Vec<&str> = rest
            .filter(|name| !self.finished.contains_key(*name))
            .collect();
        let text = if left.is_empty() {
            "stopped; every check had been run".to_owned()
        } else {
            format!("stopped; not run to the end: {}", left.join(", "))
        };
        self.say(&text, err)
    }

    fn say(&self, text: &str, err: &mut dyn Write) -> io::Result<()> {
        let room = self.surface.width.saturating_sub("course: ".len());
        for part in cell::lines(text)
            .iter()
            .flat_map(|line| cell::wrap(line, room))
        {
            let said = format!("course: {part}");
            match &self.live {
                Some(live) => live.say(&said)?,
                None => writeln!(err, "{said}")?,
            }
        }
        Ok(())
    }

    fn finish(&mut self, result: &CheckResult, out: &mut dyn Write) -> io::Result<()> {
        let name = result.name();
        if let Some(live) = &mut self.live {
            live.finished(&name, result.outcome);
        }
        if self.live.is_none() && self.is_next_alone(&name) {
            self.next += 1;
            self.check(std::slice::from_ref(result), out)?;
        } else {
            self.finished.insert(name, result.clone());
        }
        if self.live.is_some() {
            return Ok(());
        }
        while let Some(results) = self.ready() {
            self.check(&results, out)?;
        }
        out.flush()
    }

    /// Whether a check is the next to be written and has no cases to wait for.
    fn is_next_alone(&self, name: &str) -> bool {
        let mut rest = self.names.iter().skip(self.next);
        rest.next().is_some_and(|next| next == name) && id(name) == name
    }

    /// The next check, once all its cases are finished.
    fn ready(&mut self) -> Option<Vec<CheckResult>> {
        let rest = self.names.get(self.next..).unwrap_or_default();
        let first = id(rest.first()?);
        let cases = rest.iter().take_while(|name| id(name) == first);
        let cases: Vec<&String> = cases.collect();
        if !cases.iter().all(|name| self.finished.contains_key(*name)) {
            return None;
        }
        self.next += cases.len();
        let taken = cases.iter().filter_map(|name| self.finished.remove(*name));
        Some(taken.collect())
    }

    fn end(&mut self, grade: &Grade, out: &mut dyn Write) -> io::Result<()> {
        self.live = None;
        self.replay = grade.replay();
        for cases in Cases::group(&grade.results) {
            if !self.written.contains(&cases.check().id) {
                let results: Vec<CheckResult> = cases.all.into_iter().cloned().collect();
                self.check(&results, out)?;
            }
        }
        if self.verbosity == Verbosity::Shown {
            return out.flush();
        }
        let mut lines = summary::draw(grade, self.folded, &self.guesses, self.surface);
        if self.verbosity == Verbosity::Demo {
            // The last line is the next command, and a demo goes on by itself.
            lines.pop();
        }
        self.lines(&lines, out)
    }

    /// Writes one check: as a screen when it is the first that failed (or all are asked for), as a row otherwise.
    fn check(&mut self, results: &[CheckResult], out: &mut dyn Write) -> io::Result<()> {
        for cases in Cases::group(results) {
            self.written.insert(cases.check().id.clone());
            let bad = !matches!(cases.outcome(), Outcome::Passed | Outcome::Skipped);
            let first = cases.outcome() == Outcome::Failed && !self.expanded;
            let full = match self.verbosity {
                Verbosity::First | Verbosity::Demo => first,
                Verbosity::All => bad,
                Verbosity::Shown => true,
            };
            if full {
                self.expanded = true;
                // What is shown is run again as a whole.
                let replay = (self.verbosity != Verbosity::Shown).then_some(self.replay.as_str());
                let mut lines = failure::draw(&cases, replay, self.surface);
                lines.insert(0, String::new());
                lines.push(String::new());
                self.lines(&lines, out)?;
            } else {
                self.folded += usize::from(bad);
                self.lines(&row::draw(&cases, self.surface), out)?;
                self.lines(&row::loads(&cases, self.surface), out)?;
            }
        }
        Ok(())
    }

    /// Writes lines, but never two empty ones in a row and none at the top.
    fn lines(&mut self, lines: &[String], out: &mut dyn Write) -> io::Result<()> {
        for line in lines {
            if !(line.is_empty() && self.after_gap) {
                writeln!(out, "{line}")?;
            }
            self.after_gap = line.is_empty();
        }
        Ok(())
    }
}

/// The id in `id` or `id[case]`.
fn id(name: &str) -> &str {
    name.split_once('[').map_or(name, |(id, _)| id)
}

#[cfg(test)]
mod tests;

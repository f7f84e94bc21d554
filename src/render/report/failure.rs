//! The screen of a check that did not pass: everything that helps to understand it, in one place and in one order.

use super::cases::Cases;
use super::{cell, curl, expectation, row};
use crate::checks::world::CHECKER;
use crate::grading::outcome::{CheckResult, Outcome, StepResult};
use crate::lab::timeline::{Event, What};
use crate::render::theme::{Role, Surface};
use crate::render::{drawing, history, load, timeline};

mod widths;

use widths::Widths;

/// How many steps that were not run are named one by one.
const LEFT_OUT: usize = 2;

/// Columns of the labels at the left (`your server b printed`), where there is room for them.
const LABEL: usize = 24;

/// The lines of one screen as they are written, each behind a bar.
struct Screen<'a> {
    lines: Vec<String>,
    surface: Surface,
    /// Columns inside the bar.
    inner: usize,
    /// The options that repeat the run, where it can be repeated by itself.
    replay: Option<&'a str>,
}

/// The screen of a check: its row, and below it the first of its cases that did not pass. `replay` are the options that
/// run it again, where it can be run by itself.
pub(super) fn draw(cases: &Cases<'_>, replay: Option<&str>, surface: Surface) -> Vec<String> {
    let mut screen = Screen {
        lines: row::draw(cases, surface),
        surface,
        inner: row::columns(surface).saturating_sub(2),
        replay,
    };
    let result = cases.telling();
    screen.paragraph(&result.why, "");
    screen.cases(cases);
    screen.steps(result);
    screen.scaling(result);
    screen.sequence(result);
    screen.help(result);
    screen.again(result);
    screen.lines
}

impl Screen<'_> {
    fn bar(&mut self, text: &str) {
        let bar = self.surface.paint(Role::Faint, "│");
        let line = if text.is_empty() {
            bar
        } else {
            format!("{bar} {text}")
        };
        self.lines.push(line);
    }

    fn paragraph(&mut self, text: &str, indent: &str) {
        for line in cell::lines(text) {
            for part in cell::wrap(&line, self.inner.saturating_sub(indent.len())) {
                self.bar(&format!("{indent}{part}"));
            }
        }
    }

    fn cases(&mut self, cases: &Cases<'_>) {
        let (passed, not) = cases.names();
        if not.is_empty() {
            return;
        }
        let several = not.len() > 1;
        let list = |names: Vec<&str>| cell::line(&names.join("  "));
        self.bar("");
        self.labelled("cases that failed", &[list(not)], Role::Strong);
        if !passed.is_empty() {
            self.labelled("cases that passed", &[list(passed)], Role::Faint);
        }
        if let Some(case) = &cases.telling().case
            && several
        {
            self.labelled("shown here", &[cell::line(case)], Role::Strong);
        }
        self.bar("");
    }

    fn steps(&mut self, result: &CheckResult) {
        let widths = Widths::of(&result.steps, self.inner);
        let ran = |step: &&StepResult| step.outcome.is_some();
        for step in result.steps.iter().filter(ran) {
            self.step(step, &widths);
            if step.outcome != Some(Outcome::Passed) {
                self.detail(step);
            }
        }
        let left: Vec<&StepResult> = result.steps.iter().filter(|step| !ran(step)).collect();
        if left.len() <= LEFT_OUT {
            for step in left {
                self.step(step, &widths);
            }
        } else {
            let skip = self.surface.paint(Role::Skip, "· skip");
            let room = self.inner.saturating_sub(8);
            let text = format!(
                "{} more steps were not run: the step before them failed",
                left.len()
            );
            for (at, part) in cell::wrap(&text, room).into_iter().enumerate() {
                let start = if at == 0 {
                    format!("{skip}  ")
                } else {
                    " ".repeat(8)
                };
                self.bar(&format!("{start}{part}"));
            }
        }
    }

    fn step(&mut self, step: &StepResult, widths: &Widths) {
        let (symbol, word, role) = match step.outcome {
            Some(outcome) => {
                let (symbol, role) = row::mark(outcome);
                (symbol, outcome.word().to_lowercase(), role)
            }
            None => ("·", "skip".to_owned(), Role::Skip),
        };
        let lead = format!("{symbol} {word}");
        let gap = " ".repeat(7usize.saturating_sub(cell::width(&lead)) + 1);
        let lead = self.surface.paint(role, &lead);
        let name = cell::line(&step.name);
        let facts = widths.facts(step);
        if widths.stacked {
            for (at, part) in cell::wrap(&name, self.inner - 8).into_iter().enumerate() {
                let start = if at == 0 {
                    format!("{lead}{gap}")
                } else {
                    " ".repeat(8)
                };
                self.bar(&format!("{start}{part}"));
            }
            for part in cell::wrap(facts.trim(), self.inner - 8) {
                self.bar(&format!(
                    "{}{}",
                    " ".repeat(8),
                    self.surface.paint(Role::Faint, &part)
                ));
            }
            return;
        }
        for (at, part) in cell::wrap(&name, widths.name).into_iter().enumerate() {
            if at == 0 {
                let name = cell::pad(&part, widths.name);
                self.bar(format!("{lead}{gap}{name}  {facts}").trim_end());
            } else {
                self.bar(&format!("{}{part}", " ".repeat(8)));
            }
        }
    }

    /// What is known about the step that did not pass.
    fn detail(&mut self, step: &StepResult) {
        let indent = "        ";
        let room = self.inner.saturating_sub(indent.len());
        if let Some((which, of)) = step.repetition {
            self.bar(&format!("{indent}repetition {which} of {of}"));
        }
        for line in expectation::draw(&step.expectations, room, self.surface) {
            self.bar(&format!("{indent}{line}"));
        }
        for note in &step.notes {
            self.paragraph(note, indent);
        }
        let surface = Surface {
            width: room,
            ..self.surface
        };
        let picture = step.picture.iter();
        let picture = picture.flat_map(|picture| history::draw(picture, surface));
        let sketch = step.sketch.iter();
        let sketch = sketch.flat_map(|sketch| drawing::draw(sketch, surface));
        let picture = sketch.chain(picture);
        let figures = step.load.iter();
        let figures = figures.flat_map(|figures| load::draw(figures, surface));
        for line in picture.chain(figures) {
            self.bar(format!("{indent}{line}").trim_end());
        }
        if !step.excerpt.lines.is_empty() {
            let title = self.surface.paint(Role::Faint, "the body that came back");
            self.bar(&format!("{indent}{title}"));
            for line in step.excerpt.lines.iter().flat_map(|line| cell::lines(line)) {
                self.paragraph(&line, "          ");
            }
            if !step.excerpt.cut.is_empty() {
                self.paragraph(&step.excerpt.cut, "          ");
            }
        }
    }

    /// What loads on different numbers of instances came to.
    fn scaling(&mut self, result: &CheckResult) {
        let surface = Surface {
            width: self.inner,
            ..self.surface
        };
        let drawn = load::scaling(&load::all(result), surface);
        if !drawn.is_empty() {
            self.bar("");
        }
        for line in drawn {
            self.bar(&line);
        }
    }

    /// The sequence of requests; a picture of concurrent clients says more.
    fn sequence(&mut self, result: &CheckResult) {
        if result.steps.iter().any(|step| step.picture.is_some()) {
            return;
        }
        let surface = Surface {
            width: self.inner,
            ..self.surface
        };
        let events = events(result);
        let drawn = timeline::draw(&events, surface);
        if drawn.is_empty() {
            return;
        }
        self.bar("");
        for line in drawn {
            self.bar(&line);
        }
    }

    /// What helps further. A request can be sent again where its server can be kept.
    fn help(&mut self, result: &CheckResult) {
        self.bar("");
        if !result.reason.is_empty() && result.outcome != Outcome::Failed {
            self.labelled("reason", &cell::lines(&result.reason), Role::Strong);
        }
        for printed in &result.printed {
            let label = format!("your server {} printed", cell::line(&printed.instance));
            let mut lines: Vec<String> =
                printed.lines.iter().flat_map(|l| cell::lines(l)).collect();
            if lines.is_empty() {
                lines.push("nothing".to_owned());
            }
            self.labelled(&label, &lines, Role::Faint);
        }
        if let Some(command) = result.curl.as_ref().filter(|_| self.replay.is_some()) {
            self.command(command);
        }
        if let Some(hint) = &result.hint {
            self.labelled("hint", &cell::lines(hint), Role::Strong);
        }
        if let Some(lesson) = &result.lesson {
            let read = format!("course read {}", cell::line(lesson));
            self.labelled("read", &[read], Role::Command);
        }
    }

    /// A labelled block: the label at the left and its lines beside it, or below it where the screen is narrow.
    fn labelled(&mut self, label: &str, lines: &[String], role: Role) {
        let beside = self.inner >= 72 && cell::width(label) < LABEL;
        let start = if beside { LABEL } else { 4 };
        let room = self.inner.saturating_sub(start);
        let parts: Vec<String> = lines
            .iter()
            .flat_map(|line| cell::wrap(line, room))
            .collect();
        if !beside {
            for part in cell::wrap(label, self.inner) {
                self.bar(&self.surface.paint(Role::Faint, &part));
            }
        }
        for (at, part) in parts.iter().enumerate() {
            let label = if beside && at == 0 { label } else { "" };
            let gap = " ".repeat(start - cell::width(label));
            let label = self.surface.paint(Role::Faint, label);
            self.bar(&format!("{label}{gap}{}", self.surface.paint(role, part)));
        }
    }

    /// The command stands behind the bar while it fits one line. A longer one stands free of it, to be copied whole.
    fn command(&mut self, command: &str) {
        let room = self
            .inner
            .saturating_sub(if self.inner >= 72 { LABEL } else { 4 });
        let label = "send it yourself";
        if let [whole] = curl::lay_out(command, room).as_slice() {
            self.labelled(label, std::slice::from_ref(whole), Role::Command);
            return;
        }
        self.bar(&self.surface.paint(Role::Faint, label));
        for line in curl::lay_out(command, self.inner + 2) {
            self.lines.push(self.surface.paint(Role::Command, &line));
        }
        if self
            .replay
            .is_some_and(|options| options.contains("--url "))
        {
            return;
        }
        let indent = " ".repeat(if self.inner >= 72 { LABEL } else { 4 });
        self.paragraph("(add --hold to keep the servers running for it)", &indent);
    }

    fn again(&mut self, result: &CheckResult) {
        let place = cell::line(&format!("{}:{}", result.source.0, result.source.1));
        let end = self.surface.paint(Role::Faint, "└");
        let Some(replay) = self.replay else {
            let place = format!("written in {place}");
            let place = self.surface.paint(Role::Faint, &place);
            self.lines.push(format!("{end} {place}"));
            return;
        };
        let command = cell::line(&format!("course check {} {replay}", result.id));
        let start = if self.inner >= 72 { LABEL } else { 8 };
        let label = self.surface.paint(Role::Faint, "again");
        let gap = " ".repeat(start - 5);
        if start + cell::width(&command) + 3 + cell::width(&place) <= self.inner {
            let (command, place) = (
                self.surface.paint(Role::Command, &command),
                self.surface.paint(Role::Faint, &place),
            );
            self.lines
                .push(format!("{end} {label}{gap}{command}   {place}"));
            return;
        }
        self.labelled("written in", &[place], Role::Faint);
        for (at, part) in curl::lay_out(&command, self.inner - start)
            .iter()
            .enumerate()
        {
            let part = self.surface.paint(Role::Command, part);
            if at == 0 {
                self.lines.push(format!("{end} {label}{gap}{part}"));
            } else {
                self.lines.push(part);
            }
        }
    }
}

/// What the sequence shows. Of a load it shows when it went on and what was done meanwhile, and none of the requests,
/// of which there are too many to be followed.
pub(super) fn events(result: &CheckResult) -> Vec<Event> {
    let loaded = result.steps.iter().any(|step| step.load.is_some());
    let told = |event: &&Event| match &event.what {
        What::Request { from, .. } => from == CHECKER,
        What::Response { to, .. } => to == CHECKER,
        What::Note { .. } => true,
    };
    let events = result.timeline.iter();
    events
        .filter(|event| !loaded || told(event))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests;

//! The columns in which the steps of a failing check stand.

use crate::grading::outcome::StepResult;

use super::super::{cell, row};

/// Columns of the facts about steps, so that those of all steps stand below each other.
pub(super) struct Widths {
    pub(super) name: usize,
    request: usize,
    answer: usize,
    time: usize,
    pub(super) stacked: bool,
}

impl Widths {
    pub(super) fn of(steps: &[StepResult], inner: usize) -> Self {
        let ran = || steps.iter().filter(|step| step.outcome.is_some());
        let widest = |texts: Vec<String>| texts.iter().map(|t| cell::width(t)).max().unwrap_or(0);
        let request = widest(ran().map(|step| cell::line(&step.request)).collect());
        let answer = widest(ran().map(|step| cell::line(&step.answer)).collect());
        let time = widest(ran().map(|step| row::time(step.duration)).collect());
        let name = widest(steps.iter().map(|step| cell::line(&step.name)).collect());
        let room = inner.saturating_sub(8 + 6 + request + answer + time);
        Self {
            name: name.min(room),
            request,
            answer,
            time,
            stacked: room < name.min(24),
        }
    }

    pub(super) fn facts(&self, step: &StepResult) -> String {
        if step.outcome.is_none() {
            let why = "not run: the step before it failed";
            let room = self.request + self.answer + self.time + 4;
            return if self.stacked || room >= why.len() {
                why
            } else {
                "not run"
            }
            .to_owned();
        }
        let (request, answer) = (cell::line(&step.request), cell::line(&step.answer));
        let time = row::time(step.duration);
        if self.stacked {
            let facts = [request, answer, time];
            let said: Vec<&str> = facts
                .iter()
                .map(String::as_str)
                .filter(|f| !f.is_empty())
                .collect();
            return said.join("   ");
        }
        let (request, answer) = (
            cell::pad(&request, self.request),
            cell::pad(&answer, self.answer),
        );
        format!("{request}  {answer}  {time:>width$}", width = self.time)
    }
}

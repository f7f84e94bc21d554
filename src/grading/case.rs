//! A case: one check run once, or once for each value of its `each`.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::base::mask::Mask;
use crate::base::text::{is_plain, printable};
use crate::checks::check::{Check, Window};
use crate::checks::curl;
use crate::checks::expectation::{Expectation, Subject};
use crate::checks::matcher::Look;
use crate::checks::observation::{Facts, Observation};
use crate::checks::secret;
use crate::checks::variable::Bindings;
use crate::checks::world::{CHECKER, PrintMark, World};
use crate::lab::timeline::What;

use super::attempt::Place;
use super::doubt::too_busy;
use super::excerpt;
use super::outcome::{CheckResult, Excerpt, Outcome, Printed, StepResult};
use super::perform::{Performed, perform};
use super::permit::Permits;

/// How many lines of the servers' output are shown, of one server and of all of them.
const PRINTED_LINES: usize = 12;
const ALL_PRINTED_LINES: usize = 24;

/// A check and one value of its `each`.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    check: &'a Check,
    variable: Option<(&'a str, &'a str)>,
}

impl<'a> Case<'a> {
    /// Every case of a check; one without a value when it has no `each`.
    #[must_use]
    pub fn all(check: &'a Check) -> Vec<Self> {
        match &check.each {
            None => vec![Self {
                check,
                variable: None,
            }],
            Some((name, values)) => values
                .iter()
                .map(|value| Self {
                    check,
                    variable: Some((name, value)),
                })
                .collect(),
        }
    }

    /// `id`, or `id[case]`.
    #[must_use]
    pub fn name(&self) -> String {
        match self.variable {
            Some((_, value)) => format!("{}[{value}]", self.check.id),
            None => self.check.id.clone(),
        }
    }

    /// The result of a case that was decided without running it.
    #[must_use]
    pub fn decided(&self, outcome: Outcome, reason: &str) -> CheckResult {
        let check = self.check;
        CheckResult {
            id: check.id.clone(),
            case: self.variable.map(|(_, value)| value.to_owned()),
            title: check.title.clone(),
            why: check.why.clone(),
            level: check.level,
            points: check.points,
            counted: true,
            outcome,
            reason: reason.to_owned(),
            steps: Vec::new(),
            figures: Vec::new(),
            timeline: Vec::new(),
            printed: Vec::new(),
            curl: None,
            hint: None,
            lesson: check.lesson.clone(),
            source: (check.file.clone(), check.line),
            duration: Duration::ZERO,
        }
    }
}

/// Runs a case. What it captures goes into `bindings`.
pub async fn run(
    place: Place<'_>,
    case: &Case<'_>,
    bindings: &mut Bindings,
    permits: &Permits,
    bodies: &Path,
    began_step: &dyn Fn(&str),
) -> CheckResult {
    let began = Instant::now();
    let world = place.world;
    if let Some((name, value)) = case.variable {
        bindings.set(name, value.into());
    }
    world.settle_origins().await;
    let mut result = case.decided(Outcome::Passed, "");
    let mark = world.recorder.mark();
    let mut end: Option<(Performed, PrintMark)> = None;
    let mut earlier: Vec<(&str, Instant)> = Vec::new();
    for (i, step) in case.check.steps.iter().enumerate() {
        if end.is_some() {
            result
                .steps
                .push(not_run(&step.name.render(bindings).unwrap_or_default()));
            continue;
        }
        began_step(&step.name.render(bindings).unwrap_or_default());
        let printed = world.print_mark().await;
        let step_began = Instant::now();
        let path = format!("{}/{i}", place.path);
        let mut done = perform(
            Place {
                path: &path,
                ..place
            },
            step,
            bindings,
        )
        .await;
        earlier.extend(step.name.as_plain().map(|name| (name, step_began)));
        if done.outcome == Outcome::Failed {
            let window = step.window.as_ref();
            let late = || too_late(window?, step_began, &earlier);
            let busy = |limit| too_busy(permits, limit, step_began);
            excuse(&mut done, busy, late);
        }
        if done.outcome == Outcome::Passed {
            result.steps.push(done.result);
            result.steps.extend(done.meanwhile);
        } else {
            result.steps.push(done.result.clone());
            result.steps.extend(done.meanwhile.iter().cloned());
            end = Some((done, printed));
        }
    }
    result.timeline = world.recorder.since(mark);
    result.figures = place.figures.all();
    if let Some((done, printed)) = end {
        explain(&mut result, &done, &printed, world, case, bindings, bodies).await;
    }
    result.duration = began.elapsed();
    mask_all(&mut result, &world.mask());
    result
}

fn not_run(name: &str) -> StepResult {
    StepResult {
        name: name.to_owned(),
        outcome: None,
        request: String::new(),
        answer: String::new(),
        duration: Duration::ZERO,
        repetition: None,
        expectations: Vec::new(),
        notes: Vec::new(),
        picture: None,
        sketch: None,
        visit: None,
        load: None,
        excerpt: Excerpt::default(),
    }
}

/// A failure by the clock alone says nothing about the server when this machine was too busy, nor does another one when
/// it came too late.
fn excuse(
    done: &mut Performed,
    busy: impl Fn(Duration) -> Option<String>,
    late: impl Fn() -> Option<String>,
) {
    if let Some(reason) = done.by_clock.map_or_else(late, busy) {
        done.outcome = Outcome::Inconclusive;
        done.result.outcome = Some(Outcome::Inconclusive);
        done.reason = reason;
    }
}

/// Why a step that ends now and began then is too late to say something about the server, if it is.
fn too_late(window: &Window, began: Instant, earlier: &[(&str, Instant)]) -> Option<String> {
    let of = window.of.as_deref();
    let named = of.and_then(|of| earlier.iter().rev().find(|(name, _)| *name == of));
    let took = named.map_or(began, |(_, began)| *began).elapsed();
    let of = of.map_or_else(|| "it".to_owned(), |of| format!("\"{of}\""));
    (took > window.within).then(|| {
        format!(
            "this was over {} ms after {of} began; after {} ms it says nothing about the server",
            took.as_millis(),
            window.within.as_millis()
        )
    })
}

/// Fills in what helps to understand why the case did not pass.
async fn explain(
    result: &mut CheckResult,
    done: &Performed,
    printed: &PrintMark,
    world: &World,
    case: &Case<'_>,
    bindings: &Bindings,
    bodies: &Path,
) {
    result.outcome = done.outcome;
    if done.outcome != Outcome::Failed {
        result.reason.clone_from(&done.reason);
    }
    result.printed = last_printed(world.printed_since(printed).await);
    let Some(observation) = &done.observation else {
        return;
    };
    let sent = observation.sent.as_deref();
    result.curl = sent.map(|request| curl::line(request, &world.mask()));
    result.hint = hint(case, world, observation, bindings);
    mark_failure(result, done);
    if let Some(step) = result
        .steps
        .iter_mut()
        .find(|s| s.outcome == Some(done.outcome))
        && let Some(body) = observation.body()
    {
        let name = result.id.clone() + result.case.as_deref().map_or("", |_| "-case") + ".txt";
        step.excerpt = excerpt::cut(body, &step.expectations, &world.mask(), &bodies.join(name));
    }
}

/// The last lines of each instance, as many as one screen holds of all; like lines in a row are one.
fn last_printed(all: Vec<(String, Vec<String>)>) -> Vec<Printed> {
    let most = (ALL_PRINTED_LINES / all.len().max(1)).clamp(2, PRINTED_LINES);
    let shown = |(instance, lines): (String, Vec<String>)| {
        let runs: Vec<&[String]> = lines.chunk_by(|a, b| a == b).collect();
        let last = &runs[runs.len().saturating_sub(most)..];
        let lines = last.iter().map(|run| match run {
            [line] => line.clone(),
            run => format!("{} (× {})", run[0], run.len()),
        });
        Printed {
            instance,
            lines: lines.collect(),
        }
    };
    all.into_iter().map(shown).collect()
}

/// The first hint whose symptom the answer shows. Without an answer there is no symptom: nothing may be read into
/// what is missing from it.
fn hint(
    case: &Case<'_>,
    world: &World,
    observation: &Observation,
    bindings: &Bindings,
) -> Option<String> {
    if matches!(observation.facts, Facts::Nothing | Facts::NoAnswer(_))
        && observation.tally.is_empty()
    {
        return None;
    }
    let shows = |when: &Expectation| {
        let look = match (&when.subject, &observation.facts) {
            // What is a secret is known by the world alone.
            (Subject::Fact("secrets"), Facts::Answer(answer)) => {
                Look::There(secret::found(world.secrets(), answer).len().into())
            }
            // To a reader of the report, the line that cannot be read says more than `false`.
            (
                Subject::Fact("parses"),
                Facts::NoDrawing {
                    sketch: Some(_), ..
                },
            ) => Look::There(false.into()),
            (subject, _) => observation.look(subject),
        };
        when.matcher.holds(&look, bindings)
    };
    let symptom = case
        .check
        .symptoms
        .iter()
        .find(|s| s.when.iter().all(shows))?;
    Some(symptom.say.clone())
}

/// Marks the last answer to the checker as the place where the expectation broke.
fn mark_failure(result: &mut CheckResult, done: &Performed) {
    let Some(broken) = done.deciding().expectations.iter().find(|e| !e.held) else {
        return;
    };
    let wanted = match broken.subject.as_str() {
        "status" => broken.expected.clone(),
        subject => format!("{subject} {}", broken.expected),
    };
    let answers = result
        .timeline
        .iter_mut()
        .rev()
        .filter_map(|event| match &mut event.what {
            What::Response { to, expected, .. } if to == CHECKER => Some(expected),
            _ => None,
        });
    if let Some(expected) = answers.into_iter().next() {
        *expected = Some(wanted);
    }
}

/// Masks secrets and escapes hostile characters in every text that may be shown.
fn mask_all(result: &mut CheckResult, mask: &Mask) {
    let safe = |text: &mut String| {
        if !is_plain(text) {
            *text = printable(text);
        }
        if mask.hides_in(text) {
            *text = mask.apply(text);
        }
    };
    safe(&mut result.reason);
    for step in &mut result.steps {
        [&mut step.name, &mut step.request, &mut step.answer]
            .into_iter()
            .for_each(safe);
        step.notes.iter_mut().for_each(safe);
        let drawn = step.picture.iter_mut().flat_map(|p| p.texts());
        drawn.for_each(safe);
        let visited = step.visit.iter_mut().flat_map(|v| v.texts());
        visited.for_each(safe);
        for expectation in &mut step.expectations {
            let texts = [
                &mut expectation.subject,
                &mut expectation.expected,
                &mut expectation.got,
            ];
            let before: usize = texts.iter().map(|t| t.len()).sum();
            texts.into_iter().for_each(safe);
            let e = expectation;
            if e.subject.len() + e.expected.len() + e.got.len() != before {
                e.difference = None;
            }
        }
    }
    for event in &mut result.timeline {
        match &mut event.what {
            What::Request { label, .. } | What::Note { label, .. } => safe(label),
            What::Response {
                label, expected, ..
            } => {
                safe(label);
                expected.iter_mut().for_each(safe);
            }
        }
    }
    result
        .printed
        .iter_mut()
        .flat_map(|p| &mut p.lines)
        .for_each(safe);
    result.hint.iter_mut().for_each(safe);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_servers_share_one_screen_and_like_lines_are_one() {
        let lines = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let many: Vec<String> = (0..50).map(|i| format!("line {i}")).collect();
        let all = (0..8).map(|i| (i.to_string(), many.clone())).collect();
        let printed = last_printed(all);
        assert!(printed.iter().all(|p| p.lines == many[47..]));
        let one = last_printed(vec![("a".into(), lines(&["x", "y", "y", "y", "x"]))]);
        assert_eq!(one[0].lines, ["x", "y (× 3)", "x"]);
    }
}

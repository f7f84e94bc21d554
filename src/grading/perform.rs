//! Performing a step: all its repetitions and retries, and the result that a report shows.

use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt as _};
use rand::seq::SliceRandom as _;

use tokio::sync::Notify;

use crate::base::text::count;
use crate::checks::check::{Order, Retry, Step};
use crate::checks::expectation::Subject;
use crate::checks::observation::{Facts, Observation, tally};
use crate::checks::steps::Action;
use crate::checks::template::Scope as _;
use crate::checks::variable::Bindings;

use super::attempt::{Attempt, Place, attempt, distinct, judge_tally, longest_timeout, made_by};
use super::meanwhile::meanwhile;
use super::outcome::{Excerpt, Outcome, StepResult};

/// How many repetitions of a parallel step are under way at a time. Each may hold a connection, which is an open file.
const AT_ONCE: usize = 200;

/// A step that was performed.
#[derive(Clone, Debug)]
pub struct Performed {
    /// What became of it.
    pub outcome: Outcome,
    /// Why it is inconclusive or errored.
    pub reason: String,
    /// The limit on time that was missed, when the clock alone decided it.
    pub by_clock: Option<Duration>,
    /// What a report shows.
    pub result: StepResult,
    /// What came of the attempt that decided.
    pub observation: Option<Observation>,
    /// The results of the steps that were done meanwhile.
    pub meanwhile: Vec<StepResult>,
}

impl Performed {
    /// The row that decided: its own, or that of the step which went wrong meanwhile.
    #[must_use]
    pub fn deciding(&self) -> &StepResult {
        let decides = |row: &&StepResult| row.outcome == Some(self.outcome);
        let rows = std::iter::once(&self.result).chain(&self.meanwhile);
        rows.into_iter().find(decides).unwrap_or(&self.result)
    }
}

/// Performs a step with all its repetitions and retries, and what is to be done meanwhile. What they capture goes into
/// `bindings`.
pub async fn perform(place: Place<'_>, step: &Step, bindings: &mut Bindings) -> Performed {
    if step.meanwhile.is_empty() {
        return alone(place, step, bindings).await;
    }
    let mut aside = bindings.clone();
    let over = Notify::new();
    place.world.set_ahead(step.meanwhile.len());
    let main = async {
        let done = alone(place, step, bindings).await;
        over.notify_one();
        done
    };
    let (mut done, others) = tokio::join!(main, meanwhile(place, step, &mut aside, &over));
    for one in &step.meanwhile {
        keep(place, &one.step, &aside, bindings);
    }
    for other in others {
        done.meanwhile.push(other.result);
        if done.outcome == Outcome::Passed && other.outcome != Outcome::Passed {
            done.outcome = other.outcome;
            done.reason = other.reason;
            done.by_clock = other.by_clock;
            done.observation = other.observation;
        }
    }
    done
}

/// Performs a step and nothing else.
async fn alone(place: Place<'_>, step: &Step, bindings: &mut Bindings) -> Performed {
    let began = Instant::now();
    let name = step.name.render(bindings).unwrap_or_default();
    let mut performed = match step.repeat {
        None => {
            let mut scope = bindings.at(place.path, None);
            let attempt = retried(place, step, &mut scope).await;
            keep(place, step, &scope, bindings);
            result(step, attempt, None)
        }
        Some(repeat) => {
            let attempts = repeated(place, step, bindings, repeat.times, repeat.order).await;
            conclude(step, attempts, repeat.times, bindings)
        }
    };
    performed.result.name = match step.name.render(bindings) {
        Ok(later) if name.is_empty() => later,
        _ if name.is_empty() => "step".to_owned(),
        _ => name,
    };
    performed.result.duration = began.elapsed();
    if let Some(observation) = &performed.observation {
        place.figures.keep(&step.records, observation);
    }
    performed
}

/// Copies what a step made from the scope of its attempt.
fn keep(place: Place<'_>, step: &Step, scope: &Bindings, bindings: &mut Bindings) {
    for name in made_by(place.file, step) {
        if let Some(value) = scope.value(&name) {
            bindings.set(&name, value);
        }
    }
}

/// Tries until it holds or the time is up.
async fn retried(place: Place<'_>, step: &Step, scope: &mut Bindings) -> Attempt {
    let retry = match &step.action {
        Action::Wait(wait) => Some(&wait.retry),
        _ => step.retry.as_ref(),
    };
    let began = Instant::now();
    loop {
        let mut fresh = scope.clone();
        let done = attempt(place, step, &mut fresh).await;
        let again = |retry: &Retry| {
            began.elapsed() < retry.within && may_be_tried_again(retry, &done.observation, &fresh)
        };
        let over = !retry.is_some_and(again);
        if over || matches!(done.outcome, Outcome::Passed | Outcome::Errored) {
            *scope = fresh;
            // With more time it might have held after all.
            let given = retry
                .filter(|retry| may_be_tried_again(retry, &done.observation, scope))
                .map(|retry| retry.within);
            return Attempt {
                clock: given.or(done.clock),
                ..done
            };
        }
        if let Some(Retry { every, .. }) = retry {
            tokio::time::sleep(*every).await;
        }
    }
}

/// Whether this is an answer after which a step is tried again.
fn may_be_tried_again(retry: &Retry, observation: &Observation, scope: &Bindings) -> bool {
    let status = Subject::Fact("status");
    retry
        .status
        .as_ref()
        .is_none_or(|wanted| wanted.holds(&observation.look(&status), scope))
}

/// All repetitions, each with its number. Without a tally the first that does not pass ends them.
async fn repeated(
    place: Place<'_>,
    step: &Step,
    bindings: &mut Bindings,
    times: usize,
    order: Order,
) -> Vec<(usize, Attempt)> {
    let mut numbers: Vec<usize> = (0..times).collect();
    if order == Order::Shuffled {
        numbers.shuffle(
            &mut bindings
                .seed()
                .generator(&format!("shuffle/{}", place.path)),
        );
    }
    let made = made_by(place.file, step);
    let scope_of = |bindings: &Bindings, i: usize| {
        let mut scope = bindings.at(place.path, Some(i));
        // What an earlier step gave a name must not stand in for what this repetition did not.
        for name in &made {
            scope.forget(name);
        }
        scope
    };
    let counts = step
        .expect
        .iter()
        .any(|e| matches!(e.subject, Subject::Named("tally", _)));
    let mut scopes: Vec<(usize, Bindings)> = Vec::new();
    let mut attempts = Vec::new();
    let at_once = match order {
        Order::Parallel => AT_ONCE,
        _ => 1,
    };
    let all = numbers.into_iter().map(|i| {
        let mut scope = scope_of(bindings, i);
        async move {
            let attempt = retried(place, step, &mut scope).await;
            if !step.meanwhile.is_empty() {
                place.world.count_answer();
            }
            (i, attempt, scope)
        }
    });
    let mut all = stream::iter(all).buffered(at_once);
    while let Some((i, attempt, scope)) = all.next().await {
        let passed = attempt.outcome == Outcome::Passed;
        attempts.push((i, attempt));
        scopes.push((i, scope));
        if !passed && !counts {
            break;
        }
    }
    drop(all);
    scopes.sort_by_key(|(i, _)| *i);
    for name in &made {
        let values: Vec<_> = scopes.iter().map(|(_, s)| s.value(name)).collect();
        if let Some(last) = values.iter().flatten().last() {
            bindings.set(name, last.clone());
        }
        bindings.set_list(name, values);
    }
    attempts
}

/// One result of all repetitions: that of the first which did not pass, else the tally.
fn conclude(
    step: &Step,
    attempts: Vec<(usize, Attempt)>,
    times: usize,
    bindings: &Bindings,
) -> Performed {
    let answers: Vec<Observation> = attempts
        .iter()
        .map(|(_, a)| a.observation.clone())
        .collect();
    let counts = tally(&answers);
    let mut judged = judge_tally(step, &counts, bindings);
    let distinct = distinct(step, &answers);
    for (expectation, look) in &distinct {
        judged.extend(expectation.judge(look, bindings).unwrap_or_default());
    }
    let ran = attempts.len();
    let failed = attempts
        .iter()
        .enumerate()
        .find(|(_, (_, a))| a.outcome != Outcome::Passed);
    let failed = failed.map(|(nth, _)| nth);
    let chosen = failed.unwrap_or(0);
    let Some((_, attempt)) = attempts.into_iter().nth(chosen) else {
        return result(step, Attempt::none(), None);
    };
    let repetition = failed.map(|nth| (nth + 1, times));
    let mut performed = result(step, attempt, repetition);
    if let Some(observation) = &mut performed.observation {
        observation.tally = counts;
        let kept = distinct.into_iter();
        observation.distinct = kept.map(|(e, look)| (e.subject.clone(), look)).collect();
    }
    if failed.is_none() {
        performed.result.answer = summary(&answers, ran);
        if judged.iter().any(|e| !e.held) {
            performed.outcome = Outcome::Failed;
            performed.result.outcome = Some(Outcome::Failed);
            performed.by_clock = longest_timeout(&answers);
        }
        performed.result.expectations.extend(judged);
    }
    performed
}

/// `20 × 200`, or `5 × 201, 15 × 409`.
fn summary(answers: &[Observation], ran: usize) -> String {
    let mut kinds: Vec<(String, usize)> = Vec::new();
    for answer in answers {
        match kinds.iter_mut().find(|(kind, _)| *kind == answer.answer) {
            Some((_, n)) => *n += 1,
            None => kinds.push((answer.answer.clone(), 1)),
        }
    }
    kinds.sort();
    let all: Vec<String> = kinds
        .iter()
        .map(|(kind, n)| format!("{n} × {kind}"))
        .collect();
    if all.is_empty() {
        count(ran, "time")
    } else {
        all.join(", ")
    }
}

pub(super) fn result(
    step: &Step,
    attempt: Attempt,
    repetition: Option<(usize, usize)>,
) -> Performed {
    let by_clock = attempt.clock;
    let mut notes = attempt.observation.notes();
    if !attempt.reason.is_empty() && attempt.inner.is_none() {
        notes.push(attempt.reason.clone());
    }
    let mut shown = StepResult {
        name: String::new(),
        outcome: Some(attempt.outcome),
        request: attempt.observation.request.clone(),
        answer: attempt.observation.answer.clone(),
        duration: attempt.observation.duration,
        repetition,
        expectations: attempt.expectations,
        notes,
        picture: attempt
            .observation
            .picture()
            .filter(|_| attempt.outcome != Outcome::Passed),
        sketch: attempt
            .observation
            .sketch()
            .filter(|_| attempt.outcome != Outcome::Passed),
        visit: attempt.observation.visit(),
        load: match &attempt.observation.facts {
            Facts::Load { figures, .. } => Some(figures.clone()),
            _ => None,
        },
        excerpt: Excerpt::default(),
    };
    if let Some(inner) = &attempt.inner {
        shown.notes.clone_from(&inner.result.notes);
        shown.notes.insert(
            0,
            format!("at the step \"{}\" of this group", inner.result.name),
        );
    }
    if attempt.outcome == Outcome::Passed && matches!(step.action, Action::Jwt(_)) {
        shown.request = String::new();
    }
    Performed {
        outcome: attempt.outcome,
        by_clock,
        reason: attempt.reason,
        result: shown,
        observation: Some(attempt.observation),
        meanwhile: Vec::new(),
    }
}

//! One attempt at a step: do it once, judge every expectation, keep what is captured.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::base::text::count;
use crate::checks::check::{Capture, CaptureFrom, CheckFile, Secrecy, Step};
use crate::checks::drawing::Drawing;
use crate::checks::expectation::{Expectation, ExpectationResult, Subject};
use crate::checks::matcher::Look;
use crate::checks::observation::{Facts, Observation, count_for, tally};
use crate::checks::record::Figures;
use crate::checks::secret;
use crate::checks::steps::Action;
use crate::checks::steps::group::Use;
use crate::checks::steps::http::send;
use crate::checks::steps::race::Race;
use crate::checks::template::Unresolved;
use crate::checks::variable::Bindings;
use crate::checks::world::{World, WorldError, text_of};
use crate::lab::http::{Answer, Body, Connection, Request};
use crate::lab::transport::TransportError;

use super::doubt::{LATER, doubt, only_of_time};
use super::outcome::Outcome;
use super::perform::{Performed, perform};

/// What one attempt gave.
#[derive(Debug)]
pub struct Attempt {
    /// What came of it.
    pub observation: Observation,
    /// Every expectation, held or not.
    pub expectations: Vec<ExpectationResult>,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it is inconclusive or errored, or what else went wrong; empty otherwise.
    pub reason: String,
    /// The limit on time that was missed, when the clock alone decided it.
    pub clock: Option<Duration>,
    /// The step of a group that failed.
    pub inner: Option<Box<Performed>>,
}

/// Where a step runs: the check file, the world, and the place that its random values depend on.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// For the groups that a step may use.
    pub file: &'a CheckFile,
    /// The world.
    pub world: &'a World,
    /// Check, case and step.
    pub path: &'a str,
    /// What the case measures.
    pub figures: &'a Figures,
}

impl Attempt {
    fn of(observation: Observation) -> Self {
        let outcome = match observation.facts {
            Facts::NoAnswer(_) | Facts::NoToken(_) | Facts::NoDrawing { .. } => Outcome::Failed,
            _ => Outcome::Passed,
        };
        Self {
            clock: missed(&observation, &[]),
            observation,
            expectations: Vec::new(),
            outcome,
            reason: String::new(),
            inner: None,
        }
    }

    /// The attempt of a step that was never done.
    #[must_use]
    pub fn none() -> Self {
        Self::of(Observation::default())
    }

    fn fault(error: &WorldError) -> Self {
        let outcome = match error {
            WorldError::NotReady(_) | WorldError::Server(_) => Outcome::Failed,
            WorldError::Machine(_) => Outcome::Inconclusive,
            WorldError::Check(_) => Outcome::Errored,
        };
        let clock = match error {
            WorldError::NotReady(reason) => reason.within(),
            _ => None,
        };
        Self {
            outcome,
            clock,
            reason: error.to_string(),
            ..Self::of(Observation::default())
        }
    }
}

/// The limit on time that an answer missed, when the clock alone decided it.
fn missed(observation: &Observation, expectations: &[ExpectationResult]) -> Option<Duration> {
    let goes_on = matches!(observation.facts, Facts::Ended { in_time: false, .. });
    let timed = |e: &ExpectationResult| match e.subject.as_str() {
        "duration" | "within" | "first byte" => true,
        "exit" => goes_on,
        _ => false,
    };
    match &observation.facts {
        Facts::NoAnswer(TransportError::TimedOut(_, limit)) => Some(*limit),
        Facts::Answer(answer) if LATER.contains(&answer.status) => {
            // It has waited for as long as it may, and says so.
            let refused = |e: &ExpectationResult| !e.held && e.subject == "status";
            expectations
                .iter()
                .any(refused)
                .then_some(observation.duration)
        }
        _ => {
            let mut failed = expectations.iter().filter(|e| !e.held).peekable();
            (failed.peek().is_some() && failed.all(timed)).then_some(observation.duration)
        }
    }
}

/// The limit on time that some of several answers missed.
pub fn longest_timeout<'a>(answers: impl IntoIterator<Item = &'a Observation>) -> Option<Duration> {
    let limits = answers.into_iter().map(|answer| missed(answer, &[]));
    limits.flatten().max()
}

/// Does a step once and judges it. Captures go into `bindings`.
pub async fn attempt(place: Place<'_>, step: &Step, bindings: &mut Bindings) -> Attempt {
    let mut attempt = match &step.action {
        Action::Use(used) => group(place, used, bindings).await,
        Action::Race(race) => match self::race(place.world, race, bindings).await {
            Ok(answers) => tallied(step, &answers, bindings),
            Err(error) => Attempt::fault(&error),
        },
        action => match action.run(place.world, bindings).await {
            Ok(observation) => judged(place.world, step, observation, bindings),
            Err(error) => Attempt::fault(&error),
        },
    };
    if attempt.outcome == Outcome::Passed {
        capture(place.world, &step.captures, &mut attempt, bindings);
    }
    attempt
}

/// Whether this is about all repetitions of a step, and not about one answer.
fn is_about_all(subject: &Subject) -> bool {
    matches!(
        subject,
        Subject::Named("tally", _) | Subject::Path("distinct", _)
    )
}

/// Judges everything but what is about all repetitions.
fn judged(world: &World, step: &Step, observation: Observation, bindings: &Bindings) -> Attempt {
    let mut attempt = Attempt::of(observation);
    let has_tally = step
        .expect
        .iter()
        .any(|e| matches!(e.subject, Subject::Named("tally", _)));
    for expectation in step.expect.iter().filter(|e| !is_about_all(&e.subject)) {
        let results = match &mut attempt.observation.facts {
            Facts::Answer(answer) if needs_world(&expectation.subject) => {
                let sent = attempt.observation.sent.as_deref();
                judge_with(world, expectation, sent, answer, bindings)
            }
            Facts::Drawing(drawing) => judge_drawing(expectation, drawing, bindings),
            _ => expectation.judge(&attempt.observation.look(&expectation.subject), bindings),
        };
        match results {
            Ok(results) => attempt.expectations.extend(results),
            Err(error) => {
                attempt.outcome = Outcome::Errored;
                attempt.reason = error.to_string();
                return attempt;
            }
        }
    }
    let asks_ending = |e: &Expectation| matches!(e.subject, Subject::Fact("whole" | "ending"));
    if step.expect.iter().any(asks_ending)
        && matches!(&attempt.observation.facts, Facts::NoAnswer(error) if error.is_cut())
    {
        // That the body broke off is what is asked.
        attempt.outcome = Outcome::Passed;
    }
    if has_tally {
        // Whether an answer came at all is what the tally counts.
        attempt.outcome = Outcome::Passed;
        if let Facts::Load { .. } = attempt.observation.facts {
            let counts = &attempt.observation.tally;
            attempt
                .expectations
                .extend(judge_tally(step, counts, bindings));
        }
    }
    if attempt.expectations.iter().any(|e| !e.held) {
        attempt.outcome = Outcome::Failed;
        attempt.clock = match &attempt.observation.facts {
            Facts::Load { figures, .. } => {
                // A load misses its rate when every request waits for a small part of its time.
                only_of_time(step, &attempt.expectations, figures).then_some(figures.window / 2)
            }
            _ => missed(&attempt.observation, &attempt.expectations),
        };
    }
    if let Some(reason) = attempt.observation.undecided()
        && attempt.outcome == Outcome::Passed
    {
        attempt.outcome = Outcome::Inconclusive;
        attempt.reason = reason;
    }
    if let Facts::Load { figures, null } = &attempt.observation.facts
        && let Some(reason) = doubt(step, &attempt.expectations, figures, *null)
    {
        attempt.outcome = Outcome::Inconclusive;
        attempt.reason = reason;
    }
    attempt
}

/// How many different values the answers have at each place that the step asks for.
#[must_use]
pub fn distinct<'s>(step: &'s Step, answers: &[Observation]) -> Vec<(&'s Expectation, Look)> {
    let mut found = Vec::new();
    for expectation in &step.expect {
        if let Subject::Path("distinct", _) = &expectation.subject {
            let mut values = BTreeSet::new();
            let mut without = 0;
            for answer in answers {
                match answer.look(&expectation.subject) {
                    Look::There(value) => {
                        values.insert(value.to_string());
                    }
                    Look::Absent(_) => without += 1,
                }
            }
            // What is not there is no value, and must not pass for one that is alike.
            let look = match without {
                0 => Look::There(values.len().into()),
                n => Look::Absent(format!("{n} of {} answers without one", answers.len())),
            };
            found.push((expectation, look));
        }
    }
    found
}

/// Whether an expectation about an answer can only be judged by what else is in the world.
fn needs_world(subject: &Subject) -> bool {
    matches!(subject, Subject::Like(_) | Subject::Fact("secrets"))
}

/// Judges an answer by an origin, or by the secrets of the server.
fn judge_with(
    world: &World,
    expectation: &Expectation,
    sent: Option<&Request>,
    answer: &Answer,
    bindings: &Bindings,
) -> Result<Vec<ExpectationResult>, Unresolved> {
    if let Subject::Like(like) = &expectation.subject {
        let origin = world.origin(&like.origin);
        return match (origin, sent) {
            (Ok(origin), Some(sent)) => Ok(like.judge(origin, sent, answer)),
            _ => Err(Unresolved(format!("url.{}", like.origin))),
        };
    }
    let found = secret::found(world.secrets(), answer);
    let look = Look::There(found.len().into());
    let mut results = expectation.judge(&look, bindings)?;
    for result in results.iter_mut().filter(|result| !result.held) {
        result.got = format!("{}: {}", found.len(), found.join(", "));
    }
    Ok(results)
}

/// Judges all that an expectation about a drawing is about, and marks what does not hold.
fn judge_drawing(
    expectation: &Expectation,
    drawing: &mut Drawing,
    bindings: &Bindings,
) -> Result<Vec<ExpectationResult>, Unresolved> {
    let glances = drawing.glances(&expectation.subject);
    if glances.is_empty() {
        return Ok(vec![ExpectationResult {
            subject: expectation.subject.to_string(),
            expected: "each to fit".to_owned(),
            got: "no such arrow".to_owned(),
            held: true,
            difference: None,
        }]);
    }
    let mut results = Vec::new();
    for glance in glances {
        let judged = expectation
            .matcher
            .judge(&glance.subject, &glance.look, bindings)?;
        if judged.iter().any(|one| !one.held) {
            drawing.mark(&glance);
        }
        results.extend(judged);
    }
    Ok(results)
}

/// Judges the tally of several answers: every expected count, and that every answer is covered by one.
#[must_use]
pub fn judge_tally(
    step: &Step,
    counts: &[(String, usize)],
    bindings: &Bindings,
) -> Vec<ExpectationResult> {
    let mut results = Vec::new();
    let mut keys = Vec::new();
    for expectation in &step.expect {
        if let Subject::Named("tally", key) = &expectation.subject {
            let look = Look::There(count_for(key, counts));
            results.extend(
                expectation
                    .matcher
                    .judge(&format!("answers {key}"), &look, bindings)
                    .unwrap_or_default(),
            );
            keys.push(key.as_str());
        }
    }
    for (key, n) in counts {
        let class = format!("{}xx", &key[..1]);
        if !keys.is_empty() && !keys.contains(&key.as_str()) && !keys.contains(&class.as_str()) {
            results.push(ExpectationResult {
                subject: format!("answers {key}"),
                expected: "none".to_owned(),
                got: n.to_string(),
                held: false,
                difference: None,
            });
        }
    }
    results
}

fn tallied(step: &Step, answers: &[Observation], bindings: &Bindings) -> Attempt {
    let counts = tally(answers);
    let expectations = judge_tally(step, &counts, bindings);
    let odd = answers
        .iter()
        .find(|o| matches!(o.facts, Facts::NoAnswer(_)))
        .or(answers.first());
    let mut attempt = Attempt::of(odd.cloned().unwrap_or_default());
    attempt.observation.tally = counts;
    attempt.observation.answer = answers
        .iter()
        .map(Observation::tally_key)
        .collect::<Vec<_>>()
        .join(" ");
    attempt.outcome = if expectations.iter().all(|e| e.held) {
        Outcome::Passed
    } else {
        Outcome::Failed
    };
    attempt.clock = longest_timeout(answers);
    attempt.expectations = expectations;
    attempt
}

/// Sends all requests of a race at the same moment, on connections that were opened before.
async fn race(
    world: &World,
    race: &Race,
    bindings: &Bindings,
) -> Result<Vec<Observation>, WorldError> {
    let requests: Vec<(Request, String)> = race
        .requests
        .iter()
        .map(|r| r.request(world, bindings))
        .collect::<Result<_, _>>()?;
    let requests: Vec<(Request, String)> = requests
        .into_iter()
        .map(|(request, to)| {
            (
                Request {
                    connection: Connection::Kept,
                    ..request
                },
                to,
            )
        })
        .collect();
    let warm = requests.iter().map(|(request, _)| {
        let warm = Request {
            method: "HEAD".into(),
            body: Body::Empty,
            headers: Vec::new(),
            url: origin(&request.url),
            ..request.clone()
        };
        async move { world.client.send(&warm).await }
    });
    futures_util::future::join_all(warm).await;
    let sent = requests
        .into_iter()
        .map(|(request, to)| async move { send(world, request, &to).await });
    Ok(futures_util::future::join_all(sent).await)
}

fn origin(url: &str) -> String {
    let end = url
        .match_indices('/')
        .nth(2)
        .map_or(url.len(), |(at, _)| at);
    format!("{}/healthz", &url[..end])
}

/// Runs the steps of a group; stops at the first that does not pass.
fn group<'a>(
    place: Place<'a>,
    used: &'a Use,
    bindings: &'a mut Bindings,
) -> Pin<Box<dyn Future<Output = Attempt> + 'a>> {
    Box::pin(async move {
        let Some(group) = place.file.groups.iter().find(|g| g.id == used.group) else {
            return Attempt::fault(&WorldError::Check(format!(
                "there is no group `{}`",
                used.group
            )));
        };
        for (name, value) in &used.with {
            match value.render(bindings) {
                Ok(value) => bindings.set(name, value),
                Err(error) => return Attempt::fault(&WorldError::Check(error.to_string())),
            }
        }
        let began = Instant::now();
        for (i, step) in group.steps.iter().enumerate() {
            let path = format!("{}/{i}", place.path);
            let done = perform(
                Place {
                    path: &path,
                    ..place
                },
                step,
                bindings,
            )
            .await;
            if done.outcome != Outcome::Passed {
                let mut attempt = Attempt::of(done.observation.clone().unwrap_or_default());
                attempt.outcome = done.outcome;
                attempt.clock = done.by_clock;
                attempt.reason.clone_from(&done.reason);
                attempt.expectations.clone_from(&done.result.expectations);
                attempt.inner = Some(Box::new(done));
                return attempt;
            }
        }
        let answer = count(group.steps.len(), "step");
        let request = format!("use {}", used.group);
        let duration = began.elapsed();
        Attempt::of(Observation {
            request,
            answer,
            duration,
            ..Observation::default()
        })
    })
}

/// Keeps what a step captures; a value that is not there fails the step.
fn capture(world: &World, captures: &[Capture], attempt: &mut Attempt, bindings: &mut Bindings) {
    for capture in captures {
        let (place, value) = find(&attempt.observation, &capture.from);
        if let Some(value) = value {
            if capture.secrecy == Secrecy::Secret {
                world.hide(&capture.name, &text_of(&value));
            }
            bindings.set(&capture.name, value);
        } else {
            attempt.outcome = Outcome::Failed;
            attempt.expectations.push(ExpectationResult {
                subject: place,
                expected: format!("a value, kept as `{}`", capture.name),
                got: "nothing".to_owned(),
                held: false,
                difference: None,
            });
        }
    }
}

fn find(observation: &Observation, from: &CaptureFrom) -> (String, Option<Json>) {
    let subject = match from {
        CaptureFrom::Json(path) => Subject::Path("json", path.clone()),
        CaptureFrom::Rows(path) => Subject::Path("rows", path.clone()),
        CaptureFrom::Header(name) => Subject::Named("header", name.clone()),
        CaptureFrom::Cookie(name) => Subject::Named("cookie", name.clone()),
        CaptureFrom::Body => Subject::Fact("body"),
        CaptureFrom::Status => Subject::Fact("status"),
        CaptureFrom::Figure(name) => Subject::Fact(name),
    };
    let value = match observation.look(&subject) {
        Look::There(value) => Some(value),
        Look::Absent(_) => None,
    };
    (subject.to_string(), value)
}

/// The names that a step may give values to.
#[must_use]
pub fn made_by(file: &CheckFile, step: &Step) -> Vec<String> {
    let mut names: Vec<String> = step.captures.iter().map(|c| c.name.clone()).collect();
    names.extend(step.action.makes().map(str::to_owned));
    names.extend(step.meanwhile.iter().flat_map(|m| made_by(file, &m.step)));
    if let Action::Use(used) = &step.action
        && let Some(group) = file.groups.iter().find(|g| g.id == used.group)
    {
        names.extend(group.steps.iter().flat_map(|s| made_by(file, s)));
    }
    names
}

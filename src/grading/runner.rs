//! The runner: makes the worlds, runs the checks in them, and emits events.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;

use crate::checks::check::{Check, CheckFile, Requirement};
use crate::checks::record::Figures;
use crate::checks::steps::Action;
use crate::checks::world::{Plan, Submission, World, WorldError};
use crate::lab::database::Kind;

use super::attempt::Place;
use super::case::{self, Case};
use super::doubt::too_busy;
use super::event::Event;
use super::outcome::{CheckResult, Grade, Level, Outcome, replay};
use super::permit::{Demand, Permits};
use super::plan::{Group, groups, requirements};

/// What is to be run.
#[derive(Debug)]
pub struct Run<'a> {
    /// The checks.
    pub file: &'a CheckFile,
    /// The exercise's title.
    pub title: &'a str,
    /// What every world is made from.
    pub plan: Plan,
    /// Ids of the checks wanted; all when empty.
    pub wanted: Vec<String>,
    /// Whether the run goes on after a failure.
    pub after_failure: AfterFailure,
    /// How many worlds may run side by side.
    pub permits: Permits,
    /// Where bodies that a report cuts are kept whole.
    pub bodies: PathBuf,
}

/// Whether a run goes on after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFailure {
    /// It does.
    GoOn,
    /// It stops.
    Stop,
    /// It stops, and the world of the failed check is kept running.
    Hold,
}

/// A run that was done: its grade, and the worlds that were asked to be kept.
#[derive(Debug)]
pub struct Done {
    /// What it adds up to.
    pub grade: Grade,
    /// Worlds that still run; [`World::end`] ends them.
    pub held: Vec<World>,
}

/// Why a run could not be done.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The learner's server is not ready; says why and what to do.
    #[error("{0}")]
    NotReady(String),
}

/// What the groups of a run share.
struct Shared<'a, 'e> {
    run: &'a Run<'a>,
    emit: RefCell<&'e mut dyn FnMut(&Event<'_>)>,
    stopped: Cell<bool>,
    held: RefCell<Vec<World>>,
    /// Why a check cannot be run here, by its id.
    unmet: HashMap<&'a str, &'static str>,
    began: Instant,
}

/// Runs the checks and emits events as they happen.
///
/// # Errors
/// When the learner's server is not ready in the first place. Nothing is graded then.
pub async fn run(run: &Run<'_>, emit: &mut dyn FnMut(&Event<'_>)) -> Result<Done, RunError> {
    let groups = groups(run.file, &run.wanted);
    emit(&Event::Began {
        title: run.title.to_owned(),
        replay: replay(
            run.plan.seed.as_str(),
            run.plan.databases.kind(),
            run.plan.submission.url(),
        ),
        checks: names(run.file, &groups),
    });
    let shared = Shared {
        run,
        emit: RefCell::new(emit),
        stopped: Cell::new(false),
        held: RefCell::default(),
        unmet: unmet(run),
        began: Instant::now(),
    };
    let mut results = Vec::new();
    let mut rest = groups.iter();
    if let Some(first) = rest.next() {
        results.extend(shared.group(first).await?);
    }
    // Those that run alone come last, so that the others need not wait for them.
    let (measuring, others): (Vec<_>, Vec<_>) =
        rest.partition(|group| group.demand(run.file) == Demand::Machine);
    let rest = others.into_iter().chain(measuring);
    let mut rest = futures_util::stream::iter(rest.map(|group| shared.group(group)))
        .buffer_unordered(run.permits.all());
    while let Some(group) = rest.next().await {
        results.extend(group?);
    }
    drop(rest);
    let order = run.file.order();
    results.sort_by_cached_key(|r| order.get(r.id.as_str()).copied());
    let grade = shared.grade(results);
    shared.emit(&Event::Ended(&grade));
    Ok(Done {
        grade,
        held: shared.held.take(),
    })
}

/// The checks that no world of this run can give what they need, and why.
fn unmet<'a>(run: &Run<'a>) -> HashMap<&'a str, &'static str> {
    let external = matches!(run.plan.submission, Submission::Url(_));
    let reason = |check: &Check| {
        let requirements = requirements(run.file, check);
        let is_networked = run.plan.databases.kind() == Kind::Postgres;
        if requirements.contains(&Requirement::NetworkedDatabase) && !is_networked {
            Some("needs a database that is reached over the network (--database postgres)")
        } else if external && requirements.contains(&Requirement::Managed) {
            Some("needs servers that course starts itself; run it without --url")
        } else if run.plan.answered.is_none() && questions(check).next().is_some() {
            Some("asks for written answers, which only the folder of a learner has")
        } else {
            None
        }
    };
    let checks = run.file.checks.iter();
    checks
        .filter_map(|check| Some((check.id.as_str(), reason(check)?)))
        .collect()
}

/// The written questions that a check looks at.
fn questions(check: &Check) -> impl Iterator<Item = &str> {
    check.steps.iter().filter_map(|step| match &step.action {
        Action::Answer(answer) => Some(answer.question.as_str()),
        _ => None,
    })
}

/// The name and title of everything that may run, in file order.
fn names(file: &CheckFile, groups: &[Group<'_>]) -> Vec<(String, String)> {
    let checks = groups.iter().flat_map(|g| &g.checks);
    let chosen: BTreeSet<&str> = checks.map(|c| c.id.as_str()).collect();
    file.checks
        .iter()
        .filter(|c| chosen.contains(c.id.as_str()))
        .flat_map(|check| {
            Case::all(check)
                .into_iter()
                .map(|case| (case.name(), check.title.clone()))
        })
        .collect()
}

impl Shared<'_, '_> {
    fn emit(&self, event: &Event<'_>) {
        (self.emit.borrow_mut())(event);
    }

    /// Runs the checks of one world. A world that cannot be made ends the run only when the server is not ready.
    async fn group(&self, group: &Group<'_>) -> Result<Vec<CheckResult>, RunError> {
        let demand = group.demand(self.run.file);
        let _permit = self.run.permits.wait_for(demand).await;
        if self.stopped.get() {
            let reason = "not run: an earlier check failed (--fail-fast)";
            return Ok(self.all(group, Outcome::Skipped, reason));
        }
        let unmet = |c: &Check| self.unmet(c).is_some();
        if group.checks.iter().all(|c| unmet(c)) {
            return Ok(group
                .checks
                .iter()
                .flat_map(|c| self.skip(c, &self.unmet(c).unwrap_or_default()))
                .collect());
        }
        let run = self.run;
        let began = Instant::now();
        let world = match World::build(run.file, &group.name, &group.parts, &run.plan).await {
            Ok(world) => world,
            Err(WorldError::NotReady(reason)) => {
                let excuse = reason
                    .within()
                    .and_then(|within| too_busy(&run.permits, within, began));
                return match excuse {
                    Some(excuse) => Ok(self.all(group, Outcome::Inconclusive, &excuse)),
                    None => Err(RunError::NotReady(reason.report())),
                };
            }
            Err(WorldError::Server(reason)) => {
                return Ok(self.all(group, Outcome::Failed, &reason));
            }
            Err(WorldError::Machine(reason)) => {
                return Ok(self.all(group, Outcome::Inconclusive, &reason));
            }
            Err(WorldError::Check(reason)) => {
                return Ok(self.all(group, Outcome::Errored, &reason));
            }
        };
        let results = self.checks(group, &world).await;
        if self.is_held(&results) {
            self.held.borrow_mut().push(world);
        } else {
            world.end().await;
        }
        Ok(results)
    }

    async fn checks(&self, group: &Group<'_>, world: &World) -> Vec<CheckResult> {
        let mut results = Vec::new();
        let mut outcomes: BTreeMap<&str, Outcome> = BTreeMap::new();
        let mut broken: Option<(Outcome, String)> = None;
        for check in &group.checks {
            let needs = check
                .needs
                .iter()
                .find(|n| outcomes.get(n.as_str()) != Some(&Outcome::Passed));
            let done = if self.stopped.get() {
                self.skip(check, "not run: an earlier check failed (--fail-fast)")
            } else if let Some(reason) = self.unmet(check) {
                self.skip(check, &reason)
            } else if let Some(question) = self.unanswered(check) {
                let how = "`course answer` asks it";
                self.skip(
                    check,
                    &format!("the question `{question}` is not answered yet; {how}"),
                )
            } else if let Some(need) = needs {
                self.skip(
                    check,
                    &format!("not run: it needs \"{need}\", which did not pass"),
                )
            } else if let Some((outcome, reason)) = &broken {
                self.decide(check, *outcome, reason)
            } else {
                let done = self.check(check, world).await;
                if !self.is_held(&done) {
                    broken = self.mend(world).await;
                }
                done
            };
            let worst = done
                .iter()
                .map(|r| r.outcome)
                .find(|o| *o != Outcome::Passed);
            outcomes.insert(&check.id, worst.unwrap_or(Outcome::Passed));
            if worst == Some(Outcome::Failed) && self.run.after_failure != AfterFailure::GoOn {
                self.stopped.set(true);
            }
            results.extend(done);
        }
        results
    }

    /// Makes a world ready for the next check; else says what becomes of all that come.
    async fn mend(&self, world: &World) -> Option<(Outcome, String)> {
        let began = Instant::now();
        let error = world.mend().await.err()?;
        let within = match &error {
            WorldError::NotReady(reason) => reason.within(),
            _ => None,
        };
        let permits = &self.run.permits;
        if let Some(excuse) = within.and_then(|within| too_busy(permits, within, began)) {
            return Some((Outcome::Inconclusive, excuse));
        }
        let reason =
            format!("after the check before this one the server did not come back: {error}");
        Some((Outcome::Failed, reason))
    }

    /// Whether the world stays as these results left it.
    fn is_held(&self, results: &[CheckResult]) -> bool {
        let failed = results.iter().any(|r| r.outcome == Outcome::Failed);
        failed && self.run.after_failure == AfterFailure::Hold
    }

    /// Runs a check, or each of its cases.
    async fn check(&self, check: &Check, world: &World) -> Vec<CheckResult> {
        let mut results = Vec::new();
        let mut last = None;
        for case in Case::all(check) {
            let path = case.name();
            self.emit(&Event::Started(&path));
            let figures = Figures::default();
            let place = Place {
                file: self.run.file,
                world,
                path: &path,
                figures: &figures,
            };
            let mut bindings = world.bindings();
            let step = |step: &str| self.emit(&Event::Step { check: &path, step });
            let result = case::run(
                place,
                &case,
                &mut bindings,
                &self.run.permits,
                &self.run.bodies,
                &step,
            )
            .await;
            self.emit(&Event::Finished(&result));
            results.push(result);
            last = Some(bindings);
        }
        if let Some(bindings) = last
            && results.iter().all(|r| r.outcome == Outcome::Passed)
        {
            world.keep(bindings);
        }
        results
    }

    /// Why no world of this run can give what a check needs, if none can.
    fn unmet(&self, check: &Check) -> Option<String> {
        self.unmet.get(check.id.as_str()).map(|r| (*r).to_owned())
    }

    /// The first written question of a check that is open. Its points stay in the total: they can be had.
    fn unanswered<'c>(&self, check: &'c Check) -> Option<&'c str> {
        let answered = self.run.plan.answered.as_ref()?;
        questions(check).find(|question| !answered.contains_key(*question))
    }

    fn skip(&self, check: &Check, reason: &str) -> Vec<CheckResult> {
        self.decide(check, Outcome::Skipped, reason)
    }

    fn all(&self, group: &Group<'_>, outcome: Outcome, reason: &str) -> Vec<CheckResult> {
        group
            .checks
            .iter()
            .flat_map(|c| self.decide(c, outcome, reason))
            .collect()
    }

    /// The results of a check that was decided without running it.
    fn decide(&self, check: &Check, outcome: Outcome, reason: &str) -> Vec<CheckResult> {
        let mask = &self.run.plan.mask;
        let results: Vec<CheckResult> = Case::all(check)
            .iter()
            .map(|case| case.decided(outcome, &mask.apply(reason)))
            .collect();
        for result in &results {
            self.emit(&Event::Finished(result));
        }
        results
    }

    /// Adds up the results. Checks that the world cannot give leave the total.
    fn grade(&self, results: Vec<CheckResult>) -> Grade {
        let mut grade = Grade {
            exercise: self.run.file.exercise.clone(),
            title: self.run.title.to_owned(),
            seed: self.run.plan.seed.as_str().to_owned(),
            database: self.run.plan.databases.kind(),
            url: self.run.plan.submission.url().map(str::to_owned),
            results,
            earned: 0,
            total: 0,
            passed: false,
            remark: String::new(),
            duration: self.began.elapsed().max(Duration::from_millis(1)),
        };
        let outcomes: HashMap<&str, Outcome> = grade.checks().into_iter().collect();
        let (mut earned, mut total) = (0, 0);
        let (mut whole, mut core) = (true, true);
        for check in &self.run.file.checks {
            let Some(outcome) = outcomes.get(check.id.as_str()) else {
                whole = false;
                continue;
            };
            if self.unmet(check).is_none() {
                total += check.points;
            }
            if *outcome == Outcome::Passed {
                earned += check.points;
            } else if check.level == Level::Core {
                core = false;
            }
        }
        (grade.earned, grade.total) = (earned, total);
        let remark = if matches!(self.run.plan.submission, Submission::Url(_)) {
            "with --url the exercise cannot be passed: course must start and kill the server itself"
        } else if whole {
            ""
        } else {
            "only some of the checks ran; run them all to pass the exercise"
        };
        remark.clone_into(&mut grade.remark);
        grade.passed = whole && core && grade.remark.is_empty() && !grade.results.is_empty();
        grade
    }
}

//! Proving: grading one server and comparing what came with its claim.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::base::mask::Mask;
use crate::base::text::printable;
use crate::checks::check::CheckFile;
use crate::checks::variable::Seed;
use crate::checks::world::{Plan, Submission};
use crate::grading::event::Event as Graded;
use crate::grading::outcome::{CheckResult, Grade, Outcome};
use crate::grading::runner::{AfterFailure, Run, RunError, run};
use crate::lab::database::Databases;
use crate::lab::guard::Guard;
use crate::lab::http::Client;

use super::claim::Claim;
use super::deviation::Deviation;
use super::mutant::{Kind, Mutation};
use super::server::{Absence, Server};

/// What came of one server.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The server's name.
    pub server: String,
    /// What was claimed.
    pub claim: Claim,
    /// What became of the claim.
    pub result: Held,
    /// The random seed.
    pub seed: String,
    /// The checks that failed, by id.
    pub failed: Vec<String>,
    /// Each check with its outcome.
    pub checks: Vec<(String, Outcome)>,
    /// Points earned and points that could be earned.
    pub points: (u32, u32),
    /// The hints that its failures selected: check and text.
    pub hints: BTreeSet<(String, String)>,
    /// Of each check, what was asked and what came, each kind once.
    pub exchanges: BTreeMap<String, Vec<String>>,
    /// What a mutant did.
    pub mutation: Option<Mutated>,
    /// How long it took.
    pub duration: Duration,
}

/// What a mutant did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutated {
    /// Which one it is.
    pub mutation: &'static Mutation,
    /// Some of the exchanges that it changed, each kind once; empty when it met none to change.
    pub exchanges: Vec<String>,
}

impl Mutated {
    /// Whether it met nothing to change.
    fn is_idle(&self) -> bool {
        self.exchanges.is_empty() && self.mutation.kind != Kind::Nothing
    }
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// It holds.
    Yes,
    /// It does not.
    No(Vec<Deviation>),
    /// Nothing was graded, for this reason.
    Skipped(String),
    /// A mutant that met nothing to change, and so proves nothing.
    Idle,
    /// This machine could not decide these, twice.
    Unsure(Vec<Deviation>),
}

impl Proof {
    /// Whether the claim was found not to hold.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        matches!(self.result, Held::No(_))
    }

    /// Whether this machine could not decide.
    #[must_use]
    pub fn is_unsure(&self) -> bool {
        matches!(self.result, Held::Unsure(_))
    }

    /// Whether the checks told the server from a right one.
    #[must_use]
    pub fn is_noticed(&self) -> bool {
        !self.failed.is_empty()
    }
}

/// What all servers are graded with.
#[derive(Clone, Copy, Debug)]
pub struct Bench<'a> {
    /// The checks.
    pub file: &'a CheckFile,
    /// The exercise's title.
    pub title: &'a str,
    /// Who cleans up after `course` if it is killed.
    pub guard: &'a Guard,
    /// Where the servers get their databases.
    pub databases: &'a Databases,
    /// Where bodies that a report cuts are kept whole.
    pub bodies: &'a Path,
}

impl Bench<'_> {
    /// Grades a server once and judges its claim. `progress` is told how many checks are through. A run that this
    /// machine could not decide is done once more.
    pub async fn prove(&self, server: &Server, seed: &Seed, progress: &dyn Fn(usize)) -> Proof {
        let began = Instant::now();
        let mut proof = Proof {
            server: server.name.clone(),
            claim: server.claim.clone(),
            result: Held::Yes,
            seed: seed.as_str().to_owned(),
            failed: Vec::new(),
            checks: Vec::new(),
            points: (0, 0),
            hints: BTreeSet::new(),
            exchanges: BTreeMap::new(),
            mutation: None,
            duration: Duration::ZERO,
        };
        match &server.submission {
            Err(Absence::Missing(reason)) => proof.result = Held::Skipped(reason.clone()),
            Err(Absence::Wrong(reason)) => {
                let whole = Deviation::whole("it can be run", reason.clone(), seed.as_str());
                proof.result = Held::No(vec![whole]);
            }
            Ok(submission) => {
                let wanted = server.claim.wanted();
                let mut graded = self.grade(submission, seed, &wanted, progress).await;
                if is_undecided(&graded) {
                    graded = self.grade(submission, seed, &wanted, progress).await;
                }
                proof.mutation = mutated(server);
                self.judge(&mut proof, graded);
            }
        }
        proof.duration = began.elapsed();
        proof
    }

    async fn grade(
        &self,
        submission: &Submission,
        seed: &Seed,
        wanted: &[String],
        progress: &dyn Fn(usize),
    ) -> Result<Grade, RunError> {
        let request = Run {
            file: self.file,
            title: self.title,
            plan: Plan {
                submission: submission.clone(),
                seed: seed.clone(),
                guard: self.guard.clone(),
                mask: Mask::default(),
                client: Client::default(),
                databases: self.databases.clone(),
                answered: None,
            },
            wanted: wanted.to_vec(),
            after_failure: AfterFailure::GoOn,
            side_by_side: 1,
            bodies: self.bodies.to_owned(),
        };
        let mut through = 0;
        let mut emit = |event: &Graded<'_>| {
            if let Graded::Finished(_) = event {
                through += 1;
                progress(through);
            }
        };
        run(&request, &mut emit).await.map(|done| done.grade)
    }

    fn judge(&self, proof: &mut Proof, graded: Result<Grade, RunError>) {
        let unsure = graded.as_ref().map_or_else(|_| Vec::new(), undecided);
        let deviations = match graded {
            Ok(grade) => {
                take(proof, &grade);
                if proof.mutation.as_ref().is_some_and(Mutated::is_idle) {
                    // What changed nothing is a solution, and proves nothing else.
                    proof.result = Held::Idle;
                    Claim::Solution.judge(self.file, &grade)
                } else {
                    proof.claim.judge(self.file, &grade)
                }
            }
            // What is never ready earns nothing, and nobody would take it for right.
            Err(_) if proof.claim == Claim::Junk => Vec::new(),
            Err(RunError::NotReady(reason)) => {
                vec![Deviation::whole("the server starts", reason, &proof.seed)]
            }
        };
        let is_unsure = |d: &Deviation| d.check.as_ref().is_some_and(|c| unsure.contains(c));
        if deviations.is_empty() {
            return;
        }
        proof.result = if deviations.iter().all(is_unsure) {
            Held::Unsure(deviations)
        } else {
            Held::No(deviations)
        };
    }
}

/// What a mutant changed.
fn mutated(server: &Server) -> Option<Mutated> {
    let (mutation, log) = server.mutation.as_ref()?;
    let mut exchanges: Vec<String> = Vec::new();
    for line in std::fs::read_to_string(log).unwrap_or_default().lines() {
        if !exchanges.iter().any(|known| known == line) {
            exchanges.push(printable(line));
        }
    }
    Some(Mutated {
        mutation,
        exchanges,
    })
}

/// The checks that this machine could not decide, as deviations name them.
fn undecided(grade: &Grade) -> Vec<String> {
    let unsure = grade.results.iter();
    let unsure = unsure.filter(|r| r.outcome == Outcome::Inconclusive);
    unsure.map(CheckResult::name).collect()
}

fn is_undecided(graded: &Result<Grade, RunError>) -> bool {
    let unsure = |g: &Grade| g.count(Outcome::Inconclusive) > 0;
    graded.as_ref().is_ok_and(unsure)
}

fn take(proof: &mut Proof, grade: &Grade) {
    proof.points = (grade.earned, grade.total);
    proof.checks = grade
        .checks()
        .into_iter()
        .map(|(id, outcome)| (id.to_owned(), outcome))
        .collect();
    let failed = proof.checks.iter().filter(|(_, o)| *o == Outcome::Failed);
    proof.failed = failed.map(|(id, _)| id.clone()).collect();
    proof.hints = grade
        .results
        .iter()
        .filter_map(|r| Some((r.id.clone(), r.hint.clone()?)))
        .collect();
    for result in &grade.results {
        let exchanges = proof.exchanges.entry(result.id.clone()).or_default();
        for step in result.steps.iter().filter(|s| !s.answer.is_empty()) {
            let words = if step.request.is_empty() {
                &step.name
            } else {
                &step.request
            };
            let words: Vec<&str> = words.split_whitespace().collect();
            let exchange = format!("{}: {}", words.join(" "), step.answer);
            if !exchanges.contains(&exchange) {
                exchanges.push(exchange);
            }
        }
    }
}

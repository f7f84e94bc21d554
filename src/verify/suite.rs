//! The suite: every claim of an exercise, a bounded number side by side.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;

use crate::checks::variable::Seed;
use crate::grading::outcome::Outcome;
use crate::lab::database::Kind;

use super::claim::Claim;
use super::coverage::{CheckCoverage, coverage};
use super::event::Event;
use super::load::Load;
use super::prove::{Bench, Held, Proof};
use super::server::Server;

/// Everything that is to be proven of an exercise.
#[derive(Debug)]
pub struct Suite<'a> {
    /// What all servers are graded with.
    pub bench: Bench<'a>,
    /// The servers.
    pub servers: Vec<Server>,
    /// The random seed.
    pub seed: Seed,
    /// How many servers are graded at the same time.
    pub side_by_side: usize,
    /// How many times each solution is graded, each time with another seed.
    pub repeat: usize,
    /// Whether the machine is kept busy meanwhile.
    pub stress: Stress,
    /// Whether all servers of the exercise are here.
    pub extent: Extent,
}

/// Whether the machine is kept busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stress {
    /// It is not.
    None,
    /// This many threads run in circles.
    Threads(usize),
}

/// Whether all servers of an exercise are graded. Only then does a check that nothing fails say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of them.
    Whole,
    /// Some of them.
    Part,
}

/// A verdict that changed from one run of the same server to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The server.
    pub server: String,
    /// The check.
    pub check: String,
    /// The outcome and seed of the first run.
    pub first: (Outcome, String),
    /// The outcome and seed of the run that differs.
    pub other: (Outcome, String),
}

/// What came of all servers of an exercise.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The exercise.
    pub exercise: String,
    /// The random seed.
    pub seed: String,
    /// The kind of database that the servers were given.
    pub database: Kind,
    /// What came of each server.
    pub proofs: Vec<Proof>,
    /// What was proven of each check.
    pub coverage: Vec<CheckCoverage>,
    /// Whether that covers the whole exercise.
    pub extent: Extent,
    /// How many times each solution was graded.
    pub repeat: usize,
    /// Verdicts that changed between the repetitions.
    pub changes: Vec<Change>,
    /// How long it took.
    pub duration: Duration,
}

impl Verdict {
    /// The checks that nothing fails, those left out that this machine could not decide; empty when not all servers were
    /// graded.
    #[must_use]
    pub fn unproven(&self) -> Vec<&str> {
        if self.extent == Extent::Part {
            return Vec::new();
        }
        let undecided = |id: &str| {
            let mut checks = self.proofs.iter().flat_map(|p| &p.checks);
            checks.any(|(check, outcome)| check == id && *outcome == Outcome::Inconclusive)
        };
        let never = |c: &&CheckCoverage| c.failed_by.is_empty() && !undecided(&c.id);
        self.coverage
            .iter()
            .filter(never)
            .map(|c| c.id.as_str())
            .collect()
    }

    /// The mutants that changed something: those that a check noticed, and those that none did.
    #[must_use]
    pub fn mutants(&self) -> (Vec<&Proof>, Vec<&Proof>) {
        let is_mutant = |p: &&Proof| {
            let mutant = matches!(p.claim, Claim::Mutant | Claim::Survivor(_));
            mutant && p.result != Held::Idle && !p.checks.is_empty()
        };
        let all = self.proofs.iter().filter(is_mutant);
        all.partition(|p| p.is_noticed())
    }

    /// How many of 100 mutants the checks notice, those left out that may survive and do; `None` when none was made, or
    /// none met anything to change.
    #[must_use]
    pub fn score(&self) -> Option<usize> {
        let (killed, survived) = self.mutants();
        let wrongly = survived.iter().filter(|p| p.claim == Claim::Mutant).count();
        (killed.len() * 100).checked_div(killed.len() + wrongly)
    }

    /// The checks that no mutant fails, each with the exchanges of a solution that mutants could have changed; empty
    /// when not all mutants were made.
    #[must_use]
    pub fn unmoved(&self) -> Vec<(&str, &[String])> {
        if self.extent == Extent::Part || self.score().is_none() {
            return Vec::new();
        }
        let solutions = || self.proofs.iter().filter(|p| p.claim == Claim::Solution);
        let never = |c: &&CheckCoverage| c.kills().0 == 0;
        let exchanges = |id: &str| -> &[String] {
            let mut known = solutions().filter_map(|p| p.exchanges.get(id));
            known.find(|e| !e.is_empty()).map_or(&[], Vec::as_slice)
        };
        let unmoved = self.coverage.iter().filter(never);
        unmoved.map(|c| (c.id.as_str(), exchanges(&c.id))).collect()
    }

    /// Whether everything that was claimed holds.
    #[must_use]
    pub fn held(&self) -> bool {
        !self.proofs.iter().any(Proof::is_broken)
            && self.unproven().is_empty()
            && self.changes.is_empty()
    }
}

impl Suite<'_> {
    /// Grades all servers and emits events as they happen.
    pub async fn run(&self, emit: &mut dyn FnMut(Event)) -> Verdict {
        let began = Instant::now();
        let load = match self.stress {
            Stress::None => None,
            Stress::Threads(threads) => Some(Load::start(threads)),
        };
        let exercise = &self.bench.file.exercise;
        let tasks = self.tasks();
        emit(Event::Began(exercise.clone(), tasks.len()));
        let emit = RefCell::new(emit);
        let proving = tasks
            .iter()
            .enumerate()
            .map(|(place, (server, name, seed))| {
                let emit = &emit;
                async move {
                    let say = |event: Event| (emit.borrow_mut())(event);
                    say(Event::Started(name.clone()));
                    let progress = |through| say(Event::Progress(name.clone(), through));
                    let mut proof = self.bench.prove(server, seed, &progress).await;
                    proof.server.clone_from(name);
                    say(Event::Proven(Box::new(proof.clone())));
                    (place, proof)
                }
            });
        let side_by_side = self.side_by_side.max(1);
        let mut proofs: Vec<(usize, Proof)> = futures_util::stream::iter(proving)
            .buffer_unordered(side_by_side)
            .collect()
            .await;
        drop(load);
        proofs.sort_by_key(|(place, _)| *place);
        let proofs: Vec<Proof> = proofs.into_iter().map(|(_, proof)| proof).collect();
        let verdict = Verdict {
            exercise: exercise.clone(),
            seed: self.seed.as_str().to_owned(),
            database: self.bench.databases.kind(),
            coverage: coverage(self.bench.file, &proofs),
            changes: changes(&proofs),
            proofs,
            extent: self.extent,
            repeat: self.repeat,
            duration: began.elapsed(),
        };
        (emit.borrow_mut())(Event::Ended(Box::new(verdict.clone())));
        verdict
    }

    /// Every run that is to be done: the server, the name in the report and the seed.
    fn tasks(&self) -> Vec<(&Server, String, Seed)> {
        let mut tasks = Vec::new();
        for server in &self.servers {
            tasks.push((server, server.name.clone(), self.seed.clone()));
            let is_solution = server.claim == Claim::Solution && server.mutation.is_none();
            if !is_solution || server.submission.is_err() {
                continue;
            }
            for again in 2..=self.repeat {
                let name = format!("{}#{again}", server.name);
                let seed = Seed::new(&format!("{}-{again}", self.seed.as_str()));
                tasks.push((server, name, seed));
            }
        }
        tasks
    }
}

/// Whether two outcomes are two verdicts. Where this machine could not decide, there is none.
fn differ(one: Outcome, other: Outcome) -> bool {
    one != other && one != Outcome::Inconclusive && other != Outcome::Inconclusive
}

/// The verdicts of repetitions that differ from those of the first run.
fn changes(proofs: &[Proof]) -> Vec<Change> {
    let mut found = Vec::new();
    for proof in proofs {
        let Some((server, _)) = proof.server.split_once('#') else {
            continue;
        };
        let Some(first) = proofs.iter().find(|p| p.server == server) else {
            continue;
        };
        for (check, outcome) in &proof.checks {
            let before = first.checks.iter().find(|(id, _)| id == check);
            if let Some((_, was)) = before.filter(|(_, was)| differ(*was, *outcome)) {
                found.push(Change {
                    server: server.to_owned(),
                    check: check.clone(),
                    first: (*was, first.seed.clone()),
                    other: (*outcome, proof.seed.clone()),
                });
            }
        }
    }
    found
}

//! The suite: every claim of an exercise, a bounded number side by side, and beside those of other exercises.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;

use crate::checks::variable::Seed;
use crate::grading::outcome::Outcome;
use crate::grading::permit::{Demand, Permits};
use crate::lab::database::Kind;

use super::claim::Claim;
use super::coverage::{CheckCoverage, coverage};
use super::event::Event;
use super::margin::{Near, nearest};
use super::proof::{Held, Proof, Ran};
use super::prove::{Bench, Doubt};
use super::server::Server;

/// How many worlds share a core: most of them wait most of the time.
const WAITING: u16 = 4;

/// Everything that is to be proven of an exercise.
#[derive(Debug)]
pub struct Suite<'a> {
    /// What all servers are graded with.
    pub bench: Bench<'a>,
    /// The servers.
    pub servers: &'a [Server],
    /// The random seed.
    pub seed: Seed,
    /// How many times each solution is graded, each time with another seed.
    pub repeat: usize,
    /// What deserves another look.
    pub doubt: Doubt,
    /// Whether all servers of the exercise are here.
    pub extent: Extent,
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
            self.proofs.iter().any(|p| {
                let open = |c: &Ran| c.id == id && c.outcome == Outcome::Inconclusive;
                p.checks.iter().any(open) || p.is_unsure_of(id)
            })
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
        let (killed, survived) = self.mutants();
        let ran = |id: &str| {
            let mut mutants = killed.iter().chain(&survived).flat_map(|p| &p.checks);
            mutants.any(|c| c.id == id)
        };
        let never = |c: &&CheckCoverage| c.kills().0 == 0 && ran(&c.id);
        let exchanges = |id: &str| -> &[String] {
            let mut known = solutions().filter_map(|p| p.exchanges.get(id));
            known.find(|e| !e.is_empty()).map_or(&[], Vec::as_slice)
        };
        let unmoved = self.coverage.iter().filter(never);
        unmoved.map(|c| (c.id.as_str(), exchanges(&c.id))).collect()
    }

    /// The limits on time that a solution kept by little, each once.
    #[must_use]
    pub fn near(&self) -> Vec<&Near> {
        nearest(self.proofs.iter().flat_map(|p| &p.near))
    }

    /// Whether everything that was claimed holds.
    #[must_use]
    pub fn held(&self) -> bool {
        !self.proofs.iter().any(Proof::is_broken)
            && self.unproven().is_empty()
            && self.changes.is_empty()
    }
}

/// One run that is to be done.
struct Task<'a> {
    server: &'a Server,
    /// What the report calls it.
    name: String,
    seed: Seed,
}

/// The permits of suites that run side by side.
#[must_use]
pub fn permits(cores: u16) -> Permits {
    Permits::new(cores, WAITING)
}

impl Suite<'_> {
    /// Grades all servers and emits events as they happen.
    pub async fn run(&self, emit: &dyn Fn(Event)) -> Verdict {
        let began = Instant::now();
        let exercise = &self.bench.file.exercise;
        let tasks = self.tasks();
        emit(Event::Began(exercise.clone(), tasks.len()));
        let (mutants, others): (Vec<_>, Vec<_>) =
            tasks.into_iter().partition(|task| task.server.is_changed());
        let mut proofs = self.prove(&others, emit).await;
        let control = proofs.iter().find(|p| p.mutation.is_some());
        let noticed = control.filter(|p| p.result != Held::Yes);
        if noticed.is_some() {
            // Whatever a mutant failed then might be the doing of the proxy.
            let reason = "the control `mutants/none` deviates, so mutants prove nothing";
            proofs.extend(mutants.iter().map(|task| {
                let proof = Proof::skipped(task.server, &task.seed, reason);
                emit(Event::Proven(exercise.clone(), Box::new(proof.clone())));
                proof
            }));
        } else {
            proofs.extend(self.prove(&mutants, emit).await);
        }
        Verdict {
            exercise: exercise.clone(),
            seed: self.seed.as_str().to_owned(),
            database: self.bench.databases.kind(),
            coverage: coverage(self.bench.file, &proofs),
            changes: changes(&proofs),
            proofs,
            extent: self.extent,
            repeat: self.repeat,
            duration: began.elapsed(),
        }
    }

    /// Grades these servers side by side; permits decide how many worlds run.
    async fn prove(&self, tasks: &[Task<'_>], emit: &dyn Fn(Event)) -> Vec<Proof> {
        // Junk servers first: they cost nothing, and one that hangs takes longest.
        let mut order: Vec<_> = tasks.iter().enumerate().collect();
        order.sort_by_key(|(_, task)| task.server.claim != Claim::Junk);
        let proofs = order
            .into_iter()
            .map(|(place, task)| async move { (place, self.one(task, emit).await) });
        let mut proofs: Vec<(usize, Proof)> = futures_util::stream::iter(proofs)
            .buffer_unordered(tasks.len().max(1))
            .collect()
            .await;
        proofs.sort_by_key(|(place, _)| *place);
        proofs.into_iter().map(|(_, proof)| proof).collect()
    }

    /// Grades a server. What then is open, or deviates, is looked at once more with a core to itself, and what is open even
    /// then, or deviates again, alone.
    async fn one(&self, task: &Task<'_>, emit: &dyn Fn(Event)) -> Proof {
        let exercise = &self.bench.file.exercise;
        let progress = |through| {
            emit(Event::Progress {
                exercise: exercise.clone(),
                server: task.name.clone(),
                through,
            });
        };
        self.bench.permits.room().await;
        let look = self.bench.look(task.server, &task.seed, &progress);
        let mut look = look.await;
        look.proof.server.clone_from(&task.name);
        for at_least in [Demand::Core, Demand::Machine] {
            let doubts = look.doubts(self.bench.file, self.doubt);
            if doubts.is_empty() {
                break;
            }
            let again = self
                .bench
                .look_again(look, task.server, &doubts, at_least, &progress);
            look = again.await;
        }
        emit(Event::Proven(
            exercise.clone(),
            Box::new(look.proof.clone()),
        ));
        look.proof
    }

    /// Every run that is to be done.
    fn tasks(&self) -> Vec<Task<'_>> {
        let mut tasks = Vec::new();
        for server in self.servers {
            tasks.push(Task {
                server,
                name: server.name.clone(),
                seed: self.seed.clone(),
            });
            let is_solution = server.claim == Claim::Solution && server.mutation.is_none();
            if !is_solution || server.submission.is_err() {
                continue;
            }
            tasks.extend((2..=self.repeat).map(|again| Task {
                server,
                name: format!("{}#{again}", server.name),
                seed: Seed::new(&format!("{}-{again}", self.seed.as_str())),
            }));
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
        for ran in &proof.checks {
            let before = first.checks.iter().find(|c| c.id == ran.id);
            if let Some(before) = before.filter(|b| differ(b.outcome, ran.outcome)) {
                found.push(Change {
                    server: server.to_owned(),
                    check: ran.id.clone(),
                    first: (before.outcome, first.seed.clone()),
                    other: (ran.outcome, proof.seed.clone()),
                });
            }
        }
    }
    found
}

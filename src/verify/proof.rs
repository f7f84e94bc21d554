//! A proof: what came of one server, and what became of its claim.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::base::text::printable;
use crate::checks::variable::Seed;
use crate::grading::outcome::{Grade, Outcome};

use super::claim::Claim;
use super::deviation::Deviation;
use super::margin::Near;
use super::mutant::{Kind, Mutation};
use super::server::Server;

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
    /// The checks that were run, or skipped.
    pub checks: Vec<Ran>,
    /// Points earned and points that could be earned.
    pub points: (u32, u32),
    /// The hints that its failures selected: check and text.
    pub hints: BTreeSet<(String, String)>,
    /// Of each check, what was asked and what came, each kind once.
    pub exchanges: BTreeMap<String, Vec<String>>,
    /// What a mutant did.
    pub mutation: Option<Mutated>,
    /// The limits on time that it kept by little, if it is a solution.
    pub near: Vec<Near>,
    /// How long its checks took in all.
    pub duration: Duration,
}

/// What became of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// The check.
    pub id: String,
    /// The worst outcome of its cases.
    pub outcome: Outcome,
    /// How long they took.
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
    /// What the mutant changed that this server is; `None` if it is none.
    pub(super) fn of(server: &Server) -> Option<Self> {
        let (mutation, log) = server.mutation.as_ref()?;
        let mut exchanges: Vec<String> = Vec::new();
        for line in std::fs::read_to_string(log).unwrap_or_default().lines() {
            if !exchanges.iter().any(|known| known == line) {
                exchanges.push(printable(line));
            }
        }
        Some(Self {
            mutation,
            exchanges,
        })
    }

    /// Whether it met nothing to change.
    pub(super) fn is_idle(&self) -> bool {
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
    /// This machine could not decide these, however often it looked.
    Unsure(Vec<Deviation>),
}

impl Proof {
    /// Nothing was graded yet.
    pub(super) fn new(server: &Server, seed: &Seed) -> Self {
        Self {
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
            near: Vec::new(),
            duration: Duration::ZERO,
        }
    }

    /// Nothing was graded, for this reason.
    #[must_use]
    pub fn skipped(server: &Server, seed: &Seed, reason: &str) -> Self {
        Self {
            result: Held::Skipped(reason.to_owned()),
            ..Self::new(server, seed)
        }
    }

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

    /// Whether this check is among what this machine could not decide.
    #[must_use]
    pub fn is_unsure_of(&self, id: &str) -> bool {
        let Held::Unsure(found) = &self.result else {
            return false;
        };
        let names = found.iter().filter_map(|d| d.check.as_deref());
        names.into_iter().any(|n| n.split('[').next() == Some(id))
    }

    /// Whether the checks told the server from a right one.
    #[must_use]
    pub fn is_noticed(&self) -> bool {
        !self.failed.is_empty()
    }

    /// Takes over what was graded.
    pub(super) fn take(&mut self, grade: &Grade) {
        self.points = (grade.earned, grade.total);
        let ran = |(id, outcome): (&str, Outcome)| {
            let cases = grade.results.iter().filter(|r| r.id == id);
            Ran {
                id: id.to_owned(),
                outcome,
                duration: cases.map(|r| r.duration).sum(),
            }
        };
        self.checks = grade.checks().into_iter().map(ran).collect();
        self.duration = self.checks.iter().map(|c| c.duration).sum();
        let failed = self.checks.iter().filter(|c| c.outcome == Outcome::Failed);
        self.failed = failed.map(|c| c.id.clone()).collect();
        self.hints = grade
            .results
            .iter()
            .filter_map(|r| Some((r.id.clone(), r.hint.clone()?)))
            .collect();
        for result in &grade.results {
            let exchanges = self.exchanges.entry(result.id.clone()).or_default();
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
}

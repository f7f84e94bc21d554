//! Proving: grading one server and comparing what came with its claim.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use crate::base::mask::Mask;
use crate::checks::check::CheckFile;
use crate::checks::names::transitive;
use crate::checks::variable::Seed;
use crate::checks::world::{Plan, Submission};
use crate::grading::event::Event as Graded;
use crate::grading::outcome::{CheckResult, Grade, Level, Outcome};
use crate::grading::permit::{Demand, Permits};
use crate::grading::plan::{Group, groups};
use crate::grading::runner::{AfterFailure, Run, RunError, run};
use crate::lab::database::Databases;
use crate::lab::guard::Guard;
use crate::lab::http::Client;

use super::claim::Claim;
use super::deviation::Deviation;
use super::margin::{Limit, near};
use super::proof::{Held, Mutated, Proof};
use super::server::{Absence, Server};

/// What deserves another look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// What this machine could not decide.
    Undecided,
    /// What deviates from the claim, too: the servers beside it may be the reason.
    Deviating,
}

/// What all servers are graded with.
#[derive(Clone, Copy, Debug)]
pub struct Bench<'a> {
    /// The checks.
    pub file: &'a CheckFile,
    /// The limits on time that they set.
    pub limits: &'a [Limit],
    /// The exercise's title.
    pub title: &'a str,
    /// Who cleans up after `course` if it is killed.
    pub guard: &'a Guard,
    /// Where the servers get their databases.
    pub databases: &'a Databases,
    /// Where bodies that a report cuts are kept whole.
    pub bodies: &'a Path,
    /// How many worlds may run side by side.
    pub permits: &'a Permits,
}

/// What one look at a server gave.
#[derive(Debug)]
pub struct Look {
    /// What it proves, if there is no other.
    pub proof: Proof,
    /// The checks that were run; empty for all of them.
    wanted: Vec<String>,
    /// What was graded; `None` when the server cannot be run here.
    graded: Option<Result<Grade, RunError>>,
    /// Whether a verdict was another one before: then no further look decides it.
    changed: bool,
}

impl Bench<'_> {
    /// Grades a server and judges its claim. `progress` is told how many checks are through, whenever one begins or ends.
    pub async fn look(&self, server: &Server, seed: &Seed, progress: &dyn Fn(usize)) -> Look {
        let began = Instant::now();
        let wanted = self.wanted(server);
        let mut proof = Proof::new(server, seed);
        let graded = match &server.submission {
            Err(Absence::Missing(reason)) => {
                proof.result = Held::Skipped(reason.clone());
                None
            }
            Err(Absence::Wrong(reason)) => {
                let whole = Deviation::whole("it can be run", reason.clone(), seed.as_str());
                proof.result = Held::No(vec![whole]);
                None
            }
            Ok(submission) => {
                let least = Demand::Little;
                let graded = self.grade(submission, seed, &wanted, least, progress).await;
                proof.duration = began.elapsed();
                proof.mutation = Mutated::of(server);
                self.judge(&mut proof, &graded);
                Some(graded)
            }
        };
        Look {
            proof,
            wanted,
            graded,
            changed: false,
        }
    }

    /// The checks that are run on a server; empty for all of them. What measures would measure the proxy of a mutant
    /// with it.
    fn wanted(&self, server: &Server) -> Vec<String> {
        let groups = groups(self.file, &[]);
        let measures = |g: &Group<'_>| g.demand(self.file) == Demand::Machine;
        if server.mutation.is_none() || !groups.iter().any(measures) {
            return server.claim.wanted();
        }
        let others = groups.iter().filter(|g| !measures(g));
        let checks = others.flat_map(|g| &g.checks);
        checks.map(|c| c.id.clone()).collect()
    }

    /// Grades these checks of a server once more, with less beside it, and judges its claim by what came last. What held
    /// only then was not decided by the server.
    pub async fn look_again(
        &self,
        mut first: Look,
        server: &Server,
        checks: &[String],
        at_least: Demand,
        progress: &dyn Fn(usize),
    ) -> Look {
        let (Ok(submission), Some(graded)) = (&server.submission, first.graded.take()) else {
            return first;
        };
        let seed = Seed::new(&first.proof.seed);
        let again = self
            .grade(submission, &seed, checks, at_least, progress)
            .await;
        let open = graded
            .as_ref()
            .map_or_else(|_| Vec::new(), |grade| undecided(self.file, grade));
        let graded = match (graded, again) {
            (Ok(first), Ok(second)) => Ok(merged(first, second, checks)),
            (_, second) => second,
        };
        let proof = &mut first.proof;
        let before = std::mem::replace(&mut proof.result, Held::Yes);
        // Judged as a solution the first time; as a mutant, now that it has met something to change.
        let was_idle = proof.mutation.as_ref().is_some_and(Mutated::is_idle);
        proof.mutation = Mutated::of(server);
        self.judge(proof, &graded);
        if let Held::No(mut deviations) = before
            && proof.result == Held::Yes
            && !was_idle
        {
            // What was decided, and then decided otherwise, is not decided. A server that was not ready, and then was,
            // needed a quiet machine.
            deviations.retain(|d| d.check.as_ref().is_some_and(|check| !open.contains(check)));
            for deviation in &mut deviations {
                deviation
                    .got
                    .push_str("; not so the next time, when less ran beside it");
            }
            if !deviations.is_empty() {
                proof.result = Held::Unsure(deviations);
                first.changed = true;
            }
        }
        first.graded = Some(graded);
        first
    }

    async fn grade(
        &self,
        submission: &Submission,
        seed: &Seed,
        wanted: &[String],
        at_least: Demand,
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
            permits: self.permits.at_least(at_least),
            bodies: self.bodies.to_owned(),
        };
        let mut through = 0;
        let mut emit = |event: &Graded<'_>| {
            match event {
                Graded::Started(_) => {}
                Graded::Finished(_) => through += 1,
                _ => return,
            }
            progress(through);
        };
        run(&request, &mut emit).await.map(|done| done.grade)
    }

    fn judge(&self, proof: &mut Proof, graded: &Result<Grade, RunError>) {
        let unsure = graded
            .as_ref()
            .map_or_else(|_| Vec::new(), |grade| undecided(self.file, grade));
        let deviations = match graded {
            Ok(grade) => {
                proof.take(grade);
                if proof.claim == Claim::Solution && proof.mutation.is_none() {
                    proof.near = near(self.limits, self.file, grade, &proof.server);
                }
                if proof.mutation.as_ref().is_some_and(Mutated::is_idle) {
                    // What changed nothing is a solution, and proves nothing else.
                    proof.result = Held::Idle;
                    Claim::Solution.judge(self.file, grade)
                } else {
                    proof.claim.judge(self.file, grade)
                }
            }
            // What is never ready earns nothing, and nobody would take it for right.
            Err(_) if proof.claim == Claim::Junk => Vec::new(),
            Err(RunError::NotReady(reason)) => {
                let reason = reason.clone();
                vec![Deviation::whole("the server starts", reason, &proof.seed)]
            }
        };
        if deviations.is_empty() {
            return;
        }
        let is_unsure = |d: &Deviation| match &d.check {
            Some(check) => unsure.contains(check),
            // A check that was not decided might have noticed the mutant.
            None => proof.claim == Claim::Mutant && !unsure.is_empty(),
        };
        proof.result = if deviations.iter().all(is_unsure) {
            Held::Unsure(deviations)
        } else {
            Held::No(deviations)
        };
    }
}

impl Look {
    /// The checks that are worth another look: those that this machine could not decide, those that deviate from the
    /// claim where that is doubted, and those that were skipped because of one of them.
    #[must_use]
    pub fn doubts(&self, file: &CheckFile, doubt: Doubt) -> Vec<String> {
        let deviations = match &self.proof.result {
            Held::No(deviations) | Held::Unsure(deviations) if !self.changed => deviations,
            _ => return Vec::new(),
        };
        let grade = match (&self.graded, doubt) {
            (None, _) | (Some(Err(_)), Doubt::Undecided) => return Vec::new(),
            (Some(Err(_)), Doubt::Deviating) => {
                let all = || file.checks.iter().map(|c| c.id.clone()).collect();
                let some = Some(&self.wanted).filter(|wanted| !wanted.is_empty());
                return some.cloned().unwrap_or_else(all);
            }
            (Some(Ok(grade)), _) => grade,
        };
        let outcomes = grade.checks();
        let undecided = |id: &str| outcomes.contains(&(id, Outcome::Inconclusive));
        let mut doubts: Vec<String> = Vec::new();
        for deviation in deviations {
            match (&deviation.check, &self.proof.claim) {
                (Some(check), _) => {
                    let id = check.split('[').next().unwrap_or(check);
                    if doubt == Doubt::Deviating || undecided(id) {
                        doubts.push(id.to_owned());
                    }
                }
                (None, Claim::Broken(expect)) if doubt == Doubt::Deviating => {
                    doubts.extend(expect.must_fail.iter().cloned());
                }
                (None, _) => {
                    let open = outcomes.iter().filter(|(id, _)| undecided(id));
                    doubts.extend(open.map(|(id, _)| (*id).to_owned()));
                }
            }
        }
        let waits = |id: &str| {
            let needs = file
                .check(id)
                .map(|c| transitive(file, c))
                .unwrap_or_default();
            needs.iter().any(|need| doubts.contains(&need.id))
        };
        let skipped = outcomes.iter().filter(|(_, o)| *o == Outcome::Skipped);
        let skipped = skipped.filter(|(id, _)| waits(id));
        let skipped: Vec<String> = skipped.map(|(id, _)| (*id).to_owned()).collect();
        doubts.extend(skipped);
        doubts.sort();
        doubts.dedup();
        doubts
    }
}

/// The first grade with what the second says of these checks.
fn merged(mut first: Grade, second: Grade, checks: &[String]) -> Grade {
    let order: Vec<String> = first.results.iter().map(|r| r.id.clone()).collect();
    first.results.retain(|r| !checks.contains(&r.id));
    let newer = second.results.into_iter();
    first
        .results
        .extend(newer.filter(|r| checks.contains(&r.id)));
    first
        .results
        .sort_by_key(|r| order.iter().position(|id| *id == r.id));
    first.earned = first.points(Level::Core).0 + first.points(Level::Deep).0;
    first
}

/// The checks that this machine could not decide, as deviations name them; those, too, that were skipped although no
/// check that they need is known to fail: because of one that was not decided, or that passed in another look.
fn undecided(file: &CheckFile, grade: &Grade) -> Vec<String> {
    let mut open: BTreeSet<&str> = BTreeSet::new();
    let mut through: BTreeSet<&str> = BTreeSet::new();
    for (id, outcome) in grade.checks() {
        let needs = file.check(id).map(|c| c.needs.as_slice());
        let mut needs = needs.unwrap_or_default().iter().peekable();
        let is_open = match outcome {
            Outcome::Inconclusive => true,
            Outcome::Skipped => needs.peek().is_some() && needs.all(|n| through.contains(&**n)),
            _ => false,
        };
        if is_open {
            open.insert(id);
        }
        if is_open || outcome == Outcome::Passed {
            through.insert(id);
        }
    }
    let unsure = grade.results.iter().filter(|r| match r.outcome {
        Outcome::Inconclusive => true,
        Outcome::Skipped => open.contains(&*r.id),
        _ => false,
    });
    unsure.map(CheckResult::name).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::checks::file::{Anchors, decode};
    use crate::grading::case::Case;
    use crate::lab::database::Kind;

    #[test]
    fn what_waits_for_an_undecided_check_is_undecided() {
        use Outcome::{Failed, Inconclusive, Passed, Skipped};
        let check = |id: &str, needs: &str| {
            format!(
                "[[check]]\nid = \"{id}\"\ntitle = \"{id}\"\npoints = 1\nneeds = [{needs}]\n\
                 step = [{{ http = {{ on = \"a\", get = \"/\" }}, expect = {{ status = 200 }} }}]\n"
            )
        };
        let checks = [
            check("one", ""),
            check("two", "\"one\""),
            check("three", "\"two\""),
        ]
        .concat();
        let text = format!("course = 1\nexercise = \"x\"\n[instance.a]\n{checks}");
        let file = decode("checks/x.toml", &text, &Anchors::new(), &|_| None).unwrap();
        let open = |outcomes: [Outcome; 3]| {
            let result = |(check, outcome)| Case::all(check)[0].decided(outcome, "");
            let grade = Grade {
                exercise: "x".to_owned(),
                title: "X".to_owned(),
                seed: "s".to_owned(),
                database: Kind::Sqlite,
                url: None,
                results: file.checks.iter().zip(outcomes).map(result).collect(),
                earned: 0,
                total: 3,
                passed: false,
                remark: String::new(),
                duration: Duration::ZERO,
            };
            undecided(&file, &grade)
        };
        assert_eq!(
            open([Inconclusive, Skipped, Skipped]),
            ["one", "two", "three"]
        );
        assert_eq!(open([Passed, Passed, Skipped]), ["three"]);
        assert!(open([Failed, Skipped, Skipped]).is_empty());
    }
}

//! A claim: what a server must get from the checks.

use crate::base::text::count;
use crate::checks::check::{CheckFile, Requirement};
use crate::grading::outcome::{CheckResult, Grade, Outcome};
use crate::grading::plan::requirements;

use super::deviation::Deviation;
use super::expect::Expect;

/// What is claimed of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Every check passes.
    Solution,
    /// Exactly these checks fail.
    Starter(Vec<String>),
    /// Exactly the checks of its `expect.toml` fail.
    Broken(Expect),
    /// Nothing passes.
    Junk,
    /// Something fails.
    Mutant,
    /// Something may fail, and for this reason nothing has to.
    Survivor(String),
}

impl Claim {
    /// In a few words, for a table.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Solution => "full marks".to_owned(),
            Self::Starter(fails) => exactly(fails),
            Self::Broken(expect) => exactly(&expect.must_fail),
            Self::Junk => "earns nothing".to_owned(),
            Self::Mutant => "fails something".to_owned(),
            Self::Survivor(_) => "may survive".to_owned(),
        }
    }

    /// The deviations of a grade from this claim, in the order of the check file.
    #[must_use]
    pub fn judge(&self, file: &CheckFile, grade: &Grade) -> Vec<Deviation> {
        let seed = &grade.seed;
        match self {
            Self::Solution => grade
                .results
                .iter()
                .filter(|r| r.outcome != Outcome::Passed && !is_out_of_reach(file, &r.id))
                .map(|r| Deviation::of(r, "passes", seed))
                .collect(),
            Self::Starter(fails) => exact(fails, file, grade),
            Self::Broken(expect) => {
                let mut found = exact(&expect.must_fail, file, grade);
                if found.is_empty() && !shows(grade, &expect.message) {
                    found.push(Deviation::whole(
                        &format!("a failure says `{}`", expect.message),
                        "none does",
                        seed,
                    ));
                }
                found
            }
            Self::Junk => grade
                .checks()
                .into_iter()
                .filter(|(_, outcome)| *outcome == Outcome::Passed)
                .filter_map(|(id, outcome)| worst(grade, id, outcome))
                .map(|r| Deviation {
                    got: "passed: this check cannot fail, or it asks too little".to_owned(),
                    ..Deviation::of(r, "fails", seed)
                })
                .collect(),
            Self::Mutant if grade.count(Outcome::Failed) == 0 => {
                vec![Deviation::whole("at least one check fails", "none", seed)]
            }
            Self::Mutant | Self::Survivor(_) => Vec::new(),
        }
    }
}

fn exactly(fails: &[String]) -> String {
    match fails {
        [only] => format!("fails {only}"),
        several => format!("fails {}", count(several.len(), "check")),
    }
}

/// The result that made a check what it is: the first of its cases with this outcome.
fn worst<'g>(grade: &'g Grade, id: &str, outcome: Outcome) -> Option<&'g CheckResult> {
    grade
        .results
        .iter()
        .find(|r| r.id == id && r.outcome == outcome)
}

/// Whether no world of this run can give what a check requires.
fn is_out_of_reach(file: &CheckFile, id: &str) -> bool {
    file.check(id)
        .is_some_and(|c| requirements(file, c).contains(&Requirement::NetworkedDatabase))
}

/// Exactly the listed checks fail; all others pass, or are skipped because one that they need did not pass.
fn exact(fails: &[String], file: &CheckFile, grade: &Grade) -> Vec<Deviation> {
    let checks = grade.checks();
    let lacks_need = |id: &str| {
        let needs = file.check(id).map(|c| c.needs.as_slice());
        needs.unwrap_or_default().iter().any(|need| {
            checks
                .iter()
                .any(|(other, outcome)| other == need && *outcome != Outcome::Passed)
        })
    };
    let mut found = Vec::new();
    for (id, outcome) in &checks {
        let claimed = if fails.iter().any(|f| f == id) {
            "fails"
        } else {
            "passes"
        };
        let held = match outcome {
            Outcome::Failed => claimed == "fails",
            Outcome::Passed => claimed == "passes",
            Outcome::Skipped => {
                claimed == "passes" && (lacks_need(id) || is_out_of_reach(file, id))
            }
            Outcome::Inconclusive | Outcome::Errored => false,
        };
        if !held && let Some(result) = worst(grade, id, *outcome) {
            found.push(Deviation::of(result, claimed, &grade.seed));
        }
    }
    found
}

/// Whether the report of a failure shows these words.
fn shows(grade: &Grade, words: &str) -> bool {
    let words = words.to_lowercase();
    let says = |text: &str| text.to_lowercase().contains(&words);
    let failed = |r: &&CheckResult| r.outcome == Outcome::Failed;
    words.is_empty()
        || grade.results.iter().filter(failed).any(|r| {
            let steps = r.steps.iter().any(|s| {
                let lines = s.expectations.iter().any(|e| {
                    says(&format!("{} {} {}", e.subject, e.expected, e.got)) || says(&e.got)
                });
                lines || says(&s.name) || s.notes.iter().any(|n| says(n))
            });
            let more = [&r.title, &r.why, &r.reason];
            steps || r.hint.as_deref().is_some_and(says) || more.into_iter().any(|t| says(t))
        })
}

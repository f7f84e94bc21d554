//! A claim: what a server must get from the checks.

use crate::base::text::count;
use crate::checks::check::{CheckFile, Requirement};
use crate::grading::outcome::{CheckResult, Grade, Outcome, StepResult};
use crate::grading::plan::requirements;
use crate::lab::database::Kind;

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

    /// The checks that are to be run; empty for all of them.
    #[must_use]
    pub fn wanted(&self) -> Vec<String> {
        match self {
            Self::Broken(expect) if !expect.must_pass.is_empty() => {
                [&expect.must_fail[..], &expect.must_pass[..]].concat()
            }
            _ => Vec::new(),
        }
    }

    /// The deviations of a grade from this claim, in the order of the check file.
    #[must_use]
    pub fn judge(&self, file: &CheckFile, grade: &Grade) -> Vec<Deviation> {
        let seed = &grade.seed;
        match self {
            Self::Solution => exact(&[], file, grade),
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
fn is_out_of_reach(file: &CheckFile, grade: &Grade, id: &str) -> bool {
    grade.database == Kind::Sqlite
        && file
            .check(id)
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
                claimed == "passes" && (lacks_need(id) || is_out_of_reach(file, grade, id))
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
            // What a step says that passed is no word about the failure.
            let broken = |s: &&StepResult| s.outcome.is_some_and(|o| o != Outcome::Passed);
            let steps = r.steps.iter().filter(broken).any(|s| {
                let lines = s.expectations.iter().any(|e| {
                    says(&format!("{} {} {}", e.subject, e.expected, e.got)) || says(&e.got)
                });
                lines || says(&s.name) || s.notes.iter().any(|n| says(n))
            });
            let more = [&r.title, &r.why, &r.reason];
            steps || r.hint.as_deref().is_some_and(says) || more.into_iter().any(|t| says(t))
        })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::checks::file::{Anchors, decode};
    use crate::grading::case::Case;

    const FILE: &str = r#"
course = 1
exercise = "x"
[instance.a]
[[check]]
id = "one"
title = "1"
points = 1
step = [{ http = { on = "a", get = "/" }, expect = { status = 200 } }]
[[check]]
id = "two"
title = "2"
points = 1
needs = ["one"]
step = [{ http = { on = "a", get = "/" }, expect = { status = 200 } }]
[[check]]
id = "three"
title = "3"
points = 1
step = [{ http = { on = "a", get = "/" }, expect = { status = 200 } }]
"#;

    /// The checks that deviate, with what was claimed of each.
    fn judge(claim: &Claim, outcomes: [Outcome; 3]) -> Vec<String> {
        let file = decode("checks/x.toml", FILE, &Anchors::new(), &|_| None).unwrap();
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
        let tell = |d: Deviation| format!("{} {}", d.check.unwrap_or_default(), d.claimed);
        claim.judge(&file, &grade).into_iter().map(tell).collect()
    }

    use Outcome::{Errored, Failed, Inconclusive, Passed, Skipped};

    #[test]
    fn a_solution_passes_everything() {
        assert!(judge(&Claim::Solution, [Passed; 3]).is_empty());
        assert_eq!(
            judge(&Claim::Solution, [Passed, Inconclusive, Skipped]),
            ["two passes", "three passes"]
        );
    }

    #[test]
    fn a_starter_may_only_skip_what_lacks_a_need() {
        let starter = Claim::Starter(vec!["one".to_owned()]);
        assert!(judge(&starter, [Failed, Skipped, Passed]).is_empty());
        assert_eq!(
            judge(&starter, [Failed, Skipped, Skipped]),
            ["three passes"]
        );
        assert_eq!(
            judge(&starter, [Passed, Passed, Failed]),
            ["one fails", "three passes"]
        );
        assert_eq!(judge(&starter, [Errored, Skipped, Passed]), ["one fails"]);
    }

    #[test]
    fn junk_passes_nothing_and_a_mutant_fails_something() {
        assert!(judge(&Claim::Junk, [Failed, Skipped, Inconclusive]).is_empty());
        assert_eq!(
            judge(&Claim::Junk, [Failed, Skipped, Passed]),
            ["three fails"]
        );
        assert_eq!(
            judge(&Claim::Mutant, [Passed, Inconclusive, Passed]),
            [" at least one check fails"]
        );
        assert!(judge(&Claim::Mutant, [Passed, Failed, Passed]).is_empty());
        assert!(judge(&Claim::Survivor(String::new()), [Passed; 3]).is_empty());
    }
}

//! Coverage: which checks and which hints the wrong servers have put to the proof.

use crate::base::text::printable;
use crate::checks::check::CheckFile;

use super::claim::Claim;
use super::proof::Proof;

/// What was proven of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckCoverage {
    /// The check.
    pub id: String,
    /// The servers that fail it.
    pub failed_by: Vec<String>,
    /// The texts of its hints that no failure has selected.
    pub silent_hints: Vec<String>,
}

impl CheckCoverage {
    /// How many mutants fail it, and how many other servers.
    #[must_use]
    pub fn kills(&self) -> (usize, usize) {
        let is_mutant = |name: &&String| name.starts_with("mutants/");
        let mutants = self.failed_by.iter().filter(is_mutant).count();
        (mutants, self.failed_by.len() - mutants)
    }
}

/// What was proven of every check, in the order of the check file.
#[must_use]
pub fn coverage(file: &CheckFile, proofs: &[Proof]) -> Vec<CheckCoverage> {
    file.checks
        .iter()
        .map(|check| {
            // A solution that fails a check proves nothing about the check.
            let fails = |p: &&Proof| p.claim != Claim::Solution && p.failed.contains(&check.id);
            let failed_by = proofs.iter().filter(fails);
            let given = |say: &str| {
                let say = printable(say);
                proofs
                    .iter()
                    .flat_map(|p| &p.hints)
                    .any(|(id, text)| *id == check.id && *text == say)
            };
            CheckCoverage {
                id: check.id.clone(),
                failed_by: failed_by.map(|p| p.server.clone()).collect(),
                silent_hints: check
                    .symptoms
                    .iter()
                    .filter(|s| !given(&s.say))
                    .map(|s| s.say.clone())
                    .collect(),
            }
        })
        .collect()
}

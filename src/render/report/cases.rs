//! The cases of one check: its results, one per `each` case, or a single one. Reports show a check, not its cases.

use crate::grading::outcome::{self, CheckResult, Outcome};

/// The results of one check, in order; never empty.
#[derive(Clone, Debug)]
pub(super) struct Cases<'a> {
    /// All of them.
    pub(super) all: Vec<&'a CheckResult>,
}

impl<'a> Cases<'a> {
    /// Results grouped by check; those of one check stand together.
    pub(super) fn group(results: impl IntoIterator<Item = &'a CheckResult>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for result in results {
            match groups.last_mut() {
                Some(group) if group.check().id == result.id => group.all.push(result),
                _ => groups.push(Self { all: vec![result] }),
            }
        }
        groups
    }

    /// What all cases have in common: id, title, why, level, points, lesson, source.
    pub(super) fn check(&self) -> &'a CheckResult {
        self.all[0]
    }

    /// The worst outcome among the cases: that of the check.
    pub(super) fn outcome(&self) -> Outcome {
        self.telling().outcome
    }

    /// The first case with the worst outcome: the one worth showing.
    pub(super) fn telling(&self) -> &'a CheckResult {
        outcome::telling(self.all.iter().copied()).unwrap_or(self.all[0])
    }

    /// All points or none.
    pub(super) fn earned(&self) -> u32 {
        if self.outcome() == Outcome::Passed && self.check().counted {
            self.check().points
        } else {
            0
        }
    }

    /// The names of the cases that passed, and of those that did not.
    pub(super) fn names(&self) -> (Vec<&'a str>, Vec<&'a str>) {
        let (passed, not): (Vec<_>, Vec<_>) = self
            .all
            .iter()
            .partition(|case| case.outcome == Outcome::Passed);
        let names = |cases: Vec<&&'a CheckResult>| {
            cases
                .iter()
                .filter_map(|case| case.case.as_deref())
                .collect()
        };
        (names(passed), names(not))
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn one_failed_case_fails_the_check_and_earns_nothing() {
        let grade = sample::grade();
        let groups = Cases::group(&grade.results);
        let forged = groups
            .iter()
            .find(|g| g.check().id == "forged-tokens")
            .unwrap();
        assert_eq!(forged.outcome(), Outcome::Failed);
        assert_eq!(forged.telling().case.as_deref(), Some("expired"));
        assert_eq!(forged.earned(), 0);
        assert_eq!(forged.names(), (vec!["alg-none"], vec!["expired"]));
    }
}

//! A deviation: one place where a server got something else than was claimed of it.

use crate::grading::outcome::{CheckResult, Outcome};

/// How many expectations of a step are told: of a tally, the kind that is too few and the kind that came instead.
const SHOWN: usize = 3;

/// One place where a claim does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// The check (`id` or `id[case]`); `None` when it is about the server as a whole.
    pub check: Option<String>,
    /// What is claimed, as in `passes`.
    pub claimed: String,
    /// What came, as in `failed`.
    pub got: String,
    /// The random seed with which it came.
    pub seed: String,
    /// The step that decided, and the first expectations of it that did not hold.
    pub step: Option<Decisive>,
}

/// The step that decided a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decisive {
    /// Its name.
    pub name: String,
    /// Its request, such as `GET  b/preferences`; empty when it sends none.
    pub request: String,
    /// What it expected and what it got, in one line; empty when there is nothing to say.
    pub expectation: String,
}

impl Deviation {
    /// A deviation of the server as a whole.
    #[must_use]
    pub fn whole(claimed: &str, got: impl Into<String>, seed: &str) -> Self {
        Self {
            check: None,
            claimed: claimed.to_owned(),
            got: got.into(),
            seed: seed.to_owned(),
            step: None,
        }
    }

    /// A deviation of one check.
    #[must_use]
    pub fn of(result: &CheckResult, claimed: &str, seed: &str) -> Self {
        Self {
            check: Some(result.name()),
            claimed: claimed.to_owned(),
            got: got(result),
            seed: seed.to_owned(),
            step: decisive(result),
        }
    }
}

/// What became of a check, with its reason where it has one.
fn got(result: &CheckResult) -> String {
    let name = result.outcome.name();
    if result.reason.is_empty() {
        name.to_owned()
    } else {
        format!("{name}: {}", result.reason)
    }
}

/// The step that kept a check from passing.
fn decisive(result: &CheckResult) -> Option<Decisive> {
    let step = result
        .steps
        .iter()
        .find(|s| s.outcome.is_some_and(|o| o != Outcome::Passed))?;
    let broken: Vec<String> = step
        .expectations
        .iter()
        .filter(|e| !e.held)
        .take(SHOWN)
        .map(|e| format!("{} expected {}, got {}", e.subject, e.expected, e.got))
        .collect();
    let expectation = match broken.as_slice() {
        [] => step.notes.first().cloned().unwrap_or_default(),
        _ => broken.join("; "),
    };
    // That some of a load failed says little; how they did says who is to blame.
    let endings = step.load.iter().flat_map(|figures| figures.endings());
    let endings: Vec<String> = endings.map(|(way, n)| format!("{way}: {n}")).collect();
    Some(Decisive {
        name: step.name.clone(),
        request: step.request.clone(),
        expectation: if endings.is_empty() {
            expectation
        } else {
            format!("{expectation} ({})", endings.join(", "))
        },
    })
}

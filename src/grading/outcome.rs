//! Outcomes: what became of a step, a check and a whole run.
//!
//! Every text in these types is already safe to show: secrets masked, hostile bytes escaped. Reports only lay it out.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

pub use crate::checks::check::Level;
pub use crate::checks::drawing::Sketch;
pub use crate::checks::expectation::ExpectationResult;
use crate::lab::database::Kind;
use crate::lab::history::Picture;
use crate::lab::internet::Visit;
use crate::lab::load::Figures;
use crate::lab::timeline::Event;

/// What became of a check. Four kinds of "not passed" are kept apart, because they have different people to mend them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Every expectation held.
    Passed,
    /// The learner's server did something else.
    Failed,
    /// Not run: a check it needs did not pass, or the world cannot give what it needs.
    Skipped,
    /// This machine could not decide.
    Inconclusive,
    /// The check or `course` itself is at fault.
    Errored,
}

impl Outcome {
    /// The word that carries the outcome where there is no colour: `PASS`, `FAIL`, `SKIP`, `UNSURE`, `ERROR`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "PASS",
            Self::Failed => "FAIL",
            Self::Skipped => "SKIP",
            Self::Inconclusive => "UNSURE",
            Self::Errored => "ERROR",
        }
    }

    /// The name in machine-readable reports: `passed`, `failed`, `skipped`, `inconclusive`, `errored`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Inconclusive => "inconclusive",
            Self::Errored => "errored",
        }
    }
}

/// Everything about one check (or one `each` case of it) that a report may show.
#[derive(Clone, Debug)]
pub struct CheckResult {
    /// The check's id.
    pub id: String,
    /// The case of an `each`, such as `alg-none`; `None` for a check without cases.
    pub case: Option<String>,
    /// What the check says.
    pub title: String,
    /// Why it matters; may be empty.
    pub why: String,
    /// Core or deep.
    pub level: Level,
    /// Points of the whole check (all its cases together).
    pub points: u32,
    /// Whether those points are part of the total; `false` when the world cannot give what the check requires.
    pub counted: bool,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was skipped, inconclusive or errored, in one sentence; empty otherwise.
    pub reason: String,
    /// Its steps in order.
    pub steps: Vec<StepResult>,
    /// What it measured, by name.
    pub figures: Vec<(String, f64)>,
    /// What happened during the check, for the sequence diagram.
    pub timeline: Vec<Event>,
    /// What the learner's own servers printed since the failing step began.
    pub printed: Vec<Printed>,
    /// A command that sends the failing request again.
    pub curl: Option<String>,
    /// The hint that the failure selected.
    pub hint: Option<String>,
    /// Lesson and section to read, such as `where-state-lives#sessions`.
    pub lesson: Option<String>,
    /// Where the check is written: file and line.
    pub source: (String, usize),
    /// How long it took.
    pub duration: Duration,
}

impl CheckResult {
    /// `id`, or `id[case]`.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.case {
            Some(case) => format!("{}[{case}]", self.id),
            None => self.id.clone(),
        }
    }
}

/// What became of one step.
#[derive(Clone, Debug)]
pub struct StepResult {
    /// The step's name.
    pub name: String,
    /// `None` when it was not run because a step before it failed.
    pub outcome: Option<Outcome>,
    /// Short request line such as `GET  b/preferences`; empty for steps that send none.
    pub request: String,
    /// Short answer such as `404`, `exit 1`, `20 answers`; empty when there is none.
    pub answer: String,
    /// How long it took.
    pub duration: Duration,
    /// Which repetition these expectations belong to, from 1, and of how many; `None` for a step that runs once.
    pub repetition: Option<(usize, usize)>,
    /// Every expectation of the step, held or not.
    pub expectations: Vec<ExpectationResult>,
    /// What else helps: a transport error in plain words with its advice, the reason of an error.
    pub notes: Vec<String>,
    /// What there is to draw of concurrent clients, when they were not satisfied.
    pub picture: Option<Box<Picture>>,
    /// The drawing that was looked at, with what is wrong in it marked, when something is.
    pub sketch: Option<Box<Sketch>>,
    /// What the servers saw of a visit that a client told of; `None` for a step of another kind.
    pub visit: Option<Box<Visit>>,
    /// What a load measured; `None` for a step of another kind.
    pub load: Option<Box<Figures>>,
    /// The body that came back, cut around the first difference; empty when there is nothing to show.
    pub excerpt: Excerpt,
}

/// A bounded piece of a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// The lines shown.
    pub lines: Vec<String>,
    /// What was cut, such as `… 4 812 of 5 310 bytes cut; the whole body is in FILE`; empty when nothing was.
    pub cut: String,
}

/// What one instance printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// The instance.
    pub instance: String,
    /// Its lines, the last ones when there are many.
    pub lines: Vec<String>,
}

/// The end of a run: every result, and what they add up to.
#[derive(Clone, Debug)]
pub struct Grade {
    /// The exercise's slug.
    pub exercise: String,
    /// The exercise's title.
    pub title: String,
    /// The seed, as `--seed` takes it.
    pub seed: String,
    /// The kind of database that the server was given.
    pub database: Kind,
    /// The address of a server that somebody else had started.
    pub url: Option<String>,
    /// Results in the order of the check file; a check with cases has one per case.
    pub results: Vec<CheckResult>,
    /// Points earned.
    pub earned: u32,
    /// Points that could be earned in this run (checks that the world cannot give leave the total).
    pub total: u32,
    /// Whether the exercise is passed: every core check ran and passed.
    pub passed: bool,
    /// Why it cannot be passed this way (such as `--url`, `--only`), or empty.
    pub remark: String,
    /// Wall clock of the whole run.
    pub duration: Duration,
}

/// The options that repeat a run.
#[must_use]
pub fn replay(seed: &str, database: Kind, url: Option<&str>) -> String {
    let mut options = format!("--seed {seed}");
    if database != Kind::default() {
        options += " --database ";
        options += database.name();
    }
    if let Some(url) = url {
        options += " --url ";
        options += url;
    }
    options
}

impl Grade {
    /// The options that repeat the run.
    #[must_use]
    pub fn replay(&self) -> String {
        replay(&self.seed, self.database, self.url.as_deref())
    }

    /// How many results have this outcome, a check with cases counting once under its worst case.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        self.by_check()
            .filter(|cases| worst(cases) == outcome)
            .count()
    }

    /// Each check once, in order, with the worst outcome of its cases.
    #[must_use]
    pub fn checks(&self) -> Vec<(&str, Outcome)> {
        let checks = self.by_check();
        checks
            .map(|cases| (cases[0].id.as_str(), worst(cases)))
            .collect()
    }

    /// The results of one check after those of another: the cases of a check stand together.
    fn by_check(&self) -> impl Iterator<Item = &[CheckResult]> {
        self.results.chunk_by(|a, b| a.id == b.id)
    }

    /// What the run measured: check and name, as in `last-five.sold`, and the figure.
    #[must_use]
    pub fn figures(&self) -> BTreeMap<String, f64> {
        let of = |result: &CheckResult| {
            let id = result.id.clone();
            let named = move |(name, figure): &(String, f64)| (format!("{id}.{name}"), *figure);
            result.figures.iter().map(named).collect::<Vec<_>>()
        };
        self.results.iter().flat_map(of).collect()
    }

    /// Points earned and points that could be earned at one level. A check with cases earns all of its points or none.
    #[must_use]
    pub fn points(&self, level: Level) -> (u32, u32) {
        let mut sum = (0, 0);
        for cases in self.by_check() {
            let check = &cases[0];
            if check.level == level && check.counted {
                sum.1 += check.points;
                if worst(cases) == Outcome::Passed {
                    sum.0 += check.points;
                }
            }
        }
        sum
    }
}

/// Among the cases of a check, the first of those with the worst outcome: it decides, and is the one worth showing.
/// `None` of none.
#[must_use]
pub fn telling<'c>(cases: impl IntoIterator<Item = &'c CheckResult>) -> Option<&'c CheckResult> {
    cases
        .into_iter()
        .min_by_key(|case| Reverse(badness(case.outcome)))
}

/// The worst outcome among the cases of a check.
fn worst(cases: &[CheckResult]) -> Outcome {
    telling(cases).map_or(Outcome::Errored, |case| case.outcome)
}

fn badness(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Passed => 0,
        Outcome::Skipped => 1,
        Outcome::Inconclusive => 2,
        Outcome::Failed => 3,
        Outcome::Errored => 4,
    }
}

//! Margin: how near a right server comes to the limits on time that the checks set.
//!
//! What needs more than half of its time here is too late on a machine half as fast, and somebody's right server fails.
//! Where two seconds are left it is not: what takes that long mostly waits, and any machine waits as fast.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use crate::base::diagnostic::{Diagnostic, Severity};
use crate::checks::check::{Check, CheckFile};
use crate::checks::document::{self, Node};
use crate::checks::shape::{duration, duration_at};
use crate::grading::outcome::{CheckResult, Grade, Outcome};

/// The rule that tells of it.
const RULE: &str = "W801";

/// What is left after a right server that is enough, however much that server needed.
const ENOUGH: Duration = Duration::from_secs(2);

/// What an answer can be asked about its time: the key of the expectation, and what a result calls it.
const TIMES: [(&str, &str); 7] = [
    ("duration", "duration"),
    ("first_byte", "first byte"),
    ("within", "within"),
    ("p50", "p50"),
    ("p90", "p90"),
    ("p99", "p99"),
    ("max", "max"),
];

/// What a limit is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    /// The step as a whole.
    Step,
    /// One expectation, by what a result calls it.
    Expectation(&'static str),
}

/// A limit on time in a step of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The check.
    check: String,
    /// The row of the step among the steps of a result.
    row: usize,
    clock: Clock,
    /// What it allows.
    most: Duration,
    /// Where it is written: file and byte range.
    file: String,
    span: Range<usize>,
}

/// A limit that a solution kept and needed more than half of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// The limit.
    pub limit: Limit,
    /// The check (`id` or `id[case]`).
    pub check: String,
    /// The solution.
    pub server: String,
    /// What it needed.
    pub took: Duration,
}

/// The limits on time of all checks. `text_of` gives the text of a check file by its path.
///
/// Left out are those whose time no result tells: of repetitions one by one, of the steps of a group, and of the start
/// of a server.
#[must_use]
pub fn limits(file: &CheckFile, text_of: &dyn Fn(&str) -> Option<String>) -> Vec<Limit> {
    let mut texts: BTreeMap<&str, String> = BTreeMap::new();
    for check in &file.checks {
        if !texts.contains_key(check.file.as_str()) {
            texts.insert(&check.file, text_of(&check.file).unwrap_or_default());
        }
    }
    let mut found = Vec::new();
    for (path, text) in texts {
        let (root, _) = document::parse(path, text.as_str());
        for node in root.at("check").map(Node::items).unwrap_or_default() {
            let id = node.at("id").and_then(Node::text).unwrap_or_default();
            if let Some(check) = file.check(id).filter(|check| check.file == path) {
                found.extend(of_check(check, node));
            }
        }
    }
    found
}

/// The limits of one check: a result has one row for each step, and behind it one for each that is done meanwhile.
fn of_check(check: &Check, node: &Node) -> Vec<Limit> {
    let mut found = Vec::new();
    let mut row = 0;
    for step in items(node, "step") {
        for one in std::iter::once(step).chain(items(step, "meanwhile")) {
            found.extend(of_step(one).into_iter().map(|(clock, most, span)| Limit {
                check: check.id.clone(),
                row,
                clock,
                most,
                file: check.file.clone(),
                span,
            }));
            row += 1;
        }
    }
    found
}

fn items<'n>(node: &'n Node<'_>, key: &str) -> &'n [Node<'n>] {
    node.at(key).map(Node::items).unwrap_or_default()
}

fn of_step(step: &Node) -> Vec<(Clock, Duration, Range<usize>)> {
    let mut found = Vec::new();
    let expect = step.at("expect");
    for (key, name) in TIMES {
        let matcher = expect.and_then(|expect| expect.at(key));
        let most = matcher.and_then(|m| m.at("lt").or_else(|| m.at("lte")));
        if let Some((node, most)) = most.and_then(|n| Some((n, duration(n.text()?)?))) {
            found.push((Clock::Expectation(name), most, node.span.clone()));
        }
    }
    // What is done several times is told as one.
    if !found.is_empty() || step.at("repeat").is_some() {
        return found;
    }
    let owners = [
        ("retry", "within"),
        ("wait", "within"),
        ("process", "within"),
    ];
    let request = [("http", "timeout")];
    let all = owners.iter().chain(&request);
    let whole = all.filter_map(|(owner, key)| {
        let owner = step.at(owner)?;
        Some((duration_at(owner, key)?, owner.at(key)?.span.clone()))
    });
    // A step that is tried again ends with its last try, not with its first.
    found.extend(whole.take(1).map(|(most, span)| (Clock::Step, most, span)));
    found
}

/// The limits of which a right server needed more than half.
#[must_use]
pub fn near(limits: &[Limit], file: &CheckFile, grade: &Grade, server: &str) -> Vec<Near> {
    let mut found = Vec::new();
    for result in grade
        .results
        .iter()
        .filter(|r| r.outcome == Outcome::Passed)
    {
        let rows = file.check(&result.id).map(|check| {
            let steps = check.steps.iter();
            steps.map(|s| 1 + s.meanwhile.len()).sum::<usize>()
        });
        if rows != Some(result.steps.len()) {
            continue;
        }
        for limit in limits.iter().filter(|limit| limit.check == result.id) {
            if let Some(took) = limit.took(result).filter(|took| limit.is_near(*took)) {
                found.push(Near {
                    limit: limit.clone(),
                    check: result.name(),
                    server: server.to_owned(),
                    took,
                });
            }
        }
    }
    found
}

/// Each limit once, with whoever came nearest to it, in the order of the files.
#[must_use]
pub fn nearest<'n>(all: impl IntoIterator<Item = &'n Near>) -> Vec<&'n Near> {
    let mut found: Vec<&Near> = Vec::new();
    for near in all {
        match found.iter_mut().find(|known| known.limit == near.limit) {
            Some(known) if known.took < near.took => *known = near,
            Some(_) => {}
            None => found.push(near),
        }
    }
    found.sort_by_key(|near| (&near.limit.file, near.limit.span.start));
    found
}

impl Limit {
    /// Whether a right server that took so long has little left.
    fn is_near(&self, took: Duration) -> bool {
        took * 2 > self.most && self.most.saturating_sub(took) < ENOUGH
    }

    /// The time of a result that it is about.
    fn took(&self, result: &CheckResult) -> Option<Duration> {
        let step = result.steps.get(self.row)?;
        match self.clock {
            Clock::Step => Some(step.duration),
            Clock::Expectation(name) => {
                let about = step.expectations.iter().filter(|e| e.subject == name);
                about
                    .filter_map(|e| duration(e.got.trim_matches('"')))
                    .max()
            }
        }
    }
}

impl Near {
    /// The warning, at the limit.
    #[must_use]
    pub fn warning(&self) -> Diagnostic {
        let (took, most) = (self.took.as_millis(), self.limit.most.as_millis());
        let message = format!(
            "`{}` is right, and needed {took} ms of the {most} ms that `{}` allows here",
            self.server, self.check
        );
        let help = "allow at least twice what a right server needs, or two seconds more, or ask for something that no clock decides";
        Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error(RULE, &self.limit.file, self.limit.span.clone(), message)
        }
        .help(help)
    }
}

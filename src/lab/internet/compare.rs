//! Holding claims against the log: each claim must have its entry, and each entry its claim.

use std::collections::BTreeSet;
use std::fmt;
use std::net::Ipv4Addr;
use std::time::Instant;

use super::claim::{Claims, Hop};
use super::line::{Line, Topic};
use super::log::{Entry, What};
use super::page::Page;

mod journey;
mod lookup;

/// One thing in which claims and log differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is about.
    pub topic: Topic,
    /// What the client says; none when it leaves something out.
    pub claim: Option<String>,
    /// What the log says; none when it has no such thing.
    pub log: Option<String>,
    /// What is wrong, and where that is written.
    pub why: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
        writeln!(f, "{}: {}", self.topic.name(), self.why)?;
        writeln!(f, "  claim  {}", side(&self.claim))?;
        write!(f, "  log    {}", side(&self.log))
    }
}

/// The truth: the whole log, from where on it is asked about, and what the page is.
#[derive(Clone, Copy, Debug)]
pub struct Truth<'t> {
    /// All entries.
    pub entries: &'t [Entry],
    /// Where those begin that the claims are about.
    pub mark: usize,
    /// When the client was asked.
    pub began: Instant,
    /// The page.
    pub page: &'t Page,
    /// The servers that a client knows from the start.
    pub roots: &'t [Ipv4Addr],
}

/// Every difference between claims and truth.
#[must_use]
pub fn differences(claims: &Claims, truth: &Truth<'_>) -> Vec<Difference> {
    let mut found: Vec<Difference> = claims
        .unread
        .iter()
        .map(|(what, why)| difference(Topic::Format, Some(what), None, why))
        .collect();
    for topic in Topic::HOPS {
        let line = |hop: &Hop| Line::of(hop, topic);
        let claimed = claims.hops.iter().filter_map(line);
        let honest = truth.entries_since().filter_map(Hop::honest);
        let logged = honest.filter_map(|hop| line(&hop));
        found.extend(paired(topic, once(claimed), once(logged)));
    }
    found.extend(lookup::unearned(truth));
    found.extend(lookup::lookups_in_order(claims, truth));
    found.extend(lookup::cached(claims, truth));
    found.extend(journey::connections(claims, truth));
    found.extend(journey::whole(claims, truth));
    found.extend(journey::needless(truth));
    found.extend(journey::rendered(claims, truth));
    found
}

/// The lines, of which a question that got no answer counts once however often it was repeated.
fn once(lines: impl Iterator<Item = Line>) -> Vec<Line> {
    let mut all: Vec<Line> = Vec::new();
    for line in lines {
        if !(line.is_unanswered() && all.contains(&line)) {
            all.push(line);
        }
    }
    all
}

fn difference(topic: Topic, claim: Option<&str>, log: Option<&str>, why: &str) -> Difference {
    Difference {
        topic,
        claim: claim.map(str::to_owned),
        log: log.map(str::to_owned),
        why: why.to_owned(),
    }
}

impl Difference {
    fn of(topic: Topic, claim: Option<&Line>, log: Option<&Line>, why: &str) -> Self {
        let (claim, log) = (claim.map(ToString::to_string), log.map(ToString::to_string));
        difference(topic, claim.as_deref(), log.as_deref(), why)
    }
}

impl<'t> Truth<'t> {
    fn entries_since(&self) -> impl Iterator<Item = &'t What> {
        let new = self.entries.get(self.mark..).unwrap_or_default();
        new.iter().map(|entry| &entry.what)
    }

    /// The request for the document, if it was answered.
    fn document(&self) -> Option<&'t super::log::Exchange> {
        self.entries_since().find_map(|what| match what {
            What::Http(http) if http.url == self.page.url && http.status == 200 => Some(http),
            _ => None,
        })
    }
}

/// The keys of questions that were followed by another about the same name.
fn asked_again(logged: &[Line]) -> BTreeSet<String> {
    let followed = |(i, line): (usize, &Line)| {
        let later = logged.get(i + 1..).unwrap_or_default();
        let again = later.iter().any(|other| other.about() == line.about());
        again.then(|| line.key.clone())
    };
    logged.iter().enumerate().filter_map(followed).collect()
}

/// Takes equal lines from both sides, then pairs what is about the same thing, and tells what is left over.
fn paired(topic: Topic, claimed: Vec<Line>, mut logged: Vec<Line>) -> Vec<Difference> {
    let again = asked_again(&logged);
    let mut open = Vec::new();
    for claim in claimed {
        match logged.iter().position(|line| *line == claim) {
            Some(at) => drop(logged.remove(at)),
            None => open.push(claim),
        }
    }
    let mut found = Vec::new();
    for claim in open {
        let same = logged.iter().position(|line| line.key == claim.key);
        let log = same.map(|at| logged.remove(at));
        if log.is_some() && claim.is_unanswered() && again.contains(&claim.key) {
            // An answer that came too late for the client, which asked again. The log cannot know how long it waited.
            continue;
        }
        let why = match &log {
            Some(log) => claim.unlike(log, topic),
            None => topic.invented().to_owned(),
        };
        found.push(Difference::of(topic, Some(&claim), log.as_ref(), &why));
    }
    let missing = |log: &Line| Difference::of(topic, None, Some(log), topic.missing());
    found.extend(logged.iter().map(missing));
    found
}

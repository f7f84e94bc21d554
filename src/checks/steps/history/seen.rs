//! What came of a history: what each expectation looks at, and what a reader is told.

use std::fmt::Write as _;
use std::time::Duration;

use crate::base::text::count;
use crate::checks::expectation::Subject;
use crate::checks::matcher::Look;
use crate::checks::world::WorldError;
use crate::lab::history::{Consistency, Counterexample, Picture, Record, clock, named, told};

/// What came of it, judged.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What the clients did and were told.
    pub record: Record,
    /// The consistency that was expected.
    pub asked: Option<Consistency>,
    /// What breaks it.
    pub example: Option<Counterexample>,
    /// Whether it was expected that replaced values are not lost.
    pub judges_lost: bool,
    /// What one addition adds; `None` where values are replaced.
    pub counter: Option<u64>,
    /// How many operations must be answered.
    pub minimum: usize,
    /// When something happened to a part, to which, and what.
    pub events: Vec<(Duration, String, String)>,
}

impl Seen {
    fn answered(&self) -> (usize, usize) {
        (self.record.acknowledged().count(), self.record.reads())
    }

    /// What stands at a subject.
    #[must_use]
    pub fn look(&self, subject: &Subject) -> Look {
        let number = |n: usize| Look::There(n.into());
        match subject {
            Subject::Named("consistency", name) => self.consistency(name),
            Subject::Fact("lost" | "doubled") if !self.record.unread.is_empty() => {
                let (key, part) = &self.record.unread[0];
                Look::Absent(format!(
                    "key {key} could not be read through {part} at the end"
                ))
            }
            Subject::Fact("lost") => match self.counter {
                Some(delta) => Look::There(self.record.miscounted(delta).0.into()),
                None => number(
                    self.record
                        .lost()
                        .iter()
                        .map(|lost| lost.writes.len())
                        .sum(),
                ),
            },
            Subject::Fact("doubled") => {
                let doubled = self.counter.map(|delta| self.record.miscounted(delta).1);
                doubled.map_or(Look::Absent("no additions".to_owned()), |n| {
                    Look::There(n.into())
                })
            }
            Subject::Fact("torn") => number(self.record.torn.len()),
            Subject::Fact("acknowledged") => number(self.answered().0),
            Subject::Fact("reads") => number(self.answered().1),
            Subject::Fact("unknown") => number(self.record.unknown()),
            Subject::Fact("failed") => number(self.record.failures()),
            _ => Look::Absent("nothing".to_owned()),
        }
    }

    fn consistency(&self, name: &str) -> Look {
        let broken = match Consistency::named(name) {
            Some(asked) if Some(asked) == self.asked => self.example.clone(),
            Some(other) => self.record.judge(other),
            None => return Look::Absent(format!("no consistency is called `{name}`")),
        };
        match broken {
            None => Look::There(name.into()),
            Some(example) => Look::Absent(format!(
                "{} on key {} that nothing explains",
                count(example.operations.len(), "operation"),
                example.key
            )),
        }
    }

    /// Why nothing can be said: too little was answered, though the server did not refuse it.
    #[must_use]
    pub fn undecided(&self) -> Option<String> {
        let killed = |what: &str| what.starts_with("kill") || what == "SIGTERM";
        let span = self.record.span;
        if let Some((at, on, what)) = self.events.iter().find(|e| e.0 > span && killed(&e.2)) {
            return Some(format!(
                "this machine was too slow: the {what} of {on} came at {}, when the clients had already ended",
                clock(*at)
            ));
        }
        let (writes, reads) = self.answered();
        let enough = writes > 0 && writes + reads >= self.minimum;
        (!enough).then(|| {
            format!(
                "only {} were answered in time, {} of them writes; {} are needed to say anything",
                count(writes + reads, "operation"),
                writes,
                self.minimum
            )
        })
    }

    /// A server that answers, and acknowledges next to nothing, did not do its part.
    pub(super) fn refused_all(&self) -> Result<(), WorldError> {
        let (writes, reads) = self.answered();
        let answered = writes + reads;
        let failures = self.record.failures();
        let asked_enough = failures > 0 && answered + failures >= self.minimum;
        let refused = answered < self.minimum && failures >= answered;
        if asked_enough && (writes == 0 || refused) {
            return Err(WorldError::Server(format!(
                "of {}, {writes} were acknowledged. The other answers: {}",
                count(writes + failures, "write"),
                self.failures()
            )));
        }
        Ok(())
    }

    fn failures(&self) -> String {
        let each = self.record.failed.iter();
        let each: Vec<String> = each.map(|(answer, n)| format!("{n} × {answer}")).collect();
        each.join(", ")
    }

    pub(super) fn summary(&self) -> String {
        let (writes, reads) = self.answered();
        let mut summary = format!("{writes} acknowledged");
        if self.counter.is_none() {
            let _ = write!(summary, ", {reads} read");
        }
        if self.record.unknown() > 0 {
            let _ = write!(summary, ", {} unknown", self.record.unknown());
        }
        summary
    }

    /// What there is to draw.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let mut picture = Picture::of(&self.record, self.example.as_ref(), self.events.clone());
        if !self.judges_lost {
            picture.lost.clear();
        }
        picture
    }

    /// What helps to understand it, in words.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self.example.iter().map(ToString::to_string).collect();
        for lost in self
            .record
            .lost()
            .iter()
            .take(3)
            .filter(|_| self.judges_lost)
        {
            let Some((at, value)) = lost.writes.last() else {
                continue;
            };
            notes.push(format!(
                "key {}: {} held {} at the end, though {} had been acknowledged, the last of {value} at {}",
                lost.key,
                lost.part,
                told(&lost.value),
                count(lost.writes.len(), "later write"),
                clock(*at)
            ));
        }
        let sums = self.counter.map(|delta| (delta, self.record.sums()));
        for (delta, sum) in sums
            .iter()
            .flat_map(|(delta, sums)| sums.iter().map(move |s| (delta, s)))
        {
            if sum.off(*delta) != (0, 0) && notes.len() < 3 {
                notes.push(format!(
                    "key {}: {} says that {} were added in all, where {} of {delta} were acknowledged and {} unknown",
                    sum.key,
                    sum.part,
                    sum.added,
                    count(usize::try_from(sum.acknowledged).unwrap_or(usize::MAX), "addition"),
                    sum.unknown
                ));
            }
        }
        for torn in self.record.torn.iter().take(3) {
            let (one, other) = &torn.values;
            let (who, at) = (named(torn.client), clock(torn.at));
            notes.push(format!(
                "{who} read {one} beside {other} on key {} at {at}",
                torn.key
            ));
        }
        if self.record.failures() > 0 {
            notes.push(format!(
                "answers that acknowledged nothing: {}",
                self.failures()
            ));
        }
        let happened = self.events.iter().take(12);
        notes.extend(happened.map(|(at, on, what)| format!("{} {on}: {what}", clock(*at))));
        notes
    }
}

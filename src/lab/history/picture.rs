//! What a reader sees of a history that went wrong: the few operations that show it, and the whole run in one line
//! for each part.

use std::time::Duration;

use super::{Counterexample, Deed, End, Operation, Record, Value};

/// How many operations beside the counter-example are kept, so that it can be seen among others.
const OTHERS: usize = 6;

/// What there is to draw.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// The operations of a counter-example and a few of the same clients around them, each with whether it is one of
    /// the counter-example's. The nearest of the others come first.
    pub operations: Vec<(Operation, Part)>,
    /// When changes were acknowledged.
    pub acknowledged: Vec<Duration>,
    /// When those of them were that are lost.
    pub lost: Vec<Duration>,
    /// When torn reads were answered.
    pub torn: Vec<Duration>,
    /// When something happened to a part, to which, and what.
    pub events: Vec<(Duration, String, String)>,
    /// How long it went on.
    pub span: Duration,
}

/// The part that an operation plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It is one of those that nothing explains.
    Culprit,
    /// It only stands around.
    Other,
}

impl Picture {
    /// Every text in it that a server may have had a word in, to be made safe to show.
    pub fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let read =
            self.operations
                .iter_mut()
                .filter_map(|(operation, _)| match &mut operation.deed {
                    Deed::Read(Value::Foreign(text)) => Some(text),
                    _ => None,
                });
        read.chain(self.events.iter_mut().map(|(_, _, what)| what))
    }

    /// The picture of a record; `events` are what happened to parts since the clients began.
    #[must_use]
    pub fn of(
        record: &Record,
        example: Option<&Counterexample>,
        events: Vec<(Duration, String, String)>,
    ) -> Self {
        let lost = record.lost();
        let ended = record.operations.iter().map(ended).max();
        Self {
            operations: example.map_or_else(Vec::new, |example| around(record, example)),
            acknowledged: record.acknowledged().map(|(at, ..)| at).collect(),
            lost: lost.iter().flat_map(|l| &l.writes).map(|w| w.0).collect(),
            torn: record.torn.iter().map(|t| t.at).collect(),
            span: record.span.max(ended.unwrap_or_default()),
            events,
        }
    }
}

fn around(record: &Record, example: &Counterexample) -> Vec<(Operation, Part)> {
    let culprits = &example.operations;
    let from = culprits.iter().map(|o| o.sent).min().unwrap_or_default();
    let to = example.ended();
    let same = |o: &&Operation| {
        o.key == example.key
            && culprits.iter().any(|c| c.client == o.client)
            && ended(o) >= from
            && o.sent <= to
            && !matches!(o.end, End::Refused(_))
            && !culprits.contains(o)
    };
    let mut others: Vec<&Operation> = record.operations.iter().filter(same).collect();
    others.sort_by_key(|o| to.abs_diff(o.sent));
    others.truncate(OTHERS);
    let culprits = culprits.iter().map(|o| (o.clone(), Part::Culprit));
    let others = others.into_iter().map(|o| (o.clone(), Part::Other));
    culprits.chain(others).collect()
}

fn ended(operation: &Operation) -> Duration {
    match operation.end {
        End::Answered(at) | End::Refused(at) => at,
        End::Unknown => operation.sent,
    }
}

//! A history: what concurrent clients asked of a few registers, what they were told, and when; and whether any
//! order of events explains it.
//!
//! A register is a key with one value. Every write writes a value that no other write writes, so that a read says
//! which write it saw; this is what makes judging fast (Gibbons and Korach, "Testing shared memories", SIAM J.
//! Comput. 26, 1997). An operation takes effect at one moment between its sending and its answer. A write without a
//! clear answer may take effect at any moment after it was sent, or never: it stays open for ever.
//!
//! The values of one register are put into an order by what must come before what; each [`Consistency`] says which
//! pairs of operations must ([`precedes`]). The history is explained if the order has no circle.

mod clients;
mod explain;
mod minimal;
mod order;
mod picture;
mod record;
mod schedule;
#[cfg(test)]
mod tests;
mod zone;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use clients::{Clients, Invocation, Refusal, Told, What};
pub use explain::{clock, named, told};
pub use minimal::{Counterexample, Reason};
pub use picture::{Part, Picture};
pub use record::{Last, Lost, Record, Sum, Torn};
pub use schedule::Plan;

/// What a register holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// What it held before the history began.
    Initial,
    /// What a write wrote.
    Written(u64),
    /// Something that no write of the history wrote.
    Foreign(String),
}

/// What an operation did, or was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Wrote a value.
    Write(u64),
    /// Was told this value.
    Read(Value),
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was answered at this moment.
    Answered(Duration),
    /// Nobody knows whether it took effect.
    Unknown,
    /// It was refused at this moment, so that it never took effect.
    Refused(Duration),
}

/// The client that reads every key before the others begin and after they have ended.
pub const CHECKER: usize = usize::MAX;

/// One operation of one client on one key. A read that was not answered says nothing and is no part of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The client, counted from 0. It waits for the end of one operation before it begins another.
    pub client: usize,
    /// The register.
    pub key: usize,
    /// What it did.
    pub deed: Deed,
    /// When it was sent, since the history began.
    pub sent: Duration,
    /// How it ended.
    pub end: End,
}

/// What can be asked of a history; each is asked of every key by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// There is one order of all operations that keeps to the clock, and every read sees the last write before it
    /// (Herlihy and Wing, 1990).
    Linearizable,
    /// There is one order of all operations that keeps each client's own order, and every read sees the last write
    /// before it (Lamport, 1979). It knows no clock.
    Sequential,
    /// After its own acknowledged write, a client reads that write or a later one. One write is later than another
    /// if it was sent after the other had taken effect for sure.
    ReadYourWrites,
    /// After a client has read a value, it reads that one or a later one.
    MonotonicReads,
}

impl Consistency {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Linearizable,
        Self::Sequential,
        Self::ReadYourWrites,
        Self::MonotonicReads,
    ];

    /// Its name, such as `read-your-writes`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Linearizable => "linearizable",
            Self::Sequential => "sequential",
            Self::ReadYourWrites => "read-your-writes",
            Self::MonotonicReads => "monotonic-reads",
        }
    }

    /// The one with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }
}

/// Judges a history: nothing when every key is explained, else the smallest counter-example of the first moment at
/// which a key no longer was.
#[must_use]
pub fn judge(history: &[Operation], consistency: Consistency) -> Option<Counterexample> {
    let mut keys: BTreeMap<usize, Vec<&Operation>> = BTreeMap::new();
    for operation in history {
        keys.entry(operation.key).or_default().push(operation);
    }
    let found = keys
        .values()
        .filter_map(|of_key| minimal::find(of_key, consistency));
    found.min_by_key(|example| (example.operations.len(), example.ended()))
}

/// An operation as the deciding sees it: numbers only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Op {
    client: usize,
    /// The value, numbered within the key; 0 is the initial one.
    value: usize,
    write: bool,
    /// Nanoseconds since the history began, plus one: the initial value was there at 0.
    start: u64,
    /// The same; [`OPEN`] when it may take effect at any moment.
    end: u64,
    /// Its place in the history of its key.
    place: usize,
}

/// The end of what may take effect at any moment.
const OPEN: u64 = u64::MAX;

/// Whether the operations are explained. Every value that is read must have its write among them.
fn explained(ops: &[Op], consistency: Consistency) -> bool {
    match consistency {
        Consistency::Linearizable => zone::explained(ops),
        _ => order::explained(ops, consistency),
    }
}

/// Whether `a` must come before `b`, where they are of different values: the definition of each consistency.
fn precedes(a: &Op, b: &Op, consistency: Consistency) -> bool {
    let own = a.client == b.client && a.end <= b.start;
    match consistency {
        Consistency::Linearizable => a.end < b.start,
        Consistency::Sequential => own,
        Consistency::ReadYourWrites => (b.write && a.end < b.start) || (own && a.write && !b.write),
        Consistency::MonotonicReads => {
            (b.write && a.end < b.start) || (own && !a.write && !b.write)
        }
    }
}

/// Whether a read comes before the write of what it read. A register cannot know what nobody has sent yet.
fn too_early(read: &Op, write: &Op, consistency: Consistency) -> bool {
    let own = read.client == write.client && read.end <= write.start;
    own || (consistency != Consistency::Sequential && read.end < write.start)
}

/// The values whose write was never sent, or refused for sure, and that were read all the same; with them the places
/// of such reads. And the operations of the others.
fn numbered(history: &[&Operation]) -> (Vec<usize>, Vec<Op>) {
    let mut numbers: BTreeMap<u64, usize> = BTreeMap::new();
    let effective = history
        .iter()
        .filter(|o| !matches!(o.end, End::Refused(_)))
        .filter_map(|o| match o.deed {
            Deed::Write(value) => Some(value),
            Deed::Read(_) => None,
        });
    for value in effective {
        let next = numbers.len() + 1;
        numbers.entry(value).or_insert(next);
    }
    let mut unwritten = BTreeSet::new();
    let mut ops = Vec::with_capacity(history.len());
    for (place, operation) in history.iter().enumerate() {
        let value = match &operation.deed {
            Deed::Write(value) | Deed::Read(Value::Written(value)) => numbers.get(value).copied(),
            Deed::Read(Value::Initial) => Some(0),
            Deed::Read(Value::Foreign(_)) => None,
        };
        let write = matches!(operation.deed, Deed::Write(_));
        let end = match operation.end {
            End::Answered(at) => nanoseconds(at),
            End::Unknown if write => OPEN,
            End::Unknown | End::Refused(_) => continue,
        };
        match value {
            Some(value) => ops.push(Op {
                client: operation.client,
                value,
                write,
                start: nanoseconds(operation.sent),
                end,
                place,
            }),
            None => {
                unwritten.insert(place);
            }
        }
    }
    (unwritten.into_iter().collect(), ops)
}

fn nanoseconds(at: Duration) -> u64 {
    u64::try_from(at.as_nanos()).map_or(OPEN - 1, |n| n.saturating_add(1).min(OPEN - 1))
}

/// How many values there are, the initial one included.
fn values(ops: &[Op]) -> usize {
    ops.iter().map(|op| op.value + 1).max().unwrap_or(1)
}

//! The record of a history: what was counted, what was torn, and what was lost.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{Consistency, Counterexample, Deed, End, Operation, Told, Value, judge};

/// Everything that is known after the clients have ended.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// The operations in the order in which they were sent.
    pub operations: Vec<Operation>,
    /// Reads that saw two halves of different writes.
    pub torn: Vec<Torn>,
    /// Answers that acknowledged nothing, and how many of each: status codes or errors.
    pub failed: BTreeMap<String, usize>,
    /// Changes that found nobody listening.
    pub refused: usize,
    /// What each key held before the clients began.
    pub initial: BTreeMap<usize, Told>,
    /// What each key held after they had ended, through each part.
    pub last: Vec<Last>,
    /// The keys that could not be read at the end, and through which part.
    pub unread: Vec<(usize, String)>,
    /// When the clients began.
    pub began: Option<Instant>,
    /// How long they were to go on.
    pub span: Duration,
}

/// A read that saw two halves of different writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// Who read.
    pub client: usize,
    /// The register.
    pub key: usize,
    /// When it was answered.
    pub at: Duration,
    /// The two values.
    pub values: (String, String),
}

/// What a key held at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Last {
    /// The register.
    pub key: usize,
    /// The part that said so.
    pub part: String,
    /// The value.
    pub value: Value,
}

/// Acknowledged writes of one key that are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The register.
    pub key: usize,
    /// The part that no longer has them.
    pub part: String,
    /// What it has instead.
    pub value: Value,
    /// When each of them was acknowledged, and what it wrote.
    pub writes: Vec<(Duration, u64)>,
}

/// What the sum of a key is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// The register.
    pub key: usize,
    /// The part that says so.
    pub part: String,
    /// How much larger the value became.
    pub added: u64,
    /// How many additions were acknowledged.
    pub acknowledged: u64,
    /// How many nobody knows the outcome of.
    pub unknown: u64,
}

impl Sum {
    /// How many additions of `delta` are missing, and how many are too many.
    #[must_use]
    pub fn off(&self, delta: u64) -> (u64, u64) {
        let least = self.acknowledged.saturating_mul(delta);
        let most = least.saturating_add(self.unknown.saturating_mul(delta));
        let lost = least.saturating_sub(self.added).div_ceil(delta);
        (lost, self.added.saturating_sub(most).div_ceil(delta))
    }
}

impl Record {
    /// The acknowledged changes: when, on which key, and with which value.
    pub fn acknowledged(&self) -> impl Iterator<Item = (Duration, usize, u64)> {
        self.operations
            .iter()
            .filter_map(|o| match (&o.deed, o.end) {
                (Deed::Write(value), End::Answered(at)) => Some((at, o.key, *value)),
                _ => None,
            })
    }

    /// How many changes nobody knows the outcome of.
    #[must_use]
    pub fn unknown(&self) -> usize {
        self.operations
            .iter()
            .filter(|o| o.end == End::Unknown)
            .count()
    }

    /// How many reads were answered.
    #[must_use]
    pub fn reads(&self) -> usize {
        let read = |o: &&Operation| matches!(o.deed, Deed::Read(_));
        self.operations.iter().filter(read).count() + self.torn.len()
    }

    /// How many answers acknowledged nothing.
    #[must_use]
    pub fn failures(&self) -> usize {
        self.failed.values().sum()
    }

    /// What breaks a consistency.
    #[must_use]
    pub fn judge(&self, consistency: Consistency) -> Option<Counterexample> {
        judge(&self.operations, consistency)
    }

    /// The acknowledged writes that were gone at the end: what was read last is older. For each key, through the part
    /// that lost the most.
    #[must_use]
    pub fn lost(&self) -> Vec<Lost> {
        let mut worst: BTreeMap<usize, Lost> = BTreeMap::new();
        for last in &self.last {
            let since = self.effective(last);
            let gone =
                |o: &&Operation| o.key == last.key && since.is_none_or(|since| since < o.sent);
            let writes =
                self.operations
                    .iter()
                    .filter(gone)
                    .filter_map(|o| match (&o.deed, o.end) {
                        (Deed::Write(value), End::Answered(at)) => Some((at, *value)),
                        _ => None,
                    });
            let writes: Vec<(Duration, u64)> = writes.collect();
            let more = worst
                .get(&last.key)
                .is_none_or(|l| l.writes.len() < writes.len());
            if more && !writes.is_empty() {
                worst.insert(
                    last.key,
                    Lost {
                        key: last.key,
                        part: last.part.clone(),
                        value: last.value.clone(),
                        writes,
                    },
                );
            }
        }
        worst.into_values().collect()
    }

    /// The moment by which the value had taken effect for sure; `None` for the initial value, and for one that nobody
    /// wrote.
    fn effective(&self, last: &Last) -> Option<Duration> {
        let Value::Written(value) = last.value else {
            return None;
        };
        let writes = self.operations.iter().filter(|o| o.key == last.key);
        let mut write = writes.filter(|o| o.deed == Deed::Write(value));
        write.next()?;
        let ends = self.operations.iter().filter_map(|o| {
            let same = o.deed == Deed::Write(value) || o.deed == Deed::Read(last.value.clone());
            match o.end {
                End::Answered(at) if o.key == last.key && same => Some(at),
                _ => None,
            }
        });
        ends.min()
    }

    /// What each key's sum is made of, through each part.
    #[must_use]
    pub fn sums(&self) -> Vec<Sum> {
        let changes = |key: usize, wanted: fn(&End) -> bool| {
            let changed =
                |o: &&Operation| o.key == key && matches!(o.deed, Deed::Write(_)) && wanted(&o.end);
            u64::try_from(self.operations.iter().filter(changed).count()).unwrap_or(u64::MAX)
        };
        let sum = |last: &Last| Sum {
            key: last.key,
            part: last.part.clone(),
            added: self.added(last),
            acknowledged: changes(last.key, |end| matches!(end, End::Answered(_))),
            unknown: changes(last.key, |end| *end == End::Unknown),
        };
        self.last.iter().map(sum).collect()
    }

    /// How many acknowledged additions are missing from the sums at the end, and how many were added more often than
    /// once; each added `delta`. For each key, through the part that is furthest off.
    #[must_use]
    pub fn miscounted(&self, delta: u64) -> (u64, u64) {
        let mut worst: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
        for sum in self.sums() {
            let off = worst.entry(sum.key).or_default();
            let (lost, doubled) = sum.off(delta);
            *off = (off.0.max(lost), off.1.max(doubled));
        }
        let both = |all: (u64, u64), off: &(u64, u64)| (all.0 + off.0, all.1 + off.1);
        worst.values().fold((0, 0), both)
    }

    /// How much larger the value of a key became.
    fn added(&self, last: &Last) -> u64 {
        let first = match self.initial.get(&last.key) {
            Some(Told::Value(json)) => json.as_u64().unwrap_or(0),
            _ => 0,
        };
        match &last.value {
            Value::Written(total) => total.saturating_sub(first),
            Value::Initial | Value::Foreign(_) => 0,
        }
    }
}

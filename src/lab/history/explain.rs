//! A counter-example in words.

use std::fmt;
use std::time::Duration;

use super::{CHECKER, Counterexample, Deed, End, Operation, Reason, Value};

/// A moment of a history, such as `1.203 s`.
#[must_use]
pub fn clock(at: Duration) -> String {
    format!("{}.{:03} s", at.as_secs(), at.subsec_millis())
}

/// What an operation wrote or was told, such as `17`.
#[must_use]
pub fn told(value: &Value) -> String {
    match value {
        Value::Initial => "what was there before".to_owned(),
        Value::Written(number) => number.to_string(),
        Value::Foreign(text) => text.clone(),
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Unwritten { read } => {
                let read = &self.operations[*read];
                write!(f, "{}, which nobody wrote", has_read(read))
            }
            Reason::Refused { read, write } => {
                let (read, write) = (&self.operations[*read], &self.operations[*write]);
                let by = client(write);
                write!(
                    f,
                    "{}, though {by}'s write of it was refused",
                    has_read(read)
                )
            }
            Reason::Early { read, write } => {
                let (read, write) = (&self.operations[*read], &self.operations[*write]);
                let at = clock(write.sent);
                let by = client(write);
                write!(
                    f,
                    "{} before {by} sent the write of it at {at}",
                    has_read(read)
                )
            }
            Reason::Circle(pairs) => self.circle(f, pairs),
        }
    }
}

impl Counterexample {
    /// The pair that surprises first: the one whose second operation is the last read.
    fn circle(&self, f: &mut fmt::Formatter<'_>, pairs: &[(usize, usize)]) -> fmt::Result {
        let of = |(a, b): &(usize, usize)| (&self.operations[*a], &self.operations[*b]);
        let late = |pair: &&(usize, usize)| {
            let (_, b) = of(pair);
            (matches!(b.deed, Deed::Read(_)), b.sent)
        };
        let Some(first) = pairs.iter().max_by_key(late) else {
            return Ok(());
        };
        let (a, b) = of(first);
        write!(f, "{} after {}", did(b), done(a, b))?;
        for pair in pairs.iter().filter(|pair| *pair != first) {
            let (a, b) = of(pair);
            let (old, new) = (told(&value(a)), told(&value(b)));
            write!(
                f,
                "; but {new} is later than {old}: {} after {}",
                did(b),
                done(a, b)
            )?;
        }
        Ok(())
    }
}

fn value(operation: &Operation) -> Value {
    match &operation.deed {
        Deed::Write(number) => Value::Written(*number),
        Deed::Read(value) => value.clone(),
    }
}

fn client(operation: &Operation) -> String {
    named(operation.client)
}

/// A client's name: clients are counted from 1 for people.
#[must_use]
pub fn named(client: usize) -> String {
    if client == CHECKER {
        "the last read".to_owned()
    } else {
        format!("client {}", client + 1)
    }
}

fn has_read(read: &Operation) -> String {
    format!(
        "{} read {} at {}",
        client(read),
        told(&value(read)),
        ended(read)
    )
}

/// An operation that began: `client 3 read 17 (asked at 1.301 s)`.
fn did(operation: &Operation) -> String {
    let (who, at) = (client(operation), clock(operation.sent));
    match &operation.deed {
        Deed::Write(number) => format!("{who} sent {number} at {at}"),
        Deed::Read(value) => format!("{who} read {} (asked at {at})", told(value)),
    }
}

/// An operation that was over before `next` began: `client 1's write of 18 was acknowledged at 1.203 s`.
fn done(operation: &Operation, next: &Operation) -> String {
    let own = operation.client == next.client;
    let at = ended(operation);
    match &operation.deed {
        Deed::Write(number) if own => format!("its own write of {number} was acknowledged at {at}"),
        Deed::Write(number) => {
            format!(
                "{}'s write of {number} was acknowledged at {at}",
                client(operation)
            )
        }
        Deed::Read(value) if own => format!("it had read {} at {at}", told(value)),
        Deed::Read(value) => format!("{} had read {} at {at}", client(operation), told(value)),
    }
}

fn ended(operation: &Operation) -> String {
    match operation.end {
        End::Answered(at) | End::Refused(at) => clock(at),
        End::Unknown => "a moment unknown".to_owned(),
    }
}

//! Concurrent clients over HTTP: each waits for one answer before it asks again, none sends anything twice that may
//! not be done twice, and all go on while servers are killed under them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use rand::Rng;
use serde_json::Value as Json;
use tokio::time::sleep;

use super::schedule::{Due, draw, rounds};
use super::{CHECKER, Deed, End, Last, Operation, Plan, Record, Torn, Value};
use crate::lab::http::{Answer, Client, Request};
use crate::lab::transport::{Phase, TransportError};

/// The pause before something is tried again.
const AGAIN: Duration = Duration::from_millis(50);

/// How long something is tried again after the clients have ended, while servers may still be starting.
const PATIENCE: Duration = Duration::from_secs(15);

/// An operation about to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Who sends it; [`CHECKER`] for the first and the last reads.
    pub client: usize,
    /// The register.
    pub key: usize,
    /// Which of the parts receives it.
    pub part: usize,
    /// A number that no other operation has: the value of a write.
    pub value: u64,
    /// What is sent.
    pub what: What,
}

/// What an operation asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// To be told the value.
    Read,
    /// To replace the value.
    Write,
    /// To add to the value, once however often it is asked.
    Add,
}

/// What an answer to a read says.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// This value.
    Value(Json),
    /// That there is none.
    Nothing,
    /// Two values that must be the same, and are not.
    Torn(Json, Json),
}

/// Why the clients could not begin or go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A request cannot be made.
    #[error("{0}")]
    Request(String),
    /// A key could not be read before the clients began.
    #[error("key {key} could not be read before the clients began: {answer}")]
    First {
        /// The key.
        key: usize,
        /// The status or the error.
        answer: String,
    },
}

/// The clients at work.
pub struct Clients<'a> {
    /// How much they do.
    pub plan: Plan,
    /// How the value is changed.
    pub change: What,
    /// The names of the parts that are asked.
    pub parts: Vec<String>,
    /// Makes the request of an invocation.
    pub request: &'a dyn Fn(&Invocation) -> Result<Request, String>,
    /// Reads the answer to a read.
    pub told: &'a dyn Fn(&Answer) -> Told,
    /// Whether something is still to happen while they work: then they go on, although their time is up.
    pub awaited: &'a dyn Fn() -> bool,
    /// Is told of each change that was acknowledged.
    pub acknowledged: &'a dyn Fn(),
}

/// What the clients share.
struct Shared<'a> {
    clients: &'a Clients<'a>,
    began: Instant,
    next: AtomicU64,
    /// What each key held at first.
    initial: BTreeMap<usize, Told>,
}

/// What became of what one client did.
#[derive(Debug, Default)]
struct Own {
    operations: Vec<Operation>,
    torn: Vec<Torn>,
    failed: BTreeMap<String, usize>,
    refused: usize,
}

impl Own {
    /// Counts an answer that acknowledges nothing; apart from it a connection that nobody took.
    fn count(&mut self, answer: &Result<Answer, TransportError>) {
        if matches!(answer, Err(TransportError::Refused(_))) {
            self.refused += 1;
        } else {
            *self.failed.entry(short(answer)).or_default() += 1;
        }
    }
}

impl Clients<'_> {
    /// Reads every key, lets the clients work, and reads every key again through each part that is still there, which
    /// `standing` says. A read or write that has no clear answer is never sent again.
    ///
    /// # Errors
    /// When a request cannot be made, or a key cannot be read at first.
    pub async fn run(
        &self,
        generator: &mut impl Rng,
        standing: impl AsyncFn() -> Vec<String>,
    ) -> Result<Record, Refusal> {
        let mut shared = Shared {
            clients: self,
            began: Instant::now(),
            next: AtomicU64::new(1),
            initial: BTreeMap::new(),
        };
        shared.first_reads().await?;
        let schedule = draw(&self.plan, generator);
        shared.began = Instant::now();
        let working = schedule
            .iter()
            .enumerate()
            .map(|(client, due)| shared.work(client, due));
        let mut record = Record {
            began: Some(shared.began),
            span: self.plan.span,
            ..Record::default()
        };
        for own in join_all(working).await {
            let own = own?;
            record.operations.extend(own.operations);
            record.torn.extend(own.torn);
            record.refused += own.refused;
            for (answer, n) in own.failed {
                *record.failed.entry(answer).or_default() += n;
            }
        }
        record.span = record.span.max(shared.began.elapsed());
        shared.last_reads(&mut record, standing).await?;
        record.operations.sort_by_key(|o| o.sent);
        record.initial = shared.initial;
        Ok(record)
    }
}

impl Shared<'_> {
    fn invocation(&self, client: usize, key: usize, part: usize, what: What) -> Invocation {
        let value = self.next.fetch_add(1, Ordering::Relaxed);
        let part = part % self.clients.parts.len().max(1);
        Invocation {
            client,
            key,
            part,
            value,
            what,
        }
    }

    async fn first_reads(&mut self) -> Result<(), Refusal> {
        let client = Client::default();
        for key in 0..self.clients.plan.keys {
            let invocation = self.invocation(CHECKER, key, key, What::Read);
            let request = (self.clients.request)(&invocation).map_err(Refusal::Request)?;
            let answer = client.send(&request).await;
            let told = answer.as_ref().ok().and_then(|a| self.told(a));
            let Some(told) = told else {
                let answer = short(&answer);
                return Err(Refusal::First { key, answer });
            };
            // New values are larger than any that is there.
            if let Told::Value(Json::Number(held)) = &told {
                let above = held.as_u64().map_or(1, |n| n.saturating_add(1));
                self.next.fetch_max(above, Ordering::Relaxed);
            }
            self.initial.insert(key, told);
        }
        Ok(())
    }

    fn told(&self, answer: &Answer) -> Option<Told> {
        match answer.status {
            200..=299 => Some((self.clients.told)(answer)),
            404 => Some(Told::Nothing),
            _ => None,
        }
    }

    async fn work(&self, number: usize, schedule: &[Due]) -> Result<Own, Refusal> {
        let client = Client::default();
        let mut own = Own::default();
        for (again, due) in rounds(schedule) {
            let at = due.at + self.clients.plan.span * again;
            sleep(at.saturating_sub(self.began.elapsed())).await;
            if self.is_over() {
                break;
            }
            let what = if due.read {
                What::Read
            } else {
                self.clients.change
            };
            let invocation = self.invocation(number, due.key, due.part, what);
            match what {
                What::Read => drop(self.read(&client, &invocation, &mut own).await?),
                What::Write | What::Add => self.change(&client, invocation, &mut own).await?,
            }
        }
        Ok(own)
    }

    /// Whether the time is up and all has happened that was to happen meanwhile, or never will.
    fn is_over(&self) -> bool {
        let span = self.clients.plan.span;
        let elapsed = self.began.elapsed();
        elapsed > span && (!(self.clients.awaited)() || elapsed > span + PATIENCE)
    }

    async fn read(
        &self,
        client: &Client,
        invocation: &Invocation,
        own: &mut Own,
    ) -> Result<bool, Refusal> {
        let request = (self.clients.request)(invocation).map_err(Refusal::Request)?;
        let sent = self.began.elapsed();
        let answer = client.send_once(&request).await;
        let at = self.began.elapsed();
        let Some(told) = answer.as_ref().ok().and_then(|a| self.told(a)) else {
            own.count(&answer);
            return Ok(false);
        };
        if let Told::Torn(one, other) = &told {
            own.torn.push(Torn {
                client: invocation.client,
                key: invocation.key,
                at,
                values: (one.to_string(), other.to_string()),
            });
            return Ok(true);
        }
        own.operations.push(Operation {
            client: invocation.client,
            key: invocation.key,
            deed: Deed::Read(self.value(invocation.key, &told)),
            sent,
            end: End::Answered(at),
        });
        Ok(true)
    }

    /// The value that was told, as the history names it.
    fn value(&self, key: usize, told: &Told) -> Value {
        if self.initial.get(&key) == Some(told) {
            return Value::Initial;
        }
        match told {
            Told::Value(json) => match json.as_u64() {
                Some(number) => Value::Written(number),
                None => Value::Foreign(json.to_string()),
            },
            _ => Value::Foreign("nothing".to_owned()),
        }
    }

    /// Writes or adds. What has no clear answer stays unknown; only an addition is asked again, because it counts once.
    async fn change(
        &self,
        client: &Client,
        mut invocation: Invocation,
        own: &mut Own,
    ) -> Result<(), Refusal> {
        let mut request = (self.clients.request)(&invocation).map_err(Refusal::Request)?;
        let sent = self.began.elapsed();
        let mut unknown = false;
        let end = loop {
            let answer = client.send_once(&request).await;
            let end = end(&answer, self.began.elapsed());
            unknown |= end == End::Unknown;
            match end {
                End::Answered(_) => (self.clients.acknowledged)(),
                _ => own.count(&answer),
            }
            let over = self.began.elapsed() > self.clients.plan.span + PATIENCE;
            let settled = matches!(end, End::Answered(_)) || !unknown;
            if settled || invocation.what == What::Write || over {
                break if unknown && !matches!(end, End::Answered(_)) {
                    End::Unknown
                } else {
                    end
                };
            }
            sleep(AGAIN).await;
            invocation.part = (invocation.part + 1) % self.clients.parts.len().max(1);
            request = (self.clients.request)(&invocation).map_err(Refusal::Request)?;
        };
        own.operations.push(Operation {
            client: invocation.client,
            key: invocation.key,
            deed: Deed::Write(invocation.value),
            sent,
            end,
        });
        Ok(())
    }

    /// Reads every key through every part that stands. Goes on until each key was read, or patience ends.
    async fn last_reads(
        &self,
        record: &mut Record,
        standing: impl AsyncFn() -> Vec<String>,
    ) -> Result<(), Refusal> {
        let client = Client::default();
        let late = self.began.elapsed() + PATIENCE;
        let keys = 0..self.clients.plan.keys;
        let parts = 0..self.clients.parts.len();
        let mut left: BTreeSet<(usize, usize)> = keys
            .flat_map(|key| parts.clone().map(move |part| (key, part)))
            .collect();
        loop {
            let standing = standing().await;
            let stands = |part: usize| standing.contains(&self.clients.parts[part]);
            for (key, part) in left.clone().into_iter().filter(|&(_, part)| stands(part)) {
                if self.last_read(&client, key, part, record).await? {
                    left.remove(&(key, part));
                }
            }
            let done = !standing.is_empty() && !left.iter().any(|&(_, part)| stands(part));
            if done || self.began.elapsed() > late {
                left.retain(|&(_, part)| standing.is_empty() || stands(part));
                let name = |(key, part): (usize, usize)| (key, self.clients.parts[part].clone());
                record.unread = left.into_iter().map(name).collect();
                return Ok(());
            }
            sleep(AGAIN).await;
        }
    }

    async fn last_read(
        &self,
        client: &Client,
        key: usize,
        part: usize,
        record: &mut Record,
    ) -> Result<bool, Refusal> {
        let invocation = self.invocation(CHECKER, key, part, What::Read);
        let mut own = Own::default();
        let told = self.read(client, &invocation, &mut own).await?;
        record.torn.append(&mut own.torn);
        for operation in own.operations {
            if let Deed::Read(value) = &operation.deed {
                record.last.push(Last {
                    key,
                    part: self.clients.parts[part].clone(),
                    value: value.clone(),
                });
            }
            record.operations.push(operation);
        }
        Ok(told)
    }
}

/// How a change ended: 2xx took effect; 4xx, or no connection, did not; nobody knows about the rest.
fn end(answer: &Result<Answer, TransportError>, at: Duration) -> End {
    match answer {
        Ok(answer) if (200..300).contains(&answer.status) => End::Answered(at),
        Ok(answer) if (400..500).contains(&answer.status) => End::Refused(at),
        Err(
            TransportError::Refused(_)
            | TransportError::TimedOut(Phase::Connecting, _)
            | TransportError::BadUrl(_),
        ) => End::Refused(at),
        _ => End::Unknown,
    }
}

fn short(answer: &Result<Answer, TransportError>) -> String {
    match answer {
        Ok(answer) => answer.status.to_string(),
        Err(error) => error.short().to_owned(),
    }
}

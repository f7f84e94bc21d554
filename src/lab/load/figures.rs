//! Figures: what a load measured.

use std::collections::BTreeMap;
use std::time::Duration;

use super::limit::Limit;
use super::spread::{Collector, Spread};
use super::{Arrivals, Fault};

/// What a load measured. Only requests that were due after the warm-up count.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// When requests were sent.
    pub arrivals: Arrivals,
    /// How many connections there were.
    pub connections: usize,
    /// How long was counted.
    pub window: Duration,
    /// How many requests were due.
    pub due: u64,
    /// How many of them were sent.
    pub sent: u64,
    /// Answers per second that came within the window, those with 5xx left out.
    pub rate: f64,
    /// How long answers took, from the moment the request was due (open) or sent (closed). One that was given up, or
    /// could not be sent, counts with the time it had waited by then; one that was refused or cut does not count.
    pub latency: Spread,
    /// How late this machine sent what it could have sent on time.
    pub lateness: Spread,
    /// How many answers had each status.
    pub statuses: BTreeMap<u16, u64>,
    /// Why how many requests had no complete answer.
    pub faults: BTreeMap<Fault, u64>,
    /// How many answers each instance gave, as a balancer says.
    pub servers: BTreeMap<String, u64>,
    /// The share of one processor that the sending took, where the system tells.
    pub busy: Option<f64>,
    /// Whether this machine was the limit.
    pub limit: Option<Limit>,
}

impl Figures {
    /// How many requests have no complete answer.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.faults.values().sum()
    }

    /// How many requests failed: no complete answer, or one with 5xx.
    #[must_use]
    pub fn failed(&self) -> u64 {
        let broken = self.statuses.iter().filter(|(status, _)| **status >= 500);
        self.errors() + broken.map(|(_, n)| n).sum::<u64>()
    }

    /// How many requests ended in each way: a status, or why there is none.
    pub fn endings(&self) -> impl Iterator<Item = (String, u64)> {
        let statuses = self.statuses.iter().map(|(s, n)| (s.to_string(), *n));
        let faults = self.faults.iter().map(|(f, n)| (f.to_string(), *n));
        statuses.chain(faults)
    }
}

/// How one counted request ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending<'a> {
    pub(super) result: Result<u16, Fault>,
    /// Since it was due, or since it was sent.
    pub(super) took: Duration,
    /// Whether it ended within the window.
    pub(super) within: bool,
    /// Who answered; empty where no balancer says so.
    pub(super) server: &'a [u8],
}

/// Where endings are written down.
#[derive(Debug)]
pub(super) struct Book {
    latency: Collector,
    lateness: Collector,
    /// How many answers had each status, from 100 to 999.
    statuses: Vec<u64>,
    faults: BTreeMap<Fault, u64>,
    servers: Vec<(Vec<u8>, u64)>,
    good: u64,
    sent: u64,
}

impl Book {
    pub(super) fn new() -> Self {
        Self {
            latency: Collector::new(),
            lateness: Collector::new(),
            statuses: vec![0; 1_000],
            faults: BTreeMap::new(),
            servers: Vec::new(),
            good: 0,
            sent: 0,
        }
    }

    /// This machine was so late.
    pub(super) fn late(&mut self, by: Duration) {
        self.lateness.add(by);
    }

    /// A counted request was sent, and ended.
    pub(super) fn ended(&mut self, ending: Ending<'_>) {
        self.sent += 1;
        match ending.result {
            Ok(status) => {
                self.latency.add(ending.took);
                if let Some(count) = self.statuses.get_mut(usize::from(status)) {
                    *count += 1;
                }
                if status < 500 && ending.within {
                    self.good += 1;
                }
                self.count(ending.server);
            }
            Err(fault) => {
                if fault == Fault::TimedOut {
                    self.latency.add(ending.took);
                }
                *self.faults.entry(fault).or_default() += 1;
            }
        }
    }

    /// A counted request could not be sent, and had waited so long.
    pub(super) fn unsent(&mut self, waited: Duration) {
        self.latency.add(waited);
        *self.faults.entry(Fault::Unsent).or_default() += 1;
    }

    fn count(&mut self, server: &[u8]) {
        if server.is_empty() {
            return;
        }
        match self.servers.iter_mut().find(|(name, _)| name == server) {
            Some((_, n)) => *n += 1,
            None => self.servers.push((server.to_vec(), 1)),
        }
    }

    /// What it all comes to.
    pub(super) fn figures(
        &self,
        arrivals: Arrivals,
        connections: usize,
        window: Duration,
        busy: Option<f64>,
    ) -> Figures {
        let unsent = self.faults.get(&Fault::Unsent).copied().unwrap_or(0);
        let statuses = (0_u16..).zip(&self.statuses).filter(|(_, n)| **n > 0);
        let servers = self.servers.iter();
        let mut figures = Figures {
            arrivals,
            connections,
            window,
            due: self.sent + unsent,
            sent: self.sent,
            rate: per_second(self.good, window),
            latency: self.latency.spread(),
            lateness: self.lateness.spread(),
            statuses: statuses.map(|(status, n)| (status, *n)).collect(),
            faults: self.faults.clone(),
            servers: servers
                .map(|(name, n)| (String::from_utf8_lossy(name).into_owned(), *n))
                .collect(),
            busy,
            limit: None,
        };
        figures.limit = Limit::of(&figures);
        figures
    }
}

fn per_second(count: u64, window: Duration) -> f64 {
    let count = u32::try_from(count).map_or(f64::from(u32::MAX), f64::from);
    if window.is_zero() {
        0.0
    } else {
        count / window.as_secs_f64()
    }
}

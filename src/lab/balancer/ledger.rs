//! The ledger: what the balancer writes into the timeline.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::{Method, StatusCode};

use crate::lab::timeline::{Recorder, What};

/// How many requests per second are written down. Nobody draws more, and a load test would fill the memory.
const PER_SECOND: u32 = 500;
/// How many requests are written down in all.
const IN_ALL: u32 = 50_000;

/// Writes requests and answers into the timeline, as long as there are not too many.
#[derive(Debug)]
pub(super) struct Ledger {
    name: String,
    recorder: Recorder,
    window: Mutex<Window>,
}

#[derive(Debug)]
struct Window {
    began: Instant,
    written: u32,
    in_all: u32,
}

/// A request that was written down, whose answer shall be too.
#[derive(Debug)]
pub(super) struct Entry {
    to: String,
}

impl Ledger {
    pub(super) fn new(name: &str, recorder: &Recorder) -> Self {
        Self {
            name: name.to_owned(),
            recorder: recorder.clone(),
            window: Mutex::new(Window {
                began: Instant::now(),
                written: 0,
                in_all: 0,
            }),
        }
    }

    /// Writes down that a request goes to an instance.
    pub(super) fn request(&self, to: &str, method: &Method, path: &str) -> Option<Entry> {
        if !self.has_room() {
            return None;
        }
        self.recorder.record(What::Request {
            from: self.name.clone(),
            to: to.to_owned(),
            label: format!("{method} {}", crate::base::text::printable(path)),
        });
        Some(Entry { to: to.to_owned() })
    }

    /// Writes down the answer to it.
    pub(super) fn answer(&self, entry: Option<Entry>, status: StatusCode) {
        if let Some(entry) = entry {
            self.response(entry, status.as_str().to_owned());
        }
    }

    /// Writes down why there was none.
    pub(super) fn failure(&self, entry: Option<Entry>, reason: &str) {
        if let Some(entry) = entry {
            self.response(entry, reason.to_owned());
        }
    }

    fn response(&self, entry: Entry, label: String) {
        self.recorder.record(What::Response {
            from: entry.to,
            to: self.name.clone(),
            label,
            expected: None,
        });
    }

    /// Writes down what the balancer did by itself.
    pub(super) fn note(&self, label: &str) {
        self.recorder.record(What::Note {
            on: self.name.clone(),
            label: label.to_owned(),
        });
    }

    fn has_room(&self) -> bool {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.in_all >= IN_ALL {
            return false;
        }
        if window.written >= PER_SECOND {
            if window.began.elapsed() < Duration::from_secs(1) {
                return false;
            }
            window.began = Instant::now();
            window.written = 0;
        }
        window.written += 1;
        window.in_all += 1;
        true
    }
}

//! The timeline: what happened in a world, in order, with who sent what to whom.
//!
//! Every part of the lab may hold a [`Recorder`]; the sequence diagram of a failing check is drawn from its events.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Time since the world began.
    pub at: Duration,
    /// What happened.
    pub what: What,
}

/// What can happen in a world. Names are those of the check file (`a`, `lb`), and `checker` for `course` itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A request went from one part to another.
    Request {
        /// Who sent it.
        from: String,
        /// Who was meant to receive it.
        to: String,
        /// Method and path, such as `GET /preferences`.
        label: String,
    },
    /// An answer came back, or an error did (`refused`, `no answer in 5 s`).
    Response {
        /// Who answered.
        from: String,
        /// Who received it.
        to: String,
        /// Status code, or the error in a few words.
        label: String,
        /// Whether this is where the expectation broke, and what was expected instead.
        expected: Option<String>,
    },
    /// Something happened to one part: `kill -9`, `started`, `exited with code 1`, `stalled for 400 ms`.
    Note {
        /// The part.
        on: String,
        /// What happened to it.
        label: String,
    },
}

/// Collects events from every part of one world. Clones share the same events.
#[derive(Clone, Debug)]
pub struct Recorder {
    began: Instant,
    events: Option<Arc<Mutex<Vec<Event>>>>,
}

impl Default for Recorder {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            events: Some(Arc::default()),
        }
    }
}

impl Recorder {
    /// A recorder that forgets everything, for parts that run on for hours.
    #[must_use]
    pub fn off() -> Self {
        Self {
            began: Instant::now(),
            events: None,
        }
    }

    /// Whether anything is kept, so that a busy part need not prepare what is forgotten.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.events.is_some()
    }

    /// Adds an event that happens now.
    pub fn record(&self, what: What) {
        if let Some(events) = &self.events {
            let at = self.began.elapsed();
            let event = Event { at, what };
            events
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(event);
        }
    }

    /// How long ago the first moment of the timeline was.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// A place in the timeline, to be given to [`Recorder::since`].
    #[must_use]
    pub fn mark(&self) -> usize {
        self.events.as_ref().map_or(0, |events| {
            events.lock().unwrap_or_else(PoisonError::into_inner).len()
        })
    }

    /// What has happened since `mark`.
    #[must_use]
    pub fn since(&self, mark: usize) -> Vec<Event> {
        let Some(events) = &self.events else {
            return Vec::new();
        };
        let events = events.lock().unwrap_or_else(PoisonError::into_inner);
        events.get(mark..).unwrap_or_default().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_write_to_one_timeline() {
        let one = Recorder::default();
        let two = one.clone();
        one.record(What::Note {
            on: "a".into(),
            label: "started".into(),
        });
        let mark = one.mark();
        two.record(What::Note {
            on: "a".into(),
            label: "kill -9".into(),
        });
        assert_eq!(one.since(mark).len(), 1);
        assert_eq!(two.since(0).len(), 2);
    }
}

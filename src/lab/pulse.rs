//! The pulse of this machine: a thread that wakes often and notices when it was not allowed to.
//!
//! A learner must not fail because the machine was too busy to run anything. When a check fails by the clock alone,
//! the pulse says whether this machine had stood still meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const BEAT: Duration = Duration::from_millis(20);

/// A lateness below this is ordinary.
const ORDINARY: Duration = Duration::from_millis(100);

/// Watches until it is dropped.
#[derive(Debug)]
pub struct Pulse {
    late: Arc<Mutex<Vec<(Instant, Duration)>>>,
    over: Arc<AtomicBool>,
}

impl Pulse {
    /// Begins to watch.
    #[must_use]
    pub fn start() -> Self {
        let pulse = Self {
            late: Arc::default(),
            over: Arc::default(),
        };
        let (late, over) = (Arc::clone(&pulse.late), Arc::clone(&pulse.over));
        std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                let before = Instant::now();
                std::thread::sleep(BEAT);
                let lateness = before.elapsed().saturating_sub(BEAT);
                if lateness > ORDINARY {
                    late.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push((Instant::now(), lateness));
                }
            }
        });
        pulse
    }

    /// The longest time since `then` in which this machine did not let the watcher run.
    #[must_use]
    pub fn worst_since(&self, then: Instant) -> Duration {
        let late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        let since = late
            .iter()
            .filter(|(at, _)| *at >= then)
            .map(|(_, lateness)| *lateness);
        since.max().unwrap_or(Duration::ZERO)
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

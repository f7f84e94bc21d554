//! The pulse of this machine: a thread that wakes often and notices when it was not allowed to, and how long servers
//! had to wait for a processor.
//!
//! A learner must not fail because the machine was too busy to run anything. When a check fails by the clock alone,
//! the pulse says whether this machine had stood still meanwhile, or had no time for the servers.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::turn::{self, Turn};

const BEAT: Duration = Duration::from_millis(20);

/// A lateness below this is ordinary.
const ORDINARY: Duration = Duration::from_millis(100);

/// How many beats pass between two looks at the servers.
const LOOK: usize = 12;

/// Servers that had this share of all processors themselves were kept waiting by nobody else.
const OWN: f64 = 0.8;

/// Watches until it is dropped.
#[derive(Debug)]
pub struct Pulse {
    seen: Arc<Mutex<Seen>>,
    over: Arc<AtomicBool>,
}

/// What was seen, each with the moment at which it ended.
#[derive(Debug, Default)]
struct Seen {
    late: Vec<(Instant, Duration)>,
    turns: Vec<(Instant, BTreeMap<u32, Turn>)>,
    /// What every process had had by the last look.
    before: BTreeMap<u32, Turn>,
}

impl Pulse {
    /// Begins to watch.
    #[must_use]
    pub fn start() -> Self {
        let pulse = Self {
            seen: Arc::default(),
            over: Arc::default(),
        };
        let (seen, over) = (Arc::clone(&pulse.seen), Arc::clone(&pulse.over));
        lock(&seen).before = turn::taken();
        std::thread::spawn(move || {
            for beat in 1_usize.. {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let before = Instant::now();
                std::thread::sleep(BEAT);
                let lateness = before.elapsed().saturating_sub(BEAT);
                if lateness > ORDINARY {
                    lock(&seen).late.push((Instant::now(), lateness));
                }
                if beat.is_multiple_of(LOOK) {
                    lock(&seen).look();
                }
            }
        });
        pulse
    }

    /// The longest time since `then` in which this machine did not let the watcher run.
    #[must_use]
    pub fn worst_since(&self, then: Instant) -> Duration {
        let seen = lock(&self.seen);
        let since = seen.late.iter().filter(|(at, _)| *at >= then);
        since
            .map(|(_, lateness)| *lateness)
            .max()
            .unwrap_or_default()
    }

    /// The longest that a server, or `course` itself, has waited for a processor since `then`, all its waits together.
    /// Nothing when it was the servers that took them.
    #[must_use]
    pub fn waited_since(&self, then: Instant) -> Duration {
        let mut seen = lock(&self.seen);
        seen.look();
        let mut sums: BTreeMap<u32, Turn> = BTreeMap::new();
        for (_, turns) in seen.turns.iter().filter(|(at, _)| *at >= then) {
            for (process, turn) in turns {
                let sum = sums.entry(*process).or_default();
                sum.ran += turn.ran;
                sum.waited += turn.waited;
            }
        }
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        kept_waiting(&sums, then.elapsed(), processors)
    }
}

/// The longest wait of all, unless it was the processes themselves that took the processors.
fn kept_waiting(turns: &BTreeMap<u32, Turn>, elapsed: Duration, processors: usize) -> Duration {
    let processors = u32::try_from(processors).map_or(f64::MAX, f64::from);
    let ran: Duration = turns.values().map(|turn| turn.ran).sum();
    if ran.as_secs_f64() > OWN * processors * elapsed.as_secs_f64() {
        return Duration::ZERO;
    }
    let waits = turns.values().map(|turn| turn.waited);
    waits.max().unwrap_or_default()
}

impl Seen {
    /// Notes what every process has had since the last look.
    fn look(&mut self) {
        let now = turn::taken();
        let since = now.iter().map(|(process, turn)| {
            let before = self.before.get(process).copied().unwrap_or_default();
            // Threads that have ended have taken their time with them.
            let turn = Turn {
                ran: turn.ran.saturating_sub(before.ran),
                waited: turn.waited.saturating_sub(before.waited),
            };
            (*process, turn)
        });
        self.turns.push((Instant::now(), since.collect()));
        self.before = now;
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_wait_counts_unless_the_servers_took_all_processors_themselves() {
        let seconds = Duration::from_secs;
        let turn = |ran, waited| Turn {
            ran: seconds(ran),
            waited: seconds(waited),
        };
        let mut turns = BTreeMap::from([(1, turn(0, 1)), (2, turn(3, 4))]);
        assert_eq!(kept_waiting(&turns, seconds(5), 2), seconds(4));
        turns.insert(3, turn(6, 2));
        assert_eq!(kept_waiting(&turns, seconds(5), 2), Duration::ZERO);
        assert_eq!(kept_waiting(&turns, seconds(5), 4), seconds(4));
    }

    #[test]
    fn what_was_waited_before_the_moment_does_not_count() {
        let pulse = Pulse::start();
        let (then, long) = (Instant::now(), Duration::from_hours(1));
        let turn = Turn {
            ran: Duration::ZERO,
            waited: long,
        };
        // No process has this number.
        let turns = BTreeMap::from([(0, turn)]);
        lock(&pulse.seen).turns.push((Instant::now(), turns));
        let later = Instant::now();
        assert_eq!(pulse.waited_since(then), long);
        assert!(pulse.waited_since(later) < long);
    }
}

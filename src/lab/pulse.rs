//! The pulse of this machine: a thread that wakes often and notices when it was not allowed to, and how long servers
//! had to wait for a processor.
//!
//! A learner must not fail because the machine was too busy to run anything. When a check fails by the clock alone,
//! the pulse says whether this machine had stood still meanwhile, or had no time for the servers.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::processor_time::{self, ProcessorTime, Thread};

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
    times: Vec<(Instant, BTreeMap<u32, ProcessorTime>)>,
    /// What every thread had had by the last look.
    before: BTreeMap<Thread, ProcessorTime>,
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
        lock(&seen).before = processor_time::taken();
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
    pub fn run_delay_since(&self, then: Instant) -> Duration {
        let mut seen = lock(&self.seen);
        seen.look();
        let sums = seen.since(then);
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        imposed_delay(&sums, then.elapsed(), processors)
    }
}

/// The longest wait of all, unless it was the processes themselves that took the processors.
fn imposed_delay(
    times: &BTreeMap<u32, ProcessorTime>,
    elapsed: Duration,
    processors: usize,
) -> Duration {
    let processors = u32::try_from(processors).map_or(f64::MAX, f64::from);
    let ran: Duration = times.values().map(|time| time.ran).sum();
    if ran.as_secs_f64() > OWN * processors * elapsed.as_secs_f64() {
        return Duration::ZERO;
    }
    let delays = times.values().map(|time| time.run_delay);
    delays.max().unwrap_or_default()
}

impl Seen {
    /// What every process has had since `then`.
    fn since(&self, then: Instant) -> BTreeMap<u32, ProcessorTime> {
        let mut sums: BTreeMap<u32, ProcessorTime> = BTreeMap::new();
        for (_, times) in self.times.iter().filter(|(at, _)| *at >= then) {
            for (process, time) in times {
                let sum = sums.entry(*process).or_default();
                sum.ran += time.ran;
                sum.run_delay += time.run_delay;
            }
        }
        sums
    }

    /// Notes what every process has had since the last look.
    fn look(&mut self) {
        let now = processor_time::taken();
        let mut since: BTreeMap<u32, ProcessorTime> = BTreeMap::new();
        for (thread, time) in &now {
            let before = self.before.get(thread).copied().unwrap_or_default();
            let sum = since.entry(thread.0).or_default();
            sum.ran += time.ran.saturating_sub(before.ran);
            sum.run_delay += time.run_delay.saturating_sub(before.run_delay);
        }
        self.times.push((Instant::now(), since));
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
        let time = |ran, run_delay| ProcessorTime {
            ran: seconds(ran),
            run_delay: seconds(run_delay),
        };
        let mut times = BTreeMap::from([(1, time(0, 1)), (2, time(3, 4))]);
        assert_eq!(imposed_delay(&times, seconds(5), 2), seconds(4));
        times.insert(3, time(6, 2));
        assert_eq!(imposed_delay(&times, seconds(5), 2), Duration::ZERO);
        assert_eq!(imposed_delay(&times, seconds(5), 4), seconds(4));
    }

    #[test]
    fn what_was_waited_before_the_moment_does_not_count() {
        let (then, second) = (Instant::now(), Duration::from_secs(1));
        let later = then + second;
        let time = ProcessorTime {
            ran: second,
            run_delay: 2 * second,
        };
        let times = BTreeMap::from([(1, time)]);
        let seen = Seen {
            times: vec![(then, times.clone()), (later, times)],
            ..Seen::default()
        };
        assert_eq!(seen.since(then)[&1].run_delay, 4 * second);
        assert_eq!(seen.since(later)[&1].ran, second);
        assert!(seen.since(later + second).is_empty());
    }
}

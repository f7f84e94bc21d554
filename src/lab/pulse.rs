//! The pulse of this machine: a thread that wakes often and notices when it was not allowed to, and how long servers
//! had to wait for a processor.
//!
//! A learner must not fail because the machine was too busy to run anything. When a check fails by the clock alone,
//! the pulse says whether this machine had stood still meanwhile, or had no time for the servers.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::processor_time::{self, Taken};

const BEAT: Duration = Duration::from_millis(20);

/// A lateness below this is ordinary.
const ORDINARY: Duration = Duration::from_millis(100);

/// How many beats pass between two looks at the servers.
const LOOK: usize = 12;

/// Where others had less than this share of what the processors did, the servers were kept waiting by each other.
const OTHERS: f64 = 0.25;

/// Who runs beside the servers that a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Company {
    /// Nothing else that `course` has started.
    Nobody,
    /// The servers of other checks.
    Others,
}

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
    looks: Vec<Look>,
    /// When the last look was, and what had been taken by then.
    last: Option<(Instant, Taken)>,
}

/// What happened between two looks at the servers.
#[derive(Clone, Debug)]
struct Look {
    /// When it began, and when it ended.
    began: Instant,
    ended: Instant,
    /// How long each process waited, all its threads together.
    run_delay: BTreeMap<u32, Duration>,
    /// How long all of them ran.
    own: Duration,
    /// How long anybody ran.
    busy: Duration,
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
                // The first one is not at the very beginning: a short run is over before it.
                if beat % LOOK == 1 {
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
    /// Servers that are alone wait for each other, too, which is none of this machine's doing: then only that counts that
    /// they waited while others had a good part of the processors.
    #[must_use]
    pub fn run_delay_since(&self, then: Instant, company: Company) -> Duration {
        let mut seen = lock(&self.seen);
        seen.look();
        let looks = seen.looks.iter().filter(|look| look.ended >= then);
        let counts = |look: &&Look| company == Company::Others || look.is_disturbed();
        longest_wait(looks.filter(counts), then)
    }
}

/// The longest wait of all since `then`.
fn longest_wait<'a>(looks: impl Iterator<Item = &'a Look>, then: Instant) -> Duration {
    let mut sums: BTreeMap<u32, Duration> = BTreeMap::new();
    for look in looks {
        let share = look.share_since(then);
        for (process, delay) in &look.run_delay {
            *sums.entry(*process).or_default() += delay.mul_f64(share);
        }
    }
    sums.into_values().max().unwrap_or_default()
}

impl Look {
    /// What happened between two looks. A thread cannot have waited longer than the time between them; Linux has been
    /// seen to count a sleep of ten seconds as a wait.
    fn between(before: &Taken, now: &Taken, began: Instant, ended: Instant) -> Self {
        let since = |now: Duration, before: Option<&Duration>| {
            now.saturating_sub(before.copied().unwrap_or_default())
        };
        let mut look = Self {
            began,
            ended,
            run_delay: BTreeMap::new(),
            own: Duration::ZERO,
            busy: since(now.busy, Some(&before.busy)),
        };
        for (thread, ran) in &now.ran {
            look.own += since(*ran, before.ran.get(thread));
        }
        for (thread, delay) in &now.run_delay {
            let waited = since(*delay, before.run_delay.get(thread));
            *look.run_delay.entry(thread.0).or_default() += waited.min(ended - began);
        }
        look
    }

    /// How much of its time was after `then`.
    fn share_since(&self, then: Instant) -> f64 {
        let all = self.ended.duration_since(self.began);
        let after = self.ended.saturating_duration_since(then);
        after
            .div_duration_f64(all.max(Duration::from_nanos(1)))
            .min(1.0)
    }

    /// Whether others had a good part of the processors.
    fn is_disturbed(&self) -> bool {
        let others = self.busy.saturating_sub(self.own);
        others.as_secs_f64() >= OTHERS * self.busy.as_secs_f64()
    }
}

impl Seen {
    /// Notes what happened since the last look.
    fn look(&mut self) {
        let now = processor_time::taken();
        let ended = Instant::now();
        if let Some((began, before)) = &self.last {
            self.looks.push(Look::between(before, &now, *began, ended));
        }
        self.last = Some((ended, now));
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
    fn nothing_is_known_of_the_time_before_the_first_look() {
        let mut seen = Seen::default();
        seen.look();
        assert!(seen.looks.is_empty());
        seen.look();
        assert_eq!(seen.looks.len(), 1);
    }

    #[test]
    fn nobody_waits_longer_than_the_time_between_two_looks() {
        let millis = Duration::from_millis;
        let taken = |waited| Taken {
            run_delay: BTreeMap::from([((1, 1), millis(waited)), ((1, 2), millis(2 * waited))]),
            ..Taken::default()
        };
        let began = Instant::now();
        let waited = |before, now| {
            let look = Look::between(&taken(before), &taken(now), began, began + millis(240));
            look.run_delay.get(&1).copied()
        };
        assert_eq!(waited(50, 90), Some(millis(120)));
        assert_eq!(waited(50, 10_090), Some(millis(480)));
    }

    #[test]
    fn the_longest_wait_counts_and_who_took_the_processors_was_not_disturbed() {
        let seconds = Duration::from_secs;
        let (then, second) = (Instant::now(), seconds(1));
        let look = |own, one, other| Look {
            began: then,
            ended: then + second,
            run_delay: BTreeMap::from([(1, seconds(one)), (2, seconds(other))]),
            own: seconds(own),
            busy: seconds(8),
        };
        let wait = |looks: &[Look]| longest_wait(looks.iter(), then);
        assert_eq!(wait(&[look(4, 1, 4), look(4, 6, 1)]), seconds(7));
        assert_eq!(wait(&[]), Duration::ZERO);
        let half = longest_wait([look(4, 1, 4)].iter(), then + second / 2);
        assert_eq!(half, seconds(2));
        assert!(look(4, 1, 4).is_disturbed());
        assert!(!look(7, 1, 4).is_disturbed());
    }
}

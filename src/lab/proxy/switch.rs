//! The switch: the faults of a proxy that are on, and the news that they have changed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::fault::{Direction, Effects, Fault};

/// The faults that are on. Every connection looks at it.
#[derive(Debug)]
pub(super) struct Switch {
    seed: u64,
    /// Goes up with every change.
    version: AtomicU64,
    faults: Mutex<Faults>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Faults {
    on: Vec<(u64, Direction, Fault)>,
    /// How many there have been.
    count: u64,
}

impl Switch {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            version: AtomicU64::new(0),
            faults: Mutex::default(),
            news: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Turns faults on and returns what they are called.
    pub(super) fn add(&self, faults: &[Fault], direction: Direction) -> Vec<u64> {
        let mut all = self.lock();
        let mut ids = Vec::new();
        for fault in faults {
            all.count += 1;
            let id = all.count;
            all.on.push((id, direction, *fault));
            ids.push(id);
        }
        self.tell(all);
        ids
    }

    /// Turns faults off.
    pub(super) fn lift(&self, ids: &[u64]) {
        let mut all = self.lock();
        all.on.retain(|(id, ..)| !ids.contains(id));
        self.tell(all);
    }

    fn tell(&self, all: MutexGuard<'_, Faults>) {
        self.version.fetch_add(1, Ordering::Release);
        drop(all);
        self.news.notify_waiters();
    }

    /// Ends with the next change from now on.
    pub(super) fn changed(&self) -> Notified<'_> {
        self.news.notified()
    }

    /// The version of the faults.
    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// What the faults come to for the bytes that go one way, and the version that says so.
    pub(super) fn effects(&self, way: Direction) -> (u64, Effects) {
        let all = self.lock();
        let mut effects = Effects::default();
        for (id, direction, fault) in &all.on {
            if direction.covers(way) {
                effects.add(*id, *fault);
            }
        }
        (self.version(), effects)
    }

    /// Whether new connections are refused, and whether every connection is cut at once.
    pub(super) fn at_the_door(&self) -> (bool, bool) {
        let all = self.lock();
        let any = |wanted: Fault| all.on.iter().any(|(_, _, fault)| *fault == wanted);
        (any(Fault::Refuse), any(Fault::Cut { after: 0 }))
    }

    /// The randomness of one direction of a connection.
    pub(super) fn generator(&self, connection: u64, way: Direction) -> ChaCha8Rng {
        let mut generator = ChaCha8Rng::seed_from_u64(self.seed);
        generator.set_stream(connection * 2 + u64::from(way == Direction::Down));
        generator
    }
}

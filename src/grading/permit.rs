//! Permits: how many worlds run at the same time.
//!
//! Most worlds wait most of the time, so several share a core. Of those that put load on their servers half as many
//! run, but one for each core. One that wants a core of its own, or measures and takes every permit there is, waits until
//! nobody wants to share any more: this machine falls quiet once, and not before each of them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::lab::pulse::{Company, Pulse};

/// What a world asks of this machine, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Demand {
    /// Little: it waits most of the time.
    Little,
    /// More: it puts load on its servers.
    Load,
    /// A core of its own: beside more it was not decided.
    Core,
    /// All of it, because it measures.
    Machine,
}

/// The permits of one run, or of several that share this machine, and its pulse. Whoever waits gets one in the order of
/// asking; those who do not share come last.
#[derive(Clone, Debug)]
pub struct Permits {
    free: Arc<Semaphore>,
    all: u32,
    on_a_core: u32,
    /// For those that put load on their servers.
    loads: Arc<Semaphore>,
    crowd: watch::Sender<Crowd>,
    at_least: Demand,
    /// When one of several ended last.
    crowded: Arc<Mutex<Option<Instant>>>,
    /// Who waits for room.
    door: Arc<tokio::sync::Mutex<()>>,
    /// One watcher for all: each looks at every process, and several would cost more than what they watch.
    pulse: Arc<Pulse>,
}

/// How many there are.
#[derive(Clone, Copy, Debug, Default)]
struct Crowd {
    /// Those that wait for a permit that they share a core with, or have one.
    sharing: usize,
    /// Those that have a permit of any kind.
    running: usize,
}

/// The right to run until it is dropped.
#[derive(Debug)]
#[expect(dead_code, reason = "all are given back when dropped, in this order")]
pub struct Permit {
    place: Option<OwnedSemaphorePermit>,
    load: Option<OwnedSemaphorePermit>,
    running: Running,
    sharing: Option<Sharing>,
}

/// One who shares a core, or waits to.
#[derive(Debug)]
struct Sharing(watch::Sender<Crowd>);

impl Sharing {
    fn new(all: &Permits) -> Self {
        all.crowd.send_modify(|crowd| crowd.sharing += 1);
        Self(all.crowd.clone())
    }
}

impl Drop for Sharing {
    fn drop(&mut self) {
        self.0.send_modify(|crowd| crowd.sharing -= 1);
    }
}

/// One who runs.
#[derive(Debug)]
struct Running(Permits);

impl Running {
    fn new(all: &Permits) -> Self {
        all.crowd.send_modify(|crowd| crowd.running += 1);
        Self(all.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Permits { crowd, crowded, .. } = &self.0;
        if crowd.borrow().running > 1 {
            *crowded.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        crowd.send_modify(|crowd| crowd.running -= 1);
    }
}

impl Permits {
    /// So many cores, and so many worlds on each; at least one.
    #[must_use]
    pub fn new(cores: u16, on_a_core: u16) -> Self {
        let (cores, on_a_core) = (u32::from(cores.max(1)), u32::from(on_a_core.max(1)));
        let all = cores * on_a_core;
        Self {
            free: Arc::new(Semaphore::new(all as usize)),
            all,
            on_a_core,
            loads: Arc::new(Semaphore::new(cores.max(all / 2) as usize)),
            crowd: watch::Sender::default(),
            at_least: Demand::Little,
            crowded: Arc::default(),
            door: Arc::default(),
            pulse: Arc::new(Pulse::start()),
        }
    }

    /// The same permits for a run whose worlds ask at least so much of this machine.
    #[must_use]
    pub fn at_least(&self, demand: Demand) -> Self {
        Self {
            at_least: demand,
            ..self.clone()
        }
    }

    /// How many worlds may run side by side.
    #[must_use]
    pub fn all(&self) -> usize {
        self.all as usize
    }

    /// The pulse of this machine since these permits were made.
    #[must_use]
    pub fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    /// Who ran beside the one who asks, since then.
    #[must_use]
    pub fn company_since(&self, then: Instant) -> Company {
        let crowded = self.crowded.lock().unwrap_or_else(PoisonError::into_inner);
        if self.crowd.borrow().running > 1 || crowded.is_some_and(|at| at > then) {
            Company::Others
        } else {
            Company::Nobody
        }
    }

    /// Waits until a world could begin at once, in the order of asking. Whoever has many to run asks before it begins
    /// with the next, so that those it has begun with come first.
    pub async fn room(&self) {
        let _first = self.door.lock().await;
        let is_free = |_: &Crowd| self.free.available_permits() > 0;
        // The count does not end while somebody waits for it.
        let _ = self.crowd.subscribe().wait_for(is_free).await;
    }

    /// Waits for a permit. Who does not share waits until nobody runs or wants to run beside others.
    pub async fn wait_for(&self, demand: Demand) -> Permit {
        let demand = demand.max(self.at_least);
        let is_shared = demand < Demand::Core;
        let sharing = is_shared.then(|| Sharing::new(self));
        if !is_shared {
            let _ = self.crowd.subscribe().wait_for(|c| c.sharing == 0).await;
        }
        let load = match demand {
            Demand::Load => take(&self.loads, 1).await,
            _ => None,
        };
        let wanted = match demand {
            Demand::Little | Demand::Load => 1,
            Demand::Core => self.on_a_core,
            Demand::Machine => self.all,
        };
        let place = take(&self.free, wanted).await;
        Permit {
            place,
            load,
            running: Running::new(self),
            sharing,
        }
    }
}

/// A semaphore that nobody closes gives what is asked.
async fn take(from: &Arc<Semaphore>, permits: u32) -> Option<OwnedSemaphorePermit> {
    Arc::clone(from).acquire_many_owned(permits).await.ok()
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn who_measures_runs_alone() {
        let permits = Permits::new(2, 1);
        let one = permits.wait_for(Demand::Little).now_or_never().unwrap();
        assert!(permits.wait_for(Demand::Machine).now_or_never().is_none());
        let other = permits.wait_for(Demand::Little).now_or_never().unwrap();
        assert!(permits.wait_for(Demand::Little).now_or_never().is_none());
        drop((one, other));
        let alone = permits.wait_for(Demand::Machine).now_or_never().unwrap();
        assert!(permits.wait_for(Demand::Machine).now_or_never().is_none());
        assert!(permits.wait_for(Demand::Little).now_or_never().is_none());
        drop(alone);
        assert!(permits.wait_for(Demand::Little).now_or_never().is_some());
    }

    #[test]
    fn of_those_that_put_load_on_servers_half_as_many_run() {
        let permits = Permits::new(1, 4);
        let some = |demand| permits.wait_for(demand).now_or_never();
        let loads: Vec<_> = (0..3).filter_map(|_| some(Demand::Load)).collect();
        assert_eq!(loads.len(), 2);
        let others: Vec<_> = (0..3).filter_map(|_| some(Demand::Little)).collect();
        assert_eq!(others.len(), 2);
        drop(loads);
        assert!(some(Demand::Load).is_some());
    }

    #[test]
    fn who_was_beside_others_is_alone_from_then_on() {
        let permits = Permits::new(2, 1);
        let began = Instant::now();
        let one = permits.wait_for(Demand::Little).now_or_never().unwrap();
        assert_eq!(permits.company_since(began), Company::Nobody);
        let other = permits.wait_for(Demand::Little).now_or_never().unwrap();
        assert_eq!(permits.company_since(began), Company::Others);
        drop(other);
        assert_eq!(permits.company_since(began), Company::Others);
        assert_eq!(permits.company_since(Instant::now()), Company::Nobody);
        drop(one);
        let _alone = permits.wait_for(Demand::Machine).now_or_never().unwrap();
        assert_eq!(permits.company_since(Instant::now()), Company::Nobody);
    }

    #[test]
    fn who_wants_a_core_runs_beside_one_of_its_kind_on_each() {
        let permits = Permits::new(2, 4);
        let began = Instant::now();
        let some = |demand| permits.wait_for(demand).now_or_never();
        let sharing = some(Demand::Little).unwrap();
        assert!(some(Demand::Core).is_none());
        let floored = permits.at_least(Demand::Core);
        assert!(floored.wait_for(Demand::Little).now_or_never().is_none());
        drop(sharing);
        let one = some(Demand::Core).unwrap();
        assert_eq!(permits.company_since(began), Company::Nobody);
        let other = some(Demand::Core).unwrap();
        assert_eq!(permits.company_since(began), Company::Others);
        assert!(some(Demand::Core).is_none());
        assert!(some(Demand::Machine).is_none());
        drop((one, other));
        assert!(some(Demand::Machine).is_some());
    }

    #[test]
    fn there_is_room_when_a_world_could_begin() {
        let permits = Permits::new(1, 2);
        let some = |demand| permits.wait_for(demand).now_or_never();
        let one = some(Demand::Little).unwrap();
        assert!(permits.room().now_or_never().is_some());
        let _other = some(Demand::Little).unwrap();
        let mut first = Box::pin(permits.room());
        let mut second = Box::pin(permits.room());
        assert!((&mut first).now_or_never().is_none());
        assert!((&mut second).now_or_never().is_none());
        drop(one);
        assert!((&mut first).now_or_never().is_some());
        let _third = some(Demand::Little).unwrap();
        assert!((&mut second).now_or_never().is_none());
    }

    #[tokio::test]
    async fn who_measures_waits_for_all_who_do_not() {
        let permits = Permits::new(1, 1);
        let first = permits.wait_for(Demand::Little).await;
        let mut alone = Box::pin(permits.wait_for(Demand::Machine));
        assert!((&mut alone).now_or_never().is_none());
        let mut later = Box::pin(permits.wait_for(Demand::Little));
        assert!((&mut later).now_or_never().is_none());
        drop(first);
        let later = later.await;
        assert!((&mut alone).now_or_never().is_none());
        drop(later);
        alone.await;
    }
}

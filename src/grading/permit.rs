//! Permits: how many worlds run at the same time.
//!
//! Most worlds wait most of the time, so several share a core. Of those that put load on their servers half as many
//! run, but one for each core. One that measures takes every permit there is: whatever else ran on this machine would be
//! measured with it. It waits until nobody wants a permit beside others any more, so that this machine falls idle once and
//! not before each measurement.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::lab::pulse::{Company, Pulse};

/// What a world asks of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Little: it waits most of the time.
    Little,
    /// More: it puts load on its servers.
    Load,
    /// All of it, because it measures.
    Machine,
}

/// The permits of one run, or of several that share this machine, and its pulse. Whoever waits gets one in the order of
/// asking; those who run alone come last.
#[derive(Clone, Debug)]
pub struct Permits {
    free: Arc<Semaphore>,
    all: u32,
    /// For those that put load on their servers.
    loads: Arc<Semaphore>,
    /// How many wait for a permit beside others, or have one.
    beside: watch::Sender<usize>,
    /// When one of several ended last.
    crowded: Arc<Mutex<Option<Instant>>>,
    /// One watcher for all: each looks at every process, and several would cost more than what they watch.
    pulse: Arc<Pulse>,
}

/// The right to run until it is dropped.
#[derive(Debug)]
#[expect(dead_code, reason = "all are given back when dropped, in this order")]
pub struct Permit {
    place: Option<OwnedSemaphorePermit>,
    load: Option<OwnedSemaphorePermit>,
    beside: Option<Beside>,
}

/// One who waits for a permit beside others, or has one.
#[derive(Debug)]
struct Beside(Permits);

impl Beside {
    fn new(all: &Permits) -> Self {
        all.beside.send_modify(|n| *n += 1);
        Self(all.clone())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let Permits {
            beside, crowded, ..
        } = &self.0;
        if *beside.borrow() > 1 {
            *crowded.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        beside.send_modify(|n| *n -= 1);
    }
}

impl Permits {
    /// So many cores, and so many worlds on each; at least one.
    #[must_use]
    pub fn new(cores: u16, on_a_core: u16) -> Self {
        let cores = u32::from(cores.max(1));
        let all = cores * u32::from(on_a_core.max(1));
        Self {
            free: Arc::new(Semaphore::new(all as usize)),
            all,
            loads: Arc::new(Semaphore::new(cores.max(all / 2) as usize)),
            beside: watch::Sender::new(0),
            crowded: Arc::default(),
            pulse: Arc::new(Pulse::start()),
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
        if *self.beside.borrow() > 1 || crowded.is_some_and(|at| at > then) {
            Company::Others
        } else {
            Company::Nobody
        }
    }

    /// Waits for a permit. Who asks for the whole machine waits until nobody runs or wants to run beside others.
    pub async fn wait_for(&self, demand: Demand) -> Permit {
        if demand == Demand::Machine {
            // Neither the count nor the semaphores end while somebody waits for them.
            let _ = self.beside.subscribe().wait_for(|n| *n == 0).await;
            return Permit {
                place: take(&self.free, self.all).await,
                load: None,
                beside: None,
            };
        }
        let beside = Some(Beside::new(self));
        let load = match demand {
            Demand::Load => take(&self.loads, 1).await,
            _ => None,
        };
        let place = take(&self.free, 1).await;
        Permit {
            place,
            load,
            beside,
        }
    }
}

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

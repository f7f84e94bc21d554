//! Permits: how many worlds run at the same time.
//!
//! A world that measures takes every permit there is: whatever else ran on this machine would be measured with it. It waits
//! until nobody wants a permit beside others any more, so that this machine falls idle once and not before each measurement.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::lab::pulse::{Company, Pulse};

/// The permits of one run, or of several that share this machine, and its pulse. Whoever waits gets one in the order of
/// asking; those who run alone come last.
#[derive(Clone, Debug)]
pub struct Permits {
    free: Arc<Semaphore>,
    all: u32,
    /// How many wait for a permit beside others, or have one.
    beside: watch::Sender<usize>,
    /// When one of several ended last.
    crowded: Arc<Mutex<Option<Instant>>>,
    /// One watcher for all: each looks at every process, and several would cost more than what they watch.
    pulse: Arc<Pulse>,
}

/// The right to run until it is dropped.
#[derive(Debug)]
#[expect(dead_code, reason = "both are given back when dropped, in this order")]
pub struct Permit(Option<OwnedSemaphorePermit>, Option<Beside>);

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
    /// So many worlds side by side, at least one.
    #[must_use]
    pub fn new(side_by_side: u16) -> Self {
        let all = u32::from(side_by_side.max(1));
        Self {
            free: Arc::new(Semaphore::new(all as usize)),
            all,
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

    /// Waits for a permit beside others.
    pub async fn shared(&self) -> Permit {
        let one = Beside::new(self);
        Permit(self.wait(1).await, Some(one))
    }

    /// Waits until nobody runs or wants to run beside others, and runs while nothing else does.
    pub async fn exclusive(&self) -> Permit {
        // Neither the count nor the semaphore ends while somebody waits for it.
        let _ = self.beside.subscribe().wait_for(|n| *n == 0).await;
        Permit(self.wait(self.all).await, None)
    }

    async fn wait(&self, permits: u32) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free)
            .acquire_many_owned(permits)
            .await
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn who_measures_runs_alone() {
        let permits = Permits::new(2);
        let one = permits.shared().now_or_never().unwrap();
        assert!(permits.exclusive().now_or_never().is_none());
        let other = permits.shared().now_or_never().unwrap();
        assert!(permits.shared().now_or_never().is_none());
        drop((one, other));
        let alone = permits.exclusive().now_or_never().unwrap();
        assert!(permits.exclusive().now_or_never().is_none());
        assert!(permits.shared().now_or_never().is_none());
        drop(alone);
        assert!(permits.shared().now_or_never().is_some());
    }

    #[test]
    fn who_was_beside_others_is_alone_from_then_on() {
        let permits = Permits::new(2);
        let began = Instant::now();
        let one = permits.shared().now_or_never().unwrap();
        assert_eq!(permits.company_since(began), Company::Nobody);
        let other = permits.shared().now_or_never().unwrap();
        assert_eq!(permits.company_since(began), Company::Others);
        drop(other);
        assert_eq!(permits.company_since(began), Company::Others);
        assert_eq!(permits.company_since(Instant::now()), Company::Nobody);
        drop(one);
        let _alone = permits.exclusive().now_or_never().unwrap();
        assert_eq!(permits.company_since(Instant::now()), Company::Nobody);
    }

    #[tokio::test]
    async fn who_measures_waits_for_all_who_do_not() {
        let permits = Permits::new(1);
        let first = permits.shared().await;
        let mut alone = Box::pin(permits.exclusive());
        assert!((&mut alone).now_or_never().is_none());
        let mut later = Box::pin(permits.shared());
        assert!((&mut later).now_or_never().is_none());
        drop(first);
        let later = later.await;
        assert!((&mut alone).now_or_never().is_none());
        drop(later);
        alone.await;
    }
}

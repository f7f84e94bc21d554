//! Turns: how many worlds run at the same time.
//!
//! A world that measures takes every turn there is: whatever else ran on this machine would be measured with it.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The turns of one run, or of several that share this machine. Whoever waits gets one in the order of asking.
#[derive(Clone, Debug)]
pub struct Turns {
    free: Arc<Semaphore>,
    all: u32,
}

/// The right to run until it is dropped.
#[derive(Debug)]
pub struct Turn(
    #[expect(dead_code, reason = "it is given back when dropped")] Option<OwnedSemaphorePermit>,
);

impl Turns {
    /// So many worlds side by side, at least one.
    #[must_use]
    pub fn new(side_by_side: u16) -> Self {
        let all = u32::from(side_by_side.max(1));
        Self {
            free: Arc::new(Semaphore::new(all as usize)),
            all,
        }
    }

    /// How many worlds may run side by side.
    #[must_use]
    pub fn all(&self) -> usize {
        self.all as usize
    }

    /// Waits for a turn beside others.
    pub async fn beside(&self) -> Turn {
        self.wait(1).await
    }

    /// Waits until nothing else runs, and keeps it so.
    pub async fn alone(&self) -> Turn {
        self.wait(self.all).await
    }

    async fn wait(&self, turns: u32) -> Turn {
        // Nobody closes the semaphore, and who waits for one that is closed waits for nothing.
        Turn(Arc::clone(&self.free).acquire_many_owned(turns).await.ok())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn who_measures_runs_alone() {
        let turns = Turns::new(2);
        let one = turns.beside().now_or_never().unwrap();
        assert!(turns.alone().now_or_never().is_none());
        let other = turns.beside().now_or_never().unwrap();
        assert!(turns.beside().now_or_never().is_none());
        drop((one, other));
        let alone = turns.alone().now_or_never().unwrap();
        assert!(turns.beside().now_or_never().is_none());
        drop(alone);
        assert!(turns.beside().now_or_never().is_some());
    }
}

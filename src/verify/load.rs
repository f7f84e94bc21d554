//! Load: busy loops on every core, so that a verdict that depends on a free machine is found out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};

use crate::lab::processor_time::STRESS;

/// Threads that keep the machine busy until it is dropped.
#[derive(Debug)]
pub struct Load {
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Load {
    /// Starts one thread for each of `cores`.
    #[must_use]
    pub fn start(cores: usize) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let threads = (0..cores)
            .filter_map(|_| {
                let over = Arc::clone(&over);
                let spin = move || {
                    while !over.load(Ordering::Relaxed) {
                        std::hint::spin_loop();
                    }
                };
                let named = Builder::new().name(STRESS.to_owned());
                named.spawn(spin).ok()
            })
            .collect();
        Self { over, threads }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A thread that only spins has nothing to panic about.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threads_end_with_the_load() {
        let load = Load::start(2);
        let over = Arc::downgrade(&load.over);
        drop(load);
        assert_eq!(over.strong_count(), 0);
    }
}

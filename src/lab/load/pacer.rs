//! The pacer: wakes who waits for a moment, finer than the millisecond of an event loop's own timers.
//!
//! On Linux an alarm stands behind it. Elsewhere it is as coarse as the event loop.

use std::io;
use std::time::Instant;

#[cfg(target_os = "linux")]
pub(super) use fine::Pacer;

#[cfg(not(target_os = "linux"))]
pub(super) use coarse::Pacer;

#[cfg(target_os = "linux")]
mod fine {
    use std::collections::VecDeque;
    use std::sync::{Mutex, MutexGuard, PoisonError};
    use std::task::{Poll, Waker};

    use crate::lab::alarm::Alarm;

    use super::{Instant, io};

    /// Wakes in the order of the moments that were asked for.
    #[derive(Debug)]
    pub(in super::super) struct Pacer {
        alarm: Alarm,
        waiting: Mutex<VecDeque<(Instant, Waker)>>,
    }

    impl Pacer {
        /// A pacer of the runtime that this runs on.
        pub(in super::super) fn new() -> io::Result<Self> {
            Ok(Self {
                alarm: Alarm::new()?,
                waiting: Mutex::default(),
            })
        }

        /// Wakes who waits, for ever: a task of its own.
        pub(in super::super) async fn run(&self) -> io::Result<()> {
            loop {
                self.alarm.rung().await?;
                let mut waiting = self.waiting();
                let now = Instant::now();
                while let Some((_, waker)) = waiting.pop_front_if(|(due, _)| *due <= now) {
                    waker.wake();
                }
                if let Some((due, _)) = waiting.front() {
                    self.alarm.set(due.saturating_duration_since(now))?;
                }
            }
        }

        /// Waits until `due`.
        pub(in super::super) async fn until(&self, due: Instant) -> io::Result<()> {
            let mut asked = false;
            std::future::poll_fn(|context| {
                let now = Instant::now();
                if due <= now {
                    return Poll::Ready(Ok(()));
                }
                if !asked {
                    asked = true;
                    return match self.ask(due, now, context.waker()) {
                        Ok(()) => Poll::Pending,
                        Err(error) => Poll::Ready(Err(error)),
                    };
                }
                Poll::Pending
            })
            .await
        }

        fn ask(&self, due: Instant, now: Instant, waker: &Waker) -> io::Result<()> {
            let mut waiting = self.waiting();
            let later = waiting
                .iter()
                .rev()
                .take_while(|(other, _)| *other > due)
                .count();
            let place = waiting.len() - later;
            waiting.insert(place, (due, waker.clone()));
            if place == 0 {
                self.alarm.set(due.saturating_duration_since(now))
            } else {
                Ok(())
            }
        }

        fn waiting(&self) -> MutexGuard<'_, VecDeque<(Instant, Waker)>> {
            self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod coarse {
    use super::{Instant, io};

    /// Waits as the event loop does.
    #[derive(Debug)]
    pub(in super::super) struct Pacer;

    impl Pacer {
        pub(in super::super) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        pub(in super::super) async fn run(&self) -> io::Result<()> {
            std::future::pending().await
        }

        pub(in super::super) async fn until(&self, due: Instant) -> io::Result<()> {
            tokio::time::sleep_until(due.into()).await;
            Ok(())
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::Duration;

    #[tokio::test]
    async fn wakes_in_the_order_of_the_moments_whoever_asked_first() {
        let pacer = Arc::new(Pacer::new().unwrap());
        let running = Arc::clone(&pacer);
        let task = tokio::spawn(async move { running.run().await });
        let now = Instant::now();
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        for milliseconds in [30, 10, 20] {
            let (pacer, sender) = (Arc::clone(&pacer), sender.clone());
            tokio::spawn(async move {
                let due = now + Duration::from_millis(milliseconds);
                pacer.until(due).await.unwrap();
                assert!(Instant::now() >= due);
                sender.send(milliseconds).unwrap();
            });
        }
        let mut order = Vec::new();
        for _ in 0..3 {
            order.extend(receiver.recv().await);
        }
        assert_eq!(order, [10, 20, 30]);
        task.abort();
    }
}

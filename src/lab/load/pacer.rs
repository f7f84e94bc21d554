//! The pacer: wakes who waits for a moment, finer than the millisecond of an event loop's own timers.
//!
//! On Linux a kernel timer of nanoseconds stands behind it. Elsewhere it is as coarse as the event loop.

use std::io;
use std::time::Instant;

#[cfg(target_os = "linux")]
pub(super) use fine::Pacer;

#[cfg(not(target_os = "linux"))]
pub(super) use coarse::Pacer;

#[cfg(target_os = "linux")]
mod fine {
    use std::collections::VecDeque;
    use std::os::fd::{AsFd as _, AsRawFd, RawFd};
    use std::sync::{Mutex, MutexGuard, PoisonError};
    use std::task::{Poll, Waker};
    use std::time::Duration;

    use nix::sys::time::TimeSpec;
    use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    use super::{Instant, io};

    /// Wakes in the order of the moments that were asked for.
    #[derive(Debug)]
    pub(in super::super) struct Pacer {
        timer: AsyncFd<Timer>,
        waiting: Mutex<VecDeque<(Instant, Waker)>>,
    }

    #[derive(Debug)]
    struct Timer(TimerFd);

    impl AsRawFd for Timer {
        fn as_raw_fd(&self) -> RawFd {
            self.0.as_fd().as_raw_fd()
        }
    }

    impl Pacer {
        /// A pacer of the runtime that this runs on.
        #[expect(
            deprecated,
            reason = "the way that replaces it is unsafe, for the sake of types that let go of their descriptor; this one \
                      owns it to the end"
        )]
        pub(in super::super) fn new() -> io::Result<Self> {
            let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
            let timer = Timer(TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)?);
            Ok(Self {
                timer: AsyncFd::with_interest(timer, Interest::READABLE)?,
                waiting: Mutex::default(),
            })
        }

        /// Wakes who waits, for ever: a task of its own.
        pub(in super::super) async fn run(&self) -> io::Result<()> {
            loop {
                let mut ready = self.timer.readable().await?;
                // Setting the timer anew takes the expiry back, so that there is nothing to be read.
                ready.clear_ready();
                let mut waiting = self.waiting();
                let now = Instant::now();
                while let Some((_, waker)) = waiting.pop_front_if(|(due, _)| *due <= now) {
                    waker.wake();
                }
                if let Some((due, _)) = waiting.front() {
                    self.arm(*due, now)?;
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
                self.arm(due, now)
            } else {
                Ok(())
            }
        }

        fn arm(&self, due: Instant, now: Instant) -> io::Result<()> {
            // Zero would switch the timer off.
            let left = due
                .saturating_duration_since(now)
                .max(Duration::from_nanos(1));
            let once = Expiration::OneShot(TimeSpec::from_duration(left));
            Ok(self
                .timer
                .get_ref()
                .0
                .set(once, TimerSetTimeFlags::empty())?)
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

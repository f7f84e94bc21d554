//! A timer that is exact to some ten microseconds where the system has one to give.
//!
//! The runtime's own timers are rounded up to the next millisecond, which is too coarse for a delay that is to be
//! 50 ms and not 51. On Linux a `timerfd` wakes the runtime at the moment itself; elsewhere the coarse timer must do.

use std::time::Instant;

/// Waits for moments, one at a time.
#[derive(Debug, Default)]
pub(super) struct Timer {
    #[cfg(target_os = "linux")]
    exact: Option<linux::Alarm>,
}

impl Timer {
    /// Waits until `moment`. May be dropped and asked again.
    pub(super) async fn until(&mut self, moment: Instant) {
        #[cfg(target_os = "linux")]
        if moment > Instant::now() {
            if self.exact.is_none() {
                self.exact = linux::Alarm::new().ok();
            }
            if let Some(alarm) = &mut self.exact
                && alarm.until(moment).await.is_ok()
            {
                return;
            }
        }
        if moment > Instant::now() {
            tokio::time::sleep_until(moment.into()).await;
        }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::os::fd::{AsFd as _, AsRawFd, RawFd};
    use std::time::{Duration, Instant};

    use nix::sys::time::TimeSpec;
    use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    /// How long before the moment the timer rings. Waking up takes about this long; what is left of it is spun away.
    const WAKING: Duration = Duration::from_micros(80);

    /// Owns its descriptor and never gives it away, so what is registered stays open as long as it is registered.
    #[derive(Debug)]
    struct Descriptor(TimerFd);

    impl AsRawFd for Descriptor {
        fn as_raw_fd(&self) -> RawFd {
            self.0.as_fd().as_raw_fd()
        }
    }

    /// A `timerfd` that the runtime watches.
    #[derive(Debug)]
    pub(super) struct Alarm(AsyncFd<Descriptor>);

    impl Alarm {
        pub(super) fn new() -> io::Result<Self> {
            let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
            let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)?;
            #[expect(
                deprecated,
                reason = "its successor is `unsafe`, to demand of the caller what `Descriptor` keeps by itself"
            )]
            AsyncFd::with_interest(Descriptor(timer), Interest::READABLE).map(Self)
        }

        pub(super) async fn until(&mut self, moment: Instant) -> io::Result<()> {
            loop {
                let left = moment.saturating_duration_since(Instant::now());
                let Some(sleep) = left.checked_sub(WAKING).filter(|s| !s.is_zero()) else {
                    while Instant::now() < moment {
                        std::hint::spin_loop();
                    }
                    return Ok(());
                };
                let once = Expiration::OneShot(TimeSpec::from_duration(sleep));
                self.0.get_ref().0.set(once, TimerSetTimeFlags::empty())?;
                // It may still be ringing for a moment that nobody waited for; then the loop comes round again.
                self.0.readable().await?.clear_ready();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn it_never_rings_early_also_after_a_wait_that_was_given_up() {
        let mut timer = Timer::default();
        for i in 0..20 {
            let given_up = timer.until(Instant::now() + Duration::from_millis(1));
            let _ = tokio::time::timeout(Duration::from_micros(i * 100), given_up).await;
            let moment = Instant::now() + Duration::from_millis(3);
            timer.until(moment).await;
            assert!(Instant::now() >= moment);
        }
    }
}

//! An alarm: a kernel timer of nanoseconds that wakes the runtime, whose own timers are rounded up to the next
//! millisecond. Only Linux has one to give.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd, RawFd};
use std::time::Duration;

use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A `timerfd` that the runtime watches.
#[derive(Debug)]
pub(super) struct Alarm(AsyncFd<Descriptor>);

/// Owns its descriptor and never gives it away, so what is registered stays open as long as it is registered.
#[derive(Debug)]
struct Descriptor(TimerFd);

impl AsRawFd for Descriptor {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

impl Alarm {
    /// An alarm of the runtime that this runs on.
    #[expect(
        deprecated,
        reason = "its successor is `unsafe`, to demand of the caller what `Descriptor` keeps by itself"
    )]
    pub(super) fn new() -> io::Result<Self> {
        let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
        let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)?;
        AsyncFd::with_interest(Descriptor(timer), Interest::READABLE).map(Self)
    }

    /// Lets it ring once after this time, and forget the time that it was set to before.
    pub(super) fn set(&self, after: Duration) -> io::Result<()> {
        // Zero would switch the timer off.
        let after = after.max(Duration::from_nanos(1));
        let once = Expiration::OneShot(TimeSpec::from_duration(after));
        Ok(self.0.get_ref().0.set(once, TimerSetTimeFlags::empty())?)
    }

    /// Waits until it rings. It may still be ringing for a time that was forgotten since.
    pub(super) async fn rung(&self) -> io::Result<()> {
        // Setting the timer anew takes the expiry back, so that there is nothing to be read.
        self.0.readable().await?.clear_ready();
        Ok(())
    }
}

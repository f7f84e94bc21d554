//! The limit: whether this machine, and not the server, decided what a load measured.

use std::fmt;
use std::time::Duration;

use super::{Arrivals, Fault, Figures};

/// A share of one processor above which the sending itself is the bottleneck.
const BUSY: f64 = 0.9;
/// Lateness below this is ordinary.
const ORDINARY: Duration = Duration::from_millis(1);

/// Why the figures say more about this machine than about the server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// Requests left late although a connection was free.
    Late {
        /// One in a hundred left at least this late.
        late: Duration,
        /// Beside the latency that one in a hundred had.
        latency: Duration,
    },
    /// Sending took this share of one processor.
    Busy(f64),
    /// This many requests found no free port or file.
    Exhausted(u64),
}

impl Limit {
    /// What limited the figures, if anything of this machine did. The lateness of the sending thread is part of every
    /// latency and of every turn of a closed load, so what counts is how large a part it is.
    pub(super) fn of(figures: &Figures) -> Option<Self> {
        if let Some(&count) = figures.faults.get(&Fault::Exhausted) {
            return Some(Self::Exhausted(count));
        }
        if let Some(busy) = figures.busy.filter(|busy| *busy > BUSY) {
            return Some(Self::Busy(busy));
        }
        let (late, latency) = (&figures.lateness, &figures.latency);
        let limited = match figures.arrivals {
            Arrivals::Open(_) => late.p99 > ORDINARY && late.p99 > latency.p99 / 4,
            Arrivals::Closed => late.mean > ORDINARY && late.mean > latency.mean / 5,
        };
        limited.then_some(Self::Late {
            late: late.p99,
            latency: latency.p99,
        })
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |d: &Duration| d.as_secs_f64() * 1e3;
        match self {
            Self::Late { late, latency } => write!(
                f,
                "this machine was the limit: one in a hundred requests left {:.1} ms late or later, though a connection was free, \
                 beside a p99 of {:.1} ms. Close other programs and run it again",
                ms(late),
                ms(latency)
            ),
            Self::Busy(share) => write!(
                f,
                "this machine was the limit: sending took {:.0} % of a processor, so a faster server would not have shown",
                share * 100.0
            ),
            Self::Exhausted(count) => write!(
                f,
                "this machine was the limit: {count} requests found no free port or file. Use fewer connections, or raise `ulimit -n`"
            ),
        }
    }
}

/// The processor time that this thread has used, where the system tells.
#[cfg(target_os = "linux")]
pub(super) fn thread_time() -> Option<Duration> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeVal;
    let usage = getrusage(UsageWho::RUSAGE_THREAD).ok()?;
    let duration = |time: TimeVal| {
        let seconds = u64::try_from(time.tv_sec()).ok()?;
        let micros = u64::try_from(time.tv_usec()).ok()?;
        Some(Duration::from_secs(seconds) + Duration::from_micros(micros))
    };
    Some(duration(usage.user_time())? + duration(usage.system_time())?)
}

/// The processor time that this thread has used: this system does not tell.
#[cfg(not(target_os = "linux"))]
pub(super) fn thread_time() -> Option<Duration> {
    None
}

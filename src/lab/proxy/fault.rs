//! A fault: one way in which a connection goes wrong, and what several of them come to together.

use std::fmt;
use std::time::Duration;

use crate::base::text::count;

/// One way in which the connections of a proxy go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Every byte arrives later by `delay`, give or take up to `jitter`. Bytes stay in order, many can be on their way
    /// at once, so the throughput stays what it was. Connecting takes no longer.
    Latency {
        /// How much later.
        delay: Duration,
        /// How much this varies at most, from one piece to the next.
        jitter: Duration,
    },
    /// No more than this many bytes per second; what is faster is held back at the sender.
    Bandwidth(u64),
    /// Bytes arrive in small pieces, each in a packet of its own.
    Slices {
        /// The size of a piece in bytes.
        size: usize,
        /// The pause after each.
        pause: Duration,
    },
    /// Both sides get a reset (RST) as soon as `after` bytes have passed since the fault was set; with 0 at once, and
    /// every new connection too.
    Cut {
        /// How many bytes still pass.
        after: u64,
    },
    /// Both sides see an orderly end (FIN) as soon as `after` bytes have passed since the fault was set.
    Limit {
        /// How many bytes still pass.
        after: u64,
    },
    /// Nothing passes, not even an end; the connection stays open. What was sent meanwhile arrives when the fault is
    /// lifted, as after a broken route.
    BlackHole,
    /// As a black hole, and after this long the connection is closed on both sides.
    Timeout(Duration),
    /// The receiver sees the end of the stream (FIN), while the other direction goes on. What the sender still sends
    /// is lost.
    HalfClose,
    /// The end of the stream arrives later by this much, the bytes before it in time.
    SlowClose(Duration),
    /// New connections are refused, as if nobody listened; those that are open go on.
    Refuse,
}

fn bytes(n: u64) -> String {
    count(usize::try_from(n).unwrap_or(usize::MAX), "byte")
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latency { delay, jitter } if jitter.is_zero() => write!(f, "latency {delay:?}"),
            Self::Latency { delay, jitter } => write!(f, "latency {delay:?} ± {jitter:?}"),
            Self::Bandwidth(rate) => write!(f, "{rate} bytes/s"),
            Self::Slices { size, pause } => {
                write!(f, "slices of {}", bytes(*size as u64))?;
                if pause.is_zero() {
                    return Ok(());
                }
                write!(f, " every {pause:?}")
            }
            Self::Cut { after: 0 } => f.write_str("cut"),
            Self::Cut { after } => write!(f, "cut after {}", bytes(*after)),
            Self::Limit { after } => write!(f, "closes after {}", bytes(*after)),
            Self::BlackHole => f.write_str("black hole"),
            Self::Timeout(after) => write!(f, "black hole, closes after {after:?}"),
            Self::HalfClose => f.write_str("half-closed"),
            Self::SlowClose(delay) => write!(f, "closes {delay:?} late"),
            Self::Refuse => f.write_str("refuses connections"),
        }
    }
}

/// Which way the bytes go that a fault concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
    /// Both ways, each by itself.
    Both,
}

impl Direction {
    /// Whether it includes `other`.
    pub(super) fn covers(self, other: Self) -> bool {
        self == Self::Both || self == other
    }

    /// How it is told in the timeline.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Up => " (up)",
            Self::Down => " (down)",
            Self::Both => "",
        }
    }
}

/// What all the faults of one direction come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Effects {
    pub(super) delay: Duration,
    pub(super) jitter: Duration,
    /// Bytes per second.
    pub(super) rate: Option<u64>,
    /// Size and pause.
    pub(super) slices: Option<(usize, Duration)>,
    pub(super) cut: Option<Quota>,
    pub(super) limit: Option<Quota>,
    pub(super) hole: Option<Hole>,
    pub(super) half_close: bool,
    pub(super) slow_close: Duration,
}

/// How many bytes may still pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quota {
    /// The fault that set it, since which it counts.
    pub(super) id: u64,
    pub(super) bytes: u64,
}

/// How long nothing passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hole {
    Endless,
    ClosesAfter(Duration),
}

impl Effects {
    /// Adds a fault. The later one of a kind counts.
    pub(super) fn add(&mut self, id: u64, fault: Fault) {
        match fault {
            Fault::Latency { delay, jitter } => (self.delay, self.jitter) = (delay, jitter),
            Fault::Bandwidth(rate) => self.rate = Some(rate.max(1)),
            Fault::Slices { size, pause } => self.slices = Some((size.max(1), pause)),
            Fault::Cut { after: bytes } => self.cut = Some(Quota { id, bytes }),
            Fault::Limit { after: bytes } => self.limit = Some(Quota { id, bytes }),
            Fault::BlackHole => self.hole = Some(Hole::Endless),
            Fault::Timeout(after) => self.hole = Some(Hole::ClosesAfter(after)),
            Fault::HalfClose => self.half_close = true,
            Fault::SlowClose(delay) => self.slow_close = delay,
            Fault::Refuse => {}
        }
    }
}

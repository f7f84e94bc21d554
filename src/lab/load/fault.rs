//! A fault: why a request of a load has no complete answer, in few words.

use std::fmt;
use std::io;

/// Why there is no complete answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Nothing listens there.
    Refused,
    /// The connection was reset.
    Reset,
    /// The connection was closed before an answer began.
    Closed,
    /// The answer ended early.
    Cut,
    /// No complete answer in time.
    TimedOut,
    /// What came is not HTTP.
    NotHttp,
    /// It could not be sent: every connection was busy until the end.
    Unsent,
    /// This machine had no connection to give: no free port, or no free file.
    Exhausted,
}

impl Fault {
    /// The word for it, as in a tally.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::Closed => "closed without answer",
            Self::Cut => "body cut short",
            Self::TimedOut => "no answer in time",
            Self::NotHttp => "not HTTP",
            Self::Unsent => "not sent, all connections busy",
            Self::Exhausted => "no free port or file on this machine",
        }
    }

    /// What an error while connecting means.
    pub(super) fn connecting(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::ConnectionReset => Self::Reset,
            io::ErrorKind::TimedOut => Self::TimedOut,
            _ => Self::Exhausted,
        }
    }

    /// What an error on an open connection means; the end of it means `end`.
    pub(super) fn broken(error: &io::Error, end: Self) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Self::Reset,
            _ => end,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

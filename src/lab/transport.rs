//! Transport errors in plain words, translated in this one place: a sentence, the likely cause, what to do.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use crate::base::text::{printable_bytes, size};

/// Why no complete HTTP answer came back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// Nothing listens there.
    #[error(
        "nothing listens on {0}: the connection was refused. The server has exited, or listens on another port or address"
    )]
    Refused(String),
    /// The connection was reset.
    #[error(
        "the server reset the connection {0}. It probably crashed while answering: look at what it printed"
    )]
    Reset(Phase),
    /// The connection ended before an answer began.
    #[error(
        "the server closed the connection without answering. A handler that throws, or returns without writing an answer, does this"
    )]
    Closed,
    /// The body ended early.
    #[error(
        "the body ended after {got} where Content-Length announced {announced}. Count bytes, not characters, and end the answer only when all is written"
    )]
    BodyCut {
        /// What came.
        got: String,
        /// What was announced.
        announced: String,
    },
    /// The body ended early, and no length was announced.
    #[error(
        "the connection ended in the middle of the body. The server probably crashed while answering"
    )]
    BodyBroken,
    /// Time was up.
    #[error("{}", timed_out(*.0, *.1))]
    TimedOut(Phase, Duration),
    /// What came is not HTTP.
    #[error(
        "the answer is not HTTP: it begins with `{0}`. An HTTP/1.1 answer begins with a status line such as `HTTP/1.1 200 OK`"
    )]
    NotHttp(String),
    /// What came is TLS.
    #[error(
        "the server speaks TLS (https) on a port where plain HTTP is expected. Serve plain HTTP here: in production the balancer in front ends the TLS"
    )]
    Tls,
    /// The answer is larger than anything a check needs.
    #[error("the answer is larger than {}; reading stopped there. Is a loop writing without end?", size(*.0))]
    TooLarge(usize),
    /// Redirects went in a circle.
    #[error(
        "the answer redirects again and again, {0} times so far. Two pages redirect to each other"
    )]
    RedirectLoop(usize),
    /// The URL cannot be requested.
    #[error("`{0}` is not a URL that can be requested")]
    BadUrl(String),
    /// Anything else.
    #[error("the request failed: {0}")]
    Other(String),
}

/// How far a request had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The connection was being made.
    Connecting,
    /// The request was sent, and no complete head of an answer had come.
    Waiting,
    /// The body was being read.
    Body,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Connecting => "while it was being opened",
            Self::Waiting => "before it answered",
            Self::Body => "in the middle of the body",
        })
    }
}

fn timed_out(phase: Phase, after: Duration) -> String {
    match phase {
        Phase::Connecting => format!(
            "no connection within {after:?}. The server is too busy to accept one, or is paused"
        ),
        Phase::Waiting => format!(
            "connected, but no complete answer within {after:?}. A handler waits for something that never comes, or sends its headers too slowly"
        ),
        Phase::Body => format!(
            "the headers came, but the body did not end within {after:?}. Is Content-Length larger than the body, or is the answer never ended?"
        ),
    }
}

impl TransportError {
    /// A few words for a diagram.
    #[must_use]
    pub fn short(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::Reset(_) => "reset",
            Self::Closed => "closed without answer",
            Self::BodyCut { .. } | Self::BodyBroken => "body cut short",
            Self::TimedOut(..) => "no answer in time",
            Self::NotHttp(_) => "not HTTP",
            Self::Tls => "TLS, not HTTP",
            Self::TooLarge(_) => "too large",
            Self::RedirectLoop(_) => "redirect loop",
            Self::BadUrl(_) | Self::Other(_) => "failed",
        }
    }

    /// Whether the head of an answer came, and its body broke off.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        matches!(
            self,
            Self::BodyCut { .. }
                | Self::BodyBroken
                | Self::Reset(Phase::Body)
                | Self::TimedOut(Phase::Body, _)
        )
    }

    /// Translates what the HTTP client said.
    #[must_use]
    pub fn translate(error: &reqwest::Error, target: &str, phase: Phase, limit: Duration) -> Self {
        if error.is_builder() {
            return Self::BadUrl(target.to_owned());
        }
        if error.is_timeout() {
            let phase = if error.is_connect() {
                Phase::Connecting
            } else {
                phase
            };
            return Self::TimedOut(phase, limit);
        }
        let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
        while let Some(current) = cause {
            if let Some(found) =
                from_io(current, target, phase).or_else(|| from_hyper(current, phase))
            {
                return found;
            }
            cause = current.source();
        }
        Self::Other(error.to_string())
    }

    /// What the first bytes of an answer that no client understands mean.
    #[must_use]
    pub fn from_first_bytes(bytes: &[u8]) -> Self {
        match bytes {
            [] => Self::Closed,
            [0x15 | 0x16, 0x03, ..] => Self::Tls,
            _ => {
                let line = bytes
                    .split(|b| matches!(b, b'\r' | b'\n'))
                    .next()
                    .unwrap_or_default();
                Self::NotHttp(
                    printable_bytes(&line[..line.len().min(60)])
                        .trim()
                        .to_owned(),
                )
            }
        }
    }
}

fn from_io(cause: &(dyn StdError + 'static), target: &str, phase: Phase) -> Option<TransportError> {
    let error = cause.downcast_ref::<io::Error>()?;
    Some(match error.kind() {
        io::ErrorKind::ConnectionRefused => TransportError::Refused(target.to_owned()),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => TransportError::Reset(phase),
        io::ErrorKind::UnexpectedEof if phase == Phase::Body => TransportError::BodyBroken,
        io::ErrorKind::UnexpectedEof => TransportError::Closed,
        _ => return None,
    })
}

fn from_hyper(cause: &(dyn StdError + 'static), phase: Phase) -> Option<TransportError> {
    let error = cause.downcast_ref::<hyper::Error>()?;
    if error.is_parse() || error.is_parse_status() {
        Some(TransportError::NotHttp(String::new()))
    } else if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        Some(if phase == Phase::Body {
            TransportError::BodyBroken
        } else {
            TransportError::Closed
        })
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_says_what_happened_and_what_to_do() {
        let all = [
            TransportError::Refused("127.0.0.1:4000".into()),
            TransportError::Reset(Phase::Waiting),
            TransportError::Closed,
            TransportError::BodyCut {
                got: "3 bytes".into(),
                announced: "5 bytes".into(),
            },
            TransportError::BodyBroken,
            TransportError::TimedOut(Phase::Connecting, Duration::from_secs(2)),
            TransportError::TimedOut(Phase::Waiting, Duration::from_secs(5)),
            TransportError::TimedOut(Phase::Body, Duration::from_secs(5)),
            TransportError::NotHttp("HTTP/1.1 200OK".into()),
            TransportError::Tls,
            TransportError::TooLarge(1 << 20),
            TransportError::RedirectLoop(10),
        ];
        for error in all {
            let text = error.to_string();
            assert!(text.contains(". ") || text.contains("; "), "{text}");
            assert!(text.len() < 220, "{text}");
        }
        assert_eq!(
            TransportError::TimedOut(Phase::Waiting, Duration::from_secs(5)).to_string(),
            "connected, but no complete answer within 5s. A handler waits for something that never comes, or \
             sends its headers too slowly"
        );
    }

    #[test]
    fn first_bytes_tell_tls_from_a_bad_status_line() {
        assert_eq!(
            TransportError::from_first_bytes(&[0x15, 3, 1, 0]),
            TransportError::Tls
        );
        assert_eq!(
            TransportError::from_first_bytes(b"HTTP/1.1 200OK\r\nx"),
            TransportError::NotHttp("HTTP/1.1 200OK".into())
        );
    }
}

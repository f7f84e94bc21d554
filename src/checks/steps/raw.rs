//! `raw`: bytes on a TCP connection, for what no HTTP client would send.

use std::time::Duration;

use crate::checks::document::Node;
use crate::checks::reading;
use crate::checks::shape::{Field, Kind as Takes, Problems, duration_at};
use crate::checks::template::Template;

use super::Kind;

/// The kind as data.
pub const KIND: Kind = Kind {
    key: "raw",
    doc: "Sends raw bytes on a TCP connection: malformed requests, half-close, a slow drip.",
    fields: FIELDS,
    expect: EXPECT,
    example: r#"raw = { on = "a", send = "GET / HTTP/1.1\r\n\r\n" }
expect.bytes = { starts_with = "HTTP/1.1 400" }"#,
};

const FIELDS: &[Field] = &[
    Field::required("on", Takes::Text, "the instance or balancer to connect to"),
    Field::required(
        "send",
        Takes::Text,
        "the bytes, with \\r\\n where they belong",
    ),
    Field::optional(
        "half_close",
        Takes::Flag,
        "closes the sending side after the bytes",
    ),
    Field::optional(
        "drip",
        Takes::Duration,
        "sends one byte at a time with this pause",
    ),
    Field::optional(
        "timeout",
        Takes::Duration,
        "stops reading after this long; 5s unless told",
    ),
];

const EXPECT: &[Field] = &[
    Field::optional("bytes", Takes::Matcher, "what came back, as text"),
    Field::optional(
        "closed",
        Takes::Matcher,
        "true when the server closed the connection",
    ),
    Field::optional(
        "within",
        Takes::Matcher,
        "time until it closed or the timeout",
    ),
];

/// Bytes to send.
#[derive(Clone, Debug)]
pub struct Raw {
    /// The part to connect to.
    pub on: Template,
    /// The bytes.
    pub send: Template,
    /// Whether the sending side is closed after them.
    pub after: AfterSending,
    /// Pause between bytes.
    pub drip: Option<Duration>,
    /// When to stop reading.
    pub timeout: Duration,
}

/// What happens to the sending side after the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterSending {
    /// It stays open.
    KeepOpen,
    /// It is closed.
    HalfClose,
}

impl Raw {
    /// Reads the step.
    pub fn read(node: &Node, problems: &Problems) -> Self {
        Self {
            on: reading::text(node, "on", problems).unwrap_or_default(),
            send: reading::text(node, "send", problems).unwrap_or_default(),
            after: if reading::is_set(node, "half_close") {
                AfterSending::HalfClose
            } else {
                AfterSending::KeepOpen
            },
            drip: duration_at(node, "drip"),
            timeout: reading::duration_or(node, "timeout", Duration::from_secs(5)),
        }
    }
}

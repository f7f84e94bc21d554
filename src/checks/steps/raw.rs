//! `raw`: bytes on a TCP connection, for what no HTTP client would send.

use std::time::Duration;

use crate::base::text::{printable, size};
use crate::checks::document::Node;
use crate::checks::reading;
use crate::checks::shape::{Field, Kind as Takes, Problems, duration_at};
use crate::checks::template::Template;

use crate::checks::observation::{Facts, Observation};
use crate::checks::variable::Bindings;
use crate::checks::world::{CHECKER, World, WorldError};
use crate::lab::raw::{End, Manner, talk};
use crate::lab::timeline::What;

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
    Field::required(
        "on",
        Takes::Text,
        "the instance, balancer or proxy to connect to",
    ),
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

impl Raw {
    /// Sends the bytes and reads what comes back.
    ///
    /// # Errors
    /// When the check names something that is not there.
    pub async fn run(&self, world: &World, scope: &Bindings) -> Result<Observation, WorldError> {
        let fill = |t: &Template| {
            t.render(scope)
                .map_err(|e| WorldError::Check(e.to_string()))
        };
        let (on, bytes) = (fill(&self.on)?, fill(&self.send)?);
        let url = world.url(&on)?;
        let bad = || WorldError::Check(format!("`{url}` is not an address for raw bytes"));
        let address = url
            .strip_prefix("http://")
            .and_then(|a| a.parse().ok())
            .ok_or_else(bad)?;
        let first = bytes.lines().next().unwrap_or_default();
        let label = format!("{} raw bytes: {}", bytes.len(), printable(first));
        world.record(What::Request {
            from: CHECKER.into(),
            to: on.clone(),
            label,
        });
        let half_close = self.after == AfterSending::HalfClose;
        let manner = Manner {
            drip: self.drip,
            half_close,
        };
        let result = talk(address, bytes.as_bytes(), manner, self.timeout).await;
        let duration = result.as_ref().map(|r| r.duration).unwrap_or_default();
        let (answer, facts) = match result {
            Err(error) => (error.short().to_owned(), Facts::NoAnswer(error)),
            Ok(raw) => {
                let ending = if raw.end == End::Closed {
                    "closed"
                } else {
                    "left open"
                };
                (
                    format!("{}, {ending}", size(raw.bytes.len())),
                    Facts::Raw(raw),
                )
            }
        };
        let label = answer.clone();
        world.record(What::Response {
            from: on.clone(),
            to: CHECKER.into(),
            label,
            expected: None,
        });
        let request = format!("RAW  {on}");
        Ok(Observation {
            facts,
            request,
            answer,
            duration,
            ..Observation::default()
        })
    }
}

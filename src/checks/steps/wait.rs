//! `wait`: polls a request until its expectations hold.

use std::time::Duration;

use crate::checks::check::Retry;
use crate::checks::document::Node;
use crate::checks::reading;
use crate::checks::shape::{Field, Kind as Takes, Problems, joined};

use super::Kind;
use super::http::{EXPECT, Http};

/// The kind as data.
pub const KIND: Kind = Kind {
    key: "wait",
    doc: "Polls a request until its expectations hold; takes the keys of `http`, `within` and `every`.",
    fields: FIELDS,
    expect: EXPECT,
    example: r#"wait = { on = "b", get = "/readyz", within = "2s" }
expect.status = 200"#,
};

/// The keys of `http`, and for how long and how often.
const FIELDS: &[Field] = &joined::<23>(
    super::http::FIELDS,
    &[
        Field::optional(
            "within",
            Takes::Duration,
            "gives up after this long; 5s unless told",
        ),
        Field::optional(
            "every",
            Takes::Duration,
            "the pause between two tries; 50ms unless told",
        ),
    ],
);

/// A request to poll.
#[derive(Clone, Debug)]
pub struct Wait {
    /// The request.
    pub http: Http,
    /// How long and how often.
    pub retry: Retry,
}

impl Wait {
    /// Reads the step.
    pub fn read(node: &Node, problems: &Problems) -> Self {
        Self {
            http: Http::read(node, problems),
            retry: Retry {
                within: reading::duration_or(node, "within", Duration::from_secs(5)),
                every: reading::duration_or(node, "every", Duration::from_millis(50)),
                status: None,
            },
        }
    }
}

//! `race`: several different requests, sent at the same moment.

use crate::checks::document::Node;
use crate::checks::shape::{Field, Kind as Takes, Problems};

use super::Kind;
use super::http::{FIELDS as HTTP, Http};

/// The kind as data.
pub const KIND: Kind = Kind {
    key: "race",
    doc: "Sends several different requests at the same moment, on connections that are already open.",
    fields: &[Field::required(
        "http",
        Takes::Table(HTTP),
        "one of the requests",
    )],
    expect: &[Field::required(
        "tally",
        Takes::Map(&Takes::Matcher),
        "how many answers of each kind: codes, classes such as 2xx, or error; all must be covered",
    )],
    example: r#"expect.tally = { "2xx" = 1, "412" = 1 }
[[check.step.race]]
http = { on = "a", put = "/preferences", json = { theme = "dark" } }
[[check.step.race]]
http = { on = "b", put = "/preferences", json = { theme = "light" } }"#,
};

/// Requests that start together.
#[derive(Clone, Debug)]
pub struct Race {
    /// The requests.
    pub requests: Vec<Http>,
}

impl Race {
    /// Reads the list of requests.
    pub fn read(node: &Node, problems: &Problems) -> Self {
        let requests: Vec<Http> = node
            .items()
            .iter()
            .filter_map(|item| item.at("http"))
            .map(|http| Http::read(http, problems))
            .collect();
        if requests.len() < 2 {
            let help = "give it at least two [[check.step.race]] tables";
            problems.add(
                "E104",
                node.span.clone(),
                "a race needs two requests".into(),
                help,
            );
        }
        Self { requests }
    }
}

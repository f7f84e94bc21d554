//! Likeness: whether an answer is what the origin itself would answer to the very same request.
//!
//! A cache passes on the status, the body and every header but those that are its own affair: Age, Via, Cache-Status,
//! Date, Content-Length, and what belongs to one connection (RFC 9110, section 7.6.1). More headers are welcome.

use std::ops::Range;

use reqwest::Url;

use crate::base::text::size;
use crate::lab::http::{Answer, Body, Request, letters};
use crate::lab::origin::{Asked, Origin, Reply};

use super::document::Node;
use super::expectation::ExpectationResult;
use super::reading;
use super::shape::{Field, Kind as Takes};

/// The keys of `expect.like`.
pub const LIKE: &[Field] = &[
    Field::required("origin", Takes::Text, "the origin"),
    Field::optional(
        "parts",
        Takes::List(&Takes::Choice(PARTS)),
        "what must be the same; all three unless told",
    ),
    Field::optional(
        "range",
        Takes::Choice(&["optional"]),
        "optional: the whole body is right too where a range was asked for",
    ),
];

const PARTS: &[&str] = &["status", "headers", "body"];

/// Headers that an answer need not have from the origin.
const OWN: &[&str] = &[
    "age",
    "via",
    "cache-status",
    "date",
    "content-length",
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What an answer must be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Like {
    /// The origin.
    pub origin: String,
    /// What must be the same.
    parts: Vec<String>,
    /// Whether the whole body is right where a range was asked for.
    or_whole: bool,
    /// Byte range of the origin's name in the file.
    pub span: Range<usize>,
}

impl Like {
    /// Reads `expect.like`.
    #[must_use]
    pub fn read(node: &Node) -> Self {
        let parts: Vec<String> = reading::words(node, "parts")
            .map(|(_, word)| word.to_owned())
            .collect();
        Self {
            origin: reading::word(node, "origin").unwrap_or_default(),
            parts: if parts.is_empty() {
                PARTS.iter().map(|part| (*part).to_owned()).collect()
            } else {
                parts
            },
            or_whole: node.entry("range").is_some(),
            span: node
                .at("origin")
                .map_or(node.span.clone(), |origin| origin.span.clone()),
        }
    }

    /// Everything that is the same or not.
    #[must_use]
    pub fn judge(
        &self,
        origin: &Origin,
        sent: &Request,
        answer: &Answer,
    ) -> Vec<ExpectationResult> {
        let mut asked = asked(sent);
        let mut reply = origin.answer(&asked);
        if self.or_whole && matches!(reply.status, 206 | 416) && answer.status == 200 {
            asked.headers.retain(|(name, _)| name != "range");
            reply = origin.answer(&asked);
        }
        self.compare(&reply, answer)
    }

    fn compare(&self, reply: &Reply, answer: &Answer) -> Vec<ExpectationResult> {
        let has = |part: &str| self.parts.iter().any(|known| known == part);
        let mut results = Vec::new();
        if has("status") {
            results.push(self.result(
                "status",
                reply.status.to_string(),
                answer.status.to_string(),
            ));
        }
        if has("headers") {
            let theirs = reply
                .headers
                .iter()
                .map(|(name, value)| (name.to_lowercase(), value));
            for (name, value) in theirs.filter(|(name, _)| !OWN.contains(&name.as_str())) {
                let got = answer
                    .header(&name)
                    .map_or("no such header".to_owned(), |got| format!("{got:?}"));
                results.push(self.result(
                    &format!("header {name}"),
                    format!("{:?}", value.trim()),
                    got,
                ));
            }
        }
        if has("body") {
            let same = reply.body == answer.body;
            let first = reply
                .body
                .iter()
                .zip(&answer.body)
                .position(|(a, b)| a != b);
            let first = first.unwrap_or(reply.body.len().min(answer.body.len()));
            let got = if same {
                size(answer.body.len())
            } else {
                format!("{}, other from byte {first} on", size(answer.body.len()))
            };
            results.push(ExpectationResult {
                held: same,
                ..self.result("body", size(reply.body.len()), got)
            });
        }
        results
    }

    fn result(&self, what: &str, expected: String, got: String) -> ExpectationResult {
        ExpectationResult {
            subject: format!("{what} like {}", self.origin),
            held: expected == got,
            expected,
            got,
            difference: None,
        }
    }
}

/// The request as the origin would see it.
fn asked(sent: &Request) -> Asked {
    let target = Url::parse(&sent.url).map_or_else(
        |_| sent.url.clone(),
        |url| match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        },
    );
    let headers = sent.headers.iter();
    Asked {
        headers: headers
            .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
            .collect(),
        body: match &sent.body {
            Body::Bytes(_, bytes) => bytes.clone(),
            Body::Letters(count) => letters(*count),
            Body::Empty | Body::Multipart(_) => Vec::new(),
        },
        ..Asked::new(&sent.method, &target)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::lab::origin::{Body as Stands, Pattern, Route, Text};
    use crate::lab::timeline::Recorder;

    async fn origin() -> Origin {
        let route = Route {
            path: Pattern::new("/v/*"),
            headers: vec![
                ("ETag".to_owned(), Text::plain("strong")),
                ("Via".to_owned(), Text::plain("x")),
            ],
            body: Stands::Random(100),
            ..Route::default()
        };
        Origin::start("o", "a", vec![route], 7, &Recorder::default())
            .await
            .unwrap()
    }

    fn get(headers: &[(&str, &str)]) -> Request {
        Request {
            method: "GET".to_owned(),
            url: "http://127.0.0.1:1/v/1".to_owned(),
            headers: headers
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect(),
            body: Body::Empty,
            connection: crate::lab::http::Connection::Fresh,
            redirects: 0,
            limit: Duration::from_secs(1),
        }
    }

    fn answer(reply: &Reply) -> Answer {
        Answer {
            status: reply.status,
            headers: reply
                .headers
                .iter()
                .map(|(n, v)| (n.to_lowercase(), v.clone()))
                .collect(),
            body: reply.body.clone(),
            redirects: 0,
            first_byte: Duration::ZERO,
            duration: Duration::ZERO,
        }
    }

    fn like(parts: &[&str], or_whole: bool) -> Like {
        let parts = parts.iter().map(|part| (*part).to_owned()).collect();
        Like {
            origin: "o".to_owned(),
            parts,
            or_whole,
            span: 0..0,
        }
    }

    fn broken(results: &[ExpectationResult]) -> Vec<&str> {
        results
            .iter()
            .filter(|one| !one.held)
            .map(|one| one.subject.as_str())
            .collect()
    }

    #[tokio::test]
    async fn what_a_cache_may_change_is_not_looked_at_and_all_else_is() {
        let origin = origin().await;
        let said = origin.answer(&Asked::new("GET", "/v/1"));
        let mut same = answer(&said);
        same.headers.retain(|(name, _)| name != "via");
        same.headers.push(("age".to_owned(), "3".to_owned()));
        assert_eq!(
            broken(&like(PARTS, false).judge(&origin, &get(&[]), &same)),
            Vec::<&str>::new()
        );
        let mut other = same.clone();
        other.status = 203;
        other.body[7] ^= 1;
        other.headers.retain(|(name, _)| name != "etag");
        let results = like(PARTS, false).judge(&origin, &get(&[]), &other);
        assert_eq!(
            broken(&results),
            ["status like o", "header etag like o", "body like o"]
        );
        assert_eq!(
            results.last().unwrap().got,
            "100 bytes, other from byte 7 on"
        );
        assert_eq!(
            broken(&like(&["headers"], false).judge(&origin, &get(&[]), &other)),
            ["header etag like o"]
        );
    }

    #[tokio::test]
    async fn the_whole_is_right_where_a_range_is_optional() {
        let origin = origin().await;
        let whole = answer(&origin.answer(&Asked::new("GET", "/v/1")));
        let ranged = get(&[("Range", "bytes=0-9")]);
        assert!(broken(&like(PARTS, true).judge(&origin, &ranged, &whole)).is_empty());
        assert!(!broken(&like(PARTS, false).judge(&origin, &ranged, &whole)).is_empty());
    }
}

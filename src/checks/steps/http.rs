//! `http`: one request, and everything about its answer.

use std::time::Duration;

use crate::checks::document::Node;
use crate::checks::reading;
use crate::checks::shape::{Field, Kind as Takes, Problems};
use crate::checks::template::{JsonTemplate, Template};

use super::Kind;

/// The kind as data.
pub const KIND: Kind = Kind {
    key: "http",
    doc: "Sends one request to an instance, a balancer or a URL.",
    fields: FIELDS,
    expect: EXPECT,
    example: r#"http = { on = "a", get = "/preferences", bearer = "{{ token }}" }
expect.status = 200
expect.json."$.theme" = "dark""#,
};

/// The methods, each of which is a key that takes the path.
pub const METHODS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options"];

/// The keys of a request.
pub const FIELDS: &[Field] = &[
    Field::optional(
        "on",
        Takes::Text,
        "the instance or balancer that receives it",
    ),
    Field::optional("get", Takes::Text, "GET this path"),
    Field::optional("post", Takes::Text, "POST to this path"),
    Field::optional("put", Takes::Text, "PUT to this path"),
    Field::optional("patch", Takes::Text, "PATCH this path"),
    Field::optional("delete", Takes::Text, "DELETE this path"),
    Field::optional("head", Takes::Text, "HEAD of this path"),
    Field::optional("options", Takes::Text, "OPTIONS of this path"),
    Field::optional(
        "query",
        Takes::Map(&Takes::Text),
        "query parameters, percent-encoded for you",
    ),
    Field::optional("headers", Takes::Map(&Takes::Text), "request headers"),
    Field::optional(
        "bearer",
        Takes::Text,
        "the token of an Authorization: Bearer header",
    ),
    Field::optional("json", Takes::Json, "a JSON body"),
    Field::optional("form", Takes::Map(&Takes::Text), "a form body"),
    Field::optional(
        "multipart",
        Takes::Map(&Takes::Text),
        "a multipart form body",
    ),
    Field::optional("body", Takes::Text, "a raw body"),
    Field::optional(
        "compression",
        Takes::Choice(&["gzip", "deflate", "br"]),
        "asks for a compressed answer, and unpacks it",
    ),
    Field::optional(
        "connection",
        Takes::Choice(&["fresh", "keep-alive"]),
        "a connection of its own, or a kept one (one request in ten is fresh anyway)",
    ),
    Field::optional("redirects", Takes::Flag, "follows redirects, ten at most"),
    Field::optional(
        "timeout",
        Takes::Duration,
        "gives up after this long; 5s unless told",
    ),
];

/// What a request can expect.
pub const EXPECT: &[Field] = &[
    Field::optional(
        "status",
        Takes::OneOf,
        "the status code; a list means one of",
    ),
    Field::optional(
        "header",
        Takes::Map(&Takes::Matcher),
        "a response header, named in lower case",
    ),
    Field::optional(
        "cookie",
        Takes::Map(&Takes::Matcher),
        "the value of a cookie that was set",
    ),
    Field::optional("body", Takes::Matcher, "the body as text"),
    Field::optional("json", Takes::Paths, "places in the JSON body, by JSONPath"),
    Field::optional(
        "duration",
        Takes::Matcher,
        "time to the last byte, such as { lt = \"1s\" }",
    ),
    Field::optional(
        "redirects",
        Takes::Matcher,
        "how many redirects were followed",
    ),
    Field::optional(
        "served_by",
        Takes::Matcher,
        "the instance that answered through a balancer",
    ),
    Field::optional(
        "tally",
        Takes::Map(&Takes::Matcher),
        "how many answers of each kind a repeated step had: codes, classes such as 2xx, or error",
    ),
];

/// A request to send.
#[derive(Clone, Debug)]
pub struct Http {
    /// The instance or balancer; `None` when the path is a whole URL.
    pub on: Option<Template>,
    /// The method in capitals.
    pub method: String,
    /// Path, or a whole URL.
    pub path: Template,
    /// Query parameters.
    pub query: Vec<(String, Template)>,
    /// Headers.
    pub headers: Vec<(String, Template)>,
    /// The body.
    pub body: Body,
    /// The compression asked for.
    pub compression: Option<String>,
    /// Whether a connection of its own is asked for.
    pub connection: Connection,
    /// How many redirects are followed.
    pub redirects: usize,
    /// When to give up.
    pub timeout: Duration,
}

/// Which connection a request goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Kept ones, and one in ten fresh.
    Mixed,
    /// Its own.
    Fresh,
    /// A kept one.
    Kept,
}

/// The body of a request.
#[derive(Clone, Debug)]
pub enum Body {
    /// None.
    Empty,
    /// JSON.
    Json(JsonTemplate),
    /// A form.
    Form(Vec<(String, Template)>),
    /// A multipart form.
    Multipart(Vec<(String, Template)>),
    /// Text as it stands.
    Raw(Template),
}

impl Http {
    /// Reads a request.
    pub fn read(node: &Node, problems: &Problems) -> Self {
        let method = reading::exactly_one(node, METHODS, "this request", problems);
        let path = method
            .and_then(|m| reading::text(node, m, problems))
            .unwrap_or_default();
        let on = reading::text(node, "on", problems);
        let whole = method.and_then(|m| node.at(m)).and_then(Node::text);
        if on.is_none() && whole.is_some_and(|p| !p.starts_with("http://") && !p.starts_with("{{"))
        {
            let help = "name an instance or a balancer: on = \"a\"";
            problems.add(
                "E104",
                node.span.clone(),
                "this request goes nowhere: `on` is missing".into(),
                help,
            );
        }
        let mut headers = reading::pairs(node, "headers", problems);
        if let Some(token) = node.at("bearer").and_then(Node::text) {
            let span = node.at("bearer").map_or(0..0, |n| n.span.clone());
            if let Ok(template) = Template::parse(&format!("Bearer {token}"), span) {
                headers.push(("authorization".to_owned(), template));
            } else {
                reading::text(node, "bearer", problems);
            }
        }
        Self {
            on,
            method: method.unwrap_or("get").to_uppercase(),
            path,
            query: reading::pairs(node, "query", problems),
            headers,
            body: read_body(node, problems),
            compression: reading::word(node, "compression"),
            connection: match node.at("connection").and_then(Node::text) {
                Some("fresh") => Connection::Fresh,
                Some("keep-alive") => Connection::Kept,
                _ => Connection::Mixed,
            },
            redirects: if reading::is_set(node, "redirects") {
                10
            } else {
                0
            },
            timeout: reading::duration_or(node, "timeout", Duration::from_secs(5)),
        }
    }

    /// Every template in it.
    #[must_use]
    pub fn templates(&self) -> Vec<&Template> {
        let mut found: Vec<&Template> = self.on.iter().chain([&self.path]).collect();
        found.extend(self.query.iter().chain(&self.headers).map(|(_, t)| t));
        match &self.body {
            Body::Empty => {}
            Body::Json(json) => found.extend(json.templates()),
            Body::Form(pairs) | Body::Multipart(pairs) => {
                found.extend(pairs.iter().map(|(_, t)| t))
            }
            Body::Raw(template) => found.push(template),
        }
        found
    }
}

fn read_body(node: &Node, problems: &Problems) -> Body {
    let bodies = ["json", "form", "multipart", "body"];
    let there: Vec<&str> = bodies
        .iter()
        .copied()
        .filter(|k| node.entry(k).is_some())
        .collect();
    if let [first, second, ..] = there.as_slice() {
        let span = node
            .entry(second)
            .map_or(node.span.clone(), |e| e.key_span.clone());
        let message = format!("this request already has a body in `{first}`");
        problems.add("E114", span, message, "a request has one body");
    }
    match there.first() {
        Some(&"json") => reading::json(node, "json", problems).map_or(Body::Empty, Body::Json),
        Some(&"form") => Body::Form(reading::pairs(node, "form", problems)),
        Some(&"multipart") => Body::Multipart(reading::pairs(node, "multipart", problems)),
        Some(_) => reading::text(node, "body", problems).map_or(Body::Empty, Body::Raw),
        None => Body::Empty,
    }
}

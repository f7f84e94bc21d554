//! `http`: one request, and everything about its answer.

use std::time::{Duration, Instant};

use reqwest::Url;

use crate::checks::document::Node;
use crate::checks::like::LIKE;
use crate::checks::observation::{Facts, Observation};
use crate::checks::reading;
use crate::checks::shape::{Field, Kind as Takes, Problems, joined, size_at};
use crate::checks::template::{JsonTemplate, Scope, Template, Unresolved};
use crate::checks::variable::Bindings;
use crate::checks::world::{CHECKER, World, WorldError};
use crate::lab::http::{self, Body as Payload, Request};
use crate::lab::timeline::What;

use super::Kind;

/// The kind as data.
pub const KIND: Kind = Kind {
    key: "http",
    doc: "Sends one request to an instance, balancer, proxy or URL.",
    fields: FIELDS,
    expect: EXPECT,
    example: r#"http = { on = "a", get = "/preferences", bearer = "{{ token }}" }
expect.status = 200
expect.json."$.theme" = "dark""#,
};

/// The methods, each of which is a key that takes the path.
pub const METHODS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options"];

/// The keys that say what is sent, and to whom.
pub const REQUEST: &[Field] = &[
    Field::optional(
        "on",
        Takes::Text,
        "the instance, balancer or proxy that receives it",
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
    Field::optional("body", Takes::Text, "a raw body"),
];

/// The largest body of letters, in bytes: it is in memory while it is sent.
const LARGEST_BODY: usize = 100_000_000;

/// The keys of a request.
pub const FIELDS: &[Field] = &joined::<21>(REQUEST, MANNER);

/// The keys that say how it is sent.
const MANNER: &[Field] = &[
    Field::optional(
        "multipart",
        Takes::Map(&Takes::Text),
        "a multipart form body",
    ),
    Field::optional(
        "size",
        Takes::Size,
        "a raw body of so many letters, 100MB at most",
    ),
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
    Field::optional(
        "jar",
        Takes::Text,
        "the cookie jar that it shares with other requests of this name, as a browser does",
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
        "first_byte",
        Takes::Matcher,
        "time to the first byte of the body",
    ),
    Field::optional(
        "whole",
        Takes::Matcher,
        "false: the body broke off before its announced end; nothing else of such an answer can be looked at",
    ),
    Field::optional(
        "ending",
        Takes::OneOf,
        "the status code as text, or `cut` when the body broke off: [\"cut\", \"502\"] is either",
    ),
    Field::optional("age", Takes::Matcher, "the header Age as a number"),
    Field::optional(
        "cache_status",
        Takes::Paths,
        "places in the last member of Cache-Status (RFC 9211): $.name, $.hit, $.fwd and its other parameters",
    ),
    Field::optional(
        "like",
        Takes::Table(LIKE),
        "the same as what an origin itself would answer to this very request",
    ),
    Field::optional(
        "secrets",
        Takes::Matcher,
        "how many secrets are in headers or body: those of [server] and what the server is told of its database",
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
        "distinct",
        Takes::Paths,
        "how many different values stand at a place in the JSON bodies of a repeated step",
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
    /// The instance, balancer or proxy; `None` when the path is a whole URL.
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
    /// The cookie jar it shares.
    pub jar: Option<Template>,
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
    /// So many letters.
    Letters(usize),
}

impl Http {
    /// Reads a request that says where it goes.
    pub fn read(node: &Node, problems: &Problems) -> Self {
        let http = Self::read_anywhere(node, problems);
        let method = METHODS.iter().find(|m| node.entry(m).is_some());
        let whole = method.and_then(|m| node.at(m)).and_then(Node::text);
        if http.on.is_none()
            && whole.is_some_and(|p| !p.starts_with("http://") && !p.starts_with("{{"))
        {
            let help = "name an instance or a balancer: on = \"a\"";
            problems.add(
                "E104",
                node.span.clone(),
                "this request goes nowhere: `on` is missing".into(),
                help,
            );
        }
        http
    }

    /// Reads a request that may leave open where it goes.
    pub fn read_anywhere(node: &Node, problems: &Problems) -> Self {
        let method = reading::exactly_one(node, METHODS, "this request", problems);
        let path = method
            .and_then(|m| reading::text(node, m, problems))
            .unwrap_or_default();
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
            on: reading::text(node, "on", problems),
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
            jar: reading::text(node, "jar", problems),
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
        let mut found: Vec<&Template> = self
            .on
            .iter()
            .chain(&self.jar)
            .chain([&self.path])
            .collect();
        found.extend(self.query.iter().chain(&self.headers).map(|(_, t)| t));
        match &self.body {
            Body::Empty | Body::Letters(_) => {}
            Body::Json(json) => found.extend(json.templates()),
            Body::Form(pairs) | Body::Multipart(pairs) => {
                found.extend(pairs.iter().map(|(_, t)| t));
            }
            Body::Raw(template) => found.push(template),
        }
        found
    }
}

fn read_body(node: &Node, problems: &Problems) -> Body {
    let bodies = ["json", "form", "multipart", "size", "body"];
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
        Some(&"size") => read_letters(node, problems),
        Some(_) => reading::text(node, "body", problems).map_or(Body::Empty, Body::Raw),
        None => Body::Empty,
    }
}

fn read_letters(node: &Node, problems: &Problems) -> Body {
    let (Some(size), Some(place)) = (size_at(node, "size"), node.at("size")) else {
        return Body::Empty;
    };
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if size > LARGEST_BODY {
        let message = "this body is larger than 100MB".to_owned();
        let help = "a server that takes 100MB takes more, too";
        problems.add("E125", place.span.clone(), message, help);
    }
    Body::Letters(size)
}

impl Http {
    /// Sends the request and reads the answer.
    ///
    /// # Errors
    /// When the check names something that is not there.
    pub async fn run(&self, world: &World, scope: &Bindings) -> Result<Observation, WorldError> {
        let (request, to) = self.request(world, scope)?;
        let observation = send(world, request, &to).await;
        if let (Some(jar), Facts::Answer(answer)) = (&self.jar, &observation.facts) {
            let jar = jar
                .render(scope)
                .map_err(|e| WorldError::Check(e.to_string()))?;
            world.put_cookies(&jar, answer);
        }
        Ok(observation)
    }

    /// The request with every name filled in, and the part that receives it.
    ///
    /// # Errors
    /// When a name has no value or a part is not there.
    pub fn request(
        &self,
        world: &World,
        scope: &dyn Scope,
    ) -> Result<(Request, String), WorldError> {
        let on = self.on.as_ref().map(|on| on.render(scope)).transpose();
        let on = on.map_err(|e| WorldError::Check(e.to_string()))?;
        self.request_on(on.as_deref(), world, scope)
    }

    /// As [`Http::request`], on this part; `None` when the path is a whole URL.
    ///
    /// # Errors
    /// When a name has no value or a part is not there.
    pub fn request_on(
        &self,
        on: Option<&str>,
        world: &World,
        scope: &dyn Scope,
    ) -> Result<(Request, String), WorldError> {
        let unresolved = |e: Unresolved| WorldError::Check(e.to_string());
        let fill = |t: &Template| t.render(scope).map_err(unresolved);
        let pairs = |list: &[(String, Template)]| -> Result<Vec<(String, String)>, WorldError> {
            list.iter()
                .map(|(n, t)| Ok((n.clone(), fill(t)?)))
                .collect()
        };
        let path = fill(&self.path)?;
        let (mut url, to) = match on {
            Some(on) => (format!("{}{path}", world.url(on)?), on.to_owned()),
            None => (path, "url".to_owned()),
        };
        let query = pairs(&self.query)?;
        if !query.is_empty() {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&form_encoded(&query));
        }
        let mut headers = pairs(&self.headers)?;
        if let Some(compression) = &self.compression {
            headers.push(("accept-encoding".to_owned(), compression.clone()));
        }
        if let Some(jar) = &self.jar {
            headers.extend(world.cookies(&fill(jar)?).map(|c| ("cookie".to_owned(), c)));
        }
        let body = match &self.body {
            Body::Empty => Payload::Empty,
            Body::Json(json) => {
                let json = json.render(scope).map_err(unresolved)?;
                Payload::Bytes("application/json", json.to_string().into_bytes())
            }
            Body::Form(form) => Payload::Bytes(
                "application/x-www-form-urlencoded",
                form_encoded(&pairs(form)?).into_bytes(),
            ),
            Body::Multipart(parts) => Payload::Multipart(pairs(parts)?),
            Body::Raw(text) => Payload::Bytes("", fill(text)?.into_bytes()),
            Body::Letters(count) => Payload::Letters(*count),
        };
        let request = Request {
            method: self.method.clone(),
            url,
            headers,
            body,
            connection: match self.connection {
                Connection::Mixed => http::Connection::Mixed,
                Connection::Fresh => http::Connection::Fresh,
                Connection::Kept => http::Connection::Kept,
            },
            redirects: self.redirects,
            limit: self.timeout,
        };
        Ok((request, to))
    }
}

/// Sends a request to a part of the world, recording it in the timeline.
pub async fn send(world: &World, request: Request, to: &str) -> Observation {
    let path = path_of(&request.url);
    let label = format!("{} {path}", request.method);
    world.record(What::Request {
        from: CHECKER.into(),
        to: to.into(),
        label,
    });
    let began = Instant::now();
    let result = world.client.send(&request).await;
    let (answer, facts) = match result {
        Ok(answer) => (answer.status.to_string(), Facts::Answer(Box::new(answer))),
        Err(error) => (error.short().to_owned(), Facts::NoAnswer(error)),
    };
    world.record(What::Response {
        from: to.into(),
        to: CHECKER.into(),
        label: answer.clone(),
        expected: None,
    });
    Observation {
        request: format!("{:<4} {to}{path}", request.method),
        answer,
        duration: began.elapsed(),
        sent: Some(Box::new(request)),
        facts,
        ..Observation::default()
    }
}

/// Path and query of a URL.
fn path_of(url: &str) -> &str {
    let whole = url.split_once('#').map_or(url, |(url, _)| url);
    let after = whole.split_once("://").map_or(whole, |(_, rest)| rest);
    after.find(['/', '?']).map_or("/", |at| &after[at..])
}

/// Pairs as a form or a query writes them.
pub(in crate::checks) fn form_encoded(pairs: &[(String, String)]) -> String {
    let mut url = Url::parse("http://x/").expect("a constant URL parses");
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::document::parse;

    fn refused(http: &str) -> Vec<&'static str> {
        let (root, _) = parse("f.toml", http);
        let problems = Problems::new("f.toml");
        let node = root.at("http").unwrap();
        crate::checks::shape::walk(node, FIELDS, "`http`", &problems);
        Http::read(node, &problems);
        problems.into_list().into_iter().map(|p| p.id).collect()
    }

    #[test]
    fn a_request_has_one_body_and_it_fits_into_memory() {
        let with = |body: &str| refused(&format!(r#"http = {{ on = "a", put = "/", {body} }}"#));
        assert_eq!(with(r#"size = "66KB""#), [""; 0]);
        assert_eq!(with(r#"size = "101MB""#), ["E125"]);
        assert_eq!(with(r#"size = "much""#), ["E106"]);
        assert_eq!(with(r#"size = "1KB", body = "x""#), ["E114"]);
    }
}

//! Origins of a check file: what stands at their paths, with words that each request fills in.

use serde_json::Value as Json;

use crate::lab::origin::{Body, Pattern, Piece, Route, Text};

use super::check::{OriginDecl, RouteDecl};
use super::document::{Entry, Node};
use super::reading;
use super::shape::{Field, Kind as Takes, Problems, size_at};
use super::template::{Scope, Template, Unresolved};

/// The keys of `[origin.NAME]`.
pub const ORIGIN: &[Field] = &[Field::required(
    "route",
    Takes::Tables(ROUTE),
    "what stands at its paths; the first route that fits a request answers it, and without one it is 404",
)];

/// The keys of `[[origin.NAME.route]]`.
pub const ROUTE: &[Field] = &[
    Field::required(
        "path",
        Takes::Text,
        "the path, where * stands for anything but nothing",
    ),
    Field::optional(
        "methods",
        Takes::List(&Takes::Text),
        "the methods; GET unless told, and HEAD goes with GET",
    ),
    Field::optional("status", Takes::Count(200), "the status; 200 unless told"),
    Field::optional(
        "headers",
        Takes::Map(&Takes::Text),
        "headers; ETag = \"strong\" or \"weak\" is made from the body. Date and X-Origin-Nonce go with every answer",
    ),
    Field::optional(
        "size",
        Takes::Size,
        "a body of so many bytes, made from the seed, path, query, what Vary names, and how often it has changed",
    ),
    Field::optional(
        "text",
        Takes::Text,
        "a body of words: {{ request.method }}, {{ request.path }}, {{ request.query }}, {{ request.body }}, \
         {{ request.header.NAME }} and {{ version }} are filled in for each request",
    ),
    Field::optional(
        "chunked",
        Takes::Flag,
        "sends the body in chunks, without Content-Length",
    ),
    Field::optional(
        "ranges",
        Takes::Flag,
        "false: answers a Range with the whole",
    ),
    Field::optional(
        "changes",
        Takes::Flag,
        "each such request changes what stands at its path",
    ),
];

/// What begins and ends a name that a request fills in, while the rest of the words are filled in. No author writes it.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// The names that a request fills in, without headers.
const FILLED: &[&str] = &[
    "request.method",
    "request.path",
    "request.query",
    "request.body",
    "version",
];

/// Whether a request fills in this name.
#[must_use]
pub fn is_filled(name: &str) -> bool {
    FILLED.contains(&name)
        || name
            .strip_prefix("request.header.")
            .is_some_and(|header| !header.is_empty())
}

/// Reads `[origin.NAME]`.
pub fn read(entry: &Entry, problems: &Problems) -> OriginDecl {
    let routes = entry.node.at("route").map(Node::items).unwrap_or_default();
    OriginDecl {
        name: entry.key.to_string(),
        routes: routes.iter().map(|node| route(node, problems)).collect(),
    }
}

fn route(node: &Node, problems: &Problems) -> RouteDecl {
    if let (Some(_), Some(text)) = (node.entry("size"), node.entry("text")) {
        let message = "this route already has a body of a `size`".to_owned();
        problems.add(
            "E114",
            text.key_span.clone(),
            message,
            "a route has one body",
        );
    }
    let methods: Vec<String> = reading::words(node, "methods")
        .map(|(_, word)| word.to_owned())
        .collect();
    RouteDecl {
        path: reading::text(node, "path", problems).unwrap_or_default(),
        methods: if methods.is_empty() {
            vec!["GET".to_owned()]
        } else {
            methods
        },
        status: reading::count(node, "status")
            .and_then(|n| u16::try_from(n).ok())
            .unwrap_or(200),
        headers: reading::pairs(node, "headers", problems),
        size: size_at(node, "size").and_then(|bytes| usize::try_from(bytes).ok()),
        text: reading::text(node, "text", problems),
        chunked: reading::is_set(node, "chunked"),
        ranges: node.at("ranges").and_then(Node::flag).unwrap_or(true),
        changes: reading::is_set(node, "changes"),
    }
}

impl OriginDecl {
    /// Every template in it.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        self.routes.iter().flat_map(|route| {
            let headers = route.headers.iter().map(|(_, value)| value);
            headers.chain(&route.text).chain([&route.path])
        })
    }

    /// Its routes with everything filled in but what each request fills in.
    ///
    /// # Errors
    /// When a name has no value.
    pub fn routes(&self, scope: &dyn Scope) -> Result<Vec<Route>, Unresolved> {
        let route = |decl: &RouteDecl| {
            let fill =
                |template: &Template| template.render(&Later(scope)).map(|text| pieces(&text));
            let headers = decl
                .headers
                .iter()
                .map(|(name, value)| Ok((name.clone(), fill(value)?)));
            Ok(Route {
                path: Pattern::new(&decl.path.render(scope)?),
                methods: decl.methods.clone(),
                status: decl.status,
                headers: headers.collect::<Result<_, Unresolved>>()?,
                body: match (decl.size, &decl.text) {
                    (Some(size), _) => Body::Random(size),
                    (None, Some(text)) => Body::Text(fill(text)?),
                    (None, None) => Body::Text(Text::default()),
                },
                chunked: decl.chunked,
                ranges: decl.ranges,
                changes: decl.changes,
            })
        };
        self.routes.iter().map(route).collect()
    }
}

/// A scope that leaves marks where a request fills in.
struct Later<'a>(&'a dyn Scope);

impl Scope for Later<'_> {
    fn value(&self, name: &str) -> Option<Json> {
        if is_filled(name) {
            return Some(format!("{OPEN}{name}{CLOSE}").into());
        }
        self.0.value(name)
    }
}

/// Takes words apart at the marks.
fn pieces(text: &str) -> Text {
    let mut found = Vec::new();
    for (at, part) in text.split(OPEN).enumerate() {
        let (name, plain) = match part.split_once(CLOSE).filter(|_| at > 0) {
            Some((name, plain)) => (Some(name), plain),
            None => (None, part),
        };
        found.extend(name.map(|name| match name {
            "request.method" => Piece::Method,
            "request.path" => Piece::Path,
            "request.query" => Piece::Query,
            "request.body" => Piece::Body,
            "version" => Piece::Version,
            other => Piece::Header(other.trim_start_matches("request.header.").to_lowercase()),
        }));
        if !plain.is_empty() {
            found.push(Piece::Plain(plain.to_owned()));
        }
    }
    Text(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_apart_where_a_request_fills_in() {
        let text = format!("for {OPEN}request.header.X-User{CLOSE}, {OPEN}version{CLOSE}");
        let plain = |text: &str| Piece::Plain(text.to_owned());
        let expected = vec![
            plain("for "),
            Piece::Header("x-user".to_owned()),
            plain(", "),
            Piece::Version,
        ];
        assert_eq!(pieces(&text), Text(expected));
        assert!(
            is_filled("request.header.accept")
                && !is_filled("request.header.")
                && !is_filled("request.host")
        );
    }
}

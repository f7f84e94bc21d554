//! A route: what stands at the paths of a pattern.

use super::pattern::Pattern;

/// What stands at some paths.
#[derive(Clone, Debug)]
pub struct Route {
    /// The paths.
    pub path: Pattern,
    /// The methods; HEAD goes with GET.
    pub methods: Vec<String>,
    /// The status.
    pub status: u16,
    /// Headers besides Date and the origin's own. An `ETag` of `strong` or `weak` is made from the body.
    pub headers: Vec<(String, Text)>,
    /// The body.
    pub body: Body,
    /// Whether the body goes out in chunks, without a Content-Length.
    pub chunked: bool,
    /// Whether parts of the body are given.
    pub ranges: bool,
    /// Whether a request changes what stands at its path.
    pub changes: bool,
}

impl Default for Route {
    fn default() -> Self {
        Self {
            path: Pattern::default(),
            methods: vec!["GET".to_owned()],
            status: 200,
            headers: Vec::new(),
            body: Body::Text(Text::default()),
            chunked: false,
            ranges: true,
            changes: false,
        }
    }
}

/// A body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// So many bytes, made from the seed, path and query, the headers that the answer varies by, and the version.
    Random(usize),
    /// Words, filled in for each request.
    Text(Text),
}

/// Words that a request fills in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(pub Vec<Piece>);

/// A piece of such words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The same for all.
    Plain(String),
    /// The method.
    Method,
    /// The path without the query.
    Path,
    /// The query.
    Query,
    /// The body.
    Body,
    /// A header, named in lower case; nothing when it is not there.
    Header(String),
    /// How often what stands at the path has changed.
    Version,
}

/// A request, as the origin sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The query; empty when there is none.
    pub query: String,
    /// Headers in order, named in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Asked {
    /// A request of this method for a path with its query.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            ..Self::default()
        }
    }

    /// A header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl Route {
    pub(super) fn fits(&self, asked: &Asked) -> bool {
        let of = |method: &str| self.methods.iter().any(|known| known == method);
        let method = of(&asked.method) || (asked.method == "HEAD" && of("GET"));
        method && self.path.fits(&asked.path)
    }
}

impl Text {
    /// The same words for everybody.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        Self(vec![Piece::Plain(text.to_owned())])
    }

    pub(super) fn filled(&self, asked: &Asked, version: u64) -> String {
        let fill = |piece: &Piece| match piece {
            Piece::Plain(text) => text.clone(),
            Piece::Method => asked.method.clone(),
            Piece::Path => asked.path.clone(),
            Piece::Query => asked.query.clone(),
            Piece::Body => String::from_utf8_lossy(&asked.body).into_owned(),
            Piece::Header(name) => asked.header(name).unwrap_or_default().to_owned(),
            Piece::Version => version.to_string(),
        };
        self.0.iter().map(fill).collect()
    }
}

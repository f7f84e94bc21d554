//! A pattern: a request of a check as a load sends it, filled in but for what changes from request to request.
//!
//! In a load `{{ index }}` is the number of the request, `{{ random.… }}` is drawn anew for each, and
//! `{{ token[index] }}` takes the values of a list in turn. While the request is filled in, each of these stands as a
//! mark that no author writes; afterwards the text is taken apart at the marks.

use std::cell::RefCell;
use std::net::SocketAddr;

use reqwest::Url;
use serde_json::Value as Json;

use crate::lab::http::Body;
use crate::lab::load::{Pattern, Piece, Text};

use super::steps::http::{Http, form_encoded};
use super::template::Scope;
use super::variable::{Bindings, HEX, NUMBERS, WORDS};
use super::world::{World, WorldError, text_of};

/// The pattern of a request, drawn with this weight.
///
/// # Errors
/// When a name has no value, a part is not there, or is not on this machine.
pub fn pattern(
    http: &Http,
    weight: u32,
    world: &World,
    scope: &Bindings,
) -> Result<Pattern, WorldError> {
    let open = Open::new(scope);
    let (request, _) = http.request(world, &open)?;
    let url = Url::parse(&request.url)
        .map_err(|_| WorldError::Check(format!("`{}` is not a URL", request.url)))?;
    let target = target(&url)?;
    let mut path = open.pieces(url.path(), Place::Path);
    if let Some(query) = url.query() {
        path.push(Piece::Plain("?".to_owned()));
        path.extend(open.pieces(query, Place::Query));
    }
    let mut headers = Vec::new();
    for (name, value) in &request.headers {
        if name.contains(char::is_control) || value.contains(char::is_control) {
            let message = format!("the header `{name}` cannot be sent: it has a line break in it");
            return Err(WorldError::Check(message));
        }
        headers.push((name.clone(), open.pieces(value, Place::Text)));
    }
    let (kind, bytes) = match &request.body {
        Body::Bytes(kind, bytes) => (*kind, String::from_utf8_lossy(bytes)),
        Body::Empty | Body::Multipart(_) | Body::Letters(_) => ("", "".into()),
    };
    let typed = headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if !kind.is_empty() && !typed {
        headers.push((
            "content-type".to_owned(),
            vec![Piece::Plain(kind.to_owned())],
        ));
    }
    let place = match kind {
        "application/json" => Place::Json,
        "application/x-www-form-urlencoded" => Place::Query,
        _ => Place::Text,
    };
    Ok(Pattern {
        weight,
        target,
        method: request.method.clone(),
        path,
        headers,
        body: open.pieces(&bytes, place),
    })
}

/// Where a load goes; only to this machine.
fn target(url: &Url) -> Result<SocketAddr, WorldError> {
    let here = |address: &SocketAddr| address.ip().is_loopback();
    let found = url
        .socket_addrs(|| None)
        .ok()
        .filter(|_| url.scheme() == "http");
    let found = found.and_then(|all| all.into_iter().find(here));
    found.ok_or_else(|| {
        let place = url.origin().ascii_serialization();
        WorldError::Machine(format!(
            "a load is only sent to a server on this machine over http, and {place} is none"
        ))
    })
}

/// Where a text stands, and so how a value must be written in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Path,
    Query,
    Json,
    Text,
}

/// What changes from request to request.
#[derive(Clone, Debug)]
enum Change {
    Index,
    Random(&'static str),
    Cycle(Vec<Json>),
}

/// A scope that leaves open what changes: it gives a mark instead.
struct Open<'a> {
    scope: &'a Bindings,
    sign: String,
    changes: RefCell<Vec<Change>>,
}

impl Scope for Open<'_> {
    fn value(&self, name: &str) -> Option<Json> {
        let change = match name {
            "index" => Change::Index,
            "random.word" => Change::Random("word"),
            "random.int" => Change::Random("int"),
            "random.number" => Change::Random("number"),
            "random.hex" => Change::Random("hex"),
            _ => match name.strip_suffix("[index]") {
                Some(list) => {
                    let values = self.scope.list(list)?.iter().cloned();
                    Change::Cycle(values.collect::<Option<_>>()?)
                }
                None => return self.scope.value(name),
            },
        };
        let mut changes = self.changes.borrow_mut();
        changes.push(change);
        Some(format!("{}{}z", self.sign, changes.len() - 1).into())
    }
}

impl<'a> Open<'a> {
    fn new(scope: &'a Bindings) -> Self {
        Self {
            scope,
            // Letters and digits, which are written the same everywhere, and which no author can know.
            sign: format!("z{}z", &scope.secret("load")[..24]),
            changes: RefCell::default(),
        }
    }

    /// Takes a text apart at its marks.
    fn pieces(&self, text: &str, place: Place) -> Text {
        let changes = self.changes.borrow();
        let mut pieces = Text::new();
        let mut rest = text;
        while let Some((at, end, change)) = self.mark(rest, &changes) {
            let (mut before, mut after) = (&rest[..at], &rest[end..]);
            let whole = place == Place::Json && before.ends_with('"') && after.starts_with('"');
            // A value of its own keeps its type, so a number stands without quotes.
            if whole && !matches!(change, Change::Random("word" | "int" | "hex")) {
                before = &before[..before.len() - 1];
                after = &after[1..];
            }
            if !before.is_empty() {
                pieces.push(Piece::Plain(before.to_owned()));
            }
            pieces.push(piece(change, place, whole));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Plain(rest.to_owned()));
        }
        pieces
    }

    /// The first mark of a text: where it begins and ends, and what it stands for.
    fn mark<'c>(&self, text: &str, changes: &'c [Change]) -> Option<(usize, usize, &'c Change)> {
        let at = text.find(&self.sign)?;
        let digits = at + self.sign.len();
        let end = digits + text[digits..].find('z')?;
        let number: usize = text[digits..end].parse().ok()?;
        Some((at, end + 1, changes.get(number)?))
    }
}

fn piece(change: &Change, place: Place, whole: bool) -> Piece {
    match change {
        Change::Index => Piece::Index,
        Change::Random("word") => Piece::Word(WORDS),
        Change::Random("int" | "number") => Piece::Number(NUMBERS.0, NUMBERS.1),
        Change::Random(_) => Piece::Hex(HEX),
        Change::Cycle(values) => Piece::Cycle(
            values
                .iter()
                .map(|value| written(value, place, whole))
                .collect(),
        ),
    }
}

/// A value as it is written at a place.
fn written(value: &Json, place: Place, whole: bool) -> String {
    let text = text_of(value);
    match place {
        Place::Json if whole => value.to_string(),
        Place::Json => {
            let quoted = Json::String(text).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        }
        Place::Query => form_encoded(&[(String::new(), text)])[1..].to_owned(),
        Place::Path => {
            let mut url = Url::parse("http://x/").expect("a constant URL parses");
            url.set_path(&text);
            url.path()[1..].to_owned()
        }
        Place::Text => text.replace(char::is_control, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::template::{JsonTemplate, Template};
    use crate::checks::variable::Seed;

    fn scope() -> Bindings {
        let mut scope = Bindings::new(&Seed::new("81f2"), "w");
        scope.set("user", "fox".into());
        scope.set_list("token", vec![Some("a \"b\"".into()), Some(7.into())]);
        scope
    }

    fn plain(text: &str) -> Piece {
        Piece::Plain(text.to_owned())
    }

    fn cycle(values: [&str; 2]) -> Piece {
        Piece::Cycle(values.map(str::to_owned).to_vec())
    }

    #[test]
    fn what_changes_is_left_open_and_the_rest_is_filled_in() {
        let scope = scope();
        let open = Open::new(&scope);
        let text = Template::parse("/{{ user }}/{{ index }}-{{ random.hex }}", 0..0).unwrap();
        let text = text.render(&open).unwrap();
        assert_eq!(
            open.pieces(&text, Place::Path),
            [plain("/fox/"), Piece::Index, plain("-"), Piece::Hex(16)]
        );
    }

    #[test]
    fn in_json_a_value_of_its_own_keeps_its_type() {
        let scope = scope();
        let open = Open::new(&scope);
        let template = |text: &str| JsonTemplate::Text(Template::parse(text, 0..0).unwrap());
        let list = JsonTemplate::List(vec![
            template("{{ index }}"),
            template("n{{ index }}"),
            template("{{ token[index] }}"),
            template("{{ random.word }}"),
        ]);
        let text = list.render(&open).unwrap().to_string();
        assert_eq!(
            open.pieces(&text, Place::Json),
            [
                plain("["),
                Piece::Index,
                plain(",\"n"),
                Piece::Index,
                plain("\","),
                cycle(["\"a \\\"b\\\"\"", "7"]),
                plain(",\""),
                Piece::Word(WORDS),
                plain("\"]"),
            ]
        );
    }

    #[test]
    fn values_are_written_as_their_place_asks() {
        let value = Json::from("a \"b\"/&");
        let all = [Place::Path, Place::Query, Place::Json, Place::Text];
        assert_eq!(
            all.map(|place| written(&value, place, false)),
            [
                "a%20%22b%22/&",
                "a+%22b%22%2F%26",
                "a \\\"b\\\"/&",
                "a \"b\"/&"
            ]
        );
    }

    #[test]
    fn a_load_goes_only_to_this_machine() {
        let at = |url: &str| target(&Url::parse(url).unwrap());
        assert!(at("http://127.0.0.1:8080/x").is_ok());
        for elsewhere in ["http://192.0.2.1/", "https://127.0.0.1/"] {
            assert!(at(elsewhere).is_err(), "{elsewhere}");
        }
    }
}

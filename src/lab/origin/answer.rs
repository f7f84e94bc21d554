//! What an origin answers: a function of the route, the request, the seed and the version (RFC 9110: conditional
//! requests in section 13, ranges in section 14).

use std::fmt::Write as _;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest as _, Sha256};

use super::route::{Asked, Body, Route};

/// A header that nobody can make up: it depends on path and version.
pub(super) const NONCE: &str = "x-origin-nonce";

/// An answer before it is sent. HEAD has the headers of GET and no body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Headers without Date, Content-Length and those of the connection.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How long the body of a GET would be; `None` where no length is announced.
    pub(super) length: Option<usize>,
}

pub(super) fn reply(route: Option<&Route>, asked: &Asked, seed: u64, version: u64) -> Reply {
    let nonce = hex(
        &digest(&[
            b"nonce",
            &seed.to_be_bytes(),
            asked.path.as_bytes(),
            &version.to_be_bytes(),
        ]),
        8,
    );
    let Some(route) = route else {
        let body = b"there is nothing here\n".to_vec();
        let headers = vec![
            ("Content-Type".to_owned(), "text/plain".to_owned()),
            (NONCE.to_owned(), nonce),
        ];
        return whole(asked, 404, headers, body, false);
    };
    let filled = |text: &super::Text| text.filled(asked, version);
    let mut headers: Vec<(String, String)> = route
        .headers
        .iter()
        .map(|(name, text)| (name.clone(), filled(text)))
        .collect();
    let body = match &route.body {
        Body::Random(size) => random(*size, &varied(&headers, asked), asked, seed, version),
        Body::Text(text) => filled(text).into_bytes(),
    };
    let tag = tagged(&mut headers, &body, version);
    headers.push((NONCE.to_owned(), nonce));
    let reads = matches!(asked.method.as_str(), "GET" | "HEAD") && route.status == 200;
    if reads && tag.as_deref().is_some_and(|tag| is_known(asked, tag)) {
        // A 304 says what a cache needs, and nothing about the body.
        headers.retain(|(name, _)| !name.to_lowercase().starts_with("content-"));
        return Reply {
            status: 304,
            headers,
            body: Vec::new(),
            length: None,
        };
    }
    let gives_ranges = route.ranges && !route.chunked && reads;
    if gives_ranges {
        headers.push(("Accept-Ranges".to_owned(), "bytes".to_owned()));
    }
    if gives_ranges && asked.method == "GET" && is_for_this(asked, tag.as_deref()) {
        let length = body.len();
        let (status, of, part) = match range(asked.header("range"), length) {
            Wanted::All => return whole(asked, 200, headers, body, false),
            Wanted::None => (416, format!("bytes */{length}"), Vec::new()),
            Wanted::Part(from, to) => {
                let of = format!("bytes {from}-{to}/{length}");
                (206, of, body[from..=to].to_vec())
            }
        };
        headers.push(("Content-Range".to_owned(), of));
        return whole(asked, status, headers, part, false);
    }
    whole(asked, route.status, headers, body, route.chunked)
}

/// Makes the `ETag` from the body, if there is to be one, and says what it is.
fn tagged(headers: &mut [(String, String)], body: &[u8], version: u64) -> Option<String> {
    let mut all = headers.iter_mut();
    let (_, value) = all.find(|(name, _)| name.eq_ignore_ascii_case("etag"))?;
    let made = hex(&digest(&[body, &version.to_be_bytes()]), 8);
    *value = match value.as_str() {
        "strong" => format!("\"{made}\""),
        "weak" => format!("W/\"{made}\""),
        given => given.to_owned(),
    };
    Some(value.clone())
}

fn whole(
    asked: &Asked,
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    chunked: bool,
) -> Reply {
    let length = (!chunked && status != 204).then_some(body.len());
    let body = if asked.method == "HEAD" || status == 204 {
        Vec::new()
    } else {
        body
    };
    Reply {
        status,
        headers,
        body,
        length,
    }
}

/// Whether the client has what stands there: If-None-Match with the weak comparison.
fn is_known(asked: &Asked, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    asked.header("if-none-match").is_some_and(|list| {
        list.trim() == "*" || list.split(',').any(|one| opaque(one) == opaque(tag))
    })
}

/// Whether a range is of this very body: If-Range with the strong comparison, or no If-Range.
fn is_for_this(asked: &Asked, tag: Option<&str>) -> bool {
    let Some(wanted) = asked.header("if-range") else {
        return true;
    };
    tag.is_some_and(|tag| !tag.starts_with("W/") && tag == wanted.trim())
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    All,
    None,
    /// From and to, both included.
    Part(usize, usize),
}

/// The one range that is asked for. Several, and what cannot be read, give the whole.
fn range(header: Option<&str>, length: usize) -> Wanted {
    let read = || {
        let (from, to) = header?.trim().strip_prefix("bytes=")?.split_once('-')?;
        let number = |text: &str| {
            text.bytes()
                .all(|b| b.is_ascii_digit())
                .then(|| text.parse::<u64>().ok())
        };
        Some((number(from)?, number(to)?, from.is_empty(), to.is_empty()))
    };
    let length = length as u64;
    let (from, to) = match read() {
        Some((_, Some(last), true, false)) => (
            length.saturating_sub(last),
            if last == 0 { 0 } else { length },
        ),
        Some((Some(from), _, false, true)) => (from, length),
        Some((Some(from), Some(to), false, false)) if from <= to => {
            (from, to.saturating_add(1).min(length))
        }
        _ => return Wanted::All,
    };
    if from >= length || to <= from {
        return Wanted::None;
    }
    let place = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    Wanted::Part(place(from), place(to - 1))
}

/// The headers of the request that the answer varies by.
fn varied(headers: &[(String, String)], asked: &Asked) -> String {
    let vary = headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("vary"));
    let names = vary.flat_map(|(_, value)| value.split(','));
    let one = |name: &str| {
        asked
            .header(&name.trim().to_lowercase())
            .unwrap_or_default()
            .to_owned()
    };
    names.map(one).collect::<Vec<_>>().join("\n")
}

fn random(size: usize, varied: &str, asked: &Asked, seed: u64, version: u64) -> Vec<u8> {
    let parts = [
        &seed.to_be_bytes()[..],
        asked.path.as_bytes(),
        b"?",
        asked.query.as_bytes(),
        b"\n",
        varied.as_bytes(),
        &version.to_be_bytes(),
    ];
    let mut seed = [0; 32];
    seed.copy_from_slice(&digest(&parts));
    let mut bytes = vec![0; size];
    ChaCha8Rng::from_seed(seed).fill(&mut bytes[..]);
    bytes
}

fn digest(parts: &[&[u8]]) -> Vec<u8> {
    let mut all = Sha256::new();
    for part in parts {
        all.update(part);
    }
    all.finalize().to_vec()
}

fn hex(bytes: &[u8], most: usize) -> String {
    let mut text = String::new();
    for byte in bytes.iter().take(most) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::{Pattern, Text};
    use super::*;

    fn route() -> Route {
        Route {
            path: Pattern::new("/v/*"),
            headers: vec![("ETag".to_owned(), Text::plain("strong"))],
            body: Body::Random(1_000),
            ..Route::default()
        }
    }

    fn ask(headers: &[(&str, &str)], version: u64) -> Reply {
        let headers = headers
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        let asked = Asked {
            headers,
            ..Asked::new("GET", "/v/1")
        };
        reply(Some(&route()), &asked, 7, version)
    }

    fn header<'r>(reply: &'r Reply, name: &str) -> &'r str {
        let found = reply.headers.iter().find(|(n, _)| n == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    #[test]
    fn the_same_request_has_the_same_answer_until_it_changes() {
        assert_eq!(ask(&[], 0), ask(&[], 0));
        assert_eq!(ask(&[], 0).body.len(), 1_000);
        assert_ne!(ask(&[], 0).body, ask(&[], 1).body);
        assert_ne!(header(&ask(&[], 0), "ETag"), header(&ask(&[], 1), "ETag"));
        assert_ne!(header(&ask(&[], 0), NONCE), header(&ask(&[], 1), NONCE));
    }

    #[test]
    fn a_known_tag_is_answered_with_304_and_no_body() {
        let tag = header(&ask(&[], 0), "ETag").to_owned();
        for known in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"x\", {tag}"),
            "*".to_owned(),
        ] {
            let reply = ask(&[("if-none-match", &known)], 0);
            assert_eq!((reply.status, reply.body.len()), (304, 0), "{known}");
        }
        assert_eq!(ask(&[("if-none-match", "\"x\"")], 0).status, 200);
        assert_eq!(ask(&[("if-none-match", &tag)], 1).status, 200);
    }

    #[test]
    fn ranges_are_parts_of_the_body() {
        let all = ask(&[], 0).body;
        let part = |range: &str| {
            let reply = ask(&[("range", range)], 0);
            (
                reply.status,
                header(&reply, "Content-Range").to_owned(),
                reply.body,
            )
        };
        assert_eq!(
            part("bytes=0-99"),
            (206, "bytes 0-99/1000".into(), all[..100].to_vec())
        );
        assert_eq!(
            part("bytes=900-"),
            (206, "bytes 900-999/1000".into(), all[900..].to_vec())
        );
        assert_eq!(
            part("bytes=-1"),
            (206, "bytes 999-999/1000".into(), all[999..].to_vec())
        );
        assert_eq!(
            part("bytes=990-99999"),
            (206, "bytes 990-999/1000".into(), all[990..].to_vec())
        );
        assert_eq!(
            part("bytes=1000-"),
            (416, "bytes */1000".into(), Vec::new())
        );
        for odd in [
            "bytes=nonsense",
            "bytes=5-1",
            "bytes=0-1,5-6",
            "lines=0-1",
            "bytes=-",
        ] {
            assert_eq!(part(odd).0, 200, "{odd}");
        }
    }

    #[test]
    fn a_range_of_another_body_is_not_given() {
        let tag = header(&ask(&[], 0), "ETag").to_owned();
        let of = |tag: &str| ask(&[("range", "bytes=0-9"), ("if-range", tag)], 0).status;
        assert_eq!(
            (of(&tag), of("\"x\""), of(&format!("W/{tag}"))),
            (206, 200, 200)
        );
    }

    #[test]
    fn a_varied_header_gives_another_body() {
        let mut route = route();
        route
            .headers
            .push(("Vary".to_owned(), Text::plain("Accept-Language")));
        let of = |language: &str| {
            let headers = vec![("accept-language".to_owned(), language.to_owned())];
            let asked = Asked {
                headers,
                ..Asked::new("GET", "/v/1")
            };
            reply(Some(&route), &asked, 7, 0).body
        };
        assert_ne!(of("en"), of("de"));
    }
}

//! The edge: what answers at the addresses of the site. It redirects, caches, and says what it did (RFC 9211).
//!
//! The external host answers by the same rules, without a cache and with nobody behind it.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AGE, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderMap, LOCATION, VIA};
use hyper::{Method, Request, Response};

use super::Shared;
use super::backstage::{Answer, HANDLED_BY, SERVER_TIMING, bad_gateway, fetch, kind, text};
use super::log::{Exchange, What};

/// How long an answer is fresh: what the applications say with `max-age`.
const FRESH: Duration = Duration::from_mins(10);
/// The header `Cache-Status`.
const CACHE_STATUS: &str = "cache-status";

/// The cache of an edge.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<BTreeMap<String, Stored>>);

#[derive(Clone, Debug)]
struct Stored {
    at: Instant,
    answer: Answer,
}

/// What a connection is about, for the log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) conn: u64,
    pub(super) scheme: &'static str,
    /// Whether it leads to the external host.
    pub(super) outside: bool,
}

/// Answers a request and logs both.
pub(super) async fn answer(
    shared: &Shared,
    balancer: SocketAddr,
    line: Line,
    request: Request<Incoming>,
) -> Answer {
    let began = Instant::now();
    let host = request.headers().get(HOST);
    let host = host.and_then(|value| value.to_str().ok()).unwrap_or("");
    let host = host.split(':').next().unwrap_or("").to_ascii_lowercase();
    let path = request.uri().path_and_query();
    let path = path.map_or_else(|| "/".to_owned(), ToString::to_string);
    let url = format!("{}://{host}{path}", line.scheme);
    let answered = route(shared, balancer, line, &host, &path, request.method()).await;
    let mut answer = answered.unwrap_or_else(|_| bad_gateway());
    let by = answer.headers_mut().remove(HANDLED_BY);
    let by = by.as_ref().and_then(|v| v.to_str().ok()).unwrap_or("");
    let of = |name: &str| header(answer.headers(), name);
    let bytes = match answer.body().clone().collect().await {
        Ok(body) if request.method() != Method::HEAD => body.to_bytes().len(),
        _ => 0,
    };
    let exchange = Exchange {
        conn: line.conn,
        url,
        status: answer.status().as_u16(),
        via: of(VIA.as_str()),
        age: of(AGE.as_str()).and_then(|age| age.parse().ok()),
        cache_status: of(CACHE_STATUS),
        server_timing: of(SERVER_TIMING),
        bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
        path: by.split_whitespace().map(str::to_owned).collect(),
    };
    shared.log.add(began, What::Http(exchange));
    answer
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.to_owned())
}

async fn route(
    shared: &Shared,
    balancer: SocketAddr,
    line: Line,
    host: &str,
    path: &str,
    method: &Method,
) -> io::Result<Answer> {
    let (plan, edge) = (&shared.plan, &shared.plan.crew.edge);
    if !matches!(*method, Method::GET | Method::HEAD) {
        return plain(405, "", &[(ALLOW.as_str(), "GET, HEAD")]);
    }
    if line.outside {
        return outside(shared, line, host, path);
    }
    let by = (HANDLED_BY, edge.as_str());
    let to = |url: String| plain(301, "", &[(LOCATION.as_str(), &url), by]);
    match (host, line.scheme) {
        (host, "http") if host == plan.site || host == plan.apex => {
            to(format!("https://{host}{path}"))
        }
        (host, _) if host == plan.apex => to(format!("https://{}{path}", plan.site)),
        (host, _) if host == plan.site => cached(shared, balancer, path).await,
        _ => plain(421, "this server does not speak for that host\n", &[by]),
    }
}

/// Answers from the cache, or asks those behind and stores what they say.
async fn cached(shared: &Shared, balancer: SocketAddr, path: &str) -> io::Result<Answer> {
    let edge = &shared.plan.crew.edge;
    if let Some((age, mut answer)) = shared.cache.get(path) {
        let headers = answer.headers_mut();
        let left = FRESH.as_secs().saturating_sub(age);
        headers.insert(AGE, age.into());
        headers.insert(CACHE_STATUS, text(&format!("{edge}; hit; ttl={left}"))?);
        headers.insert(HANDLED_BY, text(edge)?);
        return Ok(answer);
    }
    let mut answer = fetch(balancer, path).await?;
    let fresh = answer.status().is_success();
    let headers = answer.headers_mut();
    let via = header(headers, VIA.as_str()).unwrap_or_default();
    headers.insert(VIA, text(&format!("{via}, 1.1 {edge}"))?);
    let by = header(headers, HANDLED_BY).unwrap_or_default();
    headers.remove(HANDLED_BY);
    if fresh {
        shared.cache.put(path, &answer);
    }
    let stored = if fresh { "; stored" } else { "" };
    let headers = answer.headers_mut();
    let status = format!("{edge}; fwd=uri-miss{stored}");
    headers.insert(CACHE_STATUS, text(&status)?);
    headers.insert(HANDLED_BY, text(&format!("{edge} {by}"))?);
    Ok(answer)
}

/// The external host: one file, straight from its server.
fn outside(shared: &Shared, line: Line, host: &str, path: &str) -> io::Result<Answer> {
    let plan = &shared.plan;
    if host != plan.external {
        return plain(421, "this server does not speak for that host\n", &[]);
    }
    let by = (HANDLED_BY, plan.external.as_str());
    if line.scheme == "http" {
        let url = format!("https://{host}{path}");
        return plain(301, "", &[(LOCATION.as_str(), &url), by]);
    }
    let url = format!("https://{host}{path}");
    match plan.page.resources.iter().find(|r| r.url == url) {
        Some(resource) => {
            let headers = [
                by,
                (CONTENT_TYPE.as_str(), kind(path)),
                (CACHE_CONTROL.as_str(), "public, max-age=600"),
            ];
            plain(200, &resource.body, &headers)
        }
        None => plain(404, "not found\n", &[by]),
    }
}

fn plain(status: u16, body: &str, headers: &[(&str, &str)]) -> io::Result<Answer> {
    let mut builder = Response::builder().status(status);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    let body = Full::new(Bytes::copy_from_slice(body.as_bytes()));
    builder.body(body).map_err(io::Error::other)
}

impl Cache {
    /// A fresh answer and its age in seconds.
    fn get(&self, path: &str) -> Option<(u64, Answer)> {
        let stored = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = stored.get(path)?;
        let age = found.at.elapsed();
        (age < FRESH).then(|| (age.as_secs(), found.answer.clone()))
    }

    fn put(&self, path: &str, answer: &Answer) {
        let stored = Stored {
            at: Instant::now(),
            answer: answer.clone(),
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(path.to_owned(), stored);
    }
}

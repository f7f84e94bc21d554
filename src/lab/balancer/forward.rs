//! Forwarding: what becomes of one request, from its arrival to the answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue, SET_COOKIE};
use hyper::http::request::Parts;
use hyper::http::uri::PathAndQuery;
use hyper::{HeaderMap, Method, Request, Response, StatusCode, Uri, Version};
use tokio::time::timeout;

use super::Policy;
use super::backend::{Backend, Lease, Origin, Sender};
use super::body::{Answering, Outgoing, Passed};
use super::header::{self, Affinity};
use super::ledger::Ledger;
use super::roster::Roster;

/// How long an instance may take until its answer begins.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often one request is sent at most.
const ATTEMPTS: usize = 8;
/// The largest body that is kept to be sent again.
const SPARE: u64 = 64 * 1024;

/// One client connection of the balancer.
#[derive(Debug)]
pub(super) struct Client {
    address: HeaderValue,
    roster: Arc<Roster>,
    ledger: Arc<Ledger>,
}

/// Why the balancer answers itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    NoInstance,
    ConnectFailed,
    ClosedEarly,
    NotHttp,
    TimedOut,
    NotSupported,
    ClientGone,
}

/// What one attempt came to.
enum Attempt {
    Answered(Response<Incoming>, Sender),
    /// Nothing was sent, so any other instance may have it.
    NotSent(Request<Outgoing>, Refusal),
    /// It was sent, and no answer came.
    Lost(Refusal, Origin),
}

impl Client {
    pub(super) fn new(peer: SocketAddr, roster: Arc<Roster>, ledger: Arc<Ledger>) -> Self {
        let address = HeaderValue::from_str(&peer.ip().to_string());
        Self {
            address: address.unwrap_or_else(|_| HeaderValue::from_static("unknown")),
            roster,
            ledger,
        }
    }

    /// Answers a request, from an instance or, if there is no way, itself.
    pub(super) async fn forward(&self, request: Request<Incoming>) -> Response<Answering> {
        if request.method() == Method::CONNECT {
            return refuse(Refusal::NotSupported);
        }
        let (mut parts, body) = request.into_parts();
        let sticky = self.roster.policy() == Policy::Sticky;
        let affinity = if sticky {
            Affinity::of(&parts.headers)
        } else {
            Affinity::default()
        };
        self.prepare(&mut parts);
        match self.send(parts, body, &affinity).await {
            Ok((mut response, backend)) => {
                let known = affinity.cookie.as_deref() == Some(backend.name.as_str());
                if sticky && !known {
                    set_cookie(response.headers_mut(), &backend.name);
                }
                response
            }
            Err(refusal) => refuse(refusal),
        }
    }

    /// Makes the request one of our own.
    fn prepare(&self, parts: &mut Parts) {
        header::pass_on(&mut parts.headers);
        header::add_client(&mut parts.headers, &self.address);
        parts.version = Version::HTTP_11;
        if parts.uri.authority().is_some() {
            let path = parts.uri.path_and_query().cloned();
            parts.uri = Uri::from(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
        }
    }

    /// Counts a request that an instance did not answer.
    fn failed(&self, backend: &Backend) {
        if self.roster.failed(backend) {
            backend.forget_idle();
            self.ledger
                .note(&format!("ejects {}: it does not answer", backend.name));
        }
    }

    /// Sends the request until an instance answers or there is no hope left.
    async fn send(
        &self,
        parts: Parts,
        body: Incoming,
        affinity: &Affinity,
    ) -> Result<(Response<Answering>, Arc<Backend>), Refusal> {
        let body = keep(&parts, body).await?;
        let spare = Spare::of(&parts, &body);
        let mut request = Request::from_parts(parts, body);
        let mut tried: Vec<String> = Vec::new();
        let mut last = Refusal::NoInstance;
        for _ in 0..ATTEMPTS {
            let Some(backend) = self.roster.choose(affinity, &tried) else {
                break;
            };
            let lease = backend.enter().await;
            let entry = self
                .ledger
                .request(&backend.name, request.method(), request.uri().path());
            match attempt(&backend, request).await {
                Attempt::Answered(response, sender) => {
                    self.ledger.answer(entry, response.status());
                    backend.succeeded();
                    return Ok((finish(response, sender, lease).await, backend));
                }
                Attempt::NotSent(unsent, refusal) => {
                    self.ledger.failure(entry, refusal.words());
                    if refusal == Refusal::ConnectFailed {
                        backend.eject();
                        self.failed(&backend);
                        tried.push(backend.name.clone());
                    }
                    // Others of its kept connections are probably just as dead.
                    backend.forget_idle();
                    last = refusal;
                    request = unsent;
                }
                Attempt::Lost(refusal, origin) => {
                    self.ledger.failure(entry, refusal.words());
                    // A kept connection may just have been closed for being idle, which is no failure.
                    if origin == Origin::Fresh || refusal != Refusal::ClosedEarly {
                        self.failed(&backend);
                    }
                    let Some(again) = spare.as_ref().filter(|_| refusal == Refusal::ClosedEarly)
                    else {
                        return Err(refusal);
                    };
                    backend.forget_idle();
                    if origin == Origin::Fresh {
                        tried.push(backend.name.clone());
                    }
                    last = refusal;
                    request = again.clone().into_request();
                }
            }
        }
        Err(last)
    }
}

/// Reads a small body of a request that may be repeated, so that it can be sent again; others are passed on as they
/// come.
async fn keep(parts: &Parts, body: Incoming) -> Result<Outgoing, Refusal> {
    if body.is_end_stream() {
        return Ok(Outgoing::Whole(Bytes::new()));
    }
    let small = body.size_hint().upper().is_some_and(|n| n <= SPARE);
    if !parts.method.is_idempotent() || !small {
        return Ok(Outgoing::Streamed(body));
    }
    let whole = body.collect().await.map_err(|_| Refusal::ClientGone)?;
    Ok(Outgoing::Whole(whole.to_bytes()))
}

/// Sends the request to one instance.
async fn attempt(backend: &Backend, request: Request<Outgoing>) -> Attempt {
    let Ok((mut sender, origin)) = backend.connection().await else {
        return Attempt::NotSent(request, Refusal::ConnectFailed);
    };
    match timeout(PATIENCE, sender.try_send_request(request)).await {
        Ok(Ok(response)) => Attempt::Answered(response, sender),
        Ok(Err(mut error)) => match error.take_message() {
            Some(request) => Attempt::NotSent(request, Refusal::ClosedEarly),
            None if error.error().is_parse() => Attempt::Lost(Refusal::NotHttp, origin),
            None => Attempt::Lost(Refusal::ClosedEarly, origin),
        },
        Err(_) => Attempt::Lost(Refusal::TimedOut, origin),
    }
}

/// Makes an instance's answer one of our own.
async fn finish(response: Response<Incoming>, sender: Sender, lease: Lease) -> Response<Answering> {
    lease.floor().await;
    let backend = &lease.backend;
    backend.served.fetch_add(1, Ordering::Relaxed);
    let (mut parts, body) = response.into_parts();
    header::pass_on(&mut parts.headers);
    parts
        .headers
        .insert(header::SERVED_BY, backend.label.clone());
    parts.headers.remove(header::REASON);
    parts.version = Version::HTTP_11;
    Response::from_parts(parts, Answering::Passed(Passed::new(body, sender, lease)))
}

/// What is needed to send a request again: only kept for requests that do the same when they are done twice
/// (RFC 9110, section 9.2.2).
#[derive(Clone)]
struct Spare {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Spare {
    fn of(parts: &Parts, body: &Outgoing) -> Option<Self> {
        match body {
            Outgoing::Whole(body) if parts.method.is_idempotent() => Some(Self {
                method: parts.method.clone(),
                uri: parts.uri.clone(),
                headers: parts.headers.clone(),
                body: body.clone(),
            }),
            _ => None,
        }
    }

    fn into_request(self) -> Request<Outgoing> {
        let mut request = Request::new(Outgoing::Whole(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = self.uri;
        *request.headers_mut() = self.headers;
        request
    }
}

fn set_cookie(headers: &mut HeaderMap, name: &str) {
    let text = format!("{}={name}; Path=/; HttpOnly", header::COOKIE_NAME);
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.append(SET_COOKIE, value);
    }
}

impl Refusal {
    fn status(self) -> StatusCode {
        match self {
            Self::NoInstance => StatusCode::SERVICE_UNAVAILABLE,
            Self::ConnectFailed | Self::ClosedEarly | Self::NotHttp => StatusCode::BAD_GATEWAY,
            Self::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            Self::NotSupported => StatusCode::NOT_IMPLEMENTED,
            Self::ClientGone => StatusCode::BAD_REQUEST,
        }
    }

    /// The value of `course-balancer`.
    fn name(self) -> &'static str {
        match self {
            Self::NoInstance => "no-instance",
            Self::ConnectFailed => "connect-failed",
            Self::ClosedEarly => "closed-early",
            Self::NotHttp => "not-http",
            Self::TimedOut => "timed-out",
            Self::NotSupported => "not-supported",
            Self::ClientGone => "client-gone",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::NoInstance => "no instance is in service",
            Self::ConnectFailed => "connection refused",
            Self::ClosedEarly => "closed without an answer",
            Self::NotHttp => "an answer that is not HTTP",
            Self::TimedOut => "no answer in 30 s",
            Self::NotSupported => "the balancer passes on no tunnels",
            Self::ClientGone => "the body of the request broke off",
        }
    }
}

fn refuse(refusal: Refusal) -> Response<Answering> {
    let text = format!(
        "{{\"error\":\"{}\",\"detail\":\"{}\"}}\n",
        refusal.name(),
        refusal.words()
    );
    let mut response = Response::new(Answering::Own(Bytes::from(text)));
    *response.status_mut() = refusal.status();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::REASON, HeaderValue::from_static(refusal.name()));
    response
}

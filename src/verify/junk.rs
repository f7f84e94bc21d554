//! Junk: servers that know nothing of any exercise. A check that one of them passes cannot fail.
//!
//! A junk server is this very program, started with a hidden argument, so that it is run, killed and balanced like any
//! other. It answers the readiness path as a good server would, because a server that is never ready proves nothing.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::lab::port::loopback;

/// The hidden argument that makes this program a junk server.
pub const ARGUMENT: &str = "__junk";

/// How long the one that hangs says nothing. To wait any longer would prove nothing more: no answer comes.
const SILENCE: Duration = Duration::from_secs(3);

/// A kind of junk server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Junk {
    /// Closes the connection instead of answering.
    Closes,
    /// Always 200 with `{}`.
    Agrees,
    /// Sends back what it was sent.
    Echoes,
    /// Always 500.
    Fails,
    /// Says nothing for a while, and then closes the connection.
    Hangs,
    /// Sends back what it was sent the time before.
    Replays,
    /// Always 401.
    Refuses,
}

impl Junk {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Closes,
        Self::Agrees,
        Self::Echoes,
        Self::Fails,
        Self::Hangs,
        Self::Replays,
        Self::Refuses,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Closes => "closes",
            Self::Agrees => "always-200",
            Self::Echoes => "echoes",
            Self::Fails => "always-500",
            Self::Hangs => "hangs",
            Self::Replays => "replays",
            Self::Refuses => "always-401",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

type Answer = Response<Full<Bytes>>;

/// Serves on `port` of 127.0.0.1 until the process is ended.
///
/// # Errors
/// When the port cannot be had.
pub async fn serve(kind: Junk, port: u16, ready_path: &str) -> io::Result<()> {
    let listener = TcpListener::bind(loopback(port)).await?;
    listen(kind, listener, ready_path).await
}

async fn listen(kind: Junk, listener: TcpListener, ready_path: &str) -> io::Result<()> {
    let last = Arc::new(Mutex::new(Bytes::from_static(b"{}")));
    loop {
        let (stream, _) = listener.accept().await?;
        let (last, ready) = (Arc::clone(&last), ready_path.to_owned());
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let (last, ready) = (Arc::clone(&last), ready.clone());
                async move {
                    if request.uri().path() == ready {
                        return Ok(answer(StatusCode::OK, Bytes::from_static(b"{}")));
                    }
                    junk(kind, request, &last).await
                }
            });
            // A connection that breaks is nothing to a junk server.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn junk(
    kind: Junk,
    request: Request<Incoming>,
    last: &Mutex<Bytes>,
) -> Result<Answer, io::Error> {
    let empty = Bytes::from_static(b"{}");
    Ok(match kind {
        Junk::Closes => return Err(io::ErrorKind::ConnectionAborted.into()),
        Junk::Agrees => answer(StatusCode::OK, empty),
        Junk::Fails => answer(StatusCode::INTERNAL_SERVER_ERROR, empty),
        Junk::Echoes => answer(StatusCode::OK, body(request).await),
        Junk::Replays => {
            let body = body(request).await;
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            answer(StatusCode::OK, std::mem::replace(&mut last, body))
        }
        Junk::Hangs => {
            tokio::time::sleep(SILENCE).await;
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Junk::Refuses => {
            let mut refusal = answer(StatusCode::UNAUTHORIZED, empty);
            let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            refusal.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            refusal
        }
    })
}

async fn body(request: Request<Incoming>) -> Bytes {
    match request.into_body().collect().await {
        Ok(whole) => whole.to_bytes(),
        Err(_) => Bytes::new(),
    }
}

fn answer(status: StatusCode, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn started(kind: Junk) -> String {
        let listener = TcpListener::bind(loopback(0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { listen(kind, listener, "/ready").await });
        url
    }

    async fn put(url: &str, body: &str) -> Option<(u16, String)> {
        let client = reqwest::Client::new();
        let answer = client.put(url).body(body.to_owned()).send().await.ok()?;
        Some((answer.status().as_u16(), answer.text().await.ok()?))
    }

    #[tokio::test]
    async fn every_kind_is_ready_whatever_else_it_does() {
        for kind in Junk::ALL {
            let url = started(kind).await;
            let ready = put(&format!("{url}/ready"), "").await;
            assert_eq!(ready, Some((200, "{}".to_owned())), "{}", kind.name());
            assert_eq!(Junk::named(kind.name()), Some(kind));
        }
    }

    #[tokio::test]
    async fn what_was_sent_comes_back_at_once_or_the_time_after() {
        let echoes = started(Junk::Echoes).await;
        assert_eq!(put(&echoes, "a").await, Some((200, "a".to_owned())));
        let replays = started(Junk::Replays).await;
        put(&replays, "a").await;
        assert_eq!(put(&replays, "b").await, Some((200, "a".to_owned())));
    }

    #[tokio::test]
    async fn closing_gives_no_answer() {
        let url = started(Junk::Closes).await;
        assert_eq!(put(&url, "a").await, None);
    }
}

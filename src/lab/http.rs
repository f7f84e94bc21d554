//! HTTP requests, each with a limit on time and size, and errors in plain words.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Response, Url};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::base::text::size;

use super::transport::{Phase, TransportError};

/// The largest body that is read.
pub const BODY_LIMIT: usize = 1 << 20;

/// How long a connection may take to be made.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);

/// A kept connection is not used again after resting this long: many servers close theirs after a few seconds, and
/// a request must not meet that moment.
const REST_LIMIT: Duration = Duration::from_secs(1);

/// A request to send.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method in capitals.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// Headers in order; names in any case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
    /// Which connection it goes over.
    pub connection: Connection,
    /// How many redirects are followed.
    pub redirects: usize,
    /// The limit on time, from the first byte out to the last byte in.
    pub limit: Duration,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// None.
    Empty,
    /// Bytes of this content type; an empty type sends no Content-Type.
    Bytes(&'static str, Vec<u8>),
    /// A multipart form.
    Multipart(Vec<(String, String)>),
    /// So many times the letter x, without a Content-Type.
    Letters(usize),
}

/// The bytes of [`Body::Letters`].
#[must_use]
pub fn letters(count: usize) -> Vec<u8> {
    vec![b'x'; count]
}

/// Which connection a request goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// A kept one, except for one request in ten.
    Mixed,
    /// A new one, closed afterwards.
    Fresh,
    /// A kept one.
    Kept,
}

/// A complete answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, unpacked when compression was asked for.
    pub body: Vec<u8>,
    /// How many redirects were followed.
    pub redirects: usize,
    /// Time to the first byte of the body; to the head, when there is no body.
    pub first_byte: Duration,
    /// Time to the last byte.
    pub duration: Duration,
}

impl Answer {
    /// The first header of this name (in lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    /// The value of a cookie that was set.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .filter(|(n, _)| n == "set-cookie")
            .find_map(|(_, value)| {
                let (n, rest) = value.split_once('=')?;
                (n.trim() == name).then(|| rest.split(';').next().unwrap_or_default().trim())
            })
    }
}

/// Sends requests. It ignores proxy variables, follows no redirect by itself, and sets up nothing before the first
/// request, and no certificates before the first `https` URL.
///
/// Clones use the same connections and count their requests for themselves. Ports are never given twice, so a kept
/// connection leads to the server that it was opened to, or nowhere.
#[derive(Debug, Default)]
pub struct Client {
    shared: Arc<Shared>,
    sent: AtomicUsize,
}

#[derive(Debug, Default)]
struct Shared {
    kept: OnceLock<reqwest::Client>,
    fresh: OnceLock<reqwest::Client>,
    secure: OnceLock<reqwest::Client>,
    /// When a kept connection to each target last gave an answer.
    answered: Mutex<BTreeMap<String, Instant>>,
}

impl Clone for Client {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            sent: AtomicUsize::default(),
        }
    }
}

impl Client {
    /// Sends a request and reads the whole answer, following redirects as far as the request allows.
    ///
    /// # Errors
    /// In plain words, when no complete answer comes within the limits.
    pub async fn send(&self, request: &Request) -> Result<Answer, TransportError> {
        let began = Instant::now();
        let mut request = Cow::Borrowed(request);
        let mut followed = 0;
        loop {
            let mut answer = self.exchange(&request, began).await?;
            answer.redirects = followed;
            answer.duration = began.elapsed();
            let target = answer
                .header("location")
                .filter(|_| matches!(answer.status, 301 | 302 | 303 | 307 | 308));
            let Some(target) = target.filter(|_| request.redirects > 0) else {
                return Ok(answer);
            };
            if followed == request.redirects {
                return Err(TransportError::RedirectLoop(followed));
            }
            followed += 1;
            let base = Url::parse(&request.url)
                .map_err(|_| TransportError::BadUrl(request.url.clone()))?;
            let next = base
                .join(target)
                .map_err(|_| TransportError::BadUrl(target.to_owned()))?;
            let request = request.to_mut();
            request.url = next.to_string();
            if answer.status <= 303 && request.method != "HEAD" {
                "GET".clone_into(&mut request.method);
                request.body = Body::Empty;
            }
        }
    }

    /// Sends a request once and reads the answer, whatever becomes of it: for what must not be done twice. Redirects
    /// are answers like any other.
    ///
    /// # Errors
    /// In plain words, when no complete answer comes within the limits.
    pub async fn send_once(&self, request: &Request) -> Result<Answer, TransportError> {
        let began = Instant::now();
        let url =
            Url::parse(&request.url).map_err(|_| TransportError::BadUrl(request.url.clone()))?;
        let connection = self.choose(request.connection);
        let mut answer = self.once(request, connection, &url, began).await?;
        answer.duration = began.elapsed();
        Ok(answer)
    }

    async fn exchange(&self, request: &Request, began: Instant) -> Result<Answer, TransportError> {
        let url =
            Url::parse(&request.url).map_err(|_| TransportError::BadUrl(request.url.clone()))?;
        let target = target(&url);
        let connection = self.choose(request.connection);
        let kept = connection == Connection::Kept;
        let rested = kept && self.rests(&target);
        let first = self.once(request, connection, &url, began).await;
        if kept && first.is_ok() {
            self.answered().insert(target, Instant::now());
        }
        match first {
            // A server may close a resting connection at any moment, also at that of the request, and is right to.
            // What it does on a connection of its own is what counts.
            Err(error @ (TransportError::Closed | TransportError::Reset(Phase::Waiting)))
                if rested =>
            {
                let again = self.once(request, Connection::Fresh, &url, began).await;
                again.map_err(|_| error)
            }
            other => other,
        }
    }

    /// Whether a connection to the target may be resting.
    fn rests(&self, target: &str) -> bool {
        let answered = self.answered();
        answered
            .get(target)
            .is_some_and(|at| at.elapsed() < 2 * REST_LIMIT)
    }

    fn answered(&self) -> MutexGuard<'_, BTreeMap<String, Instant>> {
        self.shared
            .answered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the request once and reads the answer.
    async fn once(
        &self,
        request: &Request,
        connection: Connection,
        url: &Url,
        began: Instant,
    ) -> Result<Answer, TransportError> {
        let target = || target(url);
        let left = request.limit.saturating_sub(began.elapsed());
        let sending = self.builder(request, connection, url.clone())?.send();
        let response = match tokio::time::timeout(left, sending).await {
            Err(_) => return Err(TransportError::TimedOut(Phase::Waiting, request.limit)),
            Ok(Err(error)) => {
                let error =
                    TransportError::translate(&error, &target(), Phase::Waiting, request.limit);
                return Err(match error {
                    TransportError::NotHttp(_) => first_bytes(request).await,
                    other => other,
                });
            }
            Ok(Ok(response)) => response,
        };
        let left = request.limit.saturating_sub(began.elapsed());
        let reading = read(response, url, request.limit, began);
        tokio::time::timeout(left, reading)
            .await
            .unwrap_or(Err(TransportError::TimedOut(Phase::Body, request.limit)))
    }

    fn builder(
        &self,
        request: &Request,
        connection: Connection,
        url: Url,
    ) -> Result<reqwest::RequestBuilder, TransportError> {
        let bad =
            |what: &str| TransportError::Other(format!("`{what}` cannot be sent in a request"));
        let method =
            Method::from_bytes(request.method.as_bytes()).map_err(|_| bad(&request.method))?;
        let mut builder = self.client(connection, &url)?.request(method, url);
        let mut typed = false;
        for (name, value) in &request.headers {
            let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad(name))?;
            typed |= header == reqwest::header::CONTENT_TYPE;
            builder = builder.header(
                header,
                HeaderValue::from_str(value).map_err(|_| bad(value))?,
            );
        }
        Ok(match &request.body {
            Body::Empty => builder,
            Body::Bytes(kind, bytes) if kind.is_empty() || typed => builder.body(bytes.clone()),
            Body::Bytes(kind, bytes) => builder.header("content-type", *kind).body(bytes.clone()),
            Body::Multipart(parts) => {
                let mut form = reqwest::multipart::Form::new();
                for (name, value) in parts {
                    form = form.text(name.clone(), value.clone());
                }
                builder.multipart(form)
            }
            Body::Letters(count) => builder.body(letters(*count)),
        })
    }

    fn client(
        &self,
        connection: Connection,
        url: &Url,
    ) -> Result<&reqwest::Client, TransportError> {
        let shared = &self.shared;
        if url.scheme() == "https" {
            return built(&shared.secure, reqwest::Client::builder);
        }
        let bare = || reqwest::Client::builder().tls_certs_only([]);
        match connection {
            Connection::Fresh => built(&shared.fresh, || bare().pool_max_idle_per_host(0)),
            Connection::Kept | Connection::Mixed => built(&shared.kept, bare),
        }
    }

    /// Fresh or kept, for a request that leaves it open.
    fn choose(&self, connection: Connection) -> Connection {
        match connection {
            Connection::Mixed if self.sent.fetch_add(1, Ordering::Relaxed) % 10 == 9 => {
                Connection::Fresh
            }
            Connection::Mixed => Connection::Kept,
            chosen => chosen,
        }
    }
}

/// What is in the cell, built at the first request.
fn built(
    cell: &OnceLock<reqwest::Client>,
    builder: impl FnOnce() -> reqwest::ClientBuilder,
) -> Result<&reqwest::Client, TransportError> {
    if let Some(client) = cell.get() {
        return Ok(client);
    }
    let client = plain(builder()).map_err(|e| TransportError::Other(e.to_string()))?;
    Ok(cell.get_or_init(|| client))
}

fn plain(builder: reqwest::ClientBuilder) -> reqwest::Result<reqwest::Client> {
    builder
        .no_proxy()
        .referer(false)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT_LIMIT)
        .pool_idle_timeout(REST_LIMIT)
        .tcp_nodelay(true)
        .build()
}

/// Host and port, as messages name them.
fn target(url: &Url) -> String {
    format!(
        "{}:{}",
        url.host_str().unwrap_or(""),
        url.port_or_known_default().unwrap_or(0)
    )
}

async fn read(
    mut response: Response,
    url: &Url,
    limit: Duration,
    began: Instant,
) -> Result<Answer, TransportError> {
    let mut first_byte = began.elapsed();
    let status = response.status().as_u16();
    let text = |v: &HeaderValue| String::from_utf8_lossy(v.as_bytes()).into_owned();
    let headers: Vec<_> = response
        .headers()
        .iter()
        .map(|(n, v)| (n.as_str().to_owned(), text(v)))
        .collect();
    let announced = response.content_length();
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                if body.is_empty() {
                    first_byte = began.elapsed();
                }
                body.extend_from_slice(&chunk);
            }
            Ok(None) => break,
            Err(error) => {
                let error = TransportError::translate(&error, &target(url), Phase::Body, limit);
                return Err(
                    match (error, announced.and_then(|n| usize::try_from(n).ok())) {
                        (TransportError::BodyBroken, Some(announced)) => TransportError::BodyCut {
                            got: size(body.len()),
                            announced: size(announced),
                        },
                        (error, _) => error,
                    },
                );
            }
        }
        if body.len() > BODY_LIMIT {
            return Err(TransportError::TooLarge(BODY_LIMIT));
        }
    }
    Ok(Answer {
        status,
        headers,
        body,
        redirects: 0,
        first_byte,
        duration: Duration::ZERO,
    })
}

/// Asks once more by hand, to show how the answer that no client understands begins. GET is safe to repeat.
async fn first_bytes(request: &Request) -> TransportError {
    let ask = async {
        let url = Url::parse(&request.url).ok()?;
        let address = (
            url.host_str()?.trim_matches(['[', ']']).to_owned(),
            url.port_or_known_default()?,
        );
        let mut stream = TcpStream::connect(address).await.ok()?;
        let head = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            url.path(),
            url.host_str()?
        );
        stream.write_all(head.as_bytes()).await.ok()?;
        let mut bytes = vec![0; 256];
        let n = stream.read(&mut bytes).await.ok()?;
        bytes.truncate(n);
        Some(bytes)
    };
    match tokio::time::timeout(Duration::from_secs(1), ask).await {
        Ok(Some(bytes)) => TransportError::from_first_bytes(&bytes),
        _ => TransportError::NotHttp("something else".to_owned()),
    }
}

//! The proxy of a mutant: it starts the real server on a port of its own and stands before it on the public one.
//!
//! It listens only once the real server does, and ends when the real server ends, so that it starts, refuses to start
//! and dies as the real one. Both are in one process group, which whoever started the proxy kills as a whole.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HeaderMap, HeaderValue, TRANSFER_ENCODING,
};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::sleep;

use crate::lab::port::{free_port, loopback};

use super::alter::{Answer, alter};
use super::{Kind, Mutation};

/// How long the mutant `delay` waits.
const DELAY: Duration = Duration::from_millis(200);
/// How often the real server's port is looked at.
const LOOK: Duration = Duration::from_millis(10);
/// How many changed exchanges one proxy writes down.
const NOTED: usize = 12;

/// What a proxy is told.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// What it makes wrong.
    pub mutation: &'static Mutation,
    /// The command of the real server.
    pub command: Vec<String>,
    /// The public port.
    pub port: u16,
    /// The path that is left alone, so that the mutant becomes ready.
    pub ready_path: String,
    /// Where changed exchanges are written down.
    pub log: PathBuf,
}

#[derive(Debug)]
struct Shared {
    kind: Kind,
    does: &'static str,
    inner: u16,
    ready_path: String,
    log: PathBuf,
    noted: AtomicUsize,
    last: Mutex<Option<Answer>>,
}

type Body = BoxBody<Bytes, io::Error>;

impl Proxy {
    /// Runs until the real server ends, and says how it did.
    ///
    /// # Errors
    /// When the real server cannot be started or the port cannot be had.
    pub async fn run(&self) -> io::Result<ExitStatus> {
        let inner = free_port()?;
        let (program, arguments) = self
            .command
            .split_first()
            .ok_or_else(|| io::Error::other("the command of the real server is missing"))?;
        // SIGTERM reaches the whole group. The real server decides what to do about it; this process only follows.
        #[cfg(unix)]
        let _heard = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        let mut server = Command::new(program)
            .args(arguments)
            .env("PORT", inner.to_string())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(status) = wait_until_it_listens(&mut server, inner).await? {
            return Ok(status);
        }
        let listener = TcpListener::bind(loopback(self.port)).await?;
        let shared = Arc::new(Shared {
            kind: self.mutation.kind,
            does: self.mutation.does,
            inner,
            ready_path: self.ready_path.clone(),
            log: self.log.clone(),
            noted: AtomicUsize::new(0),
            last: Mutex::new(None),
        });
        tokio::select! {
            status = server.wait() => status,
            failed = accept(listener, shared) => Err(failed),
        }
    }
}

/// Waits until something accepts connections on the port, or gives the exit of the server that ended before.
async fn wait_until_it_listens(server: &mut Child, port: u16) -> io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = server.try_wait()? {
            return Ok(Some(status));
        }
        if TcpStream::connect(loopback(port)).await.is_ok() {
            return Ok(None);
        }
        sleep(LOOK).await;
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) -> io::Error {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => return error,
        };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = service_fn(move |request| exchange(Arc::clone(&shared), request));
            // A client that goes away is nothing to the proxy.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// One exchange: asks the real server, and makes of the answer what the mutation wants.
async fn exchange(shared: Arc<Shared>, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    if parts.uri.path() == shared.ready_path {
        return Ok(plain(shared.ask(&parts, &body).await?));
    }
    if let Some(status) = shared.lost(&parts.method) {
        shared.note(&parts, status);
        return Ok(plain(answer(status)));
    }
    if shared.kind == Kind::Delay {
        sleep(DELAY).await;
    }
    let given = shared.ask(&parts, &body).await?;
    match shared.kind {
        Kind::Delay => shared.note(&parts, given.status),
        Kind::WriteTwice if !parts.method.is_safe() => {
            // Whatever comes of the second time, the client does not hear of it.
            let _ = shared.ask(&parts, &body).await;
            shared.note(&parts, given.status);
        }
        Kind::CloseEarly if given.body.len() > 1 => {
            shared.note(&parts, given.status);
            return Ok(cut_off(given));
        }
        Kind::Previous => {
            let mut last = shared.last.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(before) = last.replace(given.clone()) {
                shared.note(&parts, given.status);
                return Ok(plain(before));
            }
        }
        kind => {
            if let Some(altered) = alter(kind, &given) {
                shared.note(&parts, given.status);
                return Ok(plain(altered));
            }
        }
    }
    Ok(plain(given))
}

impl Shared {
    /// Sends the request to the real server, on a connection of its own.
    async fn ask(&self, parts: &Parts, body: &Bytes) -> io::Result<Answer> {
        let stream = TcpStream::connect(loopback(self.inner)).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(io::Error::other)?;
        tokio::spawn(connection);
        let mut request = Request::new(Full::new(body.clone()));
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = parts.uri.clone();
        *request.headers_mut() = carried(&parts.headers);
        let response = sender
            .send_request(request)
            .await
            .map_err(io::Error::other)?;
        let (parts, body) = response.into_parts();
        Ok(Answer {
            status: parts.status,
            headers: carried(&parts.headers),
            body: body.collect().await.map_err(io::Error::other)?.to_bytes(),
        })
    }

    /// The status with which a request is answered that the real server never sees.
    fn lost(&self, method: &Method) -> Option<StatusCode> {
        let saves = [Method::PUT, Method::PATCH, Method::DELETE];
        match self.kind {
            Kind::LoseSaves if saves.contains(method) => Some(StatusCode::NO_CONTENT),
            Kind::LosePosts if method == Method::POST => Some(StatusCode::CREATED),
            _ => None,
        }
    }

    /// Writes a changed exchange down, for whoever asks what a survivor did.
    fn note(&self, parts: &Parts, status: StatusCode) {
        if self.noted.fetch_add(1, Ordering::Relaxed) >= NOTED {
            return;
        }
        let change = match self.kind {
            Kind::Status(_, to) => to.to_string(),
            _ => self.does.to_owned(),
        };
        let line = format!(
            "{} {} {}: {change}\n",
            parts.method,
            parts.uri.path(),
            status.as_u16()
        );
        let log = OpenOptions::new().create(true).append(true).open(&self.log);
        // Without the note the mutant still does what it is for.
        let _ = log.and_then(|mut log| log.write_all(line.as_bytes()));
    }
}

/// The headers that mean something beyond one connection.
fn carried(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in [CONNECTION, CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    headers
}

fn answer(status: StatusCode) -> Answer {
    Answer {
        status,
        headers: HeaderMap::new(),
        body: Bytes::new(),
    }
}

fn response(answer: Answer, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

fn plain(answer: Answer) -> Response<Body> {
    let body = Full::new(answer.body.clone()).map_err(|never| match never {});
    response(answer, body.boxed())
}

/// The answer with half of its body, after which the connection ends.
fn cut_off(mut answer: Answer) -> Response<Body> {
    let half = answer.body.slice(..answer.body.len() / 2);
    let length = HeaderValue::from(answer.body.len());
    answer.headers.insert(CONTENT_LENGTH, length);
    let frames = [
        Ok(Frame::data(half)),
        Err(io::Error::from(io::ErrorKind::ConnectionAborted)),
    ];
    let body = StreamBody::new(futures_util::stream::iter(frames));
    response(answer, body.boxed())
}

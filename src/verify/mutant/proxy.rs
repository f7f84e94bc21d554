//! The proxy of a mutant: it starts the real server on a port of its own and stands before it on the public one.
//!
//! It listens only once the real server does, and ends when the real server ends, so that it starts, refuses to start
//! and dies as the real one. Both are in one process group, which whoever started the proxy kills as a whole.
//!
//! What it does not change passes through as it comes: a slow body in its pieces, one that breaks off broken off, and a
//! client that hangs up hangs up on the real server. Only a body that is to be changed is read to its end first.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{CONTENT_LENGTH, EXPECT, HeaderMap, HeaderValue, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, client};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::sleep;

use crate::lab::port::{free_port, loopback};

use super::alter::{Answer, alter, needs_body};
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
        // A connection that breaks is nothing to the proxy.
        tokio::spawn(connection(Arc::clone(&shared), stream));
    }
}

/// One connection of a client, and one of its own to the real server: what ends the one ends the other.
async fn connection(shared: Arc<Shared>, client: TcpStream) -> hyper::Result<()> {
    let Ok(server) = TcpStream::connect(loopback(shared.inner)).await else {
        return Ok(());
    };
    let (sender, to_server) = client::conn::http1::handshake(TokioIo::new(server)).await?;
    let sender = Arc::new(tokio::sync::Mutex::new(sender));
    let service = service_fn(move |request| {
        let (shared, sender) = (Arc::clone(&shared), Arc::clone(&sender));
        async move { exchange(&shared, &mut *sender.lock().await, request).await }
    });
    let to_client = http1::Builder::new().serve_connection(TokioIo::new(client), service);
    let mut to_client = pin!(to_client);
    tokio::select! {
        ended = to_client.as_mut() => ended,
        _ = to_server => {
            to_client.as_mut().graceful_shutdown();
            to_client.await
        }
    }
}

/// Sends requests to the real server.
type Sender = client::conn::http1::SendRequest<Body>;

/// One exchange: asks the real server, and makes of the answer what the mutation wants.
async fn exchange(
    shared: &Shared,
    sender: &mut Sender,
    request: Request<Incoming>,
) -> io::Result<Response<Body>> {
    let (asked, body) = request.into_parts();
    let body = body.map_err(io::Error::other).boxed();
    if asked.uri.path() == shared.ready_path {
        return Ok(ask(sender, &asked, body).await?.passed_on());
    }
    if let Some(status) = shared.lost(&asked.method) {
        body.collect().await?;
        shared.note(&asked, status);
        return Ok(plain(answer(status)));
    }
    match shared.kind {
        Kind::Delay => {
            sleep(DELAY).await;
            let given = ask(sender, &asked, body).await?;
            shared.note(&asked, given.head.status);
            Ok(given.passed_on())
        }
        Kind::WriteTwice if !asked.method.is_safe() => {
            let body = body.collect().await?.to_bytes();
            let given = ask(sender, &asked, whole(body.clone())).await?;
            let given = given.received().await;
            // Whatever comes of the second time, the client does not hear of it.
            if let Ok(again) = ask(sender, &asked, whole(body)).await {
                again.received().await;
            }
            shared.note(&asked, given.answer.status);
            Ok(given.passed_on())
        }
        kind => {
            let given = ask(sender, &asked, body).await?;
            if let Some(altered) = alter(kind, &given.head) {
                shared.note(&asked, given.head.status);
                return Ok(given.under(altered));
            }
            if asked.method == Method::HEAD || !needs_body(kind, &given.head.headers) {
                return Ok(given.passed_on());
            }
            Ok(shared.remade(&asked, given.received().await))
        }
    }
}

/// An answer whose body is still on its way.
struct Given {
    /// Its status and headers.
    head: Answer,
    body: Incoming,
}

impl Given {
    fn passed_on(self) -> Response<Body> {
        let head = self.head.clone();
        self.under(head)
    }

    /// The body as it comes, under another status or other headers.
    fn under(self, head: Answer) -> Response<Body> {
        if head.status == StatusCode::NO_CONTENT {
            return plain(head);
        }
        response(head, self.body.map_err(io::Error::other).boxed())
    }

    /// Reads the body as far as it comes.
    async fn received(mut self) -> Received {
        let mut body = Vec::new();
        let mut is_whole = true;
        while let Some(frame) = self.body.frame().await {
            match frame.map(Frame::into_data) {
                Ok(Ok(data)) => body.extend_from_slice(&data),
                // A trailer, which nothing here reads.
                Ok(Err(_)) => {}
                Err(_) => is_whole = false,
            }
        }
        Received {
            answer: Answer {
                body: body.into(),
                ..self.head
            },
            is_whole,
        }
    }
}

/// An answer with its body, or with what there was of it.
struct Received {
    answer: Answer,
    is_whole: bool,
}

impl Received {
    fn passed_on(self) -> Response<Body> {
        if self.is_whole {
            return plain(self.answer);
        }
        let sent = self.answer.body.clone();
        broken_off(self.answer, sent)
    }
}

/// Asks the real server, and has the head of its answer.
async fn ask(sender: &mut Sender, asked: &Parts, body: Body) -> io::Result<Given> {
    sender.ready().await.map_err(io::Error::other)?;
    let mut request = Request::new(body);
    *request.method_mut() = asked.method.clone();
    *request.uri_mut() = asked.uri.clone();
    *request.headers_mut() = carried(&asked.headers);
    let response = sender.send_request(request).await;
    let (parts, body) = response.map_err(io::Error::other)?.into_parts();
    let head = Answer {
        status: parts.status,
        headers: carried(&parts.headers),
        body: Bytes::new(),
    };
    Ok(Given { head, body })
}

impl Shared {
    /// The answer as a mutation makes it that had to see its body.
    fn remade(&self, asked: &Parts, given: Received) -> Response<Body> {
        if !given.is_whole {
            return given.passed_on();
        }
        let answer = given.answer;
        let status = answer.status;
        match self.kind {
            Kind::CloseEarly if answer.body.len() > 1 => {
                self.note(asked, status);
                let half = answer.body.slice(..answer.body.len() / 2);
                broken_off(answer, half)
            }
            Kind::Previous => {
                let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
                match last.replace(answer.clone()) {
                    Some(before) => {
                        self.note(asked, status);
                        plain(before)
                    }
                    None => plain(answer),
                }
            }
            kind => match alter(kind, &answer) {
                Some(altered) => {
                    self.note(asked, status);
                    plain(altered)
                }
                None => plain(answer),
            },
        }
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

/// The headers without those that say anew how the body is carried.
fn carried(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in [EXPECT, TRANSFER_ENCODING] {
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

fn whole(body: Bytes) -> Body {
    Full::new(body).map_err(|never| match never {}).boxed()
}

fn plain(mut answer: Answer) -> Response<Body> {
    answer.headers.remove(CONTENT_LENGTH);
    let body = whole(answer.body.clone());
    response(answer, body)
}

/// An answer of which this much is sent, after which the connection ends.
fn broken_off(mut answer: Answer, sent: Bytes) -> Response<Body> {
    if sent.len() < answer.body.len() {
        let whole = HeaderValue::from(answer.body.len());
        answer.headers.insert(CONTENT_LENGTH, whole);
    }
    let sent = stream::once(async { Ok(Frame::data(sent)) });
    // What fails in the same breath takes what was not written yet with it.
    let end = stream::once(async {
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });
    let body = StreamBody::new(sent.chain(end));
    response(answer, BodyExt::boxed(body))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::tcp::OwnedReadHalf;

    use super::*;
    use crate::verify::mutant::named;

    /// A client and a real server with a mutant's proxy between them. The server has read the request.
    async fn between(mutant: &str) -> (TcpStream, TcpStream) {
        let real = TcpListener::bind(loopback(0)).await.unwrap();
        let listener = TcpListener::bind(loopback(0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mutation = named(mutant).unwrap();
        let shared = Arc::new(Shared {
            kind: mutation.kind,
            does: mutation.does,
            inner: real.local_addr().unwrap().port(),
            ready_path: "/healthz".to_owned(),
            log: PathBuf::from("/dev/null"),
            noted: AtomicUsize::new(0),
            last: Mutex::new(None),
        });
        tokio::spawn(accept(listener, shared));
        let mut client = TcpStream::connect(loopback(port)).await.unwrap();
        let request = b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n";
        client.write_all(request).await.unwrap();
        let (mut server, _) = real.accept().await.unwrap();
        let (mut reads, writes) = server.into_split();
        until(&mut reads, "\r\n\r\n").await;
        server = reads.reunite(writes).unwrap();
        (client, server)
    }

    /// Reads until this text has come, or the end.
    async fn until(reads: &mut OwnedReadHalf, text: &str) -> String {
        let mut received = Vec::new();
        loop {
            let so_far = String::from_utf8_lossy(&received).into_owned();
            if so_far.contains(text) || reads.read_buf(&mut received).await.unwrap_or(0) == 0 {
                return so_far;
            }
        }
    }

    const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Type: text/plain\r\n\r\n";

    #[tokio::test]
    async fn a_slow_body_passes_in_its_pieces() {
        for mutant in ["none", "200-201", "no-content-type", "off-by-one"] {
            let (client, mut server) = between(mutant).await;
            let (mut reads, _writes) = client.into_split();
            server.write_all(HEAD.as_bytes()).await.unwrap();
            server.write_all(b"first").await.unwrap();
            // The second half is not sent before the first has arrived.
            let first = until(&mut reads, "first").await;
            assert!(first.ends_with("first"), "{mutant}: {first}");
            server.write_all(b"2half").await.unwrap();
            assert_eq!(until(&mut reads, "2half").await, "2half", "{mutant}");
        }
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_arrives_broken_off() {
        for mutant in ["none", "truncate", "previous"] {
            let (client, mut server) = between(mutant).await;
            let (mut reads, _writes) = client.into_split();
            server.write_all(HEAD.as_bytes()).await.unwrap();
            server.write_all(b"half!").await.unwrap();
            drop(server);
            let all = until(&mut reads, "never comes").await;
            assert!(all.contains("content-length: 10"), "{mutant}: {all}");
            assert!(all.ends_with("half!"), "{mutant}: {all}");
        }
    }

    #[tokio::test]
    async fn who_hangs_up_hangs_up_on_the_real_server() {
        let (client, mut server) = between("none").await;
        drop(client);
        assert_eq!(server.read(&mut [0; 8]).await.unwrap_or(0), 0);
        let (client, mut server) = between("none").await;
        let (mut reads, writes) = client.into_split();
        server.write_all(HEAD.as_bytes()).await.unwrap();
        server.write_all(b"half!").await.unwrap();
        until(&mut reads, "half!").await;
        drop((reads, writes));
        assert_eq!(server.read(&mut [0; 8]).await.unwrap_or(0), 0);
    }
}

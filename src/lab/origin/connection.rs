//! The connections of an origin: requests read, answers written by hand, so that they can break off anywhere.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use httparse::Status;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::State;
use super::answer::{NONCE, Reply};
use super::ledger::Place;
use super::route::Asked;
use super::trouble::{Own, What};
use crate::lab::proxy::door::Door;
use crate::lab::timeline::What as Event;

/// The most that a head may take, and a body.
const HEAD: usize = 64 * 1024;
const BODY: usize = 8 << 20;
/// How much goes out in one chunk.
const CHUNK: usize = 16 * 1024;

pub(super) async fn open(addr: SocketAddr) -> io::Result<Door> {
    Door::open(addr).await
}

/// Accepts connections until aborted. While it is `down`, the port refuses and open connections are reset.
pub(super) async fn accept(
    mut door: Door,
    state: Arc<State>,
    mut down: watch::Receiver<bool>,
    shut: watch::Sender<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        let is_down = *down.borrow_and_update();
        if door.is_open() == is_down {
            door.set(is_down).await;
            if door.is_open() == is_down {
                // Somebody else has the port for a moment.
                continue;
            }
        }
        if is_down {
            // Each resets its own connection, and is gone then.
            while connections.join_next().await.is_some() {}
        }
        shut.send_replace(is_down);
        tokio::select! {
            changed = down.changed() => if changed.is_err() { return },
            accepted = door.accept() => match accepted {
                Ok(stream) => {
                    connections.spawn(serve(stream, Arc::clone(&state), down.clone()));
                }
                // Out of file descriptors, most likely: some come back when other connections end.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(mut stream: TcpStream, state: Arc<State>, mut down: watch::Receiver<bool>) {
    // Without it small answers may wait for 40 ms; a socket that refuses the option still works.
    let _ = stream.set_nodelay(true);
    let reset = tokio::select! {
        // How a connection ends is the client's affair.
        _ = answers(&mut stream, &state) => false,
        gone = down.wait_for(|down| *down) => gone.is_ok(),
    };
    if reset {
        let _ = stream.set_zero_linger();
    }
}

async fn answers(stream: &mut TcpStream, state: &State) -> io::Result<()> {
    let mut buffer = Vec::new();
    while let Some((asked, close)) = request(stream, &mut buffer).await? {
        let place = state.ledger.add(&asked);
        state.news.notify_waiters();
        let label = format!("{} {}", asked.method, asked.path);
        let from = state.asker.clone();
        state.recorder.record(Event::Request {
            from: from.clone(),
            to: state.name.clone(),
            label,
        });
        let mut own = state.troubles.own(&asked.path);
        own.wait().await;
        let mut reply = state.reply(&asked);
        if state.route(&asked).is_some_and(|route| route.changes) {
            state.change(&asked.path);
        }
        for what in &own.what {
            if let What::Status(status) = what {
                reply = failing(*status, &asked, &reply);
            }
        }
        state.recorder.record(Event::Response {
            from: state.name.clone(),
            to: from,
            label: reply.status.to_string(),
            expected: None,
        });
        let broke_off = send(stream, state, place, &reply, &own, asked.method == "HEAD").await?;
        if broke_off || close {
            return stream.shutdown().await;
        }
    }
    Ok(())
}

/// An answer of trouble: it may not be kept, and says nothing of what stands there.
fn failing(status: u16, asked: &Asked, reply: &Reply) -> Reply {
    let body = format!("the origin answers {status}\n").into_bytes();
    let nonce = reply
        .headers
        .iter()
        .filter(|(name, _)| name == NONCE)
        .cloned();
    Reply {
        status,
        headers: nonce
            .chain([("Content-Type".to_owned(), "text/plain".to_owned())])
            .collect(),
        length: Some(body.len()),
        body: if asked.method == "HEAD" {
            Vec::new()
        } else {
            body
        },
    }
}

/// Writes an answer; true when it broke off on purpose.
async fn send(
    stream: &mut TcpStream,
    state: &State,
    place: Place,
    reply: &Reply,
    own: &Own,
    is_head: bool,
) -> io::Result<bool> {
    let chunked = reply.length.is_none() && !matches!(reply.status, 204 | 304);
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, reason(reply.status));
    let date = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now());
    let _ = write!(
        head,
        "Date: {}\r\n",
        date.format("%a, %d %b %Y %H:%M:%S GMT")
    );
    for (name, value) in &reply.headers {
        let value = value.replace(['\r', '\n'], " ");
        let _ = write!(head, "{name}: {value}\r\n");
    }
    if let Some(length) = reply.length {
        let _ = write!(head, "Content-Length: {length}\r\n");
    } else if chunked {
        head.push_str("Transfer-Encoding: chunked\r\n");
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await?;
    if is_head {
        return Ok(false);
    }
    let mut body = &reply.body[..];
    let (mut piece, mut pause) = (CHUNK, Duration::ZERO);
    let mut broken = false;
    for what in &own.what {
        match what {
            What::Truncate(bytes) if *bytes < body.len() => {
                body = &body[..*bytes];
                broken = true;
            }
            What::Drip(bytes, time) => (piece, pause) = ((*bytes).max(1), *time),
            _ => {}
        }
    }
    for (at, bytes) in body.chunks(piece).enumerate() {
        if at > 0 && !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        if chunked {
            stream
                .write_all(format!("{:x}\r\n", bytes.len()).as_bytes())
                .await?;
        }
        stream.write_all(bytes).await?;
        if chunked {
            stream.write_all(b"\r\n").await?;
        }
        state.ledger.sent(place, bytes.len());
    }
    if chunked && !broken {
        stream.write_all(b"0\r\n\r\n").await?;
    }
    Ok(broken)
}

/// The next request, and whether the client wants no other after it.
async fn request(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
) -> io::Result<Option<(Asked, bool)>> {
    let bad = || io::Error::from(io::ErrorKind::InvalidData);
    let (end, mut asked, close, length) = loop {
        if let Some(found) = head(buffer)? {
            break found;
        }
        if buffer.len() > HEAD {
            return Err(bad());
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    buffer.drain(..end);
    match length {
        Length::Bytes(length) if length > BODY => return Err(bad()),
        Length::Bytes(length) => {
            while buffer.len() < length {
                if stream.read_buf(buffer).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            asked.body = buffer.drain(..length).collect();
        }
        Length::Chunks => asked.body = chunks(stream, buffer).await?,
    }
    Ok(Some((asked, close)))
}

enum Length {
    Bytes(usize),
    Chunks,
}

/// A whole head: where it ends, what it says, whether the connection ends after it, and how the body comes.
fn head(bytes: &[u8]) -> io::Result<Option<(usize, Asked, bool, Length)>> {
    let bad = || io::Error::from(io::ErrorKind::InvalidData);
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut request = httparse::Request::new(&mut headers);
    let Status::Complete(end) = request.parse(bytes).map_err(|_| bad())? else {
        return Ok(None);
    };
    let target = request.path.unwrap_or("/");
    // A proxy may ask for the whole URL.
    let target = target
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]))
        .unwrap_or(target);
    let mut asked = Asked::new(request.method.unwrap_or("GET"), target);
    let text = |value: &[u8]| String::from_utf8_lossy(value).trim().to_owned();
    asked.headers = request
        .headers
        .iter()
        .map(|header| (header.name.to_lowercase(), text(header.value)))
        .collect();
    let close = asked
        .header("connection")
        .is_some_and(|value| value.eq_ignore_ascii_case("close"))
        || request.version == Some(0);
    let length = if asked.header("transfer-encoding").is_some() {
        Length::Chunks
    } else {
        let length = asked.header("content-length").unwrap_or("0");
        Length::Bytes(length.parse().map_err(|_| bad())?)
    };
    Ok(Some((end, asked, close, length)))
}

async fn chunks(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    let bad = || io::Error::from(io::ErrorKind::InvalidData);
    let mut body = Vec::new();
    loop {
        match httparse::parse_chunk_size(buffer).map_err(|_| bad())? {
            Status::Complete((skip, size)) => {
                let size = usize::try_from(size).map_err(|_| bad())?;
                if body.len() + size > BODY {
                    return Err(bad());
                }
                let end = skip + size + 2;
                while buffer.len() < end {
                    if stream.read_buf(buffer).await? == 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                body.extend_from_slice(&buffer[skip..skip + size]);
                buffer.drain(..end);
                if size == 0 {
                    return Ok(body);
                }
            }
            Status::Partial => {
                if stream.read_buf(buffer).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
    }
}

fn reason(status: u16) -> &'static str {
    hyper::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Odd")
}

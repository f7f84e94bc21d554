//! A probe: one raw `GET` that asks whether a server is ready, and that no server can hang.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use super::port::loopback;

/// How much of an answer is read at most.
const LIMIT: usize = 16 * 1024;
/// How long the rest of a body may take once the status is known; it is only wanted for the message.
const BODY: Duration = Duration::from_millis(200);

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing listens there.
    Refused,
    /// The connection was accepted, and then nothing complete came in time.
    Silent {
        /// How many bytes did come.
        received: usize,
    },
    /// The connection was closed before a status line came.
    Closed,
    /// What came is not HTTP/1.
    NotHttp {
        /// Its first bytes.
        bytes: Vec<u8>,
    },
    /// An HTTP answer.
    Status {
        /// Its status code.
        code: u16,
        /// The start of its body.
        body: Vec<u8>,
    },
}

/// Sends `GET path` to `port` of 127.0.0.1 and reads the answer, all of it `within` that time.
pub async fn probe(port: u16, path: &str, within: Duration) -> Answer {
    probe_at(loopback(port), path, within).await
}

/// As [`probe`], to any address.
pub async fn probe_at(address: SocketAddr, path: &str, within: Duration) -> Answer {
    let deadline = Instant::now() + within;
    let mut stream = match timeout_at(deadline, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(_)) => return Answer::Refused,
        Err(_) => return Answer::Silent { received: 0 },
    };
    let mut received = Vec::new();
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nuser-agent: course\r\naccept: */*\r\n\
         connection: close\r\n\r\n"
    );
    let exchange = async {
        stream.write_all(request.as_bytes()).await?;
        read_head(&mut stream, &mut received).await
    };
    let ended = timeout_at(deadline, exchange).await;
    if looks_foreign(&received) {
        received.truncate(64);
        return Answer::NotHttp { bytes: received };
    }
    let Some((code, head)) = status(&received) else {
        return match ended {
            Err(_) => Answer::Silent {
                received: received.len(),
            },
            Ok(_) if received.is_empty() => Answer::Closed,
            Ok(_) => Answer::NotHttp { bytes: received },
        };
    };
    if !(200..300).contains(&code) {
        // However much of the body came is enough.
        let _ = timeout(BODY, read_rest(&mut stream, &mut received)).await;
    }
    let body = received.split_off(head.min(received.len()));
    Answer::Status { code, body }
}

/// Whether something accepts connections on `port` of 127.0.0.1.
pub async fn answers(port: u16) -> bool {
    let connect = TcpStream::connect(loopback(port));
    matches!(timeout(Duration::from_secs(1), connect).await, Ok(Ok(_)))
}

/// Reads until the head is complete, is not HTTP, or ends.
async fn read_head(stream: &mut TcpStream, received: &mut Vec<u8>) -> io::Result<()> {
    while received.len() < LIMIT && status(received).is_none() && !looks_foreign(received) {
        if stream.read_buf(received).await? == 0 {
            break;
        }
    }
    Ok(())
}

/// Reads to the end, up to the limit.
async fn read_rest(stream: &mut TcpStream, received: &mut Vec<u8>) -> io::Result<()> {
    while received.len() < LIMIT && stream.read_buf(received).await? > 0 {}
    Ok(())
}

/// Whether these first bytes cannot begin an HTTP/1 answer.
fn looks_foreign(bytes: &[u8]) -> bool {
    let expected = b"HTTP/1.";
    let n = bytes.len().min(expected.len());
    if bytes[..n] != expected[..n] {
        return true;
    }
    // A complete first line must hold a version and a three-digit code.
    match bytes.iter().position(|b| *b == b'\n') {
        Some(end) => code(&bytes[..end]).is_none(),
        None => false,
    }
}

/// The status code and the length of the head, once the head is complete.
fn status(bytes: &[u8]) -> Option<(u16, usize)> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    Some((code(bytes)?, end))
}

fn code(line: &[u8]) -> Option<u16> {
    let rest = line.strip_prefix(b"HTTP/1.")?;
    let (b' ', number) = rest.get(1..5)?.split_first()? else {
        return None;
    };
    // `200OK` is no status: no HTTP client understands it.
    let ends = matches!(rest.get(5), None | Some(b' ' | b'\r' | b'\n'));
    let number = std::str::from_utf8(number).ok()?;
    number.parse().ok().filter(|_| ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_looks_like_http() {
        assert!(!looks_foreign(b""));
        assert!(!looks_foreign(b"HTT"));
        assert!(!looks_foreign(b"HTTP/1.1 200 OK\r\n"));
        assert!(looks_foreign(b"SSH-2.0"));
        assert!(looks_foreign(b"HTTP/1.1 OK\r\n"));
        assert!(looks_foreign(b"HTTP/1.1 200OK\r\n"));
        assert!(looks_foreign(b"\x15\x03\x01"));
    }

    #[test]
    fn the_code_is_known_when_the_head_is_complete() {
        assert_eq!(status(b"HTTP/1.1 404 Not Found\r\n"), None);
        assert_eq!(status(b"HTTP/1.0 204\r\n\r\n"), Some((204, 16)));
    }
}

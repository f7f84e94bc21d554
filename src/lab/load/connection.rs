//! A connection of a load: sends a request, and reads its answer to the end without keeping it.
//!
//! HTTP/1.1 of RFC 9112, as far as a client needs it that looks at nothing but the head: `Content-Length`, chunked
//! coding, bodies that end with the connection, interim answers, `Connection: close`.

use std::io;
use std::net::SocketAddr;

use httparse::Status;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::fault::Fault;
use super::request::Reading;

/// Room for what is read at once; a head must fit into it.
const ROOM: usize = 16 * 1024;
/// How many headers an answer may have.
const HEADERS: usize = 64;

/// A kept connection to one target, opened when it is needed.
#[derive(Debug)]
pub(super) struct Connection {
    target: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Box<[u8]>,
    /// Who gave the last answer, as the balancer says; empty when it does not.
    server: Vec<u8>,
}

/// What a head says about the answer.
#[derive(Debug)]
struct Head {
    status: u16,
    /// Where it ends in the buffer.
    end: usize,
    body: Body,
    keep: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    Sized(u64),
    Chunked,
    /// It ends when the connection does.
    UntilClosed,
}

impl Connection {
    pub(super) fn new(target: SocketAddr) -> Self {
        Self {
            target,
            stream: None,
            buffer: vec![0; ROOM].into_boxed_slice(),
            server: Vec::new(),
        }
    }

    /// Who gave the last answer, where a balancer says so.
    pub(super) fn server(&self) -> &[u8] {
        &self.server
    }

    /// Opens the connection, unless it is open.
    pub(super) async fn open(&mut self) -> Result<(), Fault> {
        // Costs nothing while nothing has come: an idle connection on which something did has been closed.
        if let Some(stream) = &self.stream
            && !matches!(stream.try_read(&mut self.buffer), Err(e) if e.kind() == io::ErrorKind::WouldBlock)
        {
            self.stream = None;
        }
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.target)
                .await
                .map_err(|e| Fault::connecting(&e))?;
            stream
                .set_nodelay(true)
                .map_err(|e| Fault::connecting(&e))?;
            self.stream = Some(stream);
        }
        Ok(())
    }

    /// Sends `request` and reads its answer; gives the status. A request that changes nothing is sent once more when
    /// the connection was kept and turns out to be closed, as RFC 9110, section 9.2.2, allows.
    pub(super) async fn exchange(
        &mut self,
        request: &[u8],
        reading: Reading,
    ) -> Result<u16, Fault> {
        let kept = self.stream.is_some();
        let result = self.once(request, reading).await;
        let stale = kept && reading.safe && matches!(result, Err(Fault::Closed | Fault::Reset));
        if stale {
            self.once(request, reading).await
        } else {
            result
        }
    }

    async fn once(&mut self, request: &[u8], reading: Reading) -> Result<u16, Fault> {
        self.open().await?;
        // Taken out, so that an answer that is given up in the middle does not leave its rest to the next one.
        let mut stream = self.stream.take().ok_or(Fault::Closed)?;
        stream
            .write_all(request)
            .await
            .map_err(|e| Fault::broken(&e, Fault::Closed))?;
        let (head, filled) = self.head(&mut stream, reading).await?;
        let rest = head.end..filled;
        let whole = match head.body {
            Body::Sized(length) => self.sized(&mut stream, length, rest.len()).await?,
            Body::Chunked => self.chunked(&mut stream, rest).await?,
            Body::UntilClosed => self.until_closed(&mut stream).await?,
        };
        if head.keep && whole == Whole::Exactly {
            self.stream = Some(stream);
        }
        Ok(head.status)
    }

    /// Reads up to the end of a head that is not an interim one.
    async fn head(
        &mut self,
        stream: &mut TcpStream,
        reading: Reading,
    ) -> Result<(Head, usize), Fault> {
        let mut filled = 0;
        loop {
            let n = stream
                .read(&mut self.buffer[filled..])
                .await
                .map_err(|e| Fault::broken(&e, Fault::Closed))?;
            if n == 0 {
                // Nothing came, or the head does not fit.
                let full = filled == self.buffer.len();
                return Err(if full { Fault::NotHttp } else { Fault::Closed });
            }
            filled += n;
            while let Some(head) = parse(&self.buffer[..filled], reading, &mut self.server)? {
                if head.status >= 200 {
                    return Ok((head, filled));
                }
                self.buffer.copy_within(head.end..filled, 0);
                filled -= head.end;
            }
        }
    }

    async fn sized(
        &mut self,
        stream: &mut TcpStream,
        length: u64,
        had: usize,
    ) -> Result<Whole, Fault> {
        let mut left = length;
        let mut came = had;
        loop {
            let n = u64::try_from(came).unwrap_or(u64::MAX);
            if n > left {
                return Ok(Whole::AndMore);
            }
            left -= n;
            if left == 0 {
                return Ok(Whole::Exactly);
            }
            came = read(stream, &mut self.buffer).await?;
            if came == 0 {
                return Err(Fault::Cut);
            }
        }
    }

    async fn chunked(
        &mut self,
        stream: &mut TcpStream,
        rest: std::ops::Range<usize>,
    ) -> Result<Whole, Fault> {
        self.buffer.copy_within(rest.clone(), 0);
        let mut filled = rest.len();
        loop {
            // The line with the size, then the chunk and its line end.
            match httparse::parse_chunk_size(&self.buffer[..filled]).map_err(|_| Fault::NotHttp)? {
                Status::Complete((at, 0)) => return self.trailers(stream, at..filled).await,
                Status::Complete((at, size)) => {
                    let mut skip = usize::try_from(size)
                        .unwrap_or(usize::MAX)
                        .saturating_add(at + 2);
                    while skip > filled {
                        skip -= filled;
                        filled = read(stream, &mut self.buffer).await?;
                        if filled == 0 {
                            return Err(Fault::Cut);
                        }
                    }
                    self.buffer.copy_within(skip..filled, 0);
                    filled -= skip;
                }
                Status::Partial => {
                    let n = read(stream, &mut self.buffer[filled..]).await?;
                    if n == 0 {
                        return Err(Fault::Cut);
                    }
                    filled += n;
                }
            }
        }
    }

    /// Reads the trailers of a chunked body: lines up to an empty one.
    async fn trailers(
        &mut self,
        stream: &mut TcpStream,
        rest: std::ops::Range<usize>,
    ) -> Result<Whole, Fault> {
        self.buffer.copy_within(rest.clone(), 0);
        let mut filled = rest.len();
        loop {
            let seen = &self.buffer[..filled];
            let end = if seen.starts_with(b"\r\n") {
                Some(2)
            } else {
                seen.windows(4)
                    .position(|w| w == b"\r\n\r\n")
                    .map(|at| at + 4)
            };
            if let Some(end) = end {
                return Ok(if end == filled {
                    Whole::Exactly
                } else {
                    Whole::AndMore
                });
            }
            let n = read(stream, &mut self.buffer[filled..]).await?;
            if n == 0 {
                return Err(Fault::Cut);
            }
            filled += n;
        }
    }

    async fn until_closed(&mut self, stream: &mut TcpStream) -> Result<Whole, Fault> {
        while read(stream, &mut self.buffer).await? > 0 {}
        Ok(Whole::AndMore)
    }
}

/// Whether a body ended where what was read did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whole {
    Exactly,
    /// More came, or the connection is at its end: it cannot be used again.
    AndMore,
}

async fn read(stream: &mut TcpStream, into: &mut [u8]) -> Result<usize, Fault> {
    let came = stream.read(into).await;
    came.map_err(|e| Fault::broken(&e, Fault::Cut))
}

fn parse(bytes: &[u8], reading: Reading, server: &mut Vec<u8>) -> Result<Option<Head>, Fault> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let end = match response.parse(bytes).map_err(|_| Fault::NotHttp)? {
        Status::Complete(end) => end,
        Status::Partial => return Ok(None),
    };
    let status = response.code.unwrap_or(0);
    let bodiless = reading.head || matches!(status, 100..=199 | 204 | 304);
    let mut body = if bodiless {
        Body::Sized(0)
    } else {
        Body::UntilClosed
    };
    let mut keep = response.version == Some(1);
    server.clear();
    for header in response.headers.iter() {
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        if is("content-length") && !bodiless && body != Body::Chunked {
            let text = std::str::from_utf8(header.value).map_err(|_| Fault::NotHttp)?;
            body = Body::Sized(text.trim().parse().map_err(|_| Fault::NotHttp)?);
        } else if is("transfer-encoding") && !bodiless {
            body = Body::Chunked;
        } else if is("connection") {
            keep = !header.value.eq_ignore_ascii_case(b"close")
                && (keep || header.value.eq_ignore_ascii_case(b"keep-alive"));
        } else if is("course-served-by") {
            server.extend_from_slice(header.value);
        }
    }
    Ok(Some(Head {
        status,
        end,
        body,
        keep,
    }))
}

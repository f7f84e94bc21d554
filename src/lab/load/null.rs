//! A null server: answers every request with 200 at once. What is measured against it is what this machine can do.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use httparse::Status;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// Room for a head.
const ROOM: usize = 16 * 1024;
const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
const HEAD_ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n";

/// A running null server, on a thread of its own as a real server is in a process of its own. Dropping it stops it.
#[derive(Debug)]
pub struct Null {
    addr: SocketAddr,
    _go_on: oneshot::Sender<()>,
}

impl Null {
    /// Starts one on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When this machine gives no port or no thread.
    pub fn start() -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        let (go_on, over) = oneshot::channel::<()>();
        std::thread::Builder::new()
            .name("null".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        _ = accept(listener) => {}
                        _ = over => {}
                    }
                });
            })?;
        Ok(Self {
            addr,
            _go_on: go_on,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }
}

async fn accept(listener: std::net::TcpListener) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            // How a connection ends is the client's affair.
            tokio::spawn(async move { serve(stream).await.unwrap_or_default() });
        } else {
            // Out of file descriptors, most likely: some come back when other connections end.
            tokio::task::yield_now().await;
        }
    }
}

/// Answers requests until the client closes or sends what this server does not read.
async fn serve(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; ROOM];
    let mut filled = 0;
    loop {
        while let Some((end, length, head)) = request(&buffer[..filled])? {
            stream
                .write_all(if head { HEAD_ANSWER } else { ANSWER })
                .await?;
            let mut skip = end.saturating_add(length);
            while skip > filled {
                skip -= filled;
                filled = read(&mut stream, &mut buffer).await?;
            }
            buffer.copy_within(skip..filled, 0);
            filled -= skip;
        }
        filled += read(&mut stream, &mut buffer[filled..]).await?;
    }
}

async fn read(stream: &mut TcpStream, into: &mut [u8]) -> io::Result<usize> {
    match stream.read(into).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        n => Ok(n),
    }
}

/// Where the head of a request ends, how long its body is, and whether it is a HEAD.
fn request(bytes: &[u8]) -> io::Result<Option<(usize, usize, bool)>> {
    let bad = || io::Error::from(io::ErrorKind::InvalidData);
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    let Status::Complete(end) = request.parse(bytes).map_err(|_| bad())? else {
        return Ok(None);
    };
    let mut length = 0;
    for header in request.headers.iter() {
        if header.name.eq_ignore_ascii_case("content-length") {
            let text = std::str::from_utf8(header.value).map_err(|_| bad())?;
            length = text.trim().parse().map_err(|_| bad())?;
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(bad());
        }
    }
    Ok(Some((end, length, request.method == Some("HEAD"))))
}

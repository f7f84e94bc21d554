//! The door of a proxy: its port, which lets connections in or refuses them, and is its own in both cases.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::sleep;

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// A port.
#[derive(Debug)]
pub(in crate::lab) struct Door {
    addr: SocketAddr,
    state: State,
}

#[derive(Debug)]
enum State {
    Open(TcpListener),
    /// The socket keeps the port from others while nobody listens on it, so that a connection is refused.
    Shut(Option<TcpSocket>),
}

impl Door {
    /// Listens on `addr`.
    pub(in crate::lab) async fn open(addr: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(addr).await?;
        Ok(Self {
            addr: listener.local_addr()?,
            state: State::Open(listener),
        })
    }

    /// Where it is.
    pub(in crate::lab) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Whether it lets connections in.
    pub(in crate::lab) fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    /// Shuts or opens it; does nothing when it is so already.
    pub(in crate::lab) async fn set(&mut self, shut: bool) {
        match &mut self.state {
            State::Open(_) if shut => {
                // The listener must be gone before its port can be bound again.
                self.state = State::Shut(None);
                self.state = State::Shut(placeholder(self.addr).ok());
            }
            State::Shut(placeholder) if !shut => {
                let listener = match placeholder.take() {
                    Some(socket) => socket.listen(BACKLOG),
                    None => TcpListener::bind(self.addr).await,
                };
                match listener {
                    Ok(listener) => self.state = State::Open(listener),
                    // Whoever has the port now must let go of it; the caller comes again.
                    Err(_) => sleep(Duration::from_millis(10)).await,
                }
            }
            State::Open(_) | State::Shut(_) => {}
        }
    }

    /// The next connection; none comes while it is shut.
    pub(in crate::lab) async fn accept(&self) -> io::Result<TcpStream> {
        match &self.state {
            State::Open(listener) => listener.accept().await.map(|(stream, _)| stream),
            State::Shut(_) => std::future::pending().await,
        }
    }
}

fn placeholder(addr: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if addr.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    Ok(socket)
}

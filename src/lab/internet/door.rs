//! A door: one address and port where clients come in, with TLS or without.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::rustls::server::{Acceptor, ServerConnection};
use tokio_rustls::rustls::{HandshakeKind, ProtocolVersion};
use tokio_rustls::server::TlsStream;

use super::Shared;
use super::authority::Shown;
use super::edge::{Line, answer};
use super::log::{Handshake, What};

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long is waited for those who stand at the door.
const SETTLE: Duration = Duration::from_millis(500);

/// Connections of `course` itself, by the address they come from, and whom to tell that they are in.
#[derive(Debug, Default)]
pub(super) struct Knocks(Mutex<BTreeMap<SocketAddr, oneshot::Sender<()>>>);

/// An address and a port.
#[derive(Clone, Debug)]
pub(super) struct Door {
    pub(super) shared: Arc<Shared>,
    pub(super) balancer: SocketAddr,
    pub(super) ip: Ipv4Addr,
    pub(super) port: u16,
    pub(super) outside: bool,
}

impl Door {
    /// Lets clients in, for as long as the task runs.
    pub(super) async fn serve(self, listener: TcpListener) {
        let mut open = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, from)) => self.let_in(stream, from, &mut open),
                    Err(_) => tokio::task::yield_now().await,
                },
                Some(_) = open.join_next() => {}
            }
        }
    }

    fn let_in(&self, stream: TcpStream, from: SocketAddr, open: &mut JoinSet<()>) {
        if self.shared.knocks.is_ours(from) {
            return;
        }
        let conn = self.shared.connections.fetch_add(1, Ordering::Relaxed) + 1;
        let (ip, port) = (self.ip, self.port);
        let arrived = Instant::now();
        self.shared.log.add(arrived, What::Tcp { ip, port, conn });
        // Without it small answers may wait for 40 ms; a socket that refuses the option still works.
        let _ = stream.set_nodelay(true);
        let door = self.clone();
        open.spawn(async move {
            let trouble = door.shared.trouble();
            if trouble.hang && !door.outside {
                std::future::pending::<()>().await;
            }
            if door.port == 443 {
                if let Some(stream) = door.greet(stream, conn).await {
                    door.talk(stream, conn, "https").await;
                }
            } else {
                door.talk(stream, conn, "http").await;
            }
        });
    }

    /// Does the handshake and logs it, also one that the client breaks off.
    async fn greet(&self, stream: TcpStream, conn: u64) -> Option<TlsStream<TcpStream>> {
        let shared = &self.shared;
        shared.greeting.send_modify(|n| *n += 1);
        let done = Greeting(shared);
        let hello = LazyConfigAcceptor::new(Acceptor::default(), stream);
        let hello = timeout(HANDSHAKE, hello).await.ok()?.ok()?;
        let began = Instant::now();
        let sni = hello.client_hello().server_name().map(str::to_owned);
        let shown: Shown = shared.shown(sni.as_deref());
        let accepted = timeout(HANDSHAKE, hello.into_stream(shown.config)).await;
        let stream = accepted.ok().and_then(Result::ok);
        let tls = stream.as_ref().map(|stream| stream.get_ref().1);
        let alpn = tls.and_then(|tls| tls.alpn_protocol());
        let handshake = Handshake {
            conn,
            sni: sni.map(|name| name.to_ascii_lowercase()),
            alpn: alpn.map(|name| String::from_utf8_lossy(name).into_owned()),
            version: tls.and_then(|tls| tls.protocol_version()).map(version),
            serial: shown.serial,
            trusted: shown.trusted,
            round_trips: tls.map_or(1, round_trips),
        };
        shared.log.add(began, What::Tls(handshake));
        drop(done);
        stream
    }

    async fn talk<S>(&self, stream: S, conn: u64, scheme: &'static str)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let line = Line {
            conn,
            scheme,
            outside: self.outside,
        };
        let service = service_fn(|request| async move {
            let (shared, balancer) = (&self.shared, self.balancer);
            Ok::<_, Infallible>(answer(shared, balancer, line, request).await)
        });
        let connection = hyper::server::conn::http1::Builder::new();
        // How a connection ends is the client's affair.
        let _ = connection
            .serve_connection(TokioIo::new(stream), service)
            .await;
    }
}

/// A handshake that is going on.
struct Greeting<'s>(&'s Shared);

impl Drop for Greeting<'_> {
    fn drop(&mut self) {
        self.0.greeting.send_modify(|n| *n -= 1);
    }
}

/// How often the client waited for the server before it could send a request. A handshake that was broken off ended
/// after the first time.
fn round_trips(tls: &ServerConnection) -> u32 {
    let modern = tls.protocol_version() != Some(ProtocolVersion::TLSv1_2);
    match tls.handshake_kind() {
        Some(HandshakeKind::FullWithHelloRetryRequest) => 2,
        Some(HandshakeKind::Resumed) => 1,
        _ if modern => 1,
        _ => 2,
    }
}

fn version(version: ProtocolVersion) -> String {
    match version {
        ProtocolVersion::TLSv1_2 => "TLSv1.2".to_owned(),
        ProtocolVersion::TLSv1_3 => "TLSv1.3".to_owned(),
        other => format!("{other:?}"),
    }
}

impl Knocks {
    fn is_ours(&self, from: SocketAddr) -> bool {
        let mut expected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        expected
            .remove(&from)
            .is_some_and(|tell| tell.send(()).is_ok())
    }

    fn expect(&self, from: SocketAddr, tell: oneshot::Sender<()>) {
        let mut expected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        expected.insert(from, tell);
    }

    /// Comes in by the door at `addr`. Whoever stood there before is in then, because nobody jumps the queue.
    async fn knock(&self, addr: SocketAddr) -> std::io::Result<()> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let (tell, told) = oneshot::channel();
        let from = socket.local_addr()?;
        self.expect(from, tell);
        let _stream = socket.connect(addr).await?;
        told.await.map_err(std::io::Error::other)
    }
}

/// Waits until the log says of every client that came what became of its connection; for half a second at most.
pub(super) async fn settle(shared: &Shared, doors: &[SocketAddr]) {
    let settled = async {
        for door in doors {
            // A door that is gone has nobody standing at it.
            let _ = shared.knocks.knock(*door).await;
        }
        let mut greeting = shared.greeting.subscribe();
        let _ = greeting.wait_for(|n| *n == 0).await;
    };
    let _ = timeout(SETTLE, settled).await;
}

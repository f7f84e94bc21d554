//! Whatever arrives at a server, it answers or is silent, and goes on.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

use super::super::log::Transport;
use super::super::name_server::NameServer;
use super::*;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// A question to a name server.
const QUESTION: &[u8] = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03www\x05otter\x04test\0\0\x01\0\x01";

/// A question with some bytes of it changed: nearer to what a parser might stumble over than noise.
fn bent() -> impl Strategy<Value = Vec<u8>> {
    changed(QUESTION.to_vec())
}

/// Every port where somebody listens.
fn open_ports(net: &Internet) -> Vec<(String, SocketAddr)> {
    let closed = net.shared.plan.closed.to_string();
    let all = net.map.iter().filter(|(name, _)| !name.contains(&closed));
    all.map(|(name, addr)| (name.clone(), *addr)).collect()
}

/// Some bytes with a few of them changed, cut off, or with others behind them.
fn changed(bytes: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let length = bytes.len();
    let changes = prop::collection::vec((0..length, any::<u8>()), 0..6);
    let tail = prop::collection::vec(any::<u8>(), 0..40);
    (changes, 0..=length, tail).prop_map(move |(changes, end, tail)| {
        let mut bytes = bytes.clone();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        bytes.truncate(end);
        bytes.extend(tail);
        bytes
    })
}

#[test]
fn a_name_server_takes_any_bytes() {
    let (net, _client, _folder) = runtime().block_on(internet(50));
    let server = NameServer {
        shared: Arc::clone(&net.shared),
        zone: 1,
        number: 0,
        ip: net.roots()[0],
    };
    proptest!(ProptestConfig::with_cases(4_000), |(bytes in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..600), bent()
    ])| {
        if let Some(reply) = server.reply(&bytes, Transport::Udp) {
            // An answer carries the id of what it answers, and fits into a datagram.
            prop_assert_eq!(&reply[..2], &bytes[..2]);
            prop_assert!(reply.len() <= 65_535);
        }
    });
}

#[test]
fn claims_of_any_shape_are_read() {
    let (net, mut client, _folder) = runtime().block_on(internet(51));
    let _ = &mut client;
    proptest!(|(text in "[\\[\\]{}\",:a-z0-9]{0,80}")| {
        let report = serde_json::from_str(&text).unwrap_or(Json::String(text));
        let found = net.differences(&Claims::read(&report), 0, Instant::now());
        prop_assert!(!found.is_empty(), "nonsense is a difference");
    });
}

#[test]
fn garbage_at_every_door_leaves_it_open() {
    runtime().block_on(async {
        let (net, mut client, _folder) = internet(52).await;
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        for (name, addr) in open_ports(&net) {
            for garbage in [
                &b""[..],
                &b"\0"[..],
                &[0xff; 300][..],
                b"GET / HTTP/1.1\r\n\r\n",
            ] {
                if name.starts_with("udp") {
                    socket.send_to(garbage, addr).await.unwrap();
                } else {
                    let mut stream = TcpStream::connect(addr).await.unwrap();
                    let _ = stream.write_all(garbage).await;
                    let _ = stream.shutdown().await;
                    let mut answer = Vec::new();
                    let _ = stream.read_to_end(&mut answer).await;
                }
            }
        }
        let (report, _) = differences(&net, &mut client, &site(&net)).await;
        assert!(report.get("error").is_none(), "{report}");
    });
}

/// How many panics there were on this thread since, also in tasks whose end nobody looks at.
fn panics() -> Arc<AtomicUsize> {
    let (here, counted) = (std::thread::current().id(), Arc::new(AtomicUsize::new(0)));
    let (count, before) = (Arc::clone(&counted), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == here {
            count.fetch_add(1, Ordering::SeqCst);
        }
        before(info);
    }));
    counted
}

/// Sends bytes to a port, and waits until the other side has had enough; or until it waits for more.
async fn send(bytes: &[u8], to: SocketAddr) {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer);
    let _ = tokio::time::timeout(Duration::from_secs(1), end).await;
}

#[test]
fn any_bytes_on_any_connection_end_it_without_a_panic() {
    let (runtime, panics) = (runtime(), panics());
    let (net, mut client, _folder) = runtime.block_on(internet(53));
    let ports = |end: &str| -> Vec<SocketAddr> {
        let all = open_ports(&net).into_iter();
        let of = all.filter(|(name, _)| name.starts_with("tcp") && name.ends_with(end));
        of.map(|(_, addr)| addr).collect()
    };
    let (dns, http, tls) = (ports(":53"), ports(":80"), ports(":443"));
    let hello = client.hello(net.hosts()[0].1);
    assert!(hello.len() > 100 && hello[0] == 22, "a handshake");
    let framed = [&[0, 33], QUESTION].concat();
    let request =
        b"GET / HTTP/1.1\r\nHost: www.otter.test\r\nContent-Length: 4\r\n\r\nbody".to_vec();
    let case = prop_oneof![
        3 => (changed(hello), prop::sample::select(tls)),
        1 => (changed(framed), prop::sample::select(dns)),
        1 => (changed(request), prop::sample::select(http)),
    ];
    proptest!(ProptestConfig::with_cases(400), |((bytes, to) in case)| {
        runtime.block_on(send(&bytes, to));
        prop_assert_eq!(panics.load(Ordering::SeqCst), 0);
    });
    let (report, _) = runtime.block_on(differences(&net, &mut client, &site(&net)));
    assert!(report.get("error").is_none(), "{report}");
    drop(std::panic::take_hook());
}

//! Whatever arrives at a server, it answers or is silent, and goes on.

use std::sync::Arc;

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

/// A question with some bytes of it changed: nearer to what a parser might stumble over than noise.
fn bent() -> impl Strategy<Value = Vec<u8>> {
    let question =
        b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03www\x05otter\x04test\0\0\x01\0\x01".to_vec();
    let changes = prop::collection::vec((0..question.len(), any::<u8>()), 0..6);
    (
        changes,
        0..=question.len(),
        prop::collection::vec(any::<u8>(), 0..40),
    )
        .prop_map(move |(changes, end, tail)| {
            let mut bytes = question.clone();
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
        for (name, addr) in net.map.clone() {
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

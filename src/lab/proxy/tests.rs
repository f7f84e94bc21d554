//! Tests of the proxy: each fault, between a client and a server that are both real.

use super::*;

use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Long enough that a test which waits for it has failed.
const NEVER: Duration = Duration::from_hours(1);
/// Long enough for bytes on loopback to have come if nothing holds them.
const MOMENT: Duration = Duration::from_millis(60);

/// A proxy with a connection through it, both ends in hand.
struct Line {
    proxy: Proxy,
    recorder: Recorder,
    listener: TcpListener,
    client: TcpStream,
    server: TcpStream,
}

impl Line {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = listener.local_addr().unwrap();
        let recorder = Recorder::default();
        let proxy = Proxy::start("p", to, None, 1, &recorder).await.unwrap();
        let client = TcpStream::connect(proxy.addr()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        Self {
            proxy,
            recorder,
            listener,
            client,
            server,
        }
    }

    async fn inject(&self, fault: Fault, direction: Direction) -> Injected {
        self.proxy.inject(&[fault], direction).await
    }
}

async fn send(stream: &mut TcpStream, bytes: &[u8]) {
    stream.write_all(bytes).await.unwrap();
}

/// Reads exactly as many bytes as are expected.
async fn gets(stream: &mut TcpStream, expected: &[u8]) {
    let mut bytes = vec![0; expected.len()];
    stream.read_exact(&mut bytes).await.unwrap();
    assert!(bytes == expected, "other bytes came");
}

/// How the stream ended after which bytes.
async fn rest(stream: &mut TcpStream) -> (Vec<u8>, io::Result<()>) {
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).await;
    (bytes, end.map(|_| ()))
}

async fn is_reset(stream: &mut TcpStream) -> bool {
    let (_, end) = rest(stream).await;
    end.is_err_and(|e| e.kind() == io::ErrorKind::ConnectionReset)
}

async fn is_silent(stream: &mut TcpStream) -> bool {
    let mut byte = [0];
    timeout(MOMENT, stream.read(&mut byte)).await.is_err()
}

fn megabytes(n: usize) -> Vec<u8> {
    (0..n << 20)
        .map(|i| u8::try_from(i % 251).unwrap())
        .collect()
}

#[tokio::test]
async fn without_a_fault_it_is_a_wire_and_keeps_a_half_close() {
    let mut line = Line::new().await;
    let bytes = megabytes(3);
    let upload = async {
        line.client.write_all(&bytes).await.unwrap();
        line.client.shutdown().await.unwrap();
    };
    let ((), (received, end)) = tokio::join!(upload, rest(&mut line.server));
    assert!(end.is_ok() && received == bytes);
    // The client has ended its half, and the answer still comes.
    let download = async {
        line.server.write_all(&bytes).await.unwrap();
        line.server.shutdown().await.unwrap();
    };
    let ((), (received, end)) = tokio::join!(download, rest(&mut line.client));
    assert!(end.is_ok() && received == bytes);
}

#[tokio::test]
async fn a_reset_arrives_as_a_reset() {
    let mut line = Line::new().await;
    line.server.set_zero_linger().unwrap();
    drop(line.server);
    assert!(is_reset(&mut line.client).await);
}

#[tokio::test]
async fn where_nobody_listens_the_client_is_reset() {
    let line = Line::new().await;
    drop(line.listener);
    let mut late = TcpStream::connect(line.proxy.addr()).await.unwrap();
    assert!(is_reset(&mut late).await);
}

#[tokio::test]
async fn latency_delays_one_direction_and_is_never_short() {
    let mut line = Line::new().await;
    let (delay, jitter) = (Duration::from_millis(30), Duration::ZERO);
    let _fault = line
        .inject(Fault::Latency { delay, jitter }, Direction::Up)
        .await;
    for _ in 0..3 {
        let began = Instant::now();
        send(&mut line.client, b"ping").await;
        gets(&mut line.server, b"ping").await;
        assert!(began.elapsed() >= delay);
    }
    let _slow = line
        .inject(
            Fault::Latency {
                delay: NEVER,
                jitter,
            },
            Direction::Up,
        )
        .await;
    send(&mut line.server, b"pong").await;
    gets(&mut line.client, b"pong").await;
}

#[tokio::test]
async fn latency_leaves_the_throughput_as_it_was() {
    let mut line = Line::new().await;
    let (delay, jitter) = (Duration::from_millis(200), Duration::ZERO);
    let _fault = line
        .inject(Fault::Latency { delay, jitter }, Direction::Both)
        .await;
    let bytes = megabytes(16);
    let began = Instant::now();
    tokio::join!(
        send(&mut line.client, &bytes),
        gets(&mut line.server, &bytes)
    );
    // One buffer per delay would take more than 60 delays.
    assert!(began.elapsed() < delay * 30, "{:?}", began.elapsed());
}

#[tokio::test]
async fn lifting_a_latency_lets_go_what_is_on_its_way() {
    let mut line = Line::new().await;
    let (delay, jitter) = (NEVER, Duration::ZERO);
    let fault = line
        .inject(Fault::Latency { delay, jitter }, Direction::Up)
        .await;
    send(&mut line.client, b"one").await;
    line.client.shutdown().await.unwrap();
    assert!(is_silent(&mut line.server).await);
    drop(fault);
    let (bytes, end) = rest(&mut line.server).await;
    assert!(end.is_ok() && bytes == b"one");
}

#[tokio::test]
async fn jitter_keeps_bytes_in_order() {
    let mut line = Line::new().await;
    let delay = Duration::from_millis(2);
    let jitter = delay;
    let _fault = line
        .inject(Fault::Latency { delay, jitter }, Direction::Up)
        .await;
    let bytes: Vec<u8> = (0..100).collect();
    let sending = async {
        for byte in &bytes {
            line.client.write_all(&[*byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(sending, gets(&mut line.server, &bytes));
}

#[test]
fn the_same_seed_jitters_alike() {
    use rand::RngExt as _;
    let draw =
        |seed, connection, way| -> u64 { Switch::new(seed).generator(connection, way).random() };
    assert_eq!(draw(1, 1, Direction::Up), draw(1, 1, Direction::Up));
    assert_ne!(draw(1, 1, Direction::Up), draw(1, 1, Direction::Down));
    assert_ne!(draw(1, 1, Direction::Up), draw(1, 2, Direction::Up));
    assert_ne!(draw(1, 1, Direction::Up), draw(2, 1, Direction::Up));
}

#[tokio::test]
async fn bandwidth_is_never_exceeded_and_holds_the_sender_back() {
    let mut line = Line::new().await;
    let _fault = line
        .inject(Fault::Bandwidth(1_000_000), Direction::Up)
        .await;
    let bytes = vec![7; 200_000];
    let began = Instant::now();
    tokio::join!(
        send(&mut line.client, &bytes),
        gets(&mut line.server, &bytes)
    );
    assert!(began.elapsed() >= Duration::from_millis(200));
    let _slower = line.inject(Fault::Bandwidth(1), Direction::Up).await;
    let endless = async {
        loop {
            line.client.write_all(&bytes).await.unwrap();
        }
    };
    assert!(timeout(MOMENT * 5, endless).await.is_err());
}

#[tokio::test]
async fn slices_arrive_one_by_one() {
    let mut line = Line::new().await;
    let fault = line
        .inject(
            Fault::Slices {
                size: 4,
                pause: NEVER,
            },
            Direction::Up,
        )
        .await;
    send(&mut line.client, b"12345678").await;
    let mut some = [0; 16];
    assert_eq!(line.server.read(&mut some).await.unwrap(), 4);
    assert!(is_silent(&mut line.server).await);
    drop(fault);
    gets(&mut line.server, b"5678").await;
}

#[tokio::test]
async fn a_cut_resets_both_sides_at_once_and_new_connections_until_it_is_lifted() {
    let mut line = Line::new().await;
    let fault = line.inject(Fault::Cut { after: 0 }, Direction::Down).await;
    assert_eq!(line.proxy.open(), 0);
    assert!(is_reset(&mut line.client).await);
    assert!(is_reset(&mut line.server).await);
    let mut late = TcpStream::connect(line.proxy.addr()).await.unwrap();
    assert!(is_reset(&mut late).await);
    drop(fault);
    line.proxy.settle().await;
    let mut later = TcpStream::connect(line.proxy.addr()).await.unwrap();
    send(&mut later, b"hello").await;
    // The connection that was cut at once may or may not be in the backlog, before this one.
    let mut heard = Vec::new();
    while heard != b"hello" {
        let (mut server, _) = line.listener.accept().await.unwrap();
        heard = vec![0; 5];
        let _ = server.read_exact(&mut heard).await;
    }
}

#[tokio::test]
async fn a_cut_also_reaches_a_connection_of_which_one_half_has_ended() {
    let mut line = Line::new().await;
    line.client.shutdown().await.unwrap();
    assert_eq!(rest(&mut line.server).await.0, b"");
    let _fault = line.inject(Fault::Cut { after: 0 }, Direction::Up).await;
    assert!(is_reset(&mut line.client).await);
}

#[tokio::test]
async fn a_cut_after_some_bytes_lets_exactly_those_pass() {
    let mut line = Line::new().await;
    send(&mut line.client, b"before").await;
    gets(&mut line.server, b"before").await;
    let _fault = line.inject(Fault::Cut { after: 1024 }, Direction::Up).await;
    send(&mut line.client, &[1; 1000]).await;
    gets(&mut line.server, &[1; 1000]).await;
    send(&mut line.client, &[2; 1000]).await;
    let mut last = Vec::new();
    let end = line.server.read_to_end(&mut last).await;
    assert_eq!(last, [2; 24]);
    assert_eq!(end.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    assert!(is_reset(&mut line.client).await);
}

#[tokio::test]
async fn a_limit_closes_in_order_after_exactly_that_much() {
    let mut line = Line::new().await;
    let _fault = line
        .inject(Fault::Limit { after: 1024 }, Direction::Down)
        .await;
    send(&mut line.server, &[1; 4000]).await;
    let (bytes, end) = rest(&mut line.client).await;
    assert!(end.is_ok() && bytes == [1; 1024]);
    let (bytes, end) = rest(&mut line.server).await;
    assert!(end.is_ok() && bytes.is_empty());
}

#[tokio::test]
async fn a_black_hole_swallows_nothing_for_good() {
    let mut line = Line::new().await;
    let fault = line.inject(Fault::BlackHole, Direction::Up).await;
    send(&mut line.client, b"lost?").await;
    line.client.shutdown().await.unwrap();
    assert!(is_silent(&mut line.server).await);
    send(&mut line.server, b"the other way").await;
    gets(&mut line.client, b"the other way").await;
    drop(fault);
    let (bytes, end) = rest(&mut line.server).await;
    assert!(end.is_ok() && bytes == b"lost?");
}

#[tokio::test]
async fn a_timeout_passes_nothing_and_then_closes() {
    let mut line = Line::new().await;
    let after = Duration::from_millis(20);
    let _fault = line.inject(Fault::Timeout(after), Direction::Down).await;
    let began = Instant::now();
    send(&mut line.server, b"lost").await;
    let (bytes, end) = rest(&mut line.client).await;
    assert!(end.is_ok() && bytes.is_empty());
    assert!(began.elapsed() < NEVER);
}

#[tokio::test]
async fn a_half_close_ends_one_direction_and_stays_when_it_is_lifted() {
    let mut line = Line::new().await;
    let fault = line.inject(Fault::HalfClose, Direction::Down).await;
    let (bytes, end) = rest(&mut line.client).await;
    assert!(end.is_ok() && bytes.is_empty());
    drop(fault);
    send(&mut line.server, b"nobody hears").await;
    send(&mut line.client, b"still open").await;
    gets(&mut line.server, b"still open").await;
}

#[tokio::test]
async fn a_slow_close_delays_the_end_and_not_the_bytes() {
    let mut line = Line::new().await;
    let fault = line.inject(Fault::SlowClose(NEVER), Direction::Down).await;
    send(&mut line.server, b"bye").await;
    line.server.shutdown().await.unwrap();
    gets(&mut line.client, b"bye").await;
    assert!(is_silent(&mut line.client).await);
    drop(fault);
    let (bytes, end) = rest(&mut line.client).await;
    assert!(end.is_ok() && bytes.is_empty());
}

#[tokio::test]
async fn who_refuses_keeps_the_port_and_what_is_open() {
    let mut line = Line::new().await;
    let addr = line.proxy.addr();
    for _ in 0..10 {
        let fault = line.inject(Fault::Refuse, Direction::Both).await;
        let refused = TcpStream::connect(addr).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        send(&mut line.client, b"still here").await;
        gets(&mut line.server, b"still here").await;
        drop(fault);
        line.proxy.settle().await;
        TcpStream::connect(addr).await.unwrap();
    }
}

#[tokio::test]
async fn the_later_fault_of_a_kind_counts_until_it_is_lifted() {
    let mut line = Line::new().await;
    let _slow = line.inject(Fault::SlowClose(NEVER), Direction::Both).await;
    let faults = [
        Fault::SlowClose(Duration::ZERO),
        Fault::Bandwidth(10_000_000),
    ];
    let quick = line.proxy.inject(&faults, Direction::Up).await;
    drop(quick);
    line.client.shutdown().await.unwrap();
    assert!(is_silent(&mut line.server).await);
    let _quick = line.proxy.inject(&faults, Direction::Up).await;
    assert_eq!(rest(&mut line.server).await.0, b"");
}

#[tokio::test]
async fn the_timeline_tells_when_faults_come_and_go() {
    let line = Line::new().await;
    let faults = [
        Fault::Latency {
            delay: Duration::from_millis(50),
            jitter: Duration::from_millis(10),
        },
        Fault::Bandwidth(100_000),
    ];
    drop(line.proxy.inject(&faults, Direction::Up).await);
    let note = |label: &str| What::Note {
        on: "p".into(),
        label: label.into(),
    };
    let what: Vec<_> = line.recorder.since(0).into_iter().map(|e| e.what).collect();
    let words = "latency 50ms ± 10ms, 100000 bytes/s (up)";
    assert_eq!(what, [note(words), note(&format!("lifted: {words}"))]);
}

#[tokio::test]
async fn a_dropped_proxy_leaves_nothing_open() {
    let mut line = Line::new().await;
    let addr = line.proxy.addr();
    drop(line.proxy);
    let (bytes, _) = rest(&mut line.client).await;
    assert!(bytes.is_empty());
    let (bytes, _) = rest(&mut line.server).await;
    assert!(bytes.is_empty());
    assert!(TcpStream::connect(addr).await.is_err());
}

//! Facts about loads, with real servers on loopback.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::figures::Book;
use super::*;

fn get(target: SocketAddr, path: &str) -> Pattern {
    Pattern {
        weight: 1,
        target,
        method: "GET".to_owned(),
        path: vec![Piece::Plain(path.to_owned())],
        headers: Vec::new(),
        body: Vec::new(),
    }
}

fn load(target: SocketAddr) -> Load {
    Load {
        arrivals: Arrivals::Open(200),
        connections: 16,
        warmup: Duration::ZERO,
        lasting: Duration::from_millis(500),
        count: None,
        timeout: Duration::from_secs(5),
        mix: vec![get(target, "/")],
        seed: 7,
    }
}

/// A server that answers each request as `answer` says, given the number of the request and of its connection.
fn server<F>(answer: F) -> SocketAddr
where
    F: Fn(u64, u64) -> Vec<u8> + Send + Sync + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let (answer, requests) = (Arc::new(answer), Arc::new(AtomicU64::new(0)));
    std::thread::spawn(move || {
        for (connection, stream) in (0..).zip(listener.incoming()) {
            let (answer, requests) = (Arc::clone(&answer), Arc::clone(&requests));
            std::thread::spawn(move || {
                serve(&stream.unwrap(), &|| {
                    answer(requests.fetch_add(1, Ordering::SeqCst), connection)
                });
            });
        }
    });
    addr
}

/// Answers requests without a body until the client or an empty answer ends it.
fn serve(stream: &TcpStream, answer: &dyn Fn() -> Vec<u8>) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    loop {
        line.clear();
        match reader.read_line(&mut line) {
            Ok(n) if n > 2 => {}
            Ok(2) => {
                let bytes = answer();
                let closes =
                    bytes.is_empty() || bytes.windows(17).any(|w| w == b"connection: close");
                if (&*stream).write_all(&bytes).is_err() || closes {
                    return;
                }
            }
            _ => return,
        }
    }
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn an_open_load_sends_as_many_as_are_due_and_no_more() {
    let null = Null::start().unwrap();
    let figures = run(load(null.addr())).await.unwrap();
    assert_eq!((figures.due, figures.sent), (100, 100));
    assert_eq!(figures.statuses.get(&200), Some(&100));
    assert_eq!(figures.failed(), 0);
    assert_eq!(figures.latency.count, 100);
}

#[tokio::test]
async fn what_is_sent_while_warming_up_is_not_counted() {
    let seen = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&seen);
    let target = server(move |_, _| {
        counter.fetch_add(1, Ordering::SeqCst);
        OK.to_vec()
    });
    let figures = run(Load {
        warmup: Duration::from_millis(250),
        ..load(target)
    })
    .await
    .unwrap();
    assert_eq!(figures.due, 100);
    assert_eq!(seen.load(Ordering::SeqCst), 150);
}

/// The truth is the server's own: when it gave its answers, beside when the requests were due. However busy the
/// machine is, both see the same delays.
#[tokio::test]
async fn a_stall_is_seen_by_every_request_that_was_due_in_it() {
    let answered = Arc::new(std::sync::Mutex::new(Vec::new()));
    let answers = Arc::clone(&answered);
    let target = server(move |_, _| {
        let mut answers = answers.lock().unwrap();
        if answers.len() == 200 {
            // All others wait behind the lock that this one holds.
            std::thread::sleep(Duration::from_millis(300));
        }
        answers.push(Instant::now());
        OK.to_vec()
    });
    let open = Load {
        arrivals: Arrivals::Open(500),
        // A client that waits for its answers would have four requests in it, too few to be seen in a p99.
        connections: 4,
        lasting: Duration::from_secs(3),
        ..load(target)
    };
    let figures = run(open).await.unwrap();
    let answers = answered.lock().unwrap();
    let began = answers[0];
    let since_due = answers.iter().zip(0_u32..).map(|(at, index)| {
        let due = Duration::from_millis(2) * index;
        // The first request may have been late itself, so another one may be earlier than due.
        (*at + Duration::from_secs(1)) - (began + due)
    });
    let mut since_due: Vec<Duration> = since_due.collect();
    since_due.sort();
    let p99 = since_due[since_due.len() * 99 / 100];
    let truth = p99.saturating_sub(since_due[0]);
    assert!(truth >= Duration::from_millis(260), "{truth:?}");
    let ratio = figures.latency.p99.as_secs_f64() / truth.as_secs_f64();
    assert!(ratio > 0.98, "p99 is {ratio} of the truth: {figures:?}");
    assert!(
        figures.limit.is_some() || ratio < 1.1,
        "p99 is {ratio} of the truth: {figures:?}"
    );
}

#[tokio::test]
async fn a_closed_load_has_one_request_in_flight_per_connection() {
    let in_flight = Arc::new((AtomicU64::new(0), AtomicU64::new(0)));
    let seen = Arc::clone(&in_flight);
    let target = server(move |_, _| {
        let now = seen.0.fetch_add(1, Ordering::SeqCst) + 1;
        seen.1.fetch_max(now, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(20));
        seen.0.fetch_sub(1, Ordering::SeqCst);
        OK.to_vec()
    });
    let closed = Load {
        arrivals: Arrivals::Closed,
        connections: 4,
        ..load(target)
    };
    let figures = run(closed).await.unwrap();
    assert_eq!(in_flight.1.load(Ordering::SeqCst), 4);
    // Four clients, 20 ms each: 200 per second and not more.
    assert!(figures.rate <= 200.0, "{}", figures.rate);
    assert!(figures.latency.min >= Duration::from_millis(20));
}

#[tokio::test]
async fn a_count_ends_a_load() {
    let null = Null::start().unwrap();
    let counted = Load {
        arrivals: Arrivals::Closed,
        count: Some(333),
        lasting: Duration::from_mins(1),
        ..load(null.addr())
    };
    assert_eq!(run(counted).await.unwrap().sent, 333);
}

#[tokio::test]
async fn requests_that_could_not_be_sent_are_counted_and_wait_on() {
    let target = server(|_, _| {
        std::thread::sleep(Duration::from_mins(1));
        OK.to_vec()
    });
    let stuck = Load {
        connections: 2,
        timeout: Duration::from_millis(400),
        ..load(target)
    };
    let figures = run(stuck).await.unwrap();
    let unsent = figures.faults.get(&Fault::Unsent).copied().unwrap_or(0);
    assert_eq!(figures.due, 100);
    assert_eq!(figures.sent + unsent, 100);
    assert!(unsent > 80, "{figures:?}");
    assert_eq!(figures.failed(), 100);
    assert!(
        figures.latency.p50 > Duration::from_millis(300),
        "{:?}",
        figures.latency
    );
}

#[tokio::test]
async fn every_way_to_fail_has_its_count() {
    // Nobody listens on it, and nobody else can take it meanwhile.
    let held = tokio::net::TcpSocket::new_v4().unwrap();
    held.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let refused = held.local_addr().unwrap();
    let none = server(|_, _| Vec::new());
    let cut = server(|_, _| {
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\nok".to_vec()
    });
    let odd = server(|_, _| b"hello\r\n".to_vec());
    for (target, fault) in [
        (refused, Fault::Refused),
        (none, Fault::Closed),
        (cut, Fault::Cut),
        (odd, Fault::NotHttp),
    ] {
        let figures = run(load(target)).await.unwrap();
        let all: Vec<_> = figures.faults.into_iter().collect();
        assert_eq!(all, [(fault, 100)]);
        assert_eq!(figures.rate.to_bits(), 0.0_f64.to_bits());
    }
}

#[tokio::test]
async fn bodies_of_every_form_are_read_to_their_end() {
    let forms: [&[u8]; 5] = [
        OK,
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-sum: 1\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nconnection: close\r\n\r\nuntil the end",
    ];
    let target = server(move |number, _| forms[usize::try_from(number).unwrap() % 5].to_vec());
    let figures = run(Load {
        connections: 3,
        ..load(target)
    })
    .await
    .unwrap();
    assert_eq!(figures.failed(), 0, "{figures:?}");
    assert_eq!(
        figures.statuses.into_iter().collect::<Vec<_>>(),
        [(200, 80), (204, 20)]
    );
}

/// An answer that comes in many pieces, with chunks longer than what is read at once.
#[tokio::test]
async fn a_long_chunked_answer_is_read_whole() {
    let mut answer = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..3 {
        answer.extend(b"186a0\r\n");
        answer.extend(vec![b'x'; 100_000]);
        answer.extend(b"\r\n");
    }
    answer.extend(b"0\r\n\r\n");
    let connections = Arc::new(AtomicU64::new(0));
    let most = Arc::clone(&connections);
    let target = server(move |_, connection| {
        most.fetch_max(connection + 1, Ordering::SeqCst);
        answer.clone()
    });
    let figures = run(Load {
        connections: 1,
        arrivals: Arrivals::Open(50),
        ..load(target)
    })
    .await
    .unwrap();
    assert_eq!((figures.failed(), figures.sent), (0, 25));
    assert_eq!(
        connections.load(Ordering::SeqCst),
        1,
        "the connection was kept"
    );
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_no_failure() {
    // Closes after every answer, without a word in it.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut byte = [0; 1024];
            if stream.read(&mut byte).is_ok_and(|n| n > 0) {
                let _ = stream.write_all(OK);
            }
        }
    });
    let figures = run(Load {
        connections: 2,
        ..load(target)
    })
    .await
    .unwrap();
    assert_eq!((figures.failed(), figures.sent), (0, 100), "{figures:?}");
}

#[tokio::test]
async fn answers_are_counted_by_the_instance_that_a_balancer_names() {
    let target = server(|number, _| {
        let name = if number % 4 == 0 { "b" } else { "a" };
        format!("HTTP/1.1 200 OK\r\nCourse-Served-By: {name}\r\ncontent-length: 0\r\n\r\n")
            .into_bytes()
    });
    let figures = run(load(target)).await.unwrap();
    let servers: Vec<_> = figures.servers.into_iter().collect();
    assert_eq!(servers, [("a".to_owned(), 75), ("b".to_owned(), 25)]);
}

#[tokio::test]
async fn a_dropped_load_ends() {
    let seen = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&seen);
    let target = server(move |_, _| {
        counter.fetch_add(1, Ordering::SeqCst);
        OK.to_vec()
    });
    let endless = Load {
        lasting: Duration::from_mins(10),
        ..load(target)
    };
    let running = tokio::time::timeout(Duration::from_millis(300), run(endless)).await;
    assert!(running.is_err());
    // The thread hears of it at once; only then does the count stand still.
    let mut before = u64::MAX;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = seen.load(Ordering::SeqCst);
        if now == before {
            return;
        }
        before = now;
    }
    panic!("requests go on");
}

#[test]
fn a_load_that_took_the_whole_processor_says_so() {
    let mut book = Book::new();
    book.late(Duration::from_micros(10));
    let figures = |busy| book.figures(Arrivals::Closed, 1, Duration::from_secs(1), Some(busy));
    assert_eq!(figures(0.5).limit, None);
    assert_eq!(figures(0.97).limit, Some(Limit::Busy(0.97)));
}

#[test]
fn lateness_limits_only_where_it_is_a_good_part_of_the_latency() {
    let limit = |late: u64, took: u64| {
        let mut book = Book::new();
        for _ in 0..100 {
            book.late(Duration::from_millis(late));
            book.ended(figures::Ending {
                result: Ok(200),
                took: Duration::from_millis(took),
                within: true,
                server: b"",
            });
        }
        book.figures(Arrivals::Open(100), 1, Duration::from_secs(1), None)
            .limit
    };
    assert_eq!(limit(8, 200), None);
    assert!(matches!(limit(80, 200), Some(Limit::Late { .. })));
}

//! Instances that are ill: left out, retried elsewhere, taken back.

use std::sync::atomic::AtomicBool;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

/// What a moody server does.
#[derive(Default)]
struct Mood {
    /// Whether `/readyz` answers 200.
    ready: AtomicBool,
    /// Whether other requests get an answer, or the connection closed.
    answers: AtomicBool,
    /// How many other requests came.
    asked: AtomicUsize,
}

/// Starts a server that takes one request per connection and answers as its mood has it: its name, and the body.
async fn moody(name: &str) -> (Target, Arc<Mood>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target {
        name: name.to_owned(),
        addr: listener.local_addr().unwrap(),
    };
    let (mood, name) = (Arc::new(Mood::default()), name.to_owned());
    let shared = Arc::clone(&mood);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = String::new();
            while !request.contains("\r\n\r\n") {
                let mut bytes = [0; 4096];
                let read = stream.read(&mut bytes).await.unwrap_or(0);
                request.push_str(&String::from_utf8_lossy(&bytes[..read]));
                if read == 0 {
                    break;
                }
            }
            let ready = shared.ready.load(Ordering::Relaxed);
            let status = if request.starts_with("GET /readyz") {
                if ready { "200 OK" } else { "503 Not Yet" }
            } else {
                shared.asked.fetch_add(1, Ordering::Relaxed);
                if !shared.answers.load(Ordering::Relaxed) {
                    continue;
                }
                "200 OK"
            };
            let answer = format!(
                "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{name}",
                name.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (target, mood)
}

async fn watched(targets: Vec<Target>, health: Health) -> (Balancer, Recorder) {
    let recorder = Recorder::default();
    let mut balancer = Balancer::start("lb", targets, Policy::RoundRobin, None, &recorder)
        .await
        .unwrap();
    balancer.set_health(Some(health));
    (balancer, recorder)
}

fn notes(recorder: &Recorder) -> Vec<String> {
    let events = recorder.since(0).into_iter();
    events
        .filter_map(|event| match event.what {
            What::Note { label, .. } => Some(label),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn who_gives_no_answer_is_ejected_and_comes_back_when_it_is_ready() {
    let ((a, mood), b) = (moody("a").await, Server::start("b").await);
    let health = Health {
        path: "/readyz".into(),
        always: false,
        eject_after: Some(3),
        last_resort: LastResort::Nobody,
    };
    let (balancer, recorder) = watched(vec![a, b.target.clone()], health).await;
    let client = client();
    for _ in 0..20 {
        assert_eq!(served_by(&client, &balancer).await, "b");
    }
    assert_eq!(mood.asked.load(Ordering::Relaxed), 3);
    assert_eq!(notes(&recorder), ["ejects a: it does not answer"]);
    mood.answers.store(true, Ordering::Relaxed);
    mood.ready.store(true, Ordering::Relaxed);
    while served_by(&client, &balancer).await != "a" {
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(notes(&recorder)[1..], ["a is back in service"]);
}

#[tokio::test]
async fn failures_with_answers_in_between_are_not_in_a_row() {
    let (a, mood) = moody("a").await;
    let health = Health {
        path: "/readyz".into(),
        always: false,
        eject_after: Some(2),
        last_resort: LastResort::Nobody,
    };
    let (balancer, recorder) = watched(vec![a], health).await;
    let client = client();
    for round in 0..6 {
        mood.answers.store(round % 2 == 1, Ordering::Relaxed);
        let answer = client.get(balancer.base_url()).send().await.unwrap();
        assert_eq!(answer.status(), if round % 2 == 1 { 200 } else { 502 });
    }
    assert!(notes(&recorder).is_empty());
}

#[tokio::test]
async fn who_is_not_ready_is_left_out_until_it_is() {
    let ((a, mood), b) = (moody("a").await, Server::start("b").await);
    mood.answers.store(true, Ordering::Relaxed);
    let health = Health {
        path: "/readyz".into(),
        always: true,
        eject_after: None,
        last_resort: LastResort::Nobody,
    };
    let (balancer, recorder) = watched(vec![a, b.target.clone()], health).await;
    let out = || !balancer.roster.find("a").unwrap().in_service();
    while !out() {
        sleep(Duration::from_millis(1)).await;
    }
    let client = client();
    for _ in 0..6 {
        assert_eq!(served_by(&client, &balancer).await, "b");
    }
    mood.ready.store(true, Ordering::Relaxed);
    while out() {
        sleep(Duration::from_millis(1)).await;
    }
    let both = [
        served_by(&client, &balancer).await,
        served_by(&client, &balancer).await,
    ];
    assert!(both.contains(&"a".to_owned()));
    let notes = notes(&recorder);
    assert_eq!(notes, ["leaves a out: not ready", "a is back in service"]);
}

/// Whether a request is answered by the only instance after it was left out for its silence, and then it speaks.
async fn silent_and_alone(last_resort: LastResort) -> u16 {
    // The kernel takes connections, and nobody answers them yet.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mute = Target {
        name: "mute".into(),
        addr: listener.local_addr().unwrap(),
    };
    let health = Health {
        path: "/readyz".into(),
        always: true,
        eject_after: None,
        last_resort,
    };
    let (balancer, recorder) = watched(vec![mute], health).await;
    while notes(&recorder).is_empty() {
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(notes(&recorder), ["leaves mute out: silent"]);
    let (client, url) = (client(), balancer.base_url());
    let asked = tokio::spawn(async move { client.get(url).send().await.unwrap().status() });
    listener.set_nonblocking(true).unwrap();
    let listener = TcpListener::from_std(listener).unwrap();
    let speaking = tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let read = stream.read(&mut request).await.unwrap_or(0);
            // What its health is asked for, it never answers.
            if !request[..read].starts_with(b"GET /readyz") {
                let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                let _ = stream.write_all(answer.as_bytes()).await;
            }
            kept.push(stream);
        }
    });
    let status = asked.await.unwrap();
    speaking.abort();
    status.as_u16()
}

#[tokio::test]
async fn who_is_only_silent_is_asked_when_there_is_nobody_else_and_that_is_wanted() {
    assert_eq!(silent_and_alone(LastResort::Silent).await, 200);
    assert_eq!(silent_and_alone(LastResort::Nobody).await, 503);
}

#[tokio::test]
async fn what_may_be_done_twice_is_sent_to_another_with_its_body() {
    let ((a, mood), b) = (moody("a").await, Server::start("b").await);
    let targets = vec![a, b.target.clone()];
    let balancer = Balancer::start("lb", targets, Policy::RoundRobin, None, &Recorder::off())
        .await
        .unwrap();
    let (client, url) = (client(), format!("{}/echo", balancer.base_url()));
    for _ in 0..4 {
        let answer = client.put(&url).body("expected").send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "expected");
    }
    assert!(mood.asked.load(Ordering::Relaxed) > 0);
    let mut refused = 0;
    for _ in 0..4 {
        let answer = client.post(&url).body("once").send().await.unwrap();
        refused += usize::from(answer.status() == 502);
    }
    assert_eq!(refused, 2, "a POST was sent twice, or never to `a`");
}

#[tokio::test]
async fn coming_and_going_under_traffic_fails_no_request() {
    let (a, b) = (Server::start("a").await, Server::start("b").await);
    let balancer = Arc::new(balance(&[&a, &b], Policy::RoundRobin).await);
    let client = client();
    let mut traffic = JoinSet::new();
    for _ in 0..8 {
        let (client, url) = (client.clone(), format!("{}/echo", balancer.base_url()));
        traffic.spawn(async move {
            for _ in 0..60 {
                let answer = client.post(&url).body("x").send().await.unwrap();
                assert_eq!(answer.status(), 200);
                assert_eq!(answer.text().await.unwrap(), "x");
            }
        });
    }
    for turn in 0.. {
        if turn % 2 == 0 {
            assert_eq!(balancer.remove("a"), Listed::Yes);
        } else {
            assert_eq!(balancer.drain("a"), Listed::Yes);
        }
        sleep(Duration::from_millis(1)).await;
        balancer.add(a.target.clone());
        sleep(Duration::from_millis(1)).await;
        while let Some(ended) = traffic.try_join_next() {
            ended.unwrap();
        }
        if traffic.is_empty() {
            break;
        }
    }
    let served = balancer.served();
    assert!(served["a"] > 0 && served["b"] > 0, "{served:?}");
    assert_eq!(served["a"] + served["b"], 480);
}

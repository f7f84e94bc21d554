//! Facts about the balancer, with real servers and clients on loopback.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use tokio::sync::Semaphore;

use self::pieces::Instructed;
use super::*;
use crate::lab::timeline::What;

mod health;

/// Bodies that a test lets through piece by piece.
mod pieces {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::body::{Body, Bytes, Frame};
    use tokio::sync::mpsc;

    /// Sends the pieces it is handed, and ends when no more can come.
    pub(super) struct Instructed(pub(super) mpsc::UnboundedReceiver<Bytes>);

    impl Body for Instructed {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            self.0
                .poll_recv(context)
                .map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
        }
    }
}

/// What the servers of one test share.
struct Shared {
    /// `GET /wait` answers when it gets a permit.
    gate: Semaphore,
    waiting: AtomicUsize,
    connections: AtomicUsize,
}

/// A small server: `/` tells its name, `/echo` returns the body, `/head` what it was sent, `/wait` waits at the gate,
/// `/stream` sends `first` at once and `last` when it gets a permit.
struct Server {
    target: Target,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Server {
    async fn start(name: &str) -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self::start_on(name, any).await
    }

    async fn start_on(name: &str, addr: SocketAddr) -> Self {
        let listener = TcpListener::bind(addr).await.unwrap();
        let shared = Arc::new(Shared {
            gate: Semaphore::new(0),
            waiting: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
        });
        let target = Target {
            name: name.to_owned(),
            addr: listener.local_addr().unwrap(),
        };
        let task = tokio::spawn(listen(listener, name.to_owned(), Arc::clone(&shared)));
        Self {
            target,
            shared,
            task,
        }
    }

    async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    async fn until_waiting(&self, n: usize) {
        while self.shared.waiting.load(Ordering::Relaxed) < n {
            sleep(Duration::from_millis(1)).await;
        }
    }
}

async fn listen(listener: TcpListener, name: String, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        shared.connections.fetch_add(1, Ordering::Relaxed);
        let (name, shared) = (name.clone(), Arc::clone(&shared));
        connections.spawn(async move {
            let service = service_fn(move |request| {
                let (name, shared) = (name.clone(), Arc::clone(&shared));
                async move { Ok::<_, Infallible>(answer(request, name, shared).await) }
            });
            let io = TokioIo::new(stream);
            let _ = http1::Builder::new().serve_connection(io, service).await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    name: String,
    shared: Arc<Shared>,
) -> Response<Instructed> {
    let (pieces, body) = tokio::sync::mpsc::unbounded_channel();
    let say = |text: String| pieces.send(Bytes::from(text)).unwrap();
    match request.uri().path() {
        "/echo" => {
            use http_body_util::BodyExt as _;
            let all = request.into_body().collect().await.unwrap();
            pieces.send(all.to_bytes()).unwrap();
        }
        "/head" => say(format!("{:?}", request.headers())),
        "/wait" => {
            shared.waiting.fetch_add(1, Ordering::Relaxed);
            shared.gate.acquire().await.unwrap().forget();
            shared.waiting.fetch_sub(1, Ordering::Relaxed);
            say(name);
        }
        "/stream" => {
            say("first".into());
            tokio::spawn(async move {
                shared.gate.acquire().await.unwrap().forget();
                let _ = pieces.send(Bytes::from_static(b"last"));
            });
        }
        _ => say(name),
    }
    let mut response = Response::new(Instructed(body));
    let headers = response.headers_mut();
    headers.insert("course-served-by", "a liar".parse().unwrap());
    response
}

async fn balance(servers: &[&Server], policy: Policy) -> Balancer {
    let targets = servers.iter().map(|server| server.target.clone()).collect();
    Balancer::start("lb", targets, policy, None, &Recorder::default())
        .await
        .unwrap()
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn text(client: &reqwest::Client, url: &str) -> String {
    let answer = client.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

async fn served_by(client: &reqwest::Client, balancer: &Balancer) -> String {
    text(client, &balancer.base_url()).await
}

#[tokio::test]
async fn round_robin_counts_exactly() {
    let (a, b, c) = (
        Server::start("a").await,
        Server::start("b").await,
        Server::start("c").await,
    );
    let balancer = balance(&[&a, &b, &c], Policy::RoundRobin).await;
    let client = client();
    let mut requests = JoinSet::new();
    for _ in 0..60 {
        let (client, url) = (client.clone(), balancer.base_url());
        requests.spawn(async move { text(&client, &url).await });
    }
    requests.join_all().await;
    let served: Vec<_> = balancer.served().into_values().collect();
    assert_eq!(served, [20, 20, 20]);
}

#[tokio::test]
async fn the_answer_says_who_gave_it_whatever_the_server_claims() {
    let a = Server::start("a").await;
    let balancer = balance(&[&a], Policy::RoundRobin).await;
    let answer = client().get(balancer.base_url()).send().await.unwrap();
    let names: Vec<_> = answer
        .headers()
        .get_all("course-served-by")
        .iter()
        .collect();
    assert_eq!(names, ["a"]);
    assert_eq!(answer.headers()["via"], "1.1 course");
}

#[tokio::test]
async fn the_server_learns_the_client_and_nothing_of_its_connection() {
    let a = Server::start("a").await;
    let balancer = balance(&[&a], Policy::RoundRobin).await;
    let url = format!("{}/head", balancer.base_url());
    let request = client()
        .get(url)
        .header("connection", "x-hop")
        .header("x-hop", "1");
    let head = request.send().await.unwrap().text().await.unwrap();
    assert!(
        head.contains("\"x-forwarded-for\": \"127.0.0.1\""),
        "{head}"
    );
    assert!(head.contains("\"via\": \"1.1 course\""), "{head}");
    assert!(!head.contains("x-hop"), "{head}");
}

#[tokio::test]
async fn sticky_keeps_a_client_by_cookie() {
    let (a, b) = (Server::start("a").await, Server::start("b").await);
    let balancer = balance(&[&a, &b], Policy::Sticky).await;
    let client = client();
    for _ in 0..2 {
        let first = client.get(balancer.base_url()).send().await.unwrap();
        let cookie = first.headers()["set-cookie"].to_str().unwrap();
        let pair = cookie.split(';').next().unwrap().to_owned();
        let name = first.text().await.unwrap();
        assert_eq!(pair, format!("course_lb={name}"));
        for _ in 0..6 {
            let request = client.get(balancer.base_url()).header("cookie", &pair);
            let again = request.send().await.unwrap();
            assert!(!again.headers().contains_key("set-cookie"));
            assert_eq!(again.text().await.unwrap(), name);
        }
    }
    assert_eq!(balancer.served().into_values().min(), Some(7));
}

#[tokio::test]
async fn sticky_keeps_a_client_by_authorization_without_cookies() {
    let (a, b) = (Server::start("a").await, Server::start("b").await);
    let balancer = balance(&[&a, &b], Policy::Sticky).await;
    let client = client();
    let mut all = BTreeSet::new();
    for user in 0..24 {
        let mut names = BTreeSet::new();
        for _ in 0..3 {
            let request = client.get(balancer.base_url()).bearer_auth(user);
            names.insert(request.send().await.unwrap().text().await.unwrap());
        }
        assert_eq!(names.len(), 1);
        all.extend(names);
    }
    assert_eq!(all.len(), 2, "every user went to one instance");
}

#[tokio::test]
async fn least_connections_avoids_the_busy_one() {
    let (a, b) = (Server::start("a").await, Server::start("b").await);
    let balancer = balance(&[&a, &b], Policy::LeastConnections).await;
    let client = client();
    let url = format!("{}/wait", balancer.base_url());
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { text(&client, &url).await }
    });
    let busy = loop {
        if a.shared.waiting.load(Ordering::Relaxed) == 1 {
            break &a;
        }
        if b.shared.waiting.load(Ordering::Relaxed) == 1 {
            break &b;
        }
        sleep(Duration::from_millis(1)).await;
    };
    for _ in 0..6 {
        assert_ne!(served_by(&client, &balancer).await, busy.target.name);
    }
    busy.shared.gate.add_permits(1);
    assert_eq!(waiting.await.unwrap(), busy.target.name);
}

#[tokio::test]
async fn draining_lets_what_is_in_flight_finish() {
    let (a, b) = (Server::start("a").await, Server::start("b").await);
    let balancer = balance(&[&a, &b], Policy::RoundRobin).await;
    let client = client();
    let mut requests = JoinSet::new();
    for _ in 0..8 {
        let (client, url) = (client.clone(), format!("{}/wait", balancer.base_url()));
        requests.spawn(async move { text(&client, &url).await });
    }
    a.until_waiting(4).await;
    assert_eq!(balancer.drain("a"), Listed::Yes);
    for _ in 0..6 {
        assert_eq!(served_by(&client, &balancer).await, "b");
    }
    assert_eq!(balancer.drained("a", Duration::from_millis(20)).await, 4);
    a.shared.gate.add_permits(4);
    b.shared.gate.add_permits(4);
    assert_eq!(requests.join_all().await.len(), 8);
    assert_eq!(balancer.drained("a", Duration::from_secs(30)).await, 0);
    balancer.add(a.target.clone());
    let names = [
        served_by(&client, &balancer).await,
        served_by(&client, &balancer).await,
    ];
    assert!(names.contains(&"a".to_owned()));
    assert_eq!(balancer.served()["a"], 5);
}

#[tokio::test]
async fn no_get_fails_when_an_instance_dies_and_it_is_used_again_when_it_is_back() {
    let (a, b) = (Server::start("a").await, Server::start("b").await);
    let balancer = balance(&[&a, &b], Policy::RoundRobin).await;
    let client = client();
    let mut requests = JoinSet::new();
    for _ in 0..8 {
        let (client, url) = (client.clone(), balancer.base_url());
        requests.spawn(async move {
            for _ in 0..100 {
                text(&client, &url).await;
            }
        });
    }
    while balancer.served().values().sum::<u64>() < 100 {
        sleep(Duration::from_millis(1)).await;
    }
    let target = b.target.clone();
    b.kill().await;
    requests.join_all().await;
    let before = balancer.served()["b"];
    let _b = Server::start_on("b", target.addr).await;
    while balancer.served()["b"] == before {
        served_by(&client, &balancer).await;
    }
}

#[tokio::test]
async fn the_first_byte_passes_before_the_body_ends() {
    let a = Server::start("a").await;
    let balancer = balance(&[&a], Policy::RoundRobin).await;
    let url = format!("{}/stream", balancer.base_url());
    let mut answer = client().get(url).send().await.unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "first");
    a.shared.gate.add_permits(1);
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "last");
    assert_eq!(answer.chunk().await.unwrap(), None);
}

#[tokio::test]
async fn large_bodies_pass_both_ways_over_kept_connections() {
    let a = Server::start("a").await;
    let balancer = balance(&[&a], Policy::RoundRobin).await;
    let client = client();
    let body: Vec<u8> = (0..=u8::MAX).cycle().take(1 << 20).collect();
    for _ in 0..4 {
        let url = format!("{}/echo", balancer.base_url());
        let request = client.post(url).body(body.clone());
        let answer = request.send().await.unwrap().bytes().await.unwrap();
        assert!(answer == body);
    }
    assert_eq!(a.shared.connections.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn without_instances_the_balancer_says_that_it_was_the_balancer() {
    let a = Server::start("a").await;
    let target = a.target.clone();
    let balancer = balance(&[&a], Policy::RoundRobin).await;
    let client = client();
    a.kill().await;
    let answer = client.get(balancer.base_url()).send().await.unwrap();
    assert_eq!(answer.status(), 502);
    assert_eq!(answer.headers()["course-balancer"], "connect-failed");
    assert!(answer.text().await.unwrap().contains("connection refused"));
    assert_eq!(balancer.remove(&target.name), Listed::Yes);
    assert_eq!(balancer.remove(&target.name), Listed::No);
    let answer = client.get(balancer.base_url()).send().await.unwrap();
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["course-balancer"], "no-instance");
}

#[tokio::test]
async fn a_limited_instance_works_on_few_requests_at_once() {
    let a = Server::start("a").await;
    let balancer = balance(&[&a], Policy::RoundRobin).await;
    let floor = Duration::from_millis(30);
    let capacity = Capacity {
        in_flight: 2,
        floor,
    };
    assert_eq!(balancer.set_capacity("a", Some(capacity)), Listed::Yes);
    let client = client();
    let began = std::time::Instant::now();
    let mut requests = JoinSet::new();
    for _ in 0..6 {
        let (client, url) = (client.clone(), balancer.base_url());
        requests.spawn(async move { text(&client, &url).await });
    }
    requests.join_all().await;
    assert!(began.elapsed() >= floor * 3);
}

#[tokio::test]
async fn an_unhealthy_instance_is_left_out() {
    let a = Server::start("a").await;
    let mut balancer = balance(&[&a], Policy::RoundRobin).await;
    let dead = Target {
        name: "dead".into(),
        addr: SocketAddr::from((Ipv4Addr::LOCALHOST, crate::lab::port::free_port().unwrap())),
    };
    balancer.add(dead);
    balancer.set_health(Some(Health {
        path: "/healthz".into(),
        always: true,
        eject_after: None,
        last_resort: LastResort::Nobody,
    }));
    while balancer.roster.find("dead").unwrap().in_service() {
        sleep(Duration::from_millis(2)).await;
    }
    assert!(balancer.roster.find("a").unwrap().in_service());
    assert_eq!(served_by(&client(), &balancer).await, "a");
}

#[tokio::test]
async fn the_timeline_tells_who_was_asked_and_what_came_back() {
    let a = Server::start("a").await;
    let recorder = Recorder::default();
    let targets = vec![a.target.clone()];
    let balancer = Balancer::start("lb", targets, Policy::RoundRobin, None, &recorder)
        .await
        .unwrap();
    text(&client(), &format!("{}/x?y=1", balancer.base_url())).await;
    let what: Vec<_> = recorder.since(0).into_iter().map(|e| e.what).collect();
    let request = What::Request {
        from: "lb".into(),
        to: "a".into(),
        label: "GET /x".into(),
    };
    let response = What::Response {
        from: "a".into(),
        to: "lb".into(),
        label: "200".into(),
        expected: None,
    };
    assert_eq!(what, [request, response]);
}

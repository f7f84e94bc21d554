//! Backstage: the balancer, the two applications and the database behind the edge, each with a socket of its own.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, VIA};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::Shared;
use super::log::{Inner, Log, What};

/// The header by which the parts tell the edge who they are. The edge takes it away.
pub(super) const HANDLED_BY: &str = "x-handled-by";
/// The header `Server-Timing`.
pub(super) const SERVER_TIMING: &str = "server-timing";

/// An answer with its whole body.
pub(super) type Answer = Response<Full<Bytes>>;

/// Starts the parts in `tasks` and says where the balancer is.
pub(super) async fn start(shared: &Arc<Shared>, tasks: &mut JoinSet<()>) -> io::Result<SocketAddr> {
    let (listener, database) = listen().await?;
    tasks.spawn(serve_database(Arc::clone(shared), listener));
    let mut apps = Vec::new();
    for number in 0..shared.plan.crew.apps.len() {
        let (listener, addr) = listen().await?;
        apps.push(addr);
        let shared = Arc::clone(shared);
        tasks.spawn(serve_http(listener, move |request| {
            let shared = Arc::clone(&shared);
            async move { app(&shared, number, database, &request).await }
        }));
    }
    let (listener, balancer) = listen().await?;
    let shared = Arc::clone(shared);
    let turn = Arc::new(AtomicUsize::new(0));
    tasks.spawn(serve_http(listener, move |request| {
        let next = turn.fetch_add(1, Ordering::Relaxed) % apps.len();
        let (shared, app) = (Arc::clone(&shared), apps[next]);
        async move { balance(&shared, app, &request).await }
    }));
    Ok(balancer)
}

async fn listen() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let addr = listener.local_addr()?;
    Ok((listener, addr))
}

/// Serves HTTP for as long as the task runs.
async fn serve_http<F, G>(listener: TcpListener, answer: F)
where
    F: Fn(Request<Incoming>) -> G + Clone + Send + 'static,
    G: Future<Output = io::Result<Answer>> + Send,
{
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else {
                    tokio::task::yield_now().await;
                    continue;
                };
                let answer = answer.clone();
                open.spawn(async move {
                    let service = service_fn(move |request| {
                        let answered = answer(request);
                        async move {
                            Ok::<_, Infallible>(answered.await.unwrap_or_else(|_| bad_gateway()))
                        }
                    });
                    let connection = hyper::server::conn::http1::Builder::new();
                    // How a connection ends is the client's affair.
                    let _ = connection.serve_connection(TokioIo::new(stream), service).await;
                });
            }
            Some(_) = open.join_next() => {}
        }
    }
}

pub(super) fn bad_gateway() -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::BAD_GATEWAY;
    answer
}

/// Asks a part for a path, on a connection of its own.
pub(super) async fn fetch(addr: SocketAddr, path: &str) -> io::Result<Answer> {
    let stream = TcpStream::connect(addr).await?;
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream));
    let (mut sender, connection) = handshake.await.map_err(io::Error::other)?;
    let request = Request::get(path).header(HOST, "backstage");
    let request = request
        .body(Empty::<Bytes>::new())
        .map_err(io::Error::other)?;
    let exchange = async move {
        let response = sender.send_request(request).await?;
        let (head, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok::<_, hyper::Error>(Response::from_parts(head, Full::new(body)))
    };
    let (answer, _) = tokio::join!(exchange, connection);
    answer.map_err(io::Error::other)
}

/// What the balancer does: it passes a request on, and says so.
async fn balance(
    shared: &Shared,
    app: SocketAddr,
    request: &Request<Incoming>,
) -> io::Result<Answer> {
    let name = &shared.plan.crew.balancer;
    let path = request.uri().path().to_owned();
    let _inside = Inside::enter(shared, Inner::Balancer, name, &format!("GET {path}"));
    let mut answer = fetch(app, &path).await?;
    let headers = answer.headers_mut();
    headers.insert(VIA, text(&format!("1.1 {name}"))?);
    let by = headers.get(HANDLED_BY).and_then(|v| v.to_str().ok());
    let by = format!("{name} {}", by.unwrap_or_default());
    headers.insert(HANDLED_BY, text(&by)?);
    Ok(answer)
}

/// What an application does: the document needs the database, all else is a file.
async fn app(
    shared: &Shared,
    number: usize,
    database: SocketAddr,
    request: &Request<Incoming>,
) -> io::Result<Answer> {
    let began = Instant::now();
    let (plan, name) = (&shared.plan, &shared.plan.crew.apps[number]);
    let path = request.uri().path();
    let _inside = Inside::enter(shared, Inner::App, name, &format!("GET {path}"));
    let milliseconds = |since: Instant| since.elapsed().as_secs_f64() * 1e3;
    let (mut by, mut timing) = (name.clone(), String::new());
    let body = if path == "/" {
        let asked = Instant::now();
        let stock = ask(database, "stock").await?;
        let their = &plan.crew.database;
        timing = format!(", {their};desc=\"database\";dur={:.2}", milliseconds(asked));
        by = format!("{name} {their}");
        Some((plan.page.html(&stock), "text/html"))
    } else {
        let url = format!("https://{}{path}", plan.site);
        let asset = plan.page.resources.iter().find(|r| r.url == url);
        asset.map(|asset| (asset.body.clone(), kind(path)))
    };
    let timing = format!("{name};desc=\"app\";dur={:.2}{timing}", milliseconds(began));
    let status = if body.is_some() { 200 } else { 404 };
    let (body, kind) = body.unwrap_or_else(|| ("not found\n".to_owned(), "text/plain"));
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, kind)
        .header(CACHE_CONTROL, "public, max-age=600")
        .header(SERVER_TIMING, timing)
        .header(HANDLED_BY, by)
        .body(Full::from(body))
        .map_err(io::Error::other)
}

/// The media type of a path.
pub(super) fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, end)| end) {
        Some("css") => "text/css",
        Some("js") => "text/javascript",
        Some("svg") => "image/svg+xml",
        _ => "text/plain",
    }
}

/// A request that is being handled behind the edge.
struct Inside<'s> {
    log: &'s Log,
    place: usize,
}

impl<'s> Inside<'s> {
    fn enter(shared: &'s Shared, kind: Inner, name: &str, request: &str) -> Self {
        let (name, request) = (name.to_owned(), request.to_owned());
        let log = &shared.log;
        let place = log.begin(What::Inside {
            kind,
            name,
            request,
        });
        Self { log, place }
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.log.end(self.place);
    }
}

pub(super) fn text(value: &str) -> io::Result<hyper::header::HeaderValue> {
    value.parse().map_err(io::Error::other)
}

/// Asks the database for a key: a line there, a line back.
async fn ask(database: SocketAddr, key: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(database).await?;
    stream.write_all(format!("{key}\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.trim().to_owned())
}

async fn serve_database(shared: Arc<Shared>, listener: TcpListener) {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => { open.spawn(query(Arc::clone(&shared), stream)); }
                Err(_) => tokio::task::yield_now().await,
            },
            Some(_) = open.join_next() => {}
        }
    }
}

async fn query(shared: Arc<Shared>, mut stream: TcpStream) -> io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut key = String::new();
    BufReader::new(reader.take(256)).read_line(&mut key).await?;
    let name = &shared.plan.crew.database;
    let request = format!("get {}", key.trim());
    let _inside = Inside::enter(&shared, Inner::Database, name, &request);
    let answer = match key.trim() {
        "stock" => shared.plan.stock.to_string(),
        _ => String::new(),
    };
    writer.write_all(format!("{answer}\n").as_bytes()).await
}

//! An honest client: resolves from the root, verifies, reuses connections, and tells what it did.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::{Message, OpCode, Query as Question, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use http_body_util::{BodyExt as _, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::super::zone::{bare, told};

const PATIENCE: Duration = Duration::from_millis(200);

/// A client and what it remembers.
pub(super) struct Client {
    map: BTreeMap<String, SocketAddr>,
    roots: Vec<Ipv4Addr>,
    tls: TlsConnector,
    names: BTreeMap<String, Vec<Ipv4Addr>>,
    open: BTreeMap<String, (u64, SendRequest<Empty<Bytes>>)>,
    opened: u64,
    hops: Vec<Json>,
}

/// What the first reply to a question looks like.
pub(super) struct First {
    pub(super) right_id: bool,
    pub(super) right_source: bool,
    pub(super) right_question: bool,
    pub(super) addresses: Vec<Ipv4Addr>,
}

type Failed = &'static str;

impl Client {
    pub(super) fn new(env: &[(String, String)]) -> Self {
        let of = |name: &str| env.iter().find(|(n, _)| n == name).unwrap().1.as_str();
        let mut store = RootCertStore::empty();
        let ca = CertificateDer::from_pem_file(of("CA_FILE")).unwrap();
        store.add(ca).unwrap();
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(store)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self {
            map: serde_json::from_str(of("NET_MAP")).unwrap(),
            roots: serde_json::from_str(of("ROOT_HINTS")).unwrap(),
            tls: TlsConnector::from(Arc::new(config)),
            names: BTreeMap::new(),
            open: BTreeMap::new(),
            opened: 0,
            hops: Vec::new(),
        }
    }

    /// The first bytes that it sends to a host with TLS.
    pub(super) fn hello(&self, host: &str) -> Vec<u8> {
        let name = ServerName::try_from(host.to_owned()).unwrap();
        let config = Arc::clone(self.tls.config());
        let mut bytes = Vec::new();
        let mut connection = ClientConnection::new(config, name).unwrap();
        connection.write_tls(&mut bytes).unwrap();
        bytes
    }

    /// Forgets names and connections.
    pub(super) fn forget(&mut self) {
        self.names.clear();
        self.open.clear();
    }

    fn question(name: &str) -> (Message, Question) {
        let mut name = Name::from_ascii(name).unwrap();
        name.set_fqdn(true);
        let question = Question::query(name, RecordType::A);
        let mut message = Message::new(4_711, hickory_proto::op::MessageType::Query, OpCode::Query);
        message.add_query(question.clone());
        (message, question)
    }

    /// Asks a server, and takes the first reply that fits.
    pub(super) async fn ask(&mut self, server: Ipv4Addr, name: &str, tcp: bool) -> Option<Message> {
        let (message, question) = Self::question(name);
        let bytes = message.to_vec().unwrap();
        let reply = if tcp {
            let mut stream = TcpStream::connect(self.map[&format!("tcp/{server}:53")])
                .await
                .unwrap();
            stream
                .write_u16(u16::try_from(bytes.len()).unwrap())
                .await
                .unwrap();
            stream.write_all(&bytes).await.unwrap();
            let length = timeout(PATIENCE, stream.read_u16()).await.ok()?.unwrap();
            let mut reply = vec![0; usize::from(length)];
            stream.read_exact(&mut reply).await.unwrap();
            Message::from_vec(&reply).unwrap()
        } else {
            let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            // A connected socket takes nothing from elsewhere.
            socket
                .connect(self.map[&format!("udp/{server}:53")])
                .await
                .unwrap();
            socket.send(&bytes).await.unwrap();
            let mut buffer = vec![0; 4_096];
            loop {
                let length = timeout(PATIENCE, socket.recv(&mut buffer))
                    .await
                    .ok()?
                    .unwrap();
                let reply = Message::from_vec(&buffer[..length]).unwrap();
                if reply.metadata.id == message.metadata.id && reply.queries == [question.clone()] {
                    break reply;
                }
            }
        };
        Some(reply)
    }

    /// The first reply that arrives, whatever it is.
    pub(super) async fn first_reply(&mut self, server: Ipv4Addr, name: &str) -> First {
        let (message, question) = Self::question(name);
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let to = self.map[&format!("udp/{server}:53")];
        socket
            .send_to(&message.to_vec().unwrap(), to)
            .await
            .unwrap();
        let mut buffer = vec![0; 4_096];
        let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
        let reply = Message::from_vec(&buffer[..length]).unwrap();
        First {
            right_id: reply.metadata.id == message.metadata.id,
            right_source: from == to,
            right_question: reply.queries == [question],
            addresses: addresses(&reply.answers),
        }
    }

    async fn ask_and_tell(&mut self, server: Ipv4Addr, name: &str) -> Option<Message> {
        for tcp in [false, true] {
            let reply = self.ask(server, name, tcp).await;
            let rcode = match reply.as_ref().map(|r| r.metadata.response_code) {
                None => "TIMEOUT",
                Some(ResponseCode::NXDomain) => "NXDOMAIN",
                Some(_) => "NOERROR",
            };
            let (answers, ttl) = reply.as_ref().map(told).unwrap_or_default();
            let transport = if tcp { "tcp" } else { "udp" };
            self.hops.push(
                json!({"dns": {"server": server, "transport": transport, "qname": name,
                "qtype": "A", "rcode": rcode, "answers": answers, "ttl": ttl, "cached": false}}),
            );
            if !reply.as_ref()?.metadata.truncation {
                return reply;
            }
        }
        None
    }

    async fn resolve(&mut self, host: &str) -> Result<Vec<Ipv4Addr>, Failed> {
        if let Some(known) = self.names.get(host) {
            return Ok(known.clone());
        }
        let (mut name, mut servers) = (host.to_owned(), self.roots.clone());
        for _ in 0..20 {
            let mut reply = None;
            for server in servers.clone() {
                reply = self.ask_and_tell(server, &name).await;
                if reply.is_some() {
                    break;
                }
            }
            let reply = reply.ok_or("timeout")?;
            if reply.metadata.response_code == ResponseCode::NXDomain {
                return Err("name-not-found");
            }
            let found = addresses(&reply.answers);
            if !found.is_empty() {
                self.names.insert(host.to_owned(), found.clone());
                return Ok(found);
            }
            let alias = reply.answers.iter().rev().find_map(|r| match &r.data {
                RData::CNAME(target) => Some(bare(&target.0)),
                _ => None,
            });
            (name, servers) = match alias {
                Some(alias) => (alias, self.roots.clone()),
                None => (name, addresses(&reply.additionals)),
            };
        }
        Err("timeout")
    }

    async fn connect(&mut self, scheme: &str, host: &str) -> Result<(), Failed> {
        let key = format!("{scheme}://{host}");
        if self
            .open
            .get(&key)
            .is_some_and(|(_, sender)| !sender.is_closed())
        {
            return Ok(());
        }
        let ip = self.resolve(host).await?[0];
        let port = if scheme == "https" { 443 } else { 80 };
        let addr = self.map.get(&format!("tcp/{ip}:{port}")).ok_or("connect")?;
        let stream = TcpStream::connect(addr).await.map_err(|_| "connect")?;
        self.opened += 1;
        let conn = self.opened;
        self.hops
            .push(json!({"tcp": {"ip": ip, "port": port, "conn": conn}}));
        let sender = if scheme == "https" {
            let name = ServerName::try_from(host.to_owned()).unwrap();
            let stream = self
                .tls
                .connect(name, stream)
                .await
                .map_err(|_| "certificate")?;
            let tls = stream.get_ref().1;
            let version = format!("{:?}", tls.protocol_version().unwrap()).replace("v1_", "v1.");
            let certificate = &tls.peer_certificates().unwrap()[0];
            self.hops.push(
                json!({"tls": {"conn": conn, "sni": host, "alpn": "http/1.1",
                "version": version, "serial": serial(certificate), "verified": true}}),
            );
            handshake(stream).await
        } else {
            handshake(stream).await
        };
        self.open.insert(key, (conn, sender));
        Ok(())
    }

    /// Fetches a URL; gives the body, and where it leads if that is elsewhere.
    async fn fetch(&mut self, url: &str) -> Result<(String, Option<String>, Vec<String>), Failed> {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (host, path) = rest.split_once('/').unwrap();
        self.connect(scheme, host).await?;
        let (conn, sender) = self.open.get_mut(&format!("{scheme}://{host}")).unwrap();
        sender.ready().await.map_err(|_| "connect")?;
        let request = Request::get(format!("/{path}")).header("host", host);
        let response = sender
            .send_request(request.body(Empty::new()).unwrap())
            .await;
        let (head, body) = response.map_err(|_| "timeout")?.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let of = |name: &str| {
            head.headers
                .get(name)
                .map(|v| v.to_str().unwrap().to_owned())
        };
        let age = of("age").map(|age| age.parse::<u64>().unwrap());
        self.hops.push(
            json!({"http": {"url": url, "conn": *conn, "status": head.status.as_u16(),
            "via": of("via"), "age": age, "cache_status": of("cache-status"),
            "server_timing": of("server-timing"), "bytes": body.len()}}),
        );
        let (via, timing) = (
            of("via").unwrap_or_default(),
            of("server-timing").unwrap_or_default(),
        );
        let status = of("cache-status").unwrap_or_default();
        let edge = status.split(';').next().unwrap_or_default().to_owned();
        let mut path = vec![edge];
        if !status.contains("; hit") {
            path.push(
                via.split(',')
                    .next()
                    .unwrap()
                    .trim_start_matches("1.1 ")
                    .to_owned(),
            );
            path.extend(
                timing
                    .split(", ")
                    .map(|t| t.split(';').next().unwrap().to_owned()),
            );
        }
        Ok((
            String::from_utf8(body.to_vec()).unwrap(),
            of("location"),
            path,
        ))
    }

    /// The report on the way to a URL.
    pub(super) async fn trace(&mut self, url: &str) -> Json {
        self.hops.clear();
        match self.walk(url).await {
            Ok(page) => json!({"hops": self.hops, "page": page}),
            Err(error) => json!({ "error": error }),
        }
    }

    async fn walk(&mut self, url: &str) -> Result<Json, Failed> {
        let mut url = url.to_owned();
        let (html, path) = loop {
            let (body, location, path) = self.fetch(&url).await?;
            match location {
                Some(location) => url = location,
                None => break (body, path),
            }
        };
        let tags = tags(&html, url.trim_end_matches('/'));
        for (_, resource) in &tags {
            self.fetch(resource).await?;
        }
        let mut all = |event: &str, of: &str| {
            for (_, resource) in tags.iter().filter(|(kind, _)| *kind == of) {
                self.hops
                    .push(json!({"render": {"event": event, "resource": resource}}));
            }
        };
        all("style", "style");
        all("script", "sync");
        let own = |event: &str| json!({"render": {"event": event, "resource": url}});
        self.hops.extend([own("parsed"), own("paint")]);
        let mut all = |event: &str, of: &str| {
            for (_, resource) in tags.iter().filter(|(kind, _)| *kind == of) {
                self.hops
                    .push(json!({"render": {"event": event, "resource": resource}}));
            }
        };
        all("script", "async");
        all("script", "defer");
        all("image", "image");
        self.hops.push(own("load"));
        let https = self.hops.iter().filter_map(|hop| hop.get("http"));
        let sizes: Vec<u64> = https.map(|http| http["bytes"].as_u64().unwrap()).collect();
        let bytes: u64 = sizes.iter().sum();
        Ok(json!({"url": url, "requests": sizes.len(), "bytes": bytes, "path": path}))
    }
}

async fn handshake<S>(stream: S) -> SendRequest<Empty<Bytes>>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(stream);
    let (sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    sender
}

fn addresses(records: &[hickory_proto::rr::Record]) -> Vec<Ipv4Addr> {
    let address = |r: &hickory_proto::rr::Record| match &r.data {
        RData::A(a) => Some(a.0),
        _ => None,
    };
    records.iter().filter_map(address).collect()
}

/// The serial number: the first INTEGER after the version in the DER of a certificate (RFC 5280, 4.1).
fn serial(certificate: &CertificateDer<'_>) -> String {
    let version = [0xa0, 0x03, 0x02, 0x01, 0x02];
    let at = certificate.windows(5).position(|w| w == version).unwrap() + 5;
    let length = usize::from(certificate[at + 1]);
    let digits = &certificate[at + 2..at + 2 + length];
    digits
        .iter()
        .fold(String::new(), |all, byte| all + &format!("{byte:02x}"))
}

/// The kind and URL of everything the page needs, in document order.
fn tags(html: &str, site: &str) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for line in html.lines().filter(|line| !line.starts_with("<!--")) {
        let Some((_, rest)) = line.split_once("src=\"").or(line.split_once("href=\"")) else {
            continue;
        };
        let url = rest.split('"').next().unwrap();
        let url = if url.starts_with('/') {
            format!("{site}{url}")
        } else {
            url.to_owned()
        };
        let kind = match line {
            l if l.contains("stylesheet") => "style",
            l if l.starts_with("<img") => "image",
            l if l.contains("defer") => "defer",
            l if l.contains("async") => "async",
            l if l.starts_with("<script") => "sync",
            _ => continue,
        };
        found.push((kind, url));
    }
    found
}

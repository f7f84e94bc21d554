//! An internet: name servers from the root down, a site behind a content delivery network, and one more host, all on
//! loopback and all real. Names, addresses, times to live, certificates and pages are drawn from a seed.
//!
//! Clients reach it through a map from documentation addresses (RFC 5737) to loopback ports. Every server writes what
//! it saw to one [`log`], against which [`claim`]s about it are held.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::net::{TcpListener, TcpSocket, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::authority::{Authority, CertificateError, Shown};
use self::claim::Claims;
use self::door::{Door, Knocks};
use self::edge::Cache;
use self::name_server::NameServer;
use self::page::Page;
use self::plan::Plan;

pub use self::compare::{Difference, Truth, differences};
pub use self::line::Topic;
pub use self::log::Log;
pub use self::trouble::Trouble;
pub use self::visit::Visit;

mod authority;
mod backstage;
pub mod claim;
mod compare;
mod door;
mod edge;
mod line;
pub mod log;
mod name_server;
pub mod page;
mod plan;
#[cfg(test)]
mod tests;
pub mod trouble;
pub mod visit;
mod zone;

/// Why there is no internet.
#[derive(Debug, thiserror::Error)]
pub enum InternetError {
    /// No port, or no file.
    #[error("cannot start an internet: {0}")]
    Io(#[from] io::Error),
    /// No certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

/// What all servers of an internet share.
#[derive(Debug)]
struct Shared {
    plan: Plan,
    log: Log,
    cache: Cache,
    knocks: Knocks,
    trouble: Mutex<Trouble>,
    /// How many connections there were.
    connections: AtomicU64,
    /// How many handshakes are going on.
    greeting: watch::Sender<usize>,
    certificates: Certificates,
}

/// The certificates of every host.
#[derive(Debug)]
struct Certificates {
    /// Of the site, by what is wrong with it.
    site: Vec<(trouble::Certificate, Shown)>,
    apex: Shown,
    external: Shown,
    /// What is shown to whoever names no host, or one that is not here.
    other: Shown,
}

impl Shared {
    fn trouble(&self) -> Trouble {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is shown to a client that asks for `host`.
    fn shown(&self, host: Option<&str>) -> Shown {
        let certificates = &self.certificates;
        let wanted = self.trouble().certificate;
        let of_site = certificates.site.iter().find(|(kind, _)| *kind == wanted);
        let shown = match host {
            Some(host) if host.eq_ignore_ascii_case(&self.plan.site) => {
                of_site.map_or(&certificates.other, |(_, shown)| shown)
            }
            Some(host) if host.eq_ignore_ascii_case(&self.plan.apex) => &certificates.apex,
            Some(host) if host.eq_ignore_ascii_case(&self.plan.external) => &certificates.external,
            _ => &certificates.other,
        };
        shown.clone()
    }
}

/// A running internet. Dropping it ends every server and connection of it; its folder is its owner's.
#[derive(Debug)]
pub struct Internet {
    shared: Arc<Shared>,
    map: BTreeMap<String, SocketAddr>,
    doors: Vec<SocketAddr>,
    /// Ports that are taken and listened on by nobody, so that whoever connects is refused.
    closed: Vec<TcpSocket>,
    ca_file: PathBuf,
    tasks: JoinSet<()>,
}

impl Internet {
    /// Starts the internet of this seed, which leaves the certificate of its authority in `folder`.
    ///
    /// # Errors
    /// When this machine gives no port, or the folder takes no file.
    pub async fn start(seed: u64, folder: &Path) -> Result<Self, InternetError> {
        let plan = Plan::draw(seed);
        let mut authority = Authority::new(seed)?;
        let ca_file = folder.join("ca.pem");
        std::fs::write(&ca_file, authority.pem())?;
        let certificates = certificates(&mut authority, &plan)?;
        let shared = Arc::new(Shared {
            plan,
            log: Log::default(),
            cache: Cache::default(),
            knocks: Knocks::default(),
            trouble: Mutex::default(),
            connections: AtomicU64::new(0),
            greeting: watch::Sender::new(0),
            certificates,
        });
        let mut internet = Self {
            shared,
            map: BTreeMap::new(),
            doors: Vec::new(),
            closed: Vec::new(),
            ca_file,
            tasks: JoinSet::new(),
        };
        internet.start_name_servers().await?;
        internet.start_sites().await?;
        Ok(internet)
    }

    async fn start_name_servers(&mut self) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        for (zone, all) in shared.plan.zones.iter().enumerate() {
            for (number, server) in all.servers.iter().enumerate() {
                let name_server = NameServer {
                    shared: Arc::clone(&shared),
                    zone,
                    number,
                    ip: server.ip,
                };
                let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
                self.lead("udp", server.ip, 53, socket.local_addr()?);
                self.tasks.spawn(name_server.clone().serve_udp(socket));
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
                self.lead("tcp", server.ip, 53, listener.local_addr()?);
                self.tasks.spawn(name_server.serve_tcp(listener));
            }
        }
        Ok(())
    }

    async fn start_sites(&mut self) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        let balancer = backstage::start(&shared, &mut self.tasks).await?;
        let edges = shared.plan.edges.iter().map(|ip| (*ip, false));
        let hosts: Vec<_> = edges.chain([(shared.plan.outside, true)]).collect();
        for (ip, outside) in hosts {
            for port in [80, 443] {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
                let addr = listener.local_addr()?;
                self.lead("tcp", ip, port, addr);
                self.doors.push(addr);
                let door = Door {
                    shared: Arc::clone(&shared),
                    balancer,
                    ip,
                    port,
                    outside,
                };
                self.tasks.spawn(door.serve(listener));
            }
        }
        for port in [80, 443] {
            let socket = TcpSocket::new_v4()?;
            socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
            self.lead("tcp", shared.plan.closed, port, socket.local_addr()?);
            self.closed.push(socket);
        }
        Ok(())
    }

    fn lead(&mut self, transport: &str, ip: Ipv4Addr, port: u16, to: SocketAddr) {
        self.map.insert(format!("{transport}/{ip}:{port}"), to);
    }

    /// What a client must be told to reach it: names of environment variables, and their values.
    #[must_use]
    pub fn env(&self) -> Vec<(String, String)> {
        let map = self.map.iter();
        let map: serde_json::Map<_, _> = map
            .map(|(from, to)| (from.clone(), to.to_string().into()))
            .collect();
        let roots = self.shared.plan.roots();
        let roots: Vec<String> = roots.iter().map(ToString::to_string).collect();
        vec![
            ("NET_MAP".into(), serde_json::Value::from(map).to_string()),
            (
                "ROOT_HINTS".into(),
                serde_json::Value::from(roots).to_string(),
            ),
            ("CA_FILE".into(), self.ca_file.display().to_string()),
        ]
    }

    /// The hosts that it has, each under the word by which checks name it.
    #[must_use]
    pub fn hosts(&self) -> [(&'static str, &str); HOSTS.len()] {
        let plan = &self.shared.plan;
        let all = [&plan.site, &plan.apex, &plan.external, &plan.down];
        std::array::from_fn(|i| (HOSTS[i], all[i].as_str()))
    }

    /// What its servers saw.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.shared.log
    }

    /// The page of its site.
    #[must_use]
    pub fn page(&self) -> &Page {
        &self.shared.plan.page
    }

    /// The root servers, which every client knows.
    #[must_use]
    pub fn roots(&self) -> Vec<Ipv4Addr> {
        self.shared.plan.roots()
    }

    /// Makes trouble besides what there is.
    pub fn make(&self, more: Trouble) {
        let trouble = self.shared.trouble.lock();
        let mut trouble = trouble.unwrap_or_else(PoisonError::into_inner);
        *trouble = trouble.and(more);
    }

    /// Ends all trouble.
    pub fn lift(&self) {
        let trouble = self.shared.trouble.lock();
        *trouble.unwrap_or_else(PoisonError::into_inner) = Trouble::default();
    }

    /// What differs between the claims that a client made and what it did since `mark`, when it was asked at `began`.
    #[must_use]
    pub fn differences(&self, claims: &Claims, mark: usize, began: Instant) -> Vec<Difference> {
        let truth = Truth {
            entries: &self.log().since(0),
            mark,
            began,
            page: self.page(),
            roots: &self.roots(),
        };
        differences(claims, &truth)
    }

    /// The visit of a client since `mark`, which was asked at `began` and says `claims` of it.
    #[must_use]
    pub fn visit(&self, claims: &Claims, mark: usize, began: Instant) -> Visit {
        Visit::read(&self.log().since(mark), claims, began, &self.page().url)
    }

    /// Waits until the log tells of every client that has come so far.
    pub async fn settle(&self) {
        door::settle(&self.shared, &self.doors).await;
    }
}

/// The words by which checks name hosts: the page's, the site's without `www`, the other's, one that leads nowhere.
pub const HOSTS: [&str; 4] = ["site", "apex", "external", "down"];

fn certificates(authority: &mut Authority, plan: &Plan) -> Result<Certificates, CertificateError> {
    use trouble::Certificate::{Expired, Good, UnknownCa, WrongName};
    let mut site = Vec::new();
    for kind in [Good, Expired, WrongName, UnknownCa] {
        site.push((kind, authority.issue(&plan.site, kind)?));
    }
    Ok(Certificates {
        site,
        apex: authority.issue(&plan.apex, Good)?,
        external: authority.issue(&plan.external, Good)?,
        other: authority.issue("default.test", WrongName)?,
    })
}

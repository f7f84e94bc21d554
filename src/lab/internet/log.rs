//! The log: what every server of an internet saw and said, in order. It is the truth that claims are held against.

use std::fmt;
use std::net::Ipv4Addr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Which kind of name server was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// The root.
    Root,
    /// `test.`
    Tld,
    /// The zone of the site.
    Site,
    /// `cdn.test.` and the zone of the provider in it.
    Cdn,
    /// The zone of the external host.
    External,
}

impl Tier {
    /// Every tier that a step can name.
    pub const NAMES: &[&str] = &["root", "tld", "site", "cdn", "external"];

    /// The tier of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Root, Self::Tld, Self::Site, Self::Cdn, Self::External];
        let at = Self::NAMES.iter().position(|known| *known == name)?;
        all.get(at).copied()
    }
}

/// How a question reached a name server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A datagram.
    Udp,
    /// A connection.
    Tcp,
}

impl Transport {
    /// As a claim writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        }
    }
}

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Whom it reached.
    pub server: Ipv4Addr,
    /// What kind of server that is.
    pub tier: Tier,
    /// How.
    pub transport: Transport,
    /// The name, in lower case and without the dot at its end.
    pub qname: String,
    /// The type, such as `A`.
    pub qtype: String,
    /// The code of the answer; `TIMEOUT` when none was sent.
    pub rcode: String,
    /// What the answer section held, or the names of the servers of a referral.
    pub answers: Vec<String>,
    /// The smallest TTL of these records in seconds.
    pub ttl: Option<u32>,
    /// The servers whose addresses a referral gave away.
    pub refers_to: Vec<Ipv4Addr>,
    /// The zone that a referral leads to, in lower case and without the dot at its end.
    pub zone: Option<String>,
}

/// A TLS handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// The connection.
    pub conn: u64,
    /// The name that the client asked for.
    pub sni: Option<String>,
    /// The protocol that both agreed on.
    pub alpn: Option<String>,
    /// `TLSv1.2` or `TLSv1.3`; none when the handshake was broken off.
    pub version: Option<String>,
    /// The serial number of the certificate that was shown, in hexadecimal.
    pub serial: String,
    /// Whether the certificate is one to trust for this name.
    pub trusted: bool,
    /// How often the client had to wait for the other side (RFC 8446 §2, RFC 5246 §7.3).
    pub round_trips: u32,
}

/// A request to one of the sites, and the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The connection.
    pub conn: u64,
    /// The URL that was asked for.
    pub url: String,
    /// The status.
    pub status: u16,
    /// The header `Via`.
    pub via: Option<String>,
    /// The header `Age`.
    pub age: Option<u64>,
    /// The header `Cache-Status`.
    pub cache_status: Option<String>,
    /// The header `Server-Timing`.
    pub server_timing: Option<String>,
    /// The size of the body.
    pub bytes: u64,
    /// Who handled it, from outside in.
    pub path: Vec<String>,
}

/// What stands behind the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inner {
    /// The balancer.
    Balancer,
    /// An application server.
    App,
    /// The database.
    Database,
}

/// One thing that a server saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A question to a name server.
    Dns(Query),
    /// A connection.
    Tcp {
        /// To which address.
        ip: Ipv4Addr,
        /// To which port.
        port: u16,
        /// Its number.
        conn: u64,
    },
    /// A TLS handshake.
    Tls(Handshake),
    /// A request to a site.
    Http(Exchange),
    /// A request behind the edge.
    Inside {
        /// To what.
        kind: Inner,
        /// To whom.
        name: String,
        /// Which.
        request: String,
    },
}

/// Something that happened, and when.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When it reached the server.
    pub began: Instant,
    /// When the server was done with it.
    pub at: Instant,
    /// What.
    pub what: What,
}

/// All that happened.
#[derive(Debug, Default)]
pub struct Log(Mutex<Vec<Entry>>);

impl Log {
    /// Adds what is over now.
    pub(super) fn add(&self, began: Instant, what: What) {
        let at = Instant::now();
        self.entries().push(Entry { began, at, what });
    }

    /// Adds what begins now, so that it stands before all that comes of it. Returns its place, for [`Log::end`].
    pub(super) fn begin(&self, what: What) -> usize {
        let mut entries = self.entries();
        let (began, at) = (Instant::now(), Instant::now());
        entries.push(Entry { began, at, what });
        entries.len() - 1
    }

    /// What began at this place is over now.
    pub(super) fn end(&self, place: usize) {
        if let Some(entry) = self.entries().get_mut(place) {
            entry.at = Instant::now();
        }
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, Vec<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place in the log, for [`Log::since`].
    #[must_use]
    pub fn mark(&self) -> usize {
        self.entries().len()
    }

    /// What was added since `mark`.
    #[must_use]
    pub fn since(&self, mark: usize) -> Vec<Entry> {
        self.entries().get(mark..).unwrap_or_default().to_vec()
    }
}

fn or_none(value: Option<&str>) -> &str {
    value.unwrap_or("none")
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (server, transport) = (self.server, self.transport.name());
        write!(f, "{server}/{transport} {} {}", self.qname, self.qtype)?;
        write!(f, " -> {}", self.rcode)?;
        if !self.answers.is_empty() {
            write!(f, " {}", self.answers.join(" "))?;
        }
        self.ttl.map_or(Ok(()), |ttl| write!(f, " ttl {ttl}"))
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(query) => write!(f, "dns   {query}"),
            Self::Tcp { ip, port, conn } => write!(f, "tcp   {ip}:{port} connection {conn}"),
            Self::Tls(tls) => {
                let (sni, version) = (or_none(tls.sni.as_deref()), tls.version.as_deref());
                let alpn = or_none(tls.alpn.as_deref());
                write!(f, "tls   connection {} sni {sni} alpn {alpn}", tls.conn)?;
                write!(
                    f,
                    " {} serial {}",
                    version.unwrap_or("broken off"),
                    tls.serial
                )
            }
            Self::Http(http) => {
                write!(f, "http  connection {} {}", http.conn, http.url)?;
                write!(f, " -> {} {} bytes", http.status, http.bytes)?;
                write!(f, " by {}", http.path.join(" > "))
            }
            Self::Inside { name, request, .. } => write!(f, "      {name} {request}"),
        }
    }
}

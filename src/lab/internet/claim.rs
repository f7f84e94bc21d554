//! Claims: what a client says that it did, hop by hop, as it says it in JSON.

use std::net::Ipv4Addr;

use serde::Deserialize;
use serde_json::Value as Json;

use super::log::What;

/// What a client says of one step of its way; an object with one of these keys.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Hop {
    Dns(Lookup),
    Tcp(Connection),
    Tls(Handshake),
    Http(Exchange),
    Render(Render),
}

impl Hop {
    /// The hop that an honest client claims for an entry of the log; none for what no client sees.
    pub(super) fn honest(what: &What) -> Option<Self> {
        Some(match what.clone() {
            What::Dns(query) => Self::Dns(Lookup {
                server: Some(query.server.to_string()),
                transport: Some(query.transport.name().to_owned()),
                qname: query.qname,
                qtype: query.qtype,
                rcode: query.rcode,
                answers: query.answers,
                ttl: query.ttl,
                cached: false,
            }),
            What::Tcp { ip, port, conn } => Self::Tcp(Connection {
                ip,
                port,
                conn: conn.into(),
            }),
            What::Tls(tls) => Self::Tls(Handshake {
                sni: tls.sni,
                alpn: tls.alpn,
                version: tls.version,
                serial: tls.serial,
                verified: tls.trusted,
            }),
            What::Http(http) => Self::Http(Exchange {
                url: http.url,
                conn: http.conn.into(),
                status: http.status,
                via: http.via,
                age: http.age,
                cache_status: http.cache_status,
                server_timing: http.server_timing,
                bytes: http.bytes,
            }),
            What::Inside { .. } => return None,
        })
    }
}

/// A question to a name server, or to the client's own cache.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Lookup {
    pub(super) server: Option<String>,
    pub(super) transport: Option<String>,
    pub(super) qname: String,
    pub(super) qtype: String,
    pub(super) rcode: String,
    pub(super) answers: Vec<String>,
    pub(super) ttl: Option<u32>,
    pub(super) cached: bool,
}

/// A connection. Its name is the client's own, a number or a text.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Connection {
    pub(super) ip: Ipv4Addr,
    pub(super) port: u16,
    pub(super) conn: Json,
}

/// A TLS handshake.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Handshake {
    pub(super) sni: Option<String>,
    pub(super) alpn: Option<String>,
    pub(super) version: Option<String>,
    pub(super) serial: String,
    pub(super) verified: bool,
}

/// A request and its answer.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Exchange {
    pub(super) url: String,
    pub(super) conn: Json,
    pub(super) status: u16,
    pub(super) via: Option<String>,
    pub(super) age: Option<u64>,
    pub(super) cache_status: Option<String>,
    pub(super) server_timing: Option<String>,
    pub(super) bytes: u64,
}

/// An event of rendering.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Render {
    pub(super) event: String,
    pub(super) resource: String,
}

/// What the whole came to.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Whole {
    pub(super) url: String,
    pub(super) requests: u64,
    pub(super) bytes: u64,
    pub(super) path: Vec<String>,
}

/// All that a client says.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    pub(super) hops: Vec<Hop>,
    pub(super) whole: Option<Whole>,
    /// What could not be read: what was there, and why it is no claim.
    pub(super) unread: Vec<(String, String)>,
}

impl Claims {
    /// Reads what it says; what is no claim is kept as such.
    #[must_use]
    pub fn read(report: &Json) -> Self {
        let mut claims = Self::default();
        match report.get("hops").and_then(Json::as_array) {
            Some(hops) => hops.iter().for_each(|hop| claims.add(hop)),
            None => claims.refuse(report, "`hops` must be a list"),
        }
        let page = report.get("page").unwrap_or(&Json::Null);
        match serde_json::from_value(page.clone()) {
            Ok(whole) => claims.whole = Some(whole),
            Err(error) => claims.refuse(page, &format!("`page`: {error}")),
        }
        claims
    }

    fn add(&mut self, hop: &Json) {
        match serde_json::from_value(hop.clone()) {
            Ok(read) => self.hops.push(read),
            Err(error) => self.refuse(hop, &error.to_string()),
        }
    }

    fn refuse(&mut self, what: &Json, why: &str) {
        let text = what.to_string();
        let shown: String = text.chars().take(200).collect();
        self.unread.push((shown, why.to_owned()));
    }
}

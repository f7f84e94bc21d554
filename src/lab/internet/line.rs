//! A line: a hop written out part by part, so that claim and log can be compared and shown side by side.

use std::fmt;

use super::claim::Hop;

/// What a difference is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Something that is no claim.
    Format,
    /// Names.
    Dns,
    /// Connections.
    Tcp,
    /// Handshakes.
    Tls,
    /// Requests.
    Http,
    /// What the whole came to.
    Page,
    /// Rendering.
    Render,
}

impl Topic {
    /// The topics that are compared line by line.
    pub(super) const HOPS: [Self; 4] = [Self::Dns, Self::Tcp, Self::Tls, Self::Http];

    /// Every topic's name.
    pub const NAMES: &[&str] = &["format", "dns", "tcp", "tls", "http", "page", "render"];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Http => "http",
            Self::Page => "page",
            Self::Render => "render",
        }
    }

    /// Why a claim without an entry is wrong.
    pub(super) fn invented(self) -> &'static str {
        match self {
            Self::Dns => "no name server was asked this (RFC 1034, 5.3.3)",
            Self::Tcp => "nobody connected there (RFC 9293, 3.5)",
            Self::Tls => "no such handshake took place (RFC 8446, 2)",
            _ => "no server received this request (RFC 9110, 3.4)",
        }
    }

    /// Why an entry without a claim is wrong.
    pub(super) fn missing(self) -> &'static str {
        match self {
            Self::Dns => "this question was asked, and is not in the report (RFC 1034, 5.3.3)",
            Self::Tcp => "this connection was opened, and is not in the report (RFC 9293, 3.5)",
            Self::Tls => "this handshake took place, and is not in the report (RFC 8446, 2)",
            _ => "this request was sent, and is not in the report (RFC 9110, 3.4)",
        }
    }
}

/// A hop: the name of each of its parts, and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// What it is about: two lines with the same key tell of the same thing.
    pub(super) key: String,
    fields: Vec<(&'static str, String)>,
}

fn or_none<T: ToString>(value: Option<&T>) -> String {
    value.map_or_else(|| "none".to_owned(), ToString::to_string)
}

/// A set of answers: their order does not count.
fn answers(all: &[String]) -> String {
    let mut all: Vec<String> = all.iter().map(|a| bare(a)).collect();
    all.sort();
    all.join(" ")
}

fn bare(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    name.strip_suffix('.').unwrap_or(&name).to_owned()
}

/// A serial number as it is compared: no colons, no zeros in front, upper case.
fn serial(text: &str) -> String {
    let digits = text.replace(':', "").to_ascii_uppercase();
    let digits = digits.strip_prefix("0X").unwrap_or(&digits);
    digits.trim_start_matches('0').to_owned()
}

impl Line {
    fn new<const N: usize>(key: usize, fields: [(&'static str, String); N]) -> Self {
        let keys = fields.iter().take(key).map(|(_, value)| value.as_str());
        Self {
            key: keys.collect::<Vec<_>>().join(" "),
            fields: fields.into(),
        }
    }

    /// The line of a hop, if it is about this topic and not from a cache.
    pub(super) fn of(hop: &Hop, topic: Topic) -> Option<Self> {
        match (hop, topic) {
            (Hop::Dns(dns), Topic::Dns) if !dns.cached => Some(Self::new(
                4,
                [
                    ("qname", bare(&dns.qname)),
                    ("qtype", dns.qtype.to_ascii_uppercase()),
                    ("server", or_none(dns.server.as_ref())),
                    ("transport", or_none(dns.transport.as_ref())),
                    ("rcode", dns.rcode.to_ascii_uppercase()),
                    ("answers", answers(&dns.answers)),
                    ("ttl", or_none(dns.ttl.as_ref())),
                ],
            )),
            (Hop::Tcp(tcp), Topic::Tcp) => Some(Self::new(
                2,
                [("ip", tcp.ip.to_string()), ("port", tcp.port.to_string())],
            )),
            (Hop::Tls(tls), Topic::Tls) => Some(Self::new(
                1,
                [
                    ("sni", or_none(tls.sni.as_ref())),
                    ("alpn", or_none(tls.alpn.as_ref())),
                    ("version", or_none(tls.version.as_ref())),
                    ("serial", serial(&tls.serial)),
                    ("verified", tls.verified.to_string()),
                ],
            )),
            (Hop::Http(http), Topic::Http) => Some(Self::new(
                1,
                [
                    ("url", http.url.clone()),
                    ("status", http.status.to_string()),
                    ("via", or_none(http.via.as_ref())),
                    ("age", or_none(http.age.as_ref())),
                    ("cache_status", or_none(http.cache_status.as_ref())),
                    ("server_timing", or_none(http.server_timing.as_ref())),
                    ("bytes", http.bytes.to_string()),
                ],
            )),
            _ => None,
        }
    }

    /// The value that it begins with, such as the name that is asked for.
    pub(super) fn about(&self) -> Option<&str> {
        self.fields.first().map(|(_, value)| value.as_str())
    }

    /// Whether it is a question that got no answer.
    pub(super) fn is_unanswered(&self) -> bool {
        self.fields.contains(&("rcode", "TIMEOUT".to_owned()))
    }

    /// In which parts it differs from `other`, and where that is written.
    pub(super) fn unlike(&self, other: &Self, topic: Topic) -> String {
        let pairs = self.fields.iter().zip(&other.fields);
        let names: Vec<&str> = pairs.filter(|(a, b)| a != b).map(|(a, _)| a.0).collect();
        let first = names.first().copied().unwrap_or_default();
        let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        format!("{} differs ({})", quoted.join(", "), source(topic, first))
    }
}

/// Where it is written what this part is.
fn source(topic: Topic, field: &str) -> &'static str {
    match (topic, field) {
        (Topic::Dns, "ttl") => "RFC 1035, 3.2.1",
        (Topic::Dns, _) => "RFC 1035, 4.1",
        (Topic::Tls, "sni") => "RFC 6066, 3",
        (Topic::Tls, "alpn") => "RFC 7301, 3.1",
        (Topic::Tls, "serial") => "RFC 5280, 4.1.2.2",
        (Topic::Tls, "verified") => "RFC 9525, 6",
        (Topic::Tls, _) => "RFC 8446, 4.2.1",
        (_, "via") => "RFC 9110, 7.6.3",
        (_, "age") => "RFC 9111, 5.1",
        (_, "cache_status") => "RFC 9211, 2",
        (_, "server_timing") => "Server Timing, W3C",
        (_, "bytes") => "RFC 9110, 8.6",
        _ => "RFC 9110, 15",
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, value)) in self.fields.iter().enumerate() {
            let space = if i == 0 { "" } else { "  " };
            write!(f, "{space}{name} {value}")?;
        }
        Ok(())
    }
}

//! A visit: all that a client did to open a page, as the servers saw it: what was asked, who answered, when, and how
//! often the client had to wait for an answer to travel.
//!
//! Times are those of the servers, from when a client was asked to open the page. What no server sees, names that the
//! client remembers and what it renders, is taken from its own claims and has no time.

use std::time::{Duration, Instant};

use super::claim::{Claims, Hop, Lookup};
use super::log::{Entry, Exchange, Handshake, Query, Tier, Transport, What};

/// Which part of the way it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// A name server was asked.
    Dns,
    /// The client remembered a name.
    Memory,
    /// A connection was made.
    Tcp,
    /// A handshake was done.
    Tls,
    /// A request was answered.
    Http,
    /// One server asked another for it.
    Behind,
    /// Something was rendered.
    Render,
}

impl Stage {
    /// All of them, as they come on a first visit.
    pub const ALL: [Self; 7] = [
        Self::Dns,
        Self::Memory,
        Self::Tcp,
        Self::Tls,
        Self::Http,
        Self::Behind,
        Self::Render,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Memory => "memory",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Http => "http",
            Self::Behind => "behind",
            Self::Render => "render",
        }
    }
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Which part of the way it is.
    pub stage: Stage,
    /// The name that was asked for; none but for names.
    pub name: Option<String>,
    /// Who answered, and what came of it.
    pub text: String,
    /// How often the client waited for something to go there and come back.
    pub round_trips: u32,
    /// From when to when, since the client was asked; none where no server saw it.
    pub time: Option<(Duration, Duration)>,
}

/// A visit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visit {
    /// What was done, in order.
    pub legs: Vec<Leg>,
    /// The place of the leg that brought the page; none when there is no page.
    pub page: Option<usize>,
}

impl Visit {
    /// Reads what the servers logged since the client was asked at `began` for the page at `url`.
    pub(super) fn read(entries: &[Entry], claims: &Claims, began: Instant, url: &str) -> Self {
        let mut own = unseen(claims, url).into_iter().peekable();
        let mut visit = Self::default();
        let mut seen = 0;
        for entry in by_arrival(entries) {
            while let Some((_, leg)) = own.next_if(|(after, _)| *after <= seen) {
                visit.legs.push(leg);
            }
            let time = Some((since(entry.began, began), since(entry.at, began)));
            let Some(leg) = leg(&entry.what, time) else {
                continue;
            };
            seen += 1;
            visit.legs.push(leg);
            if let What::Http(http) = &entry.what {
                if http.url == url && http.status == 200 && visit.page.is_none() {
                    visit.page = Some(visit.legs.len() - 1);
                }
                visit.legs.extend(behind(http, entry, entries, began));
            }
        }
        visit.legs.extend(own.map(|(_, leg)| leg));
        visit
    }

    /// Every text in it, to be made safe to show.
    pub fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let legs = self.legs.iter_mut();
        legs.flat_map(|leg| leg.name.iter_mut().chain([&mut leg.text]))
    }

    /// How many round trips the legs of a stage took; of all stages without one.
    #[must_use]
    pub fn round_trips(&self, stage: Option<Stage>) -> u32 {
        let of = |leg: &&Leg| stage.is_none_or(|stage| leg.stage == stage);
        self.legs.iter().filter(of).map(|leg| leg.round_trips).sum()
    }

    /// How many round trips it took until the first byte of the page was there, and how long; none without a page.
    #[must_use]
    pub fn first_byte(&self) -> Option<(u32, Duration)> {
        let until = self.legs.get(..=self.page?)?;
        let (_, end) = until.last()?.time?;
        Some((until.iter().map(|leg| leg.round_trips).sum(), end))
    }

    /// How many legs there are of a stage.
    #[must_use]
    pub fn count(&self, stage: Stage) -> usize {
        let of = |leg: &&Leg| leg.stage == stage;
        self.legs.iter().filter(of).count()
    }

    /// When the last server was done.
    #[must_use]
    pub fn end(&self) -> Duration {
        let ends = self.legs.iter().filter_map(|leg| leg.time);
        ends.map(|(_, end)| end).max().unwrap_or_default()
    }
}

fn since(at: Instant, began: Instant) -> Duration {
    at.saturating_duration_since(began)
}

fn by_arrival(entries: &[Entry]) -> Vec<&Entry> {
    let mut all: Vec<&Entry> = entries.iter().collect();
    all.sort_by_key(|entry| entry.began);
    all
}

/// What a server saw of the client. What servers ask each other is told with the request that it is for.
fn leg(what: &What, time: Option<(Duration, Duration)>) -> Option<Leg> {
    let (stage, name, text, round_trips) = match what {
        What::Dns(query) => (
            Stage::Dns,
            Some(query.qname.clone()),
            asked(query),
            to_name_server(query),
        ),
        What::Tcp { ip, port, conn } => {
            let text = format!("{ip}:{port}, connection {conn}");
            (Stage::Tcp, None, text, 1)
        }
        What::Tls(tls) => (Stage::Tls, None, greeted(tls), tls.round_trips),
        What::Http(http) => (Stage::Http, None, answered(http), 1),
        What::Inside { .. } => return None,
    };
    Some(Leg {
        stage,
        name,
        text,
        round_trips,
        time,
    })
}

/// A datagram and its answer are one round trip, a connection is one more. Silence is none: nothing came back.
fn to_name_server(query: &Query) -> u32 {
    match (query.rcode.as_str(), query.transport) {
        ("TIMEOUT", Transport::Udp) => 0,
        ("TIMEOUT", Transport::Tcp) | (_, Transport::Udp) => 1,
        (_, Transport::Tcp) => 2,
    }
}

fn asked(query: &Query) -> String {
    let tier = match query.tier {
        Tier::Root => "root",
        Tier::Tld => "TLD",
        Tier::Site => "site",
        Tier::Cdn => "CDN",
        Tier::External => "other host",
    };
    let over = match query.transport {
        Transport::Udp => "",
        Transport::Tcp => " over TCP",
    };
    let said = match (&query.zone, query.rcode.as_str()) {
        (Some(zone), _) => format!("refers to {zone}"),
        (None, "TIMEOUT") => "is silent".to_owned(),
        (None, "NOERROR") if !query.answers.is_empty() => query.answers.join(", "),
        (None, "NOERROR") if query.ttl.is_none() => "cuts its answer off".to_owned(),
        (None, other) => other.to_owned(),
    };
    format!("{tier}{over}: {said} ({})", query.server)
}

fn greeted(tls: &Handshake) -> String {
    let host = tls.sni.as_deref().unwrap_or("no name");
    let trusted = if tls.trusted {
        ""
    } else {
        ", a certificate not to be trusted"
    };
    match (&tls.version, &tls.alpn) {
        (None, _) => format!("{host}: broken off{trusted}"),
        (Some(version), Some(alpn)) => format!("{host}: {version}, {alpn}{trusted}"),
        (Some(version), None) => format!("{host}: {version}{trusted}"),
    }
}

fn answered(http: &Exchange) -> String {
    let who = http.path.first().map_or("nobody", String::as_str);
    // Of `https://host/path` the third slash begins the path.
    let path = http.url.match_indices('/').nth(2);
    let path = path.map_or("/", |(at, _)| &http.url[at..]);
    let parameters = http.cache_status.as_deref().unwrap_or("").split(';');
    let stored = parameters.skip(1).any(|p| p.trim() == "hit");
    let stored = match (&http.cache_status, stored) {
        (None, _) => "",
        (Some(_), true) => " hit",
        (Some(_), false) => " miss",
    };
    format!(
        "{who}: {}{stored} {path}, {} bytes",
        http.status, http.bytes
    )
}

/// Who was asked behind the edge for this request, each by the one before.
fn behind(http: &Exchange, of: &Entry, entries: &[Entry], began: Instant) -> Vec<Leg> {
    let during = |entry: &&Entry| of.began <= entry.began && entry.at <= of.at;
    let pairs = http.path.iter().zip(http.path.iter().skip(1));
    let legs = pairs.filter_map(|(by, who)| {
        let is = |entry: &&Entry| matches!(&entry.what, What::Inside { name, .. } if name == who);
        let entry = entries.iter().filter(during).find(is)?;
        Some(Leg {
            stage: Stage::Behind,
            name: None,
            text: format!("{who} for {by}"),
            round_trips: 0,
            time: Some((since(entry.began, began), since(entry.at, began))),
        })
    });
    legs.collect()
}

/// What only the client knows, each with how many of its hops were seen by servers before.
fn unseen(claims: &Claims, page: &str) -> Vec<(usize, Leg)> {
    let site = page.trim_end_matches('/');
    let mut seen = 0;
    let mut found = Vec::new();
    for hop in &claims.hops {
        let (stage, name, text) = match hop {
            Hop::Dns(lookup) if lookup.cached => remembered(lookup),
            Hop::Render(render) => {
                let path = render
                    .resource
                    .strip_prefix(site)
                    .filter(|path| path.starts_with('/'));
                let text = format!("{} {}", render.event, path.unwrap_or(&render.resource));
                (Stage::Render, None, text)
            }
            _ => {
                seen += 1;
                continue;
            }
        };
        let leg = Leg {
            stage,
            name,
            text,
            round_trips: 0,
            time: None,
        };
        found.push((seen, leg));
    }
    found
}

fn remembered(lookup: &Lookup) -> (Stage, Option<String>, String) {
    let said = if lookup.answers.is_empty() {
        lookup.rcode.clone()
    } else {
        lookup.answers.join(", ")
    };
    let left = lookup.ttl.map(|ttl| format!(", for {ttl} s more"));
    let text = format!("{said}{}", left.unwrap_or_default());
    (Stage::Memory, Some(lookup.qname.clone()), text)
}

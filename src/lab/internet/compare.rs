//! Holding claims against the log: each claim must have its entry, and each entry its claim.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use super::claim::{Claims, Exchange, Hop, Lookup};
use super::line::{Line, Topic};
use super::log::{Entry, Query, What};
use super::page::{Event, Page};

/// One thing in which claims and log differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is about.
    pub topic: Topic,
    /// What the client says; none when it leaves something out.
    pub claim: Option<String>,
    /// What the log says; none when it has no such thing.
    pub log: Option<String>,
    /// What is wrong, and where that is written.
    pub why: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
        writeln!(f, "{}: {}", self.topic.name(), self.why)?;
        writeln!(f, "  claim  {}", side(&self.claim))?;
        write!(f, "  log    {}", side(&self.log))
    }
}

/// The truth: the whole log, from where on it is asked about, and what the page is.
#[derive(Clone, Copy, Debug)]
pub struct Truth<'t> {
    /// All entries.
    pub entries: &'t [Entry],
    /// Where those begin that the claims are about.
    pub mark: usize,
    /// When the client was asked.
    pub began: Instant,
    /// The page.
    pub page: &'t Page,
    /// The servers that a client knows from the start.
    pub roots: &'t [Ipv4Addr],
}

/// Every difference between claims and truth.
#[must_use]
pub fn differences(claims: &Claims, truth: &Truth<'_>) -> Vec<Difference> {
    let mut found: Vec<Difference> = claims
        .unread
        .iter()
        .map(|(what, why)| difference(Topic::Format, Some(what), None, why))
        .collect();
    for topic in Topic::HOPS {
        let claimed = claims.hops.iter().filter_map(|hop| Line::claim(hop, topic));
        let logged = truth.new().filter_map(|what| Line::log(what, topic));
        found.extend(paired(topic, once(claimed), once(logged)));
    }
    found.extend(unearned(truth));
    found.extend(lookups_in_order(claims, truth));
    found.extend(cached(claims, truth));
    found.extend(connections(claims, truth));
    found.extend(whole(claims, truth));
    found.extend(rendered(claims, truth));
    found
}

/// The lines, of which a question that got no answer counts once however often it was repeated.
fn once(lines: impl Iterator<Item = Line>) -> Vec<Line> {
    let mut all: Vec<Line> = Vec::new();
    for line in lines {
        if !(line.is_unanswered() && all.contains(&line)) {
            all.push(line);
        }
    }
    all
}

fn difference(topic: Topic, claim: Option<&str>, log: Option<&str>, why: &str) -> Difference {
    Difference {
        topic,
        claim: claim.map(str::to_owned),
        log: log.map(str::to_owned),
        why: why.to_owned(),
    }
}

impl Difference {
    fn of(topic: Topic, claim: Option<&Line>, log: Option<&Line>, why: &str) -> Self {
        let (claim, log) = (claim.map(ToString::to_string), log.map(ToString::to_string));
        difference(topic, claim.as_deref(), log.as_deref(), why)
    }
}

impl<'t> Truth<'t> {
    fn new(&self) -> impl Iterator<Item = &'t What> {
        let new = self.entries.get(self.mark..).unwrap_or_default();
        new.iter().map(|entry| &entry.what)
    }

    /// The request for the document, if it was answered.
    fn document(&self) -> Option<&'t super::log::Exchange> {
        self.new().find_map(|what| match what {
            What::Http(http) if http.url == self.page.url && http.status == 200 => Some(http),
            _ => None,
        })
    }
}

/// Takes equal lines from both sides, then pairs what is about the same thing, and tells what is left over.
fn paired(topic: Topic, claimed: Vec<Line>, mut logged: Vec<Line>) -> Vec<Difference> {
    let mut open = Vec::new();
    for claim in claimed {
        match logged.iter().position(|line| *line == claim) {
            Some(at) => drop(logged.remove(at)),
            None => open.push(claim),
        }
    }
    let mut found = Vec::new();
    for claim in open {
        let same = logged.iter().position(|line| line.key == claim.key);
        let log = same.map(|at| logged.remove(at));
        let why = match &log {
            Some(log) => claim.unlike(log, topic),
            None => topic.invented().to_owned(),
        };
        found.push(Difference::of(topic, Some(&claim), log.as_ref(), &why));
    }
    let missing = |log: &Line| Difference::of(topic, None, Some(log), topic.missing());
    found.extend(logged.iter().map(missing));
    found
}

/// Servers that were asked, and addresses that were connected to, though nobody had told the client of them.
fn unearned(truth: &Truth<'_>) -> Vec<Difference> {
    let mut servers: BTreeSet<Ipv4Addr> = truth.roots.iter().copied().collect();
    let mut addresses: BTreeSet<String> = BTreeSet::new();
    let mut found = Vec::new();
    for (i, entry) in truth.entries.iter().enumerate() {
        match &entry.what {
            What::Dns(query) => {
                if i >= truth.mark && !servers.contains(&query.server) {
                    let why = "no server had referred to this one; start at a root and follow the referrals (RFC 1034, 5.3.3)";
                    let log = query.to_string();
                    found.push(difference(Topic::Dns, None, Some(&log), why));
                }
                servers.extend(&query.refers_to);
                addresses.extend(query.answers.iter().cloned());
            }
            What::Tcp { ip, .. } if i >= truth.mark && !addresses.contains(&ip.to_string()) => {
                let why = "no answer had given this address; connect where the name leads (RFC 1034, 2.2)";
                let log = entry.what.to_string();
                found.push(difference(Topic::Tcp, None, Some(&log), why));
            }
            _ => {}
        }
    }
    found
}

/// For each name, the servers must be claimed in the order in which they were asked.
fn lookups_in_order(claims: &Claims, truth: &Truth<'_>) -> Vec<Difference> {
    let mut said: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for lookup in lookups(claims).filter(|lookup| !lookup.cached) {
        let server = lookup.server.clone().unwrap_or_default();
        said.entry(lookup.qname.to_ascii_lowercase())
            .or_default()
            .push(server);
    }
    let mut asked: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for query in queries(truth) {
        let servers = asked.entry(query.qname.clone()).or_default();
        servers.push(query.server.to_string());
    }
    let mut found = Vec::new();
    for (name, servers) in said {
        let Some(order) = asked.get(&name).filter(|order| **order != servers) else {
            continue;
        };
        let sorted = |list: &[String]| {
            let mut list = list.to_vec();
            list.sort();
            list
        };
        // Other servers are another difference, which is told already.
        if sorted(order) == sorted(&servers) {
            let side = |list: &[String]| format!("{name}: {}", list.join(" then "));
            let why = "asked in another order (RFC 1034, 5.3.3)";
            let (claim, log) = (side(&servers), side(order));
            found.push(difference(Topic::Dns, Some(&claim), Some(&log), why));
        }
    }
    found
}

fn lookups(claims: &Claims) -> impl Iterator<Item = &Lookup> {
    claims.hops.iter().filter_map(|hop| match hop {
        Hop::Dns(lookup) => Some(lookup),
        _ => None,
    })
}

fn queries<'t>(truth: &Truth<'t>) -> impl Iterator<Item = &'t Query> {
    truth.new().filter_map(|what| match what {
        What::Dns(query) => Some(query),
        _ => None,
    })
}

/// What is said to come from the client's cache must have been answered before, and still be fresh.
fn cached(claims: &Claims, truth: &Truth<'_>) -> Vec<Difference> {
    let fresh = |entry: &&Entry, ttl: Option<u32>| {
        let life = Duration::from_secs(ttl.unwrap_or(0).into());
        entry.at + life > truth.began
    };
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let mut absent: BTreeSet<&str> = BTreeSet::new();
    for entry in truth.entries {
        if let What::Dns(query) = &entry.what {
            if fresh(&entry, query.ttl) {
                known.extend(query.answers.iter().map(String::as_str));
            }
            if query.answers.is_empty() && query.rcode != "TIMEOUT" {
                absent.insert(&query.qname);
            }
        }
    }
    let wrong = |lookup: &&Lookup| {
        let name = lookup.qname.to_ascii_lowercase();
        let told = |answer: &String| known.contains(answer.to_ascii_lowercase().as_str());
        let right = if lookup.answers.is_empty() {
            absent.contains(name.as_str())
        } else {
            lookup.answers.iter().all(told)
        };
        lookup.cached && !right
    };
    let tell = |lookup: &Lookup| {
        let claim = format!(
            "{} from the cache: {}",
            lookup.qname,
            lookup.answers.join(" ")
        );
        let why = "no answer that is still fresh says so (RFC 1035, 3.2.1)";
        difference(Topic::Dns, Some(&claim), None, why)
    };
    lookups(claims).filter(wrong).map(tell).collect()
}

/// Requests that are said to share a connection must share one, and no others.
fn connections(claims: &Claims, truth: &Truth<'_>) -> Vec<Difference> {
    let mut ours: BTreeMap<u64, String> = BTreeMap::new();
    let mut theirs: BTreeMap<String, u64> = BTreeMap::new();
    let mut logged: Vec<&super::log::Exchange> = truth
        .new()
        .filter_map(|what| match what {
            What::Http(http) => Some(http),
            _ => None,
        })
        .collect();
    let mut found = Vec::new();
    for claim in claims.hops.iter().filter_map(exchange) {
        // In the order of the log: equal requests are told apart by nothing else.
        let Some(at) = logged.iter().position(|http| http.url == claim.url) else {
            continue;
        };
        let http = logged.remove(at);
        let said = claim.conn.to_string();
        let first = *theirs.entry(said.clone()).or_insert(http.conn);
        let name = ours
            .entry(http.conn)
            .or_insert_with(|| said.clone())
            .clone();
        if first != http.conn || name != said {
            let claim = format!("{} on connection {said}", claim.url);
            let log = format!("{} on connection {} of the log", http.url, http.conn);
            let why = if first == http.conn {
                "two names for one connection (RFC 9112, 9.3)"
            } else {
                "one name for two connections (RFC 9112, 9.3)"
            };
            found.push(difference(Topic::Tcp, Some(&claim), Some(&log), why));
        }
    }
    for hop in &claims.hops {
        let Hop::Tcp(tcp) = hop else { continue };
        let Some(conn) = theirs.get(&tcp.conn.to_string()) else {
            continue;
        };
        let real = truth.entries.iter().find_map(|entry| match &entry.what {
            What::Tcp { ip, port, conn: c } if c == conn => Some((*ip, *port)),
            _ => None,
        });
        if let Some((ip, port)) = real.filter(|real| *real != (tcp.ip, tcp.port)) {
            let claim = format!("connection {} to {}:{}", tcp.conn, tcp.ip, tcp.port);
            let log = format!("its requests came to {ip}:{port}");
            let why = "the requests of this connection went elsewhere (RFC 9110, 4.3)";
            found.push(difference(Topic::Tcp, Some(&claim), Some(&log), why));
        }
    }
    found
}

fn exchange(hop: &Hop) -> Option<&Exchange> {
    match hop {
        Hop::Http(http) => Some(http),
        _ => None,
    }
}

/// What the whole came to.
fn whole(claims: &Claims, truth: &Truth<'_>) -> Vec<Difference> {
    let Some(claim) = &claims.whole else {
        return Vec::new();
    };
    let (mut requests, mut bytes) = (0_u64, 0_u64);
    for what in truth.new() {
        if let What::Http(http) = what {
            requests += 1;
            bytes += http.bytes;
        }
    }
    let mut found = Vec::new();
    let mut hold = |name: &str, said: String, is: String, why: &str| {
        if said != is {
            let (said, is) = (format!("{name} {said}"), format!("{name} {is}"));
            found.push(difference(Topic::Page, Some(&said), Some(&is), why));
        }
    };
    let counted = "every request counts, also those that were redirected";
    hold(
        "requests",
        claim.requests.to_string(),
        requests.to_string(),
        counted,
    );
    hold("bytes", claim.bytes.to_string(), bytes.to_string(), counted);
    if let Some(document) = truth.document() {
        let last = "the URL of the document is where the last redirect led (RFC 9110, 15.4)";
        hold("url", claim.url.clone(), document.url.clone(), last);
        let why = "who handled the document now: `Cache-Status` says whether the edge asked anybody (RFC 9211, 2); on a hit the stored `Via` and `Server-Timing` are those of an earlier request";
        hold(
            "path",
            claim.path.join(" > "),
            document.path.join(" > "),
            why,
        );
    }
    found
}

/// Each event of rendering once, and in an order that HTML allows.
fn rendered(claims: &Claims, truth: &Truth<'_>) -> Vec<Difference> {
    if truth.document().is_none() {
        return Vec::new();
    }
    let said: Vec<Event> = claims
        .hops
        .iter()
        .filter_map(|hop| match hop {
            Hop::Render(render) => Some((render.event.clone(), render.resource.clone())),
            _ => None,
        })
        .collect();
    let text = |event: &Event| format!("{} {}", event.0, event.1);
    let mut owed = truth.page.events();
    let mut found = Vec::new();
    for event in &said {
        match owed.iter().position(|owed| owed == event) {
            Some(at) => drop(owed.remove(at)),
            None => {
                let why = "the page has no such event, or has it once";
                found.push(difference(Topic::Render, Some(&text(event)), None, why));
            }
        }
    }
    for event in &owed {
        let why = "this happens too when the page is rendered";
        found.push(difference(Topic::Render, None, Some(&text(event)), why));
    }
    let at = |event: &Event| said.iter().position(|said| said == event);
    for rule in truth.page.rules() {
        if let (Some(first), Some(then)) = (at(&rule.first), at(&rule.then))
            && first > then
        {
            let (one, two) = (text(&rule.first), text(&rule.then));
            let (claim, log) = (format!("{two}, then {one}"), format!("{one}, then {two}"));
            found.push(difference(
                Topic::Render,
                Some(&claim),
                Some(&log),
                rule.why,
            ));
        }
    }
    found
}

//! The journey: which requests shared a connection, what the whole came to, and in what order it was rendered.

use std::collections::BTreeMap;

use super::super::claim::{Claims, Exchange, Hop};
use super::super::line::Topic;
use super::super::log::{self, What};
use super::super::page::Event;
use super::{Difference, Truth, difference};

/// Requests that are said to share a connection must share one, and no others.
pub(super) fn connections(claims: &Claims, truth: &Truth<'_>) -> Vec<Difference> {
    let mut ours: BTreeMap<u64, String> = BTreeMap::new();
    let mut theirs: BTreeMap<String, u64> = BTreeMap::new();
    let mut logged: Vec<&log::Exchange> = truth
        .entries_since()
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
pub(super) fn whole(claims: &Claims, truth: &Truth<'_>) -> Vec<Difference> {
    let Some(claim) = &claims.whole else {
        return Vec::new();
    };
    let (mut requests, mut bytes) = (0_u64, 0_u64);
    for what in truth.entries_since() {
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

/// Once the document is there, only what it names is asked for, and each thing once.
pub(super) fn needless(truth: &Truth<'_>) -> Vec<Difference> {
    if truth.document().is_none() {
        return Vec::new();
    }
    let page = truth.page;
    let named: Vec<&str> = page.resources.iter().map(|r| r.url.as_str()).collect();
    let mut owed: Vec<&str> = named.iter().copied().chain([page.url.as_str()]).collect();
    let mut found = Vec::new();
    for what in truth.entries_since() {
        let What::Http(http) = what else { continue };
        if let Some(at) = owed.iter().position(|url| *url == http.url) {
            owed.remove(at);
        } else if !(300..400).contains(&http.status) {
            let why = if http.url == page.url || named.contains(&http.url.as_str()) {
                "asked for once more, though it was there already (RFC 9111, 4)"
            } else {
                "asked for, though the page does not need it: a comment or a link names no part of the page (HTML Standard, 13.1.6)"
            };
            let log = format!("{} -> {}", http.url, http.status);
            found.push(difference(Topic::Page, None, Some(&log), why));
        }
    }
    found
}

/// Each event of rendering once, and in an order that HTML allows.
pub(super) fn rendered(claims: &Claims, truth: &Truth<'_>) -> Vec<Difference> {
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
        if let Some(at) = owed.iter().position(|owed| owed == event) {
            owed.remove(at);
        } else {
            let why = "the page has no such event, or has it once";
            found.push(difference(Topic::Render, Some(&text(event)), None, why));
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

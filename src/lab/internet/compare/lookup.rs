//! Names: whether each server was earned by a referral, asked in order, and each cached answer still fresh.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::time::Duration;

use super::super::claim::{Claims, Hop, Lookup};
use super::super::line::Topic;
use super::super::log::{Entry, Query, What};
use super::{Difference, Truth, difference};

/// Servers that were asked, and addresses that were connected to, though nobody had told the client of them.
pub(super) fn unearned(truth: &Truth<'_>) -> Vec<Difference> {
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
pub(super) fn lookups_in_order(claims: &Claims, truth: &Truth<'_>) -> Vec<Difference> {
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
    truth.entries_since().filter_map(|what| match what {
        What::Dns(query) => Some(query),
        _ => None,
    })
}

/// What is said to come from the client's cache must have been answered before, and still be fresh.
pub(super) fn cached(claims: &Claims, truth: &Truth<'_>) -> Vec<Difference> {
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

//! An internet seen by an honest client, and by several that are not.

use std::net::Ipv4Addr;
use std::time::Instant;

use serde_json::{Value as Json, json};

use super::claim::Claims;
use super::log::{Tier, What};
use super::trouble::{Certificate, Spoof};
use super::*;

mod client;
mod garbage;
#[cfg(target_os = "linux")]
mod left;
mod order;
mod seen;

use client::Client;

/// A seed for each test, so that all see different names.
async fn internet(seed: u64) -> (Internet, Client, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let net = Internet::start(seed, folder.path()).await.unwrap();
    let client = Client::new(&net.env());
    (net, client, folder)
}

/// What the client says of its way to `url`, and what is wrong with it.
async fn differences(net: &Internet, client: &mut Client, url: &str) -> (Json, Vec<Difference>) {
    net.settle().await;
    let (mark, began) = (net.log().mark(), Instant::now());
    let report = client.trace(url).await;
    net.settle().await;
    let found = net.differences(&Claims::read(&report), mark, began);
    (report, found)
}

fn site(net: &Internet) -> String {
    format!("https://{}/", net.hosts()[0].1)
}

fn count(net: &Internet, mark: usize, is: impl Fn(&What) -> bool) -> usize {
    let entries = net.log().since(mark);
    entries.iter().filter(|entry| is(&entry.what)).count()
}

#[tokio::test]
async fn an_honest_report_has_no_difference_whatever_the_seed() {
    for seed in 0..20 {
        let (net, mut client, _folder) = internet(seed).await;
        for url in [
            site(&net),
            site(&net),
            format!("http://{}/", net.hosts()[0].1),
            format!("https://{}/", net.hosts()[1].1),
        ] {
            let (report, found) = differences(&net, &mut client, &url).await;
            assert_eq!(found, [], "seed {seed}, {url}: {report:#}");
        }
    }
}

#[tokio::test]
async fn the_second_request_reaches_the_edge_alone() {
    let (net, mut client, _folder) = internet(30).await;
    let behind = |what: &What| matches!(what, What::Inside { .. });
    let (first, _) = differences(&net, &mut client, &site(&net)).await;
    let mark = net.log().mark();
    let (second, _) = differences(&net, &mut client, &site(&net)).await;
    assert_eq!(first["page"]["path"].as_array().unwrap().len(), 4);
    assert_eq!(second["page"]["path"].as_array().unwrap().len(), 1);
    assert_eq!(count(&net, mark, behind), 0);
}

#[tokio::test]
async fn an_invented_a_changed_and_a_missing_hop_are_told_apart() {
    let (net, mut client, _folder) = internet(31).await;
    let (report, _) = differences(&net, &mut client, &site(&net)).await;
    let again = |report: &Json| {
        let found = net.differences(&Claims::read(report), 0, Instant::now());
        let told = |d: &Difference| (d.topic, d.claim.is_some(), d.log.is_some());
        found.iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(again(&report), []);
    let hops = report["hops"].as_array().unwrap();
    let at = |kind: &str| hops.iter().position(|hop| hop.get(kind).is_some()).unwrap();
    let last = |kind: &str| {
        hops.iter()
            .rposition(|hop| hop.get(kind).is_some())
            .unwrap()
    };
    let changed = |change: &dyn Fn(&mut Vec<Json>)| {
        let mut report = report.clone();
        change(report["hops"].as_array_mut().unwrap());
        again(&report)
    };
    let invented = json!({"tcp": {"ip": "198.51.100.1", "port": 80, "conn": 99}});
    assert_eq!(
        changed(&|hops| hops.push(invented.clone())),
        [(Topic::Tcp, true, false)]
    );
    assert_eq!(
        changed(&|hops| drop(hops.remove(last("dns")))),
        [(Topic::Dns, false, true)]
    );
    for (kind, key, value) in [
        ("dns", "ttl", json!(1)),
        ("dns", "rcode", json!("NXDOMAIN")),
        ("dns", "answers", json!(["192.0.2.254"])),
        ("tls", "serial", json!("00")),
        ("tls", "verified", json!(false)),
        ("tls", "version", json!("TLSv1.2")),
        ("http", "age", json!(3)),
        ("http", "cache_status", json!(null)),
        ("http", "server_timing", json!("app")),
        ("http", "bytes", json!(1)),
    ] {
        let topic = Topic::HOPS.into_iter().find(|t| t.name() == kind).unwrap();
        assert_eq!(
            changed(&|hops| hops[at(kind)][kind][key] = value.clone()),
            [(topic, true, true)],
            "{kind} {key}"
        );
    }
    let torn = changed(&|hops| hops[at("http")] = json!({"http": {"url": 3}}));
    assert!(torn.contains(&(Topic::Format, true, false)), "{torn:?}");
}

#[tokio::test]
async fn an_answer_may_come_too_late_for_a_client_that_asks_again_and_for_no_other() {
    let (net, mut client, _folder) = internet(40).await;
    let (report, _) = differences(&net, &mut client, &site(&net)).await;
    let late = |from_the_end: bool| {
        let mut report = report.clone();
        let hops = report["hops"].as_array_mut().unwrap();
        let mut dns = hops.iter_mut().filter_map(|hop| hop.get_mut("dns"));
        let dns = if from_the_end {
            dns.next_back()
        } else {
            dns.next()
        };
        let dns = dns.unwrap();
        dns["rcode"] = json!("TIMEOUT");
        dns["answers"] = json!([]);
        dns["ttl"] = json!(null);
        net.differences(&Claims::read(&report), 0, Instant::now())
    };
    assert_eq!(late(false), []);
    assert_eq!(late(true).len(), 1);
}

#[tokio::test]
async fn a_claim_of_one_connection_for_two_is_found() {
    let (net, mut client, _folder) = internet(32).await;
    let (mut report, _) = differences(&net, &mut client, &site(&net)).await;
    for hop in report["hops"].as_array_mut().unwrap() {
        if let Some(http) = hop.get_mut("http") {
            http["conn"] = json!(1);
        }
    }
    let found = net.differences(&Claims::read(&report), 0, Instant::now());
    assert!(!found.is_empty());
    assert!(found.iter().all(|d| d.topic == Topic::Tcp), "{found:?}");
}

#[tokio::test]
async fn a_server_that_nobody_referred_to_may_not_be_asked() {
    let (net, mut client, _folder) = internet(33).await;
    let own = net.shared.plan.zones.iter().find(|z| z.tier == Tier::Site);
    let server = own.unwrap().servers[0].ip;
    let mark = net.log().mark();
    client.ask(server, net.hosts()[0].1, false).await.unwrap();
    let found = net.differences(&Claims::default(), mark, Instant::now());
    let said = |d: &Difference| d.why.starts_with("no server had referred to this one");
    assert!(found.iter().any(said), "{found:?}");
}

#[tokio::test]
async fn a_cached_answer_must_have_been_given_and_be_fresh() {
    let (net, mut client, _folder) = internet(34).await;
    net.make(Trouble {
        ttl: Some(0),
        ..Trouble::default()
    });
    differences(&net, &mut client, &site(&net)).await;
    let claim = |answer: &str| {
        json!({"hops": [{"dns": {"server": null, "transport": null, "qname": "x.test", "qtype": "A",
            "rcode": "NOERROR", "answers": [answer], "ttl": 1, "cached": true}}],
            "page": {"url": "", "requests": 0, "bytes": 0, "path": []}})
    };
    let address = net.shared.plan.edges[0].to_string();
    let judge = |report: Json| {
        let mark = net.log().mark();
        net.differences(&Claims::read(&report), mark, Instant::now())
    };
    // It was answered with no time to live at all.
    assert_eq!(judge(claim(&address)).len(), 1);
    net.lift();
    client.forget();
    differences(&net, &mut client, &site(&net)).await;
    assert_eq!(judge(claim(&address)), []);
    assert_eq!(judge(claim("198.51.100.255")).len(), 1);
}

#[tokio::test]
async fn spoofed_replies_come_first_and_differ_in_one_thing() {
    let (net, mut client, _folder) = internet(35).await;
    for spoof in [Spoof::Id, Spoof::Source, Spoof::Question] {
        net.lift();
        net.make(Trouble {
            spoof: Some(spoof),
            ..Trouble::default()
        });
        client.forget();
        let (_, found) = differences(&net, &mut client, &site(&net)).await;
        assert_eq!(found, [], "{spoof:?}");
        let root = net.roots()[0];
        let first = client.first_reply(root, net.hosts()[0].1).await;
        assert_eq!(first.right_id, spoof != Spoof::Id);
        assert_eq!(first.right_source, spoof != Spoof::Source);
        assert_eq!(first.right_question, spoof != Spoof::Question);
        assert_eq!(first.addresses, [Ipv4Addr::new(203, 0, 113, 255)]);
    }
}

#[tokio::test]
async fn silence_and_truncation_are_logged_as_they_were() {
    let (net, mut client, _folder) = internet(36).await;
    net.make(Trouble {
        silent: Some(Tier::Site),
        truncate: true,
        ..Trouble::default()
    });
    let (_, found) = differences(&net, &mut client, &site(&net)).await;
    assert_eq!(found, []);
    let silent = |what: &What| matches!(what, What::Dns(q) if q.rcode == "TIMEOUT");
    let tcp = |what: &What| matches!(what, What::Dns(q) if q.transport == log::Transport::Tcp);
    assert!(count(&net, 0, silent) >= 1);
    assert!(count(&net, 0, tcp) >= 3);
}

#[tokio::test]
async fn a_name_that_is_not_there_and_an_address_that_leads_nowhere() {
    let (net, mut client, _folder) = internet(37).await;
    let [_, (_, apex), _, (_, down)] = net.hosts();
    for (url, error) in [
        (format!("https://nobody.{apex}/"), "name-not-found"),
        (format!("https://{down}/"), "connect"),
    ] {
        let report = client.trace(&url).await;
        assert_eq!(report["error"], error);
    }
    net.settle().await;
    assert_eq!(count(&net, 0, |what| matches!(what, What::Tcp { .. })), 0);
    let message = client.ask(net.roots()[0], "a.b", false).await.unwrap();
    assert!(!message.authorities.is_empty(), "no SOA");
}

#[tokio::test]
async fn a_machine_that_refuses_is_named_first_and_seen_by_nobody() {
    let (net, mut client, _folder) = internet(41).await;
    net.make(Trouble {
        refuse: true,
        ..Trouble::default()
    });
    // This client tries no second address.
    let report = client.trace(&site(&net)).await;
    assert_eq!(report["error"], "connect");
    net.settle().await;
    assert_eq!(count(&net, 0, |what| matches!(what, What::Tcp { .. })), 0);
    let closed = net.shared.plan.closed;
    let named =
        |what: &What| matches!(what, What::Dns(q) if q.answers.contains(&closed.to_string()));
    assert_eq!(count(&net, 0, named), 1);
    let refused = std::net::TcpStream::connect(net.map[&format!("tcp/{closed}:443")]);
    assert_eq!(
        refused.unwrap_err().kind(),
        io::ErrorKind::ConnectionRefused
    );
    net.lift();
    client.forget();
    assert_eq!(differences(&net, &mut client, &site(&net)).await.1, []);
}

#[tokio::test]
async fn what_the_page_does_not_need_and_what_was_there_already_is_told() {
    let (net, mut client, _folder) = internet(42).await;
    let (report, found) = differences(&net, &mut client, &site(&net)).await;
    assert_eq!(found, []);
    let page = |found: Vec<Difference>| {
        let needless = |d: &Difference| d.topic == Topic::Page && d.claim.is_none();
        let told = found.into_iter().filter(needless);
        told.map(|d| (d.log.unwrap(), d.why)).collect::<Vec<_>>()
    };
    client.trace(&format!("{}retired.js", site(&net))).await;
    net.settle().await;
    let found = net.differences(&Claims::read(&report), 0, Instant::now());
    let [(log, why)] = page(found).try_into().unwrap();
    assert_eq!(log, format!("{}retired.js -> 404", site(&net)));
    assert!(why.starts_with("asked for, though the page does not need it"));
    client.trace(&site(&net)).await;
    net.settle().await;
    let found = net.differences(&Claims::read(&report), 0, Instant::now());
    let again = page(found)
        .into_iter()
        .filter(|(_, why)| why.starts_with("asked for once more"));
    assert_eq!(again.count(), net.page().resources.len() + 1);
}

#[tokio::test]
async fn a_bad_certificate_is_refused_and_no_request_is_seen() {
    let (net, mut client, _folder) = internet(38).await;
    for kind in [
        Certificate::Expired,
        Certificate::WrongName,
        Certificate::UnknownCa,
    ] {
        net.lift();
        net.make(Trouble {
            certificate: kind,
            ..Trouble::default()
        });
        client.forget();
        let mark = net.log().mark();
        let report = client.trace(&site(&net)).await;
        assert_eq!(report["error"], "certificate", "{kind:?}");
        net.settle().await;
        let shown = |what: &What| matches!(what, What::Tls(tls) if !tls.trusted);
        assert_eq!(count(&net, mark, shown), 1);
        assert_eq!(count(&net, mark, |w| matches!(w, What::Http(_))), 0);
    }
}

#[tokio::test]
async fn nothing_of_it_is_left_when_it_is_dropped() {
    let (net, mut client, _folder) = internet(39).await;
    client.trace(&site(&net)).await;
    // Every task with a socket holds on to what all share. A port may have a new owner at once, so it proves nothing.
    let held = Arc::downgrade(&net.shared);
    assert!(held.strong_count() > net.map.len());
    drop(net);
    let gone = async {
        while held.strong_count() > 0 {
            tokio::task::yield_now().await;
        }
    };
    let limit = std::time::Duration::from_secs(20);
    tokio::time::timeout(limit, gone).await.unwrap();
}

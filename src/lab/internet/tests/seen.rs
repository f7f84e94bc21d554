//! A visit as the servers saw it: what was done, in order, with its round trips.

use std::time::Duration;

use super::super::visit::{Leg, Stage, Visit};
use super::*;

async fn visit(net: &Internet, client: &mut Client) -> (Json, Visit) {
    net.settle().await;
    let (mark, began) = (net.log().mark(), Instant::now());
    let report = client.trace(&site(net)).await;
    net.settle().await;
    let visit = net.visit(&Claims::read(&report), mark, began);
    (report, visit)
}

fn texts(visit: &Visit, stage: Stage) -> Vec<&str> {
    let legs = visit.legs.iter().filter(|leg| leg.stage == stage);
    legs.map(|leg| leg.text.as_str()).collect()
}

#[tokio::test]
async fn each_hop_is_there_in_the_order_of_the_report() {
    let (net, mut client, _folder) = internet(80).await;
    let (report, visit) = visit(&net, &mut client).await;
    let hops = report["hops"].as_array().unwrap();
    let said: Vec<&str> = hops
        .iter()
        .map(|hop| hop.as_object().unwrap().keys().next().unwrap().as_str())
        .collect();
    let own = visit.legs.iter().filter(|leg| leg.stage != Stage::Behind);
    let seen: Vec<&str> = own.map(|leg| leg.stage.name()).collect();
    assert_eq!(seen, said);
    let requests = visit.count(Stage::Http);
    // UDP, TCP, TLS 1.3 and a request take one each.
    assert_eq!(
        usize::try_from(visit.round_trips(None)).unwrap(),
        visit.count(Stage::Dns) + 2 + 2 + requests
    );
    let page = &visit.legs[visit.page.unwrap()];
    assert!(page.text.contains(": 200 miss /, "), "{page:?}");
    let (trips, at) = visit.first_byte().unwrap();
    assert_eq!(
        trips,
        visit.round_trips(Some(Stage::Dns)) - dns_of(&visit, net.hosts()[2].1) + 3
    );
    assert!(at > Duration::ZERO && at <= visit.end());
}

/// How many questions were about this name.
fn dns_of(visit: &Visit, name: &str) -> u32 {
    let of = |leg: &&Leg| leg.name.as_deref() == Some(name);
    let all = visit.legs.iter().filter(of).map(|leg| leg.round_trips);
    all.sum()
}

#[tokio::test]
async fn behind_the_edge_each_is_asked_by_the_one_before_and_meanwhile() {
    let (net, mut client, _folder) = internet(81).await;
    let (report, cold) = visit(&net, &mut client).await;
    let path: Vec<&str> = report["page"]["path"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p.as_str().unwrap())
        .collect();
    let page = cold.page.unwrap();
    let asked = path
        .iter()
        .zip(&path[1..])
        .map(|(by, who)| format!("{who} for {by}"));
    let legs = &cold.legs[page..page + 4];
    assert!(
        legs[1..].iter().map(|leg| leg.text.clone()).eq(asked),
        "{legs:?}"
    );
    for pair in legs.windows(2) {
        let (outer, inner) = (pair[0].time.unwrap(), pair[1].time.unwrap());
        assert!(outer.0 <= inner.0 && inner.1 <= outer.1, "{pair:?}");
    }
    let (_, warm) = visit(&net, &mut client).await;
    assert_eq!(texts(&warm, Stage::Behind), [""; 0]);
}

#[tokio::test]
async fn silence_takes_no_round_trip_and_tcp_one_more() {
    let (net, mut client, _folder) = internet(82).await;
    net.make(Trouble {
        silent: Some(Tier::Site),
        truncate: true,
        ..Trouble::default()
    });
    let (_, visit) = visit(&net, &mut client).await;
    for leg in visit.legs.iter().filter(|leg| leg.stage == Stage::Dns) {
        let trips = if leg.text.contains("is silent") {
            0
        } else if leg.text.contains(" over TCP: ") {
            2
        } else {
            1
        };
        assert_eq!(leg.round_trips, trips, "{leg:?}");
    }
    let dns = texts(&visit, Stage::Dns);
    for part in [
        "root: cuts its answer off (",
        "site: is silent (",
        "root over TCP: refers to test (",
    ] {
        assert!(
            dns.iter().any(|text| text.starts_with(part)),
            "{part}: {dns:?}"
        );
    }
}

#[tokio::test]
async fn what_a_client_says_of_its_memory_stands_where_it_says_so_and_has_no_time() {
    let (net, mut client, _folder) = internet(83).await;
    let (mut report, _) = visit(&net, &mut client).await;
    let hops = report["hops"].as_array_mut().unwrap();
    let memory = json!({"dns": {"server": null, "transport": null, "qname": "x.test", "qtype": "A",
        "rcode": "NOERROR", "answers": ["192.0.2.1"], "ttl": 41, "cached": true}});
    hops.insert(1, memory);
    let visit = net.visit(&Claims::read(&report), 0, Instant::now());
    let leg = &visit.legs[1];
    assert_eq!(
        (leg.stage, leg.time, leg.round_trips),
        (Stage::Memory, None, 0)
    );
    assert_eq!(leg.text, "192.0.2.1, for 41 s more");
    assert_eq!(
        net.visit(&Claims::default(), net.log().mark(), Instant::now()),
        Visit::default()
    );
}

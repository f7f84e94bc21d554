//! The order of rendering: what HTML asks for is held, what it leaves open is not.

use std::collections::BTreeMap;

use super::super::page::{Event, Kind, Page, Place, Resource};
use super::*;

fn page(kinds: &[(Kind, Place)]) -> Page {
    let resources = kinds.iter().enumerate().map(|(i, (kind, place))| Resource {
        kind: *kind,
        place: *place,
        url: format!("https://s.test/{i}"),
        body: String::new(),
    });
    Page {
        url: "https://s.test/".to_owned(),
        resources: resources.collect(),
    }
}

/// Whether one event must come before another, directly or not.
fn before(page: &Page, first: &Event, then: &Event) -> bool {
    let mut after: BTreeMap<Event, Vec<Event>> = BTreeMap::new();
    for rule in page.rules() {
        after.entry(rule.first).or_default().push(rule.then);
    }
    let mut open = vec![first.clone()];
    while let Some(event) = open.pop() {
        if event == *then {
            return true;
        }
        open.extend(after.get(&event).into_iter().flatten().cloned());
    }
    false
}

#[test]
fn what_html_orders_is_ordered_and_nothing_else() {
    let page = page(&[
        (Kind::Sync, Place::Head),
        (Kind::Style, Place::Head),
        (Kind::Sync, Place::Head),
        (Kind::Defer, Place::Head),
        (Kind::Async, Place::Head),
        (Kind::Defer, Place::Body),
        (Kind::Image, Place::Body),
        (Kind::Sync, Place::Body),
    ]);
    let script = |i: usize| ("script".to_owned(), format!("https://s.test/{i}"));
    let of = |name: &str, i: usize| (name.to_owned(), format!("https://s.test/{i}"));
    let own = |name: &str| (name.to_owned(), page.url.clone());
    for (first, then) in [
        (of("style", 1), script(2)),
        (script(0), script(2)),
        (script(2), own("paint")),
        (of("style", 1), own("paint")),
        (script(7), own("parsed")),
        (own("parsed"), script(3)),
        (script(3), script(5)),
        (script(4), own("load")),
        (of("image", 6), own("load")),
        (own("paint"), own("load")),
    ] {
        assert!(before(&page, &first, &then), "{first:?} {then:?}");
        assert!(!before(&page, &then, &first), "{then:?} {first:?}");
    }
    for (one, two) in [
        // A script above a stylesheet does not wait for it.
        (script(0), of("style", 1)),
        (own("paint"), own("parsed")),
        (own("paint"), script(7)),
        (script(4), own("parsed")),
        (of("image", 6), own("paint")),
        (script(3), own("paint")),
    ] {
        let open = !before(&page, &one, &two) || !before(&page, &two, &one);
        assert!(open && !before(&page, &two, &one), "{two:?} {one:?}");
    }
}

#[tokio::test]
async fn document_order_is_not_the_order_of_rendering() {
    let (net, mut client, _folder) = internet(60).await;
    let (mut report, found) = differences(&net, &mut client, &site(&net)).await;
    assert_eq!(found, []);
    let hops = report["hops"].as_array_mut().unwrap();
    hops.retain(|hop| hop.get("render").is_none());
    // As it stands in the document: everything, and then the three events of the page.
    for (event, resource) in net.page().events() {
        hops.push(json!({"render": {"event": event, "resource": resource}}));
    }
    let found = net.differences(&Claims::read(&report), 0, Instant::now());
    assert!(!found.is_empty());
    assert!(found.iter().all(|d| d.topic == Topic::Render), "{found:?}");
    assert!(
        found.iter().any(|d| d.why.contains("deferred")),
        "{found:?}"
    );
}

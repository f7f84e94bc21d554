use std::time::Duration;

use super::super::sample;
use super::*;
use crate::grading::outcome::Grade;
use crate::lab::internet::Visit;
use crate::lab::internet::visit::{Leg, Stage};

/// The page of a run that came to its end.
fn page(grade: &Grade) -> String {
    let mut page = Page::new("2026-11-24T03:50:00Z".to_owned(), Vec::new());
    page.event(&Event::Ended(grade));
    page.document()
}

#[test]
fn the_page_loads_nothing_and_says_so_to_the_browser() {
    let shown = page(&sample::grade());
    assert!(shown.starts_with("<!doctype html>\n<html lang=\"en\">"));
    assert!(shown.contains("default-src 'none'; style-src 'sha256-"));
    for word in [
        " src=", "<script", "@import", "url(", "<link", "style=", " on",
    ] {
        let inside = shown.match_indices(word);
        let inside = inside.filter(|(at, _)| shown[..*at].rfind('<') > shown[..*at].rfind('>'));
        assert_eq!(inside.count(), 0, "{word}");
    }
    assert_eq!(
        shown.matches("href=").count(),
        shown.matches("href=\"#").count()
    );
}

#[test]
fn a_failing_check_is_explained_whole() {
    let shown = page(&sample::grade());
    for text in [
        "✗ NOT PASSED YET",
        "5 of 50",
        "Behind a balancer the next request may reach any instance.",
        "✗ FAIL",
        "read it through B with the same token",
        "<dt>expected</dt><dd><code>200</code>",
        "<dt>got</dt><dd><code>404</code>",
        "&quot;error&quot;: &quot;not found&quot;",
        "your server b printed",
        "GET /preferences user=fox-4711 -&gt; no row",
        "curl -H &quot;Authorization: Bearer $TOKEN&quot;",
        "B knows the user but not the preference",
        "course read where-state-lives#sessions",
        "course check any-instance --seed 81f2",
        "checks/stateless-refactor.toml:64",
        "Request log: 2 requests",
        "checker to b: GET /preferences. b to checker: 404, expected 200",
        "cases that failed",
        "? UNSURE",
        "! ERROR",
        "this machine was too busy to tell",
    ] {
        assert!(shown.contains(text), "no `{text}` in {shown}");
    }
}

#[test]
fn every_outcome_is_a_word_and_a_symbol() {
    let shown = page(&sample::grade());
    for status in ["✓ PASS", "✗ FAIL", "· SKIP", "? UNSURE", "! ERROR"] {
        assert!(shown.contains(&format!(">{status}</strong>")), "{status}");
    }
}

#[test]
fn what_a_server_sent_stays_text() {
    let shown = page(&sample::hostile_grade());
    assert!(
        shown.chars().all(|c| c == '\n' || !c.is_control()),
        "{shown}"
    );
    assert!(!shown.contains("<b>") && !shown.contains("]]>"), "{shown}");
    assert!(!shown.contains('\u{202e}') && !shown.contains('\u{fffe}'));
    let hostile = Grade {
        results: vec![sample::spelled(
            "</style></svg><script src=//x>\" autofocus onfocus='x'",
        )],
        ..sample::grade()
    };
    let shown = page(&hostile);
    assert_eq!(shown.matches("<script").count(), 0, "{shown}");
    assert_eq!(shown.matches("</style>").count(), 1, "{shown}");
    assert_eq!(
        shown.matches("<svg").count(),
        shown.matches("</svg>").count()
    );
}

#[test]
fn a_visit_is_drawn_as_a_waterfall() {
    let leg = Leg {
        stage: Stage::Http,
        name: None,
        text: "edge, 200 <script>".to_owned(),
        round_trips: 1,
        time: Some((Duration::from_millis(1), Duration::from_millis(3))),
    };
    let mut grade = sample::grade();
    let visit = Visit {
        legs: vec![leg],
        page: Some(0),
    };
    grade.results[1].steps[0].visit = Some(Box::new(visit));
    let shown = page(&grade);
    assert!(
        shown.contains("The visit, as the servers saw it"),
        "{shown}"
    );
    assert!(shown.contains("edge, 200 &lt;script&gt;"), "{shown}");
    assert_eq!(shown.matches("<script").count(), 0, "{shown}");
}

#[test]
fn a_run_that_was_stopped_shows_what_was_run() {
    let grade = sample::grade();
    let mut page = Page::new("2026-11-24T03:50:00Z".to_owned(), Vec::new());
    let checks = grade.results.iter();
    page.event(&Event::Began {
        title: grade.title.clone(),
        replay: grade.replay(),
        checks: checks.map(|c| (c.name(), c.title.clone())).collect(),
    });
    page.event(&Event::Finished(&grade.results[1]));
    page.event(&Event::Finished(&grade.results[0]));
    page.stop(Stop::Interrupted);
    let shown = page.document();
    assert!(shown.contains("? STOPPED BEFORE THE END"), "{shown}");
    assert!(shown.contains("2 checks ran, 1 passed"), "{shown}");
    assert!(shown.contains("forged-tokens[alg-none], forged-tokens[expired], survives-kill-9"));
    let place = |text: &str| shown.find(text).unwrap();
    assert!(place("Logging in returns a token") < place("Instance B serves a user"));
}

#[test]
fn a_server_that_was_not_ready_is_said_to_be() {
    let mut page = Page::new("2026-11-24T03:50:00Z".to_owned(), Vec::new());
    page.stop(Stop::NotReady(
        "it exited with code 1\nlast words: \u{1b}[31m<x>",
    ));
    let shown = page.document();
    assert!(shown.contains("! NOT GRADED"), "{shown}");
    assert!(shown.contains("last words: \\x1b[31m&lt;x&gt;"), "{shown}");
}

//! An internet in the world of a check file, and tracers in it: an honest one, and some that are wrong in one way.

use crate::check_bench::{Bench, server};

/// Checks of a tracer: how it finds the page, what it refuses, what it remembers.
const CHECKS: &str = r#"
course = 1
exercise = "probe"
[server]
ready = { get = "/healthz", within = "30s" }
[instance.a]
[internet.net]

[[check]]
id = "first"
title = "The first visit is told hop by hop"
points = 1
[[check.step]]
name = "trace the page"
trace = { on = "a", url = "https://{{ site.net }}/" }
expect.status = 200
expect.differences.all = 0
expect.log = { root = { gte = 1 }, tld = { gte = 1 }, site = 1, cdn = { gte = 1 }, app = { gte = 1 }, database = 1, tcp = 2 }
expect.json."$.page.path" = { count = 4 }

[[check.step]]
name = "what was traced is not seen twice"
internet = { on = "net", look = true }
expect.log = { dns = 0, http = 0 }

[[check]]
id = "second"
title = "The second visit stops at the edge"
points = 1
needs = ["first"]
[[check.step]]
name = "trace the page again"
trace = { on = "a", url = "https://{{ site.net }}/" }
expect.differences.all = 0
expect.log = { dns = 0, balancer = 0, app = 0, database = 0 }
expect.json."$.page.path" = { count = 1 }
[[check.step]]
name = "go to the name without www"
trace = { on = "a", url = "https://{{ apex.net }}/" }
expect.differences.all = 0
expect.log.tls = 1

[[check]]
id = "certificate"
title = "A bad certificate is refused before anything is sent"
points = 1
each = { kind = ["expired", "wrong-name", "unknown-ca"] }
[[check.step]]
internet = { on = "net", certificate = "{{ kind }}" }
[[check.step]]
name = "trace the page"
trace = { on = "a", url = "https://{{ site.net }}/" }
expect.status = 502
expect.json."$.error" = "certificate"
expect.log = { http = 0, tls = 1 }

[[check]]
id = "replies"
title = "Only the reply to the question is taken"
points = 1
each = { wrong = ["id", "source", "question"] }
[[check.step]]
internet = { on = "net", spoof = "{{ wrong }}", truncate = true, silent = "tld" }
[[check.step]]
name = "trace the page"
trace = { on = "a", url = "https://{{ site.net }}/" }
expect.status = 200
expect.differences.all = 0

[[check]]
id = "lost"
title = "What is not there is said to be missing"
points = 1
[[check.step]]
name = "an address that leads nowhere"
trace = { on = "a", url = "https://{{ down.net }}/" }
expect.json."$.error" = "connect"
[[check.step]]
internet = { on = "net", nxdomain = true }
[[check.step]]
name = "ask for a page, whatever comes of it"
http = { on = "a", post = "/trace", json = { url = "https://{{ site.net }}/" } }
expect.status = 502
[[check.step]]
name = "see how far it came"
internet = { on = "net", look = true }
expect.log = { site = 1, tcp = 0, http = 0 }
[[check.step]]
name = "a name that is not there"
trace = { on = "a", url = "https://{{ site.net }}/" }
expect.status = 502
expect.json."$.error" = "name-not-found"
expect.log.tcp = 0
"#;

fn bench(mode: &str) -> Bench {
    let bench = Bench::graded_by("serve", CHECKS);
    bench.runs(&format!("python3 {} {mode}", server("tracer.py").display()));
    bench
}

/// The ids of the checks that failed; the others passed.
fn failed(bench: &Bench) -> Vec<String> {
    let report = bench.course("check --format json").json();
    let checks = report["checks"].as_array().unwrap();
    let outcome = |check: &serde_json::Value| check["outcome"].as_str().unwrap().to_owned();
    let wrong = checks.iter().filter(|check| outcome(check) != "passed");
    wrong
        .map(|check| check["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_honest_tracer_passes_and_nothing_is_left() {
    let bench = bench("honest");
    bench.course("check").exits(0).says("PASSED");
    bench.leaves_nothing();
}

#[test]
fn an_invented_hop_is_shown_beside_the_log() {
    let ended = bench("inventing").course("check first").exits(1);
    ended
        .says("nobody connected there (RFC 9293, 3.5)")
        .says("claim ip 198.51.100.1 port 443")
        .says("log nothing");
}

#[test]
fn a_tracer_that_verifies_nothing_fails_where_certificates_are_bad() {
    let wrong = failed(&bench("trusting"));
    assert!(
        wrong.iter().any(|id| id.starts_with("certificate")),
        "{wrong:?}"
    );
}

#[test]
fn a_tracer_that_takes_the_first_reply_fails_where_replies_are_false() {
    let wrong = failed(&bench("impatient"));
    assert!(!wrong.is_empty());
    assert!(
        wrong.iter().all(|id| id.starts_with("replies")),
        "{wrong:?}"
    );
}

#[test]
fn a_tracer_that_asks_everybody_fails_for_asking() {
    let ended = bench("scanning").course("check first").exits(1);
    ended.says("no server had referred to this one");
}

#[test]
fn what_is_misspelt_is_refused_with_its_neighbour() {
    for (from, to, said) in [
        ("differences.all", "differences.al", "did you mean `all`"),
        ("log.tls", "log.tsl", "did you mean `tls`"),
        ("{{ apex.net }}", "{{ apex.nett }}", "has no value here"),
        (
            "on = \"net\", nx",
            "on = \"nett\", nx",
            "there is no internet `nett`",
        ),
        (
            "[internet.net]",
            "[internet.net]\n[internet.other]",
            "there is an internet already",
        ),
    ] {
        let bench = Bench::graded_by("serve", &CHECKS.replace(from, to));
        bench.course("check").exits(4).notes(said);
    }
}

#[test]
fn the_page_about_a_run_shows_what_the_servers_saw() {
    let bench = bench("inventing");
    bench.course("check first --report out").exits(1);
    let page = std::fs::read_to_string(bench.root.join("work/out/index.html")).unwrap();
    let (_, way) = page.split_once("The visit, as the servers saw it").unwrap();
    let (way, _) = way.split_once("</figure>").unwrap();
    for text in [
        ">dns<",
        ">root: refers to test (",
        ": TLSv1.3, http/1.1",
        ": 200 miss /, ",
        " for lb-",
        ">render<",
        "<rect ",
    ] {
        assert!(way.contains(text), "no `{text}` in {way}");
    }
    // What the tracer invents, no server saw.
    let seen = |stage: &str| way.matches(&format!(">{stage}<")).count();
    assert_eq!((seen("tcp"), seen("tls")), (2, 2));
}

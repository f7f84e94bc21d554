//! Rule 1: a server that is not ready ends the run with one plain sentence, and changes nothing.

use crate::check_bench::{Bench, joined};

/// Two checks, and a server that has four seconds to become ready.
const CHECKS: &str = r#"
course = 1
exercise = "probe"
[server]
ready = { get = "/healthz", within = "10s" }
[instance.a]
[[check]]
id = "first"
title = "It answers"
points = 1
step = [{ http = { on = "a", get = "/ok" }, expect = { status = 200 } }]
"#;

/// Grades a server that is not ready and gives what was said about it, on one line.
#[track_caller]
fn refused(bench: &Bench) -> String {
    let before = b"{\"version\": 1}\n";
    std::fs::write(bench.root.join("home/progress.json"), before).unwrap();
    let ended = bench.course("check").exits(3);
    assert_eq!(ended.out, "", "{ended}");
    assert!(ended.err.starts_with("error: "), "{ended}");
    assert_eq!(ended.err.matches("error: ").count(), 1, "{ended}");
    assert!(!ended.err.contains('\x1b'), "{ended}");
    assert_eq!(bench.progress(), before, "{ended}");
    bench.leaves_nothing();
    let said = joined(&ended.err);
    for port in ports(&said) {
        let taken = std::net::TcpListener::bind(("127.0.0.1", port)).is_err();
        assert!(!taken, "port {port} is still taken; {said}");
    }
    said
}

/// The ports that a text names.
fn ports(text: &str) -> Vec<u16> {
    let numbers = text.split(|c: char| !c.is_ascii_digit());
    numbers
        .filter_map(|n| n.parse().ok())
        .filter(|n| *n > 1024)
        .collect()
}

#[track_caller]
fn of_mode(mode: &str) -> String {
    refused(&Bench::graded_by(mode, CHECKS))
}

#[test]
fn rule_1_a_command_that_is_not_there_is_named() {
    let bench = Bench::graded_by("serve", CHECKS);
    bench.runs("no-such-program server.py");
    let said = refused(&bench);
    assert!(said.contains("`no-such-program`"), "{said}");
}

#[test]
fn rule_1_a_server_that_exits_shows_its_code_and_last_lines() {
    let said = of_mode("exits");
    assert!(said.contains("ended with exit code 3"), "{said}");
    assert!(said.contains("the last line: no such table"), "{said}");
    assert!(said.contains("reading settings"), "{said}");
}

#[test]
fn rule_1_another_port_is_named() {
    let said = of_mode("other-port");
    assert!(said.contains("the server listens on port "), "{said}");
    assert!(said.contains("environment variable `PORT`"), "{said}");
}

#[test]
fn rule_1_a_server_only_on_ipv6_is_told_so() {
    let said = of_mode("ipv6");
    assert!(said.contains("the server listens only on [::1]:"), "{said}");
    assert!(said.contains("make it listen on 127.0.0.1"), "{said}");
}

#[test]
fn rule_1_a_silent_server_is_told_so() {
    let said = of_mode("silent");
    assert!(
        said.contains("does not answer GET /healthz within"),
        "{said}"
    );
}

#[test]
fn rule_1_dripped_headers_are_told_apart_from_silence() {
    let said = of_mode("drip");
    assert!(said.contains("are no complete head"), "{said}");
}

#[test]
fn rule_1_a_bad_status_line_is_shown() {
    let said = of_mode("status-line");
    assert!(said.contains("does not answer in HTTP"), "{said}");
    assert!(said.contains("HTTP/1.1 200OK"), "{said}");
}

#[test]
fn rule_1_a_missing_route_is_named_with_its_answer() {
    let said = of_mode("no-healthz");
    assert!(said.contains("GET /healthz answers 404"), "{said}");
    assert!(said.contains("add a route for GET /healthz"), "{said}");
}

#[test]
fn rule_1_a_server_that_never_listens_is_told_so() {
    let said = of_mode("never");
    assert!(said.contains("listened on no port within 10 s"), "{said}");
    assert!(said.contains("waiting for something"), "{said}");
}

#[test]
fn rule_1_a_server_that_closes_every_connection_is_told_so() {
    let said = of_mode("closes");
    assert!(
        said.contains("closes the connection without answering"),
        "{said}"
    );
}

#[test]
fn rule_1_a_child_that_ignores_sigterm_does_not_outlive_a_parent_that_exits() {
    let said = of_mode("fork-and-exit");
    assert!(said.contains("ended with exit code 0"), "{said}");
}

#[test]
fn rule_1_a_child_that_ignores_sigterm_does_not_outlive_a_passing_run() {
    let bench = Bench::graded_by("fork-and-serve", CHECKS);
    bench.course("check").exits(0);
    bench.leaves_nothing();
}

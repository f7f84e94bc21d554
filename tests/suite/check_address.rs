//! Rule 9: traffic stays on this machine, whatever the environment says, and `localhost` is where the server is.

use std::net::TcpListener;

use crate::check_bench::{Bench, Running, Served, free_port};

const GOOD: &str = r#"
[[check]]
id = "good"
title = "It answers"
points = 1
step = [{ http = { on = "a", get = "/ok" }, expect = { status = 200 } }]
"#;

#[test]
fn rule_9_proxy_variables_are_ignored() {
    let bench = Bench::new("serve", GOOD);
    let dead = format!("http://127.0.0.1:{}", free_port());
    let mut command = bench.command("check");
    for name in [
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
        "HTTPS_PROXY",
    ] {
        command.env(name, &dead);
    }
    Running::start(command).end().exits(0);
}

#[test]
#[expect(
    clippy::print_stderr,
    reason = "whoever runs the tests is told what was left out"
)]
fn rule_9_localhost_is_found_on_ipv4_and_on_ipv6() {
    for host in ["127.0.0.1", "::1"] {
        if TcpListener::bind((host, 0)).is_err() {
            eprintln!("skipped: this machine has no {host}");
            continue;
        }
        let bench = Bench::new("serve", GOOD);
        let served = Served::start("serve", host, &bench);
        let port = served.port;
        for typed in [
            format!("{port}"),
            format!(":{port}"),
            format!("localhost:{port}"),
            format!("http://localhost:{port}/"),
        ] {
            bench
                .course(&format!("check --url {typed}"))
                .exits(0)
                .says("with --url the exercise cannot be passed");
        }
        assert_eq!(bench.requests().len(), 4);
        assert!(bench.progress().is_empty());
    }
}

#[test]
fn rule_9_an_address_where_nobody_listens_is_told_so() {
    let bench = Bench::new("serve", GOOD);
    let port = free_port();
    let ended = bench.course(&format!("check --url {port}")).exits(3);
    ended.notes(&format!(
        "nothing listens on 127.0.0.1:{port} or [::1]:{port}; start your server"
    ));
}

#[test]
fn a_failure_says_how_to_ask_the_same_server_again() {
    let bench = Bench::new("serve", &GOOD.replace("200", "201"));
    let served = Served::start("serve", "127.0.0.1", &bench);
    let url = format!("--url http://127.0.0.1:{}", served.port);
    let typed = format!("check {url}");
    let ended = bench.course(&format!("{typed} --format tap")).exits(1);
    ended.says(&url);
    let ended = bench.course(&typed).exits(1);
    assert!(!ended.out.contains("--hold"), "{}", ended.out);
}

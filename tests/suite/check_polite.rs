//! Servers that are odd and right: none of them may be failed.

use crate::check_bench::Bench;

/// Enough requests that connections are used again, and not.
const CHECKS: &str = r#"
[[check]]
id = "answers"
title = "It answers"
points = 1
[[check.step]]
http = { on = "a", get = "/ok" }
repeat = 30
expect.status = 200
expect.json."$.ok" = true
[[check.step]]
http = { on = "a", post = "/items", json = { name = "n{{ index }}" } }
repeat = 30
expect.status = 201
expect.header.location = { starts_with = "/items/" }
capture.id = { json = "$.id" }
[[check.step]]
http = { on = "a", get = "/items/{{ id[index] }}" }
repeat = 30
parallel = true
expect.json."$.name" = "n{{ index }}"
"#;

#[track_caller]
fn passes(mode: &str) {
    let bench = Bench::new(mode, CHECKS);
    bench.settled("check").exits(0);
    bench.leaves_nothing();
}

#[test]
fn http_1_0_with_a_body_that_ends_with_the_connection_passes() {
    passes("http10");
}

#[test]
fn a_server_that_closes_after_each_answer_passes() {
    passes("close");
}

#[test]
fn chunks_with_extensions_pass() {
    passes("chunked");
}

#[test]
fn header_names_in_lower_case_pass() {
    passes("lower");
}

#[test]
fn answers_in_many_small_writes_pass() {
    passes("dribble");
}

#[test]
fn a_server_that_closes_idle_connections_after_a_millisecond_passes() {
    passes("idle");
}

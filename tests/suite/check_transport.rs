//! Rule 4: every way in which an answer can fail to come has its own plain sentences.

use crate::check_bench::Bench;

/// A path of the server, and what the report says about it.
const TABLE: &[(&str, &str)] = &[
    (
        "/early",
        "the server closed the connection without answering. A handler that throws, or returns without writing an \
         answer, does this",
    ),
    (
        "/reset",
        "the server reset the connection before it answered. It probably crashed while answering: look at what it \
         printed",
    ),
    (
        "/status-line",
        "the answer is not HTTP: it begins with `HTTP/1.1 200OK`. An HTTP/1.1 answer begins with a status line such \
         as `HTTP/1.1 200 OK`",
    ),
    (
        "/short",
        "the body ended after 3 bytes where Content-Length announced 100 bytes. Count bytes, not characters, and end \
         the answer only when all is written",
    ),
    (
        "/tls",
        "the server speaks TLS (https) on a port where plain HTTP is expected. Serve plain HTTP here: in production \
         the balancer in front ends the TLS",
    ),
    (
        "/loop",
        "the answer redirects again and again, 10 times so far. Two pages redirect to each other",
    ),
];

#[test]
fn rule_4_transport_errors_are_told_in_plain_words() {
    let checks: Vec<String> = TABLE
        .iter()
        .map(|(path, _)| {
            format!(
                r#"
[[check]]
id = "asks-{0}"
title = "It answers"
points = 1
step = [{{ http = {{ on = "a", get = "/{0}", redirects = true, connection = "fresh" }}, expect = {{ status = 200 }} }}]
"#,
                path.trim_start_matches('/')
            )
        })
        .collect();
    let bench = Bench::new("serve", &checks.concat());
    let mut ended = bench.course("check --verbose").exits(1);
    // The bars at the edge of the report would stand in the middle of wrapped sentences.
    ended.out = ended.out.replace('│', " ");
    for (_, sentence) in TABLE {
        ended = ended.says(sentence);
    }
}

#[test]
fn rule_4_a_refused_connection_is_told_in_plain_words() {
    let killed = r#"
[[check]]
id = "gone"
title = "It answers after its end"
points = 1
[[check.step]]
process = { kill = ["a"] }
[[check.step]]
http = { on = "a", get = "/ok" }
expect.status = 200
"#;
    let bench = Bench::new("serve", killed);
    let mut ended = bench.course("check").exits(1);
    ended.out = ended.out.replace('│', " ");
    ended.says("nothing listens on 127.0.0.1:").says(
        "the connection was refused. The server has exited, or listens on another port or address",
    );
}

//! The `curl` line of a failure sends what the check sent.

use std::process::{Command, Stdio};

use crate::check_bench::{Bench, Served};

/// Texts that a shell or curl could misread.
const TEXTS: &str = r##"["it's", "\"quoted\"", "$HOME ${HOME}", "`id`", "a\nb\n", "é✓", "wow! !!", "back\\slash", "100% %41", "@file", "-d x", "a&b=c;d", "[1-3]{a,b}", "#hash", "~", "*"]"##;

/// Requests with such a text in every place that takes one, each of which fails.
fn checks() -> String {
    let request = |id: &str, request: &str| {
        format!(
            r#"
[[check]]
id = "{id}"
title = "It is created"
points = 1
each = {{ text = {TEXTS} }}
[[check.step]]
http = {{ on = "a", get = "/token" }}
expect.status = 200
capture.token = {{ json = "$.token", secret = true }}
[[check.step]]
http = {{ on = "a", {request} }}
expect.status = 201
"#
        )
    };
    [
        request("json", "post = '/echo', json = { t = '{{ text }}' }"),
        request("form", "put = '/echo', form = { t = '{{ text }}' }"),
        request("text", "patch = '/echo', body = '{{ text }}'"),
        request("secret", "post = '/echo', bearer = '{{ token }}', json = { t = '{{ text }}', token = '{{ token }}' }"),
        request("query", r#"delete = '/echo', query = { t = '{{ text }}' }, headers = { x-odd = 'it is "quoted" $HOME `id`' }"#),
    ]
    .concat()
}

#[test]
#[expect(
    clippy::print_stderr,
    reason = "whoever runs the tests is told what was left out"
)]
fn the_curl_line_sends_the_same_method_path_headers_and_body() {
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("skipped: there is no curl");
        return;
    }
    let bench = Bench::new("serve", &checks());
    let served = Served::start("serve", "127.0.0.1", &bench);
    let url = served.port;
    let report = bench
        .course(&format!("check --url {url} --format json"))
        .exits(1);
    let sent = echoed(&bench);
    let token = token(&served);
    bench.forget_requests();
    let mut lines = Vec::new();
    for check in report.json()["checks"].as_array().unwrap() {
        for case in check["cases"].as_array().unwrap() {
            let line = case["curl"].as_str().unwrap().to_owned();
            assert!(!line.contains(&token), "{line}");
            let ran = Command::new("sh")
                .args(["-c", &line])
                .env("TOKEN", &token)
                .stdin(Stdio::null())
                .output()
                .unwrap();
            assert!(ran.status.success(), "{line}: {ran:?}");
            lines.push(line);
        }
    }
    let again = echoed(&bench);
    assert_eq!(sent.len(), 5 * 16);
    let (mut sent, mut again) = (sent, again);
    sent.sort();
    again.sort();
    for (sent, again) in sent.iter().zip(&again) {
        assert_eq!(sent, again, "{lines:#?}");
    }
    assert_eq!(sent.len(), again.len());
}

/// What the server was asked, without the questions for the token.
fn echoed(bench: &Bench) -> Vec<String> {
    let mut all = bench.requests();
    all.retain(|r| !r.contains("/token"));
    all
}

/// The token that the server gives to everybody.
fn token(served: &Served) -> String {
    let answer = crate::check_bench::get(served.port, "/token");
    let body = answer.rsplit("\r\n").next().unwrap();
    let json: serde_json::Value = serde_json::from_str(body).unwrap();
    json["token"].as_str().unwrap().to_owned()
}

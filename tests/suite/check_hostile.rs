//! Rule 12: what a server sends or prints reaches no report raw, and secrets reach none at all.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::check_bench::{Bench, Ended};

const FORMATS: &[&str] = &["human", "json", "junit", "tap"];

pub(crate) const HOSTILE: &str = r#"
[[check]]
id = "hostile"
title = "It answers plainly"
points = 1
[[check.step]]
http = { on = "a", get = "/hostile" }
expect.status = 201
expect.body = "plain"
expect.header.x-odd = "plain"
"#;

fn every_format(bench: &Bench, more: &str) -> Vec<(String, Ended)> {
    FORMATS
        .iter()
        .map(|format| {
            let line = format!("check --verbose --seed 7 --format {format} {more}");
            ((*format).to_owned(), bench.course(&line).exits(1))
        })
        .collect()
}

#[test]
fn rule_12_no_format_shows_hostile_bytes_raw() {
    let bench = Bench::new("serve", HOSTILE);
    for (format, ended) in every_format(&bench, "") {
        assert!(std::str::from_utf8(&ended.raw).is_ok(), "{ended}");
        let hidden = |c: char| c.is_control() && c != '\n';
        let all = format!("{}{}", ended.out, ended.err);
        assert!(!all.contains(hidden), "{ended}");
        for line in all.lines() {
            assert!(!line.trim_start().starts_with("::"), "{line:?} in {ended}");
        }
        assert!(all.contains("\\x1b") || all.contains("\\\\x1b"), "{ended}");
        if format == "junit" {
            // One CDATA section that is closed early would let the rest be read as markup.
            let opened = ended.out.matches("<![CDATA[").count();
            assert_eq!(ended.out.matches("]]>").count(), opened, "{ended}");
        }
    }
}

/// The server shows its secret and a token, in its answer and in what it prints.
pub(crate) const LEAK: &str = r#"
[[check]]
id = "leaks"
title = "It keeps secrets"
points = 1
[[check.step]]
http = { on = "a", get = "/token" }
expect.status = 200
capture.token = { json = "$.token", secret = true }
[[check.step]]
http = { on = "a", post = "/leak", bearer = "{{ token }}", query = { t = "{{ token }}" }, json = { t = "{{ token }}" } }
expect.status = 403
expect.json."$.leak" = []
"#;

/// The secret of the one world, in the run with the seed 7, learnt with `--show-secrets`.
pub(crate) fn secrets(bench: &Bench) -> Vec<String> {
    let shown = bench
        .course("check --seed 7 --show-secrets --format json")
        .exits(1)
        .out;
    let secret = longest_hex(&shown);
    assert_eq!(secret.len(), 64, "{shown}");
    let token = shown.split("Bearer ").nth(1).unwrap();
    assert!(token.starts_with("s3cr+t/"), "{shown}");
    let coded = |text: &str| {
        vec![
            text.to_owned(),
            STANDARD.encode(text).trim_end_matches('=').to_owned(),
            URL_SAFE_NO_PAD.encode(text),
        ]
    };
    // The token is drawn by the server anew in each run; how it begins gives it away.
    let start = "s3cr+t/";
    let mut all = coded(&secret);
    all.extend(coded(&start[..6]));
    all.push("s3cr%2Bt%2F".to_owned());
    all.push("s3cr+t/".to_owned());
    all
}

/// The longest run of hexadecimal digits.
fn longest_hex(text: &str) -> String {
    let runs = text.split(|c: char| !c.is_ascii_hexdigit());
    runs.max_by_key(|r| r.len()).unwrap_or_default().to_owned()
}

#[test]
fn rule_12_secrets_are_masked_in_every_format_and_encoding() {
    let bench = Bench::new("serve", LEAK);
    let secrets = secrets(&bench);
    for (_, ended) in every_format(&bench, "") {
        for secret in &secrets {
            assert!(!ended.out.contains(secret), "`{secret}` in {ended}");
            assert!(!ended.err.contains(secret), "`{secret}` in {ended}");
        }
        assert!(ended.out.contains("$TOKEN"), "{ended}");
    }
}

#[test]
fn rule_12_a_server_that_dies_with_its_secret_on_its_lips_does_not_give_it_away() {
    let bench = Bench::new("serve", LEAK);
    bench
        .runs("python3 -c 'import os; print(\"bad secret\", os.environ[\"JWT_SECRET\"]); exit(1)'");
    let ended = bench
        .course("check")
        .exits(3)
        .notes("bad secret $JWT_SECRET");
    assert!(longest_hex(&ended.err).len() < 64, "{ended}");
}

//! The reference page of the check language, made from the shapes that the decoder walks.

use std::fmt::Write as _;

use super::declaration::{BALANCER, DATABASE, INSTANCE, PROXY, READY, SERVER};
use super::file::{CHECK, FILE, GROUP, HINT};
use super::matcher::MATCHERS;
use super::meanwhile::MEANWHILE;
use super::mistake::MISTAKE;
use super::origin::{ORIGIN, ROUTE};
use super::shape::{Field, Kind, Need};
use super::step::{CAPTURE, COMMON, RETRY, WINDOW};
use super::steps::KINDS;
use crate::lab::token::FORGERIES;

/// The page as Markdown.
#[must_use]
pub fn page() -> String {
    let mut out = String::from(INTRODUCTION);
    for (title, fields) in [
        ("The file", FILE),
        ("`[server]`", SERVER),
        ("`ready`", READY),
        ("`[instance.NAME]`", INSTANCE),
        ("`[balancer.NAME]`", BALANCER),
        ("`[proxy.NAME]`", PROXY),
        ("`[origin.NAME]`", ORIGIN),
        ("`[[origin.NAME.route]]`", ROUTE),
        ("`[database]`", DATABASE),
        ("`[mistake]`", MISTAKE),
        ("`[[check]]`", CHECK),
        ("`[[check.hint]]`", HINT),
        ("`[[group]]`", GROUP),
        ("Every step", COMMON),
        ("`capture.NAME`", CAPTURE),
        ("`retry`", RETRY),
        ("`window`", WINDOW),
        ("`meanwhile`", MEANWHILE),
    ] {
        let _ = writeln!(out, "## {title}\n");
        table(&mut out, fields);
    }
    let _ = writeln!(out, "## Kinds of steps\n");
    for kind in KINDS {
        let _ = writeln!(
            out,
            "### `{}`\n\n{}\n\n```toml\n{}\n```\n",
            kind.key, kind.doc, kind.example
        );
        table(&mut out, kind.fields);
        if kind.expect.is_empty() {
            let _ = writeln!(out, "It has nothing to expect.\n");
        } else {
            let _ = writeln!(out, "It can expect:\n");
            table(&mut out, kind.expect);
        }
    }
    let _ = writeln!(
        out,
        "## Matchers\n\n| matcher | holds when the value |\n|---|---|"
    );
    for (name, doc) in MATCHERS {
        let _ = writeln!(out, "| `{name}` | {doc} |");
    }
    let forgeries: Vec<String> = FORGERIES.iter().map(|f| format!("`{f}`")).collect();
    let _ = writeln!(out, "\n## Forgeries\n\n{}.", forgeries.join(", "));
    out
}

const INTRODUCTION: &str = "# Check reference

This page is made from the tables that `course` itself reads check files with; do not edit it by hand
(`COURSE_UPDATE_DOCS=1 cargo test --test docs` writes it anew).

A bare value under `expect` means *equals*, a list under `status` means *one of*, a table is a matcher. Every matcher
except `exists = false` needs the value to be there. In strings, `{{ name }}` is filled in: variables, captures, the
variable of `each`, `index` in a repeated step, `random.word`, `random.int`, `random.number`, `random.hex`,
`secret.NAME`, `url.NAME`, `port.NAME`, the hosts `site.NAME`, `apex.NAME`, `external.NAME` and `down.NAME` of an
internet, and `time.now`, `time.hour_ago`, `time.hour_ahead` in seconds since 1970. A string
that is one name and nothing else keeps the type of its value: `qty = \"{{ random.number }}\"` is a number. A capture
of a repeated step is also kept per repetition: `{{ token[index] }}`. Numbers, and one duration among them, may be
multiplied: `{{ 0.75 * 8 * x1 }}`, `{{ 10 * p50 }}`.

";

fn table(out: &mut String, fields: &[Field]) {
    let _ = writeln!(out, "| key | takes | what it is for |\n|---|---|---|");
    for field in fields {
        let need = if field.need == Need::Required {
            " (required)"
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "| `{}`{need} | {} | {} |",
            field.key,
            takes(&field.kind),
            field.doc
        );
    }
    out.push('\n');
}

fn takes(kind: &Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Flag => "true or false".to_owned(),
        Kind::Count(least) => format!("a whole number from {least}"),
        Kind::Duration => "a duration: \"400ms\", \"5s\", \"2m\"".to_owned(),
        Kind::Size => "a size: \"512B\", \"100KB\", \"1MB\"".to_owned(),
        Kind::Choice(words) if words.len() > 8 => "one of the forgeries below".to_owned(),
        Kind::Choice(words) => words
            .iter()
            .map(|w| format!("`{w}`"))
            .collect::<Vec<_>>()
            .join(", "),
        Kind::Words => "a word, or a list of words".to_owned(),
        Kind::List(of) => format!("a list: {}", takes(of)),
        Kind::Map(of) => format!("a table of names: {}", takes(of)),
        Kind::Table(fields) => {
            let keys: Vec<String> = fields.iter().map(|f| format!("`{}`", f.key)).collect();
            format!("a table: {}", keys.join(", "))
        }
        Kind::Tables(_) => "a list of tables".to_owned(),
        Kind::Json => "any value".to_owned(),
        Kind::Matcher => "a matcher".to_owned(),
        Kind::OneOf => "a matcher, or a list: one of".to_owned(),
        Kind::Paths => "a table from JSONPath (RFC 9535) to matcher".to_owned(),
        Kind::Setting => "text, or `false` to unset it".to_owned(),
        Kind::Steps | Kind::Meanwhile => "a list of steps".to_owned(),
        Kind::Expectations => "expectations".to_owned(),
    }
}

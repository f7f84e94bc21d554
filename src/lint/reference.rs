//! What a rule means, as Markdown: one page for all, and one part for each.

use std::fmt::Write as _;

use crate::base::diagnostic::Severity;
use crate::base::text::printable;

use super::rules::{Rule, all};

const INTRODUCTION: &str = "# Lint rules

This page is made from the rules that `course lint` itself works with; do not edit it by hand
(`COURSE_UPDATE_DOCS=1 cargo test --test docs` writes it anew).

An **error** (E) makes a file unusable or harms a learner: `course lint` ends with exit code 4. A **warning** (W) is
something that somebody will stumble over. Ids never change their meaning. `course lint --explain E102` shows one rule.

W801 and above only show when servers run: `course verify` tells of them.

";

/// All rules on one page.
#[must_use]
pub fn page() -> String {
    let mut out = String::from(INTRODUCTION);
    out.push_str("| rule | what is wrong |\n|---|---|\n");
    for rule in all() {
        let _ = writeln!(
            out,
            "| [{}](#{}) | {} |",
            rule.id,
            rule.id.to_lowercase(),
            rule.title
        );
    }
    for rule in all() {
        let _ = write!(out, "\n## {}\n\n{}", rule.id, body(rule));
    }
    out
}

/// One rule by itself.
#[must_use]
pub fn explanation(rule: &Rule) -> String {
    format!("# {}\n\n{}", rule.id, body(rule))
}

fn body(rule: &Rule) -> String {
    let severity = match rule.severity() {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
    };
    let mut out = format!(
        "{severity}: {}.\n\nWhy: {}\n\nWhat to do: {}\n",
        rule.title, rule.why, rule.fix
    );
    let fence = rule.place.fence();
    let _ = write!(
        out,
        "\nWrong, in {}:\n\n````{fence}\n{}````\n",
        rule.place.words(),
        line(rule.bad)
    );
    if rule.good.is_empty() {
        out.push_str("\nRight: it is there.\n");
    } else {
        let _ = write!(out, "\nRight:\n\n````{fence}\n{}````\n", line(rule.good));
    }
    out
}

/// The text with a newline at its end, and nothing in it that is no text.
fn line(text: &str) -> String {
    format!("{}\n", printable(text.trim_end_matches('\n')))
}

//! A check as a page: what a learner sees of it around a run, and what its author wants to reread.

use std::fmt::Write as _;

use serde_json::Value as Json;

use crate::base::text::count;
use crate::checks::check::{Check, Step};
use crate::checks::expectation::Expectation;
use crate::checks::matcher::Look;
use crate::checks::template::{Scope, Template};

/// Shows names as they are written: before a run nothing has a value.
struct AsWritten;

impl Scope for AsWritten {
    fn value(&self, name: &str) -> Option<Json> {
        Some(Json::String(format!("{{{{ {name} }}}}")))
    }
}

/// The Markdown of a check.
#[must_use]
pub fn page(check: &Check) -> String {
    let mut page = format!("## {}\n\n", check.title);
    let _ = write!(
        page,
        "`{}`, {}, {}",
        check.id,
        check.level.name(),
        count(check.points as usize, "point")
    );
    if !check.needs.is_empty() {
        let _ = write!(page, ", after {}", code(&check.needs));
    }
    page.push_str(".\n\n");
    if !check.why.is_empty() {
        let _ = writeln!(page, "{}\n", check.why);
    }
    if let Some((name, values)) = &check.each {
        let _ = writeln!(page, "Once for each {name}: {}.\n", code(values));
    }
    page.push_str("### Steps\n\n");
    for (number, step) in (1..).zip(&check.steps) {
        let _ = writeln!(page, "{number}. {}", line(step));
    }
    if !check.hints.is_empty() {
        page.push_str("\n### What `course hint` reveals\n\n");
        for (number, hint) in (1..).zip(&check.hints) {
            let _ = writeln!(page, "{number}. {hint}");
        }
    }
    if !check.symptoms.is_empty() {
        page.push_str("\n### What a failure says\n\n");
        for symptom in &check.symptoms {
            let _ = writeln!(page, "- {}: {}", all(&symptom.when, " and "), symptom.say);
        }
    }
    if let Some(lesson) = &check.lesson {
        let _ = writeln!(page, "\nTo read: `course read {lesson}`");
    }
    page
}

fn code(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

fn line(step: &Step) -> String {
    let name = written(&step.name);
    if step.expect.is_empty() {
        name
    } else {
        format!("{name}: {}", all(&step.expect, ", "))
    }
}

fn written(template: &Template) -> String {
    // Every name has a value here.
    template.render(&AsWritten).unwrap_or_default()
}

/// What is expected, as a report says it.
fn all(expectations: &[Expectation], between: &str) -> String {
    let nothing = Look::Absent(String::new());
    let lines: Vec<String> = expectations
        .iter()
        .flat_map(|e| e.judge(&nothing, &AsWritten).unwrap_or_default())
        .map(|e| format!("`{} {}`", e.subject, e.expected))
        .collect();
    lines.join(between)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::file::{Anchors, decode};

    const FILE: &str = r#"
course = 1
exercise = "x"
[vars]
user = "{{ random.word }}"
[instance.a]
[[check]]
id = "greets"
title = "It greets"
points = 1
level = "deep"
why = "Politeness counts."
each = { tongue = ["de", "fr"] }
lesson = "manners#greeting"
hints = ["Look up.", "Say hello."]
[[check.hint]]
when.status = [404, 405]
when.json."$.hello" = { exists = false }
say = "Nobody is there."
[[check.step]]
name = "greet {{ user }}"
http = { on = "a", get = "/{{ tongue }}" }
expect.status = 200
expect.json."$.hello" = "{{ user }}"
"#;

    #[test]
    fn a_page_says_what_is_done_and_what_is_said() {
        let file = decode("checks/x.toml", FILE, &Anchors::new(), &|_| None).unwrap();
        let wanted = "## It greets

`greets`, deep, 1 point.

Politeness counts.

Once for each tongue: `de`, `fr`.

### Steps

1. greet {{ user }}: `status 200`, `$.hello \"{{ user }}\"`

### What `course hint` reveals

1. Look up.
2. Say hello.

### What a failure says

- `status 404 or 405` and `$.hello not to be there`: Nobody is there.

To read: `course read manners#greeting`
";
        assert_eq!(page(&file.checks[0]), wanted);
    }
}

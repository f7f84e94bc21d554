//! Reading a step: its kind, its expectations, what it keeps, and how often it is done.

use std::time::Duration;

use super::check::{Capture, CaptureFrom, Order, Repeat, Retry, Secrecy, Step, Window};
use super::document::{Node, Value};
use super::expectation::{self, Expectation, Subject, read_path};
use super::matcher::Matcher;
use super::meanwhile;
use super::reading;
use super::record;
use super::shape::{Field, Kind as Takes, Problems, duration_at, walk, walk_alone};
use super::steps::load::FIGURES;
use super::steps::{Action, Expects, KINDS, Kind};
use super::template::Template;

/// The keys that every step may have beside its kind.
pub const COMMON: &[Field] = &[
    Field::optional(
        "name",
        Takes::Text,
        "what the step is about, as the learner reads it",
    ),
    Field::optional(
        "expect",
        Takes::Expectations,
        "what must come of it; every one is judged",
    ),
    Field::optional(
        "capture",
        Takes::Map(&Takes::Table(CAPTURE)),
        "values kept under a name",
    ),
    Field::optional(
        "record",
        Takes::Map(&Takes::Text),
        "facts of it, such as \"tally.201\", kept as figures of the check, also when it fails",
    ),
    Field::optional(
        "repeat",
        Takes::Count(1),
        "does it this many times; {{ index }} counts from 0",
    ),
    Field::optional(
        "shuffle",
        Takes::Flag,
        "repeats in an order shuffled by the seed",
    ),
    Field::optional(
        "parallel",
        Takes::Flag,
        "repeats all at once, 200 at a time at most",
    ),
    Field::optional("retry", Takes::Table(RETRY), "tries again until it holds"),
    Field::optional(
        "window",
        Takes::Table(WINDOW),
        "the time in which a failure says something about the server, such as that of a rate limit; one that comes later, \
         because this machine was slow, decides nothing",
    ),
    Field::optional(
        "with",
        Takes::Map(&Takes::Json),
        "variables for the group of `use`",
    ),
    Field::optional(
        "meanwhile",
        Takes::Meanwhile,
        "steps that are done while this one runs, in their order; each takes `at` or `after`, and `spread`, too",
    ),
];

/// The keys of a capture.
pub const CAPTURE: &[Field] = &[
    Field::optional("json", Takes::Text, "a JSONPath into the body"),
    Field::optional("header", Takes::Text, "a response header"),
    Field::optional("cookie", Takes::Text, "a cookie that was set"),
    Field::optional("body", Takes::Flag, "the body as text"),
    Field::optional("status", Takes::Flag, "the status code"),
    Field::optional("figure", Takes::Choice(FIGURES), "what a load measured"),
    Field::optional(
        "rows",
        Takes::Text,
        "a JSONPath into the rows that a question to the database found",
    ),
    Field::optional("secret", Takes::Flag, "masks the value in everything shown"),
];

/// The keys of a retry.
pub const RETRY: &[Field] = &[
    Field::required("within", Takes::Duration, "gives up after this long"),
    Field::optional(
        "every",
        Takes::Duration,
        "the pause between two tries; 50ms unless told",
    ),
    Field::optional(
        "status",
        Takes::OneOf,
        "tries again only after an answer with this status, such as 503; a list means one of; any other answer, and \
         none, counts at once",
    ),
];

/// The keys of a window.
pub const WINDOW: &[Field] = &[
    Field::required("within", Takes::Duration, "so long"),
    Field::optional(
        "of",
        Takes::Text,
        "from the beginning of the earlier step with this name on; unless told, from that of this step",
    ),
];

/// Reads the steps under `key`.
pub fn read_all(node: &Node, key: &str, problems: &Problems) -> Vec<Step> {
    let items = node.at(key).map(Node::items).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| read(item, problems))
        .collect()
}

/// Reads one step; `None` when its mistakes leave nothing to run.
pub fn read(node: &Node, problems: &Problems) -> Option<Step> {
    if !matches!(node.value, Value::Table(_)) {
        problems.add(
            "E103",
            node.span.clone(),
            format!("a step is a table, not {}", node.kind()),
            "",
        );
        return None;
    }
    let kind_of = |key: &str| KINDS.iter().find(|k| k.key == key);
    for entry in node.entries().iter().filter(|e| kind_of(&e.key).is_none()) {
        if let Some(field) = COMMON.iter().find(|f| f.key == entry.key) {
            walk_alone(&entry.node, &field.kind, field.key, problems);
        } else {
            let common = COMMON.iter().map(|f| f.key);
            let known: Vec<&str> = KINDS.iter().map(|k| k.key).chain(common).collect();
            problems.unknown_key(entry, &known, "a step");
        }
    }
    let kinds: Vec<&str> = KINDS.iter().map(|k| k.key).collect();
    let key = reading::exactly_one(node, &kinds, "this step", problems)?;
    let kind = kind_of(key)?;
    let body = node.at(key)?;
    walk_body(kind, body, problems);
    let action = Action::read(key, body, node, problems)?;
    let expect = read_expect(node, kind, &action, problems);
    let name = reading::text(node, "name", problems).unwrap_or_else(|| Template::plain(kind.key));
    let repeat = read_repeat(node, kind, problems);
    Some(Step {
        name,
        expect,
        captures: read_captures(node, kind, problems),
        records: record::read_all(node, kind.expect, problems),
        repeat,
        retry: read_retry(node, kind, problems),
        window: read_window(node),
        meanwhile: meanwhile::read(node, &action, repeat, problems),
        action,
    })
}

fn read_retry(node: &Node, kind: &Kind, problems: &Problems) -> Option<Retry> {
    let retry = node.at("retry")?;
    if let Some(status) = retry.entry("status")
        && !kind.expect.iter().any(|field| field.key == "status")
    {
        let message = format!("a `{}` step has no status", kind.key);
        let help = "take `status` away: then it is tried again until it holds";
        problems.add("E116", status.key_span.clone(), message, help);
    }
    Some(Retry {
        within: reading::duration_or(retry, "within", Duration::from_secs(5)),
        every: reading::duration_or(retry, "every", Duration::from_millis(50)),
        status: retry
            .at("status")
            .map(|status| Matcher::read_one_of(status, problems)),
    })
}

fn read_window(node: &Node) -> Option<Window> {
    let window = node.at("window")?;
    Some(Window {
        within: duration_at(window, "within")?,
        of: window.at("of").and_then(Node::text).map(str::to_owned),
        span: window.span.clone(),
    })
}

fn walk_body(kind: &Kind, body: &Node, problems: &Problems) {
    match kind.key {
        "use" if body.text().is_none() => {
            problems.add(
                "E103",
                body.span.clone(),
                "`use` takes the id of a group".into(),
                "",
            );
        }
        // It is read whole where it is read.
        "use" | "pause" => {}
        "race" => {
            for item in body.items() {
                walk(item, kind.fields, "a request of a race", problems);
            }
            if body.items().is_empty() {
                let help = "write [[check.step.race]] tables";
                problems.add(
                    "E103",
                    body.span.clone(),
                    "`race` takes a list of tables".into(),
                    help,
                );
            }
        }
        _ => walk(body, kind.fields, &format!("`{}`", kind.key), problems),
    }
}

fn read_expect(node: &Node, kind: &Kind, action: &Action, problems: &Problems) -> Vec<Expectation> {
    let Some(expect) = node.entry("expect") else {
        let keeps = kind.key == "database" && node.entry("capture").is_some();
        // What is captured must be there, so such a question can fail.
        if action.expects() == Expects::Something && !keeps {
            let help = "say what must come of it, such as expect.status = 200; a step without an expectation always passes";
            let message = format!("this `{}` step expects nothing", kind.key);
            problems.add("E115", span_of(node, kind), message, help);
        }
        return Vec::new();
    };
    if action.expects() == Expects::Nothing {
        let message = format!("this `{}` step has nothing to expect", kind.key);
        problems.add(
            "E116",
            expect.key_span.clone(),
            message,
            "take the expectation away",
        );
        return Vec::new();
    }
    walk(
        &expect.node,
        kind.expect,
        &format!("`expect` of a `{}` step", kind.key),
        problems,
    );
    let found = expectation::read(&expect.node, kind.expect, problems);
    if found.is_empty() && expect.node.entries().is_empty() {
        let help = "name at least one expectation";
        problems.add(
            "E115",
            expect.key_span.clone(),
            "`expect` is empty".into(),
            help,
        );
    }
    let tallies = found
        .iter()
        .any(|e| matches!(e.subject, Subject::Named("tally", _)));
    if tallies && !matches!(kind.key, "race" | "load") && node.entry("repeat").is_none() {
        let help = "a tally counts the answers of a step with `repeat`, of a race or of a load";
        problems.add(
            "E116",
            expect.key_span.clone(),
            "there is nothing to count".into(),
            help,
        );
    }
    let distinct = |e: &Expectation| matches!(e.subject, Subject::Path("distinct", _));
    if found.iter().any(distinct) && node.entry("repeat").is_none() {
        let help = "`distinct` compares the answers of a step with `repeat`";
        problems.add(
            "E116",
            expect.key_span.clone(),
            "there is nothing to compare".into(),
            help,
        );
    }
    found
}

fn span_of(node: &Node, kind: &Kind) -> std::ops::Range<usize> {
    node.entry(kind.key)
        .map_or(node.span.clone(), |e| e.key_span.clone())
}

fn read_captures(node: &Node, kind: &Kind, problems: &Problems) -> Vec<Capture> {
    let Some(captures) = node.entry("capture") else {
        return Vec::new();
    };
    if !matches!(kind.key, "http" | "wait" | "load" | "database") {
        let message = format!("a `{}` step has no answer to capture from", kind.key);
        problems.add(
            "E116",
            captures.key_span.clone(),
            message,
            "capture from an http step",
        );
        return Vec::new();
    }
    let entries = captures.node.entries();
    entries
        .iter()
        .filter_map(|e| read_capture(&e.key, &e.node, kind, problems))
        .collect()
}

fn read_capture(name: &str, node: &Node, kind: &Kind, problems: &Problems) -> Option<Capture> {
    let of = format!("the capture `{name}`");
    let places: &[&str] = match kind.key {
        "load" => &["figure"],
        "database" => &["rows"],
        _ => &["json", "header", "cookie", "body", "status"],
    };
    let from = match reading::exactly_one(node, places, &of, problems)? {
        of @ ("json" | "rows") => {
            let place = node.at(of)?;
            let path = Box::new(read_path(place.text()?, place.span.clone(), problems)?);
            match of {
                "rows" => CaptureFrom::Rows(path),
                _ => CaptureFrom::Json(path),
            }
        }
        "header" => CaptureFrom::Header(reading::word(node, "header")?.to_lowercase()),
        "cookie" => CaptureFrom::Cookie(reading::word(node, "cookie")?),
        "body" => CaptureFrom::Body,
        "figure" => {
            let named = reading::word(node, "figure")?;
            CaptureFrom::Figure(FIGURES.iter().find(|figure| **figure == named)?)
        }
        _ => CaptureFrom::Status,
    };
    let secrecy = if reading::is_set(node, "secret") {
        Secrecy::Secret
    } else {
        Secrecy::Open
    };
    Some(Capture {
        name: name.to_owned(),
        from,
        secrecy,
    })
}

fn read_repeat(node: &Node, kind: &Kind, problems: &Problems) -> Option<Repeat> {
    let (shuffle, parallel) = (
        reading::is_set(node, "shuffle"),
        reading::is_set(node, "parallel"),
    );
    for key in ["shuffle", "parallel"] {
        if let Some(entry) = node.entry(key).filter(|_| node.entry("repeat").is_none()) {
            let message = format!("`{key}` without `repeat` does nothing");
            problems.add(
                "E116",
                entry.key_span.clone(),
                message,
                "say how often: repeat = 20",
            );
        }
    }
    if let Some(entry) = node
        .entry("parallel")
        .filter(|_| !matches!(kind.key, "http" | "use"))
    {
        let message = format!("a `{}` step cannot run in parallel with itself", kind.key);
        problems.add(
            "E116",
            entry.key_span.clone(),
            message,
            "use `race`, or repeat an http step",
        );
    }
    if let Some(entry) = node.entry("repeat").filter(|_| kind.key == "load") {
        let help = "say how many with `rate` or `clients`, and `for` how long";
        let message = "a `load` step is many requests already".to_owned();
        problems.add("E116", entry.key_span.clone(), message, help);
    }
    let order = match (parallel, shuffle) {
        (true, _) => Order::Parallel,
        (false, true) => Order::Shuffled,
        (false, false) => Order::Straight,
    };
    Some(Repeat {
        times: reading::count(node, "repeat")?,
        order,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::document::parse;
    use super::*;

    /// Every mistake in a step: its id and its message.
    pub(in crate::checks) fn refused(step: &str) -> Vec<(&'static str, String)> {
        let (root, _) = parse("f.toml", step);
        let problems = Problems::new("f.toml");
        read(&root, &problems);
        let problems = problems.into_list();
        problems.into_iter().map(|p| (p.id, p.message)).collect()
    }

    #[test]
    fn only_what_has_a_status_is_tried_again_by_its_status() {
        let http = "http = { on = \"a\", get = \"/\" }\nexpect.status = 200\n";
        let retry = |rest: &str| format!("retry = {{ within = \"2s\", {rest} }}\n");
        assert!(refused(&(retry("status = 503") + http)).is_empty());
        assert!(refused(&(retry("status = [503, 429]") + http)).is_empty());
        assert!(refused(&(retry("status = { gte = 500 }") + http)).is_empty());
        let misspelt = refused(&(retry("statsu = 503") + http));
        assert_eq!(misspelt[0].1, "`retry` has no key `statsu`");
        let kill = "process = { kill = [\"a\"] }\n";
        let message = "a `process` step has no status".to_owned();
        assert_eq!(
            refused(&(retry("status = 503") + kill)),
            [("E116", message)]
        );
    }

    #[test]
    fn a_load_is_not_repeated_and_only_it_has_figures() {
        let load =
            "load = { on = \"a\", rate = 1, for = \"1s\", get = \"/\" }\nexpect.failed = 0\n";
        assert_eq!(
            refused(&format!("{load}capture.x1 = {{ figure = \"rate\" }}")),
            []
        );
        let ids = |step: &str| {
            let all = refused(step).into_iter();
            all.map(|(id, _)| id).collect::<Vec<_>>()
        };
        assert_eq!(ids(&format!("{load}repeat = 2")), ["E116"]);
        assert_eq!(
            ids(&format!("{load}capture.x1 = {{ status = true }}")),
            ["E114"]
        );
        assert_eq!(
            ids(&format!("{load}capture.x1 = {{ figure = \"rat\" }}")),
            ["E105"]
        );
        let http = "http = { on = \"a\", get = \"/\" }\nexpect.status = 200\n";
        assert_eq!(
            ids(&format!("{http}capture.x1 = {{ figure = \"rate\" }}")),
            ["E114"]
        );
    }
}

//! The request log: everything that was sent in a check, to whom, and what came back.
//!
//! The timeline has requests and answers. An answer belongs to the request that waits for it; where several wait at
//! once between the same two parts, and are not alike, nobody can say to which, and it gets a row of its own.

use std::collections::HashMap;
use std::time::Duration;

use super::super::cell;
use super::super::row;
use super::figure;
use crate::base::text::count;
use crate::grading::outcome::CheckResult;
use crate::lab::timeline::{Event, What};
use crate::render::markup::{Element, element};

/// More rows than this are cut, from the beginning.
const MOST: usize = 1_000;

/// A row of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Row<'a> {
    Request {
        at: Duration,
        from: &'a str,
        to: &'a str,
        label: &'a str,
        /// What came back, and how long it took.
        answer: Option<(&'a str, Duration)>,
        expected: Option<&'a str>,
    },
    /// An answer to one of several requests.
    Answer {
        at: Duration,
        from: &'a str,
        to: &'a str,
        label: &'a str,
        expected: Option<&'a str>,
    },
    Note {
        at: Duration,
        on: &'a str,
        label: &'a str,
    },
}

/// The log of a check, folded; nothing where nothing was sent.
pub(super) fn table(result: &CheckResult) -> Option<Element> {
    let rows = rows(&result.timeline);
    let requests = rows.iter().filter(|row| matches!(row, Row::Request { .. }));
    let requests = requests.count();
    if requests == 0 {
        return None;
    }
    let begin = result.timeline.first().map_or(Duration::ZERO, |e| e.at);
    let left_out = rows.len().saturating_sub(MOST);
    let cut = (left_out > 0).then(|| {
        let text = format!("The first {} of it are left out.", count(left_out, "row"));
        element("p").class("quiet").text(text)
    });
    let heads = ["At", "From", "To", "Method", "Path", "Status", "Took"];
    let heads = heads.map(|name| {
        let class = if matches!(name, "At" | "Took") {
            "number"
        } else {
            "word"
        };
        element("th").class(class).set("scope", "col").text(name)
    });
    let label = format!("Request log of {}", result.name());
    let table = element("table")
        .class("log")
        .with(element("caption").text(format!("{label}; times since the check began")))
        .with(element("thead").with(element("tr").all(heads)))
        .with(element("tbody").all(rows[left_out..].iter().map(|row| line(row, begin))));
    let summary = format!("Request log: {}", count(requests, "request"));
    Some(
        element("details")
            .with(element("summary").text(summary))
            .all(cut)
            .with(figure::frame(&label, table)),
    )
}

fn line(row: &Row<'_>, begin: Duration) -> Element {
    let number = |text: String| element("td").class("number").text(text);
    let word = |text: &str| element("td").text(cell::line(text));
    let code = |text: &str| element("td").with(element("code").text(cell::line(text)));
    let clock = |at: Duration| {
        let at = at.saturating_sub(begin);
        number(format!("{}.{:03} s", at.as_secs(), at.subsec_millis()))
    };
    let none = || word("–");
    match row {
        Row::Request {
            at,
            from,
            to,
            label,
            answer,
            expected,
        } => {
            let (method, path) = method_and_path(label);
            let (status, took) = answer.map_or(("–", String::new()), |(status, took)| {
                (status, row::time(took))
            });
            element("tr")
                .with(clock(*at))
                .with(word(from))
                .with(word(to))
                .with(word(method))
                .with(code(path))
                .with(self::status(status, *expected))
                .with(number(took))
        }
        Row::Answer {
            at,
            from,
            to,
            label,
            expected,
        } => element("tr")
            .with(clock(*at))
            .with(word(from))
            .with(word(to))
            .with(none())
            .with(word("the answer to one of those under way at once"))
            .with(status(label, *expected))
            .with(none()),
        Row::Note { at, on, label } => element("tr").with(clock(*at)).with(
            element("td")
                .set("colspan", "6")
                .with(element("strong").text(format!("{}: {}", cell::line(on), cell::line(label)))),
        ),
    }
}

/// What came back, and what was expected where that broke.
fn status(text: &str, expected: Option<&str>) -> Element {
    let wanted = expected.map(|expected| {
        element("strong")
            .class("fail")
            .text(format!(" ✗ expected {}", cell::line(expected)))
    });
    element("td")
        .with(element("code").text(cell::line(text)))
        .all(wanted)
}

/// `GET` and `/path`; what is no request of HTTP has no method.
fn method_and_path(label: &str) -> (&str, &str) {
    match label.split_once(' ') {
        Some((method, path)) if method.chars().all(|c| c.is_ascii_uppercase()) => (method, path),
        _ => ("–", label),
    }
}

/// The requests of one part to another that wait for an answer.
#[derive(Default)]
struct Waiting {
    /// Their rows.
    rows: Vec<usize>,
    /// How many answers came of which nobody can say to which they belong.
    loose: usize,
}

fn rows(events: &[Event]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut open: HashMap<(&str, &str), Waiting> = HashMap::new();
    for Event { at, what } in events {
        match what {
            What::Request { from, to, label } => {
                let waiting = open.entry((from, to)).or_default();
                waiting.rows.push(rows.len());
                rows.push(Row::Request {
                    at: *at,
                    from,
                    to,
                    label,
                    answer: None,
                    expected: None,
                });
            }
            What::Response {
                from,
                to,
                label,
                expected,
            } => {
                let waiting = open.entry((to, from)).or_default();
                if !answer(&mut rows, waiting, (*at, label, expected.as_deref())) {
                    rows.push(Row::Answer {
                        at: *at,
                        from,
                        to,
                        label,
                        expected: expected.as_deref(),
                    });
                }
            }
            What::Note { on, label } => rows.push(Row::Note { at: *at, on, label }),
        }
    }
    rows
}

/// Gives an answer to the request that waits for it; `false` where nobody can say which that is.
fn answer<'a>(
    rows: &mut [Row<'a>],
    waiting: &mut Waiting,
    (now, text, wanted): (Duration, &'a str, Option<&'a str>),
) -> bool {
    let said = |row: usize| match &rows[row] {
        Row::Request { label, .. } => *label,
        _ => "",
    };
    let first = waiting.rows.first().copied();
    let alike = first.is_some_and(|first| waiting.rows.iter().all(|row| said(*row) == said(first)));
    if !alike || waiting.loose > 0 {
        waiting.loose += 1;
        if waiting.loose >= waiting.rows.len() {
            *waiting = Waiting::default();
        }
        return false;
    }
    let row = waiting.rows.remove(0);
    if let Row::Request {
        at,
        answer,
        expected,
        ..
    } = &mut rows[row]
    {
        *answer = Some((text, now.saturating_sub(*at)));
        *expected = wanted;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(ms: u64, to: &str, label: &str) -> Event {
        Event {
            at: Duration::from_millis(ms),
            what: What::Request {
                from: "checker".into(),
                to: to.into(),
                label: label.into(),
            },
        }
    }

    fn answered(ms: u64, from: &str, label: &str) -> Event {
        Event {
            at: Duration::from_millis(ms),
            what: What::Response {
                from: from.into(),
                to: "checker".into(),
                label: label.into(),
                expected: None,
            },
        }
    }

    fn answers<'a>(rows: &'a [Row<'_>]) -> Vec<Option<(&'a str, u128)>> {
        let of = |row: &'a Row<'_>| match row {
            Row::Request { answer, .. } => answer.map(|(text, took)| (text, took.as_millis())),
            Row::Answer { label, .. } => Some((*label, 0)),
            Row::Note { .. } => None,
        };
        rows.iter().map(of).collect()
    }

    #[test]
    fn an_answer_belongs_to_the_request_that_waits_for_it() {
        let events = [
            asked(0, "a", "GET /x"),
            asked(1, "b", "GET /y"),
            answered(5, "b", "404"),
            answered(9, "a", "200"),
            asked(10, "a", "GET /z"),
        ];
        let rows = rows(&events);
        assert_eq!(answers(&rows), [Some(("200", 9)), Some(("404", 4)), None]);
    }

    #[test]
    fn among_like_requests_the_first_is_answered_first() {
        let events = [
            asked(0, "a", "GET /x"),
            asked(1, "a", "GET /x"),
            answered(5, "a", "200"),
            answered(9, "a", "500"),
        ];
        let rows = rows(&events);
        assert_eq!(answers(&rows), [Some(("200", 5)), Some(("500", 8))]);
    }

    #[test]
    fn nothing_is_said_of_what_nobody_can_know() {
        let events = [
            asked(0, "a", "GET /x"),
            asked(1, "a", "GET /y"),
            answered(5, "a", "200"),
            answered(9, "a", "404"),
            asked(10, "a", "GET /z"),
            answered(12, "a", "201"),
        ];
        let rows = rows(&events);
        let loose = [Some(("200", 0)), Some(("404", 0))];
        let expected = [&[None, None][..], &loose, &[Some(("201", 2))]].concat();
        assert_eq!(answers(&rows), expected);
    }

    #[test]
    fn a_label_that_is_no_request_has_no_method() {
        assert_eq!(method_and_path("GET /a?b=c d"), ("GET", "/a?b=c d"));
        let raw = "25 raw bytes: GET / HTTP/1.1";
        assert_eq!(method_and_path(raw), ("–", raw));
    }
}

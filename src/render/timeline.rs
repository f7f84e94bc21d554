//! The timeline as a sequence diagram: who asked whom what, in order, and where it broke.
//!
//! The diagram leads up to the failure: what comes after it is left out, runs of like exchanges are folded into one
//! line, and only the last rows are kept. Nothing is drawn where only two parties took part and nothing happened to
//! them, because the steps already say all of it.

use super::report::cell::line;
use super::sequence::{self, Row, Sequence, Stroke};
use super::theme::Surface;
use crate::base::text::count;
use crate::lab::timeline::{Event, What};

/// How many rows before the failure are kept.
const ROWS: usize = 12;

/// How many rows a single exchange may take, such as many requests at the same moment, before it is cut too.
const MOST: usize = 24;

/// How many like exchanges in a row are folded into one and a line.
const FOLDED: usize = 3;

/// The part that `course` itself plays.
const CHECKER: &str = "checker";

/// The lines of the diagram; none where a diagram would say nothing new.
#[must_use]
pub fn draw(events: &[Event], surface: Surface) -> Vec<String> {
    diagram(events).map_or_else(Vec::new, |diagram| sequence::draw(&diagram, &surface))
}

/// The diagram that leads up to the failure, or `None` where it would say nothing new.
#[must_use]
pub fn diagram(events: &[Event]) -> Option<Sequence> {
    let failure = events.iter().rposition(|event| expected(event).is_some());
    let events = &events[..failure.map_or(events.len(), |at| at + 1)];
    let participants = participants(events);
    let process = events
        .iter()
        .any(|event| matches!(event.what, What::Note { .. }));
    if participants.len() <= 2 && !process {
        return None;
    }
    let mut blocks = blocks(events, &participants);
    let shown = kept(&blocks);
    let mut left_out: usize = blocks[..shown].iter().map(|block| block.events).sum();
    let mut rows: Vec<Row> = blocks.drain(shown..).flat_map(|block| block.rows).collect();
    let excess = rows.len().saturating_sub(MOST);
    rows.drain(..excess);
    left_out += excess;
    if left_out > 0 {
        let label = format!("{} left out", count(left_out, "earlier event"));
        rows.insert(0, Row::Separator { label });
    }
    Some(Sequence { participants, rows })
}

/// Everyone who takes part, in order of first appearance, `checker` first.
fn participants(events: &[Event]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut meet = |name: &String| {
        let name = line(name);
        if !names.contains(&name) {
            names.push(name);
        }
    };
    for event in events {
        match &event.what {
            What::Request { from, to, .. } | What::Response { from, to, .. } => {
                meet(from);
                meet(to);
            }
            What::Note { on, .. } => meet(on),
        }
    }
    if let Some(at) = names.iter().position(|name| name == CHECKER) {
        names[..=at].rotate_right(1);
    }
    names
}

/// An exchange from its first request to its last answer, a note, or a line that stands for a run: what is only kept or left out whole.
struct Block {
    rows: Vec<Row>,
    events: usize,
}

fn blocks(events: &[Event], participants: &[String]) -> Vec<Block> {
    let exchanges = exchanges(events);
    let mut blocks = Vec::new();
    let mut at = 0;
    while let Some(first) = exchanges.get(at) {
        let likes = |next: &&&[Event]| alike(next, first);
        let run = 1 + exchanges[at + 1..].iter().take_while(likes).count();
        let drawn = |exchange: &&[Event]| Block {
            rows: summed(exchange)
                .iter()
                .map(|event| row(event, participants))
                .collect(),
            events: exchange.len(),
        };
        if run >= FOLDED {
            let folded = &exchanges[at + 1..at + run];
            blocks.push(drawn(first));
            blocks.push(Block {
                rows: vec![Row::Separator {
                    label: format!("{} more like this", run - 1),
                }],
                events: folded.iter().map(|exchange| exchange.len()).sum(),
            });
        } else {
            blocks.extend(exchanges[at..at + run].iter().map(drawn));
        }
        at += run;
    }
    blocks
}

/// An exchange of so many requests at the same moment that nobody would read them: each message once, with how often
/// it was sent. Smaller ones stay as they are.
fn summed(exchange: &[Event]) -> Vec<Event> {
    if exchange.len() <= MOST {
        return exchange.to_vec();
    }
    let mut kinds: Vec<(Event, usize)> = Vec::new();
    for event in exchange {
        let like = |(known, _): &&mut (Event, usize)| known.what == event.what;
        match kinds.iter_mut().find(like) {
            Some((_, times)) if !matches!(event.what, What::Note { .. }) => *times += 1,
            _ => kinds.push((event.clone(), 1)),
        }
    }
    let counted = |(mut event, times): (Event, usize)| {
        if let What::Request { label, .. } | What::Response { label, .. } = &mut event.what
            && times > 1
        {
            *label = format!("{label} × {times}");
        }
        event
    };
    kinds.into_iter().map(counted).collect()
}

/// Cuts events where no request waits for its answer. Requests at the same moment stay together, and so does what
/// one part asks another on the way to an answer.
fn exchanges(events: &[Event]) -> Vec<&[Event]> {
    let mut found = Vec::new();
    let (mut start, mut open) = (0, 0_usize);
    for (at, event) in events.iter().enumerate() {
        match event.what {
            What::Request { .. } => open += 1,
            What::Response { .. } => open = open.saturating_sub(1),
            What::Note { .. } => {}
        }
        if open == 0 {
            found.push(&events[start..=at]);
            start = at + 1;
        }
    }
    if start < events.len() {
        found.push(&events[start..]);
    }
    found
}

/// Whether two exchanges asked the same and got the same. Which instance answered behind a balancer may differ.
fn alike(a: &[Event], b: &[Event]) -> bool {
    let ends = |exchange: &[Event]| match exchange {
        [first, .., last] if exchange.iter().all(|event| expected(event).is_none()) => {
            Some((first.what.clone(), last.what.clone()))
        }
        _ => None,
    };
    let asks = |what: &What| matches!(what, What::Request { .. });
    ends(a).is_some_and(|(first, last)| asks(&first) && ends(b) == Some((first, last)))
}

fn expected(event: &Event) -> Option<&String> {
    match &event.what {
        What::Response { expected, .. } => expected.as_ref(),
        _ => None,
    }
}

/// Where the kept blocks begin: as many of the last ones as fit, but always the last.
fn kept(blocks: &[Block]) -> usize {
    let mut rows = 0;
    let fits = |block: &&Block| {
        rows += block.rows.len();
        rows <= ROWS
    };
    let whole = blocks.iter().rev().take_while(fits).count();
    blocks.len() - whole.max(1).min(blocks.len())
}

fn row(event: &Event, participants: &[String]) -> Row {
    let place = |name: &String| {
        let name = line(name);
        participants
            .iter()
            .position(|known| *known == name)
            .unwrap_or(0)
    };
    match &event.what {
        What::Request { from, to, label } => Row::Message {
            from: place(from),
            to: place(to),
            label: line(label),
            stroke: Stroke::Solid,
            note_right: None,
        },
        What::Response {
            from,
            to,
            label,
            expected,
        } => Row::Message {
            from: place(from),
            to: place(to),
            label: line(label),
            stroke: Stroke::Dashed,
            note_right: expected
                .as_ref()
                .map(|wanted| format!("expected {}", line(wanted))),
        },
        What::Note { on, label } => Row::Note {
            over: vec![place(on)],
            label: line(label),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn event(what: What) -> Event {
        Event {
            at: Duration::ZERO,
            what,
        }
    }

    fn ask(from: &str, to: &str) -> Event {
        event(What::Request {
            from: from.into(),
            to: to.into(),
            label: "GET /x".into(),
        })
    }

    fn answer(from: &str, to: &str, label: &str, expected: Option<&str>) -> Event {
        let expected = expected.map(str::to_owned);
        event(What::Response {
            from: from.into(),
            to: to.into(),
            label: label.into(),
            expected,
        })
    }

    fn note(on: &str, label: &str) -> Event {
        event(What::Note {
            on: on.into(),
            label: label.into(),
        })
    }

    /// One request through the balancer that `on` answers.
    fn through(on: &str, label: &str, expected: Option<&str>) -> Vec<Event> {
        vec![
            ask("checker", "lb"),
            ask("lb", on),
            answer(on, "lb", label, None),
            answer("lb", "checker", label, expected),
        ]
    }

    fn drawn(events: &[Event], columns: usize) -> String {
        draw(events, Surface::plain(columns)).join("\n")
    }

    #[test]
    fn two_parties_without_a_process_event_need_no_diagram() {
        let mut events = vec![
            ask("checker", "a"),
            answer("a", "checker", "404", Some("200")),
        ];
        assert!(draw(&events, Surface::plain(80)).is_empty());
        events.insert(0, note("a", "kill -9"));
        assert!(!draw(&events, Surface::plain(80)).is_empty());
    }

    #[test]
    fn the_checker_stands_first() {
        let events = [
            note("a", "started"),
            note("b", "started"),
            ask("checker", "a"),
        ];
        assert_eq!(
            diagram(&events).unwrap().participants,
            ["checker", "a", "b"]
        );
    }

    #[test]
    fn a_kill_and_a_failure_are_drawn() {
        let events = [
            ask("checker", "a"),
            answer("a", "checker", "204", None),
            note("a", "kill -9"),
            note("a", "started"),
            ask("checker", "b"),
            answer("b", "checker", "404", Some("200")),
        ];
        insta::assert_snapshot!(drawn(&events, 70));
    }

    #[test]
    fn like_exchanges_are_folded() {
        let mut events: Vec<Event> = (0..18)
            .flat_map(|n| through(["a", "b"][n % 2], "200", None))
            .collect();
        events.extend(through("b", "404", Some("200")));
        let rows = diagram(&events).unwrap().rows;
        assert!(matches!(&rows[4], Row::Separator { label } if label == "17 more like this"));
        assert_eq!(rows.len(), 4 + 1 + 4);
        insta::assert_snapshot!(drawn(&events, 90));
    }

    #[test]
    fn what_comes_after_the_failure_is_left_out() {
        let mut events = through("b", "404", Some("200"));
        events.push(note("a", "stopped"));
        assert_eq!(diagram(&events).unwrap().rows.len(), 4);
    }

    #[test]
    fn what_is_long_past_is_left_out_and_counted() {
        let mut events: Vec<Event> = (0..20).map(|n| note("a", &format!("note {n}"))).collect();
        events.extend(through("b", "404", Some("200")));
        let rows = diagram(&events).unwrap().rows;
        assert_eq!(rows.len(), 1 + ROWS);
        assert!(
            matches!(&rows[0], Row::Separator { label } if label == "12 earlier events left out")
        );
    }

    #[test]
    fn a_great_many_requests_at_once_do_not_fill_the_screen() {
        let mut events: Vec<Event> = (0..200).map(|_| ask("checker", "a")).collect();
        events.extend((0..200).map(|_| answer("a", "checker", "201", None)));
        events.insert(0, note("a", "started"));
        let rows = diagram(&events).unwrap().rows;
        assert_eq!(rows.len(), 3);
        assert!(matches!(&rows[2], Row::Message { label, .. } if label == "201 × 200"));
    }

    #[test]
    fn requests_at_once_that_are_all_different_are_cut() {
        let mut events: Vec<Event> = (0..200).map(|_| ask("checker", "a")).collect();
        events.extend((0..200).map(|n| answer("a", "checker", &n.to_string(), None)));
        events.insert(0, note("a", "started"));
        let rows = diagram(&events).unwrap().rows;
        assert_eq!(rows.len(), 1 + MOST);
        assert!(
            matches!(&rows[0], Row::Separator { label } if label == "178 earlier events left out")
        );
    }

    #[test]
    fn one_exchange_longer_than_the_limit_is_kept_whole() {
        let mut events: Vec<Event> = (0..10).map(|_| ask("checker", "a")).collect();
        events.extend((0..10).map(|_| answer("a", "checker", "201", None)));
        events.push(note("b", "exited with code 1"));
        assert_eq!(diagram(&events[..20]).map(|d| d.rows.len()), None);
        events.swap(19, 20);
        assert_eq!(diagram(&events[..20]).unwrap().rows.len(), 20);
    }
}

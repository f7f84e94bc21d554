//! A history as a picture: the operations that nothing explains, one row for each client; and the whole run, one row
//! for each part that something happened to. Drawn in plain ASCII, which every terminal and log shows alike.

use std::time::Duration;

use super::report::cell::{cut, pad, width};
use super::theme::{Role, Surface};
use crate::lab::history::{Deed, End, Operation, Part, Picture, Value, clock, named};

/// The lines of both drawings; none where there is nothing to see.
#[must_use]
pub fn draw(picture: &Picture, surface: Surface) -> Vec<String> {
    let mut lines = operations(picture, surface);
    let run = run(picture, surface);
    if !lines.is_empty() && !run.is_empty() {
        lines.push(String::new());
    }
    lines.extend(run);
    lines
}

/// The operations from left to right in the order of their beginnings and ends; equal distances are not equal times.
/// Others than the culprits are left out, the farthest first, as far as there is no room for them.
fn operations(picture: &Picture, surface: Surface) -> Vec<String> {
    let culprits = picture.operations.iter().filter(|o| o.1 == Part::Culprit);
    let least = culprits.count();
    let lengths = [label_wide, label_long, label_short];
    for many in (least..=picture.operations.len()).rev() {
        for label in lengths {
            let spans = spans(&picture.operations[..many], label);
            let drawn = Rows::new(spans, surface);
            if let Some(rows) = drawn.filter(|_| least > 0) {
                return rows.lines(surface);
            }
        }
    }
    Vec::new()
}

fn label_wide(operation: &Operation) -> String {
    format!(" {} ", label_long(operation))
}

fn label_long(operation: &Operation) -> String {
    match &operation.deed {
        Deed::Write(value) => format!("write {value}"),
        Deed::Read(value) => format!("read {}", short(value)),
    }
}

fn label_short(operation: &Operation) -> String {
    match &operation.deed {
        Deed::Write(value) => format!("w {value}"),
        Deed::Read(value) => format!("r {}", short(value)),
    }
}

fn short(value: &Value) -> String {
    match value {
        Value::Initial => "initial".to_owned(),
        Value::Written(number) => number.to_string(),
        Value::Foreign(text) => cut(text, 12),
    }
}

struct Span {
    client: usize,
    sent: Duration,
    /// `None` for what may take effect at any later moment.
    ended: Option<Duration>,
    label: String,
    part: Part,
    /// Columns of its first and last sign.
    columns: (usize, usize),
}

fn spans(operations: &[(Operation, Part)], label: fn(&Operation) -> String) -> Vec<Span> {
    let span = |(operation, part): &(Operation, Part)| Span {
        client: operation.client,
        sent: operation.sent,
        ended: match operation.end {
            End::Answered(at) | End::Refused(at) => Some(at),
            End::Unknown => None,
        },
        label: label(operation),
        part: *part,
        columns: (0, 0),
    };
    operations.iter().map(span).collect()
}

struct Rows {
    spans: Vec<Span>,
    names: usize,
    columns: usize,
}

impl Rows {
    /// Places the spans, or says that there is no room for them.
    fn new(mut spans: Vec<Span>, surface: Surface) -> Option<Self> {
        let names = spans.iter().map(|s| width(&named(s.client))).max()? + 2;
        let columns = surface.width.checked_sub(names)?;
        let mut moments: Vec<(Duration, bool, usize)> = Vec::new();
        for (i, span) in spans.iter().enumerate() {
            moments.push((span.sent, false, i));
            moments.push((span.ended.unwrap_or(Duration::MAX), true, i));
        }
        moments.sort_unstable();
        let mut column = 0;
        for (_, ends, i) in moments {
            let span = &mut spans[i];
            if ends {
                column = column.max(span.columns.0 + width(&span.label) + 3);
                span.columns.1 = column;
            } else {
                span.columns.0 = column;
            }
            column += if ends { 2 } else { 1 };
        }
        (column <= columns + 1).then_some(Self {
            spans,
            names,
            columns,
        })
    }

    fn lines(&self, surface: Surface) -> Vec<String> {
        let mut clients: Vec<usize> = self.spans.iter().map(|s| s.client).collect();
        clients.sort_unstable();
        clients.dedup();
        let mut lines: Vec<String> = clients
            .into_iter()
            .map(|client| self.row(client, surface))
            .collect();
        lines.push(surface.paint(Role::Faint, &self.times()));
        lines
    }

    fn row(&self, client: usize, surface: Surface) -> String {
        let mut own: Vec<&Span> = self.spans.iter().filter(|s| s.client == client).collect();
        own.sort_by_key(|s| s.columns);
        let mut line = pad(&named(client), self.names);
        let mut at = 0;
        for (i, span) in own.iter().enumerate() {
            // What never ended goes on until the next one of its client.
            let last = match (span.ended, own.get(i + 1)) {
                (None, Some(next)) => span.columns.1.min(next.columns.0.saturating_sub(1)),
                _ => span.columns.1,
            };
            line.push_str(&" ".repeat(span.columns.0.saturating_sub(at)));
            let role = if span.part == Part::Culprit {
                Role::Fail
            } else {
                Role::Faint
            };
            line.push_str(&surface.paint(role, &bar(span, last)));
            at = last + 1;
        }
        line
    }

    /// When the culprits began, below their first column, as far as there is room.
    fn times(&self) -> String {
        let mut culprits: Vec<&Span> = self
            .spans
            .iter()
            .filter(|s| s.part == Part::Culprit)
            .collect();
        culprits.sort_by_key(|s| s.columns);
        let mut line = " ".repeat(self.names);
        for span in culprits {
            let column = self.names + span.columns.0;
            let time = clock(span.sent);
            let fits = column + width(&time) <= self.names + self.columns;
            if fits && (line.len() < column || line.trim().is_empty()) {
                line = pad(&line, column) + &time;
            }
        }
        line
    }
}

/// `[== write 18 ==]` for a culprit, `|-- read 17 --|` for another, `[== write 18 ==>` for what never ended.
fn bar(span: &Span, last: usize) -> String {
    let (open, fill, close) = match span.part {
        Part::Culprit => ('[', "=", ']'),
        Part::Other => ('|', "-", '|'),
    };
    let close = if span.ended.is_none() { '>' } else { close };
    let room = (last + 1).saturating_sub(span.columns.0 + 2);
    let around = room.saturating_sub(width(&span.label));
    let (left, right) = (around / 2, around - around / 2);
    let label = cut(&span.label, room);
    format!(
        "{open}{}{label}{}{close}",
        fill.repeat(left),
        fill.repeat(right)
    )
}

/// The whole run: how many changes were acknowledged in each stretch of time, what was lost of them, and what happened
/// to whom. Nothing where nothing happened and nothing was lost.
fn run(picture: &Picture, surface: Surface) -> Vec<String> {
    if picture.events.is_empty() && picture.lost.is_empty() && picture.torn.is_empty() {
        return Vec::new();
    }
    let mut names: Vec<&str> = picture.events.iter().map(|e| e.1.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let heads = names.iter().copied().chain(["acknowledged"]);
    let room = heads.map(width).max().unwrap_or(0) + 2;
    let Some(columns) = surface.width.checked_sub(room).filter(|c| *c >= 20) else {
        return Vec::new();
    };
    let scale = Scale {
        span: picture.span.max(Duration::from_millis(1)),
        columns,
    };
    let row = |name: &str, drawn: &str, role: Role| {
        format!(
            "{}{}",
            pad(name, room),
            surface.paint(role, drawn.trim_end())
        )
    };
    let mut lines: Vec<String> = names
        .iter()
        .map(|name| row(name, &scale.part(picture, name), Role::Strong))
        .collect();
    lines.push(row(
        "acknowledged",
        &scale.counts(&picture.acknowledged),
        Role::Pass,
    ));
    for (name, moments) in [("lost", &picture.lost), ("torn", &picture.torn)] {
        if !moments.is_empty() {
            lines.push(row(name, &scale.counts(moments), Role::Fail));
        }
    }
    let end = clock(picture.span);
    let axis = format!("0 s{end:>width$}", width = columns - 3);
    lines.push(row("", &axis, Role::Faint));
    lines
}

struct Scale {
    span: Duration,
    columns: usize,
}

impl Scale {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a column of a terminal is a small number"
    )]
    fn column(&self, at: Duration) -> usize {
        let share = at.as_secs_f64() / self.span.as_secs_f64();
        ((share * self.columns as f64) as usize).min(self.columns - 1)
    }

    /// How many there are in each column; `+` for more than nine.
    fn counts(&self, moments: &[Duration]) -> String {
        let mut counts = vec![0_u32; self.columns];
        for &at in moments {
            counts[self.column(at)] += 1;
        }
        let sign = |n: u32| match n {
            0 => ' ',
            n => char::from_digit(n, 10).unwrap_or('+'),
        };
        counts.into_iter().map(sign).collect()
    }

    /// A line while the part runs, a gap while it does not, and a word where that changes.
    fn part(&self, picture: &Picture, name: &str) -> String {
        let mut line = vec!['-'; self.columns];
        let mut free = 0;
        for (at, _, what) in picture.events.iter().filter(|e| e.1 == name) {
            let last = self.columns.saturating_sub(width(what));
            let column = self.column(*at).min(last).max(free);
            let up = ["started", "restarted", "resumed"].contains(&what.as_str());
            let state = if up { '-' } else { ' ' };
            for sign in line.iter_mut().skip(column) {
                *sign = state;
            }
            for (sign, letter) in line.iter_mut().skip(column).zip(what.chars()) {
                *sign = letter;
            }
            free = column + width(what) + 1;
        }
        line.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::history::CHECKER;

    fn ms(at: u64) -> Duration {
        Duration::from_millis(at)
    }

    fn operation(client: usize, deed: Deed, sent: u64, to: u64) -> Operation {
        let end = if to == 0 {
            End::Unknown
        } else {
            End::Answered(ms(to))
        };
        Operation {
            client,
            key: 3,
            deed,
            sent: ms(sent),
            end,
        }
    }

    fn read(value: u64) -> Deed {
        Deed::Read(Value::Written(value))
    }

    /// A stale read after a kill, and two writes that were lost.
    fn picture() -> Picture {
        let culprit = |o| (o, Part::Culprit);
        let other = |o| (o, Part::Other);
        Picture {
            operations: vec![
                culprit(operation(0, Deed::Write(17), 1000, 1010)),
                culprit(operation(0, Deed::Write(18), 1150, 1203)),
                culprit(operation(2, read(17), 1301, 1302)),
                other(operation(2, read(17), 1160, 1190)),
                other(operation(0, Deed::Write(21), 1250, 0)),
                other(operation(0, read(17), 1100, 1110)),
            ],
            acknowledged: (0..300).map(|n| ms(n * 13)).collect(),
            lost: vec![ms(1980), ms(1990)],
            torn: vec![ms(3000)],
            events: vec![
                (ms(2000), "a".into(), "kill -9".into()),
                (ms(2600), "a".into(), "started".into()),
                (ms(3100), "b".into(), "kill -9".into()),
            ],
            span: ms(4000),
        }
    }

    fn drawn(columns: usize) -> String {
        let lines = draw(&picture(), Surface::plain(columns));
        assert!(lines.iter().all(|l| width(l) <= columns), "{lines:#?}");
        assert!(lines.iter().all(|l| l.is_ascii()), "{lines:#?}");
        lines.join("\n")
    }

    #[test]
    fn a_history_at_60_columns() {
        insta::assert_snapshot!(drawn(60));
    }

    #[test]
    fn a_history_at_80_columns() {
        insta::assert_snapshot!(drawn(80));
    }

    #[test]
    fn a_history_at_120_columns() {
        insta::assert_snapshot!(drawn(120));
    }

    #[test]
    fn the_checker_has_a_name_and_too_little_room_draws_nothing() {
        let mut picture = picture();
        picture.operations[2].0.client = CHECKER;
        assert!(
            draw(&picture, Surface::plain(90))
                .join("\n")
                .contains("the last read  ")
        );
        assert!(draw(&picture, Surface::plain(20)).is_empty());
        assert!(draw(&Picture::default(), Surface::plain(80)).is_empty());
    }
}

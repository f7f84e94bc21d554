//! The operations that nothing explains, one row for each client.

use std::time::Duration;

use crate::lab::history::{Deed, End, Operation, Part, Picture, Value, clock, named};
use crate::render::report::cell::{cut, line, pad, width};
use crate::render::theme::{Role, Surface};

/// The operations from left to right in the order of their beginnings and ends; equal distances are not equal times.
/// Others than the culprits are left out, the farthest first, as far as there is no room for them.
pub(super) fn draw(picture: &Picture, surface: Surface) -> Vec<String> {
    rows(picture, surface.width).map_or_else(Vec::new, |rows| rows.lines(surface))
}

/// The rows of as many operations as there is room for; `None` where there is nothing to see.
pub(super) fn rows(picture: &Picture, columns: usize) -> Option<Rows> {
    let culprits = picture.operations.iter().filter(|o| o.1 == Part::Culprit);
    let least = culprits.count();
    if least == 0 {
        return None;
    }
    let lengths = [label_wide, label_long, label_short];
    (least..=picture.operations.len()).rev().find_map(|many| {
        let operations = &picture.operations[..many];
        lengths
            .iter()
            .find_map(|label| Rows::new(spans(operations, *label), columns))
    })
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
        Value::Foreign(text) => cut(&line(text), 12),
    }
}

pub(super) struct Span {
    pub(super) client: usize,
    pub(super) sent: Duration,
    /// `None` for what may take effect at any later moment.
    pub(super) ended: Option<Duration>,
    pub(super) label: String,
    pub(super) part: Part,
    /// Columns of its first and last sign.
    pub(super) columns: (usize, usize),
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

pub(super) struct Rows {
    pub(super) spans: Vec<Span>,
    pub(super) names: usize,
    columns: usize,
}

impl Rows {
    /// Places the spans, or says that there is no room for them.
    fn new(mut spans: Vec<Span>, columns: usize) -> Option<Self> {
        let names = spans.iter().map(|s| width(&named(s.client))).max()? + 2;
        let columns = columns.checked_sub(names)?;
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

    /// Everybody who does something, in order.
    pub(super) fn clients(&self) -> Vec<usize> {
        let mut clients: Vec<usize> = self.spans.iter().map(|s| s.client).collect();
        clients.sort_unstable();
        clients.dedup();
        clients
    }

    fn lines(&self, surface: Surface) -> Vec<String> {
        let mut lines: Vec<String> = self
            .clients()
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

//! Sequence diagrams: who sends what to whom, in order, drawn as text.
//!
//! The timeline of a failing check and the Mermaid diagrams of lessons are both drawn here.

mod canvas;
mod list;
pub(crate) mod mermaid;
pub(super) mod svg;

use super::markdown::wrap::{shorten, width};
use super::theme::Surface;
use canvas::Row as Line;

/// Columns between two lifelines that a message needs at the least.
const LEAST_GAP: usize = 9;

/// Columns that a message takes besides its label: `│── label ─▶│`.
const AROUND: usize = 7;

/// A sequence diagram.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sequence {
    /// Names of the parties, from left to right.
    pub participants: Vec<String>,
    /// What happens, from top to bottom.
    pub rows: Vec<Row>,
}

/// One thing that happens. Parties are indexes into the participants; rows that name others are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// Something is sent.
    Message {
        /// Who sends it.
        from: usize,
        /// Who receives it.
        to: usize,
        /// What is sent; may be empty.
        label: String,
        /// How the arrow is drawn.
        stroke: Stroke,
        /// A remark to the right of the diagram, such as `expected 200`.
        note_right: Option<String>,
    },
    /// Something happens to parties, or is said about them.
    Note {
        /// The parties.
        over: Vec<usize>,
        /// What happens.
        label: String,
    },
    /// A line across, such as the head of a loop.
    Separator {
        /// What stands in the line; may be empty.
        label: String,
    },
    /// Rows that were left out.
    Gap {
        /// How many.
        count: usize,
    },
}

/// How an arrow is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stroke {
    /// A line.
    #[default]
    Solid,
    /// A dashed line, as for answers.
    Dashed,
}

/// The diagram as lines that are no wider than the surface. Long labels are shortened; where lifelines do not fit,
/// the messages are listed by number.
#[must_use]
pub fn draw(sequence: &Sequence, surface: &Surface) -> Vec<String> {
    let sequence = cleaned(sequence);
    let Some(plan) = Plan::of(&sequence, surface.width) else {
        return list::lines(&sequence, surface);
    };
    let mut lines = vec![plan.head(&sequence, surface)];
    for row in &sequence.rows {
        plan.row(row, surface, &mut lines);
    }
    lines
}

/// The diagram without control characters, and without rows that name parties which are not there.
fn cleaned(sequence: &Sequence) -> Sequence {
    let clean = |text: &str| crate::base::text::printable(text).replace(['\n', '\t'], " ");
    let count = sequence.participants.len();
    let rows = sequence.rows.iter().filter_map(|row| match row {
        Row::Message {
            from,
            to,
            label,
            stroke,
            note_right,
        } => (*from < count && *to < count).then(|| Row::Message {
            from: *from,
            to: *to,
            label: clean(label),
            stroke: *stroke,
            note_right: note_right.as_deref().map(clean),
        }),
        Row::Note { over, label } => {
            let mut over: Vec<usize> = over.iter().copied().filter(|p| *p < count).collect();
            over.sort_unstable();
            (!over.is_empty()).then(|| Row::Note {
                over,
                label: clean(label),
            })
        }
        Row::Separator { label } => Some(Row::Separator {
            label: clean(label),
        }),
        Row::Gap { count } => Some(Row::Gap { count: *count }),
    });
    Sequence {
        participants: sequence.participants.iter().map(|p| clean(p)).collect(),
        rows: rows.collect(),
    }
}

/// Where the lifelines stand.
struct Plan {
    /// The column of each lifeline.
    at: Vec<usize>,
    /// Columns of the whole diagram, without the remarks to its right.
    width: usize,
    /// Columns for names, by party.
    names: Vec<usize>,
    /// Columns of the surface.
    room: usize,
}

impl Plan {
    /// Finds places for the lifelines; `None` when there is no room for them.
    fn of(sequence: &Sequence, room: usize) -> Option<Self> {
        let count = sequence.participants.len();
        if count == 0 {
            return None;
        }
        let remarks = longest_remark(sequence).min(room / 4);
        let names: Vec<usize> = sequence.participants.iter().map(|n| width(n)).collect();
        let (first, last) = (names[0].div_ceil(2), names[count - 1].div_ceil(2));
        // The outer names may be cut, so that the inside of the diagram keeps its room.
        let (before, after) = (first.clamp(1, 8), last.clamp(1, 8));
        let inside = room.checked_sub(before + after + 2 + remarks)?;
        let mut gaps = wanted_gaps(sequence, &names);
        fit(&mut gaps, inside)?;
        let mut at = vec![before];
        for gap in &gaps {
            at.push(at[at.len() - 1] + gap);
        }
        let mut shown = names.clone();
        for (party, name) in shown.iter_mut().enumerate() {
            let left = party.checked_sub(1).map_or(before * 2 + 2, |p| gaps[p]);
            let right = gaps.get(party).copied().unwrap_or(after * 2 + 2);
            *name = (*name).min(left.min(right).max(3) - 1);
        }
        Some(Self {
            width: at[count - 1] + after + 1,
            at,
            names: shown,
            room,
        })
    }

    fn head(&self, sequence: &Sequence, surface: &Surface) -> String {
        let mut line = Line::new(self.width);
        for (party, name) in sequence.participants.iter().enumerate() {
            let name = shorten(name, self.names[party].max(1));
            let start = self.at[party].saturating_sub(width(&name) / 2);
            line.strong(start, &name);
        }
        line.show(surface)
    }

    /// A line with nothing but the lifelines.
    fn lifelines(&self) -> Line {
        let mut line = Line::new(self.width);
        for at in &self.at {
            line.faint(*at, "│");
        }
        line
    }

    fn row(&self, row: &Row, surface: &Surface, lines: &mut Vec<String>) {
        match row {
            Row::Message {
                from,
                to,
                label,
                stroke,
                note_right,
            } => {
                let mut line = self.lifelines();
                if from == to {
                    self.own(*from, label, &mut line);
                } else {
                    self.arrow((*from, *to), label, *stroke, &mut line);
                }
                let remark = note_right.as_deref().unwrap_or("");
                self.with_remark(&mut line, remark, surface, lines);
            }
            Row::Note { over, label } => {
                let mut line = self.lifelines();
                self.note(over, label, &mut line);
                lines.push(line.show(surface));
            }
            Row::Separator { label } => {
                let mut line = Line::new(self.width);
                line.faint(0, &"┄".repeat(self.width));
                if !label.is_empty() {
                    line.text(
                        2,
                        &format!(" {} ", shorten(label, self.width.saturating_sub(6))),
                    );
                }
                lines.push(line.show(surface));
            }
            Row::Gap { count } => {
                let mut line = Line::new(self.width);
                for at in &self.at {
                    line.faint(*at, "┊");
                }
                let more = crate::base::text::count(*count, "event");
                let remark = format!("{more} left out");
                self.with_remark(&mut line, &remark, surface, lines);
            }
        }
    }

    /// The line with its remark to the right, or below where that is too narrow.
    fn with_remark(
        &self,
        line: &mut Line,
        remark: &str,
        surface: &Surface,
        lines: &mut Vec<String>,
    ) {
        let place = self.width + 1;
        if remark.is_empty() {
            lines.push(line.show(surface));
        } else if place + width(remark) <= self.room {
            line.strong(place, remark);
            lines.push(line.show(surface));
        } else {
            lines.push(line.show(surface));
            let mut below = self.lifelines();
            let shown = shorten(remark, self.room.saturating_sub(2));
            let start = place.min(self.room.saturating_sub(width(&shown)));
            below.strong(start, &shown);
            lines.push(below.show(surface));
        }
    }

    fn arrow(&self, (from, to): (usize, usize), label: &str, stroke: Stroke, line: &mut Line) {
        let (left, right) = (self.at[from.min(to)] + 1, self.at[from.max(to)]);
        let room = right - left;
        let bar = match stroke {
            Stroke::Solid => "─",
            Stroke::Dashed => "╌",
        };
        line.faint(left, &bar.repeat(room));
        let label = shorten(label, room.saturating_sub(AROUND - 1));
        let label = if label.is_empty() {
            label
        } else {
            format!(" {label} ")
        };
        // The label stands near the sender, so that the eye meets it before the arrow's end.
        let start = if from < to {
            line.text(right - 1, "▶");
            left + 2
        } else {
            line.text(left, "◀");
            right - 2 - width(&label)
        };
        line.text(start, &label);
    }

    /// A message of a party to itself.
    fn own(&self, party: usize, label: &str, line: &mut Line) {
        let start = self.at[party] + 1;
        let label = format!("↺ {label}");
        let after = self.at.get(party + 1).copied();
        let end = after.unwrap_or(self.room);
        let shown = shorten(&label, end.saturating_sub(start + 2));
        if width(&shown) >= 5 || after.is_some() {
            line.text(start + 1, &shown);
        } else {
            let shown = shorten(&label, self.at[party].saturating_sub(1));
            line.text(self.at[party].saturating_sub(width(&shown) + 1), &shown);
        }
    }

    /// A note in the middle of its parties; it may cover lifelines, because it stands in brackets.
    fn note(&self, over: &[usize], label: &str, line: &mut Line) {
        let label = format!("[ {} ]", shorten(label, self.room.saturating_sub(4)));
        let wide = width(&label);
        let middle = usize::midpoint(self.at[over[0]], self.at[over[over.len() - 1]]);
        let most = self.room.saturating_sub(wide);
        line.text(middle.saturating_sub(wide / 2).min(most), &label);
    }
}

fn longest_remark(sequence: &Sequence) -> usize {
    let remarks = sequence.rows.iter().map(|row| match row {
        Row::Message {
            note_right: Some(note),
            ..
        } => width(note) + 2,
        _ => 0,
    });
    remarks.max().unwrap_or(0)
}

/// The columns between each two neighbours so that no label is cut.
fn wanted_gaps(sequence: &Sequence, names: &[usize]) -> Vec<usize> {
    let mut gaps: Vec<usize> = names
        .windows(2)
        .map(|pair| (pair[0].div_ceil(2) + pair[1].div_ceil(2) + 2).max(LEAST_GAP))
        .collect();
    let mut spans: Vec<(usize, usize, usize)> = Vec::new();
    for row in &sequence.rows {
        match row {
            Row::Message {
                from, to, label, ..
            } if from == to => {
                if *from + 1 < names.len() {
                    spans.push((*from, *from + 1, width(label) + 5));
                }
            }
            Row::Message {
                from, to, label, ..
            } => spans.push((*from.min(to), *from.max(to), width(label) + AROUND)),
            Row::Note { over, label } => {
                // A note may reach half way to the neighbours of its parties.
                let (first, last) = (over[0], over[over.len() - 1]);
                let half = width(label).div_ceil(2) + 4;
                if first > 0 {
                    spans.push((first - 1, first, half));
                }
                if last + 1 < names.len() {
                    spans.push((last, last + 1, half));
                }
            }
            Row::Separator { .. } | Row::Gap { .. } => {}
        }
    }
    spans.sort_by_key(|(left, right, _)| right - left);
    for (left, right, wanted) in spans {
        let have: usize = gaps[left..right].iter().sum();
        let each = wanted.saturating_sub(have).div_ceil(right - left);
        for gap in &mut gaps[left..right] {
            *gap += each;
        }
    }
    gaps
}

/// Narrows the widest gaps until all of them fit.
fn fit(gaps: &mut [usize], room: usize) -> Option<()> {
    if gaps.len() * LEAST_GAP > room {
        return None;
    }
    let total: usize = gaps.iter().sum();
    let mut over = total.saturating_sub(room);
    while over > 0 {
        let widest = gaps.iter().copied().max()?;
        let next = gaps.iter().copied().filter(|g| *g < widest).max();
        let floor = next.unwrap_or(LEAST_GAP).max(LEAST_GAP);
        let many = gaps.iter().filter(|g| **g == widest).count();
        let step = (widest - floor).min(over.div_ceil(many)).max(1);
        for gap in gaps.iter_mut().filter(|g| **g == widest) {
            let cut = step.min(over);
            *gap -= cut;
            over -= cut;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests;

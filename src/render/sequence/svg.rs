//! A sequence diagram as a picture: the rows of the terminal, with as much room as their words need.

use super::{Row, Sequence, Stroke, cleaned, wanted_gaps};
use crate::base::text::count;
use crate::render::markdown::wrap::{shorten, width};
use crate::render::markup::Element;
use crate::render::svg::{self, Anchor, COLUMN, columns, float};

/// Words longer than this are shortened.
const LONGEST: usize = 56;
/// From one row to the next.
const STEP: f64 = 36.0;
/// Above the first row: the names.
const TOP: f64 = 46.0;

/// The picture of a diagram.
pub(in crate::render) fn draw(sequence: &Sequence, title: &str) -> Element {
    let sequence = shortened(cleaned(sequence));
    let plan = Plan::of(&sequence);
    let bottom = TOP + STEP * float(sequence.rows.len());
    let told: Vec<String> = sequence
        .rows
        .iter()
        .map(|row| sentence(&sequence, row))
        .collect();
    let mut picture = svg::picture(plan.width, bottom + 8.0, title, &told.join(". "));
    for (at, name) in plan.at.iter().zip(&sequence.participants) {
        let wide = columns(width(name)) + 18.0;
        picture = picture
            .with(svg::line("faint", &[(*at, 32.0), (*at, bottom)]))
            .with(svg::rectangle("box", (at - wide / 2.0, 6.0), (wide, 26.0)))
            .with(svg::words("name", (*at, 23.0), Anchor::Middle, name));
    }
    for (n, row) in sequence.rows.iter().enumerate() {
        let y = TOP + STEP * float(n) + 22.0;
        picture = picture.all(plan.row(row, y));
    }
    picture
}

fn shortened(mut sequence: Sequence) -> Sequence {
    let cut = |text: &mut String| *text = shorten(text, LONGEST);
    sequence.participants.iter_mut().for_each(cut);
    for row in &mut sequence.rows {
        match row {
            Row::Message {
                label, note_right, ..
            } => {
                cut(label);
                note_right.iter_mut().for_each(cut);
            }
            Row::Note { label, .. } | Row::Separator { label } => cut(label),
            Row::Gap { .. } => {}
        }
    }
    sequence
}

/// A row in words: `checker to b: POST /login`.
fn sentence(sequence: &Sequence, row: &Row) -> String {
    let name = |party: usize| sequence.participants[party].as_str();
    match row {
        Row::Message {
            from,
            to,
            label,
            note_right,
            ..
        } => {
            let remark = note_right.as_ref().map(|n| format!(", {n}"));
            let remark = remark.unwrap_or_default();
            format!("{} to {}: {label}{remark}", name(*from), name(*to))
        }
        Row::Note { over, label } => {
            let names: Vec<&str> = over.iter().map(|p| name(*p)).collect();
            format!("{}: {label}", names.join(", "))
        }
        Row::Separator { label } => label.clone(),
        Row::Gap { count: left } => format!("{} left out", count(*left, "event")),
    }
}

/// Where the lifelines stand.
struct Plan {
    at: Vec<f64>,
    /// Where remarks begin.
    right: f64,
    width: f64,
}

impl Plan {
    fn of(sequence: &Sequence) -> Self {
        let names: Vec<usize> = sequence.participants.iter().map(|n| width(n)).collect();
        let mut at = vec![0.0];
        for gap in wanted_gaps(sequence, &names) {
            at.push(at[at.len() - 1] + columns(gap) + COLUMN);
        }
        let last = at.len() - 1;
        let (mut left, mut right) = (-40.0_f64, at[last] + 40.0);
        for (at, name) in at.iter().zip(&names) {
            let half = columns(*name) / 2.0 + 10.0;
            (left, right) = (left.min(at - half), right.max(at + half));
        }
        let mut remarks = 0.0_f64;
        for row in &sequence.rows {
            match row {
                Row::Note { over, label } => {
                    let middle = middle(&at, over);
                    let half = columns(width(label)) / 2.0 + 12.0;
                    (left, right) = (left.min(middle - half), right.max(middle + half));
                }
                Row::Message {
                    from,
                    to,
                    label,
                    note_right,
                    ..
                } => {
                    if from == to {
                        right = right.max(at[*from] + columns(width(label)) + 40.0);
                    }
                    let remark = note_right.as_ref().map_or(0, |note| width(note) + 4);
                    remarks = remarks.max(columns(remark));
                }
                Row::Separator { label } => right = right.max(left + columns(width(label) + 6)),
                Row::Gap { .. } => {}
            }
        }
        for at in &mut at {
            *at -= left;
        }
        let right = right - left;
        Self {
            at,
            right,
            width: right + remarks,
        }
    }

    fn row(&self, row: &Row, y: f64) -> Vec<Element> {
        match row {
            Row::Message {
                from,
                to,
                label,
                stroke,
                note_right,
            } => self.message((*from, *to), label, *stroke, note_right.as_deref(), y),
            Row::Note { over, label } => {
                let middle = middle(&self.at, over);
                let wide = columns(width(label)) + 16.0;
                vec![
                    svg::rectangle("note", (middle - wide / 2.0, y - 16.0), (wide, 24.0)),
                    svg::words("strong", (middle, y), Anchor::Middle, label),
                ]
            }
            Row::Separator { label } => self.across(label, y),
            Row::Gap { count: left } => {
                self.across(&format!("{} left out", count(*left, "event")), y)
            }
        }
    }

    /// A line across, with words in it.
    fn across(&self, label: &str, y: f64) -> Vec<Element> {
        vec![
            svg::line("faint dashed", &[(0.0, y - 4.0), (self.right, y - 4.0)]),
            svg::words("quiet", (14.0, y), Anchor::Start, label),
        ]
    }

    fn message(
        &self,
        (from, to): (usize, usize),
        label: &str,
        stroke: Stroke,
        remark: Option<&str>,
        y: f64,
    ) -> Vec<Element> {
        let (class, tip, said) = match (remark, stroke) {
            (Some(_), Stroke::Solid) => ("bad", "bad head", "bad word"),
            (Some(_), Stroke::Dashed) => ("bad dashed", "bad head", "bad word"),
            (None, Stroke::Solid) => ("arrow", "head", "word"),
            (None, Stroke::Dashed) => ("arrow dashed", "head", "word"),
        };
        let (begin, end) = (self.at[from], self.at[to]);
        let mut drawn = if from == to {
            let turn = [
                (begin, y - 12.0),
                (begin + 22.0, y - 12.0),
                (begin + 22.0, y),
                (begin + 8.0, y),
            ];
            vec![
                svg::line(class, &turn),
                svg::head(tip, (begin + 1.0, y), (-1.0, 0.0)),
                svg::words(said, (begin + 30.0, y - 2.0), Anchor::Start, label),
            ]
        } else {
            let way = if begin < end { 1.0 } else { -1.0 };
            vec![
                svg::line(class, &[(begin, y), (end - way * 6.0, y)]),
                svg::head(tip, (end - way, y), (way, 0.0)),
                svg::words(
                    said,
                    (f64::midpoint(begin, end), y - 6.0),
                    Anchor::Middle,
                    label,
                ),
            ]
        };
        if let Some(remark) = remark {
            let remark = format!("✗ {remark}");
            drawn.push(svg::words(
                "bad word",
                (self.right, y + 4.0),
                Anchor::Start,
                &remark,
            ));
        }
        drawn
    }
}

fn middle(at: &[f64], over: &[usize]) -> f64 {
    f64::midpoint(at[over[0]], at[over[over.len() - 1]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_shows_every_row_and_says_it_in_words() {
        let message = |from, to, label: &str, note: Option<&str>| Row::Message {
            from,
            to,
            label: label.to_owned(),
            stroke: Stroke::Solid,
            note_right: note.map(str::to_owned),
        };
        let sequence = Sequence {
            participants: vec!["checker".into(), "a".into(), "b".into()],
            rows: vec![
                message(0, 1, "POST /<register>", None),
                message(1, 1, "thinks", None),
                message(2, 0, "401", Some("expected 200")),
                Row::Note {
                    over: vec![2],
                    label: "kill -9".into(),
                },
                message(0, 9, "to nobody", None),
            ],
        };
        let shown = draw(&sequence, "Who asked whom").to_string();
        assert!(shown.contains("<title>Who asked whom</title>"), "{shown}");
        let told = "<desc>checker to a: POST /&lt;register&gt;. a to a: thinks. b to checker: 401, expected 200. b: kill -9</desc>";
        assert!(shown.contains(told), "{shown}");
        assert!(shown.contains("✗ expected 200"), "{shown}");
        assert_eq!(shown.matches("<polygon").count(), 3, "{shown}");
    }
}

//! The list that stands for a diagram where its lifelines do not fit.

use super::{Row, Sequence};
use crate::base::text::count;
use crate::render::markdown::wrap::{lines as wrapped, width};
use crate::render::theme::Surface;

/// `1. checker -> a  PUT /preferences`, one numbered line for each message.
pub(super) fn lines(sequence: &Sequence, surface: &Surface) -> Vec<String> {
    let name = |party: usize| sequence.participants[party].as_str();
    let mut found = Vec::new();
    let mut number = 0;
    for row in &sequence.rows {
        match row {
            Row::Message {
                from,
                to,
                label,
                note_right,
                ..
            } => {
                number += 1;
                let remark = note_right.as_ref().map(|n| format!("  ({n})"));
                let text = format!(
                    "{} -> {}  {label}{}",
                    name(*from),
                    name(*to),
                    remark.unwrap_or_default()
                );
                put(&format!("{number:>2}. "), &text, surface, &mut found);
            }
            Row::Note { over, label } => {
                let names: Vec<&str> = over.iter().map(|p| name(*p)).collect();
                let text = format!("[{}] {label}", names.join(", "));
                put("    ", &text, surface, &mut found);
            }
            Row::Separator { label } => put("── ", label, surface, &mut found),
            Row::Gap { count: left } => {
                let text = format!("… {} left out", count(*left, "event"));
                put("    ", &text, surface, &mut found);
            }
        }
    }
    found
}

/// Adds a text behind a mark; its further lines are indented as far.
fn put(mark: &str, text: &str, surface: &Surface, found: &mut Vec<String>) {
    let columns = width(mark);
    for (at, range) in wrapped(text, surface.width.saturating_sub(columns).max(2))
        .into_iter()
        .enumerate()
    {
        let margin = if at == 0 {
            mark.to_owned()
        } else {
            " ".repeat(columns)
        };
        found.push(format!("{margin}{}", &text[range]).trim_end().to_owned());
    }
}

//! Mermaid: which diagram a block holds, and who draws it.

use crate::flowchart::parse;
use crate::render::theme::Surface;
use crate::render::{flowchart, sequence};

/// The diagram drawn as text, or `None` when it is of another kind or cannot be understood.
pub(super) fn draw(text: &str, surface: &Surface) -> Option<Vec<String>> {
    if let Some(sequence) = sequence::mermaid::parse(text) {
        return Some(sequence::draw(&sequence, surface));
    }
    let graph = parse(text).ok()?;
    Some(flowchart::draw(&graph, surface))
}

/// Whether a Mermaid block is drawn, and not shown as its source.
#[must_use]
pub fn can_draw(text: &str) -> bool {
    sequence::mermaid::parse(text).is_some() || parse(text).is_ok()
}

//! Markdown pages in a terminal.
//!
//! Three stages: events of the Markdown parser become blocks ([`block`]), blocks become lines ([`page`]), and lines are
//! written as they come. No line is wider than the surface, and without colour not one escape sequence is written.

mod block;
mod code;
mod highlight;
mod inline;
mod language;
mod margin;
mod mermaid;
mod page;
mod pen;
mod section;
mod table;
pub(crate) mod wrap;

pub use mermaid::can_draw;
pub use page::page;
pub use section::{around, headings, section};

#[cfg(test)]
mod tests;

//! Mermaid: which diagram a block holds, and who draws it.

use crate::render::theme::Surface;

/// The diagram drawn as text, or `None` when it is of another kind or cannot be understood.
pub(super) fn draw(_text: &str, _surface: &Surface) -> Option<Vec<String>> {
    None
}

//! Mistakes in the course's files, as the end of a command shows them.

use crate::base::diagnostic::Diagnostic;
use crate::render::diagnostic::diagnostics;

use super::context::Context;

/// All of them, one after the other.
#[must_use]
pub fn text(list: &[Diagnostic], ctx: &Context) -> String {
    diagnostics(list, &|file| ctx.content.text(file).ok(), &ctx.err_surface)
}

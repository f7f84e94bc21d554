//! Mistakes in the course's files, as the end of a command shows them.

use std::fmt::Write as _;

use crate::base::diagnostic::{Diagnostic, line_column};

use super::context::Context;

/// All of them, one after the other.
#[must_use]
pub fn text(list: &[Diagnostic], ctx: &Context) -> String {
    let mut out = String::new();
    for mistake in list {
        let text = ctx.content.text(&mistake.file).unwrap_or_default();
        let (line, column) = line_column(&text, mistake.span.start);
        let Diagnostic {
            file,
            message,
            help,
            ..
        } = mistake;
        let _ = writeln!(out, "{file}:{line}:{column}: {message} [{}]", mistake.id);
        if !help.is_empty() {
            let _ = writeln!(out, "  help: {help}");
        }
    }
    out
}

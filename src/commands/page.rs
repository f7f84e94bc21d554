//! A page of Markdown, shown: whole through a pipe, through a pager when it is longer than the terminal.

use crate::lessons::Lesson;
use crate::render::markdown;

use super::context::Context;
use super::error::Error;
use super::pager;

/// Shows a page.
///
/// # Errors
/// When it cannot be written.
pub fn show(text: &str, ctx: &mut Context) -> Result<(), Error> {
    if ctx.rows.is_none() || !ctx.interactive {
        markdown::page(text, &ctx.surface, &mut ctx.out)?;
        return Ok(());
    }
    let mut drawn = Vec::new();
    markdown::page(text, &ctx.surface, &mut drawn)?;
    pager::show(&drawn, ctx)
}

/// The Markdown of a lesson with its title above it.
#[must_use]
pub fn lesson(lesson: &Lesson) -> String {
    format!("# {}. {}\n\n{}", lesson.number, lesson.title, lesson.text)
}

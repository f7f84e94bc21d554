//! `course hint`: one more hint each time, for the first check that failed.

use crate::learner::Progress;
use crate::render::markdown;
use crate::render::theme::Role;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::session;

/// What may stand behind `course hint`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  course check; course hint")]
pub struct Args {}

/// Reveals the next hint, after those that were revealed before.
///
/// # Errors
/// When the command was not typed in a learner's folder.
pub fn run(_args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    let workspace = ctx.workspace()?.ok_or_else(outside)?;
    let slug = workspace.exercise.as_str();
    let progress = ctx.progress()?;
    let Some(check) = first_failure(&progress, slug) else {
        let none = format!(
            "No check of `{slug}` has failed in the last run, so there is nothing to hint at."
        );
        ctx.tell(&none, 0)?;
        ctx.next("course check")?;
        return Ok(Exit::Passed);
    };
    let course = ctx.course()?;
    let file = session::check_file(ctx, &course, slug)?;
    let known = file.checks.iter().find(|c| c.id == check);
    let hints = known.map_or(&[][..], |c| c.hints.as_slice());
    if hints.is_empty() {
        let none = format!(
            "The check `{check}` has no hints. Its report says what was expected and what came."
        );
        ctx.tell(&none, 0)?;
        ctx.next("course check")?;
        return Ok(Exit::Passed);
    }
    let known = progress
        .exercises
        .get(slug)
        .and_then(|e| e.hints.get(&check))
        .copied();
    let shown = (known.unwrap_or(0) as usize + 1).min(hints.len());
    for (i, hint) in hints.iter().take(shown).enumerate() {
        let title = format!("Hint {} of {} for `{check}`", i + 1, hints.len());
        let title = ctx.surface.paint(Role::Heading, &title);
        let gap = if i > 0 { "\n" } else { "" };
        writeln!(ctx.out, "{gap}{title}")?;
        markdown::page(hint, &ctx.surface, &mut ctx.out)?;
    }
    let level = u32::try_from(shown).unwrap_or(u32::MAX);
    ctx.record_if_possible(|p| {
        p.exercise(slug).hints.insert(check, level);
    })?;
    if shown == hints.len() {
        writeln!(ctx.out, "\nThat was the last hint.")?;
    }
    ctx.next("course check")?;
    Ok(Exit::Passed)
}

/// Said by commands that need a learner's folder.
#[must_use]
pub fn outside() -> Error {
    Error::Usage(
        "this folder holds no exercise; go into one that `course start` made, or see `course list`"
            .to_owned(),
    )
}

/// The first check that failed in the last run; those that were skipped wait for it.
fn first_failure(progress: &Progress, exercise: &str) -> Option<String> {
    let last = progress.exercises.get(exercise)?.last_check.as_ref()?;
    let failed = last.checks.iter().find(|check| check.outcome == "failed")?;
    Some(failed.id.clone())
}

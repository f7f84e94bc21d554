//! `course solution`: the reference, compared with the learner's files.

use std::path::PathBuf;

use similar::TextDiff;

use crate::base::fs;
use crate::base::text::printable;
use crate::exercises::{Exercise, File};
use crate::learner::Workspace;
use crate::render::theme::{Role, Surface};

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::status::next_command;
use super::{copy, hint, pager};

/// What may stand behind `course solution`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  course solution --give-up --write ../solution")]
pub struct Args {
    /// Show it although the checks do not pass; this is written into your progress
    #[arg(long)]
    pub give_up: bool,
    /// Copy the solution into this folder
    #[arg(long, value_name = "DIR")]
    pub write: Option<PathBuf>,
}

/// Shows how the learner's files differ from the solution in their language.
///
/// # Errors
/// When the exercise is neither passed nor given up.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    let course = ctx.course()?;
    let workspace = ctx.workspace()?.ok_or_else(hint::outside)?;
    let exercise = super::name::exercise(&course, workspace.exercise.as_str())?;
    let solution = reference(exercise, &workspace, ctx)?;
    allow(exercise, args.give_up, ctx)?;
    if let Some(dir) = &args.write {
        copy::into(&ctx.folder.join(dir), &solution)?;
        writeln!(ctx.out, "The solution is in `{}`.", dir.display())?;
    } else {
        let mut text = String::new();
        for file in &solution {
            text.push_str(&difference(file, &workspace, ctx.surface)?);
        }
        if text.is_empty() {
            text.push_str("Your files are the solution, byte for byte.\n");
        }
        if ctx.interactive {
            pager::show(text.as_bytes(), ctx)?;
        } else {
            write!(ctx.out, "{text}")?;
        }
    }
    let progress = ctx.progress()?;
    let command = next_command(&course, &progress, ctx)?;
    ctx.next(&command)?;
    Ok(Exit::Passed)
}

fn reference(
    exercise: &Exercise,
    workspace: &Workspace,
    ctx: &Context,
) -> Result<Vec<File>, Error> {
    let files = exercise.solution(&ctx.content, &workspace.language)?;
    if files.is_empty() {
        let others: Vec<String> = exercise
            .solutions(&ctx.content)?
            .iter()
            .map(|slug| format!("`{slug}`"))
            .collect();
        let others = if others.is_empty() {
            "none".to_owned()
        } else {
            others.join(", ")
        };
        return Err(Error::Usage(format!(
            "there is no solution of `{}` in `{}`; there is {others}. Start it in one of these to see its solution",
            exercise.slug, workspace.language
        )));
    }
    Ok(files)
}

/// Lets a learner through who passed or gave up; giving up is recorded.
fn allow(exercise: &Exercise, give_up: bool, ctx: &mut Context) -> Result<(), Error> {
    let slug = exercise.slug.as_str();
    let progress = ctx.progress()?;
    let known = progress.exercises.get(slug);
    if known.is_some_and(|e| e.passed.is_some() || e.gave_up.is_some()) {
        return Ok(());
    }
    if !give_up {
        return Err(Error::Usage(
            "the solution is shown after `course check` passes; `course hint` helps you there, and \
             `course solution --give-up` shows it now and notes that you gave up"
                .to_owned(),
        ));
    }
    let now = ctx.moment();
    ctx.record(|p| p.exercise(slug).gave_up = Some(now))?;
    writeln!(
        ctx.err,
        "note: your progress says now that you gave up on `{slug}`; you can still pass it"
    )?;
    Ok(())
}

/// A unified diff from the learner's file to the solution's; empty when they are alike.
fn difference(file: &File, workspace: &Workspace, surface: Surface) -> Result<String, Error> {
    let mine = match fs::read(&workspace.root.join(&file.path)) {
        Ok(bytes) => bytes,
        Err(error) if error.is_missing() => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    if mine == file.bytes {
        return Ok(String::new());
    }
    let (Ok(mine), Ok(theirs)) = (std::str::from_utf8(&mine), std::str::from_utf8(&file.bytes))
    else {
        return Ok(format!("{} differs and is not text\n", file.path));
    };
    let (from, to) = (
        format!("yours/{}", file.path),
        format!("solution/{}", file.path),
    );
    let diff = TextDiff::from_lines(mine, theirs)
        .unified_diff()
        .header(&from, &to)
        .to_string();
    let mut out = String::new();
    for line in printable(&diff).lines() {
        let role = match line.as_bytes() {
            [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] => Some(Role::Strong),
            [b'+', ..] => Some(Role::Pass),
            [b'-', ..] => Some(Role::Fail),
            [b'@', ..] => Some(Role::Faint),
            _ => None,
        };
        let line = role.map_or_else(|| line.to_owned(), |role| surface.paint(role, line));
        out.push_str(&line);
        out.push('\n');
    }
    Ok(out)
}

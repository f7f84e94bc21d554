//! `course solution`: the reference, compared with the learner's files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use crate::base::fs;
use crate::base::slug::Slug;
use crate::base::text::printable;
use crate::exercises::{Exercise, File};
use crate::learner::Workspace;
use crate::render::theme::{Role, Surface};

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::status::next_command;
use super::{copy, hint, name, pager};

/// What may stand behind `course solution`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example:\n  course solution --give-up --write ../solution\n  course solution stateless-refactor --language node"
)]
pub struct Args {
    /// The exercise; the one of this folder when left out
    exercise: Option<String>,
    /// The language of the solution; yours when left out
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
    /// Show it although the checks do not pass; this is written into your progress
    #[arg(long)]
    give_up: bool,
    /// Copy the solution into this folder
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
}

/// Shows how the learner's files differ from the solution in their language, or lists the solution's files where there
/// is nothing to compare.
///
/// # Errors
/// When the exercise is neither passed nor given up.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    let course = ctx.course()?;
    let here = ctx.workspace()?;
    let exercise = match (&args.exercise, &here) {
        (Some(typed), _) => name::exercise(&course, typed)?,
        (None, Some(workspace)) => name::exercise(&course, workspace.exercise.as_str())?,
        (None, None) => return Err(hint::outside()),
    };
    let mine = work(exercise, here, ctx)?;
    let language = language(args.language.as_deref(), exercise, mine.as_ref(), ctx)?;
    let solution = reference(exercise, &language, ctx)?;
    allow(exercise, args.give_up, ctx)?;
    let mine = mine.filter(|workspace| workspace.language == language);
    if let Some(dir) = &args.write {
        copy::into(&ctx.folder.join(dir), &solution)?;
        writeln!(ctx.out, "The solution is in `{}`.", dir.display())?;
    } else if let Some(workspace) = mine {
        let text = comparison(&solution, &workspace, ctx.surface)?;
        if ctx.interactive {
            pager::show(text.as_bytes(), ctx)?;
        } else {
            write!(ctx.out, "{text}")?;
        }
    } else {
        writeln!(
            ctx.out,
            "The solution of `{}` in `{language}` has these files:",
            exercise.slug
        )?;
        for file in &solution {
            writeln!(ctx.out, "  {}", file.path)?;
        }
        ctx.next(&format!(
            "course solution {} --language {language} --write solution",
            exercise.slug
        ))?;
        return Ok(Exit::Passed);
    }
    let progress = ctx.progress()?;
    let command = next_command(&course, &progress, ctx)?;
    ctx.next(&command)?;
    Ok(Exit::Passed)
}

/// The learner's folder for the exercise: the one that the command was typed in, else the one that was started.
fn work(
    exercise: &Exercise,
    here: Option<Workspace>,
    ctx: &mut Context,
) -> Result<Option<Workspace>, Error> {
    if let Some(here) = here.filter(|w| w.exercise == exercise.slug) {
        return Ok(Some(here));
    }
    let progress = ctx.progress()?;
    let known = progress.exercises.get(exercise.slug.as_str());
    let folder = known.and_then(|e| e.started.as_deref()).map(Path::new);
    // The folder may have been moved or deleted since.
    let found = folder.and_then(|folder| Workspace::read(folder).ok());
    Ok(found.filter(|w| w.exercise == exercise.slug))
}

/// The language asked for; else the learner's; else the first that has a solution.
fn language(
    typed: Option<&str>,
    exercise: &Exercise,
    mine: Option<&Workspace>,
    ctx: &Context,
) -> Result<Slug, Error> {
    let solutions = exercise.solutions(&ctx.content)?;
    if let Some(typed) = typed {
        let slugs: Vec<&str> = solutions.iter().map(Slug::as_str).collect();
        let noun = format!("solution of `{}` in", exercise.slug);
        return Ok(solutions[name::pick(&noun, typed, &slugs)?].clone());
    }
    let python = Slug::from_heading("python");
    let first = solutions.iter().find(|slug| **slug == python);
    mine.map(|workspace| &workspace.language)
        .or(first)
        .or(solutions.first())
        .cloned()
        .ok_or_else(|| {
            Error::Usage(format!(
                "the exercise `{}` has no solution yet",
                exercise.slug
            ))
        })
}

fn reference(exercise: &Exercise, language: &Slug, ctx: &Context) -> Result<Vec<File>, Error> {
    let files = exercise.solution(&ctx.content, language)?;
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
            exercise.slug, language
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
    ctx.say(&format!(
        "note: your progress says now that you gave up on `{slug}`; you can still pass it"
    ))
}

/// All differences, and the learner's files that the solution does not have.
fn comparison(solution: &[File], workspace: &Workspace, surface: Surface) -> Result<String, Error> {
    let mut text = String::new();
    for file in solution {
        text.push_str(&difference(file, workspace, surface)?);
    }
    if text.is_empty() {
        text.push_str("Your files are the solution, byte for byte.\n");
    }
    let own = own_files(solution, workspace)?;
    if !own.is_empty() {
        text.push_str("\nOnly you have these files; the solution does without them:\n");
        for path in own {
            let _ = writeln!(text, "  {}", printable(&path));
        }
    }
    Ok(text)
}

/// The learner's files that are in no solution, without those that tools and `course` itself leave there.
fn own_files(solution: &[File], workspace: &Workspace) -> Result<Vec<String>, Error> {
    let left_by_tools = |path: &Path| {
        path.iter().any(|part| {
            let part = part.to_string_lossy();
            part.starts_with('.') || matches!(&*part, "node_modules" | "__pycache__" | "target")
        })
    };
    let files = fs::files_below(&workspace.root)?;
    Ok(files
        .iter()
        .filter(|path| !left_by_tools(path))
        .map(|path| path.to_string_lossy().replace('\\', "/"))
        .filter(|path| !matches!(path.as_str(), "course.toml" | "README.md"))
        .filter(|path| solution.iter().all(|file| file.path != *path))
        .collect())
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

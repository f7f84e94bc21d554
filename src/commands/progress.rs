//! `course progress`: carries progress to another machine.

use std::path::{Path, PathBuf};

use crate::base::fs;
use crate::learner::Progress;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::status::next_command;

/// What may stand behind `course progress`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example:\n  course progress export my-progress.json\n  course progress import my-progress.json"
)]
pub struct Args {
    /// Out or in
    #[command(subcommand)]
    pub way: Way,
}

/// Out or in.
#[derive(Debug, clap::Subcommand)]
pub enum Way {
    /// Write your progress to a file, or to standard output
    Export {
        /// A file that is not there yet
        file: Option<PathBuf>,
    },
    /// Add the progress of a file to yours; nothing you passed is lost
    Import {
        /// A file that `export` wrote
        file: PathBuf,
    },
}

/// Exports or imports.
///
/// # Errors
/// When a file is in the way or is not progress.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    match &args.way {
        Way::Export { file } => export(file.as_deref(), ctx),
        Way::Import { file } => import(file, ctx),
    }
}

fn export(file: Option<&Path>, ctx: &mut Context) -> Result<Exit, Error> {
    let text = ctx.progress()?.to_text();
    let Some(file) = file else {
        write!(ctx.out, "{text}")?;
        return Ok(Exit::Passed);
    };
    let path = ctx.folder.join(file);
    if path.exists() {
        return Err(Error::Usage(format!(
            "`{}` is there already; give another name",
            file.display()
        )));
    }
    fs::replace(&path, text.as_bytes())?;
    writeln!(
        ctx.out,
        "Your progress is in `{}`. On the other machine:",
        file.display()
    )?;
    ctx.next(&format!(
        "course progress import {}",
        super::status::quoted(file)
    ))?;
    Ok(Exit::Passed)
}

fn import(file: &Path, ctx: &mut Context) -> Result<Exit, Error> {
    let path = ctx.folder.join(file);
    let text = fs::read_text(&path).map_err(|error| Error::Usage(error.to_string()))?;
    let theirs = Progress::from_text(file, &text)?;
    let all = ctx.record(|mine| {
        mine.merge(theirs);
        mine.clone()
    })?;
    let done = all.lessons.values().filter(|l| l.done.is_some()).count();
    let passed = all
        .exercises
        .values()
        .filter(|e| e.passed.is_some())
        .count();
    let (done, passed) = (
        crate::base::text::count(done, "lesson"),
        crate::base::text::count(passed, "exercise"),
    );
    writeln!(ctx.out, "You have {done} done and {passed} passed now.")?;
    let course = ctx.course()?;
    let command = next_command(&course, &all, ctx)?;
    ctx.next(&command)?;
    Ok(Exit::Passed)
}

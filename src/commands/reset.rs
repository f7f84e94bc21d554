//! `course reset`: the starter again, after a backup of what it replaces.

use crate::base::fs;
use crate::exercises::File;
use crate::learner::Workspace;
use crate::learner::backup::{Backups, Reason};

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::{hint, name};

/// What may stand behind `course reset`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example:\n  course reset          # lists the files and asks\n  course undo           # takes it back"
)]
pub struct Args {
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Puts the files of the starter back. Other files stay as they are.
///
/// # Errors
/// When nobody said yes, or a file cannot be kept or written.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    let workspace = ctx.workspace()?.ok_or_else(hint::outside)?;
    let course = ctx.course()?;
    let exercise = name::exercise(&course, workspace.exercise.as_str())?;
    let starter = exercise.starter(&ctx.content, &workspace.language)?;
    let changed = changed(&starter, &workspace)?;
    if changed.is_empty() {
        writeln!(
            ctx.out,
            "Every file of the starter is as it was; there is nothing to reset."
        )?;
        ctx.next("course check")?;
        return Ok(Exit::Passed);
    }
    writeln!(ctx.out, "These files go back to the starter:")?;
    for file in &changed {
        writeln!(ctx.out, "  {}", file.path)?;
    }
    if !args.yes {
        confirm(ctx)?;
    }
    let paths: Vec<String> = changed.iter().map(|f| f.path.clone()).collect();
    let at = ctx.moment();
    let root = canonical(&workspace);
    Backups::new(&ctx.home, &workspace.exercise).make(&root, &paths, Reason::Reset, at)?;
    for file in &changed {
        fs::write(&workspace.root.join(&file.path), &file.bytes)?;
    }
    writeln!(
        ctx.out,
        "Done. Your files are kept; `course undo` brings them back."
    )?;
    ctx.next("course check")?;
    Ok(Exit::Passed)
}

fn confirm(ctx: &mut Context) -> Result<(), Error> {
    if !ctx.interactive {
        return Err(Error::Usage(
            "nothing was changed; to reset without being asked, add `--yes`".to_owned(),
        ));
    }
    let answer = ctx.ask("Reset them? A backup is kept. (y/n)")?;
    if answer.is_some_and(|a| a.to_lowercase().starts_with('y')) {
        Ok(())
    } else {
        Err(Error::Usage("nothing was changed".to_owned()))
    }
}

/// The folder by its one true path, so that a backup is found again through a symbolic link.
#[must_use]
pub fn canonical(workspace: &Workspace) -> std::path::PathBuf {
    std::fs::canonicalize(&workspace.root).unwrap_or_else(|_| workspace.root.clone())
}

fn changed<'f>(starter: &'f [File], workspace: &Workspace) -> Result<Vec<&'f File>, Error> {
    let mut changed = Vec::new();
    for file in starter {
        match fs::read(&workspace.root.join(&file.path)) {
            Ok(bytes) if bytes == file.bytes => {}
            Ok(_) => changed.push(file),
            Err(error) if error.is_missing() => changed.push(file),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(changed)
}

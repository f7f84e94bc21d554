//! `course undo`: takes the last reset back, byte for byte.

use crate::learner::backup::Backups;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::{hint, reset};

/// What may stand behind `course undo`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example:\n  course undo    # your files are again as they were before `course reset`"
)]
pub struct Args {}

/// Puts back what the last reset replaced. What is there now is kept too.
///
/// # Errors
/// When there is nothing to take back, or a file cannot be written.
pub fn run(_args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    let workspace = ctx.workspace()?.ok_or_else(hint::outside)?;
    let backups = Backups::new(&ctx.home, &workspace.exercise);
    let Some(backup) = backups.last_reset(&reset::canonical(&workspace))? else {
        return Err(Error::Usage(
            "there is no reset of this folder to take back".to_owned(),
        ));
    };
    let at = ctx.moment();
    backups.put_back(&backup, at)?;
    writeln!(
        ctx.out,
        "These files are again as they were before the reset:"
    )?;
    for file in &backup.files {
        let gone = if file.existed {
            ""
        } else {
            " (it was not there)"
        };
        writeln!(ctx.out, "  {}{gone}", file.path)?;
    }
    ctx.next("course check")?;
    Ok(Exit::Passed)
}

//! `course search`: where the lessons say some words.

use crate::lessons;
use crate::render::theme::Role;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::list::shorten;

/// Places shown at most.
const SHOWN: usize = 20;

/// What may stand behind `course search`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  course search sticky session")]
pub struct Args {
    /// Words that all occur in one section
    #[arg(required = true)]
    pub words: Vec<String>,
}

/// Shows the places, best first.
///
/// # Errors
/// When the course cannot be read.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    let course = ctx.course()?;
    let words = args.words.join(" ");
    let hits = lessons::search(&course.lessons, &words);
    let place = |hit: &lessons::Hit| match &hit.section {
        Some(section) => format!("{}#{section}", hit.lesson),
        None => hit.lesson.to_string(),
    };
    for hit in hits.iter().take(SHOWN) {
        let heading = ctx.surface.paint(Role::Strong, &hit.heading);
        let line = shorten(&hit.line, ctx.surface.width.saturating_sub(2));
        writeln!(ctx.out, "{}  {heading}\n  {line}", place(hit))?;
    }
    if hits.len() > SHOWN {
        writeln!(
            ctx.err,
            "note: {} more; add a word to narrow it down",
            hits.len() - SHOWN
        )?;
    }
    if let Some(first) = hits.first() {
        let command = format!("course read {}", place(first));
        ctx.next(&command)?;
    } else {
        writeln!(
            ctx.out,
            "No lesson has all these words in one section: {words}"
        )?;
        ctx.next("course list")?;
    }
    Ok(Exit::Passed)
}

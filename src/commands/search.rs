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
    // A number is shorter than a name, and is what people type.
    let place = |hit: &lessons::Hit| {
        let number = course.lesson(&hit.lesson).map_or(0, |l| l.number);
        match &hit.section {
            Some(section) => format!("{number}#{section}"),
            None => number.to_string(),
        }
    };
    let width = ctx.surface.width;
    for hit in hits.iter().take(SHOWN) {
        let place = place(hit);
        let heading = shorten(&hit.heading, width.saturating_sub(place.len() + 2));
        let heading = ctx.surface.paint(Role::Strong, &heading);
        let line = shorten(&spoken(&hit.line), width.saturating_sub(2));
        writeln!(ctx.out, "{place}  {heading}\n  {line}")?;
    }
    if hits.len() > SHOWN {
        ctx.say(&format!(
            "note: {} more; add a word to narrow it down",
            hits.len() - SHOWN
        ))?;
    }
    if let Some(first) = hits.first() {
        let command = format!("course read {}", place(first));
        ctx.next(&command)?;
    } else {
        let none = format!("No lesson has all these words in one section: {words}");
        ctx.tell(&none, 0)?;
        ctx.next("course list")?;
    }
    Ok(Exit::Passed)
}

/// A line of Markdown without the marks that only a renderer needs.
fn spoken(line: &str) -> String {
    let bare = line.replace("**", "").replace('`', "");
    bare.trim_matches(['|', '>', ' ']).replace(" | ", ", ")
}

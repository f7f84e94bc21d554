//! `course read`: one lesson, or one section of it.

use crate::base::slug::Slug;
use crate::lessons::Lesson;
use crate::render::markdown;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::{name, page};

/// What may stand behind `course read`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  course read 4\n  course read where-state-lives#sessions")]
pub struct Args {
    /// Number or name of the lesson, with `#section` for one section
    #[arg(value_name = "LESSON[#SECTION]")]
    pub lesson: String,
    /// Print the Markdown as it is written
    #[arg(long)]
    pub raw: bool,
}

/// Shows the page.
///
/// # Errors
/// When there is no such lesson or section.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    let course = ctx.course()?;
    let (typed, section) = match args.lesson.split_once('#') {
        Some((lesson, section)) => (lesson, Some(section)),
        None => (args.lesson.as_str(), None),
    };
    let lesson = name::lesson(&course, typed)?;
    let text = match section {
        Some(section) => part(lesson, section)?,
        None => page::lesson(lesson),
    };
    if args.raw {
        writeln!(ctx.out, "{}", text.trim_end())?;
        return Ok(Exit::Passed);
    }
    page::show(&text, ctx)?;
    ctx.next("course next")?;
    Ok(Exit::Passed)
}

fn part(lesson: &Lesson, typed: &str) -> Result<String, Error> {
    let names: Vec<Slug> = markdown::headings(&lesson.text)
        .into_iter()
        .map(|(_, _, slug)| slug)
        .collect();
    let names: Vec<&str> = names.iter().map(Slug::as_str).collect();
    let noun = format!("section of lesson {}", lesson.number);
    let place = name::pick(&noun, Slug::from_heading(typed).as_str(), &names)?;
    markdown::section(&lesson.text, names[place])
        .ok_or_else(|| Error::Usage(name::unknown(&noun, typed, &names)))
}

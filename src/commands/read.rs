//! `course read`: one lesson, one section of it, the brief of an exercise, or a Markdown file of an author.

use std::path::Path;

use crate::base::fs;
use crate::base::slug::Slug;
use crate::base::text::nearest;
use crate::course::Course;
use crate::exercises::Exercise;
use crate::lessons::Lesson;
use crate::render::markdown;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::{name, page};

/// What may stand behind `course read`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example:\n  course read 4\n  course read where-state-lives#sessions\n  course read scaling      # the brief of an exercise\n  course read ./draft.md   # a file of yours, drawn as a lesson is"
)]
pub struct Args {
    /// Number or name of the lesson, with `#section` for one section; an exercise, for its brief; or a Markdown file
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
    let file = ctx.folder.join(&args.lesson);
    // No slug holds a dot, so no lesson is hidden by a file.
    if file.extension().is_some_and(|e| e == "md") && file.is_file() {
        return draft(args, &file, ctx);
    }
    let course = ctx.course()?;
    let (typed, section) = match args.lesson.split_once('#') {
        Some((lesson, section)) => (lesson, Some(section)),
        None => (args.lesson.as_str(), None),
    };
    let text = match (page_of(&course, typed)?, section) {
        (Page::Lesson(lesson), None) => page::lesson(lesson),
        (Page::Lesson(lesson), Some(section)) => part(
            &format!("section of lesson {}", lesson.number),
            &lesson.text,
            section,
        )?,
        (Page::Brief(exercise), None) => exercise.brief.clone(),
        (Page::Brief(exercise), Some(section)) => part(
            &format!("section of {}", exercise.slug),
            &exercise.brief,
            section,
        )?,
    };
    if args.raw {
        writeln!(ctx.out, "{}", text.trim_end())?;
        return Ok(Exit::Passed);
    }
    page::show(&text, ctx)?;
    ctx.next("course next")?;
    Ok(Exit::Passed)
}

/// Shows a file that is no lesson yet.
fn draft(args: &Args, file: &Path, ctx: &mut Context) -> Result<Exit, Error> {
    let text = fs::read_text(file).map_err(|e| Error::Usage(e.to_string()))?;
    if args.raw {
        writeln!(ctx.out, "{}", text.trim_end())?;
    } else {
        page::show(&text, ctx)?;
    }
    Ok(Exit::Passed)
}

/// What can be read.
enum Page<'c> {
    Lesson(&'c Lesson),
    Brief(&'c Exercise),
}

/// The lesson of this name, else the exercise. Where there is neither, the mistake speaks of what is nearer.
fn page_of<'c>(course: &'c Course, typed: &str) -> Result<Page<'c>, Error> {
    let lesson = name::lesson(course, typed);
    match (lesson, name::exercise(course, typed)) {
        (Ok(lesson), _) => Ok(Page::Lesson(lesson)),
        (Err(_), Ok(exercise)) => Ok(Page::Brief(exercise)),
        (Err(lesson), Err(exercise)) => {
            let slugs = course.exercises.iter().map(|e| e.slug.as_str());
            let lessons = course.lessons.iter().map(|l| l.slug.as_str());
            let misspelt = nearest(typed, slugs).is_some() && nearest(typed, lessons).is_none();
            Err(if misspelt { exercise } else { lesson })
        }
    }
}

fn part(noun: &str, page: &str, typed: &str) -> Result<String, Error> {
    let names: Vec<Slug> = markdown::headings(page)
        .into_iter()
        .map(|(_, _, slug)| slug)
        .collect();
    let names: Vec<&str> = names.iter().map(Slug::as_str).collect();
    let place = name::pick(noun, Slug::from_heading(typed).as_str(), &names)?;
    markdown::section(page, names[place])
        .ok_or_else(|| Error::Usage(name::unknown(noun, typed, &names)))
}

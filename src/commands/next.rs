//! `course next`: shows what comes next, as often as it is asked, until that is done.

use crate::course::{Course, Next};
use crate::exercises::Exercise;
use crate::lessons::Lesson;
use crate::render::markdown;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::status::next_command;
use super::{answer, map, page, quiz, start};

/// Nothing advances by itself: a lesson is done when its questions are answered, or with `--done`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example:\n  course next           # read the lesson, answer its questions\n  course next --done    # mark the lesson as done without the questions"
)]
pub struct Args {
    /// Mark the lesson you are at as done
    #[arg(long)]
    pub done: bool,
}

/// Shows the lesson or the brief that comes next.
///
/// # Errors
/// When the course or the progress cannot be read or saved.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    let course = ctx.course()?;
    let progress = ctx.progress()?;
    match course.next(&progress) {
        Next::Lesson(slug) => {
            if let Some(lesson) = course.lesson(&slug) {
                if args.done {
                    mark(lesson, ctx)?;
                } else if !read(lesson, &course, ctx)? {
                    return Ok(Exit::Passed);
                }
            }
        }
        Next::Exercise(slug) => {
            if args.done {
                return Err(Error::Usage(format!(
                    "`{slug}` is an exercise; it is done when `course check` passes"
                )));
            }
            if let Some(exercise) = course.exercise(&slug) {
                return brief(exercise, &course, ctx);
            }
        }
        Next::Written(slug) => {
            if let Some(exercise) = course.exercise(&slug) {
                if !args.done {
                    return answer::go_on(exercise, &course, ctx);
                }
                let now = ctx.moment();
                ctx.record(|p| {
                    p.exercise(slug.as_str()).written.get_or_insert(now);
                })?;
                writeln!(
                    ctx.out,
                    "The written part of {slug} is left aside; `course answer {slug}` asks it any time."
                )?;
            }
        }
        Next::Interview if args.done => {
            let now = ctx.moment();
            ctx.record(|p| {
                p.interview.done.get_or_insert(now);
            })?;
            writeln!(ctx.out, "The interview is done.")?;
        }
        Next::Interview => {
            markdown::page(INTERVIEW, &ctx.surface, &mut ctx.out)?;
        }
        Next::Done => {
            writeln!(ctx.out, "You are through with everything that is here.")?;
        }
    }
    let progress = ctx.progress()?;
    map::show(&course, &progress, ctx)?;
    let command = next_command(&course, &progress, ctx)?;
    ctx.next(&command)?;
    Ok(Exit::Passed)
}

/// What stands at the end of the course.
const INTERVIEW: &str = "# The interview\n\nOne design, three medium questions, and one hard one, in 45 minutes. Each has \
     its time. A follow-up comes when your answer is locked. Then you see the points, and mark yourself.\n\nIt needs a \
     terminal. You can leave at any time, and go on later.\n";

/// Shows a lesson and asks its questions; whether it is done now. If not, says how it gets done.
fn read(lesson: &Lesson, course: &Course, ctx: &mut Context) -> Result<bool, Error> {
    page::show(&page::lesson(lesson), ctx)?;
    let now = ctx.moment();
    ctx.record_if_possible(|p| {
        p.lesson(lesson.slug.as_str()).read.get_or_insert(now);
    })?;
    let done = if !ctx.interactive {
        false
    } else if lesson.quiz.is_empty() {
        let answer = ctx.ask("\nIs this lesson done? (y/n)")?;
        answer.is_some_and(|a| a.to_lowercase().starts_with('y'))
    } else {
        quiz::ask(lesson, quiz::Which::Open, ctx)?
    };
    if done {
        mark(lesson, ctx)?;
    } else if ctx.interactive {
        let progress = ctx.progress()?;
        map::show(course, &progress, ctx)?;
        writeln!(ctx.out, "\nThis lesson stays open. To go on with it later:")?;
        ctx.next("course next")?;
    } else {
        if !lesson.quiz.is_empty() {
            let questions = crate::base::text::count(lesson.quiz.len(), "question");
            ctx.say(&format!(
                "note: on a terminal, `course next` asks the {questions} of this lesson; `course quiz` shows them here"
            ))?;
        }
        let progress = ctx.progress()?;
        map::show(course, &progress, ctx)?;
        writeln!(ctx.out, "\nWhen you have read it, mark it as done:")?;
        ctx.next("course next --done")?;
    }
    Ok(done)
}

/// Marks a lesson as done, and says so.
///
/// # Errors
/// When the progress cannot be saved.
pub fn mark(lesson: &Lesson, ctx: &mut Context) -> Result<(), Error> {
    let now = ctx.moment();
    ctx.record(|p| {
        p.lesson(lesson.slug.as_str()).done.get_or_insert(now);
    })?;
    writeln!(
        ctx.out,
        "\nLesson {}, {}, is done.",
        lesson.number, lesson.title
    )?;
    Ok(())
}

fn brief(exercise: &Exercise, course: &Course, ctx: &mut Context) -> Result<Exit, Error> {
    page::show(&exercise.brief, ctx)?;
    let progress = ctx.progress()?;
    map::show(course, &progress, ctx)?;
    let command = next_command(course, &progress, ctx)?;
    if command != "course next" {
        ctx.next(&command)?;
        return Ok(Exit::Passed);
    }
    if ctx.interactive {
        let question = format!(
            "\nCopy the starter into the folder `{}` now? (y/n)",
            exercise.slug
        );
        let answer = ctx.ask(&question)?;
        if answer.is_some_and(|a| a.to_lowercase().starts_with('y')) {
            return start::run(&start::Args::of(exercise), ctx);
        }
    }
    ctx.next(&format!("course start {}", exercise.slug))?;
    Ok(Exit::Passed)
}

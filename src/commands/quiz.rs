//! `course quiz`: the questions of a lesson, asked on a terminal one at a time, shown through a pipe.

use crate::course::{Course, Stop};
use crate::learner::Progress;
use crate::lessons::Lesson;
use crate::questions::Question;
use crate::render::markdown;
use crate::render::theme::Role;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::{name, next, question};

/// Each answer is kept at once, so a quiz can be left and gone on with.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  course quiz                      # what is open or was wrong at your lesson\n  course quiz 4 --again            # all questions of lesson 4 once more\n  course quiz 5 --answer readable=b    # one answer, without a terminal"
)]
pub struct Args {
    /// Number or name of the lesson; the one you are at when left out
    lesson: Option<String>,
    /// Ask also what you had right
    #[arg(long)]
    again: bool,
    /// Answer a question by its name; may be given several times
    #[arg(long, value_name = "QUESTION=ANSWER")]
    answer: Vec<String>,
}

/// Which questions are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that nobody answered yet.
    Open,
    /// Those that nobody answered right yet.
    NotRight,
    /// All.
    All,
}

/// Asks, judges or shows the questions of a lesson.
///
/// # Errors
/// When there is no such lesson or question, or the progress cannot be saved.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    let course = ctx.course()?;
    let progress = ctx.progress()?;
    let lesson = match &args.lesson {
        Some(typed) => name::lesson(&course, typed)?,
        None => here(&course, &progress)
            .ok_or_else(|| Error::Usage("this course has no lesson".to_owned()))?,
    };
    let title = format!("Lesson {}: {}", lesson.number, lesson.title);
    writeln!(ctx.out, "{}", ctx.surface.paint(Role::Heading, &title))?;
    if lesson.quiz.is_empty() {
        writeln!(ctx.out, "\nThis lesson asks no questions.")?;
    } else if !args.answer.is_empty() {
        for typed in &args.answer {
            answer(typed, lesson, ctx)?;
        }
    } else if ctx.interactive {
        let which = if args.again {
            Which::All
        } else {
            Which::NotRight
        };
        if !ask(lesson, which, ctx)? {
            writeln!(ctx.out, "\nWhat you answered is kept. To go on:")?;
            ctx.next(&format!("course quiz {}", lesson.number))?;
            return Ok(Exit::Passed);
        }
    } else {
        show(lesson, &progress, ctx)?;
        return Ok(Exit::Passed);
    }
    finish(lesson, ctx)?;
    ctx.next("course next")?;
    Ok(Exit::Passed)
}

/// The lesson that the learner is at: the first that is not done, or the last one before an exercise.
fn here<'c>(course: &'c Course, progress: &Progress) -> Option<&'c Lesson> {
    let mut last = None;
    for stop in course.way() {
        let done = stop.is_done(progress);
        if let Stop::Lesson(lesson) = stop {
            last = Some(lesson);
        }
        if !done {
            break;
        }
    }
    last
}

/// Marks the lesson as done when all its questions are answered.
fn finish(lesson: &Lesson, ctx: &mut Context) -> Result<(), Error> {
    let progress = ctx.progress()?;
    let all = lesson
        .quiz
        .iter()
        .all(|q| state(lesson, q, &progress).is_some());
    if all && !progress.lesson_done(lesson.slug.as_str()) {
        next::mark(lesson, ctx)?;
    }
    Ok(())
}

/// Whether a question was answered right; `None` when nobody answered it yet.
fn state(lesson: &Lesson, question: &Question, progress: &Progress) -> Option<bool> {
    let lesson = progress.lessons.get(lesson.slug.as_str())?;
    lesson.quiz.get(question.id.as_str()).map(|a| a.right)
}

/// Asks, and keeps each answer at once; whether all that were to be asked are answered now.
///
/// # Errors
/// When the terminal or the progress fails.
pub fn ask(lesson: &Lesson, which: Which, ctx: &mut Context) -> Result<bool, Error> {
    let progress = ctx.progress()?;
    for (i, question) in lesson.quiz.iter().enumerate() {
        let wanted = match (which, state(lesson, question, &progress)) {
            (Which::All, _) | (_, None) => true,
            (Which::Open, Some(_)) => false,
            (Which::NotRight, Some(right)) => !right,
        };
        if !wanted {
            continue;
        }
        let title = format!("Question {} of {}", i + 1, lesson.quiz.len());
        let title = ctx.surface.paint(Role::Heading, &title);
        writeln!(ctx.out, "\n{title}\n")?;
        let Some((_, verdict)) = question::put(question, ctx)? else {
            return Ok(false);
        };
        let right = question::tell(&verdict, ctx)?;
        keep(lesson, question, right, ctx)?;
    }
    let progress = ctx.progress()?;
    let right = lesson
        .quiz
        .iter()
        .filter(|q| state(lesson, q, &progress) == Some(true))
        .count();
    let all = lesson.quiz.len();
    writeln!(ctx.out, "\nYou had {right} of {all} right.")?;
    if right < all {
        let again = format!("course quiz {}", lesson.number);
        let again = ctx.surface.paint(Role::Command, &again);
        writeln!(ctx.out, "To try the others again: {again}")?;
    }
    Ok(true)
}

fn keep(lesson: &Lesson, question: &Question, right: bool, ctx: &mut Context) -> Result<(), Error> {
    ctx.record(|p| {
        let quiz = &mut p.lesson(lesson.slug.as_str()).quiz;
        let answer = quiz.entry(question.id.to_string()).or_default();
        answer.right |= right;
        answer.tries += 1;
    })
}

/// Judges an answer that came with the command, as in `readable=b`.
fn answer(typed: &str, lesson: &Lesson, ctx: &mut Context) -> Result<(), Error> {
    let (question, given, verdict) = question::typed(typed, &lesson.quiz)?;
    writeln!(ctx.out, "\n{}: {given}", question.id)?;
    let right = question::tell(&verdict, ctx)?;
    keep(lesson, question, right, ctx)
}

/// Writes all questions, and how to answer them: for when nobody can be asked.
fn show(lesson: &Lesson, progress: &Progress, ctx: &mut Context) -> Result<(), Error> {
    let all = lesson.quiz.len();
    for (i, question) in lesson.quiz.iter().enumerate() {
        let state = match state(lesson, question, progress) {
            Some(true) => " (you had it right)",
            Some(false) => " (you had it wrong)",
            None => "",
        };
        let title = format!("Question {} of {all}: {}{state}", i + 1, question.id);
        let title = ctx.surface.paint(Role::Heading, &title);
        writeln!(ctx.out, "\n{title}\n")?;
        question::show(question, ctx)?;
    }
    let first = &lesson.quiz[0];
    writeln!(ctx.out)?;
    let how = "On a terminal, this command asks them. Here, answer one as in:";
    markdown::page(how, &ctx.surface, &mut ctx.out)?;
    let number = lesson.number;
    ctx.next(&format!("course quiz {number} --answer {}=a", first.id))
}

//! `course` without a command: where I am, and the one next command.

use std::path::Path;

use crate::course::{Course, Next, Stop};
use crate::learner::{Progress, Workspace};
use crate::render::markdown;
use crate::render::theme::{Role, Surface};

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::map;

/// Says where the learner is.
///
/// # Errors
/// When the course or the progress cannot be read.
pub fn run(ctx: &mut Context) -> Result<Exit, Error> {
    let course = ctx.course()?;
    let progress = ctx.progress()?;
    let at = course.position(&progress);
    write!(ctx.out, "lesson {} of {}", at.lesson, course.lessons.len())?;
    if !course.exercises.is_empty() {
        let all = course.exercises.len();
        write!(ctx.out, ", exercise {} of {all}", at.exercise)?;
    }
    writeln!(ctx.out)?;
    let (title, summary) = match course.next(&progress) {
        Next::Lesson(slug) => course.lesson(&slug).map_or_else(Default::default, |l| {
            let title = format!("Lesson {}: {} ({} minutes)", l.number, l.title, l.minutes);
            (title, l.summary.clone())
        }),
        Next::Exercise(slug) => course.exercise(&slug).map_or_else(Default::default, |e| {
            let title = format!("Exercise {}: {} ({} minutes)", e.slug, e.title, e.minutes);
            (title, e.summary.clone())
        }),
        Next::Written(slug) => (
            format!("The written part of {slug}"),
            "Say what you have seen and why, and compare it. Nobody fails by it.".to_owned(),
        ),
        Next::Interview => (
            "The interview (45 minutes)".to_owned(),
            "Questions against the clock, follow-ups, and you mark yourself.".to_owned(),
        ),
        Next::Done => (
            "You are through with everything that is here.".to_owned(),
            "Read any lesson again with `course read`, or start an exercise in another language."
                .to_owned(),
        ),
    };
    passed_last(&course, &progress, ctx)?;
    writeln!(ctx.out)?;
    let mut drawn = Vec::new();
    markdown::page(&title, &Surface::plain(ctx.surface.width), &mut drawn)?;
    for line in String::from_utf8_lossy(&drawn).lines() {
        writeln!(ctx.out, "{}", ctx.surface.paint(Role::Heading, line))?;
    }
    markdown::page(&summary, &ctx.surface, &mut ctx.out)?;
    map::show(&course, &progress, ctx)?;
    let command = next_command(&course, &progress, ctx)?;
    ctx.next(&command)?;
    Ok(Exit::Passed)
}

/// Says that the exercise right before this place is passed: the run that passed it may have scrolled away.
fn passed_last(course: &Course, progress: &Progress, ctx: &mut Context) -> Result<(), Error> {
    let way = course.way();
    let done = way.iter().take_while(|stop| stop.is_done(progress)).last();
    let Some(Stop::Exercise(exercise)) = done else {
        return Ok(());
    };
    let known = progress.exercises.get(exercise.slug.as_str());
    let Some(known) = known.filter(|e| e.passed.is_some()) else {
        return Ok(());
    };
    let points = known.last_check.as_ref().map_or_else(String::new, |run| {
        format!(" (last run: {} of {} points)", run.earned, run.total)
    });
    writeln!(ctx.out, "\nYou passed {}{points}.", exercise.slug)?;
    Ok(())
}

/// The one command that takes the learner on from here.
///
/// # Errors
/// When the workspace that the command was typed in has a broken `course.toml`.
pub fn next_command(course: &Course, progress: &Progress, ctx: &Context) -> Result<String, Error> {
    Ok(match course.next(progress) {
        Next::Lesson(_) => "course next".to_owned(),
        Next::Written(slug) => {
            let here = ctx.workspace()?.is_some_and(|w| w.exercise == slug);
            return Ok(if here {
                "course answer".to_owned()
            } else {
                format!("course answer {slug}")
            });
        }
        Next::Interview => "course interview".to_owned(),
        Next::Done => "course list".to_owned(),
        Next::Exercise(slug) => {
            if ctx.workspace()?.is_some_and(|w| w.exercise == slug) {
                return Ok("course check".to_owned());
            }
            let started = progress.exercises.get(slug.as_str());
            let folder = started.and_then(|e| e.started.as_deref()).map(Path::new);
            // The folder may have been moved or deleted since.
            let work = folder.and_then(|f| Workspace::read(f).ok());
            match work.filter(|w| w.exercise == slug) {
                Some(work) => format!("cd {} && course check", quoted(&work.root)),
                None => "course next".to_owned(),
            }
        }
    })
}

/// A path as a shell takes it.
#[must_use]
pub fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    shlex::try_quote(&text).map_or_else(|_| text.to_string(), |quoted| quoted.to_string())
}

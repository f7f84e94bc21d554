//! `course` without a command: where I am, and the one next command.

use std::path::Path;

use crate::course::{Course, Next};
use crate::learner::{Progress, Workspace};
use crate::render::theme::Role;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;

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
        Next::Done => (
            "You are through with everything that is here.".to_owned(),
            "Read any lesson again with `course read`, or start an exercise in another language."
                .to_owned(),
        ),
    };
    let title = ctx.surface.paint(Role::Heading, &title);
    writeln!(ctx.out, "\n{title}\n{summary}")?;
    let command = next_command(&course, &progress, ctx)?;
    ctx.next(&command)?;
    Ok(Exit::Passed)
}

/// The one command that takes the learner on from here.
///
/// # Errors
/// When the workspace that the command was typed in has a broken `course.toml`.
pub fn next_command(course: &Course, progress: &Progress, ctx: &Context) -> Result<String, Error> {
    Ok(match course.next(progress) {
        Next::Lesson(_) => "course next".to_owned(),
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

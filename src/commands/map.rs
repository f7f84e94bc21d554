//! The map: the whole way through the course in a line or two, with a sign at each stop.

use unicode_width::UnicodeWidthStr as _;

use crate::course::{Course, Stop};
use crate::learner::Progress;
use crate::render::theme::Role;

use super::context::Context;
use super::error::Error;

/// Draws the way: lessons by number, exercises by the beginning of their name.
///
/// # Errors
/// When it cannot be written.
pub fn show(course: &Course, progress: &Progress, ctx: &mut Context) -> Result<(), Error> {
    let way = course.way();
    let done = way.iter().filter(|stop| stop.is_done(progress)).count();
    let mut line = String::new();
    let mut here = false;
    writeln!(ctx.out, "\n{done} of {} steps are done:", way.len())?;
    let mut used = 0;
    for stop in &way {
        let (sign, role) = match (stop.is_done(progress), here) {
            (true, _) => ("✓", Role::Pass),
            (false, false) => ("→", Role::Strong),
            (false, true) => ("·", Role::Faint),
        };
        here = here || !stop.is_done(progress);
        let chip = format!("{sign}{}", name(stop));
        if used > 0 && used + 1 + chip.width() > ctx.surface.width {
            writeln!(ctx.out, "{line}")?;
            line.clear();
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        used += chip.width();
        line.push_str(&ctx.surface.paint(role, &chip));
    }
    Ok(writeln!(ctx.out, "{line}")?)
}

fn name(stop: &Stop) -> String {
    match stop {
        Stop::Lesson(lesson) => lesson.number.to_string(),
        Stop::Exercise(exercise) => {
            let first = exercise.slug.as_str().split('-').next();
            format!("[{}]", first.unwrap_or_default())
        }
        Stop::Written(_) => "[answer]".to_owned(),
        Stop::Interview => "[interview]".to_owned(),
    }
}

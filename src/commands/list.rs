//! `course list`: the map of lessons and exercises, each with its state.

use serde_json::{Value, json};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::base::text::count;
use crate::course::{Course, Stop};
use crate::learner::Progress;
use crate::render::theme::Role;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::status::next_command;

/// How the map is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs: `course-list/v1`.
    Json,
}

/// What may stand behind `course list`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  course list --format json | jq .next")]
pub struct Args {
    /// For people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

/// Where a stop stands. Words carry it; the signs only help the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Done,
    Passed,
    GaveUp,
    Started,
    Next,
    Open,
}

impl State {
    fn of(stop: &Stop, is_next: bool, progress: &Progress) -> Self {
        let exercise = match stop {
            Stop::Exercise(exercise) => progress.exercises.get(exercise.slug.as_str()),
            Stop::Lesson(_) | Stop::Written(_) | Stop::Interview if stop.is_done(progress) => {
                return Self::Done;
            }
            Stop::Interview if progress.interview.open.is_some() => return Self::Started,
            Stop::Lesson(_) | Stop::Written(_) | Stop::Interview => None,
        };
        match exercise {
            Some(e) if e.passed.is_some() => Self::Passed,
            Some(e) if e.gave_up.is_some() => Self::GaveUp,
            Some(e) if e.started.is_some() || e.last_check.is_some() => Self::Started,
            _ if is_next => Self::Next,
            _ => Self::Open,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Passed => "passed",
            Self::GaveUp => "gave up",
            Self::Started => "started",
            Self::Next => "next",
            Self::Open => "open",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Done | Self::Passed => "✓",
            Self::GaveUp => "–",
            Self::Started => "◐",
            Self::Next => "→",
            Self::Open => "·",
        }
    }

    fn role(self) -> Role {
        match self {
            Self::Done | Self::Passed => Role::Pass,
            Self::GaveUp | Self::Started => Role::Skip,
            Self::Next => Role::Strong,
            Self::Open => Role::Faint,
        }
    }
}

/// Shows the map.
///
/// # Errors
/// When the course or the progress cannot be read.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    let course = ctx.course()?;
    let progress = ctx.progress()?;
    let next = next_command(&course, &progress, ctx)?;
    match args.format {
        Format::Json => {
            let map = document(&course, &progress, &next);
            writeln!(ctx.out, "{map:#}")?;
        }
        Format::Human => {
            for (stop, state) in stops(&course, &progress) {
                let line = row(&stop, &progress, ctx.surface.width.saturating_sub(12));
                let state = ctx.surface.paint(
                    state.role(),
                    &format!("{} {:<8}", state.sign(), state.word()),
                );
                writeln!(ctx.out, "{state}  {line}")?;
            }
            ctx.next(&next)?;
        }
    }
    Ok(Exit::Passed)
}

fn stops<'c>(course: &'c Course, progress: &Progress) -> Vec<(Stop<'c>, State)> {
    let way = course.way();
    let next = way.iter().position(|stop| !stop.is_done(progress));
    way.into_iter()
        .enumerate()
        .map(|(i, stop)| {
            let state = State::of(&stop, next == Some(i), progress);
            (stop, state)
        })
        .collect()
}

fn row(stop: &Stop, progress: &Progress, width: usize) -> String {
    let line = match stop {
        Stop::Lesson(l) => format!("{:>2}. {} ({} min)", l.number, l.title, l.minutes),
        Stop::Exercise(e) => {
            let last = progress
                .exercises
                .get(e.slug.as_str())
                .and_then(|p| p.last_check.as_ref());
            let points = last.map_or_else(String::new, |l| {
                format!(", {}/{} points", l.earned, l.total)
            });
            format!("    exercise {} ({} min{points})", e.slug, e.minutes)
        }
        Stop::Written(e) => {
            let questions = count(e.written.len(), "question");
            format!("    written part of {} ({questions})", e.slug)
        }
        Stop::Interview => "    interview (45 min)".to_owned(),
    };
    shorten(&line, width)
}

/// The text, cut to a number of columns with `…` at the end.
#[must_use]
pub fn shorten(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used + 1 > width {
            break;
        }
        out.push(c);
    }
    out + "…"
}

fn document(course: &Course, progress: &Progress, next: &str) -> Value {
    let steps: Vec<Value> = stops(course, progress)
        .iter()
        .map(|(stop, state)| match stop {
            Stop::Lesson(l) => json!({
                "kind": "lesson", "slug": l.slug.as_str(), "number": l.number, "title": l.title,
                "minutes": l.minutes, "state": state.word(),
            }),
            Stop::Exercise(e) => {
                let last = progress.exercises.get(e.slug.as_str()).and_then(|p| p.last_check.as_ref());
                json!({
                    "kind": "exercise", "slug": e.slug.as_str(), "title": e.title, "minutes": e.minutes,
                    "state": state.word(), "earned": last.map(|l| l.earned), "total": last.map(|l| l.total),
                })
            }
            Stop::Written(e) => json!({
                "kind": "written", "slug": e.slug.as_str(), "questions": e.written.len(), "state": state.word(),
            }),
            Stop::Interview => json!({ "kind": "interview", "minutes": 45, "state": state.word() }),
        })
        .collect();
    json!({ "format": "course-list/v1", "steps": steps, "next": next })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_title_is_cut_to_the_width() {
        assert_eq!(shorten("abcdef", 6), "abcdef");
        assert_eq!(shorten("abcdefg", 6), "abcde…");
        assert_eq!(shorten("日本語", 4), "日…");
    }
}

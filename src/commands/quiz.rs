//! The questions of a lesson, asked on a terminal, one at a time.

use std::fmt::Write as _;

use crate::lessons::{Lesson, Question, Verdict};
use crate::render::markdown;
use crate::render::theme::Role;

use super::context::Context;
use super::error::Error;

/// Asks what was not answered yet, and keeps each answer at once; whether all are answered now.
///
/// # Errors
/// When the terminal or the progress fails.
pub fn ask(lesson: &Lesson, ctx: &mut Context) -> Result<bool, Error> {
    let slug = lesson.slug.as_str();
    for (i, question) in lesson.quiz.iter().enumerate() {
        let id = question.id.as_str();
        let progress = ctx.progress()?;
        let known = progress.lessons.get(slug);
        if known.is_some_and(|l| l.quiz.contains_key(id)) {
            continue;
        }
        let title = format!("Question {} of {}", i + 1, lesson.quiz.len());
        let title = ctx.surface.paint(Role::Heading, &title);
        writeln!(ctx.out, "\n{title}")?;
        let Some(right) = one(question, ctx)? else {
            return Ok(false);
        };
        ctx.record(|p| {
            let answer = p.lesson(slug).quiz.entry(id.to_owned()).or_default();
            answer.right |= right;
            answer.tries += 1;
        })?;
    }
    let progress = ctx.progress()?;
    let answers = progress.lessons.get(slug).map(|l| &l.quiz);
    let right = lesson
        .quiz
        .iter()
        .filter(|q| {
            answers
                .and_then(|a| a.get(q.id.as_str()))
                .is_some_and(|a| a.right)
        })
        .count();
    writeln!(ctx.out, "\nYou had {right} of {} right.", lesson.quiz.len())?;
    Ok(true)
}

/// A question as it is asked, in Markdown.
#[must_use]
pub fn page(question: &Question) -> String {
    let mut page = question.ask.trim_end().to_owned() + "\n";
    for (letter, option) in ('a'..).zip(question.shown()) {
        let gap = if letter == 'a' { "\n" } else { "" };
        let _ = writeln!(page, "{gap}- **{letter})** {option}");
    }
    page
}

/// Asks one question until the answer is one; whether it is right, or `None` when the learner left.
fn one(question: &Question, ctx: &mut Context) -> Result<Option<bool>, Error> {
    markdown::page(&page(question), &ctx.surface, &mut ctx.out)?;
    let prompt = format!("\nYour answer ({}):", question.how());
    loop {
        let Some(answer) = ctx.ask(&prompt)? else {
            return Ok(None);
        };
        let (role, word, why, right) = match question.judge(&answer) {
            Verdict::Unclear(how) => {
                writeln!(
                    ctx.out,
                    "Please {how}. Ctrl-D leaves; what you answered is kept."
                )?;
                continue;
            }
            Verdict::Right(why) => (Role::Pass, "Right.", why, true),
            Verdict::Wrong(why) => (Role::Fail, "Not quite.", why, false),
        };
        let word = ctx.surface.paint(role, word);
        writeln!(ctx.out, "{word}")?;
        markdown::page(&why, &ctx.surface, &mut ctx.out)?;
        return Ok(Some(right));
    }
}

//! A question as a learner meets it: how it is shown, asked and told about, in a quiz and in the written part alike.

use std::fmt::Write as _;

use crate::questions::{Kind, Question, Verdict};
use crate::render::markdown;
use crate::render::theme::Role;

use super::context::Context;
use super::error::Error;
use super::name;

/// A question as it is asked, in Markdown.
#[must_use]
pub fn page(question: &Question) -> String {
    let mut page = question.ask.trim_end().to_owned() + "\n";
    match &question.kind {
        Kind::Match(matching) => {
            for (number, fact) in (1..).zip(&matching.facts) {
                let gap = if number == 1 { "\n" } else { "" };
                let _ = writeln!(page, "{gap}{number}. {}", fact.text);
            }
        }
        Kind::Essay(essay) if !essay.mentions.is_empty() => {
            let words = essay.mentions.join(", ");
            let _ = writeln!(
                page,
                "\nYou may want to mention: {words}. No points hang on these words."
            );
        }
        _ => {}
    }
    for (letter, option) in ('a'..).zip(question.shown()) {
        let gap = if letter == 'a' { "\n" } else { "" };
        let _ = writeln!(page, "{gap}- **{letter})** {option}");
    }
    page
}

/// Writes a question and what there is to choose from.
///
/// # Errors
/// When it cannot be written.
pub fn pose(question: &Question, ctx: &mut Context) -> Result<(), Error> {
    markdown::page(&page(question), &ctx.surface, &mut ctx.out)?;
    Ok(())
}

/// Writes a question and how to answer it, for when nobody can be asked.
///
/// # Errors
/// When it cannot be written.
pub fn show(question: &Question, ctx: &mut Context) -> Result<(), Error> {
    pose(question, ctx)?;
    writeln!(ctx.out)?;
    let how = format!("Answer with {}.", question.how());
    markdown::page(&how, &ctx.surface, &mut ctx.out)?;
    Ok(())
}

/// Asks a question until the answer is one: what was typed and how it is; `None` when the learner left.
///
/// # Errors
/// When the terminal fails.
pub fn put(question: &Question, ctx: &mut Context) -> Result<Option<(String, Verdict)>, Error> {
    pose(question, ctx)?;
    let prompt = format!("\nYour answer ({}):", question.how());
    loop {
        let Some(answer) = ctx.ask(&prompt)? else {
            return Ok(None);
        };
        match question.judge(&answer) {
            Verdict::Unclear(how) => {
                writeln!(
                    ctx.out,
                    "Please {how}.\nCtrl-D leaves; what you answered is kept."
                )?;
            }
            verdict => return Ok(Some((answer, verdict))),
        }
    }
}

/// Says how an answer was, and why; whether it was right.
///
/// # Errors
/// When it cannot be written.
pub fn tell(verdict: &Verdict, ctx: &mut Context) -> Result<bool, Error> {
    let (role, word, why, right) = match verdict {
        Verdict::Right(why) => (Role::Pass, "Right.", why.as_str(), true),
        Verdict::Wrong(why) | Verdict::Unclear(why) => {
            (Role::Fail, "Not quite.", why.as_str(), false)
        }
        Verdict::Kept => (Role::Strong, "Kept.", "", false),
    };
    let word = ctx.surface.paint(role, word);
    writeln!(ctx.out, "{word}")?;
    markdown::page(why, &ctx.surface, &mut ctx.out)?;
    Ok(right)
}

/// The question that an answer on the command line is for, as in `readable=b`, the answer, and how it is.
///
/// # Errors
/// When there is no such question, or it cannot be answered so.
pub fn typed<'q, 't>(
    typed: &'t str,
    questions: &'q [Question],
) -> Result<(&'q Question, &'t str, Verdict), Error> {
    let (id, given) = typed.split_once('=').ok_or_else(|| {
        Error::Usage(format!(
            "`{typed}` is not an answer; write the question's name and the answer, as in `{}=a`",
            questions[0].id
        ))
    })?;
    let ids: Vec<&str> = questions.iter().map(|q| q.id.as_str()).collect();
    let question = &questions[name::pick("question", id, &ids)?];
    let verdict = question.judge(given);
    if let Verdict::Unclear(how) = verdict {
        return Err(Error::Usage(format!(
            "`{given}` does not answer `{}`; {how}",
            question.id
        )));
    }
    Ok((question, given, verdict))
}

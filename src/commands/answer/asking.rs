//! Asking: the questions of a paper on a terminal, one after the other, each answer kept at once.

use std::process::Command;

use crate::base::text::count;
use crate::learner::answers::Standing;
use crate::questions::{Essay, Kind, Question, Verdict};
use crate::render::markdown;
use crate::render::theme::Role;

use super::super::context::Context;
use super::super::error::Error;
use super::super::question;
use super::paper::Paper;

/// Which questions are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// What is open or was wrong.
    Open,
    /// All.
    All,
}

/// Asks; whether the learner stayed to the end. Before the exercise is passed, open predictions come alone: they are
/// worth something only before the run, and the rest is easier after it.
///
/// # Errors
/// When the terminal fails or an answer cannot be saved.
pub(super) fn ask(paper: &mut Paper, which: Which, ctx: &mut Context) -> Result<bool, Error> {
    let exercise = paper.exercise;
    let prediction = |q: &Question| matches!(q.kind, Kind::Prediction(_));
    let open = |paper: &Paper, q: &Question| !paper.is_answered(q);
    let questions = &exercise.written;
    let early = which == Which::Open
        && !paper.is_over()
        && questions.iter().any(|q| prediction(q) && open(paper, q));
    let all = questions.len();
    for (i, question) in questions.iter().enumerate() {
        let answer = paper.answers.answer(question.id.as_str());
        let wrong = answer.is_some_and(|a| a.verdict == Standing::Wrong);
        let wanted = which == Which::All || wrong || open(paper, question);
        if !wanted || early && !prediction(question) {
            continue;
        }
        let title = format!("Question {} of {all}: {}", i + 1, question.id);
        let title = ctx.surface.paint(Role::Heading, &title);
        writeln!(ctx.out, "\n{title}\n")?;
        let stayed = match &question.kind {
            Kind::Essay(essay) => self::essay(paper, question, essay, which, ctx)?,
            _ => one(paper, question, ctx)?,
        };
        if !stayed {
            return Ok(false);
        }
    }
    let left = questions.iter().filter(|q| open(paper, q)).count();
    if early && left > 0 {
        let rest = format!(
            "The other {} easier when your server passes; `course answer` asks whenever you like.",
            if left == 1 {
                "question is".to_owned()
            } else {
                format!("{left} questions are")
            }
        );
        writeln!(ctx.out)?;
        markdown::page(&rest, &ctx.surface, &mut ctx.out)?;
    }
    Ok(true)
}

/// Asks a question that has a short answer; `false` when the learner left.
fn one(paper: &mut Paper, question: &Question, ctx: &mut Context) -> Result<bool, Error> {
    let Some((given, verdict)) = question::put(question, ctx)? else {
        return Ok(false);
    };
    let standing = match verdict {
        Verdict::Right(_) => Standing::Right,
        Verdict::Kept => Standing::Predicted,
        Verdict::Wrong(_) | Verdict::Unclear(_) => Standing::Wrong,
    };
    paper.keep(question, &given, standing, Vec::new(), ctx)?;
    question::tell(&verdict, ctx)?;
    afterwards(paper, question, ctx)?;
    Ok(true)
}

/// Says what the learner's own runs have to do with an answer.
///
/// # Errors
/// When it cannot be written.
pub(super) fn afterwards(
    paper: &Paper,
    question: &Question,
    ctx: &mut Context,
) -> Result<(), Error> {
    let said = match &question.kind {
        Kind::Prediction(prediction) => paper.comparison(question, prediction),
        _ => paper.shown(question),
    };
    if let Some(said) = said {
        writeln!(ctx.out)?;
        markdown::page(&said, &ctx.surface, &mut ctx.out)?;
    }
    Ok(())
}

/// Has a text written, shows the model, and has the text marked; `false` when the learner left.
fn essay(
    paper: &mut Paper,
    question: &Question,
    essay: &Essay,
    which: Which,
    ctx: &mut Context,
) -> Result<bool, Error> {
    question::pose(question, ctx)?;
    let before = paper.answers.answer(question.id.as_str()).cloned();
    let marking = before
        .as_ref()
        .is_some_and(|a| a.verdict == Standing::SelfReported && which == Which::Open);
    if !marking {
        let so_far = before.map(|answer| answer.given).unwrap_or_default();
        let Some(text) = write(paper, question, &so_far, ctx)? else {
            return Ok(false);
        };
        if text.is_empty() {
            writeln!(ctx.out, "Nothing is written; the question stays open.")?;
            return Ok(true);
        }
        paper.keep(question, &text, Standing::SelfReported, Vec::new(), ctx)?;
    }
    model(essay, ctx)?;
    mark(paper, question, essay, ctx)
}

/// The text of an essay, out of the learner's editor or line by line; `None` when the learner left.
fn write(
    paper: &mut Paper,
    question: &Question,
    so_far: &str,
    ctx: &mut Context,
) -> Result<Option<String>, Error> {
    let set = ["VISUAL", "EDITOR"].into_iter();
    let editor = set
        .filter_map(|name| ctx.env.get(name))
        .find(|v| !v.is_empty());
    if let Some(editor) = editor.cloned() {
        let asked = format!("\nEnter opens your editor ({editor}).");
        if ctx.ask(&asked)?.is_none() {
            return Ok(None);
        }
        match edit(&editor, question, so_far) {
            Ok(text) => return Ok(Some(text)),
            Err(reason) => ctx.say(&format!("note: {reason}; type your answer here instead"))?,
        }
    }
    let how = "Type your answer, as many lines as you like. A line with only a dot ends it.";
    writeln!(ctx.out)?;
    markdown::page(how, &ctx.surface, &mut ctx.out)?;
    let mut text = String::new();
    for line in so_far.lines() {
        writeln!(ctx.out, "(kept)  {line}")?;
        text.push_str(line);
        text.push('\n');
    }
    loop {
        let Some(line) = ctx.line(">")? else {
            return Ok(None);
        };
        if line.trim() == "." {
            return Ok(Some(text.trim().to_owned()));
        }
        text.push_str(&line);
        text.push('\n');
        paper.keep(question, &text, Standing::Draft, Vec::new(), ctx)?;
    }
}

/// Opens the editor on the text, below the question in a comment.
fn edit(editor: &str, question: &Question, so_far: &str) -> Result<String, String> {
    const END: &str = "-->";
    let words = shlex::split(editor).unwrap_or_default();
    let (program, args) = words
        .split_first()
        .ok_or_else(|| format!("`{editor}` is no command"))?;
    let failed = |error: std::io::Error| format!("the editor `{editor}` did not work: {error}");
    let file = tempfile::Builder::new()
        .prefix(&format!("{}-", question.id))
        .suffix(".md")
        .tempfile()
        .map_err(failed)?;
    let ask = question::page(question).replace(END, "");
    let text = format!("<!-- {}\n{END}\n\n{so_far}", ask.trim_end());
    std::fs::write(file.path(), text).map_err(failed)?;
    let ended = Command::new(program).args(args).arg(file.path()).status();
    let ended = ended.map_err(failed)?;
    if !ended.success() {
        return Err(format!("the editor `{editor}` ended with {ended}"));
    }
    let text = std::fs::read_to_string(file.path()).map_err(failed)?;
    let written = match text.split_once(END) {
        Some((before, after)) if before.trim_start().starts_with("<!--") => after,
        _ => text.as_str(),
    };
    Ok(written.trim().to_owned())
}

/// Shows the model answer and the rubric.
///
/// # Errors
/// When it cannot be written.
pub(super) fn model(essay: &Essay, ctx: &mut Context) -> Result<(), Error> {
    let rubric: Vec<String> = (1..)
        .zip(&essay.rubric)
        .map(|(number, line)| format!("{number}. {line}\n"))
        .collect();
    let page = format!(
        "## A model answer\n\n{}\n\n## The rubric\n\n{}\nFor each line: **0** is no, **1** is partly, **2** is fully. \
         These are your own marks: self-reported, and no part of the grade.\n",
        essay.model.trim(),
        rubric.concat()
    );
    writeln!(ctx.out)?;
    markdown::page(&page, &ctx.surface, &mut ctx.out)?;
    Ok(())
}

/// Has each line of the rubric marked that is not yet; `false` when the learner left.
fn mark(
    paper: &mut Paper,
    question: &Question,
    essay: &Essay,
    ctx: &mut Context,
) -> Result<bool, Error> {
    let answer = paper.answers.answer(question.id.as_str()).cloned();
    let Some(answer) = answer else {
        return Ok(true);
    };
    let mut scores = answer.scores;
    writeln!(ctx.out)?;
    while scores.len() < essay.rubric.len() {
        let line = &essay.rubric[scores.len()];
        markdown::page(line, &ctx.surface, &mut ctx.out)?;
        let Some(typed) = ctx.ask(&format!("Line {} (0, 1 or 2):", scores.len() + 1))? else {
            return Ok(false);
        };
        let Some(score) = typed.parse().ok().filter(|n| *n <= Essay::MOST) else {
            writeln!(ctx.out, "Please answer with 0, 1 or 2.")?;
            continue;
        };
        scores.push(score);
        let given = &answer.given;
        paper.keep(question, given, Standing::SelfReported, scores.clone(), ctx)?;
    }
    total(paper, question, essay, ctx)?;
    Ok(true)
}

/// Says what the marks of an essay add up to.
///
/// # Errors
/// When it cannot be written.
pub(super) fn total(
    paper: &Paper,
    question: &Question,
    essay: &Essay,
    ctx: &mut Context,
) -> Result<(), Error> {
    let answer = paper.answers.answer(question.id.as_str());
    let scores = answer.map(|a| a.scores.as_slice()).unwrap_or_default();
    let sum: usize = scores.iter().map(|s| usize::from(*s)).sum();
    let points = count(essay.points(), "point");
    writeln!(ctx.out, "{sum} of {points}, self-reported.")?;
    Ok(())
}

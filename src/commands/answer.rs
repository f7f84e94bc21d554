//! `course answer`: the written part of an exercise, asked on a terminal one question at a time, shown through a pipe.

mod asking;
mod paper;

use crate::checks::check::CheckFile;
use crate::course::{Course, Next};
use crate::exercises::Exercise;
use crate::learner::Progress;
use crate::learner::answers::{Answers, Standing};
use crate::questions::{Kind, Question, Verdict};
use crate::render::markdown;
use crate::render::report::Guess;
use crate::render::theme::Role;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::status::next_command;
use super::{name, question};
use asking::Which;
use paper::Paper;

/// Each answer is kept at once in `answers.toml` in your folder, so it can be left and gone on with.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  course answer                          # what is open or was wrong\n  course answer scaling --again          # all of it once more\n  course answer --answer fleet=72        # one answer, without a terminal\n  course answer --answer why.scores=2,1,0,2,1   # your own marks"
)]
pub struct Args {
    /// The exercise; the one of this folder when left out
    exercise: Option<String>,
    /// Ask also what you have answered
    #[arg(long)]
    again: bool,
    /// Answer a question by its name; may be given several times
    #[arg(long, value_name = "QUESTION=ANSWER")]
    answer: Vec<String>,
}

/// Asks, judges or shows the questions of an exercise.
///
/// # Errors
/// When there is no such exercise or question, or an answer cannot be saved.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    let course = ctx.course()?;
    let exercise = exercise(args, &course, ctx)?;
    let mut paper = Paper::open(exercise, ctx)?;
    heading(exercise, ctx)?;
    if exercise.written.is_empty() {
        writeln!(ctx.out, "\nThis exercise asks no questions.")?;
    } else if !args.answer.is_empty() {
        for typed in &args.answer {
            answer(typed, &mut paper, ctx)?;
        }
        paper.finish(ctx)?;
    } else if ctx.interactive {
        let which = if args.again { Which::All } else { Which::Open };
        return walk(&course, &mut paper, which, ctx);
    } else {
        return show(&paper, ctx);
    }
    let command = next_command(&course, &ctx.progress()?, ctx)?;
    ctx.next(&command)?;
    Ok(Exit::Passed)
}

/// Asks what is open, or shows it where nobody can be asked.
///
/// # Errors
/// When an answer cannot be saved.
pub fn go_on(exercise: &Exercise, course: &Course, ctx: &mut Context) -> Result<Exit, Error> {
    let mut paper = Paper::open(exercise, ctx)?;
    heading(exercise, ctx)?;
    if ctx.interactive && paper.folder().is_ok() {
        return walk(course, &mut paper, Which::Open, ctx);
    }
    show(&paper, ctx)
}

/// What the learner predicted, to be held against a run.
#[must_use]
pub fn guesses(
    written: &[Question],
    answers: &Answers,
    file: &CheckFile,
    progress: &Progress,
) -> Vec<Guess> {
    let known = progress.exercises.get(&file.exercise);
    let known = |figure: &str| known.is_some_and(|e| e.figures.contains_key(figure));
    let guess = |question: &Question| {
        let Kind::Prediction(prediction) = &question.kind else {
            return None;
        };
        let answer = answers.answer(question.id.as_str())?;
        Some(Guess {
            question: question.id.to_string(),
            given: prediction.number(&answer.given)?,
            known: known(&prediction.measured.figure),
            prediction: prediction.clone(),
        })
    };
    written.iter().filter_map(guess).collect()
}

fn heading(exercise: &Exercise, ctx: &mut Context) -> Result<(), Error> {
    let title = format!("The written part of {}", exercise.slug);
    Ok(writeln!(
        ctx.out,
        "{}",
        ctx.surface.paint(Role::Heading, &title)
    )?)
}

/// The exercise that is meant: by name, by folder, or the one that the learner is at.
fn exercise<'c>(args: &Args, course: &'c Course, ctx: &mut Context) -> Result<&'c Exercise, Error> {
    if let Some(typed) = &args.exercise {
        return name::exercise(course, typed);
    }
    if let Some(workspace) = ctx.workspace()? {
        return name::exercise(course, workspace.exercise.as_str());
    }
    match course.next(&ctx.progress()?) {
        Next::Exercise(slug) | Next::Written(slug) => name::exercise(course, slug.as_str()),
        _ => Err(Error::Usage(
            "say which exercise, as in `course answer scaling`; `course list` shows them all"
                .to_owned(),
        )),
    }
}

fn walk(
    course: &Course,
    paper: &mut Paper,
    which: Which,
    ctx: &mut Context,
) -> Result<Exit, Error> {
    paper.folder()?;
    let stayed = asking::ask(paper, which, ctx)?;
    if !stayed {
        writeln!(ctx.out, "\nWhat you answered is kept. To go on:")?;
        ctx.next(&format!("course answer {}", paper.exercise.slug))?;
        return Ok(Exit::Passed);
    }
    paper.finish(ctx)?;
    let command = next_command(course, &ctx.progress()?, ctx)?;
    ctx.next(&command)?;
    Ok(Exit::Passed)
}

/// Takes an answer that came with the command, as in `fleet=72`, or marks, as in `why.scores=2,1,0`.
fn answer(typed: &str, paper: &mut Paper, ctx: &mut Context) -> Result<(), Error> {
    paper.folder()?;
    if let Some((id, scores)) = typed.split_once(".scores=") {
        return marks(id, scores, paper, ctx);
    }
    let (question, given, verdict) = question::typed(typed, &paper.exercise.written)?;
    writeln!(ctx.out, "\n{}: {given}", question.id)?;
    let standing = match (&question.kind, &verdict) {
        (Kind::Essay(_), _) => Standing::SelfReported,
        (_, Verdict::Right(_)) => Standing::Right,
        (_, Verdict::Kept) => Standing::Predicted,
        _ => Standing::Wrong,
    };
    paper.keep(question, given, standing, Vec::new(), ctx)?;
    question::tell(&verdict, ctx)?;
    asking::afterwards(paper, question, ctx)?;
    if let Kind::Essay(essay) = &question.kind {
        asking::model(essay, ctx)?;
        let ones = vec!["1"; essay.rubric.len()].join(",");
        let how = format!(
            "Mark each line with 0, 1 or 2, as in `course answer {} --answer {}.scores={ones}`.",
            paper.exercise.slug, question.id
        );
        writeln!(ctx.out)?;
        markdown::page(&how, &ctx.surface, &mut ctx.out)?;
    }
    Ok(())
}

fn marks(id: &str, typed: &str, paper: &mut Paper, ctx: &mut Context) -> Result<(), Error> {
    let essays: Vec<&Question> = paper
        .exercise
        .written
        .iter()
        .filter(|q| matches!(q.kind, Kind::Essay(_)))
        .collect();
    let ids: Vec<&str> = essays.iter().map(|q| q.id.as_str()).collect();
    let question = essays[name::pick("essay", id, &ids)?];
    let Kind::Essay(essay) = &question.kind else {
        return Ok(());
    };
    let Some(scores) = essay.scores(typed) else {
        let lines = essay.rubric.len();
        return Err(Error::Usage(format!(
            "`{typed}` does not mark `{id}`; give {lines} numbers from 0 to 2, one for each line of its rubric"
        )));
    };
    let text = paper.answers.answer(question.id.as_str());
    let Some(text) = text.map(|answer| answer.given.clone()) else {
        return Err(Error::Usage(format!(
            "there is no answer to `{id}` to mark; write one first"
        )));
    };
    paper.keep(question, &text, Standing::SelfReported, scores, ctx)?;
    writeln!(ctx.out)?;
    asking::total(paper, question, essay, ctx)
}

/// Writes all questions, and how to answer them: for when nobody can be asked.
fn show(paper: &Paper, ctx: &mut Context) -> Result<Exit, Error> {
    let all = paper.exercise.written.len();
    for (i, question) in paper.exercise.written.iter().enumerate() {
        let state = paper.state(question);
        let title = format!("Question {} of {all}: {}{state}", i + 1, question.id);
        let title = ctx.surface.paint(Role::Heading, &title);
        writeln!(ctx.out, "\n{title}\n")?;
        question::show(question, ctx)?;
    }
    paper.summary(ctx)?;
    writeln!(ctx.out)?;
    let how = "On a terminal, this command asks them. Here, answer one as in the line below. None of it is needed to \
               pass the exercise; `course next --done` goes on without it.";
    markdown::page(how, &ctx.surface, &mut ctx.out)?;
    let open = paper.exercise.written.iter();
    let question = open
        .clone()
        .find(|q| !paper.is_answered(q))
        .unwrap_or(&paper.exercise.written[0]);
    let slug = &paper.exercise.slug;
    let example = example(question);
    ctx.next(&format!(
        "course answer {slug} --answer {}={example}",
        question.id
    ))?;
    Ok(Exit::Passed)
}

/// What an answer to a question may look like, as a shell takes it.
fn example(question: &Question) -> String {
    match &question.kind {
        Kind::Choice(_) => "a".to_owned(),
        Kind::Number(_) | Kind::Prediction(_) => "10".to_owned(),
        Kind::Several(_) => "ac".to_owned(),
        Kind::Sequence(_) => "cab".to_owned(),
        Kind::Match(matching) => {
            ["a", "b"].repeat(matching.facts.len()).concat()[..matching.facts.len()].to_owned()
        }
        Kind::Order(order) => ('a'..).take(order.items.len()).collect(),
        Kind::Essay(_) => "'Because …'".to_owned(),
    }
}

//! `course interview`: a mock interview against the clock, marked by whoever took it.

mod sitting;

use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use crate::base::fs;
use crate::course::Course;
use crate::interview::{Question, plan};
use crate::learner::interview::{Asked, Interview, InterviewProgress, Item};
use crate::render::interview::{self as paper, Leads};
use crate::render::markdown;
use crate::render::theme::Role;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::name;

/// How the questions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    Human,
    /// For programs: course-interview/v1
    Json,
}

/// An interview that was left goes on where it was.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  course interview                 # 45 minutes: a design, 3 medium, a hard one\n  course interview --minutes 15    # a short one\n  course interview --question Q13  # one question\n  course interview --list          # all of them, and when each comes back\n  course interview --format json   # all of them, with points, for a program"
)]
pub struct Args {
    /// How long it is to take
    #[arg(long, value_name = "N", default_value_t = 45, value_parser = clap::value_parser!(u32).range(4..=240))]
    minutes: u32,
    /// Ask this question alone
    #[arg(long, value_name = "ID", conflicts_with = "minutes")]
    question: Option<String>,
    /// Show all questions, and when each comes back
    #[arg(long, conflicts_with_all = ["question", "minutes", "new"])]
    list: bool,
    /// Drop the interview that is open, and begin another
    #[arg(long, conflicts_with = "question")]
    new: bool,
    /// human or json
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "human",
        hide_possible_values = true
    )]
    format: Format,
}

/// Asks, or shows what would be asked.
///
/// # Errors
/// When there is no such question, or the progress cannot be saved.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    let course = ctx.course()?;
    let bank = &course.interview;
    if bank.is_empty() {
        return Err(Error::Usage(
            "this course has no questions for an interview; they stand in `interview/questions.toml`".to_owned(),
        ));
    }
    let one = match &args.question {
        Some(typed) => Some(question(bank, typed)?),
        None => None,
    };
    let progress = ctx.progress()?.interview;
    let chosen: Vec<&Question> = bank
        .iter()
        .filter(|q| one.is_none_or(|one| one.id == q.id))
        .collect();
    if args.format == Format::Json {
        writeln!(
            ctx.out,
            "{:#}",
            paper::document(&chosen, &progress.questions)
        )?;
        return Ok(Exit::Passed);
    }
    if args.list || !ctx.interactive {
        write!(
            ctx.out,
            "{}",
            paper::list(&chosen, &progress.questions, &ctx.surface)
        )?;
        if !args.list {
            ctx.say("note: an interview needs a terminal; `--format json` prints the questions with their points")?;
        }
        ctx.next("course interview")?;
        return Ok(Exit::Passed);
    }
    if let Some(question) = one {
        return alone(question, &course, ctx);
    }
    whole(args, &course, ctx)
}

fn question<'b>(bank: &'b [Question], typed: &str) -> Result<&'b Question, Error> {
    let wanted = typed.to_uppercase();
    let ids: Vec<&str> = bank.iter().map(|q| q.id.as_str()).collect();
    match bank.iter().find(|q| q.id == wanted) {
        Some(question) => Ok(question),
        None => Err(Error::Usage(name::unknown("question", typed, &ids))),
    }
}

/// Asks one question by itself.
fn alone(question: &Question, course: &Course, ctx: &mut Context) -> Result<Exit, Error> {
    let mut practice = Interview {
        started: ctx.moment(),
        minutes: question.level.minutes(),
        items: vec![Item {
            question: question.id.clone(),
            ..Item::default()
        }],
    };
    sitting::explain(ctx)?;
    if !sitting::hold(&mut practice, &course.interview, &mut |_, _| Ok(()), ctx)? {
        writeln!(ctx.out, "\nNothing of it is kept.")?;
        ctx.next(&format!("course interview --question {}", question.id))?;
        return Ok(Exit::Passed);
    }
    conclude(&practice, course, ctx)?;
    ctx.next("course interview --list")?;
    Ok(Exit::Passed)
}

/// Begins an interview or goes on with the open one.
fn whole(args: &Args, course: &Course, ctx: &mut Context) -> Result<Exit, Error> {
    let bank = &course.interview;
    let progress = ctx.progress()?.interview;
    let open = progress.open.clone().filter(|_| !args.new);
    let mut interview = if let Some(open) = open {
        let marked = open.items.iter().filter(|item| item.score.is_some());
        writeln!(
            ctx.out,
            "Your interview of {} goes on: {} of {} questions are marked.\n(`course interview --new` drops it.)",
            open.started,
            marked.count(),
            open.items.len()
        )?;
        sitting::explain(ctx)?;
        open
    } else {
        let begun = begin(args.minutes, bank, &progress, ctx);
        sitting::introduce(&begun, bank, ctx)?;
        begun
    };
    keep(&interview, ctx)?;
    if !sitting::hold(&mut interview, bank, &mut keep, ctx)? {
        writeln!(ctx.out, "\nYour answers are kept. To go on:")?;
        ctx.next("course interview")?;
        return Ok(Exit::Passed);
    }
    let page = conclude(&interview, course, ctx)?;
    let path = save(&interview, course, &page, ctx)?;
    let now = ctx.moment();
    ctx.record(|p| {
        p.interview.open = None;
        p.interview.done.get_or_insert(now);
    })?;
    writeln!(ctx.out, "\nTranscript: {}", path.display())?;
    ctx.next("course interview --list")?;
    Ok(Exit::Passed)
}

/// An interview of so many minutes.
fn begin(
    minutes: u32,
    bank: &[Question],
    progress: &InterviewProgress,
    ctx: &Context,
) -> Interview {
    let now = (ctx.now)();
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let chosen = plan::plan(bank, progress, minutes, now, since.subsec_nanos().into());
    let item = |q: &&Question| Item {
        question: q.id.clone(),
        ..Item::default()
    };
    Interview {
        started: ctx.moment(),
        minutes,
        items: chosen.iter().map(item).collect(),
    }
}

/// Keeps the open interview, after every line.
fn keep(interview: &Interview, ctx: &mut Context) -> Result<(), Error> {
    let interview = interview.clone();
    ctx.record(|p| p.interview.open = Some(interview))
}

/// Takes down the scores, and shows what came of it.
fn conclude(interview: &Interview, course: &Course, ctx: &mut Context) -> Result<String, Error> {
    let now = (ctx.now)();
    let scores: Vec<(String, u8)> = interview
        .items
        .iter()
        .filter_map(|item| Some((item.question.clone(), item.score?)))
        .collect();
    let asked = ctx.record(|p| {
        for (id, score) in scores {
            p.interview
                .questions
                .entry(id)
                .or_insert_with(Asked::default)
                .review(score, now);
        }
        p.interview.questions.clone()
    })?;
    let page = paper::summary(interview, &course.interview, &asked, &|question| {
        leads(question, course)
    });
    writeln!(
        ctx.out,
        "\n{}\n",
        ctx.surface.paint(Role::Heading, "What came of it")
    )?;
    markdown::page(&page, &ctx.surface, &mut ctx.out)?;
    Ok(page)
}

/// Where to read about a question, and what shows it live: a check of an exercise that the course has.
fn leads(question: &Question, course: &Course) -> Leads {
    let check = question.check.as_deref().unwrap_or_default();
    let (exercise, check) = check.split_once('#').unwrap_or((check, ""));
    let has = course.exercises.iter().any(|e| e.slug.as_str() == exercise);
    let see = if check.is_empty() {
        format!("course demo {exercise}")
    } else {
        format!("course check {exercise} --only {check}")
    };
    Leads {
        read: format!("course read {}", question.lesson),
        see: Some(see).filter(|_| has),
    }
}

/// Writes the transcript into the learner's home.
fn save(
    interview: &Interview,
    course: &Course,
    summary: &str,
    ctx: &Context,
) -> Result<PathBuf, Error> {
    let name = interview.started.replace(':', "-");
    let path = ctx.home.join("interviews").join(format!("{name}.md"));
    let text = paper::transcript(interview, &course.interview, summary);
    fs::write(&path, text.as_bytes())?;
    Ok(path)
}

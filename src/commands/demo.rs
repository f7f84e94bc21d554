//! `course demo`: the checks on the shipped starter and on the solution, side by side: see it break, see it hold. A
//! lesson with a demo of its own is shown by [`proofs`], a common mistake by [`mistake`], the way of a request by
//! [`trace`].

mod mistake;
pub(super) mod offer;
mod proofs;
mod trace;
mod track;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::base::fs;
use crate::base::mask::Mask;
use crate::checks::variable::Seed;
use crate::checks::world::Submission;
use crate::course::Course;
use crate::exercises::{Exercise, Language};
use crate::grading::outcome::{Grade, Outcome};
use crate::grading::runner::AfterFailure;
use crate::render::markdown;
use crate::render::report::{Format, Verbosity, side_by_side};
use crate::render::theme::Role;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::session::{self, Session};
use super::{database, name, tool};
use offer::{Offer, What};
use track::Track;

/// What may stand behind `course demo`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  course demo stateless-refactor    # needs python3 or node, nothing else\n  course demo review                # the server of lesson 6, and its faults\n  course demo trace                 # every hop from a name to pixels\n  course demo mistake-1             # a stateful server behind a balancer\n  course demo mistake-2             # client-server taken for peer-to-peer\n  course demo mistake-3             # a delay, a hang, a reset, a duplicate\n  course demo mistake-4             # a laptop for one cent\n  course demo --list                # all there are, and their names"
)]
pub struct Args {
    /// An exercise, a lesson with a demo, a mistake, or `trace`; the first exercise when left out
    #[arg(value_name = "EXERCISE|LESSON|MISTAKE|trace")]
    target: Option<String>,
    /// Say what there is to be shown
    #[arg(long, conflicts_with = "target")]
    list: bool,
    /// Run the servers of this language
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
    /// Repeat a demo with its random values
    #[arg(long, value_name = "SEED")]
    seed: Option<String>,
    /// Keep the picture of `course demo trace` in this file, too
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// Runs what was asked for, in temporary folders.
///
/// # Errors
/// When there is no such demo, or none of its languages is installed.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    let course = Course::load(&ctx.content).map_err(Error::Content)?;
    let offers = offer::all(&course, ctx)?;
    if args.list {
        return list(&offers, ctx);
    }
    let names = offers.iter().enumerate();
    let names: Vec<(usize, &str)> = names
        .flat_map(|(place, offer)| offer.names.iter().map(move |name| (place, name.as_str())))
        .collect();
    let place = match &args.target {
        Some(typed) => {
            let typable: Vec<&str> = names.iter().map(|(_, name)| *name).collect();
            names[name::pick("demo", typed, &typable)?].0
        }
        None if names.is_empty() => {
            return Err(Error::Usage("this course has no demo".to_owned()));
        }
        None => 0,
    };
    let what = &offers[place].what;
    if args.svg.is_some() && !matches!(what, What::Trace(_)) {
        let message = "only `course demo trace` makes a picture for `--svg`";
        return Err(Error::Usage(message.to_owned()));
    }
    match what {
        What::Exercise(exercise) => side_by_side_of(args, &course, exercise, ctx),
        What::Lesson(lesson, demo) => {
            let track = Track::choose(args.language.as_deref(), &course, demo, ctx)?;
            proofs::run(lesson, demo, &track, ctx)
        }
        What::Trace(exercise) => trace::run(args, &course, exercise, ctx),
        What::Mistake(shown) => {
            let show = mistake::Show {
                course: &course,
                mistake: shown,
                language: args.language.as_deref(),
                seed: seed(args, ctx),
            };
            show.run(ctx)
        }
    }
}

/// Says what there is, each with its names.
fn list(offers: &[Offer<'_>], ctx: &mut Context) -> Result<Exit, Error> {
    let mut page = String::from("| `course demo` … | shows |\n|---|---|\n");
    for offer in offers {
        let names: Vec<String> = offer.names.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(page, "| {} | {} |", names.join(" or "), offer.title());
    }
    markdown::page(&page, &ctx.surface, &mut ctx.out)?;
    Ok(Exit::Passed)
}

/// The seed that was asked for, or a fresh one.
fn seed(args: &Args, ctx: &Context) -> Seed {
    let typed = args.seed.as_deref();
    typed.map_or_else(|| session::fresh_seed(ctx), Seed::new)
}

/// Runs the checks on the starter and on the solution.
fn side_by_side_of(
    args: &Args,
    course: &Course,
    exercise: &Exercise,
    ctx: &mut Context,
) -> Result<Exit, Error> {
    let language = language(args, course, exercise, ctx)?;
    let file = session::check_file(ctx, course, exercise.slug.as_str())?;
    let seed = seed(args, ctx);
    let mut grades = Vec::new();
    for (kind, words) in [
        ("starters", "The starter: it works, and it breaks"),
        ("solutions", "The solution: it holds"),
    ] {
        let folder = tempfile::Builder::new()
            .prefix(crate::lab::guard::FOLDER_PREFIX)
            .tempdir()
            .map_err(|e| Error::Fault(e.to_string()))?;
        let from = format!("exercises/{}/{kind}/{}", exercise.slug, language.slug);
        copy(ctx, &from, folder.path())?;
        install(language, folder.path(), ctx)?;
        writeln!(ctx.out, "{}\n", ctx.surface.paint(Role::Heading, words))?;
        let session = Session {
            submission: Submission::Managed {
                command: shlex::split(&language.run).unwrap_or_default(),
                folder: folder.path().to_owned(),
            },
            title: exercise.title.clone(),
            seed: seed.clone(),
            database: database::Choice::default(),
            wanted: Vec::new(),
            after_failure: AfterFailure::GoOn,
            format: Format::Human,
            verbosity: Verbosity::Demo,
            mask: Mask::default(),
            answered: None,
            guesses: Vec::new(),
            report: None,
        };
        grades.push(session::grade(session, &file, ctx)?);
        writeln!(ctx.out)?;
    }
    conclude(&grades, exercise, ctx)
}

fn conclude(grades: &[Grade], exercise: &Exercise, ctx: &mut Context) -> Result<Exit, Error> {
    let [starter, solution] = grades else {
        return Err(Error::Fault("the demo needs two runs".to_owned()));
    };
    for line in side_by_side(("starter", starter), ("solution", solution), &ctx.surface) {
        writeln!(ctx.out, "{line}")?;
    }
    let held = solution
        .results
        .iter()
        .all(|r| r.outcome == Outcome::Passed);
    ctx.next(&format!("course start {}", exercise.slug))?;
    if held {
        Ok(Exit::Passed)
    } else {
        Ok(session::exit(solution))
    }
}

/// The language asked for, else the first whose programs are all there and whose packages need no installing.
fn language<'c>(
    args: &Args,
    course: &'c Course,
    exercise: &Exercise,
    ctx: &Context,
) -> Result<&'c Language, Error> {
    let shipped = |language: &&Language| {
        let path = |kind: &str| format!("exercises/{}/{kind}/{}", exercise.slug, language.slug);
        let has = |kind: &str| {
            ctx.content
                .below(&path(kind))
                .is_ok_and(|files| !files.is_empty())
        };
        has("starters") && has("solutions")
    };
    if let Some(typed) = &args.language {
        let all: Vec<&Language> = course.languages.iter().filter(shipped).collect();
        let slugs: Vec<&str> = all.iter().map(|l| l.slug.as_str()).collect();
        return Ok(all[name::pick("language", typed, &slugs)?]);
    }
    let there = |l: &&Language| {
        l.needs
            .iter()
            .all(|need| tool::find(&need.command, &ctx.env).is_some())
    };
    let mut candidates = course.languages.iter().filter(shipped);
    candidates
        .find(|l| l.install.is_none() && there(l))
        .ok_or_else(|| {
            let needs = course
                .languages
                .iter()
                .filter(shipped)
                .flat_map(|l| &l.needs);
            let install = needs
                .map(|need| need.install.clone())
                .next()
                .unwrap_or_default();
            Error::Unreachable(format!(
                "no language of this exercise is installed. {install}"
            ))
        })
}

/// Copies the files below a folder of the course.
fn copy(ctx: &Context, from: &str, to: &Path) -> Result<(), Error> {
    for path in ctx.content.below(from)? {
        let inside = path.trim_start_matches(from).trim_start_matches('/');
        fs::write(&to.join(inside), &ctx.content.bytes(&path)?)?;
    }
    Ok(())
}

/// Installs the packages of a language, when it has some.
fn install(language: &Language, folder: &Path, ctx: &mut Context) -> Result<(), Error> {
    let Some(install) = &language.install else {
        return Ok(());
    };
    writeln!(ctx.err, "installing packages: {install}")?;
    let words = shlex::split(install).unwrap_or_default();
    let Some((program, words)) = words.split_first() else {
        return Ok(());
    };
    let done = std::process::Command::new(program)
        .args(words)
        .current_dir(folder)
        .stdin(std::process::Stdio::null())
        .output()
        .map_err(|e| Error::Unreachable(format!("cannot run `{install}`: {e}")))?;
    if done.status.success() {
        return Ok(());
    }
    let said = crate::base::text::printable_bytes(&done.stderr);
    Err(Error::Unreachable(format!(
        "`{install}` failed: {}",
        said.trim()
    )))
}

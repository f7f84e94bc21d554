//! `course verify`: proves that the checks are right.

use std::cell::RefCell;
use std::path::PathBuf;

use futures_util::future::join_all;

use crate::checks::check::CheckFile;
use crate::checks::variable::Seed;
use crate::course::Course;
use crate::exercises::Exercise;
use crate::grading::permit::Permits;
use crate::lab::database::{Databases, Kind};
use crate::lab::guard::Guard;
use crate::render::verify::{Format, Report};
use crate::verify::load::Load;
use crate::verify::margin::{self, Limit};
use crate::verify::proof::{Held, Proof};
use crate::verify::prove::{Bench, Doubt};
use crate::verify::server::Server;
use crate::verify::shop::ShopError;
use crate::verify::suite::{Extent, Suite, Verdict, permits};

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::lint::author_source;
use super::{database, name, session};

/// What may stand behind `course verify`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Solutions must get full marks, starters and broken servers must fail exactly what their files say, \
                       and servers that know nothing must earn nothing. They are graded side by side; what then \
                       deviates, or was not decided, is looked at again, one on each core, and what is open even then, \
                       alone. Two looks that differ decide nothing (UNSURE, exit status 3). Broken servers know SQLite \
                       only, so with `--database postgres` they are left out.\n\nExamples:\n  course verify                                # every exercise\n  \
                       course verify stateless-refactor --only broken   # its broken servers\n  \
                       course verify --only solutions --repeat 50 --stress   # do verdicts change?\n  \
                       course verify --database postgres --only solutions,starters"
)]
pub struct Args {
    /// The exercise; all of them when left out
    exercise: Option<String>,
    /// Only these servers, as in `broken` or `junk/echoes`
    #[arg(long, value_name = "SERVER", value_delimiter = ',')]
    only: Vec<String>,
    /// Grade each solution so many times, each time with other random values
    #[arg(long, value_name = "N", default_value_t = 1, hide_default_value = true, value_parser = clap::value_parser!(u16).range(1..))]
    repeat: u16,
    /// Keep all cores busy meanwhile
    #[arg(long)]
    stress: bool,
    /// Grade a solution with its answers made wrong in two dozen ways, too
    #[arg(long)]
    mutants: bool,
    /// Use these random values
    #[arg(long, value_name = "SEED")]
    seed: Option<String>,
    #[command(flatten)]
    database: database::Choice,
    /// The form of the report
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

/// Grades every server that comes with the exercises and compares what came with what is claimed.
///
/// # Errors
/// When the content has mistakes, or Ctrl-C ended it.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    ctx.content = author_source(ctx);
    let course = ctx.course()?;
    let exercises: Vec<&Exercise> = match &args.exercise {
        Some(typed) => vec![name::exercise(&course, typed)?],
        None => course.exercises.iter().collect(),
    };
    if exercises.is_empty() {
        return Err(Error::Usage("this course has no exercise".to_owned()));
    }
    let seed = args
        .seed
        .as_deref()
        .map_or_else(|| session::fresh_seed(ctx), Seed::new);
    let runtime = session::runtime()?;
    let rows = ctx.rows.filter(|_| args.format == Format::Human);
    let mut report = Report::new(args.format, ctx.surface, rows.is_some());
    let proven = runtime.block_on(prove(args, &course, &exercises, &seed, &mut report, ctx));
    report.clear();
    runtime.shutdown_background();
    let verdicts = proven?;
    let source = ctx.content.clone();
    report.end(&verdicts, &|path| source.text(path).ok(), &mut ctx.out)?;
    Ok(exit(&verdicts, ctx))
}

/// An exercise, its checks, and the servers that they are to tell apart.
struct Subject<'a> {
    exercise: &'a Exercise,
    file: CheckFile,
    limits: Vec<Limit>,
    servers: Vec<Server>,
}

/// What all exercises are graded with.
struct Machine {
    guard: Guard,
    databases: Databases,
    bodies: PathBuf,
    permits: Permits,
}

async fn prove(
    args: &Args,
    course: &Course,
    exercises: &[&Exercise],
    seed: &Seed,
    report: &mut Report,
    ctx: &mut Context,
) -> Result<Vec<Verdict>, Error> {
    let guard = session::guard(ctx);
    let subjects = subjects(args, course, exercises, &guard, ctx)?;
    let databases = tokio::select! {
        databases = args.database.databases(&guard, ctx) => databases?,
        () = session::interrupted() => return Err(Error::Interrupted),
    };
    let cores = session::cores();
    let machine = Machine {
        guard,
        databases,
        bodies: ctx.home.join("bodies"),
        permits: permits(cores),
    };
    let _load = args.stress.then(|| Load::start(usize::from(cores)));
    let suites: Vec<Suite<'_>> = subjects
        .iter()
        .map(|subject| subject.suite(args, seed, &machine))
        .collect();
    let told = RefCell::new((report, &mut ctx.err, Ok(())));
    let emit = |event| {
        let (report, err, written) = &mut *told.borrow_mut();
        let now = report.event(&event, &mut **err);
        if written.is_ok() {
            *written = now;
        }
    };
    let ended = tokio::select! {
        verdicts = join_all(suites.iter().map(|suite| suite.run(&emit))) => Some(verdicts),
        () = session::interrupted() => None,
    };
    told.into_inner().2?;
    ended.ok_or(Error::Interrupted)
}

impl Subject<'_> {
    fn suite<'a>(&'a self, args: &Args, seed: &Seed, machine: &'a Machine) -> Suite<'a> {
        Suite {
            bench: Bench {
                file: &self.file,
                limits: &self.limits,
                title: &self.exercise.title,
                guard: &machine.guard,
                databases: &machine.databases,
                bodies: &machine.bodies,
                permits: &machine.permits,
            },
            servers: &self.servers,
            seed: seed.clone(),
            repeat: usize::from(args.repeat),
            doubt: if args.stress || args.repeat > 1 {
                // A verdict that changes is what is looked for then.
                Doubt::Undecided
            } else {
                Doubt::Deviating
            },
            extent: if args.only.is_empty() && args.database.kind == Kind::Sqlite {
                Extent::Whole
            } else {
                Extent::Part
            },
        }
    }
}

/// The exercises that have servers of those that are meant.
fn subjects<'a>(
    args: &Args,
    course: &Course,
    exercises: &[&'a Exercise],
    guard: &Guard,
    ctx: &Context,
) -> Result<Vec<Subject<'a>>, Error> {
    let mut subjects = Vec::new();
    for exercise in exercises {
        let file = session::check_file(ctx, course, exercise.slug.as_str())?;
        subjects.push(Subject {
            exercise,
            limits: margin::limits(&file, &|path| ctx.content.text(path).ok()),
            servers: servers(args, course, exercise, &file, guard, ctx)?,
            file,
        });
    }
    subjects.retain(|subject| !subject.servers.is_empty());
    if subjects.is_empty() {
        let nobody = match exercises {
            [one] => format!("`{}` has no server", one.slug),
            _ => "no exercise has a server".to_owned(),
        };
        return Err(Error::Usage(format!(
            "{nobody} `{}`; a server is named by its kind (solutions, starters, broken, junk, mutants) and its name, as \
             in `junk/echoes`",
            args.only.join(",")
        )));
    }
    Ok(subjects)
}

/// The servers that are meant.
fn servers(
    args: &Args,
    course: &Course,
    exercise: &Exercise,
    file: &CheckFile,
    guard: &Guard,
    ctx: &Context,
) -> Result<Vec<Server>, Error> {
    let shop = session::shop(ctx, course, exercise, file, guard);
    let wants = |name: &str| {
        let is_meant = |o: &String| {
            name == o
                || name
                    .strip_prefix(o.as_str())
                    .is_some_and(|r| r.starts_with('/'))
        };
        args.only.is_empty() || args.only.iter().any(is_meant)
    };
    let all = || -> Result<Vec<Server>, ShopError> {
        let mut all = shop.solutions(&wants)?;
        all.extend(shop.starters(&wants)?);
        if args.database.kind == Kind::Sqlite {
            all.extend(shop.broken(&wants)?);
        }
        all.extend(shop.junk(&wants));
        if args.mutants || args.only.iter().any(|o| o.starts_with("mutants")) {
            all.extend(shop.mutants(&wants)?);
        }
        Ok(all)
    };
    Ok(all()?)
}

/// 0 when every claim holds; 4 when one does not: then the content is wrong; 3 when this machine could not decide the
/// rest. A server that was skipped is no failure, unless `COURSE_REQUIRE_ALL` asks for all of them.
fn exit(verdicts: &[Verdict], ctx: &Context) -> Exit {
    let strict = ctx.env.get("COURSE_REQUIRE_ALL").is_some_and(|v| v == "1");
    let skipped = |v: &Verdict| {
        v.proofs
            .iter()
            .any(|p| matches!(p.result, Held::Skipped(_)))
    };
    let unsure = |v: &Verdict| v.proofs.iter().any(Proof::is_unsure);
    if !verdicts.iter().all(Verdict::held) || (strict && verdicts.iter().any(skipped)) {
        Exit::Fault
    } else if verdicts.iter().any(unsure) {
        Exit::Unreachable
    } else {
        Exit::Passed
    }
}

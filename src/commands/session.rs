//! A session: one run of checks, from the first server started to the report, whatever ends it.

use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::base::mask::Mask;
use crate::checks::check::CheckFile;
use crate::checks::file::{self, Anchors};
use crate::checks::steps::answer::Answered;
use crate::checks::variable::Seed;
use crate::checks::world::{Plan, Submission, World};
use crate::course::Course;
use crate::exercises::Exercise;
use crate::grading::event::Event;
use crate::grading::outcome::{Grade, Outcome};
use crate::grading::permit::Permits;
use crate::grading::runner::{AfterFailure, Done, Run, RunError, run};
use crate::lab::database::Databases;
use crate::lab::guard::Guard;
use crate::lab::http::Client;
use crate::lessons;
use crate::render::report::html::{Page, Stop};
use crate::render::report::{Format, Guess, Report, Verbosity};
use crate::verify::shop::Shop;

use super::context::Context;
use super::database;
use super::error::Error;
use super::exit::Exit;
use super::report::ReportFolder;
use super::tool;

/// What a session runs and how it reports.
#[derive(Clone, Debug)]
pub struct Session {
    /// The server.
    pub submission: Submission,
    /// The exercise's title.
    pub title: String,
    /// The random seed.
    pub seed: Seed,
    /// The kind of database that the server is given.
    pub database: database::Choice,
    /// Ids of the checks wanted; all when empty.
    pub wanted: Vec<String>,
    /// Whether it goes on after a failure.
    pub after_failure: AfterFailure,
    /// The format of the report.
    pub format: Format,
    /// How much of it is shown.
    pub verbosity: Verbosity,
    /// What is hidden.
    pub mask: Mask,
    /// What the learner answered to the written questions; nothing where there is no learner.
    pub answered: Answered,
    /// What the learner predicted of the run.
    pub guesses: Vec<Guess>,
    /// Where a page about the run goes, when somebody wants one.
    pub report: Option<ReportFolder>,
}

/// The checks of an exercise.
///
/// # Errors
/// Every mistake in them.
pub fn check_file(ctx: &Context, course: &Course, exercise: &str) -> Result<CheckFile, Error> {
    file::load(&ctx.content, exercise, &anchors(course)).map_err(Error::Content)
}

/// The sections of every lesson, which checks may name.
#[must_use]
pub fn anchors(course: &Course) -> Anchors {
    course
        .lessons
        .iter()
        .map(|lesson| {
            let anchors = lessons::anchors(&lesson.text);
            let sections = anchors.iter().map(ToString::to_string);
            (lesson.slug.to_string(), sections.collect())
        })
        .collect()
}

/// A seed for a run that was given none.
#[must_use]
pub fn fresh_seed(ctx: &Context) -> Seed {
    let now = (ctx.now)().duration_since(UNIX_EPOCH).unwrap_or_default();
    let nanoseconds = u64::try_from(now.as_nanos() % u128::from(u64::MAX)).unwrap_or(0);
    Seed::mixed(nanoseconds ^ (u64::from(std::process::id()) << 32))
}

/// A runtime for servers and requests, on this thread.
///
/// # Errors
/// When the system gives none.
pub fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::Fault(format!("cannot start the runtime: {e}")))
}

/// Where the servers of an exercise come from on this machine.
#[must_use]
pub fn shop<'a>(
    ctx: &'a Context,
    course: &'a Course,
    exercise: &'a Exercise,
    checks: &'a CheckFile,
    guard: &'a Guard,
) -> Shop<'a> {
    Shop {
        source: &ctx.content,
        exercise,
        languages: &course.languages,
        checks,
        program: &ctx.program,
        packages: ctx.home.join("packages"),
        guard,
        has: Box::new(|program| tool::find(program, &ctx.env).is_some()),
    }
}

/// Who cleans up after this process if it is killed; nobody where no such process can be started.
#[must_use]
pub fn guard(ctx: &Context) -> Guard {
    Guard::start(&ctx.program).unwrap_or_else(|_| Guard::none())
}

/// How many cores this machine has.
#[must_use]
pub fn cores() -> u16 {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    u16::try_from(cores).unwrap_or(u16::MAX)
}

/// Ends when somebody presses Ctrl-C or asks the process to end.
pub async fn interrupted() {
    let ctrl_c = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let both = (
            signal(SignalKind::terminate()),
            signal(SignalKind::hangup()),
        );
        if let (Ok(mut terminate), Ok(mut hangup)) = both {
            tokio::select! {
                _ = ctrl_c => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            return;
        }
    }
    let _ = ctrl_c.await;
}

/// Runs a session to its end and reports.
///
/// # Errors
/// When the server is not ready, or Ctrl-C ended it. Nothing is graded then, and nothing runs any more.
pub fn grade(session: Session, file: &CheckFile, ctx: &mut Context) -> Result<Grade, Error> {
    let runtime = runtime()?;
    let ended = runtime.block_on(observed(session, file, ctx));
    // Threads that still wait for a database must not keep the learner waiting.
    runtime.shutdown_background();
    ended
}

async fn observed(session: Session, file: &CheckFile, ctx: &mut Context) -> Result<Grade, Error> {
    let (guard, databases) = furnished(&session, ctx).await?;
    let mut telling = Telling::of(&session, ctx);
    let request = Run {
        file,
        title: &session.title,
        plan: Plan {
            submission: session.submission,
            seed: session.seed,
            guard,
            mask: session.mask,
            client: Client::default(),
            databases,
            answered: session.answered,
        },
        wanted: session.wanted,
        after_failure: session.after_failure,
        permits: Permits::new(cores(), 1),
        bodies: ctx.home.join("bodies"),
    };
    let mut written = Ok(());
    let ended = {
        let (out, err) = (&mut ctx.out, &mut ctx.err);
        let mut emit = |event: &Event<'_>| {
            let now = telling.event(event, &mut *out, &mut *err);
            if written.is_ok() {
                written = now;
            }
        };
        tokio::select! {
            ended = run(&request, &mut emit) => Some(ended),
            () = interrupted() => None,
        }
    };
    telling.end(ended.as_ref(), &mut ctx.err)?;
    match ended {
        Some(Ok(done)) => {
            written?;
            hold(done.held, ctx).await?;
            Ok(done.grade)
        }
        Some(Err(RunError::NotReady(reason))) => Err(Error::Unreachable(reason)),
        None => Err(Error::Interrupted),
    }
}

/// The guard of what a run starts, and its databases.
async fn furnished(session: &Session, ctx: &mut Context) -> Result<(Guard, Databases), Error> {
    match &session.submission {
        Submission::Managed { .. } => {
            let guard = guard(ctx);
            let databases = tokio::select! {
                databases = session.database.databases(&guard, ctx) => databases?,
                () = interrupted() => return Err(Error::Interrupted),
            };
            Ok((guard, databases))
        }
        // Nothing is started, so there is nothing to clean up.
        Submission::Url(_) => Ok((Guard::none(), Databases::Sqlite)),
    }
}

/// What tells of a run: the report, and a page where one is wanted.
struct Telling {
    report: Report,
    page: Option<(Page, ReportFolder)>,
}

impl Telling {
    /// Live rows are for people on a terminal.
    fn of(session: &Session, ctx: &Context) -> Self {
        let rows = ctx.rows.filter(|_| session.format == Format::Human);
        let report = Report::new(session.format, ctx.surface, rows, session.verbosity);
        let page = |folder| (Page::new(ctx.moment(), session.guesses.clone()), folder);
        Self {
            report: report.guessed(session.guesses.clone()),
            page: session.report.clone().map(page),
        }
    }

    fn event(
        &mut self,
        event: &Event<'_>,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> io::Result<()> {
        if let Some((page, _)) = &mut self.page {
            page.event(event);
        }
        self.report.event(event, out, err)
    }

    /// Says what is left to say, however the run ended; `None` for one that was interrupted.
    fn end(
        &mut self,
        ended: Option<&Result<Done, RunError>>,
        err: &mut dyn Write,
    ) -> io::Result<()> {
        let stop = match ended {
            Some(Ok(_)) => None,
            Some(Err(RunError::NotReady(reason))) => {
                self.report.interrupted(&mut io::sink())?;
                Some(Stop::NotReady(reason))
            }
            None => {
                self.report.interrupted(err)?;
                Some(Stop::Interrupted)
            }
        };
        let Some((page, folder)) = &mut self.page else {
            return Ok(());
        };
        if let Some(stop) = stop {
            page.stop(stop);
        }
        folder.write(page, err)
    }
}

/// Keeps worlds running until Ctrl-C, so that their servers can be looked at and the curl line be sent.
async fn hold(worlds: Vec<World>, ctx: &mut Context) -> Result<(), Error> {
    if worlds.is_empty() {
        return Ok(());
    }
    for (name, url) in worlds.iter().flat_map(World::addresses) {
        writeln!(ctx.err, "held: {name} {url}")?;
    }
    writeln!(
        ctx.err,
        "the servers of the failed check go on; Ctrl-C ends them"
    )?;
    ctx.out.flush()?;
    interrupted().await;
    for world in worlds {
        world.end().await;
    }
    Ok(())
}

/// The exit code of a grade: an error of ours before a failure of the learner, and no failure without a verdict.
#[must_use]
pub fn exit(grade: &Grade) -> Exit {
    let has = |outcome: Outcome| grade.results.iter().any(|r| r.outcome == outcome);
    if has(Outcome::Errored) || grade.results.is_empty() {
        Exit::Fault
    } else if has(Outcome::Failed) {
        Exit::Failed
    } else if has(Outcome::Inconclusive) {
        Exit::Unreachable
    } else {
        Exit::Passed
    }
}

/// The moment a session ended, for progress.
#[must_use]
pub fn moment(ctx: &Context) -> SystemTime {
    (ctx.now)()
}

//! `course check`: grades the learner's server.

use std::path::{Path, PathBuf};

use crate::base::fs;
use crate::base::mask::Mask;
use crate::base::source::Source;
use crate::checks::check::CheckFile;
use crate::checks::file::{self, Anchors};
use crate::checks::variable::Seed;
use crate::checks::world::Submission;
use crate::course::Course;
use crate::exercises::Exercise;
use crate::grading::outcome::Grade;
use crate::grading::runner::AfterFailure;
use crate::learner::answers::Answers;
use crate::learner::moment;
use crate::learner::progress::{CheckMark, LastCheck};
use crate::learner::workspace::Workspace;
use crate::questions::Question;
use crate::render::report::{Format, Verbosity};

use super::address::{self, Place};
use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::report::ReportFolder;
use super::session::{self, Session};
use super::watch::{self, Watched};
use super::{answer, database, hint, name, tool};

/// What may stand behind `course check`.
#[derive(Clone, Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that somebody types"
)]
#[command(
    after_long_help = "Examples:\n  course check                          # all checks of this folder's exercise\n  course check any-instance --seed 81f2 # one check, the same random values\n  course check --watch                  # again whenever you save\n  course check --database postgres      # with PostgreSQL instead of SQLite\n  course check --format junit > result.xml\n  course check --report out             # and a page: out/index.html\n  course check --file smoke.toml --url 8080   # checks of your own"
)]
pub struct Args {
    /// The exercise, or ids of checks; all of this folder when left out
    #[arg(value_name = "EXERCISE|CHECK")]
    targets: Vec<String>,
    /// Check a server that you run yourself: 3000, localhost:3000 or a URL
    #[arg(long, value_name = "URL", env = "COURSE_URL", hide_env = true)]
    url: Option<String>,
    /// Grade by this check file instead of an exercise's; needs `--url`
    #[arg(long, value_name = "FILE", requires = "url", conflicts_with = "watch")]
    file: Option<PathBuf>,
    /// Only these checks, and what they need
    #[arg(long, value_name = "CHECK", value_delimiter = ',')]
    only: Vec<String>,
    /// Stop after the first check that fails
    #[arg(long)]
    fail_fast: bool,
    /// Stop at the first failure, and keep its servers running until Ctrl-C
    #[arg(long, conflicts_with_all = ["watch", "url", "list"])]
    hold: bool,
    /// Check again whenever a file is saved
    #[arg(long, conflicts_with = "list")]
    watch: bool,
    /// Say what is checked, without running anything
    #[arg(long)]
    list: bool,
    /// Repeat a run with its random values
    #[arg(long, value_name = "SEED")]
    seed: Option<String>,
    #[command(flatten)]
    database: database::Choice,
    /// human, json, junit or tap
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "human",
        hide_possible_values = true
    )]
    format: Format,
    /// Write a page for a browser too: DIR/index.html, one file that needs no network
    #[arg(long, value_name = "DIR", conflicts_with = "list")]
    report: Option<PathBuf>,
    /// Explain every check that did not pass, not only the first
    #[arg(short, long)]
    verbose: bool,
    /// Show tokens and secrets instead of masking them
    #[arg(long)]
    show_secrets: bool,
}

/// Grades the server of this folder, or the one at `--url`.
///
/// # Errors
/// When there is nothing to grade, or the server cannot be run.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    if let Some(path) = &args.file {
        return by_file(args, path, ctx);
    }
    let course = Course::load(&ctx.content).map_err(Error::Content)?;
    let (exercise, workspace) = exercise(args, &course, ctx)?;
    let file = session::check_file(ctx, &course, exercise.slug.as_str())?;
    let wanted = wanted(args, &course.exercises, &file)?;
    if args.list {
        list(&file, &wanted, ctx)?;
        ctx.next("course check")?;
        return Ok(Exit::Passed);
    }
    if let Some(workspace) = workspace.as_ref().filter(|_| args.url.is_none()) {
        installed(&course, workspace, ctx)?;
    }
    let graded = Graded {
        title: &exercise.title,
        written: &exercise.written,
        file: &file,
    };
    let report = report_folder(args, ctx)?;
    if !args.watch {
        let grade = once(args, graded, (workspace.as_ref(), report), wanted, ctx)?;
        return Ok(session::exit(&grade));
    }
    let watched = workspace.as_ref().filter(|_| args.url.is_none());
    let Some(root) = watched.map(|w| w.root.clone()) else {
        return Err(Error::Usage(
            "`--watch` needs a folder to watch; leave `--url` out".to_owned(),
        ));
    };
    let watched = Watched {
        name: root.display().to_string(),
        paths: vec![root],
        except: report.as_ref().map(|report| report.file().to_owned()),
        again: "runs the checks now",
    };
    watch::repeat(&watched, ctx, &mut |_, ctx| match once(
        args,
        graded,
        (workspace.as_ref(), report.clone()),
        wanted.clone(),
        ctx,
    ) {
        Ok(_) => Ok(()),
        Err(Error::Unreachable(reason)) => ctx.say(&format!("error: {reason}")),
        Err(error) => Err(error),
    })?;
    Ok(Exit::Passed)
}

/// Grades the server at `--url` by a check file that belongs to no exercise: there is no progress to record.
fn by_file(args: &Args, path: &Path, ctx: &mut Context) -> Result<Exit, Error> {
    let path = ctx.folder.join(path);
    let folder = path.parent().unwrap_or(&ctx.folder).to_owned();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Mistakes are shown with their lines, which are read from where the file is.
    ctx.content = Source::Folder(folder.clone());
    let text = fs::read_text(&path).map_err(|e| Error::Usage(e.to_string()))?;
    let include = |included: &str| fs::read_text(&folder.join(included)).ok();
    let file = file::decode(&name, &text, &Anchors::new(), &include).map_err(Error::Content)?;
    let wanted = wanted(args, &[], &file)?;
    if args.list {
        list(&file, &wanted, ctx)?;
        return Ok(Exit::Passed);
    }
    let graded = Graded {
        title: &file.exercise,
        written: &[],
        file: &file,
    };
    let report = report_folder(args, ctx)?;
    let grade = once(args, graded, (None, report), wanted, ctx)?;
    Ok(session::exit(&grade))
}

/// The exercise that is meant, and the learner's folder for it.
fn exercise<'c>(
    args: &Args,
    course: &'c Course,
    ctx: &mut Context,
) -> Result<(&'c Exercise, Option<Workspace>), Error> {
    let here = ctx.workspace()?;
    let named = args
        .targets
        .iter()
        .find_map(|t| course.exercises.iter().find(|e| e.slug.as_str() == t));
    let exercise = match (named, &here) {
        (Some(exercise), _) => exercise,
        (None, Some(workspace)) => name::exercise(course, workspace.exercise.as_str())?,
        (None, None) => match args.targets.first() {
            Some(typed) => name::exercise(course, typed)?,
            None => return Err(hint::outside()),
        },
    };
    let mine = here.filter(|w| w.exercise == exercise.slug);
    if mine.is_some() || args.url.is_some() || args.list {
        return Ok((exercise, mine));
    }
    let started = ctx
        .progress()?
        .exercises
        .get(exercise.slug.as_str())
        .and_then(|e| e.started.clone());
    let folder = started.filter(|folder| Path::new(folder).join("course.toml").is_file());
    match folder {
        Some(folder) => {
            let workspace =
                Workspace::read(Path::new(&folder)).map_err(|e| Error::Usage(e.to_string()))?;
            writeln!(ctx.err, "checking your folder {folder}")?;
            Ok((exercise, Some(workspace)))
        }
        None => Err(Error::Usage(format!(
            "you have not started `{0}`; type `course start {0}` first",
            exercise.slug
        ))),
    }
}

/// The ids of the checks that are meant.
fn wanted(args: &Args, exercises: &[Exercise], file: &CheckFile) -> Result<Vec<String>, Error> {
    let ids: Vec<&str> = file.checks.iter().map(|c| c.id.as_str()).collect();
    let is_exercise = |t: &&String| exercises.iter().any(|e| e.slug.as_str() == t.as_str());
    let typed = args
        .targets
        .iter()
        .filter(|t| !is_exercise(t))
        .chain(&args.only);
    typed
        .map(|typed| {
            let id = typed.split('[').next().unwrap_or(typed);
            name::pick("check", id, &ids).map(|place| ids[place].to_owned())
        })
        .collect()
}

fn list(file: &CheckFile, wanted: &[String], ctx: &mut Context) -> Result<(), Error> {
    let width = file.checks.iter().map(|c| c.id.len()).max().unwrap_or(0);
    for check in file
        .checks
        .iter()
        .filter(|c| wanted.is_empty() || wanted.contains(&c.id))
    {
        let points = format!("{} points", check.points);
        let (id, level) = (&check.id, check.level.name());
        writeln!(
            ctx.out,
            "{id:width$}  {level}  {points:>9}  {}",
            check.title
        )?;
    }
    Ok(())
}

/// What is graded.
#[derive(Clone, Copy)]
struct Graded<'c> {
    title: &'c str,
    /// The written questions.
    written: &'c [Question],
    file: &'c CheckFile,
}

/// The folder that the page goes into, when one is wanted.
fn report_folder(args: &Args, ctx: &Context) -> Result<Option<ReportFolder>, Error> {
    let folder = args.report.as_ref();
    folder
        .map(|folder| ReportFolder::open(&ctx.folder.join(folder)))
        .transpose()
}

/// One run: grade, record, report.
fn once(
    args: &Args,
    graded: Graded<'_>,
    (workspace, report): (Option<&Workspace>, Option<ReportFolder>),
    wanted: Vec<String>,
    ctx: &mut Context,
) -> Result<Grade, Error> {
    let submission = submission(args, workspace, ctx)?;
    let managed = matches!(submission, Submission::Managed { .. });
    if let Submission::Managed { command, folder } = &submission {
        runtime(command, folder, workspace, ctx)?;
    }
    let answers = match workspace.filter(|_| managed) {
        Some(workspace) => Some(Answers::load(&workspace.root)?),
        None => None,
    };
    let guesses = match &answers {
        Some(answers) => answer::guesses(graded.written, answers, graded.file, &ctx.progress()?),
        None => Vec::new(),
    };
    let session = Session {
        answered: answers.as_ref().map(Answers::judged),
        guesses,
        report,
        submission,
        title: graded.title.to_owned(),
        seed: args
            .seed
            .as_deref()
            .map_or_else(|| session::fresh_seed(ctx), Seed::new),
        wanted,
        database: args.database,
        after_failure: match (args.hold, args.fail_fast) {
            (true, _) => AfterFailure::Hold,
            (false, true) => AfterFailure::Stop,
            (false, false) => AfterFailure::GoOn,
        },
        format: args.format,
        verbosity: if args.verbose {
            Verbosity::All
        } else {
            Verbosity::First
        },
        mask: if args.show_secrets {
            Mask::open()
        } else {
            Mask::default()
        },
    };
    let grade = session::grade(session, graded.file, ctx)?;
    if managed {
        record(&grade, ctx)?;
    }
    Ok(grade)
}

/// The server under test: the one in the learner's folder, or the one at `--url`.
fn submission(
    args: &Args,
    workspace: Option<&Workspace>,
    ctx: &mut Context,
) -> Result<Submission, Error> {
    if let Some(typed) = &args.url {
        let address = address::find(typed)?;
        if address.place == Place::Elsewhere {
            ctx.say(&format!(
                "note: {} is not on this machine; requests leave it",
                address.url
            ))?;
        }
        return Ok(Submission::Url(address.url));
    }
    let workspace = workspace.ok_or_else(hint::outside)?;
    managed(workspace)
}

/// Says what to install when the program that runs the server is not there.
fn runtime(
    command: &[String],
    folder: &Path,
    workspace: Option<&Workspace>,
    ctx: &Context,
) -> Result<(), Error> {
    let Some(program) = command.first() else {
        return Ok(());
    };
    if program.contains('/') && folder.join(program).exists()
        || tool::find(program, &ctx.env).is_some()
    {
        return Ok(());
    }
    let languages = crate::exercises::languages(&ctx.content).unwrap_or_default();
    let mine = languages
        .iter()
        .find(|l| workspace.is_some_and(|w| w.language == l.slug));
    let need = mine.and_then(|l| l.needs.iter().find(|need| need.command == *program));
    let advice = need.map_or_else(
        || "install it, or mend `run` in course.toml".to_owned(),
        |need| need.install.clone(),
    );
    Err(Error::Unreachable(format!(
        "the program `{program}` is not installed. {advice}"
    )))
}

/// Makes sure that the program which runs the server is there, when it is one that the language needs.
///
/// # Errors
/// What to install, when it is not.
pub fn installed(course: &Course, workspace: &Workspace, ctx: &Context) -> Result<(), Error> {
    let command = shlex::split(&workspace.run).unwrap_or_default();
    let mut languages = course.languages.iter();
    let language = languages.find(|l| l.slug == workspace.language);
    let need = language
        .into_iter()
        .flat_map(|l| &l.needs)
        .find(|need| command.first() == Some(&need.command));
    match need {
        Some(need) if tool::find(&need.command, &ctx.env).is_none() => Err(Error::Unreachable(
            format!("`{}` is not installed. {}", need.command, need.install),
        )),
        _ => Ok(()),
    }
}

/// The command and folder of a learner's server.
///
/// # Errors
/// When `course.toml` does not say how to run it, or its packages are not installed.
pub fn managed(workspace: &Workspace) -> Result<Submission, Error> {
    let file = workspace.root.join("course.toml");
    let command = shlex::split(&workspace.run).unwrap_or_default();
    if command.is_empty() {
        return Err(Error::Unreachable(format!(
            "`{}` does not say how to start your server; write for example run = \"./my-server\"",
            file.display()
        )));
    }
    let packages = tool::needs_packages(&workspace.root);
    if let Some(install) = workspace.install.as_ref().filter(|_| packages)
        && !workspace.root.join("node_modules").is_dir()
    {
        return Err(Error::Unreachable(format!(
            "the packages of your server are not installed; type `{install}` in {}",
            workspace.root.display()
        )));
    }
    Ok(Submission::Managed {
        command,
        folder: workspace.root.clone(),
    })
}

/// Keeps the outcomes for `course`, `course hint` and `course solution`. A run of some checks leaves the marks of the
/// others as they were.
fn record(grade: &Grade, ctx: &mut Context) -> Result<(), Error> {
    let at = moment::text(session::moment(ctx));
    let marks: Vec<CheckMark> = grade
        .checks()
        .iter()
        .map(|(id, outcome)| CheckMark {
            id: (*id).to_owned(),
            outcome: outcome.name().to_owned(),
        })
        .collect();
    let grade = grade.clone();
    ctx.record(move |progress| {
        let before = progress
            .exercises
            .get(&grade.exercise)
            .and_then(|e| e.last_check.clone());
        let whole = grade.remark.is_empty();
        let mut last = LastCheck {
            at,
            seed: grade.seed.clone(),
            earned: grade.earned,
            total: grade.total,
            checks: marks,
            ..LastCheck::default()
        };
        if let Some(before) = before.filter(|_| !whole) {
            let fresh = std::mem::take(&mut last.checks);
            last.earned = before.earned;
            last.total = before.total;
            last.checks = before.checks;
            for mark in fresh {
                match last.checks.iter_mut().find(|m| m.id == mark.id) {
                    Some(known) => *known = mark,
                    None => last.checks.push(mark),
                }
            }
        }
        progress.record(&grade.exercise, last, grade.passed);
        progress.measure(&grade.exercise, grade.figures());
    })?;
    Ok(())
}

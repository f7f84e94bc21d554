//! `course lint`: every mistake in a course's files at once.

use std::path::{Path, PathBuf};

use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::source::Source;
use crate::base::text::{count, nearest};
use crate::course::format;
use crate::lint::{self, reference, rules};
use crate::render::diagnostic::diagnostics;
use crate::render::lint as report;
use crate::render::markdown;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;

/// How the mistakes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people, with the line and a caret
    Human,
    /// For programs: course-lint/v1
    Json,
    /// For GitHub, as annotations of a change
    Github,
}

/// What may stand behind `course lint`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  course lint                  # the course in this folder\n  course lint checks           \
                       # what concerns its checks\n  course lint --explain E102   # what a rule is about\n  course lint --since ../v1    # did a name \
                       change that learners know?\n\nThe course is the \
                       folder of `--content`, or this folder when it holds lessons/, exercises/ or checks/, or else the one \
                       inside `course`. Exit code 4 means errors."
)]
pub struct Args {
    /// Show only what concerns these files and folders, or another course
    pub path: Vec<PathBuf>,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
    /// Find names that this earlier version of the course has and learners would lose
    #[arg(long, value_name = "DIR")]
    pub since: Option<PathBuf>,
    /// Show only this rule; may be given several times
    #[arg(long, value_name = "ID")]
    pub rule: Vec<String>,
    /// End with exit code 4 on warnings, too
    #[arg(long)]
    pub warnings_as_errors: bool,
    /// Explain a rule, and do nothing else
    #[arg(long, value_name = "ID", conflicts_with_all = ["path", "since", "rule", "format", "warnings_as_errors"])]
    pub explain: Option<String>,
}

/// Shows the mistakes.
///
/// # Errors
/// When a path or rule does not exist.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    if let Some(id) = &args.explain {
        let text = reference::explanation(rule(id)?);
        markdown::page(&text, &ctx.surface, &mut ctx.out)?;
        ctx.next("course lint")?;
        return Ok(Exit::Passed);
    }
    for id in &args.rule {
        rule(id)?;
    }
    let (source, inside) = scope(args, ctx)?;
    let earlier = args.since.as_ref();
    let earlier = earlier
        .map(|folder| earlier_course(folder, ctx))
        .transpose()?;
    let mut found = lint::lint(&source, earlier.as_ref(), &markdown::can_draw);
    found.retain(|d| inside.is_empty() || inside.iter().any(|path| is_below(&d.file, path)));
    found.retain(|d| {
        args.rule.is_empty() || args.rule.iter().any(|id| d.id.eq_ignore_ascii_case(id))
    });
    let text_of = |path: &str| source.text(path).ok();
    match args.format {
        Format::Human => human(&found, &source, ctx)?,
        Format::Json => {
            let text = report::json(&found, lint::files(&source), &text_of);
            write!(ctx.out, "{text}")?;
        }
        Format::Github => {
            let root = match &source {
                Source::Folder(root) => prefix(root, &ctx.folder),
                Source::Embedded => String::new(),
            };
            let text = report::github(&found, &root, &text_of);
            write!(ctx.out, "{text}")?;
        }
    }
    let bad = |d: &Diagnostic| args.warnings_as_errors || d.severity == Severity::Error;
    Ok(if found.iter().any(bad) {
        Exit::Fault
    } else {
        Exit::Passed
    })
}

/// The course in the folder that is given as its earlier version.
fn earlier_course(folder: &Path, ctx: &Context) -> Result<Source, Error> {
    let root = ctx.folder.join(folder);
    if is_course(&root) {
        Ok(Source::Folder(root))
    } else {
        Err(Error::Usage(format!(
            "`{}` is no course; `git worktree add ../v1 v1` puts an earlier version into a folder",
            folder.display()
        )))
    }
}

fn human(found: &[Diagnostic], source: &Source, ctx: &mut Context) -> Result<(), Error> {
    let text = diagnostics(found, &|path| source.text(path).ok(), &ctx.surface);
    if !text.is_empty() {
        writeln!(ctx.out, "{text}")?;
    }
    let (errors, warnings) = report::counts(found);
    let files = count(lint::files(source), "file");
    let sum = match (errors, warnings) {
        (0, 0) => "no mistakes".to_owned(),
        (0, w) => count(w, "warning"),
        (e, 0) => count(e, "error"),
        (e, w) => format!("{} and {}", count(e, "error"), count(w, "warning")),
    };
    writeln!(ctx.out, "{sum} in {files}")?;
    let first = found
        .iter()
        .find(|d| d.severity == Severity::Error)
        .or(found.first());
    match first {
        Some(first) => ctx.next(&format!("course lint --explain {}", first.id)),
        None => ctx.next("course demo"),
    }
}

fn rule(id: &str) -> Result<&'static rules::Rule, Error> {
    rules::find(id).ok_or_else(|| {
        let ids: Vec<&str> = rules::all().map(|r| r.id).collect();
        let near = nearest(&id.to_uppercase(), ids).unwrap_or("E102");
        Error::Usage(format!(
            "there is no rule `{id}`; ids look like `{near}`, and docs/lint-rules.md lists all"
        ))
    })
}

/// The course that an author works on: `--content`, or this folder when it is one, or the one inside `course`.
pub(super) fn author_source(ctx: &Context) -> Source {
    match &ctx.content {
        Source::Embedded if is_course(&ctx.folder) => Source::Folder(ctx.folder.clone()),
        other => other.clone(),
    }
}

/// Whether a folder holds a course.
pub(super) fn is_course(folder: &Path) -> bool {
    folder.join(format::FILE).is_file()
        || ["lessons", "exercises", "checks"]
            .iter()
            .any(|name| folder.join(name).is_dir())
}

/// The course, and the paths inside it that were asked for.
fn scope(args: &Args, ctx: &Context) -> Result<(Source, Vec<String>), Error> {
    if let [one] = args.path.as_slice()
        && is_course(&ctx.folder.join(one))
    {
        return Ok((Source::Folder(ctx.folder.join(one)), Vec::new()));
    }
    let source = author_source(ctx);
    if let Source::Folder(root) = &source
        && !root.is_dir()
    {
        return Err(Error::Usage(format!(
            "there is no folder `{}`",
            root.display()
        )));
    }
    let inside = args.path.iter().map(|path| place(path, &source, ctx));
    Ok((source.clone(), inside.collect::<Result<_, _>>()?))
}

/// A path as the course calls it.
fn place(path: &Path, source: &Source, ctx: &Context) -> Result<String, Error> {
    let gone = || {
        Error::Usage(format!(
            "the course has no file or folder `{}`; give a path in lessons/, exercises/ or checks/",
            path.display()
        ))
    };
    let named = path.to_string_lossy().trim_end_matches('/').to_owned();
    if let Source::Folder(root) = source {
        let root = root.canonicalize().map_err(|_| gone())?;
        let whole = [ctx.folder.join(path), root.join(path)];
        let whole = whole
            .iter()
            .find_map(|p| p.canonicalize().ok())
            .ok_or_else(gone)?;
        let inside = whole.strip_prefix(&root).map_err(|_| gone())?;
        return Ok(inside.to_string_lossy().replace('\\', "/"));
    }
    let there = source.has(&named) || source.below(&named).is_ok_and(|files| !files.is_empty());
    there.then_some(named).ok_or_else(gone)
}

fn is_below(file: &str, path: &str) -> bool {
    path.is_empty()
        || file == path
        || file
            .strip_prefix(path)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// The path from the current folder to the course, with a slash at its end; empty when it is the same.
fn prefix(root: &Path, folder: &Path) -> String {
    let (Ok(root), Ok(folder)) = (root.canonicalize(), folder.canonicalize()) else {
        return String::new();
    };
    match root.strip_prefix(&folder) {
        Ok(rest) if rest.as_os_str().is_empty() => String::new(),
        Ok(rest) => format!("{}/", rest.to_string_lossy().replace('\\', "/")),
        Err(_) => format!("{}/", root.display()),
    }
}

//! `course start`: copies the starter of an exercise into a folder of the learner's.

use std::path::PathBuf;

use crate::base::slug::Slug;
use crate::base::text::nearest;
use crate::course::Course;
use crate::exercises::{Exercise, File, Language};
use crate::learner::Workspace;
use crate::learner::workspace::FILE;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::status::quoted;
use super::{copy, name, tool};

/// What may stand behind `course start`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example:\n  course start stateless-refactor --language python\n  course start stateless-refactor ~/work/refactor"
)]
pub struct Args {
    /// The exercise
    #[arg(index = 1)]
    pub exercise: String,
    /// The language of the starter
    #[arg(long, value_name = "LANGUAGE")]
    pub language: Option<String>,
    /// Where to put it [default: a folder named after the exercise]
    #[arg(index = 2)]
    pub dir: Option<PathBuf>,
}

impl Args {
    /// Starts this exercise, with everything else left to `course`.
    #[must_use]
    pub fn of(exercise: &Exercise) -> Self {
        Self {
            exercise: exercise.slug.to_string(),
            language: None,
            dir: None,
        }
    }
}

/// Copies the starter and says how to go on.
///
/// # Errors
/// When there is no such exercise or language, or a file is in the way. Then nothing was written.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    let course = ctx.course()?;
    let exercise = name::exercise(&course, &args.exercise)?;
    let language = language(&course, exercise, args.language.as_deref(), ctx)?;
    let dir = args
        .dir
        .clone()
        .unwrap_or_else(|| PathBuf::from(exercise.slug.as_str()));
    let root = ctx.folder.join(&dir);
    if root.join(FILE).is_file() {
        return Err(Error::Usage(format!(
            "`{0}` already holds work; go on there (`cd {1}`), put the starter back with `course reset`, or give another folder",
            dir.display(),
            quoted(&dir)
        )));
    }
    let workspace = Workspace {
        root,
        exercise: exercise.slug.clone(),
        language: language.slug.clone(),
        run: language.run.clone(),
        install: language.install.clone(),
    };
    copy::into(&workspace.root, &files(exercise, &workspace, ctx)?)?;
    let root = std::fs::canonicalize(&workspace.root).unwrap_or_else(|_| workspace.root.clone());
    ctx.record_if_possible(|p| {
        p.exercise(exercise.slug.as_str()).started = Some(root.to_string_lossy().into_owned());
    })?;
    // A list of packages may be empty.
    let nothing = root.join("package.json").is_file() && !tool::needs_packages(&root);
    let install = language.install.as_deref().filter(|_| !nothing);
    tell(&dir, exercise, (language, install), ctx)?;
    let mut steps = Vec::new();
    if root != ctx.folder {
        steps.push(format!("cd {}", quoted(&dir)));
    }
    steps.extend(install.map(str::to_owned));
    steps.push("course check".to_owned());
    let command = steps.join(" && ");
    ctx.next(&command)?;
    Ok(Exit::Passed)
}

/// The starter, the brief beside it, and `course.toml`.
fn files(exercise: &Exercise, workspace: &Workspace, ctx: &Context) -> Result<Vec<File>, Error> {
    let mut files = exercise.starter(&ctx.content, &workspace.language)?;
    if !files.iter().any(|f| f.path == "README.md") {
        files.push(File {
            path: "README.md".to_owned(),
            bytes: exercise.brief.clone().into_bytes(),
        });
    }
    files.push(File {
        path: FILE.to_owned(),
        bytes: workspace.to_text().into_bytes(),
    });
    Ok(files)
}

fn tell(
    dir: &std::path::Path,
    exercise: &Exercise,
    (language, install): (&Language, Option<&str>),
    ctx: &mut Context,
) -> Result<(), Error> {
    let whose = if language.run.is_empty() {
        ", for a language of your choice,".to_owned()
    } else {
        format!(" in {}", language.name)
    };
    writeln!(
        ctx.out,
        "{}{whose} is in `{}`.\n",
        exercise.title,
        dir.display()
    )?;
    writeln!(ctx.out, "  README.md    what to do, and the whole contract")?;
    for file in &language.edit {
        writeln!(ctx.out, "  {file:<12} where to begin")?;
    }
    if language.run.is_empty() {
        writeln!(
            ctx.out,
            "  {FILE:<12} write into `run` how your server is started"
        )?;
    } else {
        writeln!(
            ctx.out,
            "  {FILE:<12} says how your server is started: {}",
            language.run
        )?;
    }
    if let Some(install) = install {
        writeln!(ctx.out, "\nRun this once in the folder: {install}")?;
    }
    for lack in tool::missing(language, &ctx.env) {
        ctx.say(&format!("note: {lack}"))?;
    }
    Ok(())
}

/// The language asked for; else the only one whose programs are installed; else the learner is asked; else Python.
fn language<'c>(
    course: &'c Course,
    exercise: &Exercise,
    typed: Option<&str>,
    ctx: &mut Context,
) -> Result<&'c Language, Error> {
    let starters = exercise.starters(&ctx.content)?;
    let offered: Vec<&Language> = course
        .languages
        .iter()
        .filter(|l| starters.contains(&l.slug))
        .collect();
    let slugs: Vec<&str> = offered.iter().map(|l| l.slug.as_str()).collect();
    if let Some(typed) = typed {
        let noun = format!("starter of `{}` in", exercise.slug);
        return Ok(offered[name::pick(&noun, typed, &slugs)?]);
    }
    let installed = |l: &&&Language| {
        !l.needs.is_empty()
            && l.needs
                .iter()
                .all(|n| tool::find(&n.command, &ctx.env).is_some())
    };
    let ready: Vec<&Language> = offered.iter().filter(installed).copied().collect();
    match (ready.as_slice(), offered.as_slice()) {
        (_, []) => Err(Error::Usage(format!(
            "the exercise `{}` has no starter yet",
            exercise.slug
        ))),
        ([only], _) | (_, [only]) => Ok(only),
        _ if ctx.interactive => choose(&offered, ctx),
        (_, [first, ..]) => {
            let python = Slug::from_heading("python");
            Ok(offered.iter().find(|l| l.slug == python).unwrap_or(first))
        }
    }
}

fn choose<'c>(offered: &[&'c Language], ctx: &mut Context) -> Result<&'c Language, Error> {
    let slugs: Vec<&str> = offered.iter().map(|l| l.slug.as_str()).collect();
    for language in offered {
        writeln!(ctx.out, "  {:<10} {}", language.slug, language.name)?;
    }
    loop {
        let Some(answer) = ctx.ask("Which language?")? else {
            return Err(Error::Usage(
                "no language was chosen; add `--language`".to_owned(),
            ));
        };
        let found = offered
            .iter()
            .find(|l| l.slug.as_str() == answer || l.name.eq_ignore_ascii_case(&answer));
        if let Some(language) = found {
            return Ok(language);
        }
        match nearest(&answer, slugs.iter().copied()) {
            Some(near) => writeln!(ctx.out, "Did you mean {near}?")?,
            None => writeln!(ctx.out, "Please type one of {}.", slugs.join(", "))?,
        }
    }
}

//! `course new`: files for a lesson, an exercise or a check that lint clean and say what to fill in.

use std::path::Path;

use crate::base::fs;
use crate::base::slug::{Slug, numbered};
use crate::base::source::Source;
use crate::checks::document;
use crate::course::format;
use crate::exercises;
use crate::lint::file;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::lint::author_source;

const LESSON: &str = include_str!("templates/lesson.md");
const EXERCISE: &str = include_str!("templates/exercise.toml");
const README: &str = include_str!("templates/README.md");
const CHECKS: &str = include_str!("templates/checks.toml");
const CHECK: &str = include_str!("templates/check.toml");
const LICENSE: &str = include_str!("templates/LICENSE");
const SERVER: &str = include_str!("templates/server.py");
const LANGUAGES: &str =
    "[python]\nname = \"Python\"\nrun = \"python3 server.py\"\nedit = [\"server.py\"]\n";
const EXPECT: &str =
    "wrong     = \"It drops what is posted.\"\nrun       = @RUN@\nmust_fail = [\"remembers\"]\n";

/// What may stand behind `course new`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  course new lesson caching\n  course new exercise notes\n  course new check notes \
                       survives-restart\n\nWorks in a folder that holds a course or nothing, or in that of \
                       `--content`. It never overwrites a file."
)]
pub struct Args {
    /// What to make
    #[command(subcommand)]
    pub what: What,
}

/// What can be made.
#[derive(Debug, clap::Subcommand)]
pub enum What {
    /// A lesson with the next number
    #[command(after_long_help = "Example:\n  course new lesson caching")]
    Lesson {
        /// Its name, such as `where-state-lives`
        slug: String,
    },
    /// An exercise with checks, a starter, a solution and a broken server
    #[command(after_long_help = "Example:\n  course new exercise notes")]
    Exercise {
        /// Its name, such as `stateless-refactor`
        slug: String,
    },
    /// One more check of an exercise
    #[command(after_long_help = "Example:\n  course new check notes survives-restart")]
    Check {
        /// The exercise
        exercise: String,
        /// The id of the check
        id: String,
    },
}

/// Writes the files.
///
/// # Errors
/// When there is no course here, a name is taken or is no slug, or a file cannot be written.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    let source = match author_source(ctx) {
        Source::Embedded if is_empty(&ctx.folder) => Source::Folder(ctx.folder.clone()),
        other => other,
    };
    let Source::Folder(root) = &source else {
        return Err(Error::Usage(
            "this folder holds other things than a course; go to an empty folder, to one with lessons/ or exercises/, or name \
             it with --content DIR"
                .to_owned(),
        ));
    };
    format::check(&source)?;
    let made = match &args.what {
        What::Lesson { slug } => lesson(&source, root, &valid(slug)?)?,
        What::Exercise { slug } => exercise(&source, root, &valid(slug)?)?,
        What::Check { exercise, id } => check(&source, root, &valid(exercise)?, &valid(id)?)?,
    };
    let mut first = unless_there(&source, format::FILE, format::TEXT);
    if !file::is_licensed(root) {
        first.push((file::LICENCE.to_owned(), LICENSE.to_owned()));
    }
    let first = write(root, &first)?;
    for path in first.iter().chain(&made) {
        writeln!(ctx.out, "wrote {path}")?;
    }
    writeln!(ctx.out, "\nFill in what says so: search for \"Fill in\".")?;
    ctx.next("course lint")?;
    Ok(Exit::Passed)
}

/// Whether a folder holds nothing but, perhaps, what git keeps there.
fn is_empty(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return false;
    };
    entries.flatten().all(|entry| entry.file_name() == ".git")
}

/// A file that a course needs once, unless the course has it.
fn unless_there(source: &Source, path: &str, text: &str) -> Vec<(String, String)> {
    if source.has(path) {
        Vec::new()
    } else {
        vec![(path.to_owned(), text.to_owned())]
    }
}

fn valid(name: &str) -> Result<Slug, Error> {
    Slug::new(name).map_err(|error| Error::Usage(error.to_string()))
}

/// A heading made of a slug: `where-state-lives` becomes `Where state lives`.
fn title(slug: &Slug) -> String {
    let words = slug.as_str().replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Writes all files, or none when one of them is there.
fn write(root: &Path, files: &[(String, String)]) -> Result<Vec<String>, Error> {
    if let Some((path, _)) = files.iter().find(|(path, _)| root.join(path).exists()) {
        return Err(Error::Usage(format!(
            "`{path}` is there already; choose another name"
        )));
    }
    for (path, text) in files {
        fs::write(&root.join(path), text.as_bytes())?;
    }
    Ok(files.iter().map(|(path, _)| path.clone()).collect())
}

/// The numbers and slugs of all lessons.
fn lessons(source: &Source) -> Result<Vec<(u32, Slug)>, Error> {
    let paths = source.below("lessons")?;
    let stem = |p: &String| {
        p.strip_prefix("lessons/")?
            .strip_suffix(".md")
            .map(str::to_owned)
    };
    Ok(paths
        .iter()
        .filter_map(stem)
        .filter_map(|s| numbered(&s).ok())
        .collect())
}

fn lesson(source: &Source, root: &Path, slug: &Slug) -> Result<Vec<String>, Error> {
    let lessons = lessons(source)?;
    if lessons.iter().any(|(_, taken)| taken == slug) {
        return Err(Error::Usage(format!(
            "there is a lesson `{slug}` already; choose another name"
        )));
    }
    let number = lessons.iter().map(|(n, _)| n + 1).max().unwrap_or(1);
    let text = LESSON.replace("@TITLE@", &title(slug));
    write(root, &[(format!("lessons/{number:02}-{slug}.md"), text)])
}

fn exercise(source: &Source, root: &Path, slug: &Slug) -> Result<Vec<String>, Error> {
    let order = source
        .below("exercises")?
        .iter()
        .filter(|p| p.ends_with("/exercise.toml"))
        .filter_map(|p| source.text(p).ok()?.parse::<toml::Table>().ok())
        .filter_map(|t| t.get("order").and_then(toml::Value::as_integer))
        .max()
        .unwrap_or(0)
        + 1;
    let lesson = lessons(source)?
        .into_iter()
        .max_by_key(|(number, _)| *number);
    // Without a lesson there is nothing to name yet, and lint will ask for it.
    let checks = match lesson {
        Some((_, lesson)) => CHECKS.replace("@LESSON@", lesson.as_str()),
        None => CHECKS.replace("lesson = \"@LESSON@\"\n", ""),
    };
    let home = format!("exercises/{slug}");
    let keeps = SERVER.replace("@KEEP@", "notes.append(text)");
    let first_only = SERVER.replace(
        "@KEEP@",
        "pass  # Fill in: the fault that the learner mends.",
    );
    let drops = SERVER.replace("@KEEP@", "notes.append(\"\")");
    let title = title(slug);
    let (run, name) = python(source)?;
    let files = vec![
        (
            format!("{home}/exercise.toml"),
            EXERCISE
                .replace("@TITLE@", &title)
                .replace("@ORDER@", &order.to_string()),
        ),
        (
            format!("{home}/README.md"),
            README.replace("@TITLE@", &title),
        ),
        (format!("{home}/starters/python/{name}"), first_only),
        (format!("{home}/solutions/python/{name}"), keeps),
        (format!("{home}/broken/drops-notes/{name}"), drops),
        (
            format!("{home}/broken/drops-notes/expect.toml"),
            EXPECT.replace("@RUN@", &toml::Value::String(run).to_string()),
        ),
        (
            format!("checks/{slug}.toml"),
            checks.replace("@SLUG@", slug.as_str()),
        ),
    ];
    let mut made = write(root, &files)?;
    made.extend(languages(source, root)?);
    Ok(made)
}

/// How this course starts a server in Python, and the file that it starts.
fn python(source: &Source) -> Result<(String, String), Error> {
    let known = exercises::languages(source)?;
    let run = known
        .into_iter()
        .find(|l| l.slug.as_str() == "python")
        .map_or_else(|| "python3 server.py".to_owned(), |l| l.run);
    let words = shlex::split(&run).unwrap_or_default();
    let file = words.into_iter().find(|word| {
        let path = Path::new(word);
        path.extension().is_some_and(|e| e == "py")
    });
    Ok((run, file.unwrap_or_else(|| "server.py".to_owned())))
}

/// Adds Python to the languages of a course that has it not.
fn languages(source: &Source, root: &Path) -> Result<Vec<String>, Error> {
    const PATH: &str = "exercises/languages.toml";
    let known = exercises::languages(source)?;
    if known.iter().any(|l| l.slug.as_str() == "python") {
        return Ok(Vec::new());
    }
    let before = if source.has(PATH) {
        format!("{}\n\n", source.text(PATH)?.trim_end())
    } else {
        String::new()
    };
    fs::replace(&root.join(PATH), format!("{before}{LANGUAGES}").as_bytes())?;
    Ok(vec![PATH.to_owned()])
}

/// Adds a check at the end of the exercise's check file, and to the brief's list when there is one.
fn check(source: &Source, root: &Path, exercise: &Slug, id: &Slug) -> Result<Vec<String>, Error> {
    let path = format!("checks/{exercise}.toml");
    let brief = format!("exercises/{exercise}/README.md");
    if !source.has(&path) {
        return Err(Error::Usage(format!(
            "there is no `{path}`; make the exercise first: course new exercise {exercise}"
        )));
    }
    let text = source.text(&path)?;
    let (document, mistakes) = document::parse(&path, &text);
    if !mistakes.is_empty() {
        return Err(Error::Content(mistakes));
    }
    let checks = document
        .at("check")
        .map(document::Node::items)
        .unwrap_or_default();
    if checks
        .iter()
        .any(|c| c.at("id").and_then(document::Node::text) == Some(id.as_str()))
    {
        return Err(Error::Usage(format!(
            "`{exercise}` has a check `{id}` already; choose another id"
        )));
    }
    let instance = document.at("instance").and_then(|i| i.entries().first());
    let on = instance.map_or("a", |entry| &*entry.key);
    let added = CHECK.replace("@SLUG@", id.as_str()).replace("@ON@", on);
    fs::replace(
        &root.join(&path),
        format!("{}\n{added}", text.trim_end()).as_bytes(),
    )?;
    let mut made = vec![path];
    if source.has(&brief) {
        let text = source.text(&brief)?;
        let row = format!("| `{id}` | Fill in: what it looks at |");
        // The last row of a table of checks is where the next one goes.
        let mut lines: Vec<&str> = text.lines().collect();
        let last = lines.iter().rposition(|line| line.starts_with("| `"));
        lines.insert(last.map_or(lines.len(), |at| at + 1), &row);
        fs::replace(
            &root.join(&brief),
            format!("{}\n", lines.join("\n")).as_bytes(),
        )?;
        made.push(brief);
    }
    Ok(made)
}

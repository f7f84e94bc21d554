//! `course preview`: a lesson or a check as its learner meets it, shown anew whenever the file is saved.
//!
//! The first time all of it is shown, and after a save what is nearest the change: the section, the question, the check.

mod lesson;
mod trial;

use std::path::{Path, PathBuf};

use crate::base::diagnostic::line_column;
use crate::base::source::Source;
use crate::checks::check::{Check, CheckFile};
use crate::checks::file::{self, Anchors};
use crate::course::{Course, format};
use crate::render::{check, markdown};

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::watch::{self, Cause, Watched};
use super::{mistakes, name, session};

/// What may stand behind `course preview`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  course preview lessons/04-where-state-lives.md\n  course preview checks/notes.toml --check remembers\n  \
                       course preview checks/notes.toml --against broken/drops-notes   # when saved\n\nOn a terminal it \
                       stays, and shows what is nearest the change whenever the file is saved. Through a pipe it shows all of it \
                       once."
)]
pub struct Args {
    /// A lesson, a check file, or any page of Markdown
    file: PathBuf,
    /// Only this check, and when it is run, what it needs
    #[arg(long, value_name = "CHECK")]
    check: Option<String>,
    /// Run the checks on this server: solution, starter or broken/NAME
    #[arg(long, value_name = "SERVER")]
    against: Option<String>,
    /// Run them with these random values
    #[arg(long, value_name = "SEED", requires = "against")]
    seed: Option<String>,
}

/// A file that is being written, and what was seen of it last.
struct Preview<'a> {
    args: &'a Args,
    /// Its path inside the course.
    path: String,
    seen: String,
    /// The check that was changed last.
    check: Option<String>,
}

/// Shows the file, once or again and again.
///
/// # Errors
/// When there is no such file, and when it is shown once, its mistakes.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    let file = find(&args.file, ctx)?;
    let is_page = file.extension().is_some_and(|e| e == "md");
    let (root, path) = place(&file, is_page)?;
    if is_page && (args.check.is_some() || args.against.is_some()) {
        return Err(Error::Usage(format!(
            "`--check` and `--against` are for check files, and `{path}` is none"
        )));
    }
    ctx.content = Source::Folder(root.clone());
    format::check(&ctx.content)?;
    let mut preview = Preview {
        args,
        path,
        seen: String::new(),
        check: args.check.clone(),
    };
    if !ctx.interactive {
        return preview.show(Cause::First, ctx);
    }
    let watched = Watched {
        paths: if is_page {
            vec![file]
        } else {
            let checks = root.join("checks");
            let servers = root.join("exercises");
            let both = args.against.is_some() && servers.is_dir();
            [checks]
                .into_iter()
                .chain(both.then_some(servers))
                .collect()
        },
        name: preview.path.clone(),
        except: None,
        again: "shows all of it",
    };
    watch::repeat(&watched, ctx, &mut |cause, ctx| {
        // What was above goes on being in the scrollback.
        write!(ctx.out, "\x1b[2J\x1b[H")?;
        match preview.show(cause, ctx) {
            Ok(_) => Ok(()),
            Err(error @ (Error::Interrupted | Error::BrokenPipe)) => Err(error),
            Err(error) => {
                ctx.out.flush()?;
                if let Error::Content(list) = &error {
                    let text = mistakes::text(list, ctx);
                    write!(ctx.err, "{text}")?;
                }
                ctx.say(&format!("error: {error}"))
            }
        }
    })?;
    Ok(Exit::Passed)
}

/// The file that is meant: from here, or from the root of the course.
fn find(typed: &Path, ctx: &Context) -> Result<PathBuf, Error> {
    let mut places = vec![ctx.folder.join(typed)];
    if let Source::Folder(root) = &ctx.content {
        places.push(root.join(typed));
    }
    let there = places.iter().find(|path| path.is_file());
    there
        .and_then(|path| path.canonicalize().ok())
        .ok_or_else(|| {
            Error::Usage(format!(
                "there is no file `{}`; name a lesson in lessons/ or a check file in checks/",
                typed.display()
            ))
        })
}

/// The course that a file belongs to, and its path in there.
fn place(file: &Path, is_page: bool) -> Result<(PathBuf, String), Error> {
    let home = if is_page { "lessons" } else { "checks" };
    let mut folders = file.ancestors().skip(1);
    let root = folders
        .find(|folder| folder.ends_with(home))
        .and_then(Path::parent);
    let root = match root {
        Some(root) => root,
        // Any page can be shown, also one that belongs to no course.
        None if is_page => file.parent().unwrap_or(file),
        None => {
            return Err(Error::Usage(format!(
                "`{}` is neither a page of Markdown nor a file in a folder checks/",
                file.display()
            )));
        }
    };
    let inside = file.strip_prefix(root).unwrap_or(file);
    Ok((root.to_owned(), inside.to_string_lossy().replace('\\', "/")))
}

impl Preview<'_> {
    fn show(&mut self, cause: Cause, ctx: &mut Context) -> Result<Exit, Error> {
        let text = ctx.content.text(&self.path)?;
        let change = first_difference(&self.seen, &text).filter(|_| cause == Cause::Saved);
        self.seen.clone_from(&text);
        if !has_ending(&self.path, "toml") {
            for page in lesson::pages(&self.path, &text, change)? {
                markdown::page(&page, &ctx.surface, &mut ctx.out)?;
                writeln!(ctx.out)?;
            }
            return Ok(Exit::Passed);
        }
        let file = self.checks(&text, ctx)?;
        self.turn_to(&file, &text, change, cause)?;
        let wanted: Vec<String> = self.check.iter().cloned().collect();
        if let Some(server) = &self.args.against {
            return trial::run(server, self.args.seed.as_deref(), &file, wanted, ctx);
        }
        for check in &file.checks {
            if wanted.is_empty() || wanted.contains(&check.id) {
                markdown::page(&check::page(check), &ctx.surface, &mut ctx.out)?;
                writeln!(ctx.out)?;
            }
        }
        Ok(Exit::Passed)
    }

    /// The checks of the file, with the sections of all lessons that can be read.
    fn checks(&self, text: &str, ctx: &Context) -> Result<CheckFile, Error> {
        let anchors = match Course::load(&ctx.content) {
            Ok(course) => session::anchors(&course),
            // The mistakes of other files are not what is looked at.
            Err(_) => Anchors::new(),
        };
        let include = |name: &str| ctx.content.text(&format!("checks/{name}")).ok();
        Ok(file::decode(&self.path, text, &anchors, &include)?)
    }

    /// Turns to the check that is asked for, or that the change is in; to all of them when it is above the first.
    fn turn_to(
        &mut self,
        file: &CheckFile,
        text: &str,
        change: Option<usize>,
        cause: Cause,
    ) -> Result<(), Error> {
        if let Some(typed) = &self.args.check {
            let ids: Vec<&str> = file.checks.iter().map(|c| c.id.as_str()).collect();
            let place = name::pick("check", typed, &ids)?;
            self.check = Some(ids[place].to_owned());
        } else if let Some(change) = change {
            let (line, _) = line_column(text, change);
            let begun = |c: &&Check| c.file == self.path && c.line <= line;
            let changed = file.checks.iter().rfind(begun);
            self.check = changed.map(|c| c.id.clone());
        } else if cause != Cause::Saved {
            self.check = None;
        }
        Ok(())
    }
}

fn has_ending(path: &str, ending: &str) -> bool {
    Path::new(path).extension().is_some_and(|e| e == ending)
}

/// The first byte of `new` that differs from `old`; `None` when they are the same.
fn first_difference(old: &str, new: &str) -> Option<usize> {
    if old == new {
        return None;
    }
    let same = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b);
    Some(new.floor_char_boundary(same.count()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_the_place_of_the_change() {
        assert_eq!(first_difference("abc", "abc"), None);
        assert_eq!(first_difference("abc", "axc"), Some(1));
        assert_eq!(first_difference("abc", "ab"), Some(2));
        assert_eq!(first_difference("aé", "aè"), Some(1));
    }

    #[test]
    fn a_file_is_found_in_its_course() {
        let at = |path: &str, is_page| place(Path::new(path), is_page).ok();
        let found = |root: &str, path: &str| Some((PathBuf::from(root), path.to_owned()));
        assert_eq!(
            at("/c/lessons/01-a.md", true),
            found("/c", "lessons/01-a.md")
        );
        assert_eq!(
            at("/c/checks/shared/a.toml", false),
            found("/c", "checks/shared/a.toml")
        );
        assert_eq!(at("/c/notes.md", true), found("/c", "notes.md"));
        assert_eq!(at("/c/notes.toml", false), None);
    }
}

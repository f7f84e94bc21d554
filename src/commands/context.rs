//! The context: everything a command may know of the world outside, read once at the start.

use std::collections::BTreeMap;
use std::io::{self, BufRead, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::base::source::Source;
use crate::course::Course;
use crate::learner::moment;
use crate::learner::progress::{Loaded, Progress};
use crate::learner::workspace::Workspace;
use crate::render::markdown::wrap;
use crate::render::theme::{Role, Surface};

use super::error::Error;

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    #[default]
    Auto,
    /// Even through a pipe.
    Always,
    /// Never.
    Never,
}

/// Writers, terminal, folders, environment and clock.
pub struct Context {
    /// The answer.
    pub out: Box<dyn Write + Send>,
    /// Talk about the answer.
    pub err: Box<dyn Write + Send>,
    /// What somebody types.
    pub input: Box<dyn BufRead + Send>,
    /// What `out` can show.
    pub surface: Surface,
    /// What `err` can show: it may be a file while `out` is a terminal, and the other way round.
    pub err_surface: Surface,
    /// Columns of `err`, when it is a terminal.
    pub err_columns: Option<usize>,
    /// Rows of the terminal; `None` when `out` is not a terminal or must stay plain: then no prompts, no pager, no live rows.
    pub rows: Option<usize>,
    /// Whether somebody can answer a question: standard input and output are both terminals.
    pub interactive: bool,
    /// The folder the command was typed in.
    pub folder: PathBuf,
    /// Where progress is kept.
    pub home: PathBuf,
    /// Where the content comes from.
    pub content: Source,
    /// The environment at the start.
    pub env: BTreeMap<String, String>,
    /// This very program, for the guard that cleans up after it.
    pub program: PathBuf,
    /// The clock.
    pub now: fn() -> SystemTime,
}

impl Context {
    /// The real context of this process.
    ///
    /// # Errors
    /// When there is no current folder or no home.
    pub fn from_process(color: ColorChoice, content: Option<&Path>) -> io::Result<Self> {
        let env: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
            .collect();
        let folder = std::env::current_dir()?;
        let set = |name: &str| env.get(name).is_some_and(|v| !v.is_empty());
        let terminal = io::stdout().is_terminal();
        let dumb = env.get("TERM").is_some_and(|t| t == "dumb");
        let plain = dumb || set("NO_COLOR");
        let lively = terminal && !plain;
        let err_terminal = io::stderr().is_terminal();
        let colored = |lively: bool| match color {
            ColorChoice::Auto => lively,
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        };
        let size = if terminal {
            // A terminal that does not know its size says 0.
            crossterm::terminal::size()
                .ok()
                .filter(|(w, h)| *w > 0 && *h > 0)
        } else {
            None
        };
        let columns = env
            .get("COLUMNS")
            .and_then(|c| c.parse().ok())
            .or(size.map(|(w, _)| usize::from(w)));
        let home = home(&env)?;
        let surface = |terminal: bool| {
            let color = colored(terminal && !plain);
            Surface {
                width: columns.unwrap_or(80).clamp(40, 120),
                color,
                links: color && terminal && !set("NO_HYPERLINKS"),
                ascii: dumb || !unicode(&env),
            }
        };
        Ok(Self {
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            input: Box::new(io::BufReader::new(io::stdin())),
            surface: surface(terminal),
            err_surface: surface(err_terminal),
            err_columns: err_terminal.then(|| surface(true).width),
            rows: if lively {
                Some(size.map_or(24, |(_, h)| usize::from(h)))
            } else {
                None
            },
            interactive: lively && io::stdin().is_terminal(),
            folder: folder.clone(),
            home,
            content: content.map_or(Source::Embedded, |dir| Source::Folder(folder.join(dir))),
            program: std::env::current_exe()?,
            env,
            now: SystemTime::now,
        })
    }
}

impl Context {
    /// The course, whole.
    ///
    /// # Errors
    /// Every mistake in its files.
    pub fn course(&self) -> Result<Course, Error> {
        if let Source::Folder(root) = &self.content
            && !root.is_dir()
        {
            return Err(Error::Usage(format!(
                "there is no folder `{}`; give `--content` a folder with lessons, exercises and checks",
                root.display()
            )));
        }
        Ok(Course::load(&self.content)?)
    }

    /// The learner's progress. A damaged file is mended, and said.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn progress(&mut self) -> Result<Progress, Error> {
        let loaded = Progress::load(&self.home)?;
        self.told(loaded)
    }

    /// Changes and saves the learner's progress.
    ///
    /// # Errors
    /// When it cannot be read or saved.
    pub fn record<T>(&mut self, change: impl FnOnce(&mut Progress) -> T) -> Result<T, Error> {
        let loaded = Progress::update(&self.home, change).map_err(|error| {
            if error.is_denied() {
                Error::Fault(format!(
                    "your progress cannot be saved: {error}; set `COURSE_HOME` to a folder that you can write to"
                ))
            } else {
                error.into()
            }
        })?;
        self.told(loaded)
    }

    /// Changes and saves progress where that is not what the learner came for: when nothing can be written, the
    /// command goes on and says so.
    ///
    /// # Errors
    /// When progress cannot be read, or cannot be saved for another reason.
    pub fn record_if_possible(&mut self, change: impl FnOnce(&mut Progress)) -> Result<(), Error> {
        match Progress::update(&self.home, change) {
            Err(error) if error.is_denied() => {
                self.say(&format!("note: your progress is not saved: {error}"))
            }
            saved => self.told(saved?),
        }
    }

    fn told<T>(&mut self, loaded: Loaded<T>) -> Result<T, Error> {
        if let Some(notice) = loaded.notice {
            self.say(&format!("note: {notice}"))?;
        }
        Ok(loaded.value)
    }

    /// The workspace that the command was typed in.
    ///
    /// # Errors
    /// When its `course.toml` cannot be read or has mistakes.
    pub fn workspace(&self) -> Result<Option<Workspace>, Error> {
        Ok(Workspace::find(&self.folder)?)
    }

    /// The moment as progress files write it.
    #[must_use]
    pub fn moment(&self) -> String {
        moment::text((self.now)())
    }

    /// Says a note or an error to whoever typed the command: on a terminal with its lines broken between words. A line
    /// that begins with a space is quoted from elsewhere, and stays as it is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn say(&mut self, text: &str) -> Result<(), Error> {
        for line in text.lines() {
            match self.err_columns.filter(|_| !line.starts_with(' ')) {
                Some(columns) => {
                    for part in wrap::lines(line, columns) {
                        writeln!(self.err, "{}", &line[part])?;
                    }
                }
                None => writeln!(self.err, "{line}")?,
            }
        }
        Ok(())
    }

    /// Tells a sentence of an answer: on a terminal with its lines broken between words, further ones indented.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn tell(&mut self, text: &str, indent: usize) -> Result<(), Error> {
        let columns = match self.rows {
            Some(_) => self.surface.width.saturating_sub(indent),
            None => usize::MAX,
        };
        for (at, part) in wrap::lines(text, columns).into_iter().enumerate() {
            let margin = if at == 0 { 0 } else { indent };
            writeln!(self.out, "{:margin$}{}", "", &text[part])?;
        }
        Ok(())
    }

    /// The last line of an answer: the one next command.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn next(&mut self, command: &str) -> Result<(), Error> {
        let command = self.surface.paint(Role::Command, command);
        writeln!(self.out, "\nnext: {command}")?;
        Ok(())
    }

    /// Asks a question and reads a line; `None` at the end of the input. Only for when [`Context::interactive`] holds.
    ///
    /// # Errors
    /// When the terminal fails.
    pub fn ask(&mut self, question: &str) -> Result<Option<String>, Error> {
        Ok(self.line(question)?.map(|line| line.trim().to_owned()))
    }

    /// As [`Context::ask`], with the spaces in front kept.
    ///
    /// # Errors
    /// When the terminal fails.
    pub fn line(&mut self, question: &str) -> Result<Option<String>, Error> {
        write!(self.out, "{question} ")?;
        self.out.flush()?;
        let mut line = String::new();
        if self.input.read_line(&mut line)? == 0 {
            writeln!(self.out)?;
            return Ok(None);
        }
        Ok(Some(line.trim_end().to_owned()))
    }
}

/// Whether text may be more than ASCII: unless the locale says another encoding.
fn unicode(env: &BTreeMap<String, String>) -> bool {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"];
    let said = names.iter().filter_map(|name| env.get(*name));
    let said = said.into_iter().find(|value| !value.is_empty());
    said.is_none_or(|value| value.to_uppercase().replace('-', "").contains("UTF8"))
}

/// `COURSE_HOME`, else the user's data folder after the XDG rules.
fn home(env: &BTreeMap<String, String>) -> io::Result<PathBuf> {
    use etcetera::BaseStrategy as _;
    if let Some(home) = env.get("COURSE_HOME").filter(|h| !h.is_empty()) {
        return Ok(PathBuf::from(home));
    }
    let base = etcetera::base_strategy::Xdg::new().map_err(io::Error::other)?;
    Ok(base.data_dir().join("course"))
}

//! The context: everything a command may know of the world outside, read once at the start.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::base::source::Source;
use crate::render::theme::Surface;

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
    /// What `out` can show.
    pub surface: Surface,
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
        let lively = terminal && !dumb && !set("NO_COLOR");
        let color = match color {
            ColorChoice::Auto => lively,
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        };
        let size = if terminal {
            crossterm::terminal::size().ok()
        } else {
            None
        };
        let columns = env
            .get("COLUMNS")
            .and_then(|c| c.parse().ok())
            .or(size.map(|(w, _)| usize::from(w)));
        let home = home(&env)?;
        Ok(Self {
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            surface: Surface {
                width: columns.unwrap_or(80).clamp(40, 120),
                color,
                links: color && terminal && !set("NO_HYPERLINKS"),
            },
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

/// `COURSE_HOME`, else the user's data folder after the XDG rules.
fn home(env: &BTreeMap<String, String>) -> io::Result<PathBuf> {
    use etcetera::BaseStrategy as _;
    if let Some(home) = env.get("COURSE_HOME").filter(|h| !h.is_empty()) {
        return Ok(PathBuf::from(home));
    }
    let base = etcetera::base_strategy::Xdg::new().map_err(io::Error::other)?;
    Ok(base.data_dir().join("course"))
}

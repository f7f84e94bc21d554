//! The guard: a second process that cleans up when `course` itself is killed.
//!
//! It is this very program, started with the hidden argument `__guard`, in a process group of its own, reading from a
//! pipe. It is told of every process group, folder and database; when the pipe ends, for whatever reason, it kills the
//! groups and removes the folders and databases that remain.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Component, Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal, killpg};
use nix::unistd::Pid;

use super::{database, descendant};

/// How the names of all temporary folders of `course` begin. The guard removes no others.
pub const FOLDER_PREFIX: &str = "course-";

/// The hidden argument that makes this program a guard.
pub const ARGUMENT: &str = "__guard";

/// How a process is ended that must not be killed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gently {
    /// It is told to quit (SIGQUIT).
    Quit,
    /// It ends by itself before long.
    Wait,
}

/// Tells the guard process what to clean up. Clones speak to one guard; when the last one is dropped it ends.
#[derive(Clone, Debug)]
pub struct Guard {
    link: Option<Arc<Mutex<Link>>>,
}

#[derive(Debug)]
struct Link {
    pipe: Option<ChildStdin>,
    process: Child,
}

impl Guard {
    /// Starts `program` as the guard.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(program: &Path) -> io::Result<Self> {
        let mut process = Command::new(program)
            .arg(ARGUMENT)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let link = Link {
            pipe: process.stdin.take(),
            process,
        };
        let guard = Self {
            link: Some(Arc::new(Mutex::new(link))),
        };
        guard.say(format_args!("+run {}", descendant::run_mark()));
        Ok(guard)
    }

    /// No guard: what is started is only cleaned up by `course` itself.
    #[must_use]
    pub fn none() -> Self {
        Self { link: None }
    }

    /// Asks for the folder to be removed when `course` ends without doing so. Only folders below the system's
    /// temporary folder whose name begins with [`FOLDER_PREFIX`] ever are.
    pub fn add_folder(&self, folder: &Path) {
        self.say(format_args!("+folder {}", folder.display()));
    }

    /// The folder is gone or is to stay.
    pub fn remove_folder(&self, folder: &Path) {
        self.say(format_args!("-folder {}", folder.display()));
    }

    /// Asks for the process group to be killed when `course` ends without doing so.
    pub(crate) fn add_group(&self, group: u32) {
        self.say(format_args!("+group {group}"));
    }

    /// The group is gone.
    pub(crate) fn remove_group(&self, group: u32) {
        self.say(format_args!("-group {group}"));
    }

    /// Asks for the leader of a group to be given a moment to end before the group is killed. For programs that would
    /// leave something behind in the system otherwise.
    pub(crate) fn be_gentle(&self, group: u32, gently: Gently) {
        let word = match gently {
            Gently::Quit => "+quit",
            Gently::Wait => "+wait",
        };
        self.say(format_args!("{word} {group}"));
    }

    /// Asks for the database to be dropped when `course` ends without doing so. Both words are free of spaces.
    pub(crate) fn add_database(&self, server: &str, name: &str) {
        self.say(format_args!("+database {server} {name}"));
    }

    /// The database is gone.
    pub(crate) fn remove_database(&self, server: &str, name: &str) {
        self.say(format_args!("-database {server} {name}"));
    }

    fn say(&self, words: std::fmt::Arguments<'_>) {
        let Some(link) = &self.link else { return };
        let mut link = link.lock().unwrap_or_else(PoisonError::into_inner);
        let text = words.to_string();
        // A path with a newline could pretend to be another command.
        if text.contains('\n') {
            return;
        }
        if let Some(pipe) = &mut link.pipe {
            // A guard that is gone cannot be told; what `course` started it still ends itself.
            let _ = pipe.write_all(format!("{text}\n").as_bytes());
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        drop(self.pipe.take());
        for _ in 0..500 {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// What a guard process was told to clean up.
#[derive(Debug, Default)]
struct Charge {
    /// Groups, and when the leader of each was started.
    groups: BTreeMap<u32, Option<u64>>,
    /// Those among them whose leader is given a moment first.
    gently: BTreeMap<u32, Gently>,
    folders: BTreeSet<PathBuf>,
    /// The address of a server and the name of a database in it.
    databases: BTreeSet<(String, String)>,
    runs: BTreeSet<String>,
}

/// How long a process that must not be killed at once is waited for.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// What the guard process does: listens on `stdin` until it ends, then cleans up. Ctrl-C and SIGTERM, which reach all
/// of a terminal's or service's processes, do not end it early.
///
/// # Errors
/// When the signals cannot be blocked.
pub fn guard_main<R: BufRead>(stdin: R) -> io::Result<()> {
    let mut ignored = SigSet::empty();
    for signal in [
        Signal::SIGINT,
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGQUIT,
        Signal::SIGTSTP,
    ] {
        ignored.add(signal);
    }
    ignored.thread_block()?;
    let mut charge = Charge::default();
    for line in stdin.split(b'\n') {
        let Ok(line) = line else { break };
        charge.take(&String::from_utf8_lossy(&line));
    }
    charge.clean_up(&std::env::temp_dir());
    Ok(())
}

impl Charge {
    fn take(&mut self, line: &str) {
        let Some((command, value)) = line.split_once(' ') else {
            return;
        };
        match (command, value.parse::<u32>()) {
            ("+group", Ok(group)) if group > 1 => {
                self.groups.insert(group, descendant::started(group));
            }
            ("-group", Ok(group)) => {
                self.groups.remove(&group);
                self.gently.remove(&group);
            }
            ("+quit", Ok(group)) => {
                self.gently.insert(group, Gently::Quit);
            }
            ("+wait", Ok(group)) => {
                self.gently.insert(group, Gently::Wait);
            }
            ("+database" | "-database", _) => {
                let Some((server, name)) = value.split_once(' ') else {
                    return;
                };
                let database = (server.to_owned(), name.to_owned());
                if command == "+database" {
                    self.databases.insert(database);
                } else {
                    self.databases.remove(&database);
                }
            }
            ("+folder", _) => {
                self.folders.insert(value.into());
            }
            ("-folder", _) => {
                self.folders.remove(Path::new(value));
            }
            ("+run", _) if value.len() > 2 => {
                self.runs.insert(value.to_owned());
            }
            _ => {}
        }
    }

    /// Whether the group is still the one that was meant. Its leader may have gone and left children behind, but
    /// another process with the leader's pid is a stranger.
    fn is_same(&self, group: u32) -> bool {
        let now = descendant::started(group);
        now.is_none() || self.groups.get(&group) == Some(&now)
    }

    fn clean_up(&self, temporary: &Path) {
        for (group, gently) in &self.gently {
            if self.groups.contains_key(group) && self.is_same(*group) {
                if *gently == Gently::Quit {
                    signal(*group, Signal::SIGQUIT);
                }
                await_end(*group);
            }
        }
        for group in self.groups.keys().filter(|group| self.is_same(**group)) {
            signal(*group, Signal::SIGKILL);
        }
        if !self.runs.is_empty() {
            descendant::sweep(|_, mark| self.runs.iter().any(|run| mark.starts_with(run)));
        }
        for (server, name) in &self.databases {
            database::server::drop_at(server, name);
        }
        for folder in &self.folders {
            if is_ours(folder, temporary) {
                // The last writes of a killed process may land while its folder is being emptied.
                for _ in 0..10 {
                    if std::fs::remove_dir_all(folder).is_ok() || !folder.exists() {
                        break;
                    }
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
        }
    }
}

/// Waits for a moment until the process has ended.
pub(crate) fn await_end(pid: u32) {
    let began = Instant::now();
    while !descendant::has_ended(pid) && began.elapsed() < GRACE {
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn signal(group: u32, signal: Signal) {
    if let Ok(group) = i32::try_from(group) {
        // It may have ended by itself.
        let _ = killpg(Pid::from_raw(group), signal);
    }
}

/// Whether the guard may remove `folder`: a real folder, below `temporary`, in one whose name begins with our prefix.
fn is_ours(folder: &Path, temporary: &Path) -> bool {
    let (Ok(whole), Ok(temporary)) = (folder.canonicalize(), temporary.canonicalize()) else {
        return false;
    };
    let Ok(below) = whole.strip_prefix(&temporary) else {
        return false;
    };
    let prefixed = |first: Component<'_>| {
        let name = first.as_os_str().to_string_lossy();
        name.starts_with(FOLDER_PREFIX)
    };
    folder.is_absolute() && whole.is_dir() && below.components().next().is_some_and(prefixed)
}

#[cfg(all(test, target_os = "linux"))]
mod tests;

//! The guard: a second process that cleans up when `course` itself is killed.
//!
//! It is this very program, started with the hidden argument `__guard`, in a process group of its own, reading from a
//! pipe. It is told of every process group and folder; when the pipe ends, for whatever reason, it kills the groups
//! and removes the folders that remain.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Component, Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal, killpg};
use nix::unistd::Pid;

use super::descendant;

/// How the names of all temporary folders of `course` begin. The guard removes no others.
pub const FOLDER_PREFIX: &str = "course-";

/// The hidden argument that makes this program a guard.
pub const ARGUMENT: &str = "__guard";

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
    folders: BTreeSet<PathBuf>,
    runs: BTreeSet<String>,
}

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

    fn clean_up(&self, temporary: &Path) {
        for (group, started) in &self.groups {
            let now = descendant::started(*group);
            // The leader may have gone and left children behind, but another process with its pid is a stranger.
            if now.is_some() && now != *started {
                continue;
            }
            if let Ok(group) = i32::try_from(*group) {
                let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
            }
        }
        if !self.runs.is_empty() {
            descendant::sweep(|_, mark| self.runs.iter().any(|run| mark.starts_with(run)));
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
mod tests {
    use super::*;
    use crate::lab::process::{Launch, Process};

    fn sleeper() -> Child {
        let mut command = Command::new("sleep");
        command.arg("600").process_group(0);
        command.spawn().expect("`sleep` can be started")
    }

    #[test]
    fn what_remains_at_the_end_is_killed_and_removed() {
        let mut left = sleeper();
        let mut released = sleeper();
        let folder = tempfile::Builder::new()
            .prefix(FOLDER_PREFIX)
            .tempdir()
            .unwrap()
            .keep();
        std::fs::write(folder.join("app.db"), "x").unwrap();
        let kept = tempfile::Builder::new()
            .prefix(FOLDER_PREFIX)
            .tempdir()
            .unwrap();
        let told = format!(
            "+group {0}\n+group {1}\n-group {1}\n+folder {2}\n+folder {3}\n-folder {3}\nnonsense\n",
            left.id(),
            released.id(),
            folder.display(),
            kept.path().display(),
        );
        let (reader, mut writer) = io::pipe().unwrap();
        let guard = std::thread::spawn(move || guard_main(io::BufReader::new(reader)));
        writer.write_all(told.as_bytes()).unwrap();
        drop(writer);
        guard.join().unwrap().unwrap();
        assert!(!left.wait().unwrap().success());
        assert!(!folder.exists());
        assert!(kept.path().exists());
        assert!(released.try_wait().unwrap().is_none());
        released.kill().unwrap();
        released.wait().unwrap();
    }

    #[tokio::test]
    async fn the_guard_is_told_of_every_group_from_start_to_end() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("guard");
        std::fs::write(&program, "#!/bin/sh\ncat > \"$0.$1\"\n").unwrap();
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&program, executable).unwrap();
        let guard = Guard::start(&program).unwrap();
        guard.add_folder(folder.path());
        let launch = Launch {
            command: vec!["sleep".into(), "600".into()],
            folder: folder.path().to_owned(),
            ..Launch::default()
        };
        let process = Process::spawn(&launch, &guard).unwrap();
        let id = process.id();
        process.kill().await;
        drop(process);
        drop(guard);
        let told = std::fs::read_to_string(folder.path().join("guard.__guard")).unwrap();
        let lines: Vec<&str> = told.lines().skip(1).collect();
        let folder = folder.path().display();
        assert_eq!(
            lines,
            [
                format!("+folder {folder}"),
                format!("+group {id}"),
                format!("-group {id}")
            ]
        );
    }

    #[test]
    fn a_process_that_only_inherited_the_pid_is_spared() {
        let mut stranger = sleeper();
        let mut charge = Charge::default();
        let before = descendant::started(stranger.id()).map(|ticks| ticks - 1);
        charge.groups.insert(stranger.id(), before);
        charge.clean_up(&std::env::temp_dir());
        std::thread::sleep(Duration::from_millis(50));
        assert!(stranger.try_wait().unwrap().is_none());
        stranger.kill().unwrap();
        stranger.wait().unwrap();
    }

    #[test]
    fn only_our_folders_below_the_temporary_folder_may_be_removed() {
        let temporary = tempfile::tempdir().unwrap();
        let within = |name: &str| {
            let path = temporary.path().join(name);
            std::fs::create_dir_all(&path).unwrap();
            path
        };
        assert!(is_ours(&within("course-1"), temporary.path()));
        assert!(is_ours(&within("course-1/world"), temporary.path()));
        assert!(!is_ours(&within("other"), temporary.path()));
        assert!(!is_ours(temporary.path(), temporary.path()));
        assert!(!is_ours(Path::new("/"), temporary.path()));
        assert!(!is_ours(Path::new("/usr"), temporary.path()));
        within("other/inner");
        let sneaky = temporary.path().join("course-1/../other");
        assert!(!is_ours(&sneaky, temporary.path()));
        let link = temporary.path().join("course-link");
        std::os::unix::fs::symlink("/usr", &link).unwrap();
        assert!(!is_ours(&link, temporary.path()));
    }
}

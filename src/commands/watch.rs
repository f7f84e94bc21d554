//! Watching: doing something again whenever a file is saved.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyModifiers, poll, read};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use notify::{EventKind, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, new_debouncer};

use super::context::Context;
use super::error::Error;
use super::session;

/// Changes closer together than this are one: editors save in several steps.
const TOGETHER: Duration = Duration::from_millis(150);

/// Names that servers and tools write themselves.
const NOISE: &[&str] = &[
    "node_modules",
    "__pycache__",
    ".git",
    "target",
    ".venv",
    "data",
];

/// What is watched, and what somebody is told about it.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Files, and folders with everything below them.
    pub paths: Vec<PathBuf>,
    /// A file among them that is written meanwhile, and whose change is none of the learner's.
    pub except: Option<PathBuf>,
    /// What they are called.
    pub name: String,
    /// What the key r does, as in `runs the checks now`.
    pub again: &'static str,
}

/// Why something is done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It is the first time.
    First,
    /// A file was saved.
    Saved,
    /// Somebody pressed r.
    Asked,
}

/// What ends the wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wake {
    /// A file was saved.
    Changed,
    /// Somebody wants another run.
    Asked,
    /// Somebody has seen enough.
    Quit,
    /// Ctrl-C or SIGTERM.
    Stopped,
}

/// Does `again` now, and after every save of what is watched, until somebody presses q or Ctrl-C.
///
/// # Errors
/// When the files cannot be watched, or `again` fails.
pub fn repeat(
    watched: &Watched,
    ctx: &mut Context,
    again: &mut dyn FnMut(Cause, &mut Context) -> Result<(), Error>,
) -> Result<(), Error> {
    let (sender, changes) = channel();
    stop_on_signals(sender.clone());
    let (paths, except) = (watched.paths.clone(), watched.except.clone());
    let mut debouncer = new_debouncer(TOGETHER, None, move |result: DebounceEventResult| {
        let is_ours = result.is_ok_and(|events| {
            events.iter().any(|e| {
                let touches = !matches!(e.kind, EventKind::Access(_));
                let counts =
                    |path: &PathBuf| concerns(&paths, path) && !is(except.as_deref(), path);
                touches && e.paths.iter().any(counts)
            })
        });
        if is_ours {
            // The loop may be over, and then nobody waits for changes.
            let _ = sender.send(Wake::Changed);
        }
    })
    .map_err(|e| Error::Fault(format!("cannot watch files: {e}")))?;
    for path in &watched.paths {
        // Editors put a new file in the place of the old one, so a file is watched through its folder.
        let (folder, mode) = match path.parent() {
            Some(folder) if path.is_file() => (folder, RecursiveMode::NonRecursive),
            _ => (path.as_path(), RecursiveMode::Recursive),
        };
        debouncer
            .watch(folder, mode)
            .map_err(|e| Error::Fault(format!("cannot watch `{}`: {e}", folder.display())))?;
    }
    let mut cause = Cause::First;
    loop {
        while let Ok(wake) = changes.try_recv() {
            if wake == Wake::Stopped {
                return Err(Error::Interrupted);
            }
        }
        again(cause, ctx)?;
        ctx.out.flush()?;
        let keys = if ctx.interactive {
            format!(": r {}, q ends", watched.again)
        } else {
            String::new()
        };
        ctx.say(&format!("watching {} for changes{keys}", watched.name))?;
        let woken = if ctx.interactive {
            wait_with_keys(&changes)?
        } else {
            wait(&changes)
        };
        cause = match woken {
            Wake::Changed => Cause::Saved,
            Wake::Asked => Cause::Asked,
            Wake::Quit => return Ok(()),
            Wake::Stopped => return Err(Error::Interrupted),
        };
    }
}

/// Whether a path is the file that does not count.
fn is(except: Option<&Path>, path: &Path) -> bool {
    except.is_some_and(|file| path.canonicalize().is_ok_and(|path| path == file))
}

/// Whether a change of `path` is one of what is watched.
fn concerns(watched: &[PathBuf], path: &Path) -> bool {
    watched.iter().any(|root| {
        // A file that is being replaced may not be there at this moment.
        path == root && !root.is_dir()
            || !root.is_file() && path.starts_with(root) && matters(root, path)
    })
}

/// Whether a change of this file can be the learner's: not what the server writes while it is checked.
fn matters(root: &Path, path: &Path) -> bool {
    let inside: PathBuf = path
        .strip_prefix(root)
        .map_or_else(|_| path.to_owned(), Path::to_path_buf);
    let noisy = inside
        .components()
        .any(|c| NOISE.iter().any(|n| c.as_os_str() == *n));
    let name = inside
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let database = [".db", "-wal", "-shm", "-journal", ".pyc", ".log"]
        .iter()
        .any(|end| name.ends_with(end));
    !noisy && !database && !name.is_empty()
}

/// Tells the loop of Ctrl-C and SIGTERM. Once a run has caught them they no longer end the process by themselves.
fn stop_on_signals(sender: Sender<Wake>) {
    std::thread::spawn(move || {
        if let Ok(runtime) = session::runtime() {
            runtime.block_on(session::interrupted());
            // The loop may be over.
            let _ = sender.send(Wake::Stopped);
        }
    });
}

fn wait(changes: &Receiver<Wake>) -> Wake {
    changes.recv().unwrap_or(Wake::Quit)
}

/// Waits for a change or a key. Keys come one by one only in raw mode, which is left again whatever happens.
fn wait_with_keys(changes: &Receiver<Wake>) -> Result<Wake, Error> {
    struct Cooked;
    impl Drop for Cooked {
        fn drop(&mut self) {
            // Nothing better can be done when even this fails.
            let _ = disable_raw_mode();
        }
    }
    enable_raw_mode()?;
    let _cooked = Cooked;
    loop {
        match changes.recv_timeout(Duration::from_millis(40)) {
            Ok(wake) => return Ok(wake),
            Err(RecvTimeoutError::Disconnected) => return Ok(Wake::Quit),
            Err(RecvTimeoutError::Timeout) => {}
        }
        while poll(Duration::ZERO)? {
            if let Event::Key(key) = read()? {
                match key.code {
                    KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                        return Err(Error::Interrupted);
                    }
                    KeyCode::Char('r') | KeyCode::Enter => return Ok(Wake::Asked),
                    KeyCode::Char('q') | KeyCode::Esc => return Ok(Wake::Quit),
                    _ => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watched_file_is_one_file_and_a_folder_all_below_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let file = root.join("a.md");
        std::fs::write(&file, "").unwrap();
        let alone = [file.clone()];
        assert!(concerns(&alone, &file));
        assert!(!concerns(&alone, &root.join("b.md")));
        let all = [root.to_owned()];
        assert!(concerns(&all, &root.join("b/c.md")));
        assert!(!concerns(&all, root));
        assert!(!concerns(&all, Path::new("/elsewhere/c.md")));
    }

    #[test]
    fn the_page_about_the_run_is_no_change_of_the_learner() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let page = root.join("index.html");
        std::fs::write(&page, "").unwrap();
        assert!(is(
            Some(&page),
            &root
                .join("../")
                .join(root.file_name().unwrap())
                .join("index.html")
        ));
        assert!(!is(Some(&page), &root.join("page.html")));
        assert!(!is(Some(&root.join("gone.html")), &root.join("gone.html")));
        assert!(!is(None, &page));
    }

    #[test]
    fn what_the_server_writes_is_no_change_of_the_learner() {
        let root = Path::new("/w");
        for noise in [
            "/w/node_modules/x/a.js",
            "/w/app.db",
            "/w/app.db-wal",
            "/w/__pycache__/s.pyc",
            "/w",
        ] {
            assert!(!matters(root, Path::new(noise)), "{noise}");
        }
        for change in ["/w/server.py", "/w/src/app.js", "/w/course.toml"] {
            assert!(matters(root, Path::new(change)), "{change}");
        }
    }
}

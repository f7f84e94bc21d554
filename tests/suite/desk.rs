//! A learner's desk: an empty home, an empty folder, and `course` to type in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::check_running::Running;
use rexpect::session::{PtySession, spawn_command};
use tempfile::TempDir;

/// An empty home and an empty folder, gone when the test ends.
pub(crate) struct Desk {
    _temp: TempDir,
    pub(crate) home: PathBuf,
    pub(crate) folder: PathBuf,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap();
        let folder = root.join("folder");
        std::fs::create_dir(&folder).unwrap();
        Self {
            home: root.join("home"),
            folder,
            _temp: temp,
        }
    }

    /// A command line, to be typed in the desk's folder.
    pub(crate) fn course(&self, line: &str) -> Typed {
        self.course_in("", line)
    }

    /// A command line, to be typed in a folder below the desk's.
    pub(crate) fn course_in(&self, folder: &str, line: &str) -> Typed {
        let mut command = Command::new(env!("CARGO_BIN_EXE_course"));
        command
            .args(shlex::split(line).unwrap())
            .current_dir(self.folder.join(folder))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.home.parent().unwrap())
            .env("COURSE_HOME", &self.home)
            .env("COURSE_CONTENT", tiny())
            .stdin(Stdio::null());
        Typed {
            command,
            line: format!("course {line}"),
        }
    }

    /// Writes a file below the desk's folder.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Reads a file below the desk's folder.
    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.folder.join(path)).unwrap()
    }

    /// The learner's progress, as it stands in its file.
    pub(crate) fn progress(&self) -> serde_json::Value {
        let text = std::fs::read_to_string(self.home.join("progress.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Writes the progress file.
    pub(crate) fn write_progress(&self, text: &str) {
        std::fs::create_dir_all(&self.home).unwrap();
        std::fs::write(self.home.join("progress.json"), text).unwrap();
    }
}

/// The small course that the tests are about.
pub(crate) fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/fixtures/tiny")
}

/// The course that is shipped.
pub(crate) fn shipped() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A command line that was typed and not sent yet.
pub(crate) struct Typed {
    command: Command,
    line: String,
}

impl Typed {
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// The same, on the course that is found without being named.
    pub(crate) fn unnamed(mut self) -> Self {
        self.command.env_remove("COURSE_CONTENT");
        self
    }

    /// The same, typed by another user of the machine.
    #[cfg(unix)]
    pub(crate) fn by_user(mut self, id: u32) -> Self {
        std::os::unix::process::CommandExt::uid(&mut self.command, id);
        self
    }

    /// Runs it and takes down what came.
    pub(crate) fn run(mut self) -> Answer {
        let output = self.command.output().unwrap();
        Answer {
            line: self.line,
            output,
        }
    }

    /// Runs it, to be watched meanwhile.
    pub(crate) fn running(self) -> Running {
        Running::start(self.command)
    }

    /// Runs it on a terminal of its own.
    pub(crate) fn on_terminal(mut self) -> PtySession {
        self.command
            .env("TERM", "xterm-256color")
            .stdin(Stdio::inherit());
        let patience = std::time::Duration::from_mins(1).as_millis();
        spawn_command(self.command, u64::try_from(patience).ok()).unwrap()
    }

    /// Runs it and wants this exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Answer {
        let answer = self.run();
        assert_eq!(answer.output.status.code(), Some(code), "{answer}");
        answer
    }

    /// Runs it and wants success.
    #[track_caller]
    pub(crate) fn works(self) -> Answer {
        self.exits(0)
    }
}

/// What a command line answered.
pub(crate) struct Answer {
    line: String,
    pub(crate) output: Output,
}

impl Answer {
    pub(crate) fn out(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    pub(crate) fn err(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// Wants this in standard output.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.out().contains(text), "no `{text}` in stdout of {self}");
        self
    }

    /// Wants this not to be in standard output.
    #[track_caller]
    pub(crate) fn keeps_back(self, text: &str) -> Self {
        assert!(!self.out().contains(text), "`{text}` in stdout of {self}");
        self
    }

    /// Wants this in standard error.
    #[track_caller]
    pub(crate) fn notes(self, text: &str) -> Self {
        assert!(self.err().contains(text), "no `{text}` in stderr of {self}");
        self
    }

    /// Wants nothing in standard error.
    #[track_caller]
    pub(crate) fn quietly(self) -> Self {
        assert!(self.err().is_empty(), "stderr of {self}");
        self
    }

    /// Wants this to be the next command, in the last line.
    #[track_caller]
    pub(crate) fn leads_to(self, command: &str) -> Self {
        let out = self.out();
        let last = out.lines().last().unwrap_or("");
        assert_eq!(last, format!("next: {command}"), "{self}");
        self
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "`{}` ({})", self.line, self.output.status)?;
        writeln!(f, "--- stdout\n{}", self.out())?;
        writeln!(f, "--- stderr\n{}", self.err())
    }
}

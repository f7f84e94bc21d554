//! A bench: a learner's desk, a course of one check file, and the server `odd.py` as the learner's work.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) use crate::check_running::{Ended, Running, joined};
pub(crate) use crate::check_served::{Served, free_port, get};

/// How long `course` may take for anything here before it counts as hanging.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// How often something is run again that this machine was too busy to decide.
pub(crate) const TRIES: usize = 15;

/// The checks of a report by their ids.
pub(crate) fn by_id(report: &Value) -> BTreeMap<String, Value> {
    let checks = report["checks"].as_array().unwrap().iter();
    let known = |check: &Value| (check["id"].as_str().unwrap().to_owned(), check.clone());
    checks.map(known).collect()
}

/// Whether `course` said that this machine was too busy.
pub(crate) fn was_busy(said: &str) -> bool {
    said.contains("stood still") || said.contains("was busy")
}

/// A home, a folder with the learner's work, a course, and a temporary folder that only this bench uses.
pub(crate) struct Bench {
    _temp: TempDir,
    pub(crate) root: PathBuf,
}

/// What a check file begins with: one instance, and a secret for it.
pub(crate) const HEAD: &str = r#"
course = 1
exercise = "probe"

[server]
env = { JWT_SECRET = "{{ secret.jwt }}" }
ready = { get = "/healthz", within = "30s" }

[instance.a]
"#;

/// The path of a server beside these tests.
pub(crate) fn server(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/suite/servers")
        .join(name)
}

impl Bench {
    /// A bench whose server is `odd.py` in this mode, graded by `HEAD` and these checks.
    pub(crate) fn new(mode: &str, checks: &str) -> Self {
        Self::graded_by(mode, &format!("{HEAD}{checks}"))
    }

    /// A bench whose server is `odd.py` in this mode, graded by this whole check file.
    pub(crate) fn graded_by(mode: &str, file: &str) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap();
        for folder in ["home", "work", "tmp"] {
            std::fs::create_dir(root.join(folder)).unwrap();
        }
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/fixtures/grading");
        copy(&fixture, &root.join("content"));
        let bench = Self { _temp: temp, root };
        bench.check_file(file);
        let script = server("odd.py");
        bench.runs(&format!("python3 {} {mode}", script.display()));
        bench
    }

    /// Writes the check file.
    pub(crate) fn check_file(&self, text: &str) {
        std::fs::write(self.root.join("content/checks/probe.toml"), text).unwrap();
    }

    /// Writes another file of the course.
    pub(crate) fn write_content(&self, path: &str, text: &str) {
        let path = self.root.join("content").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Says how the learner's server is started.
    pub(crate) fn runs(&self, command: &str) {
        let run = toml::Value::String(command.to_owned());
        let text = format!("exercise = \"probe\"\nlanguage = \"python\"\nrun = {run}\n");
        std::fs::write(self.root.join("work/course.toml"), text).unwrap();
    }

    /// `course` with these words, in the learner's folder, with an environment of its own.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_course"));
        command
            .args(shlex::split(line).unwrap())
            .current_dir(self.root.join("work"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", &self.root)
            .env("TMPDIR", self.root.join("tmp"))
            .env("COURSE_HOME", self.root.join("home"))
            .env("COURSE_CONTENT", self.root.join("content"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("ODD_RECORD", self.root.join("requests"))
            .stdin(Stdio::null());
        command
    }

    /// Types a command line and waits for its end.
    #[track_caller]
    pub(crate) fn course(&self, line: &str) -> Ended {
        Running::start(self.command(line)).end()
    }

    /// As `course`, again when this machine was so busy that `course` did not trust its clock.
    #[track_caller]
    pub(crate) fn settled(&self, line: &str) -> Ended {
        let mut said = String::new();
        for _ in 0..TRIES {
            let ended = self.course(line);
            if !was_busy(&ended.out) {
                return ended;
            }
            said = ended.out;
        }
        panic!("this machine never came to rest: {line}\n{said}")
    }

    /// All checks of a run by their ids. Of many, one or the other may meet a busy moment; each such is run again alone.
    #[track_caller]
    pub(crate) fn settled_checks(&self) -> BTreeMap<String, Value> {
        let mut checks = by_id(&self.course("check --format json").json());
        for (id, check) in &mut checks {
            if was_busy(&check.to_string()) {
                let alone = self.settled(&format!("check {id} --format json"));
                *check = by_id(&alone.json())[id].clone();
            }
        }
        checks
    }

    /// The learner's progress as it stands in its file; empty when there is none.
    pub(crate) fn progress(&self) -> Vec<u8> {
        std::fs::read(self.root.join("home/progress.json")).unwrap_or_default()
    }

    /// What the server was asked, one line for each request, without those for `/healthz`.
    pub(crate) fn requests(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.root.join("requests")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Forgets what the server was asked.
    pub(crate) fn forget_requests(&self) {
        // It may not have been asked anything.
        let _ = std::fs::remove_file(self.root.join("requests"));
    }

    /// Wants nothing that this bench started to run any more, and its temporary folder to be empty. It may take a
    /// moment for a killed process to go.
    #[track_caller]
    pub(crate) fn leaves_nothing(&self) {
        let began = Instant::now();
        loop {
            let (processes, folders) = (self.processes(), self.temporary());
            if processes.is_empty() && folders.is_empty() {
                return;
            }
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "left behind: {processes:?} {folders:?}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The processes that were started from this bench, known by the home in their environment.
    pub(crate) fn processes(&self) -> Vec<u32> {
        let mark = format!("COURSE_HOME={}", self.root.join("home").display());
        let Ok(all) = std::fs::read_dir("/proc") else {
            return Vec::new();
        };
        all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter(|pid: &u32| {
                let environment = std::fs::read(format!("/proc/{pid}/environ"));
                environment.is_ok_and(|all| all.split(|b| *b == 0).any(|v| v == mark.as_bytes()))
            })
            .collect()
    }

    fn temporary(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.root.join("tmp")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

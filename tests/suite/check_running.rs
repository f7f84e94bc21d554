//! A `course` that runs: watched while it does, and judged by how it ended.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::check_bench::PATIENCE;

/// A `course` that runs, read while it does so.
pub(crate) struct Running {
    pub(crate) child: Child,
    line: String,
    out: Pouring,
    err: Pouring,
}

/// What comes out of a pipe, collected by a thread.
struct Pouring {
    text: Arc<Mutex<Vec<u8>>>,
    thread: JoinHandle<()>,
}

impl Pouring {
    fn of<R: Read + Send + 'static>(mut pipe: R) -> Self {
        let text = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&text);
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(n @ 1..) = pipe.read(&mut buffer) {
                shared.lock().unwrap().extend_from_slice(&buffer[..n]);
            }
        });
        Self { text, thread }
    }

    fn so_far(&self) -> Vec<u8> {
        self.text.lock().unwrap().clone()
    }
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let line = format!("{command:?}");
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = Pouring::of(child.stdout.take().unwrap());
        let err = Pouring::of(child.stderr.take().unwrap());
        Self {
            child,
            line,
            out,
            err,
        }
    }

    /// Waits until `seen` of standard output and standard error holds.
    #[track_caller]
    pub(crate) fn until(&mut self, seen: impl Fn(&str, &str) -> bool) -> (String, String) {
        let began = Instant::now();
        loop {
            let (out, err) = (lossy(&self.out.so_far()), lossy(&self.err.so_far()));
            if seen(&out, &err) {
                return (out, err);
            }
            let ended = self.child.try_wait().unwrap();
            if ended.is_some() || began.elapsed() > PATIENCE {
                let _ = self.child.kill();
                panic!(
                    "{} ({ended:?})\n--- stdout\n{out}\n--- stderr\n{err}",
                    self.line
                );
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends a signal such as `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the end.
    #[track_caller]
    pub(crate) fn end(mut self) -> Ended {
        let began = Instant::now();
        let mut peak = None;
        let status = loop {
            peak = memory(self.child.id()).or(peak);
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if began.elapsed() > PATIENCE {
                let _ = self.child.kill();
                let (out, err) = (lossy(&self.out.so_far()), lossy(&self.err.so_far()));
                panic!("{} hangs\n--- stdout\n{out}\n--- stderr\n{err}", self.line);
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        // The pipes end once nobody holds them any more; a server that was left behind might.
        while !(self.out.thread.is_finished() && self.err.thread.is_finished()) {
            assert!(
                began.elapsed() < PATIENCE,
                "{}: a process left behind holds its output",
                self.line
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        Ended {
            code: status.code(),
            raw: self.out.so_far(),
            out: lossy(&self.out.so_far()),
            err: lossy(&self.err.so_far()),
            peak,
            line: self.line,
        }
    }
}

pub(crate) fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The most memory that a process has used so far, in bytes. Linux only.
fn memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// A `course` that has ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) raw: Vec<u8>,
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) peak: Option<u64>,
    line: String,
}

impl Ended {
    /// Wants this exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Wants this in the report. Lines are joined first, so that it does not matter where a sentence was wrapped.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(joined(&self.out).contains(text), "no `{text}` in {self}");
        self
    }

    /// Wants this on standard error.
    #[track_caller]
    pub(crate) fn notes(self, text: &str) -> Self {
        assert!(joined(&self.err).contains(text), "no `{text}` in {self}");
        self
    }

    /// The report as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e} in {self}"))
    }
}

/// The text on one line, each run of white space a single space.
pub(crate) fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "`{}` ({:?})", self.line, self.code)?;
        writeln!(f, "--- stdout\n{}", self.out)?;
        writeln!(f, "--- stderr\n{}", self.err)
    }
}

//! A bench: a learner's desk, a course of one check file, and the server `odd.py` as the learner's work.

use std::io::Read as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long `course` may take for anything here before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(90);

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

    /// As `course`, again when this machine stood still for so long that `course` did not trust its clock.
    #[track_caller]
    pub(crate) fn settled(&self, line: &str) -> Ended {
        for _ in 0..5 {
            let ended = self.course(line);
            if !ended.out.contains("stood still") {
                return ended;
            }
        }
        panic!("this machine never came to rest");
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

fn copy(from: &Path, to: &Path) {
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

/// A `course` that runs, read while it does so.
pub(crate) struct Running {
    pub(crate) child: Child,
    line: String,
    out: Pouring,
    err: Pouring,
}

/// What comes out of a pipe, collected by a thread.
struct Pouring {
    text: std::sync::Arc<std::sync::Mutex<Vec<u8>>>,
    thread: std::thread::JoinHandle<()>,
}

impl Pouring {
    fn of<R: std::io::Read + Send + 'static>(mut pipe: R) -> Self {
        let text = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let shared = std::sync::Arc::clone(&text);
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

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The most memory that a process has used so far, in bytes. Linux only.
pub(crate) fn memory(pid: u32) -> Option<u64> {
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

/// `odd.py`, run by the test itself on a port of its own until the value is dropped.
pub(crate) struct Served {
    child: Child,
    pub(crate) port: u16,
}

impl Served {
    /// Starts it in a mode, listening on `host`.
    pub(crate) fn start(mode: &str, host: &str, bench: &Bench) -> Self {
        let port = free_port();
        let child = Command::new("python3")
            .arg(server("odd.py"))
            .arg(mode)
            .env("HOST", host)
            .env("PORT", port.to_string())
            .env("ODD_RECORD", bench.root.join("requests"))
            .stdout(Stdio::null())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let served = Self { child, port };
        let began = Instant::now();
        while TcpStream::connect((host, port)).is_err() {
            assert!(began.elapsed() < PATIENCE, "the server never listened");
            std::thread::sleep(Duration::from_millis(10));
        }
        served
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// The whole answer to a `GET` on a connection of its own.
pub(crate) fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    // The length is announced, so that a connection that stays open is no reason to wait.
    while !whole(&answer) {
        match stream.read(&mut buffer).unwrap() {
            0 => break,
            n => answer.extend_from_slice(&buffer[..n]),
        }
    }
    lossy(&answer)
}

fn whole(answer: &[u8]) -> bool {
    let text = lossy(answer).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.split("content-length: ").nth(1);
    let length = length.and_then(|l| l.lines().next()?.trim().parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}

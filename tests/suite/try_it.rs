//! "Try it": every command that a lesson shows is typed into a real terminal, in the lesson's order, and every
//! `course …` in its text is a command line that `course` takes.
//!
//! Ports are exchanged for free ones, so that the lessons can be tried side by side.

#![cfg(unix)]

use std::path::Path;
use std::time::{Duration, Instant};

use clap::Parser as _;
use course::base::source::Source;
use course::cli::Cli;
use course::lab::port::free_port;
use course::lessons::Lesson;
use rexpect::ReadUntil;
use rexpect::session::PtyReplSession;

use crate::check_bench::{TRIES, was_busy};
use crate::desk::{Desk, shipped};

/// The ports that lessons name.
const PORTS: [&str; 6] = ["3001", "3002", "3003", "3004", "3009", "8080"];

/// What becomes of one block of commands.
enum Block {
    /// Typed into this terminal, it comes to its end and has printed these.
    Ends(usize, &'static [&'static str]),
    /// Typed into this terminal, it goes on after it has printed this; then these ports answer.
    Stays(usize, &'static str, &'static [&'static str]),
    /// It is run by another test.
    Elsewhere(&'static str),
}
use Block::{Elsewhere, Ends, Stays};

const BALANCED: &str = "Ctrl-C ends it";
const RUN: &str = "Ctrl-C (the database";
/// Four lessons show it, and it takes its time: `the_demo_that_lessons_show` runs it once.
const DEMO: Block = Elsewhere("course demo stateless-refactor");

fn lesson(number: u32) -> Lesson {
    let mut lessons = course::lessons::all(&Source::Folder(shipped())).unwrap();
    let place = lessons.iter().position(|l| l.number == number).unwrap();
    lessons.remove(place)
}

/// The blocks of a language, in the order of the page.
fn fenced(text: &str, language: &str) -> Vec<String> {
    let open = format!("```{language}\n");
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(&open) {
        let (block, after) = rest[at + open.len()..].split_once("```").unwrap();
        found.push(block.to_owned());
        rest = after;
    }
    found
}

/// The prompt of the shell, which no program prints by chance.
const PROMPT: &str = "[at-your-service]";

/// When something hangs. A busy machine takes long to start four servers, which is no reason to fail.
const HANGS: Duration = Duration::from_mins(5);

/// What `course run` says when a server took too long to start.
const LATE: &str = "listened on no port within";

/// A terminal with a shell in it.
struct Terminal {
    shell: PtyReplSession,
    busy: bool,
}

impl Terminal {
    fn new(desk: &Desk) -> Self {
        let mut bash = std::process::Command::new("bash");
        bash.args(["--norc", "--noprofile", "-i"])
            .env("TERM", "dumb")
            .env("PS1", PROMPT);
        let session = rexpect::session::spawn_command(bash, Some(300_000)).unwrap();
        let mut shell = PtyReplSession::new(session, PROMPT.to_owned());
        shell.wait_for_prompt().unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_course"));
        let folder = program.parent().unwrap().display();
        for line in [
            format!("export PATH={folder}:$PATH NO_COLOR=1 TERM=dumb PAGER=cat"),
            format!("export COURSE_HOME={}", desk.home.display()),
            format!("export COURSE_CONTENT={}", shipped().display()),
            format!("cd {}", desk.folder.display()),
        ] {
            shell.send_line(&line).unwrap();
            shell.wait_for_prompt().unwrap();
        }
        Self { shell, busy: false }
    }

    /// Ends what still runs in front.
    fn interrupt(&mut self) {
        if std::mem::take(&mut self.busy) {
            self.shell.send_control('c').unwrap();
            self.shell.wait_for_prompt().unwrap();
        }
    }
}

impl Drop for Terminal {
    /// Whatever was started in it ends with it, also when the test has failed. A shell does not listen to SIGTERM.
    fn drop(&mut self) {
        if self.busy || std::thread::panicking() {
            let _ = self.shell.send_control('c');
            // What is typed before the shell has seen the signal is thrown away.
            std::thread::sleep(Duration::from_millis(500));
        }
        let _ = self.shell.send_line("kill $(jobs -p) 2>/dev/null; exit");
        let _ = self.shell.exp_eof();
    }
}

impl Terminal {
    /// Types a line and waits for its end; what was said.
    fn runs(&mut self, line: &str) -> String {
        self.interrupt();
        self.shell.send_line(line).unwrap();
        self.shell.wait_for_prompt().unwrap()
    }

    /// Types lines; when this machine was too busy to grade, the last of them again.
    fn settles(&mut self, line: &str, text: &str) -> String {
        let mut all = self.runs(line);
        let mut last = all.clone();
        for _ in 1..TRIES {
            if !was_busy(&last) && !last.contains(LATE) {
                break;
            }
            last = self.runs(last_line(text));
            all.push_str(&last);
        }
        all
    }

    /// Types lines that go on, and waits for these words; what was said before them. When this machine was too busy to
    /// start a server in time, the last of them again.
    fn goes_on(&mut self, line: &str, text: &str, words: &str) -> String {
        self.interrupt();
        self.busy = true;
        let mut line = line;
        for _ in 0..TRIES {
            self.shell.send_line(line).unwrap();
            let ends = [words, LATE].map(|end| ReadUntil::String(end.to_owned()));
            let (said, end) = self.shell.exp_any(ends.into()).unwrap();
            if end == words {
                return said;
            }
            self.shell.wait_for_prompt().unwrap();
            line = last_line(text);
        }
        panic!("this machine never came to rest");
    }
}

/// What was said without what the shell says of its jobs, which may come into the middle of a line.
fn without_notices(said: &str) -> String {
    let notice = regex::Regex::new(r"\[\d+\][-+ ] +(Killed|Exit|Done|Terminated).*\r?\n").unwrap();
    notice.replace_all(said, "").into_owned()
}

fn last_line(text: &str) -> &str {
    text.trim_end().lines().last().unwrap()
}

/// Types the blocks of a lesson.
fn walk(number: u32, blocks: &[Block]) {
    let lesson = lesson(number);
    let shown = fenced(&lesson.text, "sh");
    assert_eq!(
        shown.len(),
        blocks.len(),
        "lesson {number} shows {shown:#?}"
    );
    let desk = Desk::new();
    let ports: Vec<String> = PORTS.map(|_| free_port().unwrap().to_string()).into();
    let named = regex::Regex::new(&PORTS.join("|")).unwrap();
    let exchanged = |text: &str| {
        // All at once: a port that was put in may have the digits of one that is still to be exchanged.
        let text = named.replace_all(text, |found: &regex::Captures<'_>| {
            let place = PORTS.iter().position(|port| *port == &found[0]).unwrap();
            ports[place].as_str()
        });
        let balance = format!("course lab balance --listen 127.0.0.1:{} ", ports[5]);
        if text.contains("--listen") {
            text.into_owned()
        } else {
            text.replace("course lab balance ", &balance)
        }
    };
    write_servers(&lesson, &desk, &exchanged);
    let mut terminals = [Terminal::new(&desk), Terminal::new(&desk)];
    let url = regex::Regex::new(r"curl -i (http://[0-9.:]+)/healthz").unwrap();
    for (place, (block, text)) in blocks.iter().zip(&shown).enumerate() {
        let file = desk.folder.join(format!("block-{place}.sh"));
        let text = patient(&exchanged(text), &ports[0]);
        std::fs::write(&file, &text).unwrap();
        let line = format!("source {}", file.display());
        match block {
            Elsewhere(words) => assert!(text.contains(words), "lesson {number}: {text}"),
            Ends(terminal, wanted) => {
                let said = terminals[*terminal].settles(&line, &text);
                let said = without_notices(&said);
                for words in *wanted {
                    assert!(
                        said.contains(words),
                        "lesson {number}: no `{words}` from {text}\n{said}"
                    );
                }
            }
            Stays(place, words, up) => {
                let said = terminals[*place].goes_on(&line, &text, words);
                if let Some(url) = url.captures(&said) {
                    terminals[1 - place].runs(&format!("URL={}", &url[1]));
                }
                for port in *up {
                    let place = PORTS.iter().position(|p| p == port).unwrap();
                    answers(&ports[place]);
                }
            }
        }
    }
}

/// Writes the servers that a lesson has its reader write.
fn write_servers(lesson: &Lesson, desk: &Desk, exchanged: &dyn Fn(&str) -> String) {
    for name in ["drain.py", "work.py"] {
        let is_it = |code: &&String| {
            lesson.text.contains(&format!("`{name}`")) && code.contains("serve_forever")
        };
        if let Some(code) = fenced(&lesson.text, "python").iter().find(is_it) {
            // However long the machine takes to kill the server, it is in the middle of a request.
            let code = code.replace("time.sleep(3)", "time.sleep(300)");
            desk.write(name, &exchanged(&code));
        }
    }
}

/// Commands that wait for what they need, and not for a clock: a busy machine takes its time to start a server or to
/// notice that one is gone. Nobody waits five minutes for a lesson.
fn patient(text: &str, port: &str) -> String {
    let up = format!("until (: < /dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.05; done");
    let mut text = text.replace("sleep 300", "sleep 0");
    for server in ["-d site", "time.sleep(600)\"", "drain.py"] {
        text = text.replace(&format!("{server} & sleep 1"), &format!("{server} & {up}"));
    }
    text.replace("; sleep 1", "; sleep 3")
}

/// Waits until somebody listens.
fn answers(port: &str) {
    let end = Instant::now() + HANGS;
    while std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_err() {
        assert!(Instant::now() < end, "nobody listens on {port}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn lesson_1() {
    walk(
        1,
        &[
            Stays(0, BALANCED, &["3001", "3002", "8080"]),
            Ends(1, &["I am "]),
        ],
    );
}

#[test]
fn lesson_2() {
    let refused = &["200 OK", "401 Unauthorized", "Bearer nonsense"];
    walk(2, &[Stays(0, RUN, &[]), Ends(1, refused)]);
}

#[test]
fn lesson_3() {
    let brief_and_grade = &["What nobody gets to see", "FAIL"];
    walk(3, &[Stays(0, RUN, &[]), Ends(0, brief_and_grade)]);
}

#[test]
fn lesson_4() {
    walk(4, &[DEMO, Stays(0, RUN, &[])]);
}

#[test]
fn lesson_5() {
    let claims = Ends(0, &["{\"sub\":\"42\",\"role\":\"admin\"}"]);
    walk(5, &[claims, DEMO, Ends(0, &["FAIL"])]);
}

#[test]
fn lesson_6() {
    // Both are fired in `demo_review`.
    walk(
        6,
        &[
            Elsewhere("/v1/me -H 'session-id: __proto__'"),
            Elsewhere("course demo review"),
        ],
    );
}

#[test]
fn lesson_7() {
    walk(
        7,
        &[
            Stays(0, BALANCED, &["3001", "8080"]),
            Ends(
                1,
                &[
                    "Host: www.shop.test:",
                    "<h1>hello</h1>",
                    "Re-using existing",
                ],
            ),
            Ends(1, &["name 0.0", " byte "]),
            // It is run in `demo_trace`.
            Elsewhere("course demo trace"),
        ],
    );
}

#[test]
fn lesson_8() {
    walk(
        8,
        &[
            Ends(0, &[]),
            Ends(0, &["exit 0", "exit 28", "exit 7"]),
            Stays(0, BALANCED, &["3001", "3003", "8080"]),
            Ends(1, &["200 0."]),
        ],
    );
}

#[test]
fn lesson_9() {
    walk(
        9,
        &[
            Ends(0, &["Last-Modified", "0123456789"]),
            Ends(0, &["304 Not Modified", "200 OK"]),
            Ends(0, &["200 OK", "0123456789"]),
        ],
    );
}

#[test]
fn lesson_10() {
    walk(
        10,
        &[
            Ends(0, &["0 lines.txt"]),
            Ends(0, &["without ", "with fsync "]),
            Ends(0, &["FAIL"]),
        ],
    );
}

#[test]
fn lesson_11() {
    walk(11, &[Ends(0, &["curl: ("]), DEMO]);
}

#[test]
fn lesson_12() {
    walk(
        12,
        &[
            Stays(0, BALANCED, &["3001", "3002", "8080"]),
            Ends(1, &["I am a", "I am b", "503", "course-balancer"]),
            Stays(0, BALANCED, &["3001", "8080"]),
        ],
    );
}

#[test]
fn lesson_13() {
    walk(
        13,
        &[
            Stays(0, BALANCED, &["3001", "3002", "3003", "3004", "8080"]),
            Ends(1, &["real"]),
        ],
    );
}

#[test]
fn lesson_14() {
    walk(
        14,
        &[
            Ends(0, &["estimate now", "draw now"]),
            DEMO,
            Ends(0, &["idempotent", "readyz"]),
        ],
    );
}

/// Whoever copies code from a terminal copies what stands there, spaces in front included.
#[test]
fn what_a_page_shows_can_be_copied() {
    let desk = Desk::new();
    let mut seen = 0;
    for lesson in course::lessons::all(&Source::Folder(shipped())).unwrap() {
        let page = desk
            .course(&format!("read {}", lesson.number))
            .env("COURSE_CONTENT", shipped().to_str().unwrap())
            .works()
            .out();
        for language in ["sh", "python"] {
            for code in fenced(&lesson.text, language) {
                let shown = page.contains(&format!("\n{code}"));
                assert!(shown, "{} does not show\n{code}", lesson.file);
                seen += 1;
            }
        }
    }
    assert!(seen > 30, "{seen}");
}

#[test]
fn the_demo_that_lessons_show() {
    let Elsewhere(line) = DEMO else {
        unreachable!("it is run here")
    };
    let desk = Desk::new();
    let said = Terminal::new(&desk).runs(&format!("{line} --language python; echo ended with $?"));
    // Lesson 11 sends its reader to the line with `kill -9`.
    for words in ["it works, and it breaks", "it holds", "kill -9"] {
        assert!(said.contains(words), "no `{words}` in {said}");
    }
    // 3 says that this machine is too busy to decide.
    let ended = ["ended with 0", "ended with 3"]
        .iter()
        .any(|end| said.contains(end));
    assert!(ended, "{said}");
}

#[test]
fn every_command_line_in_a_text_is_one_that_course_takes() {
    let command = regex::Regex::new(r"(?m)`course ([a-z][^`]*)`|^course ([a-z].*)$").unwrap();
    let mut seen = 0;
    for lesson in course::lessons::all(&Source::Folder(shipped())).unwrap() {
        let text = lesson.text.replace("\\\n", " ");
        for found in command.captures_iter(&text) {
            let words = found.get(1).or_else(|| found.get(2)).unwrap().as_str();
            let line = format!("course {}", words.replace('\n', " "));
            let words = shlex::split(&line).unwrap();
            if let Err(error) = Cli::try_parse_from(words) {
                // A text may speak of a command without all that it needs.
                let named = error.kind() == clap::error::ErrorKind::MissingRequiredArgument;
                assert!(
                    named && found.get(1).is_some(),
                    "{}: `{line}`: {error}",
                    lesson.file
                );
            }
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

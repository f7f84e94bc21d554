//! The authoring guide: it is run from its first line to its last, and must come to what it prints.
//!
//! A fence with `file=PATH` is a file that its reader writes, one called `diff` with `file=PATH` a change of it, and
//! one called `console` holds commands with what they print. `…` alone on a line stands for lines left out. Times,
//! ports and names that a server makes up are not compared. `COURSE_UPDATE_DOCS=1` writes what is printed anew.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use regex::Regex;
use tempfile::TempDir;

/// One fenced block, by the lines of the guide.
struct Fence {
    info: String,
    /// The first line inside, from 0.
    first: usize,
    lines: Vec<String>,
}

fn fences(text: &str) -> Vec<Fence> {
    let mut found = Vec::new();
    let mut open: Option<(&str, Fence)> = None;
    for (number, line) in text.lines().enumerate() {
        let info = line.trim_start_matches('`');
        let ticks = &line[..line.len() - info.len()];
        match &mut open {
            Some((begun, _)) if *begun == line => {
                found.extend(open.take().map(|(_, fence)| fence));
            }
            Some((_, fence)) => fence.lines.push(line.to_owned()),
            None if ticks.len() >= 3 => {
                let fence = Fence {
                    info: info.to_owned(),
                    first: number + 1,
                    lines: Vec::new(),
                };
                open = Some((ticks, fence));
            }
            None => {}
        }
    }
    assert!(open.is_none(), "a fence of the guide has no end");
    found
}

impl Fence {
    fn word(&self, key: &str) -> Option<&str> {
        let mut words = self.info.split_whitespace();
        words.find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    }

    fn is(&self, kind: &str) -> bool {
        self.info.split_whitespace().next() == Some(kind)
    }
}

/// A reader who does what the guide says, in an empty folder.
struct Reader {
    _temp: TempDir,
    root: PathBuf,
}

impl Reader {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("desk")).unwrap();
        Self { _temp: temp, root }
    }

    /// The folder that the commands before this one went to.
    fn folder(&self) -> PathBuf {
        let kept = std::fs::read_to_string(self.root.join("folder"));
        kept.map_or_else(
            |_| self.root.join("desk"),
            |text| PathBuf::from(text.trim()),
        )
    }

    fn file(&self, fence: &Fence, path: &str) {
        let path = self.folder().join(path);
        if !fence.is("diff") {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, fence.lines.join("\n") + "\n").unwrap();
            return;
        }
        let side = |out: char| -> String {
            let kept = fence.lines.iter().filter(|line| !line.starts_with(out));
            let mut text = String::new();
            for line in kept {
                text.push_str(&line[1..]);
                text.push('\n');
            }
            text
        };
        let (old, new) = (side('+'), side('-'));
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            text.matches(&old).count(),
            1,
            "line {}: this is not once in {}:\n{old}",
            fence.first,
            path.display()
        );
        std::fs::write(&path, text.replace(&old, &new)).unwrap();
    }

    /// What a command prints, and its exit code.
    fn run(&self, command: &str) -> (Vec<String>, Option<i32>) {
        let program = Path::new(env!("CARGO_BIN_EXE_course")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        // The next command goes on where this one has gone to, with what it has set.
        let (folder, set) = (self.root.join("folder"), self.root.join("set"));
        let line = format!(
            "test -f {set} && . {set}\n{command}\nended=$?\npwd > {folder}\nexport -p > {set}\nexit $ended",
            folder = folder.display(),
            set = set.display()
        );
        let output = Command::new("sh")
            .args(["-c", &line])
            .current_dir(self.folder())
            .env_clear()
            .env("PATH", format!("{}:{path}", program.display()))
            .env("HOME", &self.root)
            .env("COURSE_HOME", self.root.join("home"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let lines = printed.trim_end().lines().map(|l| l.trim_end().to_owned());
        (lines.collect(), output.status.code())
    }
}

/// A line without what differs from run to run.
fn settled(line: &str) -> String {
    let patterns = [
        (r"(<1|\d+(\.\d+)?) m?s\b", "TIME"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
        (r"\b[0-9a-f]{8}\b", "NAME"),
        (r" {2,}", "  "),
        (r"─{2,}", "──"),
    ];
    let mut line = line.trim_end().to_owned();
    for (pattern, instead) in patterns {
        let regex = Regex::new(pattern).unwrap();
        line = regex.replace_all(&line, instead).into_owned();
    }
    line
}

/// Whether the lines are those that are printed; `…` stands for any number of them.
fn fits(told: &[String], printed: &[String]) -> bool {
    match told {
        [] => printed.is_empty(),
        [first, rest @ ..] if first.trim() == "…" => {
            (0..=printed.len()).any(|skipped| fits(rest, &printed[skipped..]))
        }
        [first, rest @ ..] => printed
            .split_first()
            .is_some_and(|(line, more)| settled(first) == settled(line) && fits(rest, more)),
    }
}

/// Commands of a console block, each with the lines below it.
fn commands(fence: &Fence) -> Vec<(&str, Vec<String>)> {
    let mut found: Vec<(&str, Vec<String>)> = Vec::new();
    for line in &fence.lines {
        match (line.strip_prefix("$ "), found.last_mut()) {
            (Some(command), _) => found.push((command, Vec::new())),
            (None, Some((_, told))) => told.push(line.clone()),
            (None, None) => panic!("line {}: no command", fence.first),
        }
    }
    for (_, told) in &mut found {
        while told.last().is_some_and(String::is_empty) {
            told.pop();
        }
    }
    found
}

#[test]
fn the_guide_comes_to_what_it_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/authoring.md");
    let guide = std::fs::read_to_string(&path).unwrap();
    let anew = std::env::var_os("COURSE_UPDATE_DOCS").is_some();
    let reader = Reader::new();
    let mut lines: Vec<String> = guide.lines().map(str::to_owned).collect();
    let mut grown = 0_isize;
    let mut ran = 0;
    for fence in fences(&guide) {
        if let Some(path) = fence.word("file") {
            reader.file(&fence, path);
        }
        if !fence.is("console") {
            continue;
        }
        let mut shown = Vec::new();
        for (command, told) in commands(&fence) {
            let (printed, code) = reader.run(command);
            let wanted: i32 = fence.word("exit").map_or(0, |code| code.parse().unwrap());
            assert_eq!(code, Some(wanted), "`{command}` printed {printed:#?}");
            let holds = fits(&told, &printed);
            assert!(
                holds || anew,
                "line {}: `{command}` prints\n{}\nand the guide says\n{}\n\
                 (COURSE_UPDATE_DOCS=1 cargo test --test suite guide writes it anew)",
                fence.first,
                printed.join("\n"),
                told.join("\n")
            );
            if !shown.is_empty() {
                shown.push(String::new());
            }
            shown.push(format!("$ {command}"));
            shown.extend(if holds { told } else { printed });
            ran += 1;
        }
        if anew {
            let start = fence.first.checked_add_signed(grown).unwrap();
            let end = start + fence.lines.len();
            grown +=
                isize::try_from(shown.len()).unwrap() - isize::try_from(fence.lines.len()).unwrap();
            lines.splice(start..end, shown);
        }
    }
    assert!(ran > 10, "the guide has {ran} commands");
    if anew {
        std::fs::write(path, lines.join("\n") + "\n").unwrap();
    }
}

#[test]
fn lines_that_were_left_out_fit_and_others_do_not() {
    let told = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
    let printed = told("a\nb in 12 ms\nc http://127.0.0.1:41873/x");
    assert!(fits(&told("a\n…"), &printed));
    assert!(fits(
        &told("a\nb in 1.2 s\nc http://127.0.0.1:9/x"),
        &printed
    ));
    assert!(fits(
        &told("…\nc   http://127.0.0.1:9/x"),
        &told("c  http://127.0.0.1:1/x")
    ));
    assert!(!fits(&told("a\nb in 12 ms"), &printed));
    assert!(!fits(&told("…\nd"), &printed));
}

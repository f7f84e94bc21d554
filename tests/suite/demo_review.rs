//! `course demo review`: the server of lesson 6, and the requests that prove what is wrong with it.

use std::path::Path;
use std::process::Command;

use course::base::source::Source;
use course::lessons::{Demo, Lesson};
use course::questions::Kind;

use crate::desk::{Desk, Typed, shipped};

fn course(desk: &Desk, line: &str) -> Typed {
    desk.course(line)
        .env("COURSE_CONTENT", shipped().to_str().unwrap())
}

fn lesson() -> (Lesson, Demo) {
    let source = Source::Folder(shipped());
    let mut lessons = course::lessons::all(&source).unwrap();
    let place = lessons.iter().position(|l| l.number == 6).unwrap();
    let lesson = lessons.remove(place);
    let demo = Demo::read(&source, &lesson).unwrap().unwrap();
    (lesson, demo)
}

/// What must come back for each finding, in whatever language.
const PROOFS: [(&str, &[&str]); 13] = [
    ("no-parser", &["\n500\n", "TypeError"]),
    (
        "swallowed",
        &["went wrong\"} 500", "The server printed nothing."],
    ),
    ("anybody", &["{\"token\":\""]),
    ("default-key", &["\"role\":\"admin\"} 200"]),
    ("any-algorithm", &["\"role\":\"admin\"} 200"]),
    ("any-scheme", &["\"role\":\"admin\"} 200"]),
    ("wrong-status", &["HTTP/1.1 403 "]),
    ("no-challenge", &["HTTP/1.1 401 "]),
    ("inherited", &["\n{} 200\n"]),
    ("weak-ids", &["{\"id\":\""]),
    (
        "readable",
        &["{\"userId\":\"grace\",\"role\":\"user\",\"iat\":"],
    ),
    ("no-way-back", &["\n404\n"]),
    ("open-list", &["{\"count\":100,", "person1@shop.test"]),
];

/// Holds what the demo printed to the table above.
fn proves(text: &str) {
    let (_, demo) = lesson();
    for (i, proof) in demo.proofs.iter().enumerate() {
        let (finding, wanted) = PROOFS[i];
        assert_eq!(proof.finding.as_str(), finding);
        let from = text
            .find(&format!("\n{}. {}\n", i + 1, proof.title))
            .unwrap();
        let part = &text[from..];
        let end = part.find("On the worksheet").unwrap();
        let evidence = part[..end].split_once("What came back:").unwrap().1;
        for piece in wanted {
            assert!(evidence.contains(piece), "{finding}: {evidence}");
        }
        let challenge = evidence
            .lines()
            .any(|l| l.trim_start().starts_with("WWW-Authenticate:"));
        assert!(!challenge, "{finding}: {evidence}");
        if finding == "weak-ids" {
            assert_eq!(evidence.matches("{\"id\":").count(), 6, "{evidence}");
        }
    }
}

#[test]
fn every_proof_shows_its_fault_in_python() {
    let desk = Desk::new();
    let answer = course(&desk, "demo review --language python").works();
    proves(&answer.out());
    answer
        .says("It runs twice, in Python:")
        .leads_to("course next");
}

#[test]
fn every_proof_shows_its_fault_in_node_with_the_packages_that_are_here() {
    let folder = shipped().join("lessons/06-review-the-code/node");
    let Some(track) = crate::node::track(&folder) else {
        return;
    };
    let desk = Desk::new();
    std::os::unix::fs::symlink(
        track.path().join("node_modules"),
        desk.folder.join("node_modules"),
    )
    .unwrap();
    let answer = course(&desk, "demo review").works();
    proves(&answer.out());
    answer.says("It runs twice, in Node.js:").quietly();
}

#[test]
fn without_the_packages_it_runs_in_another_language_and_says_so() {
    let desk = Desk::new();
    course(&desk, "demo review")
        .works()
        .says("It runs twice, in Python:")
        .says("Node.js with Express, which is not installed here");
}

#[cfg(unix)]
#[test]
fn a_line_that_is_shown_works_in_another_terminal_until_the_demo_ends() {
    let desk = Desk::new();
    let content = shipped();
    let env = [("COURSE_CONTENT", content.to_str().unwrap())];
    let mut session = crate::next::on_a_terminal(&desk, "demo review --language python", &env);
    session.exp_string("Enter to end)").unwrap();
    session.send_line("99").unwrap();
    session.exp_string("a number from 1 to 13").unwrap();
    session.send_line("4").unwrap();
    session
        .exp_string("4. A token that you signed at home")
        .unwrap();
    session.exp_string("curl ").unwrap();
    let line = session.exp_string("What came back").unwrap();
    // The terminal's own carriage returns and colours do not belong to the line.
    let line = strip(&line);
    let send = || {
        let line = format!("curl {line}");
        let done = Command::new("sh").args(["-c", &line]).output().unwrap();
        String::from_utf8(done.stdout).unwrap()
    };
    assert!(send().contains("\"role\":\"admin\"} 200"), "{line}");
    session.exp_string("Enter to end)").unwrap();
    session.send_control('c').unwrap();
    session.exp_eof().unwrap();
    let gone = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        !send().contains("200")
    });
    assert!(gone, "the server outlives its demo");
}

fn strip(text: &str) -> String {
    let escape = regex::Regex::new("\x1b\\[[0-9;]*m").unwrap();
    escape.replace_all(text, "").replace('\r', "")
}

#[test]
fn the_lesson_shows_the_code_that_runs() {
    let (lesson, _) = lesson();
    let path = shipped().join("lessons/06-review-the-code/node/directory.js");
    let code = std::fs::read_to_string(path).unwrap();
    assert!(lesson.text.contains(&format!("```javascript\n{code}```")));
}

#[test]
fn every_fault_of_the_worksheet_has_a_proof_but_the_two_that_need_more_than_a_request() {
    let (lesson, demo) = lesson();
    let faults: Vec<String> = lesson
        .quiz
        .iter()
        .filter_map(|q| match &q.kind {
            Kind::Several(several) => Some(&several.options),
            _ => None,
        })
        .flatten()
        .filter(|o| o.right)
        .map(|o| o.id.to_string())
        .collect();
    let proven = |id: &&String| {
        demo.proofs
            .iter()
            .any(|p| p.finding.as_str() == id.as_str())
    };
    let left: Vec<&String> = faults.iter().filter(|id| !proven(id)).collect();
    assert_eq!(left, ["never-deleted", "fixed-port"]);
    assert_eq!(demo.proofs.len() + left.len(), faults.len());
    assert!(Path::new(&shipped().join(&demo.folder)).is_dir());
}

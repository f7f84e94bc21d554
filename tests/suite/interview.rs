//! `course interview`.

use std::path::PathBuf;

use crate::desk::{Desk, Typed, shipped, tiny};
#[cfg(unix)]
use crate::next::on_a_terminal;

const BANK: &str = r#"
[[question]]
id = "Q1"
level = "easy"
ask = "Who connects?"
must = ["The client does.", "The server listens."]
strong = ["Roles belong to an exchange."]
red_flags = ["The bigger one."]
follow_ups = [{ ask = "And a proxy?", answer = "Both." }]
lesson = "who-asks"
check = "hello#greets"
"#;

/// The tiny course, with one question for the interview.
fn content(desk: &Desk) -> PathBuf {
    let root = desk.folder.join("content");
    desk.write("content/interview/questions.toml", BANK);
    for folder in ["lessons", "exercises", "checks"] {
        std::os::unix::fs::symlink(tiny().join(folder), root.join(folder)).unwrap();
    }
    root
}

fn course(desk: &Desk, line: &str) -> Typed {
    desk.course(line).env(
        "COURSE_CONTENT",
        desk.folder.join("content").to_str().unwrap(),
    )
}

#[test]
fn through_a_pipe_the_questions_are_listed_and_json_has_their_points() {
    let desk = Desk::new();
    content(&desk);
    course(&desk, "interview")
        .works()
        .says("Q1   easy    - Who connects?\n")
        .notes("an interview needs a terminal; `--format json` prints the questions")
        .leads_to("course interview");
    let answer = course(&desk, "interview --format json").works().quietly();
    let document: serde_json::Value = serde_json::from_str(&answer.out()).unwrap();
    assert_eq!(document["format"], "course-interview/v1");
    assert_eq!(document["questions"][0]["must"][1], "The server listens.");
    assert_eq!(document["questions"][0]["follow_ups"][0]["answer"], "Both.");
    assert!(document["questions"][0]["due"].is_null());
    course(&desk, "interview --question Q2")
        .exits(2)
        .notes("there is no question `Q2`; did you mean `Q1`?");
    desk.course("interview")
        .exits(2)
        .notes("this course has no questions for an interview");
    assert!(!desk.home.exists(), "looking leaves nothing behind");
}

#[test]
fn the_shipped_questions_are_there_one_by_one() {
    let desk = Desk::new();
    let content = shipped();
    let answer = desk
        .course("interview --question q9 --format json")
        .env("COURSE_CONTENT", content.to_str().unwrap())
        .works();
    let document: serde_json::Value = serde_json::from_str(&answer.out()).unwrap();
    assert_eq!(document["questions"].as_array().unwrap().len(), 1);
    assert_eq!(document["questions"][0]["minutes"], 15);
}

#[cfg(unix)]
fn sit(desk: &Desk, line: &str) -> rexpect::session::PtySession {
    let content = desk.folder.join("content");
    on_a_terminal(desk, line, &[("COURSE_CONTENT", content.to_str().unwrap())])
}

#[cfg(unix)]
#[test]
fn a_follow_up_comes_after_the_answer_is_locked_and_a_red_flag_caps_the_score() {
    let desk = Desk::new();
    content(&desk);
    let mut session = sit(&desk, "interview --minutes 4");
    session
        .exp_string("Mock interview: 4 minutes, 1 question")
        .unwrap();
    let before = session.exp_string("[3:00]").unwrap();
    assert!(before.contains("Who connects?") && !before.contains("And a proxy?"));
    session.send_line("the bigger one connects").unwrap();
    session.send_line(".").unwrap();
    let locked = session.exp_string("And a proxy?").unwrap();
    assert!(locked.contains("Locked.") && !locked.contains("The client does."));
    session.send_line("aloud").unwrap();
    session.exp_string("Speak, then press Enter:").unwrap();
    session.send_line("").unwrap();
    session.exp_string("The client does.").unwrap();
    session.exp_string("Which of these did you say?").unwrap();
    session.send_line("1 2 3 9").unwrap();
    session.exp_string("Please answer with numbers").unwrap();
    session.send_line("1 2 3 4").unwrap();
    session.exp_string("At most 1 point").unwrap();
    session.exp_string("(0 to 1)").unwrap();
    session.send_line("4").unwrap();
    session.exp_string("a number from 0 to 1").unwrap();
    session.send_line("1").unwrap();
    session.exp_string("1 of 4 points, self-reported.").unwrap();
    session.exp_string("course read who-asks").unwrap();
    session
        .exp_string("course check hello --only greets")
        .unwrap();
    session.exp_string("comes back on").unwrap();
    session.exp_string("Transcript: ").unwrap();
    session.exp_eof().unwrap();

    let progress = desk.progress();
    let interview = &progress["interview"];
    assert!(interview["open"].is_null() && interview["done"].is_string());
    assert_eq!(interview["questions"]["Q1"]["score"], 1);
    let folder = desk.home.join("interviews");
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    let text = std::fs::read_to_string(file.path()).unwrap();
    for piece in [
        "# Mock interview of ",
        "> the bigger one connects  \n",
        "> (said aloud, ",
        "- [x] The bigger one.",
        "Self-reported: 1 of 4",
    ] {
        assert!(text.contains(piece), "{piece}\n{text}");
    }
    course(&desk, "interview --list")
        .works()
        .says("1 of 4, again 2");
}

#[cfg(unix)]
#[test]
fn what_was_typed_before_ctrl_c_is_there_when_it_goes_on() {
    let desk = Desk::new();
    content(&desk);
    let mut session = sit(&desk, "interview --minutes 4");
    session.exp_string("[3:00]").unwrap();
    session.send_line("  first line").unwrap();
    session.exp_string("] ").unwrap();
    session.send_control('c').unwrap();
    session.exp_eof().unwrap();
    course(&desk, "list").works().says("started");

    let mut session = sit(&desk, "interview");
    session
        .exp_string("goes on: 0 of 1 questions are marked")
        .unwrap();
    session.exp_string("(kept)    first line").unwrap();
    session.send_line("second").unwrap();
    session.send_line(".").unwrap();
    session.exp_string("And a proxy?").unwrap();
    session.send_control('d').unwrap();
    session.exp_string("Your answers are kept.").unwrap();
    session.exp_eof().unwrap();
    let open = &desk.progress()["interview"]["open"];
    assert_eq!(open["items"][0]["answer"]["text"], "  first line\nsecond\n");
    assert_eq!(open["items"][0]["answer"]["locked"], true);

    let mut session = sit(&desk, "interview --new --minutes 4");
    let fresh = session.exp_string("[3:00]").unwrap();
    assert!(fresh.contains("Mock interview") && !fresh.contains("kept"));
    session.send_control('d').unwrap();
    session.exp_eof().unwrap();
}

#[cfg(unix)]
#[test]
fn one_question_by_itself_leaves_the_open_interview_alone() {
    let desk = Desk::new();
    content(&desk);
    let mut session = sit(&desk, "interview --minutes 4");
    session.exp_string("[3:00]").unwrap();
    session.send_line("kept line").unwrap();
    session.exp_string("] ").unwrap();
    session.send_control('d').unwrap();
    session.exp_eof().unwrap();
    let open = desk.progress()["interview"]["open"].clone();

    let mut session = sit(&desk, "interview --question Q1");
    session
        .exp_string("A line with only a dot locks it.")
        .unwrap();
    session.exp_string("[3:00]").unwrap();
    session.send_line(".").unwrap();
    session.exp_string("And a proxy?").unwrap();
    session.send_line(".").unwrap();
    session.exp_string("Which of these").unwrap();
    session.send_line("1 2 3").unwrap();
    session.exp_string("(0 to 4)").unwrap();
    session.send_line("4").unwrap();
    session.exp_string("4 of 4 points, self-reported.").unwrap();
    session.exp_eof().unwrap();
    let interview = &desk.progress()["interview"];
    assert_eq!(interview["open"], open);
    assert_eq!(interview["questions"]["Q1"]["times"], 1);
}

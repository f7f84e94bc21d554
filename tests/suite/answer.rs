//! `course answer`.
#![cfg(unix)]

use rexpect::session::PtySession;

use crate::desk::{Desk, Typed};
use crate::next::on_a_terminal;

const QUESTIONS: &str = r#"
[[question]]
id = "sold"
kind = "prediction"
ask = "20 buyers, 5 laptops: how many does the starter sell?"
unit = "laptops"
measured = { figure = "last-five.sold", of = "first" }
tolerance = 2
otherwise = 20
why = "It looks before anybody has taken."
wrong = [{ value = 5, why = "That is a correct shop." }]

[[question]]
id = "where"
kind = "match"
ask = "Which tier keeps it?"
sides = [{ id = "app", text = "the application" }, { id = "db", text = "the database" }]
facts = [
  { text = "the rule", is = "app", why = "Rules are decided in one place." },
  { text = "the stock", is = "db", shown_by = "last-five", why = "Only the database is shared." },
]

[[question]]
id = "why"
kind = "essay"
ask = "Why a database?"
mentions = ["sharing"]
rubric = ["Says what is shared", "Names a price"]
model = "Instances share **nothing** else."
"#;

const CHECKS: &str = r#"
course = 1
exercise = "shop"
[instance.a]

[[check]]
id = "last-five"
title = "Five laptops are sold five times"
points = 80
level = "core"

[[check.step]]
name = "20 buyers"
http = { on = "a", post = "/buy" }
repeat = 20
parallel = true
expect.tally = { "201" = 5, "409" = 15 }
record.sold = "tally.201"

[[check]]
id = "said"
title = "It was said where things belong"
points = 20
level = "deep"

[[check.step]]
answer = { question = "where" }
expect.right = true
"#;

const SERVER: &str = r#"
import os, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
LIMIT = 20
sold, lock = 0, threading.Lock()
class Shop(BaseHTTPRequestHandler):
    def end(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def do_GET(self):
        self.end(200)
    def do_POST(self):
        global sold
        with lock:
            sold += 1
            self.end(201 if sold <= LIMIT else 409)
    def log_message(self, *args):
        pass
ThreadingHTTPServer.request_queue_size = 128
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Shop).serve_forever()
"#;

/// A desk with a course of one exercise, and that started.
fn desk() -> Desk {
    let desk = Desk::new();
    let exercise = "title = \"Shop\"\norder = 1\nminutes = 9\nsummary = \"Sell five.\"\n";
    desk.write("content/exercises/shop/exercise.toml", exercise);
    desk.write("content/exercises/shop/README.md", "# Shop\n");
    desk.write("content/exercises/shop/questions.toml", QUESTIONS);
    desk.write("content/exercises/shop/starters/python/server.py", SERVER);
    let language = "[python]\nname = \"Python\"\nrun = \"python3 server.py\"\n";
    desk.write("content/exercises/languages.toml", language);
    desk.write("content/checks/shop.toml", CHECKS);
    std::fs::create_dir(desk.folder.join("content/lessons")).unwrap();
    course(&desk, "start shop").works();
    desk
}

fn content(desk: &Desk) -> String {
    desk.folder.join("content").to_string_lossy().into_owned()
}

fn course(desk: &Desk, line: &str) -> Typed {
    desk.course(line).env("COURSE_CONTENT", &content(desk))
}

fn sit(desk: &Desk, line: &str, env: &[(&str, &str)]) -> PtySession {
    let content = content(desk);
    let mut all = vec![("COURSE_CONTENT", content.as_str())];
    all.extend(env);
    on_a_terminal(desk, line, &all)
}

fn answers(desk: &Desk) -> toml::Table {
    desk.read("shop/answers.toml").parse().unwrap()
}

/// The course takes the exercise for passed.
fn passed(desk: &Desk) {
    let server = SERVER.replace("LIMIT = 20", "LIMIT = 5");
    desk.write("shop/server.py", &server);
    course(desk, "check shop").works();
}

#[test]
fn through_a_pipe_the_questions_are_shown_and_how_to_answer() {
    let desk = desk();
    course(&desk, "answer shop")
        .works()
        .says("Question 1 of 3: sold\n")
        .says("Answer with a number of laptops.")
        .says("1. the rule\n2. the stock\n")
        .says("Answer with one letter for each fact, in their order, as in a b.")
        .says("No points hang on these words.")
        .quietly()
        .leads_to("course answer shop --answer sold=10");
    let shown = course(&desk, "answer shop").works().out();
    assert!(!shown.contains("Instances share"), "{shown}");
    assert!(!desk.folder.join("shop/answers.toml").exists());
}

#[test]
fn what_a_run_measures_is_held_against_what_was_predicted() {
    let desk = desk();
    course(&desk, "answer shop --answer sold=12")
        .works()
        .says("Kept.")
        .says("`course check last-five` measures it.");
    course(&desk, "check shop --only last-five")
        .exits(1)
        .says("│ guess    sold: you predicted 12; the run measured 20 laptops\n");
    let figure = &desk.progress()["exercises"]["shop"]["figures"]["last-five.sold"];
    assert_eq!(figure["first"], 20.0, "a check that fails measures too");
    let json = course(&desk, "check shop --only last-five --format json").exits(1);
    let document: serde_json::Value = serde_json::from_str(&json.out()).unwrap();
    assert_eq!(document["figures"]["last-five.sold"], 20);
    passed(&desk);
    let figure = &desk.progress()["exercises"]["shop"]["figures"]["last-five.sold"];
    assert_eq!(
        (&figure["first"], &figure["latest"]),
        (&20.0.into(), &5.0.into())
    );
    // The prediction was about the starter, whatever came later.
    course(&desk, "answer shop")
        .works()
        .says("you predicted 12; the run measured 20 laptops. Not\n  close. It looks before anybody has taken.");
    course(&desk, "answer shop --answer sold=5")
        .works()
        .says("you predicted 5; the run measured 20 laptops. Not close. That is a\ncorrect shop.");
    assert_eq!(
        answers(&desk)["answer"]["sold"]["verdict"].as_str(),
        Some("predicted")
    );
}

#[test]
fn an_answer_without_a_terminal_is_judged_and_kept() {
    let desk = desk();
    course(&desk, "answer shop --answer where=aa")
        .works()
        .says("Not quite.\n1 of 2 pairs are right.")
        .says("**2** is not **a**, the application: Only the database is shared.")
        .says("Not shown by your own run yet: `last-five` (2).");
    assert_eq!(
        answers(&desk)["answer"]["where"]["verdict"].as_str(),
        Some("wrong")
    );
    course(&desk, "answer shop --answer 'where=app db'")
        .works()
        .says("All 2 pairs are right.");
    assert_eq!(
        answers(&desk)["answer"]["where"]["verdict"].as_str(),
        Some("right")
    );
    course(&desk, "answer shop --answer where=a")
        .exits(2)
        .notes("`a` does not answer `where`; answer with one letter for each fact");
    course(&desk, "answer shop --answer wehre=ab")
        .exits(2)
        .notes("there is no question `wehre`; did you mean `where`?");
    course(&desk, "answer shop --answer why.scores=2,1")
        .exits(2)
        .notes("there is no answer to `why` to mark; write one first");
    course(&desk, "answer shop --answer 'why=They share it.'")
        .works()
        .says("Instances share **nothing** else.")
        .says("1. Says what is shared")
        .says("--answer\nwhy.scores=1,1`");
    course(&desk, "answer shop --answer why.scores=2,3")
        .exits(2)
        .notes("`2,3` does not mark `why`; give 2 numbers from 0 to 2");
    course(&desk, "answer shop --answer why.scores=2,1")
        .works()
        .says("3 of 4 points, self-reported.")
        .says("**Self-reported:** 3 of 4 points by your own marks. They are no part of");
    let why = &answers(&desk)["answer"]["why"];
    assert_eq!(why["verdict"].as_str(), Some("self-reported"));
    assert_eq!(why["given"].as_str(), Some("They share it."));
}

#[test]
fn answers_need_a_folder_that_is_theirs() {
    let desk = desk();
    std::fs::remove_dir_all(desk.folder.join("shop")).unwrap();
    course(&desk, "answer shop --answer sold=1")
        .exits(2)
        .notes("answers are kept in the folder of the exercise; type `course start shop` first");
    course(&desk, "answer shop").works().says("Question 1 of 3");
}

#[test]
fn a_check_of_an_answer_waits_for_the_answer_and_never_holds_up() {
    let desk = desk();
    let server = SERVER.replace("LIMIT = 20", "LIMIT = 5");
    desk.write("shop/server.py", &server);
    course(&desk, "check shop")
        .works()
        .says("the question `where` is not answered yet; `course answer` asks it")
        .says("80 of 100")
        .says("PASSED");
    course(&desk, "answer shop --answer where=ba").works();
    course(&desk, "check shop")
        .exits(1)
        .says("PASSED")
        .says("80 of 100");
    course(&desk, "answer shop --answer where=ab").works();
    course(&desk, "check shop").works().says("100 of 100");
}

#[test]
fn predictions_come_alone_until_the_server_passes() {
    let desk = desk();
    let mut session = sit(&desk, "answer shop", &[]);
    let before = session.exp_string("a number of laptops):").unwrap();
    assert!(!before.contains("Question 2"), "{before}");
    session.send_line("twelve").unwrap();
    session
        .exp_string("Please answer with a number of laptops")
        .unwrap();
    session.send_line("12").unwrap();
    session.exp_string("Kept.").unwrap();
    session.exp_string("measures it.").unwrap();
    session
        .exp_string("The other 2 questions are easier when your server passes")
        .unwrap();
    let after = session.exp_eof().unwrap();
    assert!(!after.contains("Question 2"), "{after}");
}

#[test]
fn a_written_part_is_walked_through_left_and_gone_on_with() {
    let desk = desk();
    passed(&desk);
    course(&desk, "").works().leads_to("course answer shop");
    let mut session = sit(&desk, "next", &[]);
    session.exp_string("a number of laptops):").unwrap();
    session.send_line("5").unwrap();
    session.exp_string("That was close.").unwrap();
    session.exp_string("as in a b):").unwrap();
    session.send_line("ab").unwrap();
    session.exp_string("All 2 pairs are right.").unwrap();
    session.exp_string("Your own run has shown it: ").unwrap();
    session
        .exp_string("A line with only a dot ends it.")
        .unwrap();
    session.exp_string(">").unwrap();
    session.send_line("They share it.").unwrap();
    session.exp_string("> ").unwrap();
    session.send_control('c').unwrap();
    session.exp_eof().unwrap();
    assert_eq!(
        answers(&desk)["answer"]["why"]["verdict"].as_str(),
        Some("draft")
    );

    go_on_writing(&desk);
    let mut session = sit(&desk, "answer shop", &[]);
    let before = session.exp_string("Line 2 (0, 1 or 2):").unwrap();
    assert!(!before.contains("Line 1 (0"), "{before}");
    session.send_line("3").unwrap();
    session.exp_string("Please answer with 0, 1 or 2.").unwrap();
    session.exp_string("Line 2 (0, 1 or 2):").unwrap();
    session.send_line("1").unwrap();
    session.exp_string("3 of 4 points, self-reported.").unwrap();
    session
        .exp_string("The written part of shop is done.")
        .unwrap();
    session.exp_eof().unwrap();
    course(&desk, "").works().leads_to("course list");
}

/// Ends an essay that was begun, and leaves in the middle of marking it.
fn go_on_writing(desk: &Desk) {
    let mut session = sit(desk, "answer shop", &[]);
    let before = session.exp_string("(kept)  They share it.").unwrap();
    assert!(!before.contains("Question 2"), "{before}");
    assert!(
        !before.contains("Instances share"),
        "the model comes after the text"
    );
    session.exp_string(">").unwrap();
    session.send_line("Nothing else is.").unwrap();
    session.exp_string("> ").unwrap();
    session.send_line(".").unwrap();
    session.exp_string("A model answer").unwrap();
    session.exp_string("Line 1 (0, 1 or 2):").unwrap();
    session.send_line("2").unwrap();
    session.exp_string("Line 2 (0, 1 or 2):").unwrap();
    session.send_control('d').unwrap();
    session.exp_string("What you answered is kept.").unwrap();
    session.exp_string("course answer shop").unwrap();
    session.exp_eof().unwrap();
    let why = answers(desk)["answer"]["why"].clone();
    assert_eq!(
        why["given"].as_str(),
        Some("They share it.\nNothing else is.")
    );
    assert_eq!(why["scores"].as_array().unwrap().len(), 1);
}

#[test]
fn an_essay_is_written_in_the_learners_editor() {
    let desk = desk();
    passed(&desk);
    course(&desk, "answer shop --answer sold=5 --answer where=ab").works();
    let editor =
        "#!/bin/sh\ngrep -q 'Why a database?' \"$1\" || exit 3\nprintf 'Because.\\n' >> \"$1\"\n";
    desk.write("my editor.sh", editor);
    let path = desk.folder.join("my editor.sh");
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let quoted = format!("'{}'", path.display());
    let mut session = sit(&desk, "answer shop", &[("EDITOR", &quoted)]);
    session.exp_string("Enter opens your editor").unwrap();
    session.send_line("").unwrap();
    session.exp_string("A model answer").unwrap();
    session.exp_string("(0, 1 or 2):").unwrap();
    session.send_control('d').unwrap();
    session.exp_eof().unwrap();
    assert_eq!(
        answers(&desk)["answer"]["why"]["given"].as_str(),
        Some("Because.")
    );
    let mut session = sit(&desk, "answer shop --again", &[("EDITOR", "/nowhere/vi")]);
    session.exp_string("a number of laptops):").unwrap();
    session.send_line("5").unwrap();
    session.exp_string("as in a b):").unwrap();
    session.send_line("ab").unwrap();
    session.exp_string("Enter opens your editor").unwrap();
    session.send_line("").unwrap();
    session.exp_string("type your answer here instead").unwrap();
    session.exp_string("(kept)  Because.").unwrap();
}

#[test]
fn the_written_part_may_be_left_aside() {
    let desk = desk();
    course(&desk, "next --done")
        .exits(2)
        .notes("`shop` is an exercise");
    passed(&desk);
    course(&desk, "next")
        .works()
        .says("Question 1 of 3: sold")
        .says("`course next --done` goes on without\nit.");
    course(&desk, "list")
        .works()
        .says("written part of shop (3 questions)");
    course(&desk, "next --done")
        .works()
        .says("The written part of shop is left aside")
        .leads_to("course list");
}

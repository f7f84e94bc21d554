//! `course solution`.

use crate::desk::Desk;

#[test]
fn the_solution_is_kept_back_until_a_pass_or_giving_up() {
    let desk = Desk::new();
    desk.course("start hello --language python .").works();
    let refused = desk
        .course("solution")
        .exits(2)
        .notes("course solution --give-up");
    assert_eq!(refused.out(), "");
    desk.course("solution --give-up")
        .works()
        .says("--- yours/server.py\n+++ solution/server.py\n")
        .says("-print(\"starter\")\n+print(\"solution\")\n")
        .notes("you gave up on `hello`");
    assert!(desk.progress()["exercises"]["hello"]["gave_up"].is_string());
    desk.course("solution").works().quietly();
}

#[test]
fn after_a_pass_it_is_shown_and_copied_but_never_over_a_file() {
    let desk = Desk::new();
    desk.course("start hello --language python .").works();
    desk.write_progress(r#"{"version":1,"exercises":{"hello":{"passed":"x"}}}"#);
    desk.course("solution --write theirs")
        .works()
        .says("The solution is in `theirs`.");
    assert_eq!(desk.read("theirs/server.py"), "print(\"solution\")\n");
    desk.course("solution --write .")
        .exits(2)
        .notes("nothing was copied");
    assert_eq!(desk.read("server.py"), "print(\"starter\")\n");
    assert!(desk.progress()["exercises"]["hello"]["gave_up"].is_null());
}

#[test]
fn escapes_in_the_learners_file_are_shown_not_sent() {
    let desk = Desk::new();
    desk.course("start hello --language python .").works();
    desk.write("server.py", "\u{1b}]8;;evil\u{7}\n");
    desk.course("solution --give-up")
        .works()
        .says("-\\x1b]8;;evil\\x07");
}

#[test]
fn a_language_without_a_solution_says_which_have_one() {
    let desk = Desk::new();
    desk.course("start hello --language blank .").works();
    desk.course("solution --give-up")
        .exits(2)
        .notes("there is no solution of `hello` in `blank`; there is `python`");
}

#[test]
fn files_of_the_learner_that_the_solution_lacks_are_named() {
    let desk = Desk::new();
    desk.course("start hello --language python .").works();
    desk.write("lib/own.py", "own\n");
    desk.write("__pycache__/x.pyc", "");
    desk.course("solution --give-up")
        .works()
        .says("the solution does without them:\n  lib/own.py\n")
        .keeps_back("pyc")
        .keeps_back("course.toml");
}

#[test]
fn outside_a_workspace_the_files_of_the_solution_are_named_and_copied() {
    let desk = Desk::new();
    desk.course("solution").exits(2);
    desk.course("solution hello").exits(2).notes("--give-up");
    desk.course("solution hello --give-up")
        .works()
        .says("The solution of `hello` in `python` has these files:\n  server.py\n")
        .leads_to("course solution hello --language python --write solution");
    desk.course("solution hello --write solution").works();
    assert_eq!(desk.read("solution/server.py"), "print(\"solution\")\n");
}

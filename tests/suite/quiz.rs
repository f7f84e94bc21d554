//! `course quiz`.

use crate::desk::{Desk, shipped};
#[cfg(unix)]
use crate::next::on_a_terminal;

#[test]
fn through_a_pipe_the_questions_are_shown_and_how_to_answer() {
    let desk = Desk::new();
    desk.course("quiz")
        .works()
        .says("Lesson 1: Who asks")
        .says("Question 1 of 2: opens")
        .says("Answer with one letter, a to b.")
        .says("Question 2 of 2: trips")
        .says("Answer with a number of round trips.")
        .quietly()
        .leads_to("course quiz 1 --answer opens=a");
    assert!(!desk.home.exists(), "looking leaves nothing behind");
}

#[test]
fn an_answer_without_a_terminal_is_judged_explained_and_kept() {
    let desk = Desk::new();
    desk.course("quiz 1 --answer opens=a")
        .works()
        .says("Not quite.\nThe server listens.")
        .leads_to("course next");
    desk.course("quiz 1")
        .works()
        .says("Question 1 of 2: opens (you had it wrong)")
        .says("Question 2 of 2: trips\n");
    desk.course("quiz 1 --answer opens=b --answer trips=1")
        .works()
        .says("Lesson 1, Who asks, is done.");
    let quiz = &desk.progress()["lessons"]["who-asks"]["quiz"];
    assert_eq!(quiz["opens"]["right"], true);
    assert_eq!(quiz["opens"]["tries"], 2);
}

#[test]
fn an_answer_to_no_question_or_of_another_kind_is_refused_and_not_kept() {
    let desk = Desk::new();
    desk.course("quiz 1 --answer open=a --answer trips=many")
        .exits(2)
        .notes("`many` does not answer `trips`; answer with a number of round trips");
    desk.course("quiz 1 --answer opns=a")
        .exits(2)
        .notes("there is no question `opns`; did you mean `opens`?");
    desk.course("quiz 1 --answer opens")
        .exits(2)
        .notes("write the question's name and the answer, as in `opens=a`");
    desk.course("quiz who-aks").exits(2).notes("did you mean");
    let quiz = &desk.progress()["lessons"]["who-asks"]["quiz"];
    assert!(quiz["trips"].is_null(), "{quiz}");
}

#[cfg(unix)]
#[test]
fn on_a_terminal_only_what_is_not_right_yet_is_asked_again() {
    let desk = Desk::new();
    desk.course("quiz 1 --answer opens=a --answer trips=1")
        .works();
    let mut session = on_a_terminal(&desk, "quiz 1", &[]);
    let before = session.exp_string("Question 1 of 2").unwrap();
    assert!(before.contains("Who asks"), "{before}");
    session.exp_string("(one letter, a to b):").unwrap();
    session.send_line("b").unwrap();
    session.exp_string("Right.").unwrap();
    let after = session.exp_string("You had 2 of 2 right.").unwrap();
    assert!(!after.contains("Question 2"), "{after}");
    session.exp_eof().unwrap();
}

#[cfg(unix)]
#[test]
fn what_was_answered_before_ctrl_c_is_kept() {
    let desk = Desk::new();
    let mut session = on_a_terminal(&desk, "quiz 1", &[]);
    session.exp_string("(one letter, a to b):").unwrap();
    session.send_line("b").unwrap();
    session.exp_string("Question 2 of 2").unwrap();
    session.exp_string("round trips):").unwrap();
    session.send_control('c').unwrap();
    session.exp_eof().unwrap();
    let mut session = on_a_terminal(&desk, "quiz 1", &[]);
    let before = session.exp_string("Question 2 of 2").unwrap();
    assert!(!before.contains("Question 1 of 2"), "{before}");
}

#[test]
fn every_shipped_quiz_fits_every_width() {
    let desk = Desk::new();
    for lesson in 1..=14 {
        for width in ["40", "80", "120"] {
            let answer = desk
                .course(&format!("quiz {lesson}"))
                .env("COURSE_CONTENT", shipped().to_str().unwrap())
                .env("COLUMNS", width)
                .works();
            let limit: usize = width.parse().unwrap();
            // The last line is a command, which is never wrapped.
            for line in answer.out().lines().filter(|l| !l.starts_with("next: ")) {
                let columns = unicode_width::UnicodeWidthStr::width(line);
                assert!(columns <= limit, "lesson {lesson} at {width}: {line}");
            }
        }
    }
}

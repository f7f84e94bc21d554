//! `course next`.

use crate::desk::Desk;

#[test]
fn a_lesson_stays_next_until_it_is_marked_as_done() {
    let desk = Desk::new();
    for _ in 0..2 {
        desk.course("next")
            .works()
            .says("1. Who asks")
            .says("A client asks and a server answers.")
            .notes("asks the 2 questions of this lesson")
            .leads_to("course next --done");
    }
    desk.course("next --done")
        .works()
        .says("Lesson 1, Who asks, is done.")
        .leads_to("course next");
    desk.course("next").works().says("2. What is kept");
}

#[test]
fn an_exercise_comes_after_the_lesson_that_leads_to_it() {
    let desk = Desk::new();
    desk.course("next --done").works();
    desk.course("next --done").works();
    desk.course("next")
        .works()
        .says("Answer `GET /hello` with a greeting.")
        .leads_to("course start hello");
    desk.course("next --done")
        .exits(2)
        .notes("error: `hello` is an exercise; it is done when `course check` passes");
}

#[test]
fn after_the_last_stop_there_is_the_map() {
    let desk = Desk::new();
    desk.write_progress(
        r#"{"version":1,"lessons":{"who-asks":{"done":"x"},"what-is-kept":{"done":"x"},"what-is-next":{"done":"x"}},
            "exercises":{"hello":{"passed":"x"},"later":{"gave_up":"x"}}}"#,
    );
    desk.course("next")
        .works()
        .says("You are through with everything that is here.")
        .leads_to("course list");
}

/// A terminal in which a command line was typed.
#[cfg(unix)]
pub(crate) fn on_a_terminal(
    desk: &Desk,
    line: &str,
    env: &[(&str, &str)],
) -> rexpect::session::PtySession {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_course"));
    command
        .args(shlex::split(line).unwrap())
        .current_dir(&desk.folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("TERM", "xterm-256color")
        .env("PAGER", "cat")
        .env("COLUMNS", "80")
        .env("COURSE_HOME", &desk.home)
        .env("COURSE_CONTENT", crate::desk::tiny())
        .envs(env.iter().copied());
    rexpect::session::spawn_command(command, Some(60_000)).unwrap()
}

#[cfg(unix)]
#[test]
fn the_quiz_explains_a_wrong_answer_and_goes_on() {
    let desk = Desk::new();
    let mut session = on_a_terminal(&desk, "next", &[]);
    session.exp_string("Question 1 of 2").unwrap();
    session.exp_string("(one letter, a to b):").unwrap();
    session.send_line("maybe").unwrap();
    session.exp_string("Please answer with one letter").unwrap();
    session.send_line("a").unwrap();
    session.exp_string("Not quite.").unwrap();
    session.exp_string("The server listens.").unwrap();
    session.exp_string("Question 2 of 2").unwrap();
    session.exp_string("(a number of round trips):").unwrap();
    session.send_line("1").unwrap();
    session.exp_string("Right.").unwrap();
    session.exp_string("You had 1 of 2 right.").unwrap();
    session.exp_string("Lesson 1, Who asks, is done.").unwrap();
    session.exp_string("next: ").unwrap();
    session.exp_eof().unwrap();
    let quiz = &desk.progress()["lessons"]["who-asks"]["quiz"];
    assert_eq!(quiz["opens"]["right"], false);
    assert_eq!(quiz["trips"]["right"], true);
    desk.course("").works().says("lesson 2 of 3");
}

#[cfg(unix)]
#[test]
fn a_quiz_that_was_left_goes_on_where_it_stopped() {
    let desk = Desk::new();
    let mut session = on_a_terminal(&desk, "next", &[]);
    session.exp_string("(one letter, a to b):").unwrap();
    session.send_line("b").unwrap();
    session.exp_string("Question 2 of 2").unwrap();
    session.exp_string("round trips):").unwrap();
    session.send_control('d').unwrap();
    session.exp_string("This lesson stays open.").unwrap();
    session.exp_eof().unwrap();
    desk.course("").works().says("lesson 1 of 3");
    let mut session = on_a_terminal(&desk, "next", &[]);
    let before = session.exp_string("Question 2 of 2").unwrap();
    assert!(!before.contains("Question 1 of 2"), "{before}");
    session.send_line("2").unwrap();
    session.exp_string("Two would be two questions.").unwrap();
    session.exp_eof().unwrap();
    desk.course("").works().says("lesson 2 of 3");
}

#[cfg(unix)]
#[test]
fn an_exercise_is_scaffolded_when_the_learner_says_yes() {
    let desk = Desk::new();
    desk.course("next --done").works();
    desk.course("next --done").works();
    let mut session = on_a_terminal(&desk, "next", &[]);
    session
        .exp_string("Copy the starter into the folder `hello` now? (y/n)")
        .unwrap();
    session.send_line("y").unwrap();
    session.exp_string("next: ").unwrap();
    session.exp_eof().unwrap();
    assert_eq!(desk.read("hello/server.py"), "print(\"starter\")\n");
}

//! `course doctor` and `course completions`.

use crate::desk::Desk;

#[test]
fn the_report_says_what_there_is_and_not_who() {
    let desk = Desk::new();
    let answer = desk
        .course("doctor")
        .works()
        .says("course     0.")
        .says("content    3 lessons, 2 exercises")
        .says("home       ~/home (writable)")
        .says("loopback   127.0.0.1 ok");
    let above = desk.home.parent().unwrap().to_str().unwrap();
    assert!(!answer.out().contains(above), "{answer}");
}

#[test]
fn without_programs_the_report_says_so() {
    let desk = Desk::new();
    desk.course("doctor")
        .env("PATH", "/nowhere")
        .works()
        .says("python3    not found")
        .says("postgres   ");
    desk.course("doctor")
        .env("COURSE_POSTGRES_URL", "postgres://me:secret@127.0.0.1/x")
        .works()
        .says("postgres   the server of COURSE_POSTGRES_URL")
        .keeps_back("secret");
}

#[test]
fn completions_know_lessons_and_exercises() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        desk.course(&format!("completions {shell}"))
            .works()
            .quietly()
            .says("course");
    }
    desk.course("completions bash")
        .works()
        .says("what-is-kept")
        .says("hello");
}

//! Bare `course`, the command line itself, and its exit codes.

use crate::desk::Desk;

#[test]
fn a_new_learner_is_at_the_first_lesson() {
    let desk = Desk::new();
    desk.course("")
        .works()
        .says("lesson 1 of 3, exercise 1 of 2\n")
        .says("Lesson 1: Who asks (5 minutes)")
        .quietly()
        .leads_to("course next");
    assert!(!desk.home.exists(), "looking around leaves nothing behind");
}

#[test]
fn a_learner_in_the_middle_is_told_where() {
    let desk = Desk::new();
    desk.course("next --done").works();
    desk.course("next --done").works();
    desk.course("")
        .works()
        .says("lesson 2 of 3, exercise 1 of 2\n")
        .says("Exercise hello: Say hello (20 minutes)")
        .leads_to("course next");
    desk.course("start hello --language python").works();
    desk.course("").works().leads_to(&format!(
        "cd {} && course check",
        desk.folder.join("hello").display()
    ));
    desk.course_in("hello/lib", "")
        .works()
        .leads_to("course check");
}

#[test]
fn a_misspelt_command_gets_the_nearest_and_exit_code_2() {
    let desk = Desk::new();
    let answer = desk.course("nxt").exits(2).notes("error: ").notes("next");
    assert_eq!(answer.out(), "");
}

#[test]
fn a_missing_content_folder_is_a_usage_mistake() {
    let desk = Desk::new();
    desk.course("--content nowhere list")
        .exits(2)
        .notes("error: there is no folder `")
        .notes("nowhere`");
}

#[test]
fn mistakes_in_the_content_are_all_shown_with_exit_code_4() {
    let desk = Desk::new();
    desk.write("c/lessons/01-a.md", "no front matter\n");
    desk.write(
        "c/exercises/e/exercise.toml",
        "titel = \"T\"\norder = 1\nminutes = 1\nsummary = \"S\"\n",
    );
    desk.write("c/exercises/e/README.md", "# E\n");
    desk.course("--content c list")
        .exits(4)
        .notes("lessons/01-a.md")
        .notes("exercises/e/exercise.toml")
        .notes("did you mean `title`?")
        .notes("error: 3 mistakes in the course's files");
}

#[test]
fn a_mistake_in_the_learners_own_file_is_told_with_its_place() {
    let desk = Desk::new();
    desk.write(
        "course.toml",
        "exercise = \"hello\"\nlanguage = \"python\"\nrum = \"x\"\n",
    );
    desk.course("hint")
        .exits(2)
        .notes("course.toml:3:1: `course.toml` has no key `rum`; did you mean `run`?");
}

#[test]
fn help_is_one_screen_short_and_has_an_example_long() {
    let desk = Desk::new();
    let short = desk.course("-h").works().out();
    assert!(short.lines().count() <= 24, "{short}");
    for command in ["", "next", "read", "start", "progress"] {
        desk.course(&format!("{command} --help"))
            .works()
            .says("Example:");
    }
    desk.course("--version").works().says("course 0.");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    use std::process::{Command, Stdio};
    let desk = Desk::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_course"))
        .arg("list")
        .env("COURSE_HOME", &desk.home)
        .env("COURSE_CONTENT", crate::desk::tiny())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stderr, b"");
}

#[test]
fn a_pass_is_said_before_what_comes_next() {
    let desk = Desk::new();
    desk.write_progress(
        r#"{"version":1,"lessons":{"who-asks":{"done":"x"},"what-is-kept":{"done":"x"}},
            "exercises":{"hello":{"passed":"x","last_check":{"at":"x","seed":"1","earned":5,"total":7,"checks":[]}}}}"#,
    );
    desk.course("")
        .works()
        .says("You passed hello (last run: 5 of 7 points).\n\nLesson 4: What is next")
        .leads_to("course next");
}

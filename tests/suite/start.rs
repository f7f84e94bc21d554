//! `course start`.

use crate::desk::{Desk, shipped};

#[test]
fn the_starter_the_brief_and_how_to_run_it_are_copied() {
    let desk = Desk::new();
    desk.course("start hello --language python")
        .works()
        .says("Say hello in Python is in `hello`.")
        .says("python3 server.py")
        .leads_to("cd hello && course check");
    assert_eq!(desk.read("hello/server.py"), "print(\"starter\")\n");
    assert_eq!(desk.read("hello/lib/store.py"), "KEEP = {}\n");
    assert!(desk.read("hello/README.md").starts_with("# Say hello"));
    let toml = desk.read("hello/course.toml");
    assert!(
        toml.contains("exercise = \"hello\"") && toml.contains("run = \"python3 server.py\""),
        "{toml}"
    );
    let started = &desk.progress()["exercises"]["hello"]["started"];
    assert_eq!(
        started.as_str().unwrap(),
        desk.folder.join("hello").to_str().unwrap()
    );
}

#[test]
fn an_edited_file_is_never_overwritten_and_nothing_is_copied() {
    let desk = Desk::new();
    desk.write("work/server.py", "mine\n");
    desk.course("start hello --language python work")
        .exits(2)
        .notes("nothing was copied, because these files are there already and differ: `")
        .notes("work/server.py`");
    assert_eq!(desk.read("work/server.py"), "mine\n");
    assert!(!desk.folder.join("work/course.toml").exists());
    assert!(!desk.home.join("progress.json").exists());
}

#[test]
fn a_folder_with_work_is_left_alone() {
    let desk = Desk::new();
    desk.course("start hello --language python").works();
    desk.write("hello/server.py", "mine\n");
    desk.course("start hello --language python")
        .exits(2)
        .notes("error: `hello` already holds work; go on there (`cd hello`)");
    assert_eq!(desk.read("hello/server.py"), "mine\n");
}

#[test]
fn files_that_are_the_same_are_no_obstacle() {
    let desk = Desk::new();
    desk.write("hello/server.py", "print(\"starter\")\n");
    desk.course("start hello --language python").works();
}

#[test]
fn misspelt_names_get_the_nearest() {
    let desk = Desk::new();
    desk.course("start helo")
        .exits(2)
        .notes("error: there is no exercise `helo`; did you mean `hello`?");
    desk.course("start hello --language pyhton")
        .exits(2)
        .notes("did you mean `python`?");
}

#[test]
fn a_missing_runtime_says_what_to_install() {
    let desk = Desk::new();
    desk.course("start hello --language python")
        .env("PATH", "/nowhere")
        .works()
        .notes("note: `python3` is not installed. Install Python 3.9 or newer.");
}

#[test]
fn without_a_runtime_and_without_a_terminal_python_is_taken() {
    let desk = Desk::new();
    desk.course("start hello")
        .env("PATH", "/nowhere")
        .works()
        .says("in Python");
}

#[test]
fn any_other_language_is_told_to_fill_in_how_to_run() {
    let desk = Desk::new();
    desk.course("start hello --language blank")
        .works()
        .says("Say hello, for a language of your choice, is in `hello`.")
        .says("write into `run` how your server is started");
    assert!(desk.read("hello/course.toml").contains("run = \"\""));
}

#[cfg(unix)]
#[test]
fn on_a_terminal_the_language_is_asked_for_until_it_is_one() {
    let desk = Desk::new();
    let nowhere = [("PATH", "/nowhere")];
    let mut session = crate::next::on_a_terminal(&desk, "start hello", &nowhere);
    session.exp_string("Which language?").unwrap();
    session.send_line("pyton").unwrap();
    session.exp_string("Did you mean python?").unwrap();
    session.exp_string("Which language?").unwrap();
    session.send_line("Python").unwrap();
    session.exp_string("next: ").unwrap();
    session.exp_eof().unwrap();
    assert_eq!(desk.read("hello/server.py"), "print(\"starter\")\n");
}

#[test]
fn a_starter_that_names_no_packages_is_checked_without_installing_any() {
    let there = std::process::Command::new("node").arg("--version").output();
    if there.is_err() {
        let required = std::env::var_os("COURSE_REQUIRE_ALL").is_some_and(|v| v == "1");
        assert!(!required, "node is required and not installed");
        return;
    }
    let desk = Desk::new();
    let content = shipped();
    let content = content.to_str().unwrap();
    let typed = |line: &str| desk.course(line).env("COURSE_CONTENT", content);
    typed("start request-flow-trace --language node .")
        .works()
        .leads_to("course check");
    typed("start stateless-refactor --language node beside")
        .works()
        .leads_to("cd beside && npm install && course check");
    typed("check redirect").works().says("PASS");
}

//! Courses other than ours: every command on a course about caches, whose servers, files and instances have other names
//! than ours have, and on courses of a format that nobody knows.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use course::cli::Cli;

use crate::check_bench::copy;
use crate::desk::{Answer, Desk, Typed};

fn cache() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/fixtures/cache")
}

/// A learner of the course about caches.
struct Learner {
    desk: Desk,
    typed: BTreeSet<String>,
}

impl Learner {
    fn types(&mut self, folder: &str, line: &str) -> Typed {
        let command = line.split(' ').next().unwrap();
        self.typed.insert(command.to_owned());
        let typed = self.desk.course_in(folder, line);
        typed.env("COURSE_CONTENT", &cache().display().to_string())
    }
}

/// What was said must be about this course and no other.
#[track_caller]
fn own(answer: Answer) -> Answer {
    let all = answer.out() + &answer.err();
    for ours in [
        "stateless-refactor",
        "where-state-lives",
        "preferences",
        "healthz",
        "server.py",
    ] {
        assert!(!all.contains(ours), "`{ours}` in {answer}");
    }
    answer
}

#[test]
fn every_command_works_on_another_course() {
    let mut learner = Learner {
        desk: Desk::new(),
        typed: BTreeSet::new(),
    };
    let mut works = |folder: &str, line: &str, says: &str| {
        let answer = own(learner.types(folder, line).works());
        answer.says(says);
    };
    works("", "", "lesson 1 of 1, exercise 1 of 1");
    works("", "list", "key-value-cache");
    works("", "read 1#lifetimes", "it must not come back");
    works("", "search copies", "What a cache forgets");
    works("", "next", "A cache keeps copies");
    works("", "quiz 1 --answer whose=a", "A cache holds copies.");
    works("", "next --done", "course next");
    works("", "start key-value-cache --language python .", "cache.py");
    works("", "check --list", "forgets");
    works("", "doctor", "content");
    works("", "progress export", "what-a-cache-forgets");
    works("", "completions bash", "course");
    works("", "schema lesson", "front matter");
    works("", "lint", "no mistakes in 9 files");
    works("", "lab --help", "balance");
    let content = cache().display().to_string();
    let preview = format!("preview {content}/checks/key-value-cache.toml --against");
    works("", &format!("{preview} solution"), "PASSED");
    works("", "answer", "This exercise asks no questions.");
    // A course need not have questions for an interview, and then says so.
    own(learner.types("", "interview").exits(2)).notes("interview/questions.toml");
    own(learner
        .types("", &format!("{preview} broken/forgets-the-others"))
        .exits(1))
    .says("Did a second value");
    own(learner.types("", "check").exits(1)).says("A value is gone when its time is over");
    own(learner.types("", "hint").works()).says("When does a value stop being right?");
    own(learner.types("", "solution --give-up").works())
        .says("+    return end <= time.monotonic()");

    let mut running = learner.types("", "run").running();
    running.until(|out, err| format!("{out}{err}").contains("http://127.0.0.1:"));
    running.signal("INT");
    running.end();

    learner.desk.write("cache.py", "mine");
    own(learner.types("", "reset --yes").works());
    assert!(learner.desk.read("cache.py").contains("return False"));
    own(learner.types("", "undo").works());
    assert_eq!(learner.desk.read("cache.py"), "mine");

    let every = Cli::command();
    let every = every.get_subcommands().map(clap::Command::get_name);
    let elsewhere = ["demo", "verify", "new"];
    let missed: Vec<&str> = every
        .filter(|name| !name.starts_with("__") && !elsewhere.contains(name))
        .filter(|name| !learner.typed.contains(*name))
        .collect();
    assert!(missed.is_empty(), "nobody typed {missed:?}");
}

#[test]
fn the_checks_of_another_course_are_proven_and_shown() {
    let desk = Desk::new();
    let content = cache().display().to_string();
    let on = |line: &str| desk.course(&format!("--content {content} {line}"));
    own(on("verify").works())
        .says("solutions/python           full marks     HELD 100 of 100 points")
        .says("HELD  10 claims held, 0 broken, 0 skipped");
    own(on("demo").works())
        .says("The starter: it works, and it breaks")
        .leads_to("course start key-value-cache");
}

#[test]
fn another_course_grows_by_course_new() {
    let desk = Desk::new();
    copy(&cache(), &desk.folder.join("mine"));
    let on = |line: &str| desk.course_in("mine", line).unnamed();
    on("new lesson eviction")
        .works()
        .says("wrote lessons/02-eviction.md");
    on("new check key-value-cache survives")
        .works()
        .says("wrote checks/key-value-cache.toml");
    assert!(
        desk.read("mine/checks/key-value-cache.toml")
            .contains("on = \"only\"")
    );
    on("new exercise sharding").works();
    on("lint --warnings-as-errors").works().says("no mistakes");
    // The second exercise stands after the first, and both are proven where they are found.
    on("verify sharding --only solutions")
        .works()
        .says("full marks");
}

#[test]
fn a_format_that_nobody_knows_is_refused_by_every_command_that_reads_the_course() {
    let desk = Desk::new();
    copy(&cache(), &desk.folder.join("later"));
    desk.write("later/content.toml", "format = 7\n");
    let lines = [
        "",
        "list",
        "next",
        "read 1",
        "search a",
        "start key-value-cache",
        "demo",
        "check --list key-value-cache",
        "verify",
        "new lesson a",
        "new exercise a",
        "new check key-value-cache a",
        "preview later/lessons/01-what-a-cache-forgets.md",
        "preview later/checks/key-value-cache.toml",
    ];
    for line in lines {
        let typed = desk.course(&format!("--content later {line}"));
        typed
            .exits(4)
            .notes("error[E481]: this course is of format 7, and this `course` reads format 1")
            .notes("content.toml:1:10")
            .notes("install a newer `course`");
    }
    desk.course("lint later")
        .exits(4)
        .says("error[E481]")
        .says("1 error in");
}

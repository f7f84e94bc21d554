//! `course lint`, `course schema` and `course new`.

use course::base::mask::Mask;
use course::base::source::Source;
use course::checks::check::CheckFile;
use course::checks::file::{Anchors, load};
use course::checks::variable::Seed;
use course::checks::world::{Plan, Submission};
use course::grading::outcome::{Grade, Outcome};
use course::grading::permit::Permits;
use course::grading::runner::{AfterFailure, Run, run};
use course::lab::database::Databases;
use course::lab::guard::Guard;
use course::lab::http::Client;

use crate::desk::Desk;

const TYPO: &str = "+++\ntitel = \"T\"\nminutes = 5\nsummary = \"S.\"\n+++\n\n```\nx\n```\n";

fn desk_with_mistakes() -> Desk {
    let desk = Desk::new();
    desk.write("content.toml", "format = 1\n");
    desk.write("LICENSE", "Do as you like.\n");
    desk.write("lessons/01-a.md", TYPO);
    desk
}

/// A command line in a course of its own, and not in the small one.
fn own(desk: &Desk, line: &str) -> crate::desk::Typed {
    desk.course(&format!("{line} --content ."))
}

#[test]
fn every_mistake_is_shown_at_its_place_and_errors_end_with_4() {
    let desk = desk_with_mistakes();
    own(&desk, "lint")
        .exits(4)
        .says("error[E203]: a lesson has no key `titel`")
        .says("lessons/01-a.md:2:1")
        .says("did you mean `title`?")
        .says("warning[W451]")
        .says("2 errors and 1 warning in 1 file")
        .leads_to("course lint --explain E205");
}

#[test]
fn a_name_that_learners_know_is_missed_when_it_is_gone() {
    let desk = desk_with_mistakes();
    let lesson = TYPO.replace("titel", "title");
    desk.write("v1/content.toml", "format = 1\n");
    desk.write("v1/lessons/01-a.md", &lesson);
    desk.write("v1/lessons/02-roles.md", &lesson);
    desk.write("lessons/01-a.md", &lesson);
    desk.write("lessons/02-rolls.md", &lesson);
    own(&desk, "lint --since v1 --rule E484")
        .exits(4)
        .says("error[E484]: the lesson `roles` was there before and is gone")
        .says("it may be the lesson `rolls` now")
        .says("1 error in 2 files");
    desk.write("lessons/02-rolls.md", TYPO);
    own(&desk, "lint --since v1")
        .exits(4)
        .says("E203")
        .keeps_back("E484");
    desk.write("lessons/02-rolls.md", &lesson);
    desk.write("lessons/03-roles.md", &lesson);
    own(&desk, "lint --since v1 --rule E484")
        .works()
        .says("no mistakes");
    own(&desk, "lint --since v0").exits(2).notes(
        "`v0` is no course; `git worktree add ../v1 v1` puts an earlier version into a folder",
    );
}

#[test]
fn one_rule_or_one_path_can_be_looked_at_alone() {
    let desk = desk_with_mistakes();
    own(&desk, "lint --rule w451")
        .works()
        .keeps_back("E203")
        .says("1 warning in 1 file");
    own(&desk, "lint --rule W451 --warnings-as-errors").exits(4);
    own(&desk, "lint lessons/01-a.md").exits(4).says("E203");
    own(&desk, "lint lessons/02-b.md")
        .exits(2)
        .notes("the course has no file or folder");
    own(&desk, "lint --rule E999")
        .exits(2)
        .notes("there is no rule `E999`");
}

#[test]
fn programs_get_json_and_github_gets_annotations() {
    let desk = desk_with_mistakes();
    let answer = own(&desk, "lint --format json").exits(4);
    let document: serde_json::Value = serde_json::from_str(&answer.out()).unwrap();
    assert_eq!(document["format"], "course-lint/v1");
    assert_eq!(document["mistakes"].as_array().unwrap().len(), 3);
    own(&desk, "lint --format github")
        .exits(4)
        .says("::error file=lessons/01-a.md,line=2,endLine=2,col=1,endColumn=6,title=E203::")
        .says("%0Adid you mean `title`?");
}

#[test]
fn a_rule_is_explained() {
    Desk::new()
        .course("lint --explain e102")
        .works()
        .says("E102")
        .says("expect.statsu")
        .leads_to("course lint");
}

#[test]
fn every_schema_is_printed_alone() {
    let desk = Desk::new();
    for name in ["", "check", "exercise", "lesson", "languages", "result"] {
        let answer = desk.course(&format!("schema {name}")).works().quietly();
        let schema: serde_json::Value = serde_json::from_str(&answer.out()).unwrap();
        assert!(schema["$schema"].is_string(), "{name}");
    }
}

fn checks(root: &std::path::Path) -> CheckFile {
    load(&Source::Folder(root.to_owned()), "notes", &Anchors::new()).unwrap()
}

fn grade(root: &std::path::Path, server: &str) -> Grade {
    let file = checks(root);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let request = Run {
            file: &file,
            title: "notes",
            plan: Plan {
                submission: Submission::Managed {
                    command: vec!["python3".to_owned(), "server.py".to_owned()],
                    folder: root.join("exercises/notes").join(server),
                },
                seed: Seed::new("81f2"),
                guard: Guard::none(),
                mask: Mask::default(),
                client: Client::default(),
                databases: Databases::Sqlite,
                answered: None,
            },
            wanted: Vec::new(),
            after_failure: AfterFailure::GoOn,
            permits: Permits::new(1, 1),
            bodies: std::env::temp_dir(),
        };
        run(&request, &mut |_| {}).await.unwrap().grade
    })
}

#[test]
fn what_is_new_lints_clean_and_its_servers_do_as_they_say() {
    let desk = Desk::new();
    own(&desk, "new lesson keeping-notes")
        .works()
        .says("wrote lessons/01-keeping-notes.md")
        .leads_to("course lint");
    own(&desk, "new exercise notes")
        .works()
        .says("wrote checks/notes.toml");
    own(&desk, "new check notes survives").works();
    own(&desk, "lint --warnings-as-errors")
        .works()
        .says("no mistakes");
    assert!(grade(&desk.folder, "solutions/python").passed);
    for server in ["starters/python", "broken/drops-notes"] {
        let grade = grade(&desk.folder, server);
        let failed: Vec<String> = grade
            .checks()
            .iter()
            .filter(|(_, outcome)| *outcome == Outcome::Failed)
            .map(|(id, _)| (*id).to_owned())
            .collect();
        assert_eq!(failed, ["remembers"], "{server}");
    }
}

#[test]
fn nothing_is_overwritten_and_names_are_slugs() {
    let desk = Desk::new();
    own(&desk, "new lesson one").works();
    own(&desk, "new lesson two")
        .works()
        .says("lessons/02-two.md");
    own(&desk, "new lesson one").exits(2).notes("already");
    own(&desk, "new exercise notes").works();
    desk.write("exercises/notes/README.md", "mine");
    own(&desk, "new exercise notes").exits(2).notes("already");
    assert_eq!(desk.read("exercises/notes/README.md"), "mine");
    own(&desk, "new check notes answers")
        .exits(2)
        .notes("already");
    own(&desk, "new check gone x")
        .exits(2)
        .notes("course new exercise gone");
    own(&desk, "new lesson 'Not a slug'").exits(2);
}

/// What `course lint` says of a new course after one change, with exit code 4.
#[track_caller]
fn told(change: impl FnOnce(&Desk)) -> crate::desk::Answer {
    let desk = Desk::new();
    own(&desk, "new lesson keeping-notes").works();
    own(&desk, "new exercise notes").works();
    change(&desk);
    own(&desk, "lint").exits(4)
}

fn replace(desk: &Desk, path: &str, from: &str, to: &str) {
    let text = desk.read(path);
    assert!(text.contains(from), "{text}");
    desk.write(path, &text.replacen(from, to, 1));
}

const CHECKS: &str = "checks/notes.toml";
const WORLD: &str = "exercise = \"notes\"\n";

#[test]
fn files_that_are_no_text_or_not_there_are_told() {
    told(|desk| {
        let bytes = vec![b'a'; 10 * 1024 * 1024 + 1];
        std::fs::write(desk.folder.join("exercises/notes/big.txt"), bytes).unwrap();
    })
    .says("error[E471]: this file is larger than 10 MB")
    .says("exercises/notes/big.txt");
    told(|desk| {
        std::fs::write(desk.folder.join("exercises/notes/data.bin"), b"\x7fELF\0").unwrap();
    })
    .says("error[E471]: this file is not text")
    .says("exercises/notes/data.bin");
    for (target, why) in [
        ("/etc/hostname", "leads out of the course, or nowhere"),
        ("01-keeping-notes.md", "nobody follows this link"),
        ("gone.md", "leads out of the course, or nowhere"),
        ("..", "nobody follows this link"),
    ] {
        told(|desk| {
            std::os::unix::fs::symlink(target, desk.folder.join("lessons/02-link.md")).unwrap();
        })
        .says("error[E470]")
        .says(why)
        .says("lessons/02-link.md");
    }
}

#[test]
fn circles_and_patterns_that_cannot_be_read_are_told_at_their_place() {
    let shared = "course = 1\nexercise = \"notes\"\ninclude = [\"notes.toml\"]\n";
    told(|desk| {
        replace(
            desk,
            CHECKS,
            WORLD,
            &format!("{WORLD}include = [\"shared.toml\"]\n"),
        );
        desk.write("checks/shared.toml", shared);
    })
    .says("error[E122]: `notes.toml` includes itself")
    .says("checks/shared.toml:3:12");
    told(|desk| {
        replace(
            desk,
            CHECKS,
            WORLD,
            &format!("{WORLD}include = [\"notes.toml\"]\n"),
        );
    })
    .says("error[E122]: `notes.toml` includes itself");
    told(|desk| {
        replace(
            desk,
            CHECKS,
            "id     = \"answers\"\n",
            "id = \"answers\"\nneeds = [\"remembers\"]\n",
        );
    })
    .says("error[E113]")
    .says("remembers")
    .says(CHECKS);
    told(|desk| {
        replace(
            desk,
            CHECKS,
            "{ contains = \"{{ note }}\" }",
            "{ matches = \"(\" }",
        );
    })
    .says("error[E107]")
    .says("checks/notes.toml:43:27");
    told(|desk| replace(desk, CHECKS, "expect.body", "expect.json.\"$[\""))
        .says("error[E108]")
        .says("checks/notes.toml:43:13");
}

#[test]
fn what_is_expected_of_a_broken_server_is_held_to_its_checks() {
    let expect = "exercises/notes/broken/drops-notes/expect.toml";
    told(|desk| replace(desk, expect, "remembers", "remember"))
        .says("error[E507]: there is no check `remember`")
        .says("did you mean `remembers`?")
        .says("expect.toml:3:14");
    told(|desk| replace(desk, expect, "must_fail", "mustfail")).says("did you mean `must_fail`?");
}

#[test]
fn an_empty_folder_becomes_a_course_and_says_its_format() {
    let desk = Desk::new();
    let line = |words: &str| desk.course(words).unnamed();
    line("new lesson one").works().says("wrote content.toml\n");
    assert!(desk.read("content.toml").contains("format = 1"));
    assert!(desk.read("LICENSE").contains("Fill in"));
    line("new lesson two")
        .works()
        .keeps_back("content.toml")
        .keeps_back("LICENSE");
    line("lint").works().says("no mistakes");
    let other = Desk::new();
    other.write("notes.txt", "mine");
    other
        .course("new lesson one")
        .unnamed()
        .exits(2)
        .notes("this folder holds other things than a course");
}

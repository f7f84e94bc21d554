//! `course lint`, `course schema` and `course new`.

use course::base::mask::Mask;
use course::base::source::Source;
use course::checks::check::CheckFile;
use course::checks::file::{Anchors, load};
use course::checks::variable::Seed;
use course::checks::world::{Plan, Submission};
use course::grading::outcome::{Grade, Outcome};
use course::grading::runner::{AfterFailure, Run, run};
use course::lab::guard::Guard;
use course::lab::http::Client;

use crate::desk::Desk;

const TYPO: &str = "+++\ntitel = \"T\"\nminutes = 5\nsummary = \"S.\"\n+++\n\n```\nx\n```\n";

fn desk_with_mistakes() -> Desk {
    let desk = Desk::new();
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
            },
            wanted: Vec::new(),
            after_failure: AfterFailure::GoOn,
            side_by_side: 1,
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

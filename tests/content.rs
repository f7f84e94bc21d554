//! The shipped content: solutions get full marks, starters and broken servers fail what they should and pass the rest.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn checks(exercise: &str) -> CheckFile {
    let source = Source::Folder(root());
    let anchors: Anchors = course::lessons::all(&source)
        .unwrap()
        .iter()
        .map(|l| {
            let anchors = course::lessons::anchors(&l.text)
                .iter()
                .map(ToString::to_string)
                .collect();
            (l.slug.to_string(), anchors)
        })
        .collect();
    load(&source, exercise, &anchors).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn grade(exercise: &str, folder: &Path, command: &[&str], seed: &str) -> Grade {
    let file = checks(exercise);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let request = Run {
            file: &file,
            title: exercise,
            plan: Plan {
                submission: Submission::Managed {
                    command: command.iter().map(|w| (*w).to_owned()).collect(),
                    folder: folder.to_owned(),
                },
                seed: Seed::new(seed),
                guard: Guard::none(),
                mask: Mask::default(),
                client: Client::default(),
            },
            wanted: Vec::new(),
            after_failure: AfterFailure::GoOn,
            side_by_side: 2,
            bodies: std::env::temp_dir(),
        };
        run(&request, &mut |_| {}).await.unwrap().grade
    })
}

fn failing(grade: &Grade) -> BTreeMap<String, String> {
    let not_passed = grade
        .results
        .iter()
        .filter(|r| r.outcome != Outcome::Passed);
    not_passed
        .map(|r| {
            let steps: Vec<String> = r
                .steps
                .iter()
                .filter(|s| s.outcome.is_some_and(|o| o != Outcome::Passed))
                .map(|s| {
                    format!(
                        "{} | {} | {} | {:?} | {:?}",
                        s.name,
                        s.request,
                        s.answer,
                        s.notes,
                        s.expectations
                            .iter()
                            .filter(|e| !e.held)
                            .collect::<Vec<_>>()
                    )
                })
                .collect();
            (
                r.name(),
                format!(
                    "{} {} {steps:#?} {:?}",
                    r.outcome.word(),
                    r.reason,
                    r.printed
                ),
            )
        })
        .collect()
}

#[test]
fn the_python_solution_gets_full_marks() {
    let folder = root().join("exercises/stateless-refactor/solutions/python");
    let grade = grade(
        "stateless-refactor",
        &folder,
        &["python3", "server.py"],
        "81f2",
    );
    assert_eq!(failing(&grade), BTreeMap::new());
    assert!(grade.passed);
    assert_eq!(grade.earned, grade.total);
}

#[test]
fn the_python_starter_fails_exactly_what_it_should() {
    let folder = root().join("exercises/stateless-refactor/starters/python");
    let grade = grade(
        "stateless-refactor",
        &folder,
        &["python3", "server.py"],
        "81f2",
    );
    let failed: Vec<&str> = grade
        .checks()
        .iter()
        .filter(|(_, o)| *o == Outcome::Failed)
        .map(|(id, _)| *id)
        .collect();
    for (name, why) in failing(&grade) {
        eprintln!("{name}: {why}");
    }
    assert_eq!(failed, ["any-instance"]);
}

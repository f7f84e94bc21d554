//! The shipped content: solutions get full marks, and starters fail what they should and pass the rest. `course verify`
//! proves the other servers.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on panics, and one that is skipped says so"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use course::base::mask::Mask;
use course::base::source::Source;
use course::checks::check::{CheckFile, Level};
use course::checks::file::{Anchors, load};
use course::checks::variable::Seed;
use course::checks::world::{Plan, Submission};
use course::grading::outcome::{CheckResult, Grade, Outcome};
use course::grading::permit::Permits;
use course::grading::runner::{AfterFailure, Run, RunError, run};
use course::lab::database::Databases;
use course::lab::guard::Guard;
use course::lab::http::Client;

#[path = "content/node.rs"]
mod node;

const EXERCISE: &str = "stateless-refactor";
const PYTHON: &str = "python3 server.py";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file or folder of the exercise.
fn part(path: &str) -> PathBuf {
    root().join("exercises").join(EXERCISE).join(path)
}

fn checks() -> CheckFile {
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
    load(&source, EXERCISE, &anchors).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn grade(folder: &Path, command: &str, seed: &str) -> Result<Grade, RunError> {
    let file = checks();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let bodies = tempfile::tempdir().unwrap();
    let request = Run {
        file: &file,
        title: EXERCISE,
        plan: Plan {
            submission: Submission::Managed {
                command: command.split(' ').map(str::to_owned).collect(),
                folder: folder.to_owned(),
            },
            seed: Seed::new(seed),
            guard: Guard::none(),
            mask: Mask::default(),
            client: Client::default(),
            databases: Databases::Sqlite,
            answered: None,
        },
        wanted: Vec::new(),
        after_failure: AfterFailure::GoOn,
        permits: Permits::new(2, 1),
        bodies: bodies.path().to_owned(),
    };
    let done = runtime.block_on(run(&request, &mut |_| {}))?;
    Ok(done.grade)
}

/// What became of a check or case that did not pass, and why.
fn story(result: &CheckResult) -> String {
    let mut text = format!(
        "{} {} {}",
        result.outcome.word(),
        result.name(),
        result.reason
    );
    let broken = result
        .steps
        .iter()
        .filter(|s| s.outcome.is_some_and(|o| o != Outcome::Passed));
    for step in broken {
        let _ = write!(
            text,
            "\n    {}: {} {}",
            step.name, step.request, step.answer
        );
        for e in step.expectations.iter().filter(|e| !e.held) {
            let _ = write!(
                text,
                "\n      {}: expected {}, got {}",
                e.subject, e.expected, e.got
            );
        }
    }
    let _ = write!(
        text,
        "\n    hint: {:?}\n    printed: {:?}",
        result.hint, result.printed
    );
    text
}

/// Where a grade departs from: exactly these checks fail, those that need one of them are skipped, all others pass.
fn deviations(grade: &Grade, must_fail: &[String]) -> Vec<String> {
    let file = checks();
    let known: BTreeSet<&str> = file.checks.iter().map(|c| c.id.as_str()).collect();
    let mut out: BTreeSet<&str> = must_fail.iter().map(String::as_str).collect();
    let mut found: Vec<String> = out
        .difference(&known)
        .map(|id| format!("there is no check `{id}`"))
        .collect();
    for (id, outcome) in grade.checks() {
        let needs = &file.check(id).unwrap().needs;
        let wanted = if must_fail.iter().any(|f| f == id) {
            Outcome::Failed
        } else if needs.iter().any(|n| out.contains(n.as_str())) {
            out.insert(id);
            Outcome::Skipped
        } else {
            Outcome::Passed
        };
        if outcome != wanted {
            let stories = grade.results.iter().filter(|r| r.id == id).map(story);
            let stories: Vec<String> = stories.collect();
            found.push(format!(
                "{id}: wanted {}\n  {}",
                wanted.word(),
                stories.join("\n  ")
            ));
        }
    }
    found
}

fn assert_exactly(grade: &Grade, must_fail: &[String]) {
    let found = deviations(grade, must_fail);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

fn assert_full_marks(folder: &Path, command: &str, seed: &str) {
    let grade = grade(folder, command, seed).unwrap();
    assert_exactly(&grade, &[]);
    assert!(grade.passed);
    assert_eq!((grade.earned, grade.total), (100, 100));
}

fn toml_file(path: &Path) -> toml::Table {
    std::fs::read_to_string(path).unwrap().parse().unwrap()
}

fn texts(value: &toml::Value) -> Vec<String> {
    let list = value.as_array().unwrap().iter();
    list.map(|v| v.as_str().unwrap().to_owned()).collect()
}

fn starter_fails() -> Vec<String> {
    texts(&toml_file(&part("exercise.toml"))["starter"]["fails"])
}

#[test]
fn the_python_solution_gets_full_marks() {
    assert_full_marks(&part("solutions/python"), PYTHON, "81f2");
}

#[test]
fn the_python_solution_gets_full_marks_with_another_seed() {
    assert_full_marks(&part("solutions/python"), PYTHON, "c04e");
}

#[test]
fn the_python_starter_fails_exactly_what_it_should() {
    let grade = grade(&part("starters/python"), PYTHON, "81f2").unwrap();
    assert_exactly(&grade, &starter_fails());
    assert!(!grade.passed);
}

#[test]
fn the_node_solution_gets_full_marks() {
    let Some(folder) = node::track(&part("solutions/node")) else {
        return;
    };
    assert_full_marks(folder.path(), "node server.js", "81f2");
}

#[test]
fn the_node_starter_fails_exactly_what_it_should() {
    let Some(folder) = node::track(&part("starters/node")) else {
        return;
    };
    let grade = grade(folder.path(), "node server.js", "81f2").unwrap();
    assert_exactly(&grade, &starter_fails());
}

#[test]
fn the_points_sum_to_100_and_the_core_to_60() {
    let checks = checks().checks;
    let core = checks.iter().filter(|c| c.level == Level::Core);
    assert_eq!(checks.iter().map(|c| c.points).sum::<u32>(), 100);
    assert_eq!(core.map(|c| c.points).sum::<u32>(), 60);
}

#[test]
fn every_check_has_three_hints_a_reason_a_lesson_and_a_place_in_the_readme() {
    let readme = std::fs::read_to_string(part("README.md")).unwrap();
    for check in checks().checks {
        assert_eq!(check.hints.len(), 3, "{}", check.id);
        assert!(!check.why.is_empty(), "{}", check.id);
        assert!(check.lesson.is_some(), "{}", check.id);
        let row = format!("| `{}` |", check.id);
        assert!(readme.contains(&row), "the README lacks {}", check.id);
    }
}

//! Each shipped check with one expectation turned round: a solution fails it, and the deviation names it.
//!
//! This is what an author meets who breaks a check by hand. It takes as long as grading every solution, so it is run by
//! hand: `cargo test --test turned -- --ignored`, with `TURNED=EXERCISE` or `TURNED=EXERCISE/CHECK` for some of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::fmt::Write as _;
use std::ops::Range;
use std::path::PathBuf;

use course::base::mask::Mask;
use course::base::source::Source;
use course::checks::check::CheckFile;
use course::checks::document::{Node, Value, parse};
use course::checks::file::{Anchors, decode};
use course::checks::variable::Seed;
use course::checks::world::{Plan, Submission};
use course::grading::permit::Permits;
use course::grading::runner::{AfterFailure, Run, run};
use course::lab::database::Databases;
use course::lab::guard::Guard;
use course::lab::http::Client;
use course::verify::claim::Claim;
use course::verify::deviation::Deviation;

/// Matchers and what permits them round.
const TURNS: [(&str, &str); 8] = [
    ("lt", "gte"),
    ("gte", "lt"),
    ("gt", "lte"),
    ("lte", "gt"),
    ("eq", "ne"),
    ("ne", "eq"),
    ("contains", "not_contains"),
    ("not_contains", "contains"),
];

/// A piece of the text and what takes its place.
type Change = (Range<usize>, String);

/// What permits an expectation round, if it is of a kind that can be.
fn turned(subject: &str, node: &Node) -> Option<Change> {
    let instead = |with: &str| Some((node.span.clone(), with.to_owned()));
    match &node.value {
        Value::Integer(_) | Value::List(_) if subject == "status" => instead("299"),
        Value::Integer(number) => instead(&(number + 1).to_string()),
        Value::Bool(is) => instead(&(!is).to_string()),
        Value::Text(_) | Value::List(_) => instead("{ eq = \"turned round\" }"),
        Value::Table(entries) => entries.iter().find_map(|entry| {
            let known = TURNS.iter().find(|(matcher, _)| *matcher == entry.key);
            let is_there = |key: &str| entries.iter().any(|e| e.key == key);
            match (
                known.filter(|(_, other)| !is_there(other)),
                &entry.node.value,
            ) {
                (Some((_, other)), _) => Some((entry.key_span.clone(), (*other).to_owned())),
                (None, Value::Bool(is)) => Some((entry.node.span.clone(), (!is).to_string())),
                (None, Value::Text(_)) if entry.key == "matches" => {
                    Some((entry.node.span.clone(), "'^turned round$'".to_owned()))
                }
                // A subject with a name, such as a header or a path.
                (None, Value::Table(_) | Value::Integer(_)) => turned(subject, &entry.node),
                _ => None,
            }
        }),
        _ => None,
    }
}

/// The first expectation of these steps that can be turned round.
fn change(steps: &[Node]) -> Option<Change> {
    let expectations = steps.iter().filter_map(|step| step.at("expect"));
    let subjects: Vec<_> = expectations.flat_map(Node::entries).collect();
    let other = subjects.iter().find_map(|e| turned(&e.key, &e.node));
    // What only compares with the origin is asked for something that no origin says.
    let like = subjects.iter().find(|e| e.key == "like");
    let status = like.map(|e| (e.key_span.start..e.node.span.end, "status = 299".to_owned()));
    other.or(status)
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn anchors() -> Anchors {
    let lessons = course::lessons::all(&Source::Folder(root())).unwrap();
    let section = |l: &course::lessons::Lesson| {
        let sections = course::lessons::anchors(&l.text);
        let sections = sections.iter().map(ToString::to_string);
        (l.slug.to_string(), sections.collect())
    };
    lessons.iter().map(section).collect()
}

/// What a solution gets from this one check and those that it needs.
fn deviations(file: &CheckFile, check: &str) -> Vec<Deviation> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let bodies = tempfile::tempdir().unwrap();
    let folder = root().join("exercises").join(&file.exercise);
    let request = Run {
        file,
        title: "turned round",
        plan: Plan {
            submission: Submission::Managed {
                command: vec!["python3".to_owned(), "server.py".to_owned()],
                folder: folder.join("solutions/python"),
            },
            seed: Seed::new("81f2"),
            guard: Guard::none(),
            mask: Mask::default(),
            client: Client::default(),
            databases: Databases::Sqlite,
            answered: None,
        },
        wanted: vec![check.to_owned()],
        after_failure: AfterFailure::GoOn,
        permits: Permits::new(2, 1),
        bodies: bodies.path().to_owned(),
    };
    let grade = runtime.block_on(run(&request, &mut |_| {})).unwrap().grade;
    Claim::Solution.judge(file, &grade)
}

#[test]
#[ignore = "as long as all solutions take; run by hand"]
fn a_check_that_is_turned_round_is_named() {
    let wanted = std::env::var("TURNED").unwrap_or_default();
    let anchors = anchors();
    let mut story = String::new();
    let mut turned = 0;
    for entry in std::fs::read_dir(root().join("checks")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        // The folder of mistakes is no exercise.
        let Some(exercise) = name.strip_suffix(".toml") else {
            continue;
        };
        let path = format!("checks/{name}");
        let text = std::fs::read_to_string(root().join(&path)).unwrap();
        let (document, _) = parse(&path, &text);
        for check in document.at("check").map_or(&[][..], Node::items) {
            let Some(id) = check.at("id").and_then(Node::text) else {
                panic!("a check of {path} has no id");
            };
            if !format!("{exercise}/{id}").starts_with(&wanted) {
                continue;
            }
            let Some((span, with)) = change(check.at("step").map_or(&[][..], Node::items)) else {
                writeln!(story, "{exercise}/{id}: nothing to turn round").unwrap();
                continue;
            };
            let mut wrong = text.clone();
            wrong.replace_range(span.clone(), &with);
            let line = text[..span.start].lines().count();
            let file = match decode(&path, &wrong, &anchors, &|_| None) {
                Ok(file) => file,
                Err(found) => panic!("{path}:{line} with `{with}`: {found:#?}"),
            };
            turned += 1;
            let names = |d: &Deviation| {
                let check = d.check.as_deref().unwrap_or_default();
                check == id || check.starts_with(&format!("{id}["))
            };
            let found = deviations(&file, id);
            if !found.iter().any(names) {
                writeln!(
                    story,
                    "{path}:{line} `{with}`: {id} is not named in {found:#?}"
                )
                .unwrap();
            }
        }
    }
    assert!(turned > 0, "no check is `{wanted}`");
    assert!(story.is_empty(), "{turned} were turned round\n{story}");
}

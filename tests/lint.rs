//! The registry of lint rules: every id that the source names stands in it, and each rule is held to its examples.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use course::base::source::Source;
use course::base::text::printable;
use course::checks::file::{Anchors, decode};
use course::grading::case::Case;
use course::grading::outcome::{Excerpt, ExpectationResult, Grade, Outcome, StepResult};
use course::lab::database::Kind;
use course::learner::workspace::Workspace;
use course::lint::rules::{Place, Rule, all};
use course::lint::{lint, reference};
use course::render::markdown::can_draw;
use course::verify::margin::{limits, near};

const LESSON: &str = include_str!("fixtures/lint/lessons/01-demo.md");

/// A course that is right.
fn right() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/lint")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn write(root: &Path, path: &str, bytes: &[u8]) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

const WORLD: &str = "course = 1\nexercise = \"demo\"\n[instance.a]\n";
const CHECK: &str = "[[check]]\nid = \"answers\"\ntitle = \"It answers\"\npoints = 100\nwhy = \"Somebody waits.\"\nlesson = \"demo\"\nhints = [\"Listen.\"]\n";
const STEP: &str =
    "[[check.step]]\nname = \"ask\"\nhttp = { on = \"a\", get = \"/\" }\nexpect.status = 200\n";

/// Puts an example into a course that is right.
fn place(root: &Path, rule: &Rule, text: &str, is_bad: bool) {
    let checks = |text: String| write(root, "checks/demo.toml", text.as_bytes());
    match rule.place {
        Place::Checks => checks(text.to_owned()),
        Place::World => checks(format!("{WORLD}{text}{CHECK}{STEP}")),
        Place::Check => checks(format!("{WORLD}[[check]]\n{text}{STEP}")),
        Place::Steps | Place::Run => checks(format!("{WORLD}{CHECK}{text}")),
        Place::Lesson => write(root, "lessons/01-demo.md", text.as_bytes()),
        Place::Front => {
            let (front, page) = LESSON[4..].split_once("[[quiz]]").unwrap();
            let lesson = format!("+++\n{front}{text}[[quiz]]{page}");
            write(root, "lessons/01-demo.md", lesson.as_bytes());
        }
        Place::Page => {
            let end = LESSON.rfind("+++\n").unwrap() + 4;
            let lesson = format!("{}\n{text}", &LESSON[..end]);
            write(root, "lessons/01-demo.md", lesson.as_bytes());
        }
        Place::File(_) | Place::Link if text.is_empty() => {}
        Place::File(path) | Place::Since(path) => write(root, path, text.as_bytes()),
        Place::Latin1(path) => {
            let latin: Vec<u8> = text
                .chars()
                .map(|c| u8::try_from(c as u32).unwrap())
                .collect();
            write(root, path, if is_bad { &latin } else { text.as_bytes() });
        }
        Place::Without => {
            for path in text.lines() {
                let path = root.join(path);
                if path.is_dir() {
                    std::fs::remove_dir_all(path).unwrap();
                } else {
                    std::fs::remove_file(path).unwrap();
                }
            }
        }
        Place::Link => {
            let (link, target) = text.split_once(" -> ").unwrap();
            std::os::unix::fs::symlink(target, root.join(link)).unwrap();
        }
        Place::Name => write(root, &format!("lessons/{text}"), LESSON.as_bytes()),
        Place::Workspace => write(root, "course.toml", text.as_bytes()),
    }
}

/// The ids of the rules that an example breaks.
fn broken(rule: &Rule, text: &str, is_bad: bool) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    copy(&right(), root);
    place(root, rule, text, is_bad);
    if rule.place == Place::Workspace {
        // A workspace is the learner's: its mistakes are told as text, without ids, so the kinds are told apart by words.
        return match Workspace::read(root) {
            Ok(_) => BTreeSet::new(),
            Err(_) => BTreeSet::from([rule.id.to_owned()]),
        };
    }
    let now = Source::Folder(root.to_owned());
    let before = tempfile::tempdir().unwrap();
    let earlier = matches!(rule.place, Place::Since(_)).then(|| {
        copy(&right(), before.path());
        place(before.path(), rule, rule.good, false);
        Source::Folder(before.path().to_owned())
    });
    let found = lint(&now, earlier.as_ref(), &can_draw);
    found.iter().map(|d| d.id.to_owned()).collect()
}

#[test]
fn the_bad_example_of_each_rule_breaks_it_and_no_other_and_the_good_one_none() {
    let mut wrong = Vec::new();
    for rule in all() {
        if rule.place == Place::Run {
            continue;
        }
        let bad = broken(rule, rule.bad, true);
        if !bad.contains(rule.id) || bad.len() > 1 {
            wrong.push(format!("{}: the bad example breaks {bad:?}", rule.id));
        }
        let good = broken(rule, rule.good, false);
        // Some good examples are too short for a quiz, and a second exercise has no servers.
        let may = |id: &String| id == "W459" || rule.id == "E308" && id != "E308";
        if !good.iter().all(may) {
            wrong.push(format!("{}: the good example breaks {good:?}", rule.id));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The ids of the warnings about a server that is right, answers after 300 ms, and is asked by these steps.
fn told_of_a_run(steps: &str) -> Vec<&'static str> {
    let text = format!("{WORLD}{CHECK}{steps}");
    let file = decode("checks/demo.toml", &text, &Anchors::new(), &|_| None);
    let file = file.unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
    let limits = limits(&file, &|_| Some(text.clone()));
    let mut result = Case::all(&file.checks[0])[0].decided(Outcome::Passed, "");
    result.steps = vec![step_that_took(Duration::from_millis(300))];
    let grade = Grade {
        exercise: "demo".to_owned(),
        title: "Demo".to_owned(),
        seed: "s".to_owned(),
        database: Kind::Sqlite,
        url: None,
        results: vec![result],
        earned: 100,
        total: 100,
        passed: true,
        remark: String::new(),
        duration: Duration::from_millis(300),
    };
    let near = near(&limits, &file, &grade, "solutions/python");
    near.iter().map(|near| near.warning().id).collect()
}

fn step_that_took(duration: Duration) -> StepResult {
    StepResult {
        name: "ask".to_owned(),
        outcome: Some(Outcome::Passed),
        request: String::new(),
        answer: "200".to_owned(),
        duration,
        repetition: None,
        expectations: vec![ExpectationResult {
            subject: "duration".to_owned(),
            expected: "less than 500ms".to_owned(),
            got: format!("\"{}ms\"", duration.as_millis()),
            held: true,
            difference: None,
        }],
        notes: Vec::new(),
        picture: None,
        sketch: None,
        visit: None,
        load: None,
        excerpt: Excerpt::default(),
    }
}

#[test]
fn what_only_a_run_shows_is_told_of_the_bad_example_and_not_of_the_good_one() {
    for rule in all().filter(|rule| rule.place == Place::Run) {
        assert_eq!(told_of_a_run(rule.bad), [rule.id]);
        assert!(told_of_a_run(rule.good).is_empty(), "{}", rule.id);
        for text in [rule.bad, rule.good] {
            assert_eq!(broken(rule, text, false), BTreeSet::new());
        }
    }
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_registry_has_every_id_that_the_source_names_and_no_other() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    let id = regex::Regex::new(r#""([EW]\d{3})""#).unwrap();
    let mut named = BTreeSet::new();
    for path in files {
        let skipped = path.starts_with(src.join("lint/rules")) || path.ends_with("tests.rs");
        if skipped {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or("");
        let code = code
            .split("#[cfg(test)]\npub(super) mod tests")
            .next()
            .unwrap_or("");
        // The command shows an id in its help.
        if !path.ends_with("commands/lint.rs") {
            named.extend(id.captures_iter(code).map(|c| c[1].to_owned()));
        }
    }
    let registered: BTreeSet<String> = all().map(|r| r.id.to_owned()).collect();
    assert_eq!(named, registered);
    assert_eq!(
        all().count(),
        registered.len(),
        "an id stands in the registry twice"
    );
}

#[test]
fn every_rule_says_why_and_what_to_do_in_sentences() {
    for rule in all() {
        for text in [rule.why, rule.fix] {
            assert!(text.ends_with('.'), "{}: {text}", rule.id);
        }
        assert!(!rule.title.ends_with('.'), "{}: {}", rule.id, rule.title);
        assert!(
            reference::explanation(rule).contains(&printable(rule.bad.trim())),
            "{}",
            rule.id
        );
    }
}

#[test]
fn the_shipped_course_has_no_errors() {
    let source = Source::Folder(PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    let errors: Vec<_> = lint(&source, None, &can_draw)
        .into_iter()
        .filter(|d| d.id.starts_with('E'))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

//! Rules about exercises: what comes with them, and whether it fits their checks.

use crate::base::diagnostic::Diagnostic;
use crate::base::slug::Slug;
use crate::checks::check::CheckFile;
use crate::checks::document::Node;
use crate::checks::file as check_file;
use crate::exercises::Exercise;
use crate::lessons::Lesson;

use super::{Course, broken, mistake, near};

/// What all checks of an exercise are worth.
const POINTS: u32 = 100;

/// What the folder of an exercise is made of.
const PARTS: [&str; 8] = [
    "LICENSE",
    "README.md",
    "exercise.toml",
    "questions.toml",
    "mutants.toml",
    "starters",
    "solutions",
    "broken",
];

/// The mistakes of all exercises.
pub(super) fn mistakes(course: &Course) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for exercise in &course.exercises {
        found.extend(servers(course, exercise));
        found.extend(languages(course, exercise));
        found.extend(lesson(course, exercise));
        found.extend(unread(course, exercise));
        found.extend(given_away(course, exercise));
        found.extend(nothing_to_do(course, exercise));
        let checks = check_file::load(course.source, exercise.slug.as_str(), &course.anchors);
        if let Ok(checks) = checks {
            found.extend(points(course, &checks));
            found.extend(starter_fails(course, exercise, &checks));
            found.extend(brief(exercise, &checks));
            found.extend(broken::mistakes(course, exercise, &checks));
            found.extend(too_early(course, exercise, &checks));
        }
    }
    found
}

fn file(exercise: &Exercise) -> String {
    format!("exercises/{}/exercise.toml", exercise.slug)
}

fn servers(course: &Course, exercise: &Exercise) -> Vec<Diagnostic> {
    let rules = [
        (
            "W431",
            exercise.solutions(course.source),
            "solution",
            "put one into `solutions/<language>/`; it proves that the checks can be passed",
        ),
        (
            "W432",
            exercise.starters(course.source),
            "starter",
            "put one into `starters/<language>/`; `course start` copies it",
        ),
        (
            "W433",
            exercise.broken(course.source),
            "broken server",
            "put one into `broken/<name>/`; it proves that the checks can fail",
        ),
    ];
    rules
        .into_iter()
        .filter(|(_, there, _, _)| there.as_ref().is_ok_and(Vec::is_empty))
        .map(|(id, _, what, help)| {
            let message = format!("the exercise `{}` has no {what}", exercise.slug);
            mistake(id, &file(exercise), 0..0, message).help(help)
        })
        .collect()
}

/// Starters and solutions in languages that nobody knows how to run.
fn languages(course: &Course, exercise: &Exercise) -> Vec<Diagnostic> {
    let known: Vec<&str> = course.languages.iter().map(|l| l.slug.as_str()).collect();
    let mut found = Vec::new();
    // Languages that could not be read were told already.
    if known.is_empty() && course.texts.contains_key("exercises/languages.toml") {
        return found;
    }
    for (what, there) in [
        ("starters", exercise.starters(course.source)),
        ("solutions", exercise.solutions(course.source)),
    ] {
        let unknown = |l: &Slug| !known.contains(&l.as_str());
        for language in there.unwrap_or_default().into_iter().filter(unknown) {
            let message = format!(
                "`{what}/{language}` is in a language that `exercises/languages.toml` does not have"
            );
            let help = match near(language.as_str(), &known) {
                help if help.is_empty() => format!("write a table [{language}] with name and run"),
                help => help,
            };
            found.push(mistake("E434", &file(exercise), 0..0, message).help(help));
        }
    }
    found
}

/// Files in the folder of an exercise that mean nothing there.
fn unread(course: &Course, exercise: &Exercise) -> Vec<Diagnostic> {
    let folder = format!("exercises/{}/", exercise.slug);
    let brief = course.text(&format!("{folder}README.md"));
    let mut parts: Vec<(&str, &String)> = Vec::new();
    for path in course.texts.keys() {
        let Some(rest) = path.strip_prefix(&folder) else {
            continue;
        };
        let part = rest.split('/').next().unwrap_or(rest);
        // Of a folder, its first file speaks for all.
        if !PARTS.contains(&part) && !parts.iter().any(|(known, _)| *known == part) {
            parts.push((part, path));
        }
    }
    // What the brief shows or links to is read with it.
    parts.retain(|(part, _)| !brief.contains(part));
    let tell = |(part, path): (&str, &String)| {
        let message = format!("nobody reads `{part}` in the folder of an exercise");
        let help = match near(part, &PARTS) {
            help if help.is_empty() => "take it away, or name it in README.md".to_owned(),
            help => help,
        };
        mistake("W435", path, 0..0, message).help(help)
    };
    parts.into_iter().map(tell).collect()
}

/// Files of starters that are called a solution. Of each folder, the first speaks for all.
fn given_away(course: &Course, exercise: &Exercise) -> Vec<Diagnostic> {
    let folder = format!("exercises/{}/starters/", exercise.slug);
    let mut found: Vec<Diagnostic> = Vec::new();
    for path in course.paths.iter().filter(|p| p.starts_with(&folder)) {
        let parts = path[folder.len()..].split('/').skip(1);
        let mut names = parts.map(|part| part.split('.').next().unwrap_or(part).to_lowercase());
        if names.any(|name| matches!(name.as_str(), "solution" | "solutions")) {
            let message = "whoever starts this exercise is given this file";
            let help = "put it into `solutions/`, or call it by what it is";
            found.push(mistake("E443", path, 0..0, message).help(help));
        }
    }
    found
}

/// A starter that would pass as it is.
fn nothing_to_do(course: &Course, exercise: &Exercise) -> Option<Diagnostic> {
    let has_starter = exercise
        .starters(course.source)
        .is_ok_and(|s| !s.is_empty());
    if !has_starter || !exercise.starter_fails.is_empty() {
        return None;
    }
    let path = file(exercise);
    let text = course.text(&path);
    let span = text.find("fails").map_or(0..0, |at| at..at + "fails".len());
    let message = "the starters of this exercise fail nothing, so there is nothing to do";
    let help = "list the checks that are left to the learner: [starter] fails = [\"…\"]";
    Some(mistake("W442", &path, span, message).help(help))
}

fn lesson(course: &Course, exercise: &Exercise) -> Option<Diagnostic> {
    let slug = exercise.lesson.as_ref()?;
    if course.anchors.contains_key(slug.as_str()) {
        return None;
    }
    let path = file(exercise);
    let span = quoted(course.text(&path), "lesson", slug.as_str());
    let known: Vec<&str> = course.anchors.keys().map(String::as_str).collect();
    let message = format!("there is no lesson `{slug}`");
    Some(mistake("E437", &path, span, message).help(near(slug.as_str(), &known)))
}

/// The place of `"value"` in the text, after `key`.
fn quoted(text: &str, key: &str, value: &str) -> std::ops::Range<usize> {
    let from = text.find(key).unwrap_or(0);
    ["\"", "'"]
        .iter()
        .find_map(|quote| {
            let whole = format!("{quote}{value}{quote}");
            let at = from + text.get(from..)?.find(&whole)?;
            Some(at..at + whole.len())
        })
        .unwrap_or(0..0)
}

fn points(course: &Course, checks: &CheckFile) -> Option<Diagnostic> {
    let sum: u32 = checks.checks.iter().map(|c| c.points).sum();
    if sum == POINTS {
        return None;
    }
    let message = format!("the points of all checks make {sum}, not {POINTS}");
    let root = course.checks.get(&checks.path)?;
    let span = root.entry("exercise").map_or(0..0, |e| e.node.span.clone());
    Some(
        mistake("W403", &checks.path, span, message)
            .help("share out 100, so that points read as percent"),
    )
}

fn starter_fails(course: &Course, exercise: &Exercise, checks: &CheckFile) -> Vec<Diagnostic> {
    let known: Vec<&str> = checks.checks.iter().map(|c| c.id.as_str()).collect();
    let path = file(exercise);
    exercise
        .starter_fails
        .iter()
        .filter(|id| !known.contains(&id.as_str()))
        .map(|id| {
            let span = quoted(course.text(&path), "fails", id);
            mistake("E430", &path, span, format!("there is no check `{id}`")).help(near(id, &known))
        })
        .collect()
}

/// Checks that the brief does not speak of: a learner cannot know what they are about.
fn brief(exercise: &Exercise, checks: &CheckFile) -> Vec<Diagnostic> {
    let path = format!("exercises/{}/README.md", exercise.slug);
    checks
        .checks
        .iter()
        .filter(|c| !exercise.brief.contains(&format!("`{}`", c.id)))
        .map(|c| {
            let message = format!("the brief does not name the check `{}`", c.id);
            mistake("W436", &path, 0..0, message)
                .help("list it with what it looks at, as in | `check` | what |")
        })
        .collect()
}

/// Checks that send a learner to a lesson which comes only after the exercise.
fn too_early(course: &Course, exercise: &Exercise, checks: &CheckFile) -> Vec<Diagnostic> {
    let leads = |l: &&Lesson| l.exercise.as_ref() == Some(&exercise.slug);
    // An exercise that no lesson leads to comes after all lessons.
    let Some(before) = course.lessons.iter().filter(leads).map(|l| l.number).min() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for check in &checks.checks {
        let named = check.lesson.as_deref().unwrap_or_default();
        let slug = named.split('#').next().unwrap_or_default();
        let late = |l: &&Lesson| l.slug.as_str() == slug && l.number > before;
        if let Some(lesson) = course.lessons.iter().find(late) {
            let message = format!(
                "`{}` sends to lesson {}, and the exercise comes after lesson {before}",
                check.id, lesson.number
            );
            let span = course
                .checks
                .get(&check.file)
                .and_then(|root| place(root, &check.id))
                .unwrap_or(0..0);
            found.push(
                mistake("W440", &check.file, span, message)
                    .help("name an earlier lesson, or let a later lesson lead to the exercise"),
            );
        }
    }
    found
}

/// The place of the lesson that a check names.
fn place(root: &Node, id: &str) -> Option<std::ops::Range<usize>> {
    let checks = root.at("check")?.items();
    let check = checks
        .iter()
        .find(|c| c.at("id").and_then(Node::text) == Some(id))?;
    Some(check.at("lesson")?.span.clone())
}

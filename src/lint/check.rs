//! Rules about check files that go beyond what their decoder refuses.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

use crate::base::diagnostic::Diagnostic;
use crate::checks::document::{Entry, Node, Value};
use crate::checks::mistake;
use crate::checks::shape::duration;
use crate::checks::steps::http::METHODS;
use crate::checks::variable::WORDS;

use super::{Course, expectation, included, is_toml, mistake as told};

/// Longer than this, nobody waits.
const LONGEST: Duration = Duration::from_secs(30);
/// More repetitions than this take too long on a small machine, one after the other.
const MOST: i64 = 500;
/// And more than this all at once.
const MOST_PARALLEL: i64 = 5_000;
/// Words that praise and say nothing.
static HOLLOW: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:correctly|properly|successfully|as expected|as it should)\b")
        .expect("the pattern is a constant")
});

/// The mistakes of one check file.
pub(super) fn mistakes(course: &Course, path: &str, root: &Node) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for check in items(root, "check") {
        found.extend(words(path, check));
        found.extend(cases(path, check));
        found.extend(expectation::only_negative(path, check));
        found.extend(impatient(path, check));
    }
    for step in steps(root) {
        found.extend(nameless(path, step));
        found.extend(expectation::of_step(path, step));
        let parallel = step.at("parallel").and_then(Node::flag) == Some(true);
        let most = if parallel { MOST_PARALLEL } else { MOST };
        if let Some(entry) = step.entry("repeat")
            && let Some(times) = entry
                .node
                .integer()
                .filter(|n| (most + 1..=1_000_000).contains(n))
        {
            let message = format!("{times} repetitions take long on a small machine");
            let help = format!("{most} or fewer show the same");
            found.push(told("W418", path, entry.node.span.clone(), message).help(help));
        }
    }
    every_entry(root, &mut |entry| {
        found.extend(patience(path, entry));
        found.extend(address(path, entry));
    });
    found.extend(expectation::stamps(course, path, root));
    found.extend(alike(path, root));
    found.extend(other_exercise(course, path, root));
    found
}

/// The mistakes that show only when all check files are seen.
pub(super) fn course_mistakes(course: &Course) -> Vec<Diagnostic> {
    let wanted: BTreeSet<String> = course
        .checks
        .values()
        .flat_map(included)
        .map(str::to_owned)
        .chain(course.exercises.iter().map(|e| format!("{}.toml", e.slug)))
        .collect();
    let exercise_files = course
        .texts
        .keys()
        .filter(|p| p.ends_with("/exercise.toml"));
    let named: BTreeSet<String> = exercise_files
        .filter_map(|p| p.strip_prefix("exercises/")?.strip_suffix("/exercise.toml"))
        .map(|name| format!("{name}.toml"))
        .collect();
    course
        .texts
        .keys()
        .filter(|path| is_toml(path))
        .filter_map(|path| Some((path, path.strip_prefix("checks/")?)))
        .filter(|(path, _)| !path.starts_with(mistake::FOLDER))
        .filter(|(_, file)| !wanted.contains(*file) && !named.contains(*file))
        .map(|(path, file)| {
            let message = format!(
                "nobody reads `{file}`: no exercise has this name, and no check file includes it"
            );
            told("W404", path, 0..0, message)
                .help("name it after an exercise, or include it in a check file")
        })
        .collect()
}

pub(super) fn items<'n>(node: &'n Node<'_>, key: &str) -> &'n [Node<'n>] {
    node.at(key).map(Node::items).unwrap_or_default()
}

/// All steps of checks and groups.
pub(super) fn steps<'n>(root: &'n Node<'_>) -> impl Iterator<Item = &'n Node<'n>> {
    items(root, "check")
        .iter()
        .chain(items(root, "group"))
        .flat_map(|node| items(node, "step"))
}

/// Visits every entry of every table below a node.
pub(super) fn every_entry<'n>(node: &'n Node, visit: &mut dyn FnMut(&'n Entry)) {
    for entry in node.entries() {
        visit(entry);
        every_entry(&entry.node, visit);
    }
    for item in node.items() {
        every_entry(item, visit);
    }
}

fn is_core(check: &Node) -> bool {
    check.at("level").and_then(Node::text) != Some("deep")
}

/// What a check owes its reader: why, where to read, and hints.
fn words(path: &str, check: &Node) -> Vec<Diagnostic> {
    let Some(id) = check.at("id").filter(|id| id.text().is_some()) else {
        return Vec::new();
    };
    let name = id.text().unwrap_or_default();
    let mut found = Vec::new();
    let mut lacks = |rule, key: &str, help: &str| {
        let message = format!("the check `{name}` has no `{key}`");
        found.push(told(rule, path, id.span.clone(), message).help(help));
    };
    if check.entry("why").is_none() {
        lacks(
            "W405",
            "why",
            "say in one sentence why it matters; a failure shows it",
        );
    }
    if is_core(check) && check.entry("lesson").is_none() {
        lacks(
            "W406",
            "lesson",
            "name what to read, as in lesson = \"where-state-lives#sessions\"",
        );
    }
    // Nobody asks for hints on a server that is shown because it is wrong.
    let has_learner = !path.starts_with(mistake::FOLDER);
    if has_learner && is_core(check) && items(check, "hints").is_empty() {
        lacks(
            "W407",
            "hints",
            "write two or three, from vague to concrete",
        );
    }
    found.extend(
        check
            .at("title")
            .and_then(|title| hollow_title(path, title)),
    );
    let title = check.at("title").and_then(Node::text).unwrap_or_default();
    for hint in items(check, "hints") {
        if plain(hint.text().unwrap_or_default()) == plain(title) && !title.is_empty() {
            let message = "this hint only repeats the title";
            found.push(
                told("W408", path, hint.span.clone(), message)
                    .help("say where to look, or what to try"),
            );
        }
    }
    found
}

/// Letters and digits alone, to compare sentences by what they say.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn cases(path: &str, check: &Node) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let lists = check.at("each").map(Node::entries).unwrap_or_default();
    for Entry { key, node, .. } in lists {
        let mut seen = BTreeSet::new();
        for item in node.items() {
            let Some(case) = item.text() else { continue };
            if !seen.insert(case) {
                let message = format!("the case `{case}` of `{key}` is there twice");
                found.push(told("W414", path, item.span.clone(), message).help("take one away"));
            }
        }
    }
    found
}

fn nameless(path: &str, step: &Node) -> Option<Diagnostic> {
    if step.entry("name").is_some() || step.entries().is_empty() {
        return None;
    }
    let span = step.entries().first().map(|e| e.key_span.clone())?;
    Some(
        told("W415", path, span, "this step has no name")
            .help("say in a few words what it does; the report shows it"),
    )
}

/// A pause in front of a step that waits by itself.
fn impatient(path: &str, check: &Node) -> Vec<Diagnostic> {
    let waits = |step: &Node| step.entry("wait").is_some() || step.entry("retry").is_some();
    let pairs = items(check, "step").windows(2);
    pairs
        .filter(|pair| waits(&pair[1]))
        .filter_map(|pair| pair[0].at("pause"))
        .map(|pause| {
            let message = "the step behind this pause waits by itself";
            told("W426", path, pause.span.clone(), message)
                .help("take the pause away: a wait ends as soon as it may, and is right on slow machines too")
        })
        .collect()
}

/// Words that are drawn apart from each other, and are the same now and then.
fn alike(path: &str, root: &Node) -> Vec<Diagnostic> {
    let mut drawn = Vec::new();
    every_entry(root, &mut |entry| {
        let bare = |text: &str| text.split_whitespace().eq(["{{", "random.word", "}}"]);
        if entry.node.text().is_some_and(bare) {
            drawn.push(entry.node.span.clone());
        }
    });
    let message = format!(
        "this word may be the same as another one: both are drawn from {}",
        WORDS.len()
    );
    drawn
        .into_iter()
        .skip(1)
        .map(|span| {
            told("W427", path, span, message.clone())
                .help("write \"{{ random.word }}-{{ random.int }}\"")
        })
        .collect()
}

/// A title that would fit every check: whether it passed or failed, it says nothing.
fn hollow_title(path: &str, title: &Node) -> Option<Diagnostic> {
    let word = HOLLOW.find(title.text()?)?;
    let message = format!("`{}` does not say what must be", word.as_str());
    Some(
        told("W428", path, title.span.clone(), message).help(
            "say what the server does, so that PASS and FAIL beside it have one meaning each",
        ),
    )
}

fn patience(path: &str, entry: &Entry) -> Option<Diagnostic> {
    if !matches!(&*entry.key, "timeout" | "within") {
        return None;
    }
    let time = duration(entry.node.text()?).filter(|time| *time > LONGEST)?;
    let message = format!(
        "a failing server makes its learner wait {} seconds",
        time.as_secs()
    );
    Some(
        told("W417", path, entry.node.span.clone(), message)
            .help("30 seconds are the most; a server that is right needs far less"),
    )
}

/// An address that leads away from this machine, or to a port that somebody else may have.
fn address(path: &str, entry: &Entry) -> Option<Diagnostic> {
    if !METHODS.contains(&&*entry.key) {
        return None;
    }
    let text = entry.node.text()?;
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    if authority.starts_with("{{") {
        return None;
    }
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let (name, port) = match host.strip_prefix('[') {
        Some(six) => six
            .split_once(']')
            .map(|(n, p)| (n, p.trim_start_matches(':')))?,
        None => host.split_once(':').unwrap_or((host, "")),
    };
    if !(name == "localhost" || name == "::1" || name.starts_with("127.")) {
        let message = format!("this request would leave the machine for `{name}`");
        return Some(
            told("E402", path, entry.node.span.clone(), message)
                .help("name an instance with `on`, and give the path alone"),
        );
    }
    if port.is_empty() || port.contains("{{") {
        return None;
    }
    let message = format!("somebody else may have the port {port}");
    Some(
        told("W421", path, entry.node.span.clone(), message)
            .help("name an instance with `on`, or write {{ port.a }}"),
    )
}

fn other_exercise(course: &Course, path: &str, root: &Node) -> Option<Diagnostic> {
    let name = path.strip_prefix("checks/")?.strip_suffix(".toml")?;
    if path.starts_with(mistake::FOLDER) {
        return None;
    }
    let node = root
        .at("exercise")
        .filter(|n| matches!(n.value, Value::Text(_)))?;
    let text = node.text()?;
    let file = format!("{name}.toml");
    let shared = course
        .checks
        .values()
        .any(|r| included(r).contains(&file.as_str()));
    if shared || text == name {
        return None;
    }
    let message = format!("this file grades `{name}`, and says `{text}`");
    Some(
        told("E401", path, node.span.clone(), message)
            .help(format!("write exercise = \"{name}\", or rename the file")),
    )
}

//! Rules about the mistakes that `course demo` shows.

use crate::base::diagnostic::Diagnostic;
use crate::checks::document::Node;
use crate::checks::mistake;
use crate::exercises::Exercise;

use super::{Course, mistake as told, near};

/// The mistakes of the files that show mistakes.
pub(super) fn mistakes(course: &Course) -> Vec<Diagnostic> {
    let read = mistake::all(course.source, &course.anchors);
    let mut found = read.err().unwrap_or_default();
    let shown = |path: &&String| path.starts_with(mistake::FOLDER);
    for path in course.checks.keys().filter(shown) {
        found.extend(servers(course, path, &course.checks[path]));
    }
    found
}

/// Servers that the exercise does not have, or an exercise that is not there.
fn servers(course: &Course, path: &str, root: &Node) -> Vec<Diagnostic> {
    let Some((node, slug)) = root.at("exercise").and_then(|n| Some((n, n.text()?))) else {
        return Vec::new();
    };
    let Some(exercise) = course.exercises.iter().find(|e| e.slug.as_str() == slug) else {
        let known: Vec<&str> = course.exercises.iter().map(|e| e.slug.as_str()).collect();
        let message = format!("there is no exercise `{slug}`");
        let missing = told("E422", path, node.span.clone(), message);
        return vec![missing.help(near(slug, &known))];
    };
    let known = known(course, exercise);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let named = ["wrong", "right"].map(|key| root.at("mistake")?.at(key));
    let named = named.into_iter().flatten();
    named
        .filter_map(|node| Some((node, node.text()?)))
        .filter(|(_, name)| !known.contains(name))
        .map(|(node, name)| {
            let message = format!("`{slug}` has no server `{name}`");
            told("E422", path, node.span.clone(), message).help(near(name, &known))
        })
        .collect()
}

/// What a server of an exercise may be called here.
fn known(course: &Course, exercise: &Exercise) -> Vec<String> {
    let broken = exercise.broken(course.source).unwrap_or_default();
    let broken = broken.iter().map(|name| format!("broken/{name}"));
    ["starter", "solution"]
        .map(str::to_owned)
        .into_iter()
        .chain(broken)
        .collect()
}

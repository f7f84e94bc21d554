//! Rules about wrong servers: what `course verify` holds them to, looked at without running anything.

use std::ops::Range;

use crate::base::diagnostic::Diagnostic;
use crate::checks::check::CheckFile;
use crate::exercises::Exercise;
use crate::verify::expect::{self, Expect};
use crate::verify::mutant;

use super::{Course, mistake};

/// The mistakes of all files that say what a wrong server must get.
pub(super) fn mistakes(
    course: &Course,
    exercise: &Exercise,
    checks: &CheckFile,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let solutions = exercise.solutions(course.source).unwrap_or_default();
    for name in exercise.broken(course.source).unwrap_or_default() {
        let path = format!("exercises/{}/broken/{name}/{}", exercise.slug, expect::FILE);
        if let Some(text) = course.texts.get(&path) {
            let read = Expect::read(&path, text, checks, &solutions);
            found.extend(read.err().unwrap_or_default());
        } else {
            let message = format!("nobody knows what `broken/{name}` must fail");
            let help = "write wrong, run and must_fail into this file";
            found.push(mistake("E509", &path, 0..0, message).help(help));
        }
    }
    let path = format!("exercises/{}/{}", exercise.slug, mutant::FILE);
    if let Some(text) = course.texts.get(&path) {
        found.extend(mutant::survivors(&path, text).err().unwrap_or_default());
    }
    found
}

/// Folders of servers that nobody would grade: those with a name that is no slug, and those of no exercise.
pub(super) fn folders(course: &Course) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for path in course.paths.iter().filter(|p| p.starts_with("exercises/")) {
        let parts: Vec<&str> = path.split('/').collect();
        let [
            _,
            exercise,
            kind @ ("starters" | "solutions" | "broken"),
            name,
            _,
            ..,
        ] = parts[..]
        else {
            continue;
        };
        let whole = format!("exercises/{exercise}/exercise.toml");
        let (id, at, message, help) = if !course.paths.contains(&whole) {
            (
                "W439",
                whole,
                format!("`{exercise}` has servers, and no exercise is there"),
                "write it, or take the folder away: nobody sees what is in it".to_owned(),
            )
        } else if let Err(error) = crate::base::slug::Slug::new(name) {
            let folder = format!("exercises/{exercise}/{kind}/{name}");
            let help = "rename the folder; as it is, nobody grades the server".to_owned();
            ("E438", folder, error.to_string(), help)
        } else {
            continue;
        };
        let mistake = mistake(id, &at, 0..0, message).help(help);
        if !found.contains(&mistake) {
            found.push(mistake);
        }
    }
    found
}

/// Signs that mean something to a shell, and are words like any other to `course`.
const SIGNS: [&str; 9] = ["&&", "||", "|", ";", "&", ">", ">>", "<", "2>&1"];

/// Commands that were written for a shell, in the files that have commands.
pub(super) fn commands(course: &Course) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (path, text) in &course.texts {
        let name = path.rsplit('/').next().unwrap_or(path);
        if name != expect::FILE && path != "exercises/languages.toml" {
            continue;
        }
        let (root, mistakes) = crate::checks::document::parse(path, text);
        if !mistakes.is_empty() {
            continue;
        }
        super::check::every_entry(&root, &mut |entry| {
            let Some(command) = entry.node.text().filter(|_| entry.key == "run") else {
                return;
            };
            found.extend(shell(path, &entry.node.span, command));
        });
    }
    found
}

fn shell(path: &str, span: &Range<usize>, command: &str) -> Option<Diagnostic> {
    let words = shlex::split(command)?;
    let sign = words.iter().find(|word| {
        let variable = word.starts_with('$');
        variable || SIGNS.contains(&word.as_str()) || word.ends_with(';')
    });
    let sets = words.first().is_some_and(|word| word.contains('='));
    let sign = sign.or(words.first().filter(|_| sets))?;
    let message = format!("`{sign}` means nothing here: no shell reads this command");
    Some(
        mistake("W441", path, span.clone(), message)
            .help("name one program and its arguments; put the rest into the program"),
    )
}

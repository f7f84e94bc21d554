//! Lint: every mistake in a course at once, those of the loaders and those that only show across files.

mod broken;
mod check;
mod demo;
mod exercise;
mod expectation;
pub mod file;
mod interview;
mod lesson;
mod link;
mod page;
mod readability;
pub mod reference;
pub mod rules;
pub mod schema;
mod since;
mod unused;
mod written;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::source::Source;
use crate::checks::document::{self, Node};
use crate::checks::file::{self as check_file, Anchors};
use crate::course::format;
use crate::exercises::{self, Exercise, Language};
use crate::interview::{self as bank, Question};
use crate::lessons::{self, Lesson};

/// A course as the rules see it: what could be read of it, and the texts.
struct Course<'s> {
    source: &'s Source,
    lessons: Vec<Lesson>,
    exercises: Vec<Exercise>,
    languages: Vec<Language>,
    interview: Vec<Question>,
    anchors: Anchors,
    /// Every file of the course, sorted.
    paths: Vec<String>,
    /// Every text file of the course by its path.
    texts: BTreeMap<String, String>,
    /// The check files that are TOML, by path.
    checks: BTreeMap<String, Node<'static>>,
}

/// Everything that is wrong with a course, by file and place; with an earlier version of it, also which names are gone.
/// `drawable` says whether a Mermaid block can be drawn.
#[must_use]
pub fn lint(
    source: &Source,
    earlier: Option<&Source>,
    drawable: &dyn Fn(&str) -> bool,
) -> Vec<Diagnostic> {
    // What a course of another format has wrong is not for this `course` to say.
    if let Err(mistakes) = format::check(source) {
        return mistakes;
    }
    let mut found = Vec::new();
    let course = Course::read(source, &mut found);
    course.load_checks(&mut found);
    if let Some(earlier) = earlier
        && !found.iter().any(|m| m.severity == Severity::Error)
    {
        // Of a file that cannot be read, all names would seem to be gone.
        found.extend(since::mistakes(&course, earlier));
    }
    for (path, root) in &course.checks {
        found.extend(check::mistakes(&course, path, root));
        found.extend(unused::mistakes(&course, path, root));
    }
    found.extend(check::course_mistakes(&course));
    found.extend(demo::mistakes(&course));
    found.extend(exercise::mistakes(&course));
    found.extend(lesson::mistakes(&course, drawable));
    found.extend(broken::folders(&course));
    found.extend(broken::commands(&course));
    found.extend(interview::mistakes(&course));
    found.extend(written::mistakes(&course));
    found.extend(file::mistakes(&course));
    found.sort_by(|a, b| {
        (&a.file, a.span.start, a.id, &a.message).cmp(&(&b.file, b.span.start, b.id, &b.message))
    });
    found.dedup();
    found
}

/// The number of files that a course has.
#[must_use]
pub fn files(source: &Source) -> usize {
    paths(source).len()
}

fn paths(source: &Source) -> Vec<String> {
    ["checks", "exercises", "interview", "lessons"]
        .iter()
        .flat_map(|folder| source.below(folder).unwrap_or_default())
        .collect()
}

/// A mistake against one of our own rules; its severity follows from the id.
fn mistake(
    id: &'static str,
    file: &str,
    span: Range<usize>,
    message: impl Into<String>,
) -> Diagnostic {
    Diagnostic {
        severity: rules::severity(id),
        ..Diagnostic::error(id, file, span, message)
    }
}

/// What was read, or nothing, with its mistakes noted.
fn kept<T>(read: Result<Vec<T>, Vec<Diagnostic>>, found: &mut Vec<Diagnostic>) -> Vec<T> {
    read.unwrap_or_else(|mistakes| {
        found.extend(mistakes);
        Vec::new()
    })
}

impl<'s> Course<'s> {
    fn read(source: &'s Source, found: &mut Vec<Diagnostic>) -> Self {
        let paths = paths(source);
        let texts: BTreeMap<String, String> = paths
            .iter()
            .filter(|path| !file::is_too_large(source, path))
            .filter_map(|path| Some((path.clone(), source.text(path).ok()?)))
            .collect();
        let checks = texts
            .iter()
            .filter(|(path, _)| path.starts_with("checks/") && is_toml(path))
            .filter_map(|(path, text)| {
                let (root, mistakes) = document::parse(path, text);
                mistakes
                    .is_empty()
                    .then(|| (path.clone(), root.into_owned()))
            })
            .collect();
        let lessons = kept(lessons::all(source), found);
        Self {
            source,
            anchors: anchors(&texts),
            lessons,
            exercises: kept(exercises::all(source), found),
            languages: kept(exercises::languages(source), found),
            paths,
            interview: kept(bank::bank(source), found),
            texts,
            checks,
        }
    }

    /// Decodes every check file that an exercise has or that nobody includes.
    fn load_checks(&self, found: &mut Vec<Diagnostic>) {
        let mut names: Vec<String> = self.exercises.iter().map(|e| e.slug.to_string()).collect();
        let included: Vec<&str> = self.checks.values().flat_map(included).collect();
        for path in self.texts.keys().filter(|p| is_toml(p)) {
            if let Some(file) = path.strip_prefix("checks/") {
                let name = file.trim_end_matches(".toml").to_owned();
                if !included.contains(&file) && !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        for name in names {
            if let Err(mistakes) = check_file::load(self.source, &name, &self.anchors) {
                found.extend(mistakes);
            }
        }
    }

    fn text(&self, path: &str) -> &str {
        self.texts.get(path).map_or("", String::as_str)
    }
}

/// The sections of every lesson, those included that have other mistakes.
fn anchors(texts: &BTreeMap<String, String>) -> Anchors {
    texts
        .iter()
        .filter_map(|(path, text)| {
            let stem = path.strip_prefix("lessons/")?.strip_suffix(".md")?;
            let (_, slug) = crate::base::slug::numbered(stem).ok()?;
            let sections = lessons::anchors(lesson::page(text).1);
            let sections = sections.iter().map(ToString::to_string).collect();
            Some((slug.to_string(), sections))
        })
        .collect()
}

/// The names under `include` of a check file.
fn included<'n>(root: &'n Node<'_>) -> Vec<&'n str> {
    let items = root.at("include").map(Node::items).unwrap_or_default();
    items.iter().filter_map(Node::text).collect()
}

fn is_toml(path: &str) -> bool {
    std::path::Path::new(path)
        .extension()
        .is_some_and(|e| e == "toml")
}

/// `id` as in the shipped course, so that a fix can be named.
fn near(word: &str, known: &[&str]) -> String {
    crate::base::text::nearest(word, known.iter().copied())
        .map_or_else(String::new, |near| format!("did you mean `{near}`?"))
}

//! Rules about lessons and briefs: where they lead, what they ask, and that each page reads well.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::base::diagnostic::Diagnostic;
use crate::lessons::{self, Demo, Lesson};

use super::page::Page;
use super::{Course, link, mistake, near};

static READ: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"course read ([a-z][a-z0-9-]*)(?:#([a-z0-9-]+))?")
        .expect("the pattern is a constant")
});

/// The mistakes of all pages, and of references to pages in any text.
pub(super) fn mistakes(course: &Course, drawable: &dyn Fn(&str) -> bool) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (path, text) in &course.texts {
        found.extend(references(course, path, text));
        if is_lesson(path) || is_brief(path) {
            let (offset, body) = page(text);
            found.extend(link::mistakes(course, path, body, offset));
            found.extend(Page::new(path, body, offset, drawable).mistakes());
        }
    }
    for lesson in &course.lessons {
        found.extend(exercise(course, lesson));
        found.extend(quiz(course, lesson));
        found.extend(Demo::read(course.source, lesson).err().unwrap_or_default());
    }
    found
}

fn is_lesson(path: &str) -> bool {
    path.strip_prefix("lessons/")
        .and_then(|name| name.strip_suffix(".md"))
        .is_some_and(|name| !name.contains('/'))
}

fn is_brief(path: &str) -> bool {
    path.strip_prefix("exercises/")
        .and_then(|rest| rest.split_once('/'))
        .is_some_and(|(_, rest)| rest == "README.md")
}

/// The page below the front matter, and where it begins. The whole text when there is no front matter.
pub(super) fn page(text: &str) -> (usize, &str) {
    let mut at = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        at += line.len();
        match (index, line.trim_end()) {
            (0, "+++") => {}
            (0, _) => break,
            (_, "+++") => return (at, &text[at..]),
            _ => {}
        }
    }
    (0, text)
}

/// `course read x#y` where there is no such lesson, exercise, or section.
fn references(course: &Course, path: &str, text: &str) -> Vec<Diagnostic> {
    let known: Vec<&str> = course.anchors.keys().map(String::as_str).collect();
    let mut found = Vec::new();
    for part in READ.captures_iter(text) {
        let (Some(whole), Some(lesson)) = (part.get(0), part.get(1)) else {
            continue;
        };
        let brief = course
            .exercises
            .iter()
            .find(|exercise| exercise.slug.as_str() == lesson.as_str())
            .map(|exercise| {
                lessons::anchors(&exercise.brief)
                    .iter()
                    .map(ToString::to_string)
                    .collect()
            });
        let Some(sections) = course.anchors.get(lesson.as_str()).or(brief.as_ref()) else {
            let message = format!("there is no lesson `{}` to read", lesson.as_str());
            let help = near(lesson.as_str(), &known);
            found.push(mistake("E454", path, whole.range(), message).help(help));
            continue;
        };
        if let Some(section) = part
            .get(2)
            .filter(|s| !sections.iter().any(|k| k == s.as_str()))
        {
            let message = format!(
                "`{}` has no section `{}`",
                lesson.as_str(),
                section.as_str()
            );
            let sections: Vec<&str> = sections.iter().map(String::as_str).collect();
            let help = near(section.as_str(), &sections);
            found.push(mistake("E454", path, whole.range(), message).help(help));
        }
    }
    found
}

/// The place of the value of a key in the front matter.
fn value_of(text: &str, key: &str) -> Range<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with(key) && line[key.len()..].trim_start().starts_with('=') {
            return at..at + line.trim_end().len();
        }
        at += line.len();
    }
    0..0
}

fn exercise(course: &Course, lesson: &Lesson) -> Option<Diagnostic> {
    let slug = lesson.exercise.as_ref()?;
    // An exercise with mistakes is there, too.
    let file = format!("exercises/{slug}/exercise.toml");
    if course.texts.contains_key(&file) {
        return None;
    }
    let known: Vec<&str> = course.exercises.iter().map(|e| e.slug.as_str()).collect();
    let span = value_of(course.text(&lesson.file), "exercise");
    let message = format!("there is no exercise `{slug}`");
    let help = match near(slug.as_str(), &known) {
        help if help.is_empty() => {
            "write it, or take the key away until it is there; the course passes it over".to_owned()
        }
        help => help,
    };
    Some(mistake("W458", &lesson.file, span, message).help(help))
}

fn quiz(course: &Course, lesson: &Lesson) -> Option<Diagnostic> {
    let count = lesson.quiz.len();
    if (3..=5).contains(&count) {
        return None;
    }
    let span = value_of(course.text(&lesson.file), "title");
    let message = format!("this lesson has {count} questions, three to five are right");
    Some(
        mistake("W459", &lesson.file, span, message)
            .help("fewer do not show what was understood, more are skipped"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_begins_below_the_front_matter() {
        assert_eq!(page("+++\na = 1\n+++\nText.\n"), (14, "Text.\n"));
        assert_eq!(page("Text.\n+++\n"), (0, "Text.\n+++\n"));
    }
}

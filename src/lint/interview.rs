//! Rules about the questions of the interview: what they point to, and who points to them.

use std::ops::Range;

use crate::base::diagnostic::Diagnostic;
use crate::checks::document::Node;
use crate::interview::{PATH, Question};
use crate::lessons::Lesson;

use super::{Course, mistake, near};

/// The mistakes that only show across files.
pub(super) fn mistakes(course: &Course) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for question in &course.interview {
        found.extend(lesson(course, question));
        found.extend(check(course, question));
    }
    if !course.interview.is_empty() {
        for lesson in &course.lessons {
            found.extend(unknown(course, lesson));
        }
    }
    found
}

/// The place of `"value"` after the question's id.
fn place(course: &Course, question: &Question, value: &str) -> Range<usize> {
    let text = course.text(PATH);
    let quoted = |value: &str| format!("\"{value}\"");
    let from = text.find(&quoted(&question.id)).unwrap_or(0);
    let at = text[from..].find(&quoted(value)).map(|at| from + at);
    at.map_or(0..0, |at| at..at + value.len() + 2)
}

fn lesson(course: &Course, question: &Question) -> Option<Diagnostic> {
    let (slug, section) = question
        .lesson
        .split_once('#')
        .unwrap_or((&question.lesson, ""));
    let span = || place(course, question, &question.lesson);
    let Some(sections) = course.anchors.get(slug) else {
        let known: Vec<&str> = course.anchors.keys().map(String::as_str).collect();
        let message = format!("there is no lesson `{slug}`");
        return Some(mistake("E607", PATH, span(), message).help(near(slug, &known)));
    };
    if section.is_empty() || sections.iter().any(|known| known == section) {
        return None;
    }
    let known: Vec<&str> = sections.iter().map(String::as_str).collect();
    let message = format!("lesson `{slug}` has no section `{section}`");
    Some(mistake("E607", PATH, span(), message).help(near(section, &known)))
}

fn check(course: &Course, question: &Question) -> Option<Diagnostic> {
    let target = question.check.as_ref()?;
    let (exercise, check) = target.split_once('#').unwrap_or((target, ""));
    let span = || place(course, question, target);
    let file = format!("exercises/{exercise}/exercise.toml");
    if !course.texts.contains_key(&file) {
        let known: Vec<&str> = course.exercises.iter().map(|e| e.slug.as_str()).collect();
        let message = format!("there is no exercise `{exercise}`");
        return Some(
            mistake("W609", PATH, span(), message).help(match near(exercise, &known) {
                help if help.is_empty() => {
                    "write it; until then the interview passes it over".to_owned()
                }
                help => help,
            }),
        );
    }
    let checks = course.checks.get(&format!("checks/{exercise}.toml"))?;
    let items = checks.at("check").map(Node::items).unwrap_or_default();
    let known: Vec<&str> = items
        .iter()
        .filter_map(|item| item.at("id").and_then(|id| id.text()))
        .collect();
    if check.is_empty() || known.contains(&check) {
        return None;
    }
    let message = format!("exercise `{exercise}` has no check `{check}`");
    Some(mistake("E607", PATH, span(), message).help(near(check, &known)))
}

/// Ids in the front matter of a lesson that no question has.
fn unknown(course: &Course, lesson: &Lesson) -> Vec<Diagnostic> {
    let known: Vec<&str> = course.interview.iter().map(|q| q.id.as_str()).collect();
    let text = course.text(&lesson.file);
    lesson
        .interview
        .iter()
        .filter(|id| !known.contains(&id.as_str()))
        .map(|id| {
            let quoted = format!("\"{id}\"");
            let at = text.find(&quoted).unwrap_or(0);
            let message = format!("there is no interview question `{id}`");
            mistake("E608", &lesson.file, at..at + quoted.len(), message)
                .help(format!("write it in `{PATH}`, or take it out here"))
        })
        .collect()
}

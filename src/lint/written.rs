//! Rules about the written part of an exercise: the figures, checks and questions that it and the checks name.

use std::ops::Range;

use crate::base::diagnostic::Diagnostic;
use crate::checks::check::{CheckFile, Level, Step};
use crate::checks::document::Node;
use crate::checks::file as check_file;
use crate::exercises::{Exercise, written};
use crate::questions::{Kind, Question};

use super::check::items;
use super::{Course, mistake, near};

/// The mistakes of all written parts.
pub(super) fn mistakes(course: &Course) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for exercise in &course.exercises {
        let checks = check_file::load(course.source, exercise.slug.as_str(), &course.anchors);
        if let Ok(checks) = checks {
            for question in &exercise.written {
                found.extend(figure(course, exercise, question, &checks));
                found.extend(shown_by(course, exercise, question, &checks));
            }
            found.extend(asked(course, exercise, &checks));
        }
    }
    found
}

/// A prediction of what no check measures.
fn figure(
    course: &Course,
    exercise: &Exercise,
    question: &Question,
    checks: &CheckFile,
) -> Option<Diagnostic> {
    let Kind::Prediction(prediction) = &question.kind else {
        return None;
    };
    let named = &prediction.measured.figure;
    let known: Vec<String> = checks
        .checks
        .iter()
        .flat_map(|check| {
            let all = recorded(checks, &check.steps).into_iter();
            all.map(move |name| format!("{}.{name}", check.id))
        })
        .collect();
    if known.contains(named) {
        return None;
    }
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let help = match near(named, &known) {
        help if help.is_empty() => {
            "record it in a step of the check, as in record.sold = \"tally.201\"".to_owned()
        }
        help => help,
    };
    let message = format!("no check records the figure `{named}`");
    let path = written::path(exercise.slug.as_str());
    let span = place(course, &path, question, named);
    Some(mistake("E707", &path, span, message).help(help))
}

/// The names of what steps record, those of groups and of `meanwhile` among them.
fn recorded<'c>(file: &'c CheckFile, steps: &'c [Step]) -> Vec<&'c str> {
    let mut names = Vec::new();
    for step in steps {
        names.extend(step.records.iter().map(|record| record.name.as_str()));
        for one in &step.meanwhile {
            names.extend(recorded(file, std::slice::from_ref(&one.step)));
        }
        if let crate::checks::steps::Action::Use(used) = &step.action
            && let Some(group) = file.groups.iter().find(|g| g.id == used.group)
        {
            names.extend(recorded(file, &group.steps));
        }
    }
    names
}

/// Facts that are shown by a check which is not there.
fn shown_by(
    course: &Course,
    exercise: &Exercise,
    question: &Question,
    checks: &CheckFile,
) -> Vec<Diagnostic> {
    let Kind::Match(matching) = &question.kind else {
        return Vec::new();
    };
    let known: Vec<&str> = checks.checks.iter().map(|c| c.id.as_str()).collect();
    let path = written::path(exercise.slug.as_str());
    let named = matching.facts.iter().filter_map(|f| f.shown_by.as_ref());
    named
        .filter(|check| !known.contains(&check.as_str()))
        .map(|check| {
            let span = place(course, &path, question, check.as_str());
            let message = format!("there is no check `{check}` to show it");
            mistake("E708", &path, span, message).help(near(check.as_str(), &known))
        })
        .collect()
}

/// Steps that look at a question which is not there or nobody judges, and those that would hold a learner up.
fn asked(course: &Course, exercise: &Exercise, checks: &CheckFile) -> Vec<Diagnostic> {
    let Some(root) = course.checks.get(&checks.path) else {
        return Vec::new();
    };
    let known: Vec<&str> = exercise.written.iter().map(|q| q.id.as_str()).collect();
    let mut found = Vec::new();
    for check in items(root, "check") {
        let id = check.at("id").and_then(Node::text).unwrap_or_default();
        let level = checks.check(id).map(|check| check.level);
        for step in items(check, "step") {
            let Some(node) = step.at("answer").and_then(|answer| answer.at("question")) else {
                continue;
            };
            let name = node.text().unwrap_or_default();
            let question = exercise.written.iter().find(|q| q.id.as_str() == name);
            let (message, help) = match question.map(|q| &q.kind) {
                None => (
                    format!("there is no written question `{name}`"),
                    near(name, &known),
                ),
                Some(Kind::Essay(_)) => (
                    format!("`{name}` is an essay, which only its author can mark"),
                    "take a question that is judged".to_owned(),
                ),
                Some(_) if level == Some(Level::Core) => (
                    "what is written must not be needed to pass".to_owned(),
                    "give the check level = \"deep\"".to_owned(),
                ),
                Some(_) => continue,
            };
            let span = node.span.clone();
            found.push(mistake("E709", &checks.path, span, message).help(help));
        }
    }
    found
}

/// The place of `"name"` in the file, after the id of its question.
fn place(course: &Course, path: &str, question: &Question, name: &str) -> Range<usize> {
    let text = course.text(path);
    let from = text.find(&format!("\"{}\"", question.id)).unwrap_or(0);
    let quoted = format!("\"{name}\"");
    let at = text[from..].find(&quoted).map(|at| from + at);
    at.map_or(0..0, |at| at..at + quoted.len())
}

//! The rule about names that an earlier version of the course had, and this one does not.
//!
//! Progress is kept by these names, so whoever has begun a course loses what stands under one that is gone.

use std::collections::BTreeMap;

use crate::base::diagnostic::Diagnostic;
use crate::base::source::Source;
use crate::base::text::nearest;
use crate::checks::document::Node;
use crate::course::format;
use crate::interview;

use super::{Course, mistake};

/// Every name that progress is kept by, as messages call it, with the file that it stands in.
type Names = BTreeMap<String, String>;

/// The names that an earlier version has and this one lacks.
pub(super) fn mistakes(course: &Course, earlier: &Source) -> Vec<Diagnostic> {
    // What was wrong with it is of no matter now.
    let (before, after) = (
        names(&Course::read(earlier, &mut Vec::new())),
        names(course),
    );
    let new: Vec<&str> = after.keys().map(String::as_str).collect();
    let gone = before.iter().filter(|(name, _)| !after.contains_key(*name));
    let gone = gone.map(|(name, file)| {
        let help = match nearest(
            name,
            new.iter().copied().filter(|n| !before.contains_key(*n)),
        ) {
            Some(near) => format!("it may be {near} now; learners know it by its old name"),
            None => "bring it back; what is new gets a name that was never used".to_owned(),
        };
        let file = if course.source.has(file) {
            file
        } else {
            format::FILE
        };
        let message = format!("{name} was there before and is gone");
        mistake("E484", file, 0..0, message).help(help)
    });
    gone.collect()
}

fn names(course: &Course) -> Names {
    let mut names = Names::new();
    for lesson in &course.lessons {
        names.insert(format!("the lesson `{}`", lesson.slug), lesson.file.clone());
        for question in &lesson.quiz {
            let name = format!("the question `{}` of `{}`", question.id, lesson.slug);
            names.insert(name, lesson.file.clone());
        }
    }
    for exercise in &course.exercises {
        let (slug, folder) = (&exercise.slug, format!("exercises/{}", exercise.slug));
        names.insert(
            format!("the exercise `{slug}`"),
            format!("{folder}/exercise.toml"),
        );
        for question in &exercise.written {
            let name = format!("the question `{}` of `{slug}`", question.id);
            names.insert(name, format!("{folder}/questions.toml"));
        }
    }
    for (file, root) in &course.checks {
        let of = root
            .at("exercise")
            .and_then(|node| node.text())
            .unwrap_or_default();
        let ids = root.at("check").into_iter().flat_map(Node::items);
        for id in ids.filter_map(|check| check.at("id")?.text()) {
            names.insert(format!("the check `{id}` of `{of}`"), file.clone());
        }
    }
    for question in &course.interview {
        let name = format!("the interview question `{}`", question.id);
        names.insert(name, interview::PATH.to_owned());
    }
    names
}

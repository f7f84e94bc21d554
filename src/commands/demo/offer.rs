//! An offer: something that `course demo` can show, and the names it goes by.

use crate::checks::mistake::{self, Mistake};
use crate::course::Course;
use crate::exercises::Exercise;
use crate::lessons::{Demo, Lesson};

use super::super::context::Context;
use super::super::error::Error;
use super::super::session;
use super::trace;

/// Something to show.
pub(in super::super) struct Offer<'c> {
    /// What it is called; any of these.
    pub(in super::super) names: Vec<String>,
    /// What it is.
    pub(super) what: What<'c>,
}

/// What is shown.
pub(super) enum What<'c> {
    /// The checks of an exercise on its starter and its solution.
    Exercise(&'c Exercise),
    /// The server of a lesson, and requests that prove what is wrong with it.
    Lesson(&'c Lesson, Demo),
    /// The way of a request, on the internet of an exercise.
    Trace(&'c Exercise),
    /// A mistake, on a server that makes it and on one that does not.
    Mistake(Box<Mistake>),
}

impl Offer<'_> {
    /// What it shows, in a few words.
    pub(super) fn title(&self) -> String {
        match &self.what {
            What::Exercise(exercise) => format!("Exercise: {}", exercise.title),
            What::Lesson(lesson, _) => format!("Lesson {}: {}", lesson.number, lesson.title),
            What::Trace(_) => "The way of a request, from a name to pixels".to_owned(),
            What::Mistake(shown) => format!("Mistake {}: {}", shown.number, shown.words.title),
        }
    }
}

/// All that the course can show.
///
/// # Errors
/// Everything that is wrong with the files of lessons' demos and of mistakes.
pub(in super::super) fn all<'c>(
    course: &'c Course,
    ctx: &Context,
) -> Result<Vec<Offer<'c>>, Error> {
    let exercises = course.exercises.iter().map(|exercise| Offer {
        names: vec![exercise.slug.to_string()],
        what: What::Exercise(exercise),
    });
    let mut offers: Vec<Offer<'c>> = exercises.collect();
    for lesson in &course.lessons {
        let demo = Demo::read(&ctx.content, lesson)?;
        offers.extend(demo.map(|demo| Offer {
            names: vec![lesson.slug.to_string()],
            what: What::Lesson(lesson, demo),
        }));
    }
    offers.extend(trace::exercise(course, ctx).map(|exercise| Offer {
        names: vec![trace::NAME.to_owned()],
        what: What::Trace(exercise),
    }));
    let mistakes = mistake::all(&ctx.content, &session::anchors(course)).map_err(Error::Content)?;
    offers.extend(mistakes.into_iter().map(|shown| Offer {
        names: vec![shown.id(), shown.slug.to_string()],
        what: What::Mistake(Box::new(shown)),
    }));
    Ok(offers)
}

//! The course as a whole: its lessons and exercises in the order in which a learner meets them.

pub mod format;

use crate::base::diagnostic::Diagnostic;
use crate::base::slug::Slug;
use crate::base::source::Source;
use crate::exercises::{self, Exercise, Language};
use crate::interview::{self, Question};
use crate::learner::Progress;
use crate::lessons::{self, Lesson};

/// Everything that a source has to teach.
#[derive(Clone, Debug)]
pub struct Course {
    /// Lessons by number.
    pub lessons: Vec<Lesson>,
    /// Exercises by order.
    pub exercises: Vec<Exercise>,
    /// Languages in the order of their file.
    pub languages: Vec<Language>,
    /// The questions of the interview.
    pub interview: Vec<Question>,
}

/// What a learner does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// This lesson.
    Lesson(Slug),
    /// This exercise.
    Exercise(Slug),
    /// The written part of this exercise.
    Written(Slug),
    /// The interview.
    Interview,
    /// Nothing: all that is there is done.
    Done,
}

/// One stop on the way through the course.
#[derive(Clone, Copy, Debug)]
pub enum Stop<'c> {
    /// A lesson.
    Lesson(&'c Lesson),
    /// An exercise.
    Exercise(&'c Exercise),
    /// The written part of an exercise, after it.
    Written(&'c Exercise),
    /// The interview, at the end.
    Interview,
}

impl Stop<'_> {
    /// Whether the learner is through with it. Giving up on an exercise is a way through.
    #[must_use]
    pub fn is_done(&self, progress: &Progress) -> bool {
        match self {
            Self::Lesson(lesson) => progress.lesson_done(lesson.slug.as_str()),
            Self::Exercise(exercise) => {
                let slug = exercise.slug.as_str();
                let given_up = |e: &crate::learner::progress::ExerciseProgress| e.gave_up.is_some();
                progress.exercise_passed(slug) || progress.exercises.get(slug).is_some_and(given_up)
            }
            Self::Written(exercise) => {
                let known = progress.exercises.get(exercise.slug.as_str());
                known.is_some_and(|e| e.written.is_some())
            }
            Self::Interview => progress.interview.done.is_some(),
        }
    }

    fn next(&self) -> Next {
        match self {
            Self::Lesson(lesson) => Next::Lesson(lesson.slug.clone()),
            Self::Exercise(exercise) => Next::Exercise(exercise.slug.clone()),
            Self::Written(exercise) => Next::Written(exercise.slug.clone()),
            Self::Interview => Next::Interview,
        }
    }
}

/// Where a learner is, counted from 1: the lesson and the exercise they are at or come to next, the last one when
/// there is none left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The lesson.
    pub lesson: usize,
    /// The exercise.
    pub exercise: usize,
}

impl Course {
    /// Reads the whole course.
    ///
    /// # Errors
    /// A format that is not known, or else every mistake of every file at once.
    pub fn load(source: &Source) -> Result<Self, Vec<Diagnostic>> {
        format::check(source)?;
        let lessons = lessons::all(source);
        let exercises = exercises::all(source);
        let languages = exercises::languages(source);
        let interview = interview::bank(source);
        match (lessons, exercises, languages, interview) {
            (Ok(lessons), Ok(exercises), Ok(languages), Ok(interview)) => Ok(Self {
                lessons,
                exercises,
                languages,
                interview,
            }),
            (lessons, exercises, languages, interview) => {
                let mut mistakes = lessons.err().unwrap_or_default();
                mistakes.extend(exercises.err().unwrap_or_default());
                mistakes.extend(languages.err().unwrap_or_default());
                mistakes.extend(interview.err().unwrap_or_default());
                Err(mistakes)
            }
        }
    }

    /// The way through: lessons by number, each exercise with its written part right after the first lesson that leads
    /// to it, and at the end the exercises that no lesson leads to, and the interview. Exercises that lessons name and that do not exist are passed over.
    #[must_use]
    pub fn way(&self) -> Vec<Stop<'_>> {
        let mut way = Vec::new();
        let mut placed: Vec<&Slug> = Vec::new();
        for lesson in &self.lessons {
            way.push(Stop::Lesson(lesson));
            let named = lesson.exercise.as_ref().and_then(|s| self.exercise(s));
            if let Some(exercise) = named.filter(|e| !placed.contains(&&e.slug)) {
                placed.push(&exercise.slug);
                way.extend(stops(exercise));
            }
        }
        let rest = self.exercises.iter().filter(|e| !placed.contains(&&e.slug));
        way.extend(rest.flat_map(stops));
        if !self.interview.is_empty() {
            way.push(Stop::Interview);
        }
        way
    }

    /// What comes next: the first stop that is not done.
    #[must_use]
    pub fn next(&self, progress: &Progress) -> Next {
        self.way()
            .iter()
            .find(|stop| !stop.is_done(progress))
            .map_or(Next::Done, Stop::next)
    }

    /// Where the learner is.
    #[must_use]
    pub fn position(&self, progress: &Progress) -> Position {
        let mut at = Position {
            lesson: 0,
            exercise: 0,
        };
        let mut found = false;
        for stop in self.way() {
            let here = !found && !stop.is_done(progress);
            match stop {
                Stop::Lesson(_) if !found => at.lesson += 1,
                // At a lesson, the exercise is the one it leads to, however many lessons later.
                Stop::Exercise(_) if !found || here => at.exercise += 1,
                _ => {}
            }
            found = found || here;
        }
        if matches!(self.next(progress), Next::Lesson(_)) {
            at.exercise = (at.exercise + 1).min(self.exercises.len());
        }
        at
    }

    /// The lesson with this slug.
    #[must_use]
    pub fn lesson(&self, slug: &Slug) -> Option<&Lesson> {
        self.lessons.iter().find(|lesson| lesson.slug == *slug)
    }

    /// The exercise with this slug.
    #[must_use]
    pub fn exercise(&self, slug: &Slug) -> Option<&Exercise> {
        self.exercises.iter().find(|e| e.slug == *slug)
    }

    /// The language with this slug.
    #[must_use]
    pub fn language(&self, slug: &Slug) -> Option<&Language> {
        self.languages.iter().find(|l| l.slug == *slug)
    }
}

/// An exercise, and its written part if it has one.
fn stops(exercise: &Exercise) -> impl Iterator<Item = Stop<'_>> {
    let written = (!exercise.written.is_empty()).then_some(Stop::Written(exercise));
    std::iter::once(Stop::Exercise(exercise)).chain(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three lessons; the second leads to `x`, the third to one that does not exist; nobody leads to `y`.
    fn course() -> Course {
        let lesson = |number: u32, slug: &str, more: &str| {
            let text = format!("+++\ntitle = \"T\"\nminutes = 5\nsummary = \"S.\"\n{more}\n+++\n");
            Lesson::parse(&format!("lessons/{number:02}-{slug}.md"), &text).unwrap()
        };
        let exercise = |slug: &str, order| Exercise {
            slug: Slug::new(slug).unwrap(),
            title: "T".into(),
            order,
            minutes: 5,
            summary: "S.".into(),
            story: String::new(),
            lesson: None,
            starter_fails: Vec::new(),
            brief: String::new(),
            written: Vec::new(),
        };
        Course {
            lessons: vec![
                lesson(1, "a", ""),
                lesson(2, "b", "exercise = \"x\""),
                lesson(3, "c", "exercise = \"gone\""),
            ],
            exercises: vec![exercise("y", 1), exercise("x", 2)],
            languages: Vec::new(),
            interview: Vec::new(),
        }
    }

    fn progress(lessons: &[&str], passed: &[&str], given_up: &[&str]) -> Progress {
        let mut progress = Progress::default();
        for slug in lessons {
            progress.lesson(slug).done = Some("then".into());
        }
        for slug in passed {
            progress.exercise(slug).passed = Some("then".into());
        }
        for slug in given_up {
            progress.exercise(slug).gave_up = Some("then".into());
        }
        progress
    }

    #[test]
    fn the_next_stop_follows_from_progress_alone() {
        type Case = (
            &'static [&'static str],
            &'static [&'static str],
            &'static [&'static str],
        );
        let table: [(Case, &str, (usize, usize)); 8] = [
            ((&[], &[], &[]), "lesson a", (1, 1)),
            ((&["a"], &[], &[]), "lesson b", (2, 1)),
            ((&["a", "b"], &[], &[]), "exercise x", (2, 1)),
            ((&["a", "b"], &["x"], &[]), "lesson c", (3, 2)),
            ((&["a", "b"], &[], &["x"]), "lesson c", (3, 2)),
            ((&["b", "c"], &["x", "y"], &[]), "lesson a", (1, 1)),
            ((&["a", "b", "c"], &["x"], &[]), "exercise y", (3, 2)),
            ((&["a", "b", "c", "gone"], &["x", "y"], &[]), "done", (3, 2)),
        ];
        let course = course();
        for ((lessons, passed, given_up), next, at) in table {
            let progress = progress(lessons, passed, given_up);
            let found = match course.next(&progress) {
                Next::Lesson(slug) => format!("lesson {slug}"),
                Next::Exercise(slug) => format!("exercise {slug}"),
                Next::Written(slug) => format!("written {slug}"),
                Next::Interview => "interview".to_owned(),
                Next::Done => "done".to_owned(),
            };
            assert_eq!(found, next, "{lessons:?} {passed:?}");
            let position = course.position(&progress);
            assert_eq!((position.lesson, position.exercise), at, "{next}");
        }
    }

    #[test]
    fn the_written_part_comes_after_its_exercise_until_it_is_answered() {
        let mut course = course();
        course.exercises[1]
            .written
            .push(crate::questions::Question {
                id: Slug::new("why").unwrap(),
                ask: "Why?".into(),
                kind: crate::questions::Kind::Essay(crate::questions::Essay {
                    mentions: Vec::new(),
                    rubric: Vec::new(),
                    model: String::new(),
                }),
            });
        let x = Slug::new("x").unwrap();
        let mut progress = progress(&["a", "b"], &[], &[]);
        assert_eq!(course.next(&progress), Next::Exercise(x.clone()));
        progress.exercise("x").passed = Some("then".into());
        assert_eq!(course.next(&progress), Next::Written(x));
        progress.exercise("x").written = Some("then".into());
        assert_eq!(
            course.next(&progress),
            Next::Lesson(Slug::new("c").unwrap())
        );
    }
}

//! Merging: two records of one learner made one, so that nothing passed or done on either side is lost.

use serde_json::{Map, Value};

use super::interview::InterviewProgress;
use super::progress::{ExerciseProgress, LastCheck, LessonProgress, Progress};

impl Progress {
    /// Takes over what `other` has and this has not. What either of them passed or did stays passed and done.
    pub fn merge(&mut self, other: Self) {
        for (slug, theirs) in other.lessons {
            self.lesson(&slug).merge(theirs);
        }
        for (slug, theirs) in other.exercises {
            self.exercise(&slug).merge(theirs);
        }
        self.interview.merge(other.interview);
        keep(&mut self.other, other.other);
    }
}

impl InterviewProgress {
    fn merge(&mut self, theirs: Self) {
        earlier(&mut self.done, theirs.done);
        self.open = self.open.take().or(theirs.open);
        for (id, asked) in theirs.questions {
            let mine = self.questions.entry(id).or_default();
            if asked.card.last_review > mine.card.last_review {
                *mine = asked;
            }
        }
        keep(&mut self.other, theirs.other);
    }
}

impl LessonProgress {
    fn merge(&mut self, theirs: Self) {
        earlier(&mut self.read, theirs.read);
        earlier(&mut self.done, theirs.done);
        for (id, question) in theirs.quiz {
            let mine = self.quiz.entry(id).or_default();
            mine.right |= question.right;
            mine.tries = mine.tries.max(question.tries);
            keep(&mut mine.other, question.other);
        }
        keep(&mut self.other, theirs.other);
    }
}

impl ExerciseProgress {
    fn merge(&mut self, theirs: Self) {
        earlier(&mut self.passed, theirs.passed);
        earlier(&mut self.gave_up, theirs.gave_up);
        self.started = self.started.take().or(theirs.started);
        let at = |check: &Option<LastCheck>| check.as_ref().map(|c| c.at.clone());
        if at(&theirs.last_check) > at(&self.last_check) {
            self.last_check = theirs.last_check;
        }
        for (id, level) in theirs.hints {
            let mine = self.hints.entry(id).or_default();
            *mine = level.max(*mine);
        }
        keep(&mut self.other, theirs.other);
    }
}

/// The earlier of two moments, where there are two.
fn earlier(mine: &mut Option<String>, theirs: Option<String>) {
    *mine = match (mine.take(), theirs) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
}

fn keep(mine: &mut Map<String, Value>, theirs: Map<String, Value>) {
    for (key, value) in theirs {
        mine.entry(key).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(text: &str) -> Progress {
        Progress::from_text(Path::new("p.json"), text).unwrap()
    }

    #[test]
    fn merging_loses_nothing_of_either_side() {
        let mut mine = read(
            r#"{"version":1,"lessons":{"a":{"done":"2026-02"}},"exercises":{"e":{"hints":{"c":1},"last_check":{"at":"2026-03","seed":"1","earned":1,"total":2,"checks":[]}}}}"#,
        );
        let theirs = read(
            r#"{"version":1,"lessons":{"a":{"done":"2026-01"},"b":{"read":"x"}},"exercises":{"e":{"passed":"2026-01","hints":{"c":3},"last_check":{"at":"2026-01","seed":"2","earned":2,"total":2,"checks":[]}}},"streak":1,
                "interview":{"done":"2026-01"}}"#,
        );
        mine.merge(theirs);
        assert_eq!(mine.interview.done.as_deref(), Some("2026-01"));
        assert_eq!(mine.lesson("a").done.as_deref(), Some("2026-01"));
        assert!(mine.lessons.contains_key("b"));
        assert!(mine.exercise_passed("e"));
        assert_eq!(mine.exercise("e").hints["c"], 3);
        assert_eq!(mine.exercise("e").last_check.as_ref().unwrap().seed, "1");
        assert_eq!(mine.other["streak"], 1);
    }
}

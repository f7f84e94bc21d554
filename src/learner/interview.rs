//! The interview, as far as a learner is with it: the one that is open, and when each question comes back.
//!
//! When a question comes back is decided by FSRS, a model of how people forget (github.com/open-spaced-repetition),
//! with its published weights.

use std::collections::BTreeMap;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use rs_fsrs::{Card, FSRS, Parameters, Rating};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How far a learner is with the interview. Moments are written as [`super::moment::text`] does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InterviewProgress {
    /// When one was first brought to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<String>,
    /// The one that was begun and is not at its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Interview>,
    /// By the question's id: how it went, and when it comes back.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub questions: BTreeMap<String, Asked>,
    /// What another version wrote.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// One interview.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interview {
    /// When it began.
    pub started: String,
    /// How long it is to take.
    pub minutes: u32,
    /// Its questions in order.
    pub items: Vec<Item>,
}

/// One question of an interview, as far as it was answered and marked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The question's id.
    pub question: String,
    /// The answer to it.
    #[serde(default)]
    pub answer: Answer,
    /// The answers to its follow-ups so far.
    #[serde(default)]
    pub follow_ups: Vec<Answer>,
    /// What the learner says to have said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marks: Option<Marks>,
    /// What the learner says that it was worth, 0 to 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
}

/// What somebody answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What was typed, line by line.
    pub text: String,
    /// Whether it was said aloud instead.
    pub spoken: bool,
    /// Whether it can no longer be changed.
    pub locked: bool,
    /// How long it took.
    pub seconds: u64,
}

/// The points that an answer made, by their places in the question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// Of what an answer has to say.
    pub must: Vec<usize>,
    /// Of what a very good answer says as well.
    pub strong: Vec<usize>,
    /// Of what must not be said.
    pub red_flags: Vec<usize>,
}

/// How a question went so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// How often it was asked.
    pub times: u32,
    /// What the last answer was worth, 0 to 4.
    pub score: u8,
    /// What the model remembers of it.
    pub card: Card,
}

impl Item {
    /// How long the question and its follow-ups took.
    #[must_use]
    pub fn seconds(&self) -> u64 {
        let follow_ups = self.follow_ups.iter().map(|a| a.seconds);
        self.answer.seconds + follow_ups.sum::<u64>()
    }
}

impl Asked {
    /// Takes down what an answer was worth, and decides when the question comes back.
    pub fn review(&mut self, score: u8, now: SystemTime) {
        let rating = match score {
            0 | 1 => Rating::Again,
            2 => Rating::Hard,
            3 => Rating::Good,
            _ => Rating::Easy,
        };
        // Minutes are for words of a language. A question of an interview comes back on another day.
        let model = FSRS::new(Parameters {
            enable_short_term: false,
            ..Parameters::default()
        });
        let card = std::mem::take(&mut self.card);
        self.card = model.next(card, now.into(), rating).card;
        self.score = score;
        self.times += 1;
    }

    /// Whether it is time to ask again.
    #[must_use]
    pub fn is_due(&self, now: SystemTime) -> bool {
        self.card.due <= DateTime::<Utc>::from(now)
    }

    /// The day on which it comes back, `2026-11-24`.
    #[must_use]
    pub fn due(&self) -> String {
        self.card.due.format("%Y-%m-%d").to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    #[test]
    fn a_weak_answer_comes_back_sooner_than_a_strong_one() {
        let now = UNIX_EPOCH + 20_000 * DAY;
        let due: Vec<DateTime<Utc>> = (0..=4)
            .map(|score| {
                let mut asked = Asked::default();
                asked.review(score, now);
                assert!(!asked.is_due(now), "{score}");
                asked.card.due
            })
            .collect();
        assert!(due.is_sorted(), "{due:?}");
        assert!(due[1] < due[3] && due[3] < due[4], "{due:?}");
    }

    #[test]
    fn each_good_answer_doubles_the_wait_at_least_and_a_bad_one_shortens_it() {
        let mut asked = Asked::default();
        let mut now = UNIX_EPOCH + 20_000 * DAY;
        let mut last = Duration::ZERO;
        for _ in 0..3 {
            asked.review(3, now);
            let due = SystemTime::from(asked.card.due);
            let wait = due.duration_since(now).unwrap();
            assert!(wait > 2 * last, "{wait:?} after {last:?}");
            assert!(asked.is_due(due));
            (now, last) = (due, wait);
        }
        asked.review(0, now);
        let wait = SystemTime::from(asked.card.due)
            .duration_since(now)
            .unwrap();
        assert!(wait < last / 2, "{wait:?} after {last:?}");
        assert_eq!((asked.times, asked.score), (4, 0));
    }
}

//! The plan of an interview: which questions fit into its minutes, and which of each level come first.

use std::time::SystemTime;

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

use super::{Level, Question};
use crate::learner::interview::InterviewProgress;

/// The levels in the order in which they are given time. Forty-five minutes take the first five.
const MIX: [Level; 8] = [
    Level::Medium,
    Level::Design,
    Level::Hard,
    Level::Medium,
    Level::Medium,
    Level::Easy,
    Level::Easy,
    Level::Hard,
];

/// Of every hundred minutes, so many are for answers. The others are for marking.
const ANSWERS: u32 = 85;

/// The questions of an interview of so many minutes, in the order in which they are asked: the design first, then from
/// easy to hard. Of each level first those whose time has come, then those never asked, then those asked longest ago.
#[must_use]
pub fn plan<'b>(
    bank: &'b [Question],
    progress: &InterviewProgress,
    minutes: u32,
    now: SystemTime,
    seed: u64,
) -> Vec<&'b Question> {
    let mut waiting: Vec<&Question> = bank.iter().collect();
    waiting.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    waiting.sort_by_key(|question| match progress.questions.get(&question.id) {
        Some(asked) if asked.is_due(now) => (0, Some(asked.card.due)),
        None => (1, None),
        Some(asked) => (2, Some(asked.card.due)),
    });
    let mut left = minutes * ANSWERS / 100;
    let mut chosen: Vec<&Question> = Vec::new();
    loop {
        let before = chosen.len();
        for level in MIX {
            let fits = level.minutes() <= left;
            let next = waiting.iter().position(|q| q.level == level);
            if let Some(place) = next.filter(|_| fits) {
                chosen.push(waiting.remove(place));
                left -= level.minutes();
            }
        }
        if chosen.len() == before {
            break;
        }
    }
    chosen.sort_by_key(|question| (question.level != Level::Design, question.level));
    chosen
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::base::source::Source;

    const NOW: SystemTime = UNIX_EPOCH;

    fn bank() -> Vec<Question> {
        super::super::bank(&Source::Folder(env!("CARGO_MANIFEST_DIR").into())).unwrap()
    }

    fn levels(minutes: u32) -> Vec<Level> {
        let bank = bank();
        let chosen = plan(&bank, &InterviewProgress::default(), minutes, NOW, 1);
        chosen.iter().map(|q| q.level).collect()
    }

    #[test]
    fn forty_five_minutes_are_one_design_three_medium_and_one_hard() {
        use Level::{Design, Hard, Medium};
        assert_eq!(levels(45), [Design, Medium, Medium, Medium, Hard]);
    }

    #[test]
    fn answers_never_take_more_than_their_share_and_no_question_comes_twice() {
        let bank = bank();
        for minutes in 4..=600 {
            let chosen = plan(&bank, &InterviewProgress::default(), minutes, NOW, 7);
            let taken: u32 = chosen.iter().map(|q| q.level.minutes()).sum();
            assert!(taken * 100 <= minutes * ANSWERS, "{minutes}");
            assert!(!chosen.is_empty(), "{minutes}");
            let mut ids: Vec<&str> = chosen.iter().map(|q| q.id.as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), chosen.len());
        }
    }

    #[test]
    fn the_same_seed_asks_the_same_and_another_something_else() {
        let bank = bank();
        let ids = |seed| -> Vec<String> {
            let chosen = plan(&bank, &InterviewProgress::default(), 45, NOW, seed);
            chosen.iter().map(|q| q.id.clone()).collect()
        };
        assert_eq!(ids(3), ids(3));
        assert!((0..20).any(|seed| ids(seed) != ids(3)));
    }

    #[test]
    fn what_is_due_comes_first_and_what_was_answered_well_comes_last() {
        let bank = bank();
        let mut progress = InterviewProgress::default();
        for question in &bank {
            let asked = progress.questions.entry(question.id.clone()).or_default();
            // All were answered well now, but one was answered badly long ago.
            let weak = question.id == "Q14";
            let ago = if weak {
                Duration::from_hours(24 * 60)
            } else {
                Duration::ZERO
            };
            asked.review(
                if weak { 0 } else { 4 },
                NOW + Duration::from_hours(24 * 90) - ago,
            );
        }
        let later = NOW + Duration::from_hours(24 * 91);
        for seed in 0..10 {
            let chosen = plan(&bank, &progress, 6, later, seed);
            assert_eq!(chosen[0].id, "Q14");
        }
        progress.questions.remove("Q20");
        progress.questions.get_mut("Q14").unwrap().review(4, later);
        assert_eq!(plan(&bank, &progress, 6, later, 1)[0].id, "Q20");
    }
}

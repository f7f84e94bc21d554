//! Marks: what an answer can be worth, given which points of the question it made.

use crate::learner::interview::Marks;

use super::Question;

/// What 0 to 4 points mean.
pub const ANCHORS: [&str; 5] = [
    "wrong, or nothing",
    "names it",
    "explains how it works",
    "and a trade-off, or a number",
    "and how it fails, and how to see that",
];

/// Why an answer is worth no more than so many points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cap {
    /// A red flag was raised: 1.
    RedFlag,
    /// Something that an answer has to say was not said: 1.
    Must,
    /// Nothing of what makes an answer very good was said: 3.
    Strong,
    /// There is no limit: 4.
    None,
}

impl Cap {
    /// The most points.
    #[must_use]
    pub fn points(self) -> u8 {
        match self {
            Self::RedFlag | Self::Must => 1,
            Self::Strong => 3,
            Self::None => 4,
        }
    }
}

/// What limits the score of an answer.
#[must_use]
pub fn cap(marks: &Marks, question: &Question) -> Cap {
    if !marks.red_flags.is_empty() {
        Cap::RedFlag
    } else if marks.must.len() < question.must.len() {
        Cap::Must
    } else if marks.strong.is_empty() {
        Cap::Strong
    } else {
        Cap::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interview::Level;

    #[test]
    fn red_flags_and_missing_points_cap_the_score() {
        let question = Question {
            id: "Q1".into(),
            level: Level::Easy,
            ask: "?".into(),
            must: vec!["a".into(), "b".into()],
            strong: vec!["c".into()],
            red_flags: vec!["d".into()],
            follow_ups: Vec::new(),
            lesson: "l".into(),
            check: None,
        };
        let most = |must: &[usize], strong: &[usize], red_flags: &[usize]| {
            let marks = Marks {
                must: must.to_vec(),
                strong: strong.to_vec(),
                red_flags: red_flags.to_vec(),
            };
            cap(&marks, &question).points()
        };
        assert_eq!(most(&[0, 1], &[0], &[]), 4);
        assert_eq!(most(&[0, 1], &[], &[]), 3);
        assert_eq!(most(&[0], &[0], &[]), 1);
        assert_eq!(most(&[0, 1], &[0], &[0]), 1);
    }
}

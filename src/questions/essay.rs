//! An essay: a text of one's own, which nobody but its author can mark.
//!
//! The model answer and the rubric are for afterwards. What to mention is said before, and no points hang on it:
//! words that are counted are words that get written.

use super::Verdict;
use crate::base::toml::{Fields, Reader};

/// A question answered by a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Essay {
    /// What somebody may want to mention.
    pub mentions: Vec<String>,
    /// What a good text does, a line each: 0, 1 or 2 points by the author's own marks.
    pub rubric: Vec<String>,
    /// A text that gets all points, in Markdown.
    pub model: String,
}

impl Essay {
    /// The points for each line of the rubric, at most.
    pub const MOST: u8 = 2;

    pub(super) fn read(reader: &mut Reader, fields: &Fields) -> Option<Self> {
        let mentions = reader.texts(fields, "mentions");
        let value = reader.required(fields, "rubric")?;
        let rubric = reader.texts(fields, "rubric");
        if value.get_ref().is_array() && !(2..=9).contains(&rubric.len()) {
            let message = "the rubric of an essay has 2 to 9 lines";
            reader.note("E206", value.span(), message);
        }
        let model = reader.text(fields, "model");
        Some(Self {
            mentions,
            rubric,
            model: model?,
        })
    }

    pub(super) fn judge(answer: &str) -> Option<Verdict> {
        (!answer.trim().is_empty()).then_some(Verdict::Kept)
    }

    /// The points that somebody gave themselves, as in `2 1 0 2`: one number for each line of the rubric.
    #[must_use]
    pub fn scores(&self, typed: &str) -> Option<Vec<u8>> {
        let scores: Option<Vec<u8>> = typed
            .split(|c: char| c.is_whitespace() || c == ',')
            .filter(|word| !word.is_empty())
            .map(|word| word.parse().ok().filter(|n| *n <= Self::MOST))
            .collect();
        scores.filter(|scores| scores.len() == self.rubric.len())
    }

    /// All points that there are.
    #[must_use]
    pub fn points(&self) -> usize {
        self.rubric.len() * usize::from(Self::MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::super::tests::{one, question};
    use super::*;

    fn essay(rubric: &str) -> String {
        format!(
            "[[quiz]]\nid = \"q\"\nkind = \"essay\"\nask = \"Why?\"\nmentions = [\"trust\"]\nmodel = \"Because.\"\n\
             rubric = {rubric}"
        )
    }

    #[test]
    fn a_text_is_kept_and_never_judged() {
        let question = question(&essay("[\"a\", \"b\"]"));
        assert_eq!(question.judge("trust trust trust"), Verdict::Kept);
        let how = Verdict::Unclear("answer with a text of your own".to_owned());
        assert_eq!(question.judge(" \n"), how);
    }

    #[test]
    fn each_line_of_the_rubric_gets_its_points() {
        let Kind::Essay(essay) = question(&essay("[\"a\", \"b\", \"c\"]")).kind else {
            panic!("not an essay");
        };
        assert_eq!(essay.points(), 6);
        assert_eq!(essay.scores("2, 0 1"), Some(vec![2, 0, 1]));
        for wrong in ["", "2 1", "2 1 0 0", "3 0 0", "-1 0 0", "a b c"] {
            assert_eq!(essay.scores(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_rubric_has_a_few_lines() {
        let message = "the rubric of an essay has 2 to 9 lines";
        one(&essay("[\"a\"]"), "E206", "[\"a\"]", message);
        one(&essay("\"a\""), "E204", "\"a\"", "`rubric` must be a list");
    }
}

//! Answers: what a learner wrote to the questions of an exercise, in `answers.toml` in their folder.
//!
//! The file is the learner's own and made to be read. Questions that this course does not have any more are kept, as
//! are fields that a later version added.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::fs::{self, FileError};

/// The file in a learner's folder.
pub const FILE: &str = "answers.toml";

/// All answers to the questions of one exercise, by the question's id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    #[serde(default)]
    answer: BTreeMap<String, Answer>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What was typed; of an essay, its text.
    pub given: String,
    /// When, as [`super::moment::text`] writes it.
    pub at: String,
    /// How it was.
    pub verdict: Standing,
    /// The author's own marks, one for each line of the rubric, as far as they go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<u8>,
    /// What another version wrote.
    #[serde(flatten)]
    pub other: toml::Table,
}

/// How an answer was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Judged, and right.
    Right,
    /// Judged, and wrong.
    Wrong,
    /// Said before it was measured.
    Predicted,
    /// Begun, and not said to be finished.
    Draft,
    /// Marked by its author, or to be.
    SelfReported,
}

/// Answers that could not be read or saved.
#[derive(Debug, thiserror::Error)]
pub enum AnswersError {
    /// A file operation failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file says something else.
    #[error("`{}` cannot be read: {reason}; mend it, or move it away and answer again", path.display())]
    Mistaken {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        reason: String,
    },
}

impl Answers {
    /// The answers in this folder; none when there is no file.
    ///
    /// # Errors
    /// When the file cannot be read, or somebody broke it.
    pub fn load(folder: &Path) -> Result<Self, AnswersError> {
        let path = folder.join(FILE);
        match fs::read_text(&path) {
            Ok(text) => toml::from_str(&text).map_err(|error| AnswersError::Mistaken {
                path,
                reason: error.message().to_owned(),
            }),
            Err(error) if error.is_missing() => Ok(Self::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// The answer to the question with this id.
    #[must_use]
    pub fn answer(&self, id: &str) -> Option<&Answer> {
        self.answer.get(id)
    }

    /// Of each question that is answered, whether that was right. Nobody fails by a prediction, and what is
    /// self-reported is nobody's to judge.
    #[must_use]
    pub fn judged(&self) -> BTreeMap<String, bool> {
        let judged = |(id, answer): (&String, &Answer)| {
            let right = match answer.verdict {
                Standing::Right | Standing::Predicted => true,
                Standing::Wrong => false,
                Standing::Draft | Standing::SelfReported => return None,
            };
            Some((id.clone(), right))
        };
        self.answer.iter().filter_map(judged).collect()
    }

    /// Keeps an answer, in place of the one before.
    pub fn keep(&mut self, id: &str, answer: Answer) {
        let before = self.answer.remove(id);
        let other = before.map_or(answer.other, |before| before.other);
        self.answer
            .insert(id.to_owned(), Answer { other, ..answer });
    }

    /// Saves them whole or not at all. `questions` are ids and what is asked, in the order of the file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, folder: &Path, questions: &[(&str, &str)]) -> Result<(), AnswersError> {
        let text = self.to_text(questions);
        Ok(fs::replace(&folder.join(FILE), text.as_bytes())?)
    }

    fn to_text(&self, questions: &[(&str, &str)]) -> String {
        let mut text = String::from(
            "# Your answers to the written part. `course answer` writes this file.\n\
             # What is self-reported are your own marks; they are no part of the grade.\n",
        );
        let asked = |id: &str| questions.iter().any(|(known, _)| *known == id);
        let gone = self.answer.keys().filter(|id| !asked(id));
        let gone = gone.map(|id| (id.as_str(), "This question is not in the course any more."));
        for (id, ask) in questions.iter().copied().chain(gone) {
            let Some(answer) = self.answer.get(id) else {
                continue;
            };
            text.push('\n');
            for line in ask.lines() {
                let _ = writeln!(text, "# {line}");
            }
            let one = Self {
                answer: BTreeMap::from([(id.to_owned(), answer.clone())]),
            };
            text.push_str(&toml::to_string_pretty(&one).unwrap_or_default());
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(given: &str, verdict: Standing) -> Answer {
        Answer {
            given: given.to_owned(),
            at: "2026-11-26T01:00:00Z".to_owned(),
            verdict,
            scores: Vec::new(),
            other: toml::Table::new(),
        }
    }

    #[test]
    fn the_file_is_readable_and_reads_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let mut answers = Answers::default();
        let essay = answer(
            "It's \"mine\".\n\n# Not '''yours'''.",
            Standing::SelfReported,
        );
        answers.keep(
            "why",
            Answer {
                scores: vec![2, 0],
                ..essay
            },
        );
        answers.keep("sold", answer("12", Standing::Predicted));
        answers.keep("old", answer("a", Standing::Wrong));
        let questions = [
            ("sold", "How many?"),
            ("why", "Why?\nSay it."),
            ("open", "?"),
        ];
        answers.save(folder.path(), &questions).unwrap();
        assert_eq!(Answers::load(folder.path()).unwrap(), answers);
        let text = std::fs::read_to_string(folder.path().join(FILE)).unwrap();
        for part in [
            "\n# How many?\n[answer.sold]\ngiven = \"12\"\nat = \"2026-11-26T01:00:00Z\"\nverdict = \"predicted\"\n",
            "# Why?\n# Say it.\n[answer.why]\n",
            "verdict = \"self-reported\"",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_file_that_somebody_broke_is_said_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Answers::load(folder.path()).unwrap(), Answers::default());
        let path = folder.path().join(FILE);
        std::fs::write(&path, "[answer.why\n").unwrap();
        let error = Answers::load(folder.path()).unwrap_err().to_string();
        assert!(error.contains("answers.toml` cannot be read: "), "{error}");
        assert!(error.ends_with("move it away and answer again"), "{error}");
    }

    #[test]
    fn fields_of_a_later_version_stay() {
        let folder = tempfile::tempdir().unwrap();
        let text = "[answer.why]\ngiven = \"x\"\nat = \"t\"\nverdict = \"right\"\nstars = 3\n";
        std::fs::write(folder.path().join(FILE), text).unwrap();
        let mut answers = Answers::load(folder.path()).unwrap();
        answers.keep("why", answer("y", Standing::Wrong));
        let stars = &answers.answer("why").unwrap().other["stars"];
        assert_eq!(stars.as_integer(), Some(3));
    }
}

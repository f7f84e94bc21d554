//! `answer`: looks at what the learner answered to a written question of the exercise.

use std::collections::BTreeMap;

use crate::checks::document::Node;
use crate::checks::observation::{Facts, Observation};
use crate::checks::reading;
use crate::checks::shape::{Field, Kind as Takes};
use crate::checks::world::{World, WorldError};

use super::Kind;

/// The kind as data.
pub const KIND: Kind = Kind {
    key: "answer",
    doc: "Looks at a written question of the exercise: for points on an answer. Its check is skipped while the question is not answered. A prediction that was made is right, whatever it was.",
    fields: &[Field::required(
        "question",
        Takes::Text,
        "the question's id in `exercises/<exercise>/questions.toml`",
    )],
    expect: &[Field::optional(
        "right",
        Takes::Matcher,
        "whether the answer was right",
    )],
    example: r#"answer = { question = "where-it-belongs" }
expect.right = true"#,
};

/// By the question's id, whether the learner had it right; nothing where there is no learner to be asked.
pub type Answered = Option<BTreeMap<String, bool>>;

/// A question to look at.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its id.
    pub question: String,
}

impl Answer {
    /// Reads the step.
    #[must_use]
    pub fn read(node: &Node) -> Self {
        Self {
            question: reading::word(node, "question").unwrap_or_default(),
        }
    }

    /// Looks.
    ///
    /// # Errors
    /// When the question is not answered: such a check is not to be run.
    pub fn run(&self, world: &World) -> Result<Observation, WorldError> {
        let answered = world.answered.as_ref();
        let right = answered.and_then(|all| all.get(&self.question)).copied();
        let right = right.ok_or_else(|| {
            WorldError::Check(format!("the question `{}` is not answered", self.question))
        })?;
        Ok(Observation {
            facts: Facts::Written(right),
            answer: if right { "right" } else { "wrong" }.to_owned(),
            ..Observation::default()
        })
    }
}

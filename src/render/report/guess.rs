//! A guess: what a learner predicted of a run, shown below what the run measured.

use crate::grading::outcome::Grade;
use crate::questions::Prediction;
use crate::questions::prediction::Which;

/// A prediction that was made before the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Guess {
    /// The question's name.
    pub question: String,
    /// What was asked.
    pub prediction: Prediction,
    /// What was said.
    pub given: f64,
    /// Whether the figure had been measured before.
    pub known: bool,
}

impl Guess {
    /// `you predicted 12, and the run measured 5 buyers`.
    #[must_use]
    pub fn line(prediction: &Prediction, given: f64, figure: f64) -> String {
        let figure = prediction.with_unit(figure);
        format!("you predicted {given}; the run measured {figure}")
    }

    /// What there is to say after a run; nothing when it measured something else, or when the guess was about the first
    /// run and that is long over.
    pub(super) fn told(&self, grade: &Grade) -> Option<String> {
        let measured = &self.prediction.measured;
        let figure = grade.figures().get(&measured.figure).copied()?;
        if self.known && measured.of == Which::First {
            return None;
        }
        let line = Self::line(&self.prediction, self.given, figure);
        Some(format!("{}: {line}", self.question))
    }
}

//! Events of a verification: the suite emits them, reports consume them.

use super::proof::Proof;

/// Something that happened, in the order it happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// The servers of an exercise are to be graded: the exercise and how many.
    Began(String, usize),
    /// A server of an exercise is being graded.
    Progress {
        /// The exercise.
        exercise: String,
        /// The server's name.
        server: String,
        /// How many checks it is through with.
        through: usize,
    },
    /// A server of an exercise was graded.
    Proven(String, Box<Proof>),
}

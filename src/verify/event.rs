//! Events of a verification: the suite emits them, reports consume them.

use super::prove::Proof;
use super::suite::Verdict;

/// Something that happened, in the order it happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// The servers of an exercise are to be graded: the exercise and how many.
    Began(String, usize),
    /// A server is being graded: its name and how many checks it is through with.
    Progress(String, usize),
    /// A server was graded.
    Proven(Box<Proof>),
    /// All servers of an exercise were graded.
    Ended(Box<Verdict>),
}

//! Grading: running the checks of an exercise against a submission and deciding outcomes. Prints nothing.

pub mod event;
pub mod outcome;

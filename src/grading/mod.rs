//! Grading: running the checks of an exercise against a submission and deciding outcomes. Prints nothing.

pub mod attempt;
pub mod case;
pub mod doubt;
pub mod event;
pub mod excerpt;
pub mod meanwhile;
pub mod outcome;
pub mod perform;
pub mod permit;
pub mod plan;
pub mod runner;

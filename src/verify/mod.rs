//! Verifying: proof that the checks are right, by grading servers of which is known what they must get.
//!
//! Every server that comes with an exercise carries a claim: a solution gets full marks, a starter and a broken server
//! fail exactly what their files say, a junk server earns nothing, a mutant of the solution fails something. Here the
//! servers are graded and the claims are compared with what came. Prints nothing; emits events of its own.

pub mod claim;
pub mod coverage;
pub mod deviation;
pub mod event;
pub mod expect;
pub mod folder;
pub mod junk;
pub mod load;
pub mod margin;
pub mod mutant;
pub mod proof;
pub mod prove;
pub mod server;
pub mod shop;
pub mod suite;

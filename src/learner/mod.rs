//! Learner.

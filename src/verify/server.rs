//! A server that can be graded, and the claim on it.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::checks::world::Submission;

use super::claim::Claim;
use super::mutant::{Kind, Mutation};

/// A server and what is claimed of it.
#[derive(Debug)]
pub struct Server {
    /// Its kind and name, as in `broken/lost-update`.
    pub name: String,
    /// What it must get.
    pub claim: Claim,
    /// How it is run, or why it cannot be here.
    pub submission: Result<Submission, Absence>,
    /// Its files; removed with it.
    pub folder: Option<TempDir>,
    /// What a mutant makes wrong, and where it writes down what it changed.
    pub mutation: Option<(&'static Mutation, PathBuf)>,
}

/// Why a server cannot be graded here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absence {
    /// Its language is not installed, or it is not meant to be run.
    Missing(String),
    /// Its files are at fault.
    Wrong(String),
}

impl Server {
    /// Whether it is a mutant that changes something.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        let changes = |mutation: &Mutation| mutation.kind != Kind::Nothing;
        self.mutation
            .as_ref()
            .is_some_and(|(mutation, _)| changes(mutation))
    }

    /// A server that cannot be graded, and why.
    #[must_use]
    pub fn absent(name: String, claim: Claim, why: Absence) -> Self {
        Self {
            name,
            claim,
            submission: Err(why),
            folder: None,
            mutation: None,
        }
    }
}

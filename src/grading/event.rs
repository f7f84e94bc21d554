//! Events of a run: the runner emits them, reports consume them.

use super::outcome::{CheckResult, Grade};

/// Something that happened in a run, in the order it happened.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// The run begins; `checks` are the names (`id` or `id[case]`) and titles in the order of the check file.
    Began {
        /// The exercise's title.
        title: String,
        /// The options that repeat the run, such as `--seed 81f2`.
        replay: String,
        /// Name and title of everything that may run.
        checks: Vec<(String, String)>,
    },
    /// Something about the run as a whole that a person wants to know now, such as `started a on port 40123 in 61 ms`.
    Said(String),
    /// A check (or a case of it) begins.
    Started(&'a str),
    /// A step of the check begins.
    Step {
        /// The check's name.
        check: &'a str,
        /// The step's name.
        step: &'a str,
    },
    /// A check (or a case of it) has its outcome.
    Finished(&'a CheckResult),
    /// The run is over.
    Ended(&'a Grade),
}

//! `course` teaches client-server architecture by making learners fix real servers.
//!
//! The modules are layers, and imports point strictly downward (`tests/layers.rs` holds them to it):
//!
//! | layer | module | what it is |
//! |---|---|---|
//! | 10 | [`cli`] | the command line: one variant and one match arm per command |
//! | 9 | [`commands`] | one file per command: its arguments and its `run` |
//! | 8 | [`render`] | pages and reports for people and machines |
//! | 7 | [`lint`] | every mistake in a course at once |
//! | 6 | [`verify`] | proof that the checks are right: grading servers of which is known what they must get |
//! | 5 | [`grading`], [`course`] | running checks and deciding outcomes; what comes next |
//! | 4 | [`checks`], [`interview`] | the check language: files, matchers, captures, steps; the questions of the interview |
//! | 3 | [`lab`], [`lessons`], [`exercises`], [`learner`] | real parts on loopback; content; the learner's things |
//! | 2 | [`questions`], [`flowchart`] | what a learner is asked: in a quiz, and in the written part of an exercise; what a drawing says |
//! | 1 | [`base`] | slugs, sources, files, text, diagnostics |

pub mod base;
pub mod checks;
pub mod cli;
pub mod commands;
pub mod course;
pub mod exercises;
pub mod flowchart;
pub mod grading;
pub mod interview;
pub mod lab;
pub mod learner;
pub mod lessons;
pub mod lint;
pub mod questions;
pub mod render;
pub mod verify;

//! The commands: one file each, with its arguments and its `run`.

pub mod completions;
pub mod context;
pub mod copy;
pub mod doctor;
pub mod error;
pub mod exit;
pub mod hint;
pub mod list;
pub mod mistakes;
pub mod name;
pub mod next;
pub mod page;
pub mod pager;
pub mod progress;
pub mod quiz;
pub mod read;
pub mod reset;
pub mod search;
pub mod solution;
pub mod start;
pub mod status;
pub mod tool;
pub mod undo;

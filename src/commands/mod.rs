//! The commands: one file each, with its arguments and its `run`.

pub mod context;
pub mod error;
pub mod exit;

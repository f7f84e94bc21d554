//! What people meet: every command through the binary, one module per command.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod course;
mod desk;
mod doctor;
mod hint;
mod lint;
mod list;
mod next;
mod plain;
mod progress;
mod read;
mod reset;
mod search;
mod solution;
mod start;

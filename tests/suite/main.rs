//! What people meet: every command through the binary, one module per command.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answer;
mod check_address;
mod check_bench;
mod check_closed;
mod check_curl;
mod check_drawing;
mod check_faults;
mod check_file;
mod check_formats;
mod check_hangs;
mod check_history;
mod check_hostile;
mod check_interrupt;
mod check_language;
mod check_load;
mod check_origin;
mod check_polite;
mod check_postgres;
mod check_preflight;
mod check_rules;
mod check_run;
mod check_running;
mod check_seeds;
mod check_served;
mod check_tables;
mod check_transport;
mod check_watch;
mod course;
mod demo_review;
mod desk;
mod doctor;
mod editor;
mod guide;
mod hint;
mod interview;
mod lab_load;
mod lint;
mod list;
mod next;
#[path = "../content/node.rs"]
mod node;
mod other_course;
mod plain;
mod preview;
mod progress;
mod quiz;
mod read;
mod reset;
mod search;
mod solution;
mod start;
mod try_it;
mod verify;
mod whole_course;

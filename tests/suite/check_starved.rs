//! A machine whose processors are all taken: what fails there by the clock alone says nothing about the server.
#![cfg(target_os = "linux")]

use std::process::{Child, Command, Stdio};

use crate::check_bench::Bench;

/// Processes that take every processor until they are dropped.
struct Crowd(Vec<Child>);

impl Crowd {
    fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let spinner = |_| {
            let mut command = Command::new("sh");
            command.args(["-c", "while :; do :; done"]);
            command.stdin(Stdio::null()).spawn().unwrap()
        };
        Self((0..4 * processors).map(spinner).collect())
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        for child in &mut self.0 {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

/// The server works for ten seconds of its own time, which nobody has who must share a processor with three others.
const SLOW: &str = r#"
[[check]]
id = "slow"
title = "It answers in time"
points = 1
step = [{ name = "work", http = { on = "a", get = "/work", timeout = "4s" }, expect = { status = 200 } }]
"#;

/// It answers at once, and wrongly.
const WRONG: &str = r#"
[[check]]
id = "wrong"
title = "It says 201"
points = 1
step = [{ name = "ask", http = { on = "a", get = "/ok", timeout = "30s" }, expect = { status = 201 } }]
"#;

#[test]
fn a_server_that_had_to_wait_for_a_processor_is_not_blamed_for_the_time_it_took() {
    let bench = Bench::new("serve", SLOW);
    let crowd = Crowd::new();
    let ended = bench.course("check").exits(3);
    drop(crowd);
    ended
        .says("UNSURE It answers in time")
        .says("so the time says nothing about the server");
    bench.leaves_nothing();
}

#[test]
fn a_wrong_answer_is_wrong_however_busy_the_machine_is() {
    let bench = Bench::new("serve", WRONG);
    let crowd = Crowd::new();
    let ended = bench.course("check").exits(1);
    drop(crowd);
    ended.says("FAIL It says 201").says("expected 201 got 200");
    bench.leaves_nothing();
}

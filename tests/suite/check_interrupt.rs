//! Rule 5: Ctrl-C, SIGTERM and even SIGKILL of `course` leave nothing running and nothing behind.

use std::time::Duration;

use rexpect::session::{PtySession, spawn_command};

use crate::check_bench::{Bench, Running};

/// A check that passes, and one that would take ten minutes.
pub(crate) const CHECKS: &str = r#"
[[check]]
id = "quick"
title = "It answers"
points = 1
step = [{ http = { on = "a", get = "/ok" }, expect = { status = 200 } }]
[[check]]
id = "slow"
title = "It answers in the end"
points = 1
step = [{ http = { on = "a", get = "/silent", timeout = "10m" }, expect = { status = 200 } }]
"#;

/// Starts a run and waits until its slow check has asked the server.
pub(crate) fn midway(bench: &Bench, line: &str) -> Running {
    let mut running = Running::start(bench.command(line));
    running.until(|_, _| bench.requests().iter().any(|r| r.contains("/silent")));
    running
}

#[test]
fn rule_5_ctrl_c_kills_what_was_started_and_says_what_was_not_run() {
    for signal in ["INT", "TERM"] {
        let bench = Bench::new("serve", CHECKS);
        let running = midway(&bench, "check");
        running.signal(signal);
        let ended = running.end().exits(130);
        let ended = ended.notes("stopped; not run to the end: slow");
        assert!(!ended.raw.contains(&0x1b), "{ended}");
        assert!(bench.progress().is_empty(), "{ended}");
        bench.leaves_nothing();
    }
}

#[test]
fn rule_5_a_killed_course_leaves_no_server_and_no_folder() {
    let bench = Bench::new("serve", CHECKS);
    let running = midway(&bench, "check");
    assert!(!bench.processes().is_empty());
    running.signal("KILL");
    let ended = running.end();
    assert_eq!(ended.code, None, "{ended}");
    bench.leaves_nothing();
}

/// `course` on a terminal of its own.
pub(crate) fn on_terminal(bench: &Bench, line: &str, settings: &[(&str, &str)]) -> PtySession {
    let mut command = bench.command(line);
    command.env("TERM", "xterm-256color");
    command.envs(settings.iter().copied());
    let patience = Duration::from_mins(1).as_millis();
    spawn_command(command, u64::try_from(patience).ok()).unwrap()
}

#[test]
fn rule_5_ctrl_c_on_a_terminal_gives_the_cursor_back() {
    let bench = Bench::new("serve", CHECKS);
    let mut session = on_terminal(&bench, "check", &[]);
    while !bench.requests().iter().any(|r| r.contains("/silent")) {
        std::thread::sleep(Duration::from_millis(10));
    }
    session.send_control('c').unwrap();
    let shown = session.exp_eof().unwrap();
    let status = session.process().wait().unwrap();
    assert_eq!(
        format!("{status:?}").split(", ").last(),
        Some("130)"),
        "{shown:?}"
    );
    let given_back = shown.rfind("\x1b[?25h");
    if let Some(hides) = shown.rfind("\x1b[?25l") {
        assert!(
            given_back > Some(hides),
            "the cursor stays hidden: {shown:?}"
        );
    }
    assert!(!shown.contains("\x1b[?1049h"), "{shown:?}");
    assert!(shown.contains("not run to the end: slow"), "{shown:?}");
    bench.leaves_nothing();
}

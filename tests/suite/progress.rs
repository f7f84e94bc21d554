//! `course progress`, and progress that was damaged.

use crate::desk::Desk;

const PASSED: &str =
    r#"{"version":1,"exercises":{"hello":{"passed":"2026-01-01T00:00:00Z"}},"from_the_future":1}"#;

#[test]
fn a_damaged_file_is_recovered_kept_and_said_once() {
    let desk = Desk::new();
    desk.course("next --done").works();
    let text = std::fs::read_to_string(desk.home.join("progress.json")).unwrap();
    desk.write_progress(&text[..text.len() / 2]);
    desk.course("")
        .works()
        .says("lesson 2 of 3")
        .notes("note: your progress file was damaged; it is kept as `")
        .notes("progress.json.corrupt-1`. Nothing is lost");
    assert_eq!(
        std::fs::read_to_string(desk.home.join("progress.json.corrupt-1")).unwrap(),
        text[..text.len() / 2]
    );
    desk.course("").works().quietly();
}

#[test]
fn export_and_import_lose_no_pass_on_either_side() {
    let (one, other) = (Desk::new(), Desk::new());
    one.write_progress(PASSED);
    one.course("progress export mine.json")
        .works()
        .leads_to("course progress import mine.json");
    one.course("progress export mine.json")
        .exits(2)
        .notes("is there already");
    other.course("next --done").works();
    other.write("mine.json", &one.read("mine.json"));
    other
        .course("progress import mine.json")
        .works()
        .says("You have 1 lesson done and 1 exercise passed now.");
    let both = other.progress();
    assert_eq!(both["exercises"]["hello"]["passed"], "2026-01-01T00:00:00Z");
    assert!(both["lessons"]["who-asks"]["done"].is_string());
    assert_eq!(both["from_the_future"], 1);
}

#[test]
fn a_file_that_is_no_progress_is_refused_and_nothing_changes() {
    let desk = Desk::new();
    desk.write_progress(PASSED);
    desk.write("x.json", "[1]");
    desk.course("progress import x.json")
        .exits(2)
        .notes("error: `x.json` is not exported progress");
    assert!(desk.progress()["exercises"]["hello"]["passed"].is_string());
}

#[test]
fn progress_of_a_newer_version_is_left_untouched() {
    let desk = Desk::new();
    let newer = r#"{"version":9,"lessons":[]}"#;
    desk.write_progress(newer);
    desk.course("next --done")
        .exits(4)
        .notes("was written by a newer `course` (format 9)");
    assert_eq!(
        std::fs::read_to_string(desk.home.join("progress.json")).unwrap(),
        newer
    );
}

#[test]
fn processes_that_save_at_once_lose_nothing() {
    let desk = Desk::new();
    let files: Vec<String> = (0..8).map(|n| format!("p{n}.json")).collect();
    for (n, file) in files.iter().enumerate() {
        desk.write(
            file,
            &format!(r#"{{"version":1,"lessons":{{"l{n}":{{"done":"x"}}}}}}"#),
        );
    }
    std::thread::scope(|scope| {
        for file in &files {
            let desk = &desk;
            scope.spawn(move || desk.course(&format!("progress import {file}")).works());
        }
    });
    assert_eq!(desk.progress()["lessons"].as_object().unwrap().len(), 8);
}

/// Kills a process that saves in a loop, again and again: whatever it said was saved must still be there.
#[cfg(unix)]
#[test]
fn kill_9_while_saving_loses_nothing_that_was_acknowledged() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};
    let desk = Desk::new();
    for n in 0..30 {
        desk.write(
            &format!("p{n}.json"),
            &format!(r#"{{"version":1,"exercises":{{"e{n}":{{"passed":"x"}}}}}}"#),
        );
    }
    // Each import is one save by one process; the shell says which were acknowledged.
    let script =
        r#"for n in "$@"; do "$COURSE" progress import "p$n.json" >/dev/null && echo "$n"; done"#;
    let mut saved = Vec::new();
    for round in 0..30 {
        let mut child = Command::new("sh");
        std::os::unix::process::CommandExt::process_group(&mut child, 0);
        let mut child = child
            .args(["-c", script, "sh"])
            .args((0..30).map(|n| ((n + round) % 30).to_string()))
            .current_dir(&desk.folder)
            .env("COURSE", env!("CARGO_BIN_EXE_course"))
            .env("COURSE_HOME", &desk.home)
            .env("COURSE_CONTENT", crate::desk::tiny())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        saved.push(lines.next().unwrap().unwrap());
        // The next save is under way; each round kills it a little later.
        std::thread::sleep(std::time::Duration::from_millis(round));
        let group = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
        nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL).unwrap();
        child.wait().unwrap();
        saved.extend(lines.map_while(Result::ok));
        let answer = desk.course("progress export").works().quietly();
        let kept: serde_json::Value = serde_json::from_str(&answer.out()).unwrap();
        for n in &saved {
            assert_eq!(
                kept["exercises"][format!("e{n}")]["passed"],
                "x",
                "{answer}"
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn a_home_that_cannot_be_written_can_be_looked_at() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new();
    desk.course("next --done").works();
    let allow = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    // Root may write everywhere, so root looks as nobody.
    let nobody = nix::unistd::geteuid().is_root();
    allow(desk.home.parent().unwrap(), 0o755);
    for file in std::fs::read_dir(&desk.home).unwrap() {
        allow(&file.unwrap().path(), 0o444);
    }
    allow(&desk.home, 0o555);
    let typed = |line: &str| {
        let typed = desk.course(line);
        if nobody { typed.as_user(65534) } else { typed }
    };
    for line in ["", "list", "read 1", "progress export"] {
        typed(line).works().quietly();
    }
    typed("next")
        .works()
        .notes("note: your progress is not saved: ");
    typed("next --done")
        .exits(4)
        .notes("error: your progress cannot be saved: ")
        .notes("set `COURSE_HOME`");
    allow(&desk.home, 0o755);
}

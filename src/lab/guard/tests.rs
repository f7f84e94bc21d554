//! Facts about the guard, with real processes.

use super::*;
use crate::lab::process::{Launch, Process};

fn sleeper() -> Child {
    let mut command = Command::new("sleep");
    command.arg("600").process_group(0);
    command.spawn().expect("`sleep` can be started")
}

#[test]
fn what_remains_at_the_end_is_killed_and_removed() {
    let mut left = sleeper();
    let mut released = sleeper();
    let folder = tempfile::Builder::new()
        .prefix(FOLDER_PREFIX)
        .tempdir()
        .unwrap()
        .keep();
    std::fs::write(folder.join("app.db"), "x").unwrap();
    let kept = tempfile::Builder::new()
        .prefix(FOLDER_PREFIX)
        .tempdir()
        .unwrap();
    let told = format!(
        "+group {0}\n+group {1}\n-group {1}\n+folder {2}\n+folder {3}\n-folder {3}\nnonsense\n",
        left.id(),
        released.id(),
        folder.display(),
        kept.path().display(),
    );
    let (reader, mut writer) = io::pipe().unwrap();
    let guard = std::thread::spawn(move || guard_main(io::BufReader::new(reader)));
    writer.write_all(told.as_bytes()).unwrap();
    drop(writer);
    guard.join().unwrap().unwrap();
    assert!(!left.wait().unwrap().success());
    assert!(!folder.exists());
    assert!(kept.path().exists());
    assert!(released.try_wait().unwrap().is_none());
    released.kill().unwrap();
    released.wait().unwrap();
}

#[tokio::test]
async fn the_guard_is_told_of_every_group_from_start_to_end() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("guard");
    std::fs::write(&program, "#!/bin/sh\ncat > \"$0.$1\"\n").unwrap();
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&program, executable).unwrap();
    let guard = Guard::start(&program).unwrap();
    guard.add_folder(folder.path());
    let launch = Launch {
        command: vec!["sleep".into(), "600".into()],
        folder: folder.path().to_owned(),
        ..Launch::default()
    };
    let process = Process::spawn(&launch, &guard).unwrap();
    let id = process.id();
    process.kill().await;
    drop(process);
    drop(guard);
    let told = std::fs::read_to_string(folder.path().join("guard.__guard")).unwrap();
    let lines: Vec<&str> = told.lines().skip(1).collect();
    let folder = folder.path().display();
    assert_eq!(
        lines,
        [
            format!("+folder {folder}"),
            format!("+group {id}"),
            format!("-group {id}")
        ]
    );
}

#[test]
fn who_must_not_be_killed_at_once_is_given_a_moment() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let start = |program: &str, script: &str| {
        let mut command = Command::new(program);
        command.args(["-c", script]).current_dir(folder.path());
        command.process_group(0).spawn().unwrap()
    };
    // No shell: it cannot trap a signal that was ignored when it began, as SIGQUIT is in whatever runs behind an `&`.
    let quits = "import signal, sys
def quits(*_):
    open('trace', 'a').write('quit\\n')
    sys.exit()
signal.signal(signal.SIGQUIT, quits)
open('trace', 'a').write('ready\\n')
signal.pause()";
    let mut quits = start("python3", quits);
    let mut ends = start("sh", "sleep 0.3; echo ended >>trace");
    while !std::fs::read_to_string(&trace)
        .unwrap_or_default()
        .contains("ready")
    {
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut charge = Charge::default();
    for (process, word) in [(&quits, "+quit"), (&ends, "+wait")] {
        charge.take(&format!("+group {}", process.id()));
        charge.take(&format!("{word} {}", process.id()));
    }
    charge.clean_up(&std::env::temp_dir());
    let trace = std::fs::read_to_string(&trace).unwrap();
    let mut lines: Vec<&str> = trace.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["ended", "quit", "ready"]);
    // They may have been reaped already.
    let _ = (quits.wait(), ends.wait());
}

#[test]
fn a_process_that_only_inherited_the_pid_is_spared() {
    let mut stranger = sleeper();
    let mut charge = Charge::default();
    let before = descendant::started(stranger.id()).map(|ticks| ticks - 1);
    charge.groups.insert(stranger.id(), before);
    charge.clean_up(&std::env::temp_dir());
    std::thread::sleep(Duration::from_millis(50));
    assert!(stranger.try_wait().unwrap().is_none());
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[test]
fn only_our_folders_below_the_temporary_folder_may_be_removed() {
    let temporary = tempfile::tempdir().unwrap();
    let within = |name: &str| {
        let path = temporary.path().join(name);
        std::fs::create_dir_all(&path).unwrap();
        path
    };
    assert!(is_ours(&within("course-1"), temporary.path()));
    assert!(is_ours(&within("course-1/world"), temporary.path()));
    assert!(!is_ours(&within("other"), temporary.path()));
    assert!(!is_ours(temporary.path(), temporary.path()));
    assert!(!is_ours(Path::new("/"), temporary.path()));
    assert!(!is_ours(Path::new("/usr"), temporary.path()));
    within("other/inner");
    let sneaky = temporary.path().join("course-1/../other");
    assert!(!is_ours(&sneaky, temporary.path()));
    let link = temporary.path().join("course-link");
    std::os::unix::fs::symlink("/usr", &link).unwrap();
    assert!(!is_ours(&link, temporary.path()));
}

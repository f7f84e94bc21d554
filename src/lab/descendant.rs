//! A descendant: a process that a launched command started, found even when it left the process group.
//!
//! Every launched command carries a mark in its environment, which its children inherit. A child that calls `setsid`
//! escapes signals to the group but keeps the mark, so it can be found in `/proc` (Linux only).

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpgid};

/// The environment variable that carries the mark.
pub(crate) const MARK: &str = "COURSE_PROCESS";

/// How often a sweep looks again, for processes and for the end of one.
const ROUNDS: usize = 20;

/// Makes orphaned grandchildren ours, so that they can be reaped, once per run. Elsewhere than on Linux `init` does it.
pub(crate) fn adopt_orphans() {
    static DONE: OnceLock<()> = OnceLock::new();
    DONE.get_or_init(|| {
        // Without it only the proof that a group is gone takes longer, so a refusal is no reason to stop.
        #[cfg(target_os = "linux")]
        let _ = nix::sys::prctl::set_child_subreaper(true);
    });
}

/// The part of the mark that all processes launched by this run share.
pub(crate) fn run_mark() -> String {
    let pid = std::process::id();
    let born = started(pid).unwrap_or_default();
    format!("{pid}.{born}-")
}

/// A mark for one more process group.
pub(crate) fn new_mark() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{}{number}", run_mark())
}

/// When a process was started, in clock ticks since the machine was (field 22 of `/proc/PID/stat`). Together with the
/// pid it names a process for good, because pids are used again. `None` when there is no such process or no `/proc`.
pub(crate) fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may itself hold spaces and parentheses.
    let fields = stat.rsplit_once(')')?.1;
    fields.split_whitespace().nth(19)?.parse().ok()
}

/// Whether the process has ended, be it our child or not. A child of ours is reaped.
pub(crate) fn has_ended(pid: u32) -> bool {
    let Some(pid) = to_pid(pid) else {
        return true;
    };
    match waitpid(pid, Some(WaitPidFlag::WNOHANG)) {
        Ok(status) => status != WaitStatus::StillAlive,
        Err(_) => kill(pid, None) == Err(Errno::ESRCH) || is_zombie(pid),
    }
}

/// Whether a process that has ended waits for its parent to notice. Some containers have nobody who does.
fn is_zombie(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')')
        .is_some_and(|(_, fields)| fields.trim_start().starts_with('Z'))
}

/// Whether any process, running or waiting to be reaped, is in the group.
pub(crate) fn group_exists(group: Pid) -> bool {
    !matches!(killpg(group, None), Err(Errno::ESRCH))
}

/// Reaps the members of the group that have ended. Only to be called once its leader is reaped: whoever waits for the
/// leader would otherwise lose its exit status.
pub(crate) fn reap(group: Pid) {
    let any = Pid::from_raw(-group.as_raw());
    while let Ok(status) = waitpid(any, Some(WaitPidFlag::WNOHANG)) {
        if status == WaitStatus::StillAlive {
            break;
        }
    }
}

/// The mark that a process carries.
fn mark_of(pid: u32) -> Option<String> {
    let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
    let mut pairs = environment.split(|b| *b == 0);
    pairs.find_map(|pair| {
        let value = pair.strip_prefix(MARK.as_bytes())?.strip_prefix(b"=")?;
        String::from_utf8(value.to_vec()).ok()
    })
}

/// The processes whose pid and mark satisfy `is_ours`.
fn marked<F: Fn(u32, &str) -> bool>(is_ours: F) -> BTreeSet<u32> {
    let Ok(folder) = std::fs::read_dir("/proc") else {
        return BTreeSet::new();
    };
    folder
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| mark_of(*pid).is_some_and(|mark| is_ours(*pid, &mark)))
        .collect()
}

/// Kills every process whose pid and mark satisfy `is_ours`, and those they start meanwhile, and reaps them. A process
/// that someone else waits for must not be among them.
pub(crate) fn sweep<F: Fn(u32, &str) -> bool>(is_ours: F) {
    // Each round kills what the last one's victims may have started just before.
    for _ in 0..ROUNDS {
        let found = marked(&is_ours);
        if found.is_empty() {
            return;
        }
        for pid in found.into_iter().filter_map(to_pid) {
            let _ = kill(pid, Signal::SIGKILL);
            // A killed process is gone within a moment. Unless it is our child, the first look already says so.
            for _ in 0..ROUNDS {
                match waitpid(pid, Some(WaitPidFlag::WNOHANG)) {
                    Ok(WaitStatus::StillAlive) => std::thread::sleep(Duration::from_millis(1)),
                    _ => break,
                }
            }
        }
    }
}

/// Whether `pid` belongs to the group or carries the mark.
pub(crate) fn belongs(pid: u32, group: Pid, mark: &str) -> bool {
    let Some(member) = to_pid(pid) else {
        return false;
    };
    getpgid(Some(member)) == Ok(group) || mark_of(pid).as_deref() == Some(mark)
}

fn to_pid(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().map(Pid::from_raw)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_start_time_of_a_process_does_not_change() {
        let me = std::process::id();
        assert!(started(me).is_some());
        assert_eq!(started(me), started(me));
        assert_eq!(started(u32::MAX), None);
    }

    #[test]
    fn a_marked_process_is_found_and_swept() {
        let mark = new_mark();
        let mut child = std::process::Command::new("sleep")
            .arg("600")
            .env(MARK, &mark)
            .spawn()
            .unwrap();
        // The kernel shows the environment of a new process a moment after the process itself.
        let deadline = std::time::Instant::now() + Duration::from_secs(30);
        while !marked(|_, found| found == mark).contains(&child.id()) {
            assert!(std::time::Instant::now() < deadline, "it was never found");
            std::thread::sleep(Duration::from_millis(1));
        }
        sweep(|_, found| found == mark);
        assert!(marked(|_, found| found == mark).is_empty());
        // The sweep may have reaped it already; then there is nothing left to wait for.
        let _ = child.wait();
    }
}

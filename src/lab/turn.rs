//! Turns: how long the processes that `course` has started ran, and how long they waited for a processor.
//!
//! Where all processors are taken, a sleeper is still woken on time, and a server that has work to do is not: its turn
//! comes late, many times over. Linux counts that for every thread in `/proc/PID/task/TID/schedstat`; elsewhere nothing
//! is known of it.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

/// The time of one process, all its threads together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// How long it ran.
    pub ran: Duration,
    /// How long it could have run and had no processor.
    pub waited: Duration,
}

/// What every process of this run has had since it began, by its number.
#[must_use]
pub fn taken() -> BTreeMap<u32, Turn> {
    let own = std::process::id();
    let mut all = BTreeMap::new();
    let mut left = children(own);
    while let Some(process) = left.pop() {
        if all.insert(process, of(process)).is_none() {
            left.extend(children(process));
        }
    }
    // Of `course` itself the thread that all requests and balancers are on counts. It is no server, so it ran nothing.
    let waited = read(&format!("/proc/{own}/schedstat")).waited;
    let ran = Duration::ZERO;
    all.insert(own, Turn { ran, waited });
    all
}

fn of(process: u32) -> Turn {
    let threads = threads(process).map(|path| read(&format!("{path}/schedstat")));
    threads.fold(Turn::default(), |sum, thread| Turn {
        ran: sum.ran + thread.ran,
        waited: sum.waited + thread.waited,
    })
}

fn children(process: u32) -> Vec<u32> {
    let lists = threads(process).filter_map(|path| fs::read_to_string(path + "/children").ok());
    let numbers = |list: String| {
        let words = list.split_whitespace().map(str::to_owned);
        words.collect::<Vec<_>>()
    };
    lists
        .flat_map(numbers)
        .filter_map(|word| word.parse().ok())
        .collect()
}

fn threads(process: u32) -> impl Iterator<Item = String> {
    let folder = format!("/proc/{process}/task");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path().display().to_string())
}

/// Reads two numbers of nanoseconds: the time on a processor, and the time in its queue.
fn read(path: &str) -> Turn {
    let text = fs::read_to_string(path).unwrap_or_default();
    let mut numbers = text
        .split_whitespace()
        .map(|word| word.parse().unwrap_or(0));
    let mut next = || Duration::from_nanos(numbers.next().unwrap_or(0));
    Turn {
        ran: next(),
        waited: next(),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_child_that_works_has_run_and_one_that_sleeps_has_not() {
        let spawn = |program: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", program]).stdin(Stdio::null());
            command.spawn().unwrap()
        };
        let mut worker = spawn("while :; do :; done");
        let mut sleeper = spawn("sleep 60; :");
        // A child of a child counts too.
        let ran = loop {
            let all = taken();
            let slept = children(sleeper.id());
            if all[&worker.id()].ran > Duration::from_millis(200) && !slept.is_empty() {
                break all.get(&slept[0]).map(|turn| turn.ran);
            }
        };
        assert!(ran.is_some_and(|ran| ran < Duration::from_millis(200)));
        for child in children(sleeper.id()) {
            let pid = nix::unistd::Pid::from_raw(i32::try_from(child).unwrap());
            nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
        }
        for child in [&mut worker, &mut sleeper] {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

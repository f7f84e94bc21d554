//! Processor time: how long the processes that `course` has started ran, and how long they waited for a processor.
//!
//! Where all processors are taken, a sleeper is still woken on time, and a server that has work to do runs late, many
//! times over. Linux counts that *run delay* for every thread in `/proc/PID/task/TID/schedstat`; elsewhere nothing is
//! known of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

/// The time of one thread, or of several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessorTime {
    /// How long it ran.
    pub ran: Duration,
    /// How long it could have run and had no processor.
    pub run_delay: Duration,
}

/// A process and the number of one of its threads.
pub type Thread = (u32, u32);

/// What every thread of this run has had since it began. A thread that ends takes its time with it, so that only
/// threads can be compared from one look to the next, and not the sums of a server that starts one for each request.
#[must_use]
pub fn taken() -> BTreeMap<Thread, ProcessorTime> {
    let own = std::process::id();
    let mut all = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut left = children(own);
    while let Some(process) = left.pop() {
        if seen.insert(process) {
            all.extend(of(process));
            left.extend(children(process));
        }
    }
    // Of `course` itself the thread that all requests and balancers are on counts. It is no server, so it ran nothing.
    let run_delay = read(&format!("/proc/{own}/schedstat")).run_delay;
    let ran = Duration::ZERO;
    all.insert((own, own), ProcessorTime { ran, run_delay });
    all
}

/// The threads of a process.
fn of(process: u32) -> impl Iterator<Item = (Thread, ProcessorTime)> {
    threads(process).filter_map(move |path| {
        let (_, number) = path.rsplit_once('/')?;
        let thread = (process, number.parse().ok()?);
        Some((thread, read(&format!("{path}/schedstat"))))
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
fn read(path: &str) -> ProcessorTime {
    let text = fs::read_to_string(path).unwrap_or_default();
    let mut numbers = text
        .split_whitespace()
        .map(|word| word.parse().unwrap_or(0));
    let mut next = || Duration::from_nanos(numbers.next().unwrap_or(0));
    ProcessorTime {
        ran: next(),
        run_delay: next(),
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
        let ran = |all: &BTreeMap<Thread, ProcessorTime>, process: u32| {
            let own = all.iter().filter(|((p, _), _)| *p == process);
            own.map(|(_, time)| time.ran).sum::<Duration>()
        };
        let mut worker = spawn("while :; do :; done");
        let mut sleeper = spawn("sleep 60; :");
        // A child of a child counts too.
        let slept = loop {
            let all = taken();
            let slept = children(sleeper.id());
            if ran(&all, worker.id()) > Duration::from_millis(200) && !slept.is_empty() {
                assert!(all.contains_key(&(slept[0], slept[0])));
                break ran(&all, slept[0]);
            }
        };
        assert!(slept < Duration::from_millis(200));
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

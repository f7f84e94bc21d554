//! Processor time: how long the processes that `course` has started ran, how long they waited for a processor, and how
//! long all processes of this machine ran.
//!
//! Where all processors are taken, a sleeper is still woken on time, and a server that has work to do runs late, many
//! times over. Linux counts that *run delay* for every thread in `/proc/PID/task/TID/schedstat`; elsewhere nothing is
//! known of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use nix::unistd::{SysconfVar, sysconf};

/// The name of threads that take processors from a run on purpose: what they had was not the run's.
pub const STRESS: &str = "stress";

/// A process and the number of one of its threads.
pub type Thread = (u32, u32);

/// What was taken of the processors since all this began.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// How long each process of this run ran, and each thread of `course` itself. What a thread had is lost with it, and
    /// a server may start one for each request, so it is the process that is asked.
    pub ran: BTreeMap<Thread, Duration>,
    /// How long each thread of the servers could have run and had no processor, and the one thread of `course` that all
    /// requests and balancers are on.
    pub run_delay: BTreeMap<Thread, Duration>,
    /// How long all processors of this machine were busy, together.
    pub busy: Duration,
}

/// What was taken until now.
#[must_use]
pub fn taken() -> Taken {
    let own = std::process::id();
    let mut all = Taken {
        busy: busy(),
        ..Taken::default()
    };
    let mut seen = BTreeSet::new();
    let mut left = children(own);
    while let Some(process) = left.pop() {
        if seen.insert(process) {
            all.ran.insert((process, process), ran(process));
            let threads = times(process).map(|(thread, [_, delay], _)| (thread, delay));
            all.run_delay.extend(threads);
            left.extend(children(process));
        }
    }
    for (thread, [ran, delay], path) in times(own) {
        let name = fs::read_to_string(path + "/comm").unwrap_or_default();
        if name.trim_end() != STRESS {
            all.ran.insert(thread, ran);
        }
        if thread == (own, own) {
            all.run_delay.insert(thread, delay);
        }
    }
    all
}

/// The threads of a process: how long each ran, how long it waited, and its folder.
fn times(process: u32) -> impl Iterator<Item = (Thread, [Duration; 2], String)> {
    threads(process).filter_map(move |path| {
        let (_, number) = path.rsplit_once('/')?;
        let thread = (process, number.parse().ok()?);
        let text = fs::read_to_string(format!("{path}/schedstat")).unwrap_or_default();
        let mut numbers = text.split_whitespace().map(|n| n.parse().unwrap_or(0));
        let mut next = || Duration::from_nanos(numbers.next().unwrap_or(0));
        Some((thread, [next(), next()], path))
    })
}

/// How long a process ran, with the threads that are gone: fields 14 and 15 of its `stat`, the second of which may hold
/// anything in parentheses.
fn ran(process: u32) -> Duration {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    ticks(fields.split_whitespace().skip(11).take(2))
}

/// How long all processors were busy, for anybody or for another guest of this computer: user, nice, system, then,
/// after idle and iowait, irq, softirq and steal.
fn busy() -> Duration {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let numbers: Vec<&str> = line.split_whitespace().skip(1).take(8).collect();
    let working = numbers
        .iter()
        .enumerate()
        .filter(|(i, _)| ![3, 4].contains(i));
    ticks(working.map(|(_, number)| *number))
}

/// The sum of numbers of clock ticks.
fn ticks<'a>(numbers: impl Iterator<Item = &'a str>) -> Duration {
    let sum: u64 = numbers.filter_map(|n| n.parse::<u64>().ok()).sum();
    let per_second = sysconf(SysconfVar::CLK_TCK).ok().flatten().unwrap_or(100);
    let per_second = u64::try_from(per_second).unwrap_or(100).max(1);
    Duration::from_millis(sum * 1000 / per_second)
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
        let ran = |all: &Taken, process: u32| all.ran.get(&(process, process)).copied();
        let mut worker = spawn("while :; do :; done");
        let mut sleeper = spawn("sleep 60; :");
        // A child of a child counts too.
        let slept = loop {
            let all = taken();
            let slept = children(sleeper.id());
            let busy = ran(&all, worker.id()).unwrap_or_default();
            if busy > Duration::from_millis(200) && !slept.is_empty() {
                assert!(all.busy >= busy, "{:?} of all", all.busy);
                break ran(&all, slept[0]);
            }
        };
        assert!(slept.is_some_and(|slept| slept < Duration::from_millis(200)));
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

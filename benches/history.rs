//! What judging a history costs: 300 operations by 5 clients on 3 keys, and 10,000 operations on one key, explained
//! and not, under every consistency.
//!
//! Run with `cargo bench --bench history`. The goals are 1 s and 5 s; the times are this machine's.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use course::lab::history::{Consistency, Deed, End, Operation, Value, judge};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

fn main() -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{:32} {:>14} {:>14}", "", "explained", "not explained")?;
    for (operations, clients, keys) in [(300, 5, 3), (10_000, 8, 1)] {
        let good = history(operations, clients, keys);
        let bad = with_stale_reads(&good);
        for consistency in Consistency::ALL {
            let (explained, found) = (
                time(&good, consistency, false),
                time(&bad, consistency, true),
            );
            let name = format!("{operations} × {keys} {}", consistency.name());
            writeln!(out, "{name:32} {explained:>14.1?} {found:>14.1?}")?;
        }
    }
    Ok(())
}

fn time(history: &[Operation], consistency: Consistency, broken: bool) -> Duration {
    let began = Instant::now();
    let verdict = judge(history, consistency);
    assert!(!broken || verdict.is_some() || consistency != Consistency::Linearizable);
    assert!(broken || verdict.is_none());
    began.elapsed()
}

/// A history of registers that hold their last value: each operation takes effect in the middle of its span. One
/// write in fifty is never answered.
fn history(operations: usize, clients: usize, keys: usize) -> Vec<Operation> {
    let mut generator = ChaCha8Rng::seed_from_u64(7);
    let mut free = vec![0_u64; clients];
    let mut holds = vec![Value::Initial; keys];
    let mut plan: Vec<(u64, usize, usize, u64)> = Vec::new();
    for i in 0..operations {
        let client = i % clients;
        let sent = free[client] + generator.random_range(1..200);
        let half = generator.random_range(1..500);
        free[client] = sent + 2 * half;
        plan.push((sent + half, client, generator.random_range(0..keys), half));
    }
    plan.sort_unstable();
    let mut history = Vec::new();
    for (written, (middle, client, key, half)) in (1..).zip(plan) {
        let write = generator.random_range(0..2) == 0;
        let deed = if write {
            holds[key] = Value::Written(written);
            Deed::Write(written)
        } else {
            Deed::Read(holds[key].clone())
        };
        let answered = End::Answered(Duration::from_micros(middle + half));
        let unknown = write && generator.random_range(0..50) == 0;
        history.push(Operation {
            client,
            key,
            deed,
            sent: Duration::from_micros(middle - half),
            end: if unknown { End::Unknown } else { answered },
        });
    }
    history
}

/// The same, but late in the history one read in ten sees what was there a few operations ago.
fn with_stale_reads(history: &[Operation]) -> Vec<Operation> {
    let mut stale = history.to_vec();
    let read: Vec<usize> = (history.len() / 2..history.len())
        .filter(|&i| matches!(history[i].deed, Deed::Read(_)))
        .collect();
    for &at in read.iter().step_by(10) {
        let old = history[..at - 40].iter().rev().find_map(|o| match &o.deed {
            Deed::Read(value) if o.key == history[at].key => Some(value.clone()),
            _ => None,
        });
        stale[at].deed = Deed::Read(old.unwrap_or(Value::Initial));
    }
    stale
}

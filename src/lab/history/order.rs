//! The order of values: whether what each client saw, and the writes that never overlapped, can be put in a row.

use std::collections::BTreeMap;

use super::{Consistency, OPEN, Op, values};

/// Whether the values can be put in an order that keeps every pair of [`super::precedes`].
pub(super) fn explained(ops: &[Op], consistency: Consistency) -> bool {
    let mut graph = Graph::new(values(ops));
    let timed = consistency != Consistency::Sequential;
    if timed && !graph.add_clock(ops) {
        return false;
    }
    graph.add_clients(ops, consistency) && graph.has_no_circle()
}

struct Graph {
    /// For each node those that come after it. The first nodes are the values, the others moments of the clock.
    after: Vec<Vec<usize>>,
    values: usize,
}

impl Graph {
    fn new(values: usize) -> Self {
        Self {
            after: vec![Vec::new(); values],
            values,
        }
    }

    /// Adds that `a` comes before `b`; false when `b` is the initial value, which nothing comes before.
    fn add(&mut self, a: usize, b: usize) -> bool {
        if a != b {
            self.after[a].push(b);
        }
        a == b || b != 0
    }

    /// A value that had taken effect before the write of another was sent comes before it. Moments in a chain say so
    /// with one edge in and one edge out for each value. False when a read ended before its write began.
    fn add_clock(&mut self, ops: &[Op]) -> bool {
        let mut spans = vec![(0, OPEN); self.values];
        for op in ops {
            let (written, effective) = &mut spans[op.value];
            *effective = (*effective).min(op.end);
            if op.write {
                *written = op.start;
            }
        }
        spans[0] = (0, 0);
        if spans.iter().any(|(written, effective)| effective < written) {
            return false;
        }
        let mut moments: Vec<u64> = spans.iter().map(|s| s.1).filter(|&t| t < OPEN).collect();
        moments.sort_unstable();
        moments.dedup();
        let first = self.values;
        self.after.resize(first + moments.len(), Vec::new());
        for i in 1..moments.len() {
            self.after[first + i - 1].push(first + i);
        }
        for (value, (written, effective)) in spans.into_iter().enumerate() {
            if let Ok(at) = moments.binary_search(&effective) {
                self.after[value].push(first + at);
            }
            let before = moments.partition_point(|&t| t < written);
            if before > 0 {
                self.after[first + before - 1].push(value);
            }
        }
        true
    }

    /// Adds the order that each client saw; false when one saw the initial value come back, or its own write before
    /// it was sent.
    fn add_clients(&mut self, ops: &[Op], consistency: Consistency) -> bool {
        let mut clients: BTreeMap<usize, Vec<&Op>> = BTreeMap::new();
        for op in ops {
            clients.entry(op.client).or_default().push(op);
        }
        let mut seen = vec![usize::MAX; self.values];
        for (client, mut own) in clients {
            own.sort_by_key(|op| (op.start, op.end));
            let mut last: Option<usize> = None;
            for op in own {
                if op.write && seen[op.value] == client {
                    return false;
                }
                if !op.write {
                    seen[op.value] = client;
                }
                let (takes, gives) = match consistency {
                    Consistency::Linearizable | Consistency::Sequential => (true, op.end < OPEN),
                    Consistency::ReadYourWrites => (!op.write, op.write && op.end < OPEN),
                    Consistency::MonotonicReads => (!op.write, !op.write),
                };
                if let Some(last) = last.filter(|_| takes)
                    && !self.add(last, op.value)
                {
                    return false;
                }
                if gives {
                    last = Some(op.value);
                }
            }
        }
        true
    }

    /// Whether the nodes can be put in a row (Kahn, 1962).
    fn has_no_circle(&self) -> bool {
        let mut waits = vec![0_usize; self.after.len()];
        for &node in self.after.iter().flatten() {
            waits[node] += 1;
        }
        let mut free: Vec<usize> = (0..waits.len()).filter(|&n| waits[n] == 0).collect();
        let mut placed = 0;
        while let Some(node) = free.pop() {
            placed += 1;
            for &next in &self.after[node] {
                waits[next] -= 1;
                if waits[next] == 0 {
                    free.push(next);
                }
            }
        }
        placed == self.after.len()
    }
}

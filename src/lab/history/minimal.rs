//! The smallest set of operations that cannot be explained.
//!
//! First the moment is found at which the history stopped being explained: what had ended by then is enough. Then
//! operations are taken away as long as what is left still cannot be explained (Zeller and Hildebrandt, "Simplifying
//! and isolating failure-inducing input", IEEE TSE 28, 2002). None can be taken away from what remains.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{
    Consistency, Deed, End, OPEN, Op, Operation, Value, explained, numbered, precedes, too_early,
};

/// How many sets are compared.
const ROUNDS: usize = 12;

/// A set of so few is not compared with others: an old read, the write it saw and the one it should have seen.
const ENOUGH: usize = 3;

/// Operations on one key that no order explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterexample {
    /// What they break.
    pub consistency: Consistency,
    /// The register.
    pub key: usize,
    /// The operations, in the order in which they were sent.
    pub operations: Vec<Operation>,
    /// Why nothing explains them.
    pub reason: Reason,
}

/// Why nothing explains a few operations. Numbers are places in [`Counterexample::operations`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A value was read that no operation wrote.
    Unwritten {
        /// The read.
        read: usize,
    },
    /// A value was read whose write was refused.
    Refused {
        /// The read.
        read: usize,
        /// The write.
        write: usize,
    },
    /// A value was read before its write was sent.
    Early {
        /// The read.
        read: usize,
        /// The write.
        write: usize,
    },
    /// The values would have to come one after the other in a circle: in each pair the first comes before the
    /// second, and the value of the second is that of the next pair's first. The initial value comes first of all,
    /// so nothing need say so.
    Circle(Vec<(usize, usize)>),
}

impl Counterexample {
    /// When the last of its operations was answered.
    #[must_use]
    pub fn ended(&self) -> Duration {
        let ends = self.operations.iter().filter_map(|o| match o.end {
            End::Answered(at) | End::Refused(at) => Some(at),
            End::Unknown => None,
        });
        ends.max().unwrap_or_default()
    }
}

/// The smallest counter-example of one key's history.
pub(super) fn find(of_key: &[&Operation], consistency: Consistency) -> Option<Counterexample> {
    let (unwritten, ops) = numbered(of_key);
    let example = |places: BTreeSet<usize>, reason: &dyn Fn(&BTreeMap<usize, usize>) -> Reason| {
        let mut places: Vec<usize> = places.into_iter().collect();
        places.sort_by_key(|&p| (of_key[p].sent, p));
        let at: BTreeMap<usize, usize> =
            places.iter().enumerate().map(|(at, &p)| (p, at)).collect();
        Counterexample {
            consistency,
            key: of_key[places[0]].key,
            operations: places.iter().map(|&p| of_key[p].clone()).collect(),
            reason: reason(&at),
        }
    };
    if let Some(&read) = unwritten.iter().min_by_key(|&&p| (of_key[p].sent, p)) {
        let refused = of_key
            .iter()
            .position(|o| match (&o.deed, &of_key[read].deed) {
                (Deed::Write(written), Deed::Read(Value::Written(value))) => written == value,
                _ => false,
            });
        return Some(match refused {
            Some(write) => example([read, write].into(), &|at| Reason::Refused {
                read: at[&read],
                write: at[&write],
            }),
            None => example([read].into(), &|at| Reason::Unwritten { read: at[&read] }),
        });
    }
    let few = smallest(ops, consistency)?;
    let places = few.iter().map(|op| op.place).collect();
    Some(example(places, &|at| reason(&few, consistency, at)))
}

/// The smallest of the first few sets that cannot be explained: each is looked for without the last read of the one
/// before it.
fn smallest(mut ops: Vec<Op>, consistency: Consistency) -> Option<Vec<Op>> {
    let mut smallest: Option<Vec<Op>> = None;
    for _ in 0..ROUNDS {
        if explained(&ops, consistency) {
            break;
        }
        let few = shrink(&first_broken(&ops, consistency), consistency);
        let last = few.iter().filter(|op| !op.write).max_by_key(|op| op.end);
        let last = last.map(|op| op.place);
        if smallest.as_ref().is_none_or(|s| few.len() < s.len()) {
            smallest = Some(few);
        }
        if smallest.as_ref().is_some_and(|s| s.len() <= ENOUGH) {
            break;
        }
        ops.retain(|op| Some(op.place) != last);
    }
    smallest
}

/// What had been sent, and had ended, at the first moment at which the history was no longer explained.
fn first_broken(ops: &[Op], consistency: Consistency) -> Vec<Op> {
    let mut ends: Vec<u64> = ops.iter().map(|op| op.end).collect();
    ends.sort_unstable();
    ends.dedup();
    let first = ends.partition_point(|&moment| explained(&until(ops, moment), consistency));
    let moment = ends.get(first).copied().unwrap_or(OPEN);
    until(ops, moment)
}

/// What was known at a moment: a write that was not answered yet may take effect at any moment.
fn until(ops: &[Op], moment: u64) -> Vec<Op> {
    let known = ops
        .iter()
        .filter(|op| op.end <= moment || (op.write && op.start <= moment));
    known
        .map(|&op| Op {
            end: if op.end <= moment { op.end } else { OPEN },
            ..op
        })
        .collect()
}

/// Takes away what can be taken away; tried from both ends, because one may leave fewer than the other.
fn shrink(ops: &[Op], consistency: Consistency) -> Vec<Op> {
    let forward = shrunk(ops.to_vec(), consistency);
    let backward = shrunk(ops.iter().rev().copied().collect(), consistency);
    if backward.len() < forward.len() {
        backward
    } else {
        forward
    }
}

fn shrunk(mut ops: Vec<Op>, consistency: Consistency) -> Vec<Op> {
    let mut size = ops.len().div_ceil(2);
    loop {
        let before = ops.len();
        let mut from = 0;
        while from < ops.len() {
            let fewer = without(&ops, from..(from + size).min(ops.len()));
            if fewer.len() < ops.len() && !explained(&fewer, consistency) {
                ops = fewer;
            } else {
                from += size;
            }
        }
        if size == 1 && ops.len() == before {
            return ops;
        }
        size = size.div_ceil(2).min(ops.len().div_ceil(2)).max(1);
    }
}

/// The operations without a range of them, except for writes of values that the others read.
fn without(ops: &[Op], range: std::ops::Range<usize>) -> Vec<Op> {
    let outside = |i: usize| !range.contains(&i);
    let read: BTreeSet<usize> = ops
        .iter()
        .enumerate()
        .filter(|&(i, op)| outside(i) && !op.write)
        .map(|(_, op)| op.value)
        .collect();
    let stays = |&(i, op): &(usize, &Op)| outside(i) || (op.write && read.contains(&op.value));
    let left = ops.iter().enumerate().filter(stays);
    left.map(|(_, op)| *op).collect()
}

/// Why nothing explains these few.
fn reason(few: &[Op], consistency: Consistency, at: &BTreeMap<usize, usize>) -> Reason {
    for read in few.iter().filter(|op| !op.write) {
        let writes = few.iter().filter(|w| w.write && w.value == read.value);
        if let Some(write) = writes.into_iter().find(|w| too_early(read, w, consistency)) {
            return Reason::Early {
                read: at[&read.place],
                write: at[&write.place],
            };
        }
    }
    let mut pairs: BTreeMap<(usize, usize), (Op, Op)> = BTreeMap::new();
    for (a, b) in few.iter().flat_map(|a| few.iter().map(move |b| (a, b))) {
        if a.value != b.value && precedes(a, b, consistency) {
            let pair = pairs.entry((a.value, b.value)).or_insert((*a, *b));
            // The widest gap is the plainest to see.
            if b.start - a.end > pair.1.start - pair.0.end {
                *pair = (*a, *b);
            }
        }
    }
    let circle = circle(&pairs);
    let named = circle.iter().filter_map(|edge| pairs.get(edge));
    Reason::Circle(named.map(|(a, b)| (at[&a.place], at[&b.place])).collect())
}

/// The shortest circle of values, as its edges.
fn circle(pairs: &BTreeMap<(usize, usize), (Op, Op)>) -> Vec<(usize, usize)> {
    let mut edges: BTreeSet<(usize, usize)> = pairs.keys().copied().collect();
    let others: BTreeSet<usize> = edges.iter().flat_map(|&(a, b)| [a, b]).collect();
    edges.extend(others.iter().filter(|&&v| v != 0).map(|&v| (0, v)));
    let circles = others.iter().filter_map(|&start| {
        let mut paths: Vec<Vec<usize>> = vec![vec![start]];
        let mut met = BTreeSet::new();
        while !paths.is_empty() {
            let mut longer = Vec::new();
            for path in paths {
                let last = path[path.len() - 1];
                for &(_, next) in edges.range((last, 0)..=(last, usize::MAX)) {
                    let mut path = path.clone();
                    path.push(next);
                    if next == start {
                        return Some(path);
                    }
                    if met.insert(next) {
                        longer.push(path);
                    }
                }
            }
            paths = longer;
        }
        None
    });
    let shortest = circles.min_by_key(Vec::len).unwrap_or_default();
    shortest.windows(2).map(|two| (two[0], two[1])).collect()
}

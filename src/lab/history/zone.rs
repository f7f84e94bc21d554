//! Zones: whether a register's history is linearizable, in the time it takes to sort it.
//!
//! The operations of one value stand together in any order that explains the history, its write first. So each value
//! has a zone: from the first end of one of its operations to the last start of one. If the first end comes before
//! the last start, the register held the value all that time: a forward zone. Otherwise all its operations overlap,
//! and they may stand at any one moment of a backward zone. A history is linearizable if and only if no read ends
//! before its write starts, no two forward zones overlap, and no backward zone lies within a forward one (Gibbons and
//! Korach 1997; the names are those of Golab, Li and Shah, PODC 2011).

use super::{OPEN, Op, values};

#[derive(Clone, Copy, Debug)]
struct Zone {
    /// The first end of an operation of this value.
    first_end: u64,
    /// The last start of one.
    last_start: u64,
    /// The start of the write.
    written: u64,
    read: bool,
}

/// Whether there is one order that keeps to the clock.
pub(super) fn explained(ops: &[Op]) -> bool {
    let zones = zones(ops);
    if zones.iter().any(|z| z.read && z.first_end < z.written) {
        return false;
    }
    let (mut forward, backward): (Vec<&Zone>, Vec<&Zone>) = zones
        .iter()
        .filter(|z| z.first_end < OPEN)
        .partition(|z| z.first_end < z.last_start);
    forward.sort_by_key(|z| z.first_end);
    if forward
        .windows(2)
        .any(|pair| pair[1].first_end < pair[0].last_start)
    {
        return false;
    }
    backward.iter().all(|zone| {
        let before = forward.partition_point(|f| f.first_end < zone.last_start);
        before == 0 || forward[before - 1].last_start <= zone.first_end
    })
}

fn zones(ops: &[Op]) -> Vec<Zone> {
    let none = Zone {
        first_end: OPEN,
        last_start: 0,
        written: 0,
        read: false,
    };
    let mut zones = vec![none; values(ops)];
    zones[0].first_end = 0;
    for op in ops {
        let zone = &mut zones[op.value];
        zone.first_end = zone.first_end.min(op.end);
        zone.last_start = zone.last_start.max(op.start);
        if op.write {
            zone.written = op.start;
        } else {
            zone.read = true;
        }
    }
    // An initial value was written before everything.
    zones[0].written = 0;
    zones
}

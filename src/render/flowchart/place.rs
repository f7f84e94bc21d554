//! Places on the cross axis: every part as near to its neighbours as the parts beside it allow.

use super::layout::{Axis, Kind, Layout};

/// How often the ranks are moved.
const SWEEPS: usize = 8;

/// Gives every part its place on the cross axis.
pub(super) fn place(layout: &mut Layout) {
    for rank in 0..layout.ranks.len() {
        settle(layout, rank, |layout, part| layout.parts[part].at);
    }
    let count = layout.ranks.len();
    for sweep in 0..SWEEPS {
        for step in 0..count {
            let rank = if sweep % 2 == 0 {
                count - 1 - step
            } else {
                step
            };
            // The last sweep looks back only, which keeps lines straight.
            let side = if sweep + 1 == SWEEPS {
                Side::Before
            } else if sweep % 2 == 0 {
                Side::After
            } else {
                Side::Both
            };
            settle(layout, rank, |layout, part| wanted(layout, part, side));
        }
    }
    let least = layout
        .ranks
        .iter()
        .flatten()
        .map(|p| layout.parts[*p].at)
        .min();
    for part in &mut layout.parts {
        part.at -= least.unwrap_or(0);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
    Both,
}

/// Where a part would stand if there were no others: in the middle of what it is joined to.
fn wanted(layout: &Layout, part: usize, side: Side) -> i64 {
    let mut places: Vec<i64> = Vec::new();
    for piece in &layout.pieces {
        let (begin, end) = layout.ends(piece);
        let own = layout.port_offset(part, piece.port);
        if piece.from == part && side != Side::Before {
            places.push(end - own);
        } else if piece.to == part && side != Side::After {
            places.push(begin - own);
        }
    }
    if places.is_empty() {
        return layout.parts[part].at;
    }
    let count = i64::try_from(places.len()).unwrap_or(1);
    places.iter().sum::<i64>().div_euclid(count)
}

/// Columns or rows between two neighbours.
fn space(layout: &Layout, one: usize, two: usize) -> i64 {
    let boxes = [one, two]
        .iter()
        .filter(|p| matches!(layout.parts[**p].kind, Kind::Node(_)))
        .count();
    match (layout.axis, boxes) {
        (Axis::Rightward, _) => 1,
        (Axis::Downward, 2) => 3,
        (Axis::Downward, _) => 2,
    }
}

/// Moves the parts of a rank to where they want to be. Parts that would overlap are pushed apart together, which is
/// the least squares solution (pool adjacent violators).
fn settle(layout: &mut Layout, rank: usize, want: impl Fn(&Layout, usize) -> i64) {
    let parts = layout.ranks[rank].clone();
    let mut offsets = Vec::new();
    let mut offset = 0;
    for (at, part) in parts.iter().enumerate() {
        offsets.push(offset);
        if let Some(next) = parts.get(at + 1) {
            let cross = i64::try_from(layout.parts[*part].cross).unwrap_or(0);
            offset += cross + space(layout, *part, *next);
        }
    }
    // Each pool is the sum of its parts' wishes and their count.
    let mut pools: Vec<(i64, i64)> = Vec::new();
    for (part, offset) in parts.iter().zip(&offsets) {
        pools.push((want(layout, *part) - offset, 1));
        while let [.., (sum, count), (last, more)] = pools[..]
            && sum.div_euclid(count) > last.div_euclid(more)
        {
            pools.pop();
            pools.pop();
            pools.push((sum + last, count + more));
        }
    }
    let places = pools
        .iter()
        .flat_map(|(sum, count)| (0..*count).map(move |_| sum.div_euclid(*count)));
    for ((part, offset), place) in parts.iter().zip(offsets).zip(places) {
        layout.parts[*part].at = place + offset;
    }
}

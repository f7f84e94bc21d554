//! Tracks: the lanes between two ranks in which lines run across.
//!
//! Lines that share a lane must not touch, and a line that leaves a box must turn away before another one, which
//! leads to a box at the same height, turns in.

use super::layout::{Layout, Piece, Port};

/// Lines of one gap that run together: everything on one side of it is joined to everything on the other.
#[derive(Debug)]
pub(super) struct Net {
    /// The pieces of arrows in it, as indexes into the layout's.
    pub(super) pieces: Vec<usize>,
    /// Its lane, from 0; `None` when it runs straight.
    pub(super) track: Option<usize>,
    low: i64,
    high: i64,
}

/// The nets of the gap behind a rank and the number of lanes; `None` when lines would run over each other.
pub(super) fn nets(layout: &Layout, rank: usize) -> Option<(Vec<Net>, usize)> {
    let inside: Vec<usize> = (0..layout.pieces.len())
        .filter(|at| layout.parts[layout.pieces[*at].from].rank == rank)
        .collect();
    let mut nets = Vec::new();
    for group in components(layout, inside) {
        if complete(layout, &group) {
            nets.push(net(layout, group));
        } else {
            for part in split(layout, &group) {
                nets.push(net(layout, part));
            }
        }
    }
    assign(layout, &mut nets).map(|count| (nets, count))
}

type End = (usize, Port);

fn begin(piece: &Piece) -> End {
    (piece.from, piece.port)
}

fn end(piece: &Piece) -> End {
    (piece.to, piece.port)
}

/// The pieces that hang together through shared ends.
fn components(layout: &Layout, mut rest: Vec<usize>) -> Vec<Vec<usize>> {
    let mut groups = Vec::new();
    while let Some(first) = rest.first().copied() {
        let mut group = vec![first];
        rest.remove(0);
        let mut at = 0;
        while at < group.len() {
            let one = layout.pieces[group[at]];
            rest.retain(|other| {
                let two = layout.pieces[*other];
                let joined = begin(&one) == begin(&two) || end(&one) == end(&two);
                if joined {
                    group.push(*other);
                }
                !joined
            });
            at += 1;
        }
        groups.push(group);
    }
    groups
}

/// Whether each beginning of a group is joined to each of its ends, so that one lane tells the truth.
fn complete(layout: &Layout, group: &[usize]) -> bool {
    let distinct = |side: fn(&Piece) -> End| {
        let mut found: Vec<End> = group.iter().map(|p| side(&layout.pieces[*p])).collect();
        found.sort_by_key(|(part, port)| (*part, *port == Port::Against));
        found.dedup();
        found.len()
    };
    let mut pairs: Vec<(usize, usize)> = group
        .iter()
        .map(|p| (layout.pieces[*p].from, layout.pieces[*p].to))
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    distinct(begin) * distinct(end) == pairs.len()
}

/// The pieces of a group by their beginning; beginnings that lead to the same ends stay together.
fn split(layout: &Layout, group: &[usize]) -> Vec<Vec<usize>> {
    let mut fans: Vec<(End, Vec<usize>)> = Vec::new();
    for at in group {
        let from = begin(&layout.pieces[*at]);
        match fans.iter_mut().find(|(known, _)| *known == from) {
            Some((_, pieces)) => pieces.push(*at),
            None => fans.push((from, vec![*at])),
        }
    }
    let mut nets: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
    for (_, pieces) in fans {
        let mut ends: Vec<usize> = pieces.iter().map(|p| layout.pieces[*p].to).collect();
        ends.sort_unstable();
        match nets.iter_mut().find(|(known, _)| *known == ends) {
            Some((_, all)) => all.extend(pieces),
            None => nets.push((ends, pieces)),
        }
    }
    nets.into_iter().map(|(_, pieces)| pieces).collect()
}

fn net(layout: &Layout, pieces: Vec<usize>) -> Net {
    let places = pieces.iter().flat_map(|at| {
        let (begin, end) = layout.ends(&layout.pieces[*at]);
        [begin, end]
    });
    let (low, high) = places.fold((i64::MAX, i64::MIN), |(low, high), place| {
        (low.min(place), high.max(place))
    });
    Net {
        pieces,
        track: None,
        low,
        high,
    }
}

/// Gives each net that bends a lane; `None` when their order is a circle.
fn assign(layout: &Layout, nets: &mut [Net]) -> Option<usize> {
    let mut waiting: Vec<usize> = (0..nets.len())
        .filter(|n| nets[*n].low < nets[*n].high)
        .collect();
    waiting.sort_by_key(|n| nets[*n].low);
    let mut count = 0;
    while !waiting.is_empty() {
        let free = waiting.iter().position(|n| {
            waiting
                .iter()
                .all(|other| other == n || !before(layout, &nets[*other], &nets[*n]))
        })?;
        let next = waiting.remove(free);
        let least = nets
            .iter()
            .filter(|done| before(layout, done, &nets[next]))
            .filter_map(|done| done.track.map(|t| t + 1))
            .max()
            .unwrap_or(0);
        let crowded = |track: usize| {
            nets.iter().any(|done| {
                done.track == Some(track)
                    && done.low <= nets[next].high
                    && nets[next].low <= done.high
            })
        };
        let track = (least..=count).find(|track| !crowded(*track))?;
        nets[next].track = Some(track);
        count = count.max(track + 1);
    }
    Some(count)
}

/// Whether `one` must turn in an earlier lane than `two`: it leaves a box at a height at which `two` enters one.
fn before(layout: &Layout, one: &Net, two: &Net) -> bool {
    let same_end = |a: &Piece, b: &Piece| end(a) == end(b);
    one.pieces.iter().any(|a| {
        let a = &layout.pieces[*a];
        two.pieces.iter().any(|b| {
            let b = &layout.pieces[*b];
            !same_end(a, b) && layout.ends(a).0 == layout.ends(b).1
        })
    })
}

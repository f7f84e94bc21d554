//! The order of the parts in each rank: so that few lines cross.

use super::layout::Layout;

/// How often the ranks are sorted again.
const SWEEPS: usize = 12;

/// Orders each rank by where its neighbours stand, keeping the order with the fewest crossings.
pub(super) fn sort(layout: &mut Layout) {
    let mut best = layout.ranks.clone();
    let mut fewest = crossings(layout);
    for sweep in 0..SWEEPS {
        if fewest == 0 {
            break;
        }
        let count = layout.ranks.len();
        for step in 1..count {
            if sweep % 2 == 0 {
                by_neighbours(layout, step, step - 1);
            } else {
                by_neighbours(layout, count - 1 - step, count - step);
            }
        }
        let found = crossings(layout);
        if found < fewest {
            fewest = found;
            best.clone_from(&layout.ranks);
        }
    }
    layout.ranks = best;
}

/// The place of each part in its rank.
fn places(layout: &Layout) -> Vec<usize> {
    let mut places = vec![0; layout.parts.len()];
    for rank in &layout.ranks {
        for (place, part) in rank.iter().enumerate() {
            places[*part] = place;
        }
    }
    places
}

/// Sorts a rank by the mean place of each part's neighbours in another; parts without any keep theirs.
fn by_neighbours(layout: &mut Layout, rank: usize, other: usize) {
    let places = places(layout);
    let mean = |part: usize| {
        let ends = layout.pieces.iter().filter_map(|piece| {
            let far = if piece.from == part {
                piece.to
            } else if piece.to == part {
                piece.from
            } else {
                return None;
            };
            (layout.parts[far].rank == other).then(|| places[far])
        });
        let (sum, count) = ends.fold((0, 0), |(sum, count), place| (sum + place, count + 1));
        // In thousandths, because whole places would tie too often.
        (sum * 1000_usize)
            .checked_div(count)
            .unwrap_or(places[part] * 1000)
    };
    let mut keyed: Vec<(usize, usize)> =
        layout.ranks[rank].iter().map(|p| (mean(*p), *p)).collect();
    keyed.sort_by_key(|(key, _)| *key);
    layout.ranks[rank] = keyed.into_iter().map(|(_, part)| part).collect();
}

fn crossings(layout: &Layout) -> usize {
    let places = places(layout);
    let mut found = 0;
    for (at, one) in layout.pieces.iter().enumerate() {
        for two in &layout.pieces[at + 1..] {
            if layout.parts[one.from].rank == layout.parts[two.from].rank {
                let begin = places[one.from].cmp(&places[two.from]);
                let end = places[one.to].cmp(&places[two.to]);
                found += usize::from(begin.is_ne() && begin == end.reverse());
            }
        }
    }
    found
}

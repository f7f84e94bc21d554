//! The frame of a drawing: where every rank, box and line stands, before anything is drawn as text or as a picture.

use super::canvas::Place;
use super::layout::{Axis, Kind, Layout, Piece, Port};
use super::tracks::{Net, nets};
use super::{order, place};
use crate::flowchart::{Direction, Graph, Tips};

/// The lines between a rank and the next, and how many lanes they take.
pub(super) type Gap = (Vec<Net>, usize);

/// Boxes, labels and arrows on their way through ranks. Nobody could follow more, and finding places for them takes
/// time that grows with their square.
const MOST_PARTS: usize = 500;

/// The places of all parts and lines, or `None` when there are too many, or lines cannot be told apart.
pub(super) fn laid_out(
    graph: &Graph,
    direction: Direction,
    label_width: usize,
) -> Option<(Layout, Vec<Gap>)> {
    let mut layout = Layout::new(graph, direction, label_width);
    if layout.parts.len() > MOST_PARTS {
        return None;
    }
    order::sort(&mut layout);
    place::place(&mut layout);
    let ranks = 0..layout.ranks.len().saturating_sub(1);
    let gaps = ranks
        .map(|rank| nets(&layout, rank))
        .collect::<Option<_>>()?;
    Some((layout, gaps))
}

/// Where everything stands, before anything is drawn.
pub(super) struct Frame<'a> {
    pub(super) graph: &'a Graph,
    pub(super) layout: &'a Layout,
    pub(super) direction: Direction,
    /// Where each rank begins on the main axis, and how far it reaches.
    pub(super) ranks: Vec<(usize, usize)>,
    /// Room for the heads that point back to each rank.
    leads: Vec<usize>,
    /// Extent of the whole along the main and the cross axis.
    pub(super) extent: (usize, usize),
}

impl<'a> Frame<'a> {
    pub(super) fn new(
        graph: &'a Graph,
        direction: Direction,
        layout: &'a Layout,
        gaps: &[Gap],
    ) -> Self {
        let mut ranks = Vec::new();
        let mut main = 0;
        for (rank, parts) in layout.ranks.iter().enumerate() {
            let extent = parts
                .iter()
                .map(|p| layout.parts[*p].main)
                .max()
                .unwrap_or(1);
            ranks.push((main, extent));
            main += extent
                + gaps.get(rank).map_or(0, |gap| {
                    gap_extent(layout, rank, gap.1, lead(graph, direction, layout, rank))
                });
        }
        let cross = layout
            .ranks
            .iter()
            .flatten()
            .map(|p| end_of(layout, *p))
            .max();
        Self {
            graph,
            layout,
            direction,
            leads: (0..ranks.len())
                .map(|rank| lead(graph, direction, layout, rank))
                .collect(),
            ranks,
            extent: (main, cross.unwrap_or(0)),
        }
    }

    /// The corners of a piece: out of its box, along the lane of its net, into the next rank.
    pub(super) fn corners(&self, rank: usize, net: &Net, piece: &Piece) -> [Place; 4] {
        let (start, extent) = self.ranks[rank];
        let lane = net.track.map(|track| match self.layout.axis {
            Axis::Rightward => start + extent + self.leads[rank] + 1 + 2 * track,
            Axis::Downward => start + extent + self.leads[rank] + track,
        });
        let (begin, end) = self.layout.ends(piece);
        let (begin, end) = (at_least_zero(begin), at_least_zero(end));
        let first = start + self.layout.parts[piece.from].main - 1;
        let lane = lane.unwrap_or(first);
        [
            (first, begin),
            (lane, begin),
            (lane, end),
            (self.ranks[rank + 1].0, end),
        ]
    }
}

/// Whether an arrow has a head at the beginning and at the end of its way along the main axis.
pub(super) fn tips(graph: &Graph, direction: Direction, piece: &Piece) -> (bool, bool) {
    let backward = matches!(direction, Direction::Left | Direction::Up);
    let against = (piece.port == Port::Against) != backward;
    match graph.edges[piece.edge].tips {
        Tips::None => (false, false),
        Tips::Both => (true, true),
        Tips::End => (against, !against),
    }
}

/// Columns or rows behind a rank that heads pointing back to its boxes need.
fn lead(graph: &Graph, direction: Direction, layout: &Layout, rank: usize) -> usize {
    let points_back = layout.pieces.iter().any(|piece| {
        let from = &layout.parts[piece.from];
        from.rank == rank && matches!(from.kind, Kind::Node(_)) && tips(graph, direction, piece).0
    });
    usize::from(points_back)
}

/// Columns or rows between two ranks, with as many lanes as given.
fn gap_extent(layout: &Layout, rank: usize, lanes: usize, lead: usize) -> usize {
    let to_box = layout.ranks[rank + 1]
        .iter()
        .any(|p| matches!(layout.parts[*p].kind, Kind::Node(_)));
    let from_box = layout.ranks[rank]
        .iter()
        .any(|p| matches!(layout.parts[*p].kind, Kind::Node(_)));
    // A straight line shows a piece of itself beside its head.
    let head = usize::from(to_box) + usize::from(from_box && lanes == 0);
    lead + match layout.axis {
        Axis::Rightward if lanes == 0 => 1 + head,
        Axis::Rightward => 2 * lanes + 1 + usize::from(to_box),
        Axis::Downward if lanes == 0 => head.max(1),
        Axis::Downward => lanes + usize::from(to_box),
    }
}

fn end_of(layout: &Layout, part: usize) -> usize {
    at_least_zero(layout.parts[part].at) + layout.parts[part].cross
}

/// Places were moved so that the least of them is zero.
pub(super) fn at_least_zero(place: i64) -> usize {
    usize::try_from(place).unwrap_or(0)
}

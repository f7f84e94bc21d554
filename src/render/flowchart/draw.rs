//! Drawing a layout: boxes, the lines between them, their heads and labels.

use super::canvas::Canvas;
use super::layout::{Axis, Kind, Layout, Piece, Port, draw_mark};
use super::tracks::{Net, nets};
use super::{order, place};
use crate::flowchart::{Direction, Graph, Shape, Stroke, Tips};
use crate::render::markdown::wrap::width;
use crate::render::theme::Role;

/// The drawing of a graph, or `None` when its lines cannot be told apart.
pub(super) fn canvas(graph: &Graph, direction: Direction, label_width: usize) -> Option<Canvas> {
    let mut layout = Layout::new(graph, direction, label_width);
    order::sort(&mut layout);
    place::place(&mut layout);
    let mut gaps = Vec::new();
    for rank in 0..layout.ranks.len().saturating_sub(1) {
        gaps.push(nets(&layout, rank)?);
    }
    let drawing = Drawing::new(graph, direction, &layout, &gaps);
    Some(drawing.draw(&gaps))
}

struct Drawing<'a> {
    graph: &'a Graph,
    layout: &'a Layout,
    direction: Direction,
    /// Where each rank begins on the main axis, and how far it reaches.
    ranks: Vec<(usize, usize)>,
    /// Room for the heads that point back to each rank.
    leads: Vec<usize>,
    canvas: Canvas,
}

impl<'a> Drawing<'a> {
    fn new(
        graph: &'a Graph,
        direction: Direction,
        layout: &'a Layout,
        gaps: &[(Vec<Net>, usize)],
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
            canvas: Canvas::new(layout.axis, main, cross.unwrap_or(0)),
        }
    }

    fn draw(mut self, gaps: &[(Vec<Net>, usize)]) -> Canvas {
        for (rank, (nets, _)) in gaps.iter().enumerate() {
            for net in nets {
                self.net(rank, net);
            }
        }
        for part in self.layout.ranks.iter().flatten() {
            match self.layout.parts[*part].kind {
                Kind::Node(node) => self.node(*part, node),
                Kind::Label | Kind::Passage => self.on_the_way(*part),
            }
        }
        for piece in &self.layout.pieces {
            self.heads(piece);
        }
        self.canvas
    }

    /// Draws the lines of one net: out of its boxes, along its lane, into the boxes of the next rank.
    fn net(&mut self, rank: usize, net: &Net) {
        let (start, extent) = self.ranks[rank];
        let target = self.ranks[rank + 1].0;
        let lane = net.track.map(|track| match self.layout.axis {
            Axis::Rightward => start + extent + self.leads[rank] + 1 + 2 * track,
            Axis::Downward => start + extent + self.leads[rank] + track,
        });
        for at in &net.pieces {
            let piece = self.layout.pieces[*at];
            let (begin, end) = self.layout.ends(&piece);
            let (begin, end) = (at_least_zero(begin), at_least_zero(end));
            let stroke = self.graph.edges[piece.edge].stroke;
            let first = start + self.layout.parts[piece.from].main - 1;
            let lane = lane.unwrap_or(first);
            self.canvas.line((first, begin), (lane, begin), stroke);
            self.canvas.line((lane, begin), (lane, end), stroke);
            self.canvas.line((lane, end), (target, end), stroke);
        }
    }

    /// Draws an arrow through a rank, with its label.
    fn on_the_way(&mut self, part: usize) {
        let shown = &self.layout.parts[part];
        let (start, extent) = self.ranks[shown.rank];
        let middle = at_least_zero(shown.at) + shown.cross / 2;
        let edge = self.layout.pieces.iter().find(|p| p.to == part);
        let stroke = edge.map_or(Stroke::Solid, |p| self.graph.edges[p.edge].stroke);
        self.canvas
            .line((start, middle), (start + extent - 1, middle), stroke);
        let rows = shown.lines.len();
        let (x, y) = match self.layout.axis {
            Axis::Rightward => (start + extent / 2, middle - rows / 2),
            Axis::Downward => (middle, start + (extent - rows.min(extent)) / 2),
        };
        for (row, text) in shown.lines.iter().enumerate() {
            let text = match self.layout.axis {
                Axis::Rightward => format!(" {text} "),
                Axis::Downward => text.clone(),
            };
            let x = (x + 1).saturating_sub(width(&text).div_ceil(2));
            self.canvas.text((x, y + row), &text, Some(Role::Emphasis));
        }
    }

    fn node(&mut self, part: usize, node: usize) {
        let shown = &self.layout.parts[part];
        let start = (self.ranks[shown.rank].0, at_least_zero(shown.at));
        let (x, y) = self.canvas.spot(start);
        let (columns, rows) = match self.layout.axis {
            Axis::Rightward => (shown.main, shown.cross),
            Axis::Downward => (shown.cross, shown.main),
        };
        let (corners, bar) = match self.graph.nodes[node].shape {
            Shape::Box | Shape::Choice => (["┌", "┐", "└", "┘"], "─"),
            Shape::Round => (["╭", "╮", "╰", "╯"], "─"),
            Shape::Store => (["╒", "╕", "╘", "╛"], "═"),
        };
        let bars = bar.repeat(columns - 2);
        let top = format!("{}{bars}{}", corners[0], corners[1]);
        let bottom = format!("{}{bars}{}", corners[2], corners[3]);
        self.canvas.text((x, y), &top, Some(Role::Faint));
        self.canvas
            .text((x, y + rows - 1), &bottom, Some(Role::Faint));
        for row in 1..rows - 1 {
            self.canvas.text((x, y + row), "│", Some(Role::Faint));
            self.canvas
                .text((x + 1, y + row), &" ".repeat(columns - 2), None);
            self.canvas
                .text((x + columns - 1, y + row), "│", Some(Role::Faint));
        }
        let first = y + (rows - shown.lines.len()) / 2;
        for (row, text) in shown.lines.iter().enumerate() {
            let mark = if row == 0 && draw_mark(self.graph, node) > 0 {
                "◇ "
            } else {
                ""
            };
            let text = format!("{mark}{text}");
            let x = x + (columns - width(&text)) / 2;
            self.canvas.text((x, first + row), &text, None);
        }
    }

    /// Draws where a piece leaves or enters a box: a head, or a joint.
    fn heads(&mut self, piece: &Piece) {
        let (begin, end) = self.layout.ends(piece);
        let (at_begin, at_end) = tips(self.graph, self.direction, piece);
        let (heads, joints) = match self.layout.axis {
            Axis::Rightward => (["◀", "▶"], ["├", "┤"]),
            Axis::Downward => (["▲", "▼"], ["┬", "┴"]),
        };
        let from = &self.layout.parts[piece.from];
        let is_box = |part: usize| matches!(self.layout.parts[part].kind, Kind::Node(_));
        if is_box(piece.from) {
            let main = self.ranks[from.rank].0 + from.main;
            let (main, sign) = if at_begin {
                (main, heads[0])
            } else {
                (main - 1, joints[0])
            };
            self.sign(main, begin, sign, at_begin);
        }
        if is_box(piece.to) {
            let main = self.ranks[self.layout.parts[piece.to].rank].0;
            let (main, sign) = if at_end {
                (main - 1, heads[1])
            } else {
                (main, joints[1])
            };
            self.sign(main, end, sign, at_end);
        }
    }

    fn sign(&mut self, main: usize, cross: i64, sign: &str, head: bool) {
        let spot = self.canvas.spot((main, at_least_zero(cross)));
        let role = (!head).then_some(Role::Faint);
        self.canvas.text(spot, sign, role);
    }
}

/// Whether an arrow has a head at the beginning and at the end of its way along the main axis.
fn tips(graph: &Graph, direction: Direction, piece: &Piece) -> (bool, bool) {
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
fn at_least_zero(place: i64) -> usize {
    usize::try_from(place).unwrap_or(0)
}

//! Drawing a layout: boxes, the lines between them, their heads and labels.

use super::canvas::Canvas;
use super::frame::{Frame, Gap, at_least_zero, laid_out, tips};
use super::layout::{Axis, Kind, Piece, draw_mark};
use super::tracks::Net;
use crate::flowchart::{Direction, Graph, Shape, Stroke};
use crate::render::markdown::wrap::width;
use crate::render::theme::Role;

/// The drawing of a graph, or `None` when its lines cannot be told apart.
pub(super) fn canvas(graph: &Graph, direction: Direction, label_width: usize) -> Option<Canvas> {
    let (layout, gaps) = laid_out(graph, direction, label_width)?;
    let frame = Frame::new(graph, direction, &layout, &gaps);
    Some(Drawing::new(frame).draw(&gaps))
}

struct Drawing<'a> {
    frame: Frame<'a>,
    canvas: Canvas,
}

impl<'a> Drawing<'a> {
    fn new(frame: Frame<'a>) -> Self {
        let (main, cross) = frame.extent;
        let canvas = Canvas::new(frame.layout.axis, main, cross);
        Self { frame, canvas }
    }

    fn draw(mut self, gaps: &[Gap]) -> Canvas {
        for (rank, (nets, _)) in gaps.iter().enumerate() {
            for net in nets {
                self.net(rank, net);
            }
        }
        for part in self.frame.layout.ranks.iter().flatten() {
            match self.frame.layout.parts[*part].kind {
                Kind::Node(node) => self.node(*part, node),
                Kind::Label | Kind::Passage => self.on_the_way(*part),
            }
        }
        for piece in &self.frame.layout.pieces {
            self.heads(piece);
        }
        self.canvas
    }

    /// Draws the lines of one net.
    fn net(&mut self, rank: usize, net: &Net) {
        for at in &net.pieces {
            let piece = self.frame.layout.pieces[*at];
            let stroke = self.frame.graph.edges[piece.edge].stroke;
            for pair in self.frame.corners(rank, net, &piece).windows(2) {
                self.canvas.line(pair[0], pair[1], stroke);
            }
        }
    }

    /// Draws an arrow through a rank, with its label.
    fn on_the_way(&mut self, part: usize) {
        let shown = &self.frame.layout.parts[part];
        let (start, extent) = self.frame.ranks[shown.rank];
        let middle = at_least_zero(shown.at) + shown.cross / 2;
        let edge = self.frame.layout.pieces.iter().find(|p| p.to == part);
        let stroke = edge.map_or(Stroke::Solid, |p| self.frame.graph.edges[p.edge].stroke);
        self.canvas
            .line((start, middle), (start + extent - 1, middle), stroke);
        let rows = shown.lines.len();
        let (x, y) = match self.frame.layout.axis {
            Axis::Rightward => (start + extent / 2, middle - rows / 2),
            Axis::Downward => (middle, start + (extent - rows.min(extent)) / 2),
        };
        for (row, text) in shown.lines.iter().enumerate() {
            let text = match self.frame.layout.axis {
                Axis::Rightward => format!(" {text} "),
                Axis::Downward => text.clone(),
            };
            let x = (x + 1).saturating_sub(width(&text).div_ceil(2));
            self.canvas.text((x, y + row), &text, Some(Role::Emphasis));
        }
    }

    fn node(&mut self, part: usize, node: usize) {
        let shown = &self.frame.layout.parts[part];
        let start = (self.frame.ranks[shown.rank].0, at_least_zero(shown.at));
        let (x, y) = self.canvas.spot(start);
        let (columns, rows) = match self.frame.layout.axis {
            Axis::Rightward => (shown.main, shown.cross),
            Axis::Downward => (shown.cross, shown.main),
        };
        let (corners, bar) = match self.frame.graph.nodes[node].shape {
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
            let mark = if row == 0 && draw_mark(self.frame.graph, node) > 0 {
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
        let (begin, end) = self.frame.layout.ends(piece);
        let (at_begin, at_end) = tips(self.frame.graph, self.frame.direction, piece);
        let (heads, joints) = match self.frame.layout.axis {
            Axis::Rightward => (["◀", "▶"], ["├", "┤"]),
            Axis::Downward => (["▲", "▼"], ["┬", "┴"]),
        };
        let from = &self.frame.layout.parts[piece.from];
        let is_box = |part: usize| matches!(self.frame.layout.parts[part].kind, Kind::Node(_));
        if is_box(piece.from) {
            let main = self.frame.ranks[from.rank].0 + from.main;
            let (main, sign) = if at_begin {
                (main, heads[0])
            } else {
                (main - 1, joints[0])
            };
            self.sign(main, begin, sign, at_begin);
        }
        if is_box(piece.to) {
            let main = self.frame.ranks[self.frame.layout.parts[piece.to].rank].0;
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

//! The layout of a flowchart: which part stands in which rank.
//!
//! Positions are counted along the main axis (where the arrows lead) and the cross axis, so that one layout serves
//! drawings to the right and downward.

use crate::flowchart::{Direction, Edge, Graph, Shape, Tips};
use crate::render::markdown::wrap::{lines as wrapped, width};

/// Which way the main axis runs on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    Rightward,
    Downward,
}

/// A part of the drawing that has a place in a rank.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) kind: Kind,
    pub(super) rank: usize,
    /// The lines of text in it.
    pub(super) lines: Vec<String>,
    /// Extent along the main axis.
    pub(super) main: usize,
    /// Extent along the cross axis.
    pub(super) cross: usize,
    /// Where it begins on the cross axis.
    pub(super) at: i64,
}

/// What a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A box.
    Node(usize),
    /// The text of an arrow.
    Label,
    /// An arrow on its way through a rank.
    Passage,
}

/// A piece of an arrow between two neighbouring ranks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) edge: usize,
    /// Which port of its first and last part it uses.
    pub(super) port: Port,
}

/// Where on the side of a box a line ends. Lines that lead against the ranks end beside those that lead along them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Port {
    Along,
    Against,
}

/// Parts in ranks and the pieces of arrows between them.
pub(super) struct Layout {
    pub(super) axis: Axis,
    pub(super) parts: Vec<Part>,
    pub(super) pieces: Vec<Piece>,
    /// Parts of each rank, in the order in which they stand.
    pub(super) ranks: Vec<Vec<usize>>,
    /// The part of each node whose lines lead both ways and who therefore has two ports.
    pub(super) double: Vec<bool>,
}

impl Layout {
    /// Puts a graph into ranks.
    pub(super) fn new(graph: &Graph, direction: Direction, label_width: usize) -> Self {
        let axis = match direction {
            Direction::Right | Direction::Left => Axis::Rightward,
            Direction::Down | Direction::Up => Axis::Downward,
        };
        let links = links(graph, direction);
        let labelled = graph.edges.iter().any(|edge| !edge.label.is_empty());
        let ranks = node_ranks(graph.nodes.len(), &links, if labelled { 2 } else { 1 });
        let mut layout = Self {
            axis,
            parts: Vec::new(),
            pieces: Vec::new(),
            ranks: Vec::new(),
            double: vec![false; graph.nodes.len()],
        };
        for (at, node) in graph.nodes.iter().enumerate() {
            layout.part(Kind::Node(at), ranks[at], text(&node.label, label_width));
        }
        for link in &links {
            layout.chain(&graph.edges[link.edge], link, label_width);
        }
        layout.close_ranks();
        layout.find_double();
        for at in 0..layout.parts.len() {
            layout.measure(at, graph);
        }
        layout
    }

    fn part(&mut self, kind: Kind, rank: usize, lines: Vec<String>) -> usize {
        self.parts.push(Part {
            kind,
            rank,
            lines,
            main: 1,
            cross: 1,
            at: 0,
        });
        self.parts.len() - 1
    }

    /// Leads an arrow through every rank between its ends.
    fn chain(&mut self, edge: &Edge, link: &Link, label_width: usize) {
        let (first, last) = (self.parts[link.from].rank, self.parts[link.to].rank);
        let mut before = link.from;
        for rank in first + 1..last {
            let next = if rank == first + 1 && !edge.label.is_empty() {
                self.part(Kind::Label, rank, text(&edge.label, label_width))
            } else {
                self.part(Kind::Passage, rank, Vec::new())
            };
            self.piece(before, next, link);
            before = next;
        }
        self.piece(before, link.to, link);
    }

    fn piece(&mut self, from: usize, to: usize, link: &Link) {
        self.pieces.push(Piece {
            from,
            to,
            edge: link.edge,
            port: link.port,
        });
    }

    /// Takes out the ranks in which nothing is to be seen, and gathers the others.
    fn close_ranks(&mut self) {
        let count = self.parts.iter().map(|p| p.rank + 1).max().unwrap_or(0);
        let mut seen = vec![false; count];
        for part in &self.parts {
            seen[part.rank] |= part.kind != Kind::Passage;
        }
        for rank in (0..count).filter(|rank| !seen[*rank]) {
            for at in 0..self.parts.len() {
                if self.parts[at].rank == rank {
                    self.bypass(at);
                }
            }
        }
        let number: Vec<usize> = seen
            .iter()
            .scan(0, |next, seen| {
                let here = *next;
                *next += usize::from(*seen);
                Some(here)
            })
            .collect();
        let alive: Vec<bool> = self.parts.iter().map(|p| seen[p.rank]).collect();
        self.ranks = vec![Vec::new(); seen.iter().filter(|s| **s).count()];
        for (at, part) in self
            .parts
            .iter_mut()
            .enumerate()
            .filter(|(at, _)| alive[*at])
        {
            part.rank = number[part.rank];
            self.ranks[part.rank].push(at);
        }
    }

    /// Joins the two pieces at a passage that is taken out.
    fn bypass(&mut self, passage: usize) {
        let into = self.pieces.iter().position(|p| p.to == passage);
        let out = self.pieces.iter().position(|p| p.from == passage);
        if let (Some(into), Some(out)) = (into, out) {
            self.pieces[into].to = self.pieces[out].to;
            self.pieces.remove(out);
        }
    }

    /// A box needs two ports on each side when on one of them lines lead both ways.
    fn find_double(&mut self) {
        for (node, double) in self.double.iter_mut().enumerate() {
            let both = |side: fn(&Piece) -> usize| {
                let on = |port| {
                    self.pieces
                        .iter()
                        .any(|p| side(p) == node && p.port == port)
                };
                on(Port::Along) && on(Port::Against)
            };
            *double = both(|p| p.from) || both(|p| p.to);
        }
    }

    fn measure(&mut self, at: usize, graph: &Graph) {
        let part = &self.parts[at];
        let wide = part.lines.iter().map(|l| width(l)).max().unwrap_or(0);
        let high = part.lines.len();
        let (columns, rows) = match part.kind {
            Kind::Node(node) => {
                let mark = draw_mark(graph, node);
                let (mut columns, mut rows) = (wide + 4 + mark, high + 2);
                if self.double[node] {
                    columns = columns.max(9);
                    rows = rows.max(5);
                }
                // An odd extent across has a middle, where the lines end.
                match self.axis {
                    Axis::Rightward => (columns, rows | 1),
                    Axis::Downward => (columns | 1, rows),
                }
            }
            Kind::Label => match self.axis {
                Axis::Rightward => (wide + 2, high | 1),
                Axis::Downward => (wide | 1, high),
            },
            Kind::Passage => (1, 1),
        };
        let part = &mut self.parts[at];
        (part.main, part.cross) = match self.axis {
            Axis::Rightward => (columns, rows),
            Axis::Downward => (rows, columns),
        };
    }

    /// How far a port is from where its part begins on the cross axis.
    pub(super) fn port_offset(&self, at: usize, port: Port) -> i64 {
        let middle = i64::try_from(self.parts[at].cross / 2).unwrap_or(0);
        let Kind::Node(node) = self.parts[at].kind else {
            return middle;
        };
        let aside = match self.axis {
            Axis::Rightward => 1,
            Axis::Downward => 2,
        };
        match (self.double[node], port) {
            (false, _) => middle,
            (true, Port::Along) => middle - aside,
            (true, Port::Against) => middle + aside,
        }
    }

    /// Where the ports of a piece are on the cross axis.
    pub(super) fn ends(&self, piece: &Piece) -> (i64, i64) {
        let place = |part: usize| self.parts[part].at + self.port_offset(part, piece.port);
        (place(piece.from), place(piece.to))
    }
}

/// Columns that the mark of a choice takes beside its label.
pub(super) fn draw_mark(graph: &Graph, node: usize) -> usize {
    match graph.nodes[node].shape {
        Shape::Choice => 2,
        _ => 0,
    }
}

fn text(label: &str, label_width: usize) -> Vec<String> {
    let longest = label.split([' ', '\n']).map(width).max().unwrap_or(0);
    let limit = label_width.max(longest.min(24));
    wrapped(label, limit)
        .into_iter()
        .map(|range| label[range].to_owned())
        .collect()
}

/// An arrow turned so that it leads along the ranks.
struct Link {
    edge: usize,
    from: usize,
    to: usize,
    port: Port,
}

/// Turns the arrows that close a circle, and all of them where the drawing runs backward.
fn links(graph: &Graph, direction: Direction) -> Vec<Link> {
    let backward = matches!(direction, Direction::Left | Direction::Up);
    let ends = |edge: &Edge| {
        if backward {
            (edge.to, edge.from)
        } else {
            (edge.from, edge.to)
        }
    };
    let turned = closing(graph, &ends);
    let mut links = Vec::new();
    for (at, edge) in graph.edges.iter().enumerate() {
        let (from, to) = ends(edge);
        if from == to {
            continue;
        }
        let (from, to) = if turned[at] { (to, from) } else { (from, to) };
        let port = if turned[at] && edge.tips != Tips::None {
            Port::Against
        } else {
            Port::Along
        };
        links.push(Link {
            edge: at,
            from,
            to,
            port,
        });
    }
    links
}

/// Which arrows lead back to a box that the walk along the arrows came through.
fn closing(graph: &Graph, ends: &dyn Fn(&Edge) -> (usize, usize)) -> Vec<bool> {
    let mut closing = vec![false; graph.edges.len()];
    let mut state = vec![0_u8; graph.nodes.len()];
    let has_entry = |node| {
        graph
            .edges
            .iter()
            .any(|e| ends(e).1 == node && ends(e).0 != node)
    };
    let (later, first): (Vec<usize>, Vec<usize>) =
        (0..graph.nodes.len()).partition(|n| has_entry(*n));
    for root in first.into_iter().chain(later) {
        let mut path = vec![(root, 0)];
        while let Some((node, next)) = path.pop() {
            if next == 0 {
                if state[node] != 0 {
                    continue;
                }
                state[node] = 1;
            }
            let Some(edge) = (next..graph.edges.len()).find(|e| ends(&graph.edges[*e]).0 == node)
            else {
                state[node] = 2;
                continue;
            };
            path.push((node, edge + 1));
            let to = ends(&graph.edges[edge]).1;
            match state[to] {
                0 => path.push((to, 0)),
                1 => closing[edge] = true,
                _ => {}
            }
        }
    }
    closing
}

/// The rank of each node: after all that lead to it, and near what it leads to.
fn node_ranks(count: usize, links: &[Link], step: usize) -> Vec<usize> {
    let mut ranks = vec![0; count];
    for _ in 0..count {
        for link in links {
            ranks[link.to] = ranks[link.to].max(ranks[link.from] + step);
        }
    }
    for node in 0..count {
        let first = !links.iter().any(|link| link.to == node);
        let near = links
            .iter()
            .filter(|l| l.from == node)
            .map(|l| ranks[l.to])
            .min();
        if let (true, Some(near)) = (first, near) {
            ranks[node] = near - step;
        }
    }
    ranks
}

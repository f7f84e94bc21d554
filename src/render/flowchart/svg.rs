//! A flowchart as a picture, laid out as the drawing on the terminal is. Boxes and arrows may be marked.

use std::collections::BTreeSet;

use super::frame::{Frame, at_least_zero, laid_out, tips};
use super::layout::{Axis, Kind, Part, Piece, draw_mark};
use super::tracks::Net;
use super::{MOST_NODES, across};
use crate::flowchart::{Direction, Graph, Shape, Stroke};
use crate::render::markdown::wrap::width;
use crate::render::markup::{Element, element};
use crate::render::svg::{self, Anchor, COLUMN, Point, ROW, columns, float};

/// Words in a box or on an arrow are broken at one of these widths, the first with which the picture fits the page.
const LABELS: [usize; 3] = [24, 16, 11];
/// How wide a picture may be on a page.
const PAGE: f64 = 790.0;

/// The boxes and the arrows that are marked.
pub(in crate::render) type Marks<'m> = (&'m BTreeSet<usize>, &'m BTreeSet<usize>);

/// The picture of a graph; `None` when there is too much of it, or its lines cannot be told apart.
pub(in crate::render) fn draw(
    graph: &Graph,
    marks: Marks<'_>,
    title: &str,
    description: &str,
) -> Option<Element> {
    if graph.nodes.len() > MOST_NODES || graph.edges.len() > 2 * MOST_NODES {
        return None;
    }
    let ways = [graph.direction, across(graph.direction)];
    let mut ways = ways
        .into_iter()
        .flat_map(|way| LABELS.map(|label| (way, label)));
    let drawn = |(way, label)| picture(graph, (way, label), marks, title, description);
    // Where nothing fits the page, the picture is scrolled.
    let fitting = ways
        .clone()
        .find_map(|way| drawn(way).filter(|(wide, _)| *wide <= PAGE));
    let (_, picture) = fitting.or_else(|| ways.find_map(drawn))?;
    Some(picture)
}

/// The picture in a direction, with words broken at a width, and how wide it is.
fn picture(
    graph: &Graph,
    (direction, label_width): (Direction, usize),
    marks: Marks<'_>,
    title: &str,
    description: &str,
) -> Option<(f64, Element)> {
    let (layout, gaps) = laid_out(graph, direction, label_width)?;
    let frame = Frame::new(graph, direction, &layout, &gaps);
    let picture = Picture { frame, marks };
    let (wide, high) = picture.point(picture.frame.extent);
    let ranks = gaps.iter().enumerate();
    let lines = ranks.flat_map(|(rank, (nets, _))| nets.iter().map(move |net| (rank, net)));
    let drawn = svg::picture(wide, high, title, description)
        .all(picture.lines(lines))
        .all(picture.parts());
    Some((wide, drawn))
}

struct Picture<'a> {
    frame: Frame<'a>,
    marks: Marks<'a>,
}

impl Picture<'_> {
    /// The middle of a place.
    fn point(&self, (main, cross): (usize, usize)) -> Point {
        let (x, y) = match self.frame.layout.axis {
            Axis::Rightward => (main, cross),
            Axis::Downward => (cross, main),
        };
        (columns(x) + COLUMN / 2.0, float(y) * ROW + ROW / 2.0)
    }

    /// Every piece of every arrow; the marked ones last, so that nothing covers them.
    fn lines<'n>(&self, nets: impl Iterator<Item = (usize, &'n Net)>) -> Vec<Element> {
        let pieces = nets.flat_map(|(rank, net)| net.pieces.iter().map(move |at| (rank, net, *at)));
        let mut drawn: Vec<(bool, Vec<Element>)> = pieces
            .map(|(rank, net, at)| {
                let piece = self.frame.layout.pieces[at];
                let marked = self.marks.1.contains(&piece.edge);
                (marked, self.piece(rank, net, &piece, marked))
            })
            .collect();
        drawn.sort_by_key(|(marked, _)| *marked);
        drawn.into_iter().flat_map(|(_, lines)| lines).collect()
    }

    fn piece(&self, rank: usize, net: &Net, piece: &Piece, marked: bool) -> Vec<Element> {
        let corners = self.frame.corners(rank, net, piece);
        let mut points = corners.map(|place| self.point(place));
        let forward = match self.frame.layout.axis {
            Axis::Rightward => (1.0, 0.0),
            Axis::Downward => (0.0, 1.0),
        };
        let class = self.class(piece.edge);
        let tip = if marked { "bad head" } else { "head" };
        let is_box = |part: usize| matches!(self.frame.layout.parts[part].kind, Kind::Node(_));
        let (at_begin, at_end) = tips(self.frame.graph, self.frame.direction, piece);
        let mut drawn = Vec::new();
        // A line ends inside its head, so that its end does not stand out at the tip.
        if at_begin && is_box(piece.from) {
            drawn.push(svg::head(tip, points[0], (-forward.0, -forward.1)));
            points[0] = (points[0].0 + forward.0 * 5.0, points[0].1 + forward.1 * 5.0);
        }
        if at_end && is_box(piece.to) {
            drawn.push(svg::head(tip, points[3], forward));
            points[3] = (points[3].0 - forward.0 * 5.0, points[3].1 - forward.1 * 5.0);
        }
        drawn.insert(0, svg::line(class, &points));
        drawn
    }

    /// The class of an arrow's line.
    fn class(&self, edge: usize) -> &'static str {
        let marked = self.marks.1.contains(&edge);
        match (marked, self.frame.graph.edges[edge].stroke) {
            (true, Stroke::Dotted) => "bad dashed",
            (true, _) => "bad",
            (false, Stroke::Solid) => "arrow",
            (false, Stroke::Dotted) => "arrow dashed",
            (false, Stroke::Thick) => "arrow thick",
        }
    }

    /// The boxes, and the words on arrows with the piece of line behind them.
    fn parts(&self) -> Vec<Element> {
        let parts = self.frame.layout.ranks.iter().flatten();
        parts
            .flat_map(|at| {
                let part = &self.frame.layout.parts[*at];
                match part.kind {
                    Kind::Node(node) => self.node(part, node),
                    Kind::Label | Kind::Passage => self.on_the_way(*at, part),
                }
            })
            .collect()
    }

    fn on_the_way(&self, at: usize, part: &Part) -> Vec<Element> {
        let pieces = &self.frame.layout.pieces;
        let Some(piece) = pieces.iter().find(|piece| piece.to == at) else {
            return Vec::new();
        };
        let marked = self.marks.1.contains(&piece.edge);
        let word = if marked { "bad word" } else { "word" };
        let line = self.class(piece.edge);
        let (start, extent) = self.frame.ranks[part.rank];
        let middle = at_least_zero(part.at) + part.cross / 2;
        let (a, b) = (
            self.point((start, middle)),
            self.point((start + extent - 1, middle)),
        );
        let centre = (f64::midpoint(a.0, b.0), f64::midpoint(a.1, b.1));
        let end = self.point((start + part.main - 1, middle));
        let mut drawn = vec![svg::line(line, &[a, end])];
        if part.kind == Kind::Label {
            drawn.extend(stacked(word, centre, &part.lines));
        }
        drawn
    }

    fn node(&self, part: &Part, node: usize) -> Vec<Element> {
        let (start, cross) = (self.frame.ranks[part.rank].0, at_least_zero(part.at));
        let (a, b) = (
            self.point((start, cross)),
            self.point((start + part.main - 1, cross + part.cross - 1)),
        );
        let size = (b.0 - a.0, b.1 - a.1);
        let marked = self.marks.0.contains(&node);
        let class = if marked { "box bad" } else { "box" };
        let shape_of = self.frame.graph.nodes[node].shape;
        let shape = match shape_of {
            Shape::Box | Shape::Choice => svg::rectangle(class, a, size).set("rx", "2"),
            Shape::Round => svg::rectangle(class, a, size).set("rx", "14"),
            Shape::Store => store(class, a, size),
        };
        let mut lines = part.lines.clone();
        if let Some(first) = lines.first_mut()
            && draw_mark(self.frame.graph, node) > 0
        {
            first.insert_str(0, "◇ ");
        }
        let lower = if shape_of == Shape::Store { 3.0 } else { 0.0 };
        let centre = (f64::midpoint(a.0, b.0), f64::midpoint(a.1, b.1) + lower);
        let words = stacked(if marked { "bad name" } else { "name" }, centre, &lines);
        std::iter::once(shape).chain(words).collect()
    }
}

/// Lines of words around a place, on paper wide enough to keep what is behind them away.
fn stacked(class: &'static str, (x, y): Point, lines: &[String]) -> Vec<Element> {
    let first = y - float(lines.len()) * ROW / 2.0;
    let mut drawn = Vec::new();
    if class.ends_with("word") {
        let wide = lines.iter().map(|line| width(line)).max().unwrap_or(0);
        let wide = columns(wide) + 6.0;
        let high = float(lines.len()) * ROW;
        drawn.push(svg::rectangle(
            "paper",
            (x - wide / 2.0, first),
            (wide, high),
        ));
    }
    let line = |(row, text): (usize, &String)| {
        let base = first + float(row) * ROW + 12.5;
        svg::words(class, (x, base), Anchor::Middle, text)
    };
    drawn.extend(lines.iter().enumerate().map(line));
    drawn
}

/// A cylinder: something that keeps data.
fn store(class: &'static str, (x, y): Point, (wide, high): Point) -> Element {
    let (half, cap) = (wide / 2.0, 5.0);
    let (top, side) = (y + cap, high - 2.0 * cap);
    let outline = format!(
        "M{x:.1} {top:.1}a{half:.1} {cap} 0 0 1 {wide:.1} 0v{side:.1}a{half:.1} {cap} 0 0 1 -{wide:.1} 0z\
         m0 0a{half:.1} {cap} 0 0 0 {wide:.1} 0"
    );
    element("path").class(class).set("d", outline)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flowchart::parse;

    #[test]
    fn every_box_and_arrow_is_in_the_picture_and_what_is_marked_stands_out() {
        let text = "flowchart LR\nb([Browser]) -->|HTTP| a[App]\na -->|SQL| d[(Database)]\nb -.->|SQL| d\na --> c{Choice}\n";
        let graph = parse(text).unwrap();
        let marks = (BTreeSet::from([1]), BTreeSet::from([2]));
        let shown = draw(&graph, (&marks.0, &marks.1), "Your drawing", "told").unwrap();
        let shown = shown.to_string();
        for words in ["Browser", "App", "Database", "◇ Choice", "HTTP"] {
            assert!(
                shown.contains(&format!(">{words}</text>")),
                "{words}: {shown}"
            );
        }
        assert_eq!(shown.matches("<polygon").count(), 4, "{shown}");
        assert_eq!(shown.matches("class=\"box bad\"").count(), 1, "{shown}");
        assert_eq!(shown.matches("class=\"bad head\"").count(), 1, "{shown}");
        assert!(shown.contains("class=\"bad dashed\""), "{shown}");
    }

    #[test]
    fn a_graph_that_nobody_could_follow_has_no_picture() {
        let arrows: Vec<String> = (0..60).map(|n| format!("a{n} --> b{n}")).collect();
        let graph = parse(&format!("flowchart LR\n{}\n", arrows.join("\n"))).unwrap();
        let none = BTreeSet::new();
        assert!(draw(&graph, (&none, &none), "", "").is_none());
    }
}

//! A flowchart drawn as text: boxes and arrows.
//!
//! A graph is laid out in ranks: every arrow leads from one rank to a later one, labels of arrows stand in ranks of
//! their own, and lines run at right angles in the space between ranks.

mod canvas;
mod draw;
mod frame;
mod layout;
mod order;
mod place;
mod svg;
mod tracks;

use super::markdown::wrap::lines as wrapped;
use super::theme::Surface;
use crate::flowchart::{Direction, Edge, Graph, Stroke, Tips};

pub(super) use svg::{Marks, draw as picture};

/// More parts than this are listed, because nobody could follow their lines.
const MOST_NODES: usize = 40;

/// The flowchart as lines that are no wider than the surface: drawn along its own direction, else across it, else
/// as a list of its arrows.
#[must_use]
pub fn draw(graph: &Graph, surface: &Surface) -> Vec<String> {
    let mut lines = drawn(graph, surface).unwrap_or_else(|| list(graph, surface));
    let named = graph.groups.iter().filter(|group| !group.nodes.is_empty());
    for (at, group) in named.enumerate() {
        if at == 0 {
            lines.push(String::new());
        }
        let inside: Vec<String> = group.nodes.iter().map(|n| one_line(graph, *n)).collect();
        hang(
            &format!("{}: {}", group.title, inside.join(", ")),
            surface,
            &mut lines,
        );
    }
    lines
}

fn drawn(graph: &Graph, surface: &Surface) -> Option<Vec<String>> {
    if graph.nodes.len() > MOST_NODES || graph.edges.len() > 2 * MOST_NODES {
        return None;
    }
    for direction in [graph.direction, across(graph.direction)] {
        for label_width in [24, 16, 11] {
            let canvas = draw::canvas(graph, direction, label_width);
            if let Some(canvas) = canvas.filter(|c| c.columns() <= surface.width) {
                let mut lines = canvas.lines(surface);
                own_edges(graph, surface, &mut lines);
                return Some(lines);
            }
        }
    }
    None
}

/// The direction in which a drawing is tried that cannot be drawn along its own.
fn across(direction: Direction) -> Direction {
    match direction {
        Direction::Right | Direction::Left => Direction::Down,
        Direction::Down | Direction::Up => Direction::Right,
    }
}

/// Arrows from a box to itself stand below the drawing.
fn own_edges(graph: &Graph, surface: &Surface, lines: &mut Vec<String>) {
    for edge in graph.edges.iter().filter(|edge| edge.from == edge.to) {
        hang(&sentence(graph, edge), surface, lines);
    }
}

/// One line for each arrow, and for each box that has none.
fn list(graph: &Graph, surface: &Surface) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, _) in graph.nodes.iter().enumerate() {
        if !graph.edges.iter().any(|e| e.from == at || e.to == at) {
            hang(&one_line(graph, at), surface, &mut lines);
        }
    }
    for edge in &graph.edges {
        hang(&sentence(graph, edge), surface, &mut lines);
    }
    lines
}

/// `Browser ──HTTPS──▶ App`.
fn sentence(graph: &Graph, edge: &Edge) -> String {
    let bar = match edge.stroke {
        Stroke::Solid => "──",
        Stroke::Dotted => "╌╌",
        Stroke::Thick => "━━",
    };
    let label = edge.label.replace('\n', " ");
    let middle = if label.is_empty() { "" } else { bar };
    let (begin, end) = match edge.tips {
        Tips::None => ("", ""),
        Tips::End => ("", "▶"),
        Tips::Both => ("◀", "▶"),
    };
    let (from, to) = (one_line(graph, edge.from), one_line(graph, edge.to));
    format!("{from} {begin}{bar}{label}{middle}{end} {to}")
}

fn one_line(graph: &Graph, node: usize) -> String {
    graph.nodes[node].label.replace('\n', " ")
}

/// Adds a text whose further lines are indented.
fn hang(text: &str, surface: &Surface, lines: &mut Vec<String>) {
    for (at, range) in wrapped(text, surface.width.saturating_sub(2).max(2))
        .into_iter()
        .enumerate()
    {
        let indent = if at == 0 { "" } else { "  " };
        lines.push(format!("{indent}{}", &text[range]));
    }
}

#[cfg(test)]
mod tests;

//! Flowcharts: a drawing of parts and arrows, read from Mermaid's `flowchart` and `graph`.
//!
//! Lessons hold flowcharts, which `render` draws, and learners draw the architecture of their work, which a check reads.
//! What is read is the graph: parts with their words and classes, arrows with their words and heads, and the groups that
//! Mermaid calls subgraphs. Colours, icons and clicks are read over.

mod arrow;
mod link;
mod mistake;
mod node;
mod parse;
mod reader;
mod shape;
mod text;

pub use mistake::{Mistake, Result};
pub use parse::parse;

/// A flowchart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// Where the arrows lead.
    pub direction: Direction,
    /// The boxes.
    pub nodes: Vec<Node>,
    /// The arrows between them.
    pub edges: Vec<Edge>,
    /// Named sets of boxes.
    pub groups: Vec<Group>,
}

/// Where the arrows of a flowchart lead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// To the right.
    Right,
    /// To the left.
    Left,
    /// Down.
    #[default]
    Down,
    /// Up.
    Up,
}

/// A box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is called in the file.
    pub id: String,
    /// What stands in it; a newline begins a new line.
    pub label: String,
    /// How it is drawn.
    pub shape: Shape,
    /// Its classes, in order.
    pub classes: Vec<String>,
    /// The group that it stands for, when an arrow leads to a group.
    pub group: Option<usize>,
    /// The line that names it first, from 1.
    pub line: usize,
}

/// How a box is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Sharp corners.
    Box,
    /// Round corners.
    Round,
    /// Double lines above and below: something that keeps data.
    Store,
    /// Marked with a rhombus: a decision.
    Choice,
}

/// An arrow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The box it begins at.
    pub from: usize,
    /// The box it leads to.
    pub to: usize,
    /// What is written on it; may be empty.
    pub label: String,
    /// How its line is drawn.
    pub stroke: Stroke,
    /// Where it has heads.
    pub tips: Tips,
    /// The line it stands in, from 1.
    pub line: usize,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stroke {
    /// A line.
    #[default]
    Solid,
    /// A dotted line.
    Dotted,
    /// A thick line.
    Thick,
}

/// Where an arrow has heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tips {
    /// At neither end.
    None,
    /// Where it leads to.
    End,
    /// At both ends.
    Both,
}

/// A named set of boxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What it is called in the file.
    pub id: String,
    /// Its name.
    pub title: String,
    /// The boxes in it, without those of groups inside it.
    pub nodes: Vec<usize>,
    /// The group around it.
    pub parent: Option<usize>,
}

impl Graph {
    /// The boxes that one end of an arrow means: itself, or all that are in the group it stands for.
    #[must_use]
    pub fn meant(&self, node: usize) -> Vec<usize> {
        let Some(group) = self.nodes[node].group else {
            return vec![node];
        };
        // A group begins before the groups inside it.
        let mut within = vec![false; self.groups.len()];
        let mut meant: Vec<usize> = Vec::new();
        for (at, of) in self.groups.iter().enumerate() {
            within[at] = at == group || of.parent.is_some_and(|parent| within[parent]);
            if within[at] {
                meant.extend(&of.nodes);
            }
        }
        meant.retain(|at| self.nodes[*at].group.is_none());
        meant
    }
}

//! A learner's drawing in a report: drawn as text with what is wrong in it marked, or the line that cannot be read.

use crate::flowchart::Graph;
use crate::grading::outcome::Sketch;
use crate::render::flowchart::{self, Marks};
use crate::render::theme::{Role, Surface};

/// What stands before everything that is wrong.
const MARK: &str = "✗ ";

/// The lines of a drawing.
#[must_use]
pub fn draw(sketch: &Sketch, surface: Surface) -> Vec<String> {
    match sketch {
        Sketch::Graph(graph, nodes, edges) => {
            flowchart::draw(&marked(graph, (nodes, edges)), &surface)
        }
        Sketch::Line(number, [line, carets]) => {
            let number = format!("{number} | ");
            let gutter = format!("{}| ", " ".repeat(number.len() - 2));
            vec![
                format!("{}{line}", surface.paint(Role::Faint, &number)),
                format!(
                    "{}{}",
                    surface.paint(Role::Faint, &gutter),
                    surface.paint(Role::Fail, carets)
                ),
            ]
        }
    }
}

/// The graph with a mark in the words of what is wrong.
pub(super) fn marked(graph: &Graph, (nodes, edges): Marks<'_>) -> Graph {
    let mut graph = graph.clone();
    for at in nodes {
        graph.nodes[*at].label.insert_str(0, MARK);
    }
    for at in edges {
        let label = &mut graph.edges[*at].label;
        let marked = format!("{MARK}{label}");
        marked.trim_end().clone_into(label);
    }
    graph
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::flowchart::parse;

    #[test]
    fn what_is_wrong_is_marked() {
        let graph = parse("flowchart LR\nb[Browser] -->|SQL| d[(Database)]\nx\n").unwrap();
        let sketch = Sketch::Graph(graph, BTreeSet::from([2]), BTreeSet::from([0]));
        let drawn = draw(&sketch, Surface::plain(80)).join("\n");
        assert!(drawn.contains("✗ SQL"), "{drawn}");
        assert!(drawn.contains("✗ x"), "{drawn}");
    }

    #[test]
    fn carets_stand_under_what_cannot_be_read() {
        let sketch = Sketch::Line(12, ["A[x".to_owned(), " ^".to_owned()]);
        assert_eq!(draw(&sketch, Surface::plain(80)), ["12 | A[x", "   |  ^"]);
    }
}

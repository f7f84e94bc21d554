//! Figures: a picture with its caption, in a frame that a keyboard can scroll where the page is narrow.

use super::super::cell;
use crate::flowchart::{Edge, Graph, Tips};
use crate::grading::outcome::Sketch;
use crate::render::markup::{Element, element};
use crate::render::{drawing, flowchart};

/// A picture below its caption.
pub(super) fn scrolled(caption: &str, drawn: Element) -> Element {
    element("figure")
        .with(element("figcaption").text(caption))
        .with(frame(caption, drawn))
}

/// A frame that scrolls by mouse, finger and keyboard.
pub(super) fn frame(label: &str, inside: Element) -> Element {
    element("div")
        .class("frame")
        .set("tabindex", "0")
        .set("role", "group")
        .set("aria-label", label)
        .with(inside)
}

/// A learner's drawing with what is wrong in it marked, and the same as a list; or the line that cannot be read.
pub(super) fn sketch(sketch: &Sketch) -> Vec<Element> {
    let (graph, marks) = match sketch {
        Sketch::Graph(graph, nodes, edges) => (graph, (nodes, edges)),
        Sketch::Line(number, [line, carets]) => {
            let text = format!(
                "{number} | {}\n{}{carets}",
                cell::line(line),
                " ".repeat(number.to_string().len() + 3)
            );
            return vec![scrolled(
                "The line that cannot be read",
                element("pre").class("exact").text(text),
            )];
        }
    };
    let all: Vec<String> = (graph.edges.iter().enumerate())
        .map(|(at, edge)| sentence(graph, edge, marks.1.contains(&at)))
        .collect();
    let wrong: Vec<&str> = (all.iter().map(String::as_str))
        .filter(|text| text.starts_with('✗'))
        .chain(marks.0.iter().map(|at| graph.nodes[*at].label.as_str()))
        .collect();
    let told = format!(
        "{} boxes and {} arrows. Marked: {}",
        graph.nodes.len(),
        graph.edges.len(),
        cell::line(&wrong.join("; "))
    );
    let marked = drawing::marked(graph, marks);
    let caption = "Your drawing; what is wrong in it is marked ✗";
    let drawn = flowchart::picture(&marked, marks, "Your drawing", &told);
    let groups = graph.groups.iter().filter(|group| !group.nodes.is_empty());
    let groups = groups.map(|group| {
        let inside: Vec<String> = group.nodes.iter().map(|n| name(graph, *n)).collect();
        format!("{}: {}", cell::line(&group.title), inside.join(", "))
    });
    let alone = (0..graph.nodes.len()).filter(|n| {
        !graph
            .edges
            .iter()
            .any(|edge| edge.from == *n || edge.to == *n)
    });
    let alone = alone.map(|n| format!("{}, without arrows", name(graph, n)));
    let lines = all.iter().cloned().chain(alone).chain(groups);
    let list = element("ul").all(lines.map(|text| element("li").text(cell::line(&text))));
    let fold = element("details")
        .with(element("summary").text("The drawing as a list"))
        .with(list);
    drawn
        .map(|drawn| scrolled(caption, drawn))
        .into_iter()
        .chain([fold])
        .collect()
}

/// An arrow in words: `Browser to App: HTTPS`.
fn sentence(graph: &Graph, edge: &Edge, marked: bool) -> String {
    let mark = if marked { "✗ " } else { "" };
    let (from, to) = (name(graph, edge.from), name(graph, edge.to));
    let way = match edge.tips {
        Tips::End => format!("{from} to {to}"),
        Tips::Both => format!("{from} and {to}, both ways"),
        Tips::None => format!("{from} and {to}, without a head"),
    };
    let label = edge.label.replace('\n', " ");
    let said = if label.is_empty() { "" } else { ": " };
    format!("{mark}{way}{said}{label}")
}

fn name(graph: &Graph, node: usize) -> String {
    graph.nodes[node].label.replace('\n', " ")
}

//! Flowcharts: over all that Mermaid documents they are read as what they mean, and nothing makes the reader panic.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;

use course::flowchart::{Direction, Edge, Graph, Node, Shape, Stroke, Tips, parse};
use proptest::prelude::*;

mod fuzz;

const CORPUS: &str = include_str!("../fixtures/flowcharts.txt");

/// Each chart of the corpus: its name, its text and its graph. The first `---` in a line of its own that is not part of
/// settings in front ends a chart.
fn corpus() -> Vec<(&'static str, &'static str, &'static str)> {
    let charts = CORPUS.split("\n=== ").skip(1);
    let taken_apart = |chart: &'static str| {
        let (name, rest) = chart.split_once('\n').unwrap();
        let (text, graph) = rest.rsplit_once("\n---\n").unwrap();
        (name, text, graph.trim())
    };
    charts.map(taken_apart).collect()
}

fn node(graph: &Graph, node: &Node) -> String {
    let (open, close) = match node.shape {
        Shape::Box => ("[", "]"),
        Shape::Round => ("(", ")"),
        Shape::Store => ("[(", ")]"),
        Shape::Choice => ("{", "}"),
    };
    let mut line = node.id.clone();
    if node.label != node.id || node.shape != Shape::Box {
        let _ = write!(line, " {open}{}{close}", node.label.replace('\n', "/"));
    }
    for class in &node.classes {
        let _ = write!(line, " :{class}");
    }
    if let Some(group) = node.group {
        let _ = write!(line, " ={}", graph.groups[group].id);
    }
    line
}

fn edge(graph: &Graph, edge: &Edge) -> String {
    let (open, bar, head) = match edge.stroke {
        Stroke::Solid => ("---", "--", ">"),
        Stroke::Dotted => ("-.-", "-.-", ">"),
        Stroke::Thick => ("===", "==", ">"),
    };
    let arrow = match edge.tips {
        Tips::None => open.to_owned(),
        Tips::End => format!("{bar}{head}"),
        Tips::Both => format!("<{bar}{head}"),
    };
    let (from, to) = (&graph.nodes[edge.from].id, &graph.nodes[edge.to].id);
    let label = edge.label.replace('\n', "/");
    let label = if label.is_empty() {
        label
    } else {
        format!(" : {label}")
    };
    format!("{from} {arrow} {to}{label}")
}

/// The graph as the corpus writes it.
fn written(graph: &Graph) -> String {
    let direction = match graph.direction {
        Direction::Right => "LR",
        Direction::Left => "RL",
        Direction::Down => "TD",
        Direction::Up => "BT",
    };
    let mut lines = vec![direction.to_owned()];
    lines.extend(graph.nodes.iter().map(|n| node(graph, n)));
    lines.extend(graph.edges.iter().map(|e| edge(graph, e)));
    for group in &graph.groups {
        let mut line = format!("group {}", group.id);
        if group.title != group.id {
            let _ = write!(line, " ({})", group.title);
        }
        if let Some(parent) = group.parent {
            let _ = write!(line, " in {}", graph.groups[parent].id);
        }
        line.push(':');
        let mut ids: Vec<&str> = group
            .nodes
            .iter()
            .map(|n| graph.nodes[*n].id.as_str())
            .collect();
        ids.sort_unstable();
        for id in ids {
            let _ = write!(line, " {id}");
        }
        lines.push(line);
    }
    lines.join("\n")
}

/// Groups with their boxes in order of the alphabet: which one a chart names first does not matter.
fn ordered(graph: &str) -> String {
    let line = |line: &str| match line.split_once(": ").filter(|_| line.starts_with("group ")) {
        Some((group, ids)) => {
            let mut ids: Vec<&str> = ids.split(' ').collect();
            ids.sort_unstable();
            format!("{group}: {}", ids.join(" "))
        }
        None => line.to_owned(),
    };
    graph.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_chart_of_the_corpus_is_read_as_what_it_means() {
    let corpus = corpus();
    assert!(corpus.len() >= 60, "{}", corpus.len());
    let mut wrong = Vec::new();
    for (name, text, graph) in corpus {
        let read = match parse(text) {
            Ok(graph) => written(&graph),
            Err(mistake) => {
                let (line, column) = mistake.place(text);
                format!("! {line}:{column} {}", mistake.message)
            }
        };
        let same = if graph.starts_with('!') {
            read.starts_with(graph)
        } else {
            read == ordered(graph)
        };
        if !same {
            wrong.push(format!(
                "=== {name}\n{text}\n--- is\n{read}\n--- and not\n{graph}\n"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_mistake_stands_under_its_line() {
    let text = "flowchart LR\n\té[Shop (python)] --> B\n";
    let mistake = parse(text).unwrap_err();
    assert_eq!(mistake.place(text), (2, 9));
    assert_eq!(
        mistake.excerpt(text),
        [" é[Shop (python)] --> B".to_owned(), "        ^".to_owned()]
    );
    assert_eq!(
        mistake.to_string(),
        "`(` in a box needs quotes around all its words; write [\"…\"]"
    );
}

#[test]
fn arrows_between_groups_are_counted_box_by_box() {
    let group = |name: &str, boxes: usize| {
        let boxes: Vec<String> = (0..boxes).map(|at| format!("{name}{at}\n")).collect();
        format!("subgraph {name}\n{}end\n", boxes.concat())
    };
    let text = |boxes| {
        format!(
            "flowchart LR\n{}{}a --> b\n",
            group("a", 40),
            group("b", boxes)
        )
    };
    assert!(parse(&text(50)).is_ok());
    let mistake = parse(&text(51)).unwrap_err();
    assert_eq!(mistake.place(&text(51)), (97, 1));
    assert!(mistake.message.starts_with("there are more than 2000"));
}

/// Pieces that are likely to hurt.
const PIECES: &[&str] = &[
    "flowchart LR\n",
    "graph",
    "subgraph ",
    "end",
    "class ",
    "A",
    "B[",
    "]",
    "(((",
    ")))",
    "{{",
    "}}",
    "\"",
    "`",
    "|",
    "-->",
    "---",
    "--",
    "-.",
    ".->",
    "==",
    "==>",
    "<",
    "x--",
    "--o",
    "~~~",
    "&",
    ":::",
    "@{",
    "}",
    "e1@",
    ";",
    "\n",
    " ",
    "%%",
    "%%{",
    "}%%",
    "---\n",
    "\t",
    "\r\n",
    "é",
    "😀",
    "\u{0}",
    "\u{a0}",
    "\u{2028}",
    "#quot;",
    "&amp;",
    "<br",
    ">",
    "<br/>",
    "\\n",
    "accDescr",
    "accDescr {",
    "click A",
    "direction",
    "[/",
    "\\]",
    "#",
    "[(",
    ")]",
    ":",
    ",",
];

/// Reads a text and everything that a report asks of what is read.
fn read(text: &str) {
    match parse(text) {
        Ok(graph) => {
            for node in 0..graph.nodes.len() {
                assert!(graph.meant(node).iter().all(|n| *n < graph.nodes.len()));
            }
            for edge in &graph.edges {
                assert!(edge.from < graph.nodes.len() && edge.to < graph.nodes.len());
                assert!(edge.line >= 1 && edge.line <= text.matches('\n').count() + 1);
            }
        }
        Err(mistake) => {
            let lies_within = text.get(mistake.span.clone()).is_some();
            assert!(lies_within, "{mistake:?} in {text:?}");
            let [line, carets] = mistake.excerpt(text);
            assert!(!line.contains('\n') && carets.contains('^'));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_answered(text in ".{0,200}") {
        read(&text);
        read(&format!("flowchart LR\n{text}"));
    }

    #[test]
    fn any_pieces_are_answered(pieces in proptest::collection::vec(0..PIECES.len(), 0..40)) {
        let text: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
        read(&text);
        read(&format!("flowchart LR\n{text}"));
    }

    #[test]
    fn an_edited_chart_is_answered(chart in 0..60_usize, at in 0..400_usize, wide in 0..20_usize, piece in 0..PIECES.len()) {
        let (_, text, _) = corpus()[chart];
        let from = text.floor_char_boundary(at.min(text.len()));
        let to = text.floor_char_boundary((from + wide).min(text.len()));
        read(&format!("{}{}{}", &text[..from], PIECES[piece], &text[to..]));
    }
}

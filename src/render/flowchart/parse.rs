//! Reads Mermaid's `flowchart` and `graph`, as far as lessons use them.

use super::{Direction, Edge, Graph, Group, Node, Shape, Stroke, Tips};
use crate::base::text::printable;

/// What opens and closes a box, longest first.
const SHAPES: &[(&str, &str, Shape)] = &[
    ("(((", ")))", Shape::Round),
    ("([", "])", Shape::Round),
    ("[(", ")]", Shape::Store),
    ("[[", "]]", Shape::Box),
    ("((", "))", Shape::Round),
    ("{{", "}}", Shape::Box),
    ("[/", "]", Shape::Box),
    ("[\\", "]", Shape::Box),
    ("[", "]", Shape::Box),
    ("(", ")", Shape::Round),
    ("{", "}", Shape::Choice),
    (">", "]", Shape::Box),
];

/// Statements about looks, which a drawing in text does not have.
const IGNORED: &[&str] = &[
    "classDef",
    "class",
    "style",
    "click",
    "linkStyle",
    "direction",
    "accTitle:",
    "accDescr:",
];

/// The graph, or `None` when a line of it cannot be understood.
pub(crate) fn parse(text: &str) -> Option<Graph> {
    let mut reader = Reader::default();
    let mut lines = text
        .lines()
        .map(|line| line.split("%%").next().unwrap_or("").trim())
        .filter(|line| !line.is_empty());
    let head = lines.next()?.trim_end_matches(';');
    let mut words = head.split_whitespace();
    if !matches!(words.next()?, "flowchart" | "graph") {
        return None;
    }
    reader.graph.direction = match words.next() {
        Some("LR") => Direction::Right,
        Some("RL") => Direction::Left,
        Some("BT") => Direction::Up,
        Some("TB" | "TD") | None => Direction::Down,
        Some(_) => return None,
    };
    for line in lines {
        reader.line(line)?;
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    graph: Graph,
    /// Identifiers of the nodes, by their place.
    ids: Vec<String>,
    /// Identifiers of the groups, by their place.
    group_ids: Vec<String>,
    /// The groups that a line is in, innermost last.
    open: Vec<usize>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Option<()> {
        let word = line.split_whitespace().next().unwrap_or("");
        let word = word.trim_end_matches(';');
        if IGNORED.contains(&word) {
            return Some(());
        }
        match word {
            "subgraph" => {
                self.group(line[word.len()..].trim());
                Some(())
            }
            "end" => self.open.pop().map(|_| ()),
            _ => self.statement(line),
        }
    }

    fn group(&mut self, rest: &str) {
        let (id, title) = match rest.split_once('[') {
            Some((id, title)) => (id.trim(), title.trim_end_matches(']')),
            None => (rest, rest),
        };
        self.group_ids.push(id.trim_matches('"').to_owned());
        self.open.push(self.graph.groups.len());
        self.graph.groups.push(Group {
            title: label(title),
            nodes: Vec::new(),
        });
    }

    /// `A & B --> C -->|x| D;`
    fn statement(&mut self, line: &str) -> Option<()> {
        let mut rest = line;
        let mut before = self.nodes(&mut rest)?;
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix(';') {
                let after = after.trim();
                return if after.is_empty() {
                    Some(())
                } else {
                    self.line(after)
                };
            }
            if rest.is_empty() {
                return Some(());
            }
            let arrow = link(&mut rest)?;
            let after = self.nodes(&mut rest)?;
            for from in &before {
                for to in &after {
                    self.graph.edges.push(Edge {
                        from: *from,
                        to: *to,
                        ..arrow.clone()
                    });
                }
            }
            before = after;
        }
    }

    fn nodes(&mut self, rest: &mut &str) -> Option<Vec<usize>> {
        let mut found = vec![self.node(rest)?];
        while let Some(after) = rest.trim_start().strip_prefix('&') {
            *rest = after;
            found.push(self.node(rest)?);
        }
        Some(found)
    }

    fn node(&mut self, rest: &mut &str) -> Option<usize> {
        *rest = rest.trim_start();
        let end = id_end(rest);
        if end == 0 {
            return None;
        }
        let (id, after) = rest.split_at(end);
        *rest = after;
        let node = self.known(id);
        if let Some((open, close, shape)) = SHAPES.iter().find(|s| rest.starts_with(s.0)) {
            let inside = &rest[open.len()..];
            let end = closing(inside, close)?;
            self.graph.nodes[node] = Node {
                label: label(inside[..end].trim_end_matches(['/', '\\'])),
                shape: *shape,
            };
            *rest = &inside[end + close.len()..];
        }
        if let Some(class) = rest.strip_prefix(":::") {
            *rest = &class[id_end(class)..];
        }
        Some(node)
    }

    /// The place of a node; it is added when it is new.
    fn known(&mut self, id: &str) -> usize {
        let at = self.ids.iter().position(|known| known == id);
        let at = at.unwrap_or_else(|| {
            self.ids.push(id.to_owned());
            self.graph.nodes.push(Node {
                label: label(id),
                shape: Shape::Box,
            });
            self.ids.len() - 1
        });
        if let Some(group) = self.open.last()
            && !self.graph.groups.iter().any(|g| g.nodes.contains(&at))
        {
            self.graph.groups[*group].nodes.push(at);
        }
        at
    }

    /// An arrow to a group leads to a box with the group's title.
    fn finish(mut self) -> Option<Graph> {
        for (group, id) in self.group_ids.iter().enumerate() {
            if let Some(node) = self.ids.iter().position(|known| known == id) {
                let title = &self.graph.groups[group].title;
                self.graph.nodes[node].label.clone_from(title);
            }
        }
        (!self.graph.nodes.is_empty()).then_some(self.graph)
    }
}

/// Where an identifier ends. A hyphen belongs to it only between letters, because arrows begin with one.
fn id_end(text: &str) -> usize {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        let inner = matches!(c, '-' | '.') && at > 0 && next.is_some_and(word);
        if !word(c) && !inner {
            return at;
        }
    }
    text.len()
}

/// Where a box's text ends; what stands in quotes may hold the closing sign.
fn closing(inside: &str, close: &str) -> Option<usize> {
    let trimmed = inside.trim_start();
    if let Some(quoted) = trimmed.strip_prefix('"') {
        let skipped = inside.len() - quoted.len();
        let end = skipped + quoted.find('"')? + 1;
        return Some(end + inside[end..].find(close)?);
    }
    inside.find(close)
}

/// Reads an arrow with its label; the ends are filled in later.
fn link(rest: &mut &str) -> Option<Edge> {
    let both = rest.starts_with("<-") || rest.starts_with("<=");
    let text = rest.strip_prefix('<').unwrap_or(rest);
    let (bar, after) = text.split_at(bar_end(text));
    let stroke = match bar.as_bytes() {
        [b'-', b'-', ..] => Stroke::Solid,
        [b'=', b'=', ..] => Stroke::Thick,
        [b'-', b'.', ..] => Stroke::Dotted,
        _ => return None,
    };
    let (mut tip, mut after) = head(after);
    let mut written = "";
    if tip == Tips::None && bar.len() == 2 {
        // `-- label -->`: the label stands inside the arrow.
        let close = match stroke {
            Stroke::Solid => "--",
            Stroke::Thick => "==",
            Stroke::Dotted => ".-",
        };
        let end = after.find(close)?;
        written = &after[..end];
        (tip, after) = head(&after[end + bar_end(&after[end..])..]);
    }
    if let Some(inside) = after.trim_start().strip_prefix('|') {
        let end = inside.find('|')?;
        written = &inside[..end];
        after = &inside[end + 1..];
    }
    *rest = after;
    Some(Edge {
        from: 0,
        to: 0,
        label: label(written),
        stroke,
        tips: if both { Tips::Both } else { tip },
    })
}

fn bar_end(text: &str) -> usize {
    text.find(|c| !matches!(c, '-' | '=' | '.'))
        .unwrap_or(text.len())
}

/// Whether an arrow has a head here, and what follows.
fn head(text: &str) -> (Tips, &str) {
    if let Some(after) = text.strip_prefix('>') {
        return (Tips::End, after);
    }
    for sign in ['x', 'o'] {
        if let Some(after) = text.strip_prefix(sign)
            && after.starts_with([' ', '|'])
        {
            return (Tips::End, after);
        }
    }
    (Tips::None, text)
}

/// A label as it is shown.
fn label(text: &str) -> String {
    let mut text = text.trim().trim_matches('"').trim_matches('`').to_owned();
    let signs = [
        ("<br/>", "\n"),
        ("<br />", "\n"),
        ("<br>", "\n"),
        ("\\n", "\n"),
        ("#quot;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    for (written, sign) in signs {
        text = text.replace(written, sign);
    }
    printable(text.trim()).replace('\t', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(graph: &Graph) -> Vec<&str> {
        graph.nodes.iter().map(|n| n.label.as_str()).collect()
    }

    #[test]
    fn every_shape_and_arrow_is_read() {
        let text = "graph TD;\n%% comment\nA[One] --> B(Two) -->|yes| C{Three?};\nB -- no --> D[(Store)]\nC -.-> E((Five)) ==> F([Six])\nF --- G[[Seven]]\nG -. slow .-> H[/Eight/] & I>Nine]\nA <--> I\nclassDef x fill:#fff\nA:::x --> J[\"a [b] #quot;c#quot;\"]\n";
        let graph = parse(text).unwrap();
        assert_eq!(
            labels(&graph),
            [
                "One",
                "Two",
                "Three?",
                "Store",
                "Five",
                "Six",
                "Seven",
                "Eight",
                "Nine",
                "a [b] \"c\""
            ]
        );
        let written: Vec<&str> = graph.edges.iter().map(|e| e.label.as_str()).collect();
        assert_eq!(
            written,
            ["", "yes", "no", "", "", "", "slow", "slow", "", ""]
        );
        assert_eq!(graph.edges[3].stroke, Stroke::Dotted);
        assert_eq!(graph.edges[4].stroke, Stroke::Thick);
        assert_eq!(graph.edges[5].tips, Tips::None);
        assert_eq!(graph.edges[8].tips, Tips::Both);
    }

    #[test]
    fn groups_keep_their_boxes() {
        let graph = parse("flowchart LR\nsubgraph one [Data tier]\nA-->B\nend\nC-->A\n").unwrap();
        assert_eq!(graph.groups[0].title, "Data tier");
        assert_eq!(graph.groups[0].nodes, [0, 1]);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in [
            "pie\n",
            "flowchart XY\nA-->B",
            "flowchart LR\nA[open --> B",
            "flowchart LR\nA ?? B",
            "",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}

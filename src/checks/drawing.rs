//! A drawing: a learner's flowchart of an architecture, and what can be asked of it.
//!
//! An arrow leads from who asks to who answers, so `A <--> B` is two arrows and `A --- B` is none. Words on an arrow name
//! the protocol and, behind ` over `, what carries it: `HTTP over TCP`. An arrow to a group leads to every box in it.

use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;

use crate::base::text::nearest;
use crate::flowchart::{Edge, Graph, Tips};

use super::document::{Entry, Node};
use super::expectation::Subject;
use super::matcher::Look;
use super::shape::{Problems, list_of};

/// The classes that say what a box is.
pub const CLASSES: &[&str] = &[
    "client", "web", "app", "db", "cache", "lb", "external", "cdn",
];

/// The word between a protocol and what carries it.
const OVER: &str = " over ";

/// A drawing that was read.
#[derive(Clone, Debug)]
pub struct Drawing {
    graph: Graph,
    /// The class of each box, if it has one of [`CLASSES`].
    classes: Vec<Option<&'static str>>,
    arrows: Vec<Arrow>,
    sketch: Sketch,
}

/// What is shown of a drawing: all of it with what is wrong in it marked, or the line that cannot be read.
#[derive(Clone, Debug)]
pub enum Sketch {
    /// The graph, the marked boxes and the marked arrows.
    Graph(Graph, BTreeSet<usize>, BTreeSet<usize>),
    /// The number of the line, the line, and carets below what cannot be read.
    Line(usize, [String; 2]),
}

/// Who asks whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Arrow {
    from: usize,
    to: usize,
    /// The line on paper; an arrow to a group is several.
    edge: usize,
}

/// What is seen at one place of a drawing.
#[derive(Clone, Debug)]
pub struct Glance {
    /// What is looked at, in words.
    pub subject: String,
    /// What is there.
    pub look: Look,
    /// The boxes that it is about.
    pub nodes: Vec<usize>,
    /// The lines on paper that it is about.
    pub edges: Vec<usize>,
}

impl Drawing {
    /// What a graph says.
    #[must_use]
    pub fn new(graph: Graph) -> Self {
        let known = |class: &String| CLASSES.iter().copied().find(|known| known == class);
        let classes = graph
            .nodes
            .iter()
            .map(|node| node.classes.iter().find_map(known));
        let mut arrows = Vec::new();
        for (at, edge) in graph.edges.iter().enumerate() {
            for from in graph.meant(edge.from) {
                for to in graph.meant(edge.to) {
                    let there = Arrow { from, to, edge: at };
                    let back = Arrow {
                        from: to,
                        to: from,
                        edge: at,
                    };
                    match edge.tips {
                        Tips::None => {}
                        Tips::End => arrows.push(there),
                        Tips::Both => arrows.extend([there, back]),
                    }
                }
            }
        }
        Self {
            classes: classes.collect(),
            arrows,
            sketch: Sketch::Graph(graph.clone(), BTreeSet::new(), BTreeSet::new()),
            graph,
        }
    }

    /// Everything that an expectation is about. An expectation about each of several arrows has one glance for each.
    #[must_use]
    pub fn glances(&self, subject: &Subject) -> Vec<Glance> {
        let of = |look: Look, nodes: Vec<usize>, edges: Vec<usize>| {
            vec![Glance {
                subject: subject.to_string(),
                look,
                nodes,
                edges,
            }]
        };
        let nodes = |found: Vec<usize>| of(Look::There(found.len().into()), found, Vec::new());
        let edges = |found: Vec<usize>| of(Look::There(found.len().into()), Vec::new(), found);
        match subject {
            Subject::Fact("parses") => of(Look::There(true.into()), Vec::new(), Vec::new()),
            Subject::Fact("classless") => nodes(self.boxes(|at| self.classes[at].is_none())),
            Subject::Fact("alone") => nodes(self.boxes(|at| !self.touched(at))),
            Subject::Fact("unlabelled") => {
                edges(self.edges(|edge| edge.label.is_empty() && edge.tips != Tips::None))
            }
            Subject::Fact("headless") => edges(self.edges(|edge| edge.tips == Tips::None)),
            Subject::Named("nodes", class) => {
                let found = self.boxes(|at| self.classes[at] == Some(class.as_str()));
                // What is missing cannot be marked, and too many are easily seen.
                of(Look::There(found.len().into()), Vec::new(), Vec::new())
            }
            Subject::Named("arrows", pair) => {
                let found: Vec<usize> = self.between(pair).map(|arrow| arrow.edge).collect();
                of(Look::There(found.len().into()), Vec::new(), found)
            }
            Subject::Named(part @ ("protocol" | "transport"), pair) => self.words(part, pair),
            Subject::Named("paths", wanted) => match self.around(wanted) {
                Ok(()) => of(Look::There(true.into()), Vec::new(), Vec::new()),
                Err((instead, found)) => of(Look::Absent(instead), Vec::new(), found),
            },
            _ => of(Look::Absent("nothing".to_owned()), Vec::new(), Vec::new()),
        }
    }

    /// Marks what a glance was about, because it was not what it should be.
    pub fn mark(&mut self, glance: &Glance) {
        if let Sketch::Graph(_, nodes, edges) = &mut self.sketch {
            nodes.extend(&glance.nodes);
            edges.extend(&glance.edges);
        }
    }

    /// The drawing with its marks.
    #[must_use]
    pub fn sketch(&self) -> &Sketch {
        &self.sketch
    }

    /// What was marked, in words.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let Sketch::Graph(_, nodes, edges) = &self.sketch else {
            return Vec::new();
        };
        let boxes = nodes.iter().map(|at| {
            let node = &self.graph.nodes[*at];
            let what = if self.classes[*at].is_some() {
                "has no arrow".to_owned()
            } else {
                self.without_class(*at)
            };
            format!("line {}: {} {what}", node.line, self.name(*at))
        });
        let arrows = edges.iter().map(|at| {
            let edge = &self.graph.edges[*at];
            let help = match (edge.tips, edge.label.is_empty()) {
                (Tips::None, _) => "; say who asks: use -->",
                (_, true) => "; write the protocol on it",
                _ => "",
            };
            format!("line {}: {}{help}", edge.line, self.sentence(edge))
        });
        boxes.chain(arrows).collect()
    }

    fn without_class(&self, at: usize) -> String {
        let Some(class) = self.graph.nodes[at].classes.first() else {
            return format!(
                "has no class; give it one of {}, as in shop[Shop]:::app",
                list_of(CLASSES)
            );
        };
        match nearest(class, CLASSES.iter().copied()) {
            Some(near) => format!("has the class `{class}`; did you mean `{near}`?"),
            None => format!("has the class `{class}`; use one of {}", list_of(CLASSES)),
        }
    }

    /// The boxes that stand for themselves and for which this holds.
    fn boxes(&self, holds: impl Fn(usize) -> bool) -> Vec<usize> {
        let own = |at: &usize| self.graph.nodes[*at].group.is_none();
        (0..self.graph.nodes.len())
            .filter(own)
            .filter(|at| holds(*at))
            .collect()
    }

    fn edges(&self, holds: impl Fn(&Edge) -> bool) -> Vec<usize> {
        let all = self.graph.edges.iter().enumerate();
        all.filter(|(_, edge)| holds(edge))
            .map(|(at, _)| at)
            .collect()
    }

    /// Whether a line of any kind leads to a box or from it.
    fn touched(&self, node: usize) -> bool {
        let means = |end: usize| {
            end == node
                || (self.graph.nodes[end].group.is_some() && self.graph.meant(end).contains(&node))
        };
        self.graph
            .edges
            .iter()
            .any(|edge| means(edge.from) || means(edge.to))
    }

    fn is(&self, node: usize, class: &str) -> bool {
        class == "*" || self.classes[node] == Some(class)
    }

    /// The arrows from a class to a class, as in `client -> *`.
    fn between<'a>(&'a self, pair: &'a str) -> impl Iterator<Item = &'a Arrow> {
        let (from, to) = ends(pair);
        self.arrows
            .iter()
            .filter(move |arrow| self.is(arrow.from, from) && self.is(arrow.to, to))
    }

    /// What each arrow between two classes says, once for each line on paper.
    fn words(&self, part: &str, pair: &str) -> Vec<Glance> {
        if self.arrows.is_empty() {
            let look = Look::Absent("no arrow in the whole drawing".to_owned());
            let subject = format!("{part} {pair}");
            return vec![Glance {
                subject,
                look,
                nodes: Vec::new(),
                edges: Vec::new(),
            }];
        }
        let lines: BTreeSet<usize> = self.between(pair).map(|arrow| arrow.edge).collect();
        let glance = |at: usize| {
            let edge = &self.graph.edges[at];
            let label = edge.label.replace('\n', " ");
            let cut = label
                .to_lowercase()
                .find(OVER)
                .filter(|cut| label.is_char_boundary(*cut));
            let said = match (part, cut) {
                ("protocol", Some(cut)) => Some(label[..cut].trim().to_owned()),
                ("protocol", None) => Some(label.trim().to_owned()),
                (_, cut) => Some(label.get(cut? + OVER.len()..)?.trim().to_owned()),
            };
            let look = match said {
                Some(said) if !said.is_empty() => Look::There(said.into()),
                _ => Look::Absent("no words on it".to_owned()),
            };
            let ends = format!("{} --> {}", self.name(edge.from), self.name(edge.to));
            let subject = format!("{part} of {ends} (line {})", edge.line);
            Some(Glance {
                subject,
                look,
                nodes: Vec::new(),
                edges: vec![at],
            })
        };
        lines.into_iter().filter_map(glance).collect()
    }

    /// Whether there is a path, and every path crosses the class: `client -> db crosses app`. Otherwise what there is
    /// instead: a path around it and its arrows.
    fn around(&self, wanted: &str) -> Result<(), (String, Vec<usize>)> {
        let (pair, class) = wanted.split_once(CROSSES).unwrap_or((wanted, ""));
        if self.path(pair, "").is_none() {
            return Err((format!("no path from {pair}"), Vec::new()));
        }
        let Some(path) = self.path(pair, class) else {
            return Ok(());
        };
        let first = path.first().map(|arrow| arrow.from);
        let names: Vec<&str> = first
            .into_iter()
            .chain(path.iter().map(|arrow| arrow.to))
            .map(|at| self.name(at))
            .collect();
        Err((
            names.join(" --> "),
            path.iter().map(|arrow| arrow.edge).collect(),
        ))
    }

    /// A shortest path from one class to another that goes around a third.
    fn path(&self, pair: &str, without: &str) -> Option<Vec<Arrow>> {
        let (from, to) = ends(pair);
        let open = |node: usize| without.is_empty() || !self.is(node, without);
        let mut came: Vec<Option<Arrow>> = vec![None; self.graph.nodes.len()];
        let mut seen: Vec<bool> = vec![false; self.graph.nodes.len()];
        let mut queue: VecDeque<usize> = self.boxes(|at| self.is(at, from) && open(at)).into();
        for at in &queue {
            seen[*at] = true;
        }
        while let Some(at) = queue.pop_front() {
            for arrow in self.arrows.iter().filter(|arrow| arrow.from == at) {
                if seen[arrow.to] || !open(arrow.to) {
                    continue;
                }
                seen[arrow.to] = true;
                came[arrow.to] = Some(*arrow);
                if self.is(arrow.to, to) {
                    let mut path = vec![*arrow];
                    while let Some(before) = path.last().and_then(|arrow| came[arrow.from]) {
                        path.push(before);
                    }
                    path.reverse();
                    return Some(path);
                }
                queue.push_back(arrow.to);
            }
        }
        None
    }

    /// The first line of a box's words.
    fn name(&self, node: usize) -> &str {
        self.graph.nodes[node]
            .label
            .lines()
            .next()
            .unwrap_or_default()
    }

    fn sentence(&self, edge: &Edge) -> String {
        let label = edge.label.replace('\n', " ");
        let arrow = match (edge.tips, label.as_str()) {
            (Tips::None, _) => "---".to_owned(),
            (Tips::End, "") => "-->".to_owned(),
            (Tips::End, label) => format!("-- {label} -->"),
            (Tips::Both, "") => "<-->".to_owned(),
            (Tips::Both, label) => format!("<-- {label} -->"),
        };
        format!("{} {arrow} {}", self.name(edge.from), self.name(edge.to))
    }
}

/// What stands between a pair of classes and the class that every path between them crosses.
pub const CROSSES: &str = " crosses ";

/// `client -> db`, taken apart.
fn ends(pair: &str) -> (&str, &str) {
    let (from, to) = pair.split_once("->").unwrap_or((pair, ""));
    (from.trim(), to.trim())
}

/// Collects the classes that expectations name and that do not exist.
pub fn check_classes(expect: &Node, problems: &Problems) {
    let entries = |key: &str| expect.at(key).map(Node::entries).unwrap_or_default();
    for Entry { key, key_span, .. } in entries("nodes") {
        class(key, key_span.clone(), problems);
    }
    for Entry {
        key,
        key_span,
        node,
    } in ["arrows", "protocol", "transport", "paths"]
        .into_iter()
        .flat_map(entries)
    {
        if !key.contains("->") {
            let message = format!("`{key}` does not say from where to where");
            problems.add(
                "E105",
                key_span.clone(),
                message,
                "write two classes: \"client -> db\"; * is any",
            );
            continue;
        }
        let (from, to) = ends(key);
        for word in [from, to].into_iter().filter(|word| *word != "*") {
            class(word, key_span.clone(), problems);
        }
        for word in std::iter::once(node).chain(node.items()).filter(|_| {
            expect
                .at("paths")
                .is_some_and(|paths| paths.at(key).is_some())
        }) {
            if let Some(text) = word.text() {
                class(text, word.span.clone(), problems);
            }
        }
    }
}

fn class(word: &str, span: Range<usize>, problems: &Problems) {
    if CLASSES.contains(&word) {
        return;
    }
    let help = match nearest(word, CLASSES.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("use one of {}", list_of(CLASSES)),
    };
    problems.add("E105", span, format!("there is no class `{word}`"), &help);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flowchart::parse;

    const SHOP: &str = "flowchart LR\nb[Browser]:::client -->|HTTPS over TCP| w[nginx]:::web\n\
        w -->|http| s[Shop]:::app\nw <-->|SQL over TCP| d[(Database)]:::db\n\
        subgraph tier\ns -->|sql OVER Unix socket| d\nx[Extra]:::apps\nend\nb --- tier\n";

    fn drawing() -> Drawing {
        Drawing::new(parse(SHOP).unwrap())
    }

    fn looks(subject: &Subject) -> Vec<Look> {
        drawing()
            .glances(subject)
            .into_iter()
            .map(|glance| glance.look)
            .collect()
    }

    fn named(of: &'static str, name: &str) -> Subject {
        Subject::Named(of, name.to_owned())
    }

    fn there(n: usize) -> Vec<Look> {
        vec![Look::There(n.into())]
    }

    #[test]
    fn boxes_and_arrows_are_counted_by_their_classes() {
        assert_eq!(looks(&named("nodes", "app")), there(1));
        assert_eq!(looks(&named("nodes", "cache")), there(0));
        assert_eq!(looks(&named("arrows", "client -> db")), there(0));
        assert_eq!(looks(&named("arrows", "db -> *")), there(1));
        assert_eq!(looks(&named("arrows", "* -> db")), there(2));
        assert_eq!(looks(&Subject::Fact("classless")), there(1));
        assert_eq!(looks(&Subject::Fact("headless")), there(1));
        assert_eq!(looks(&Subject::Fact("alone")), there(0));
        assert_eq!(looks(&Subject::Fact("unlabelled")), there(0));
    }

    #[test]
    fn an_arrow_to_a_group_leads_to_every_box_in_it() {
        let text = "flowchart LR\nc:::client -->|HTTP| tier\nsubgraph tier\nsubgraph inner\na:::app\nend\nb:::app\nend\n";
        let drawing = Drawing::new(parse(text).unwrap());
        let of = |subject: &Subject| drawing.glances(subject).remove(0).look;
        assert_eq!(of(&named("arrows", "client -> app")), Look::There(2.into()));
        assert_eq!(of(&Subject::Fact("alone")), Look::There(0.into()));
        assert_eq!(of(&Subject::Fact("classless")), Look::There(0.into()));
    }

    #[test]
    fn words_on_arrows_are_a_protocol_and_what_carries_it() {
        assert_eq!(
            looks(&named("protocol", "* -> db")),
            [Look::There("SQL".into()), Look::There("sql".into())]
        );
        assert_eq!(
            looks(&named("transport", "* -> *")),
            [
                Look::There("TCP".into()),
                Look::There("TCP".into()),
                Look::There("Unix socket".into())
            ]
        );
        assert_eq!(looks(&named("protocol", "client -> db")), []);
        let bare = Drawing::new(parse("flowchart LR\na:::app\n").unwrap());
        let absent = &bare.glances(&named("protocol", "* -> db"))[0].look;
        assert_eq!(
            *absent,
            Look::Absent("no arrow in the whole drawing".to_owned())
        );
    }

    #[test]
    fn a_path_around_is_named_and_marked() {
        let mut drawing = drawing();
        let glance = drawing
            .glances(&named("paths", "client -> db crosses app"))
            .remove(0);
        assert_eq!(
            glance.look,
            Look::Absent("Browser --> nginx --> Database".to_owned())
        );
        drawing.mark(&glance);
        assert_eq!(
            drawing.notes(),
            [
                "line 2: Browser -- HTTPS over TCP --> nginx",
                "line 4: nginx <-- SQL over TCP --> Database"
            ]
        );
        assert_eq!(
            looks(&named("paths", "client -> db crosses web")),
            [Look::There(true.into())]
        );
        assert_eq!(
            looks(&named("paths", "db -> cache crosses web")),
            [Look::Absent("no path from db -> cache".to_owned())]
        );
    }

    #[test]
    fn an_unknown_class_gets_the_nearest_one() {
        let mut drawing = drawing();
        let glance = drawing.glances(&Subject::Fact("classless")).remove(0);
        drawing.mark(&glance);
        assert_eq!(
            drawing.notes(),
            ["line 7: Extra has the class `apps`; did you mean `app`?"]
        );
    }
}

//! Reads Mermaid's `flowchart` and `graph`, statement by statement.
//!
//! Where Mermaid itself would stop, so does this, with the place and the mend: what passes here is drawn everywhere.

use super::link;
use super::mistake::Result;
use super::reader::Reader;
use super::text::label;
use super::{Direction, Graph, Group};

/// Nobody draws more; `A & B --> C & D` multiplies.
pub(super) const MOST: usize = 2_000;

/// Statements about looks and clicks, which a graph does not have.
const IGNORED: &[&str] = &["classDef", "style", "click", "linkStyle", "direction"];

const HEADER: &str = "begin with a line such as `flowchart LR`";

/// The graph of a flowchart.
///
/// # Errors
/// The first place that Mermaid would not understand.
pub fn parse(text: &str) -> Result<Graph> {
    let mut reader = Reader {
        text,
        directives: text.rfind("}%%").unwrap_or(0),
        ..Reader::default()
    };
    reader.front();
    reader.header()?;
    while reader.statement()? {}
    reader.finish()
}

impl Reader<'_> {
    fn header(&mut self) -> Result<()> {
        self.blank();
        let start = self.at;
        let word = self.word();
        if !matches!(word, "flowchart" | "graph" | "flowchart-elk") {
            let wide = self.rest().split_whitespace().next().map_or(0, str::len);
            return self.mistake(start, wide, "this is not a flowchart", HEADER);
        }
        self.at += word.len();
        self.spaces();
        let word = self.word();
        let word = if word.is_empty() && self.rest().starts_with(['<', '>', '^']) {
            &self.rest()[..1]
        } else {
            word
        };
        self.graph.direction = match word {
            "LR" | ">" => Direction::Right,
            "RL" | "<" => Direction::Left,
            "BT" | "^" => Direction::Up,
            "TB" | "TD" | "v" | "" => Direction::Down,
            _ => {
                let help = "use LR, RL, TB, TD or BT";
                return self.mistake(self.at, word.len(), "this is not a direction", help);
            }
        };
        self.at += word.len();
        self.end_of_statement()
    }

    /// Reads one statement; false at the end.
    fn statement(&mut self) -> Result<bool> {
        self.blank();
        if self.rest().is_empty() {
            return Ok(false);
        }
        let start = self.at;
        let word = self.word();
        if word.starts_with("accDescr") && self.rest()[8..].trim_start().starts_with('{') {
            let Some(end) = self.rest().find('}') else {
                return self.mistake(
                    start,
                    word.len(),
                    "this description has no end",
                    "close it with `}`",
                );
            };
            self.at += end + 1;
            return Ok(true);
        }
        match word {
            "subgraph" => self.group()?,
            "end" => self.close(start)?,
            "class" => self.class()?,
            _ if IGNORED.contains(&word) => self.skip(),
            _ if word.starts_with("accTitle:") || word.starts_with("accDescr:") => {
                self.skip_line();
            }
            _ => self.chain()?,
        }
        Ok(true)
    }

    fn group(&mut self) -> Result<()> {
        let start = self.at;
        self.at += "subgraph".len();
        self.spaces();
        let begin = self.at;
        self.skip();
        let written = self.text[begin..self.at]
            .split("%%")
            .next()
            .unwrap_or("")
            .trim();
        let quoted = written.starts_with('"');
        let (id, title) = match written.split_once('[').filter(|_| !quoted) {
            Some((id, title)) => {
                let Some(title) = title.trim_end().strip_suffix(']') else {
                    let help = "write subgraph id [Title]";
                    return self.mistake(begin, written.len(), "this title has no `]`", help);
                };
                (id.trim(), title)
            }
            None => (written, written),
        };
        self.open.push((self.graph.groups.len(), start));
        let parent = self.open.iter().rev().nth(1).map(|(group, _)| *group);
        self.graph.groups.push(Group {
            id: id.trim_matches('"').to_owned(),
            title: label(title),
            nodes: Vec::new(),
            parent,
        });
        Ok(())
    }

    fn close(&mut self, start: usize) -> Result<()> {
        if self.open.pop().is_none() {
            let help = "`end` closes a subgraph; a box of this name is written End";
            return self.mistake(start, 3, "there is no subgraph to end", help);
        }
        self.at += 3;
        self.end_of_statement()
    }

    /// `class a,b name`
    fn class(&mut self) -> Result<()> {
        let start = self.at;
        self.at += "class".len();
        let begin = self.at;
        self.skip();
        let words = self.text[begin..self.at]
            .split("%%")
            .next()
            .unwrap_or("")
            .trim();
        let Some((ids, class)) = words.rsplit_once([' ', '\t']) else {
            let help = "write the boxes and then the class: class a,b app";
            return self.mistake(start, 5 + words.len(), "this gives no box a class", help);
        };
        let ids = ids.split(',').map(str::trim).filter(|id| !id.is_empty());
        self.classes.extend(ids.map(|id| (id, class.trim())));
        Ok(())
    }

    /// `A & B --> C -->|x| D`
    fn chain(&mut self) -> Result<()> {
        let mut before = self.boxes()?;
        loop {
            // An arrow may begin a line of its own.
            let rest = self.rest().trim_start();
            let at = self.text.len() - rest.len();
            let goes_on = link::whole(rest).is_some()
                || link::opening(rest).is_some()
                || Self::tag(rest).is_some();
            if !goes_on {
                return self.end_of_statement();
            }
            self.at = at;
            let (bar, words) = self.arrow()?;
            self.at = self.text.len() - self.rest().trim_start().len();
            let line = self.line();
            let after = self.boxes()?;
            self.join(&before, &after, bar, words, line)?;
            before = after;
        }
    }

    /// Gives classes, and lets the boxes that arrows lead to stand for groups of the same name.
    fn finish(mut self) -> Result<Graph> {
        if let Some((_, start)) = self.open.pop() {
            return self.mistake(
                start,
                "subgraph".len(),
                "this subgraph is never ended",
                "write `end` below it",
            );
        }
        for (group, of) in self.graph.groups.iter().enumerate() {
            if let Some(node) = self.nodes.get(of.id.as_str()) {
                let node = &mut self.graph.nodes[*node];
                node.label.clone_from(&of.title);
                node.group = Some(group);
            }
        }
        for (id, class) in std::mem::take(&mut self.classes) {
            if let Some(node) = self.nodes.get(id) {
                self.give(*node, class);
            }
        }
        if self.graph.nodes.is_empty() {
            let help = "write a box, such as shop[Shop]";
            return self.mistake(
                self.text.trim_end().len(),
                1,
                "there is nothing in this drawing",
                help,
            );
        }
        self.count_meant()?;
        Ok(self.graph)
    }

    /// An arrow between groups is one between all their boxes.
    fn count_meant(&self) -> Result<()> {
        let many = |node| self.graph.meant(node).len();
        let mut count = 0;
        for edge in &self.graph.edges {
            count += many(edge.from) * many(edge.to);
            if count > MOST {
                let lines = self.text.split_inclusive('\n').take(edge.line - 1);
                let message = "there are more than 2000 arrows between the boxes of these groups";
                return self.mistake(lines.map(str::len).sum(), 1, message, "draw less");
            }
        }
        Ok(())
    }
}

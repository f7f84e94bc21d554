//! Boxes as Mermaid writes them: `id`, `id[words]` in many brackets, `id@{ shape: cyl }`, `id:::class`, `a & b`.

use super::mistake::Result;
use super::parse::MOST;
use super::reader::Reader;
use super::shape::{self, SIGNS};
use super::text::label;
use super::{Node, Shape};

impl<'a> Reader<'a> {
    pub(super) fn boxes(&mut self) -> Result<Vec<usize>> {
        let mut found = vec![self.one()?];
        loop {
            let rest = self.rest().trim_start_matches([' ', '\t', '\r']);
            if !rest.starts_with('&') {
                return Ok(found);
            }
            self.at = self.text.len() - rest.len() + 1;
            self.spaces();
            found.push(self.one()?);
            if found.len() > MOST {
                return self.mistake(self.at, 1, "there are more than 2000 boxes", "draw less");
            }
        }
    }

    fn one(&mut self) -> Result<usize> {
        let start = self.at;
        let id = &self.rest()[..id_end(self.rest())];
        if id.is_empty() {
            if self.rest().is_empty() {
                let help = "say where the arrow leads";
                return self.mistake(
                    start.saturating_sub(1),
                    1,
                    "the drawing ends in the middle of an arrow",
                    help,
                );
            }
            return self.unexpected();
        }
        if id == "end" {
            let help = "`end` closes a subgraph; write End";
            return self.mistake(start, 3, "a box cannot be called `end`", help);
        }
        self.at += id.len();
        if self.rest().starts_with("@{") {
            let node = self.attributes(id)?;
            return self.classes_of(node);
        }
        let node = self.known(id)?;
        if let Some((open, closers, shape)) = SIGNS.iter().find(|s| self.rest().starts_with(s.0)) {
            let words = self.words(open, closers)?;
            let node = &mut self.graph.nodes[node];
            (node.label, node.shape) = (words, *shape);
        }
        self.classes_of(node)
    }

    /// The classes behind a box: `:::app`.
    fn classes_of(&mut self, node: usize) -> Result<usize> {
        while self.takes(":::") {
            let class = &self.rest()[..id_end(self.rest())];
            if class.is_empty() {
                return self.mistake(
                    self.at - 3,
                    3,
                    "there is no class after `:::`",
                    "write A:::app",
                );
            }
            self.at += class.len();
            self.give(node, class);
        }
        Ok(node)
    }

    /// `A@{ shape: cyl, label: "Store" }`, or the looks of an arrow.
    fn attributes(&mut self, id: &'a str) -> Result<usize> {
        let start = self.at;
        let inside = &self.rest()[2..];
        let mut quoted = false;
        let end = inside.find(|c: char| {
            quoted ^= c == '"';
            c == '}' && !quoted
        });
        let Some(end) = end else {
            return self.mistake(start, 2, "this `@{` is never closed", "close it with `}`");
        };
        self.at += 2 + end + 1;
        let inside = &inside[..end];
        if self.links.contains(id) {
            // A chain begins with a box; an arrow's looks are a statement of their own.
            return Ok(self.graph.edges.last().map_or(0, |edge| edge.from));
        }
        let node = self.known(id)?;
        let of = |key: &str| attribute(inside, key);
        if let Some(words) = of("label") {
            self.graph.nodes[node].label = label(words);
        }
        if let Some(name) = of("shape") {
            self.graph.nodes[node].shape = shape::named(name.trim_matches('"'));
        }
        Ok(node)
    }

    /// The words between the signs of a box.
    fn words(&mut self, open: &str, closers: &[&str]) -> Result<String> {
        let start = self.at;
        self.at += open.len();
        let inside = self.rest();
        let first = inside.trim_start();
        let close = closers[0];
        let never = |reader: &Self| {
            let message = format!("this `{open}` is never closed");
            reader.mistake(
                start,
                open.len(),
                &message,
                &format!("close it with `{close}`"),
            )
        };
        if let Some(quoted) = first.strip_prefix('"') {
            let Some(end) = quoted.find('"') else {
                return self.mistake(
                    self.text.len() - first.len(),
                    1,
                    "this quote is never closed",
                    "close it with `\"`",
                );
            };
            self.at = self.text.len() - quoted.len() + end + 1;
            self.at = self.text.len() - self.rest().trim_start().len();
            if closers.iter().any(|close| self.takes(close)) {
                return Ok(label(&quoted[..end]));
            }
            let message = format!("this box is not closed: it began with `{open}`");
            return self.mistake(self.at, 1, &message, &format!("close it with `{close}`"));
        }
        for (at, c) in inside.char_indices() {
            let rest = &inside[at..];
            if let Some(close) = closers.iter().find(|close| rest.starts_with(*close)) {
                self.at += at + close.len();
                let words = label(&inside[..at]);
                if words.is_empty() {
                    return self.mistake(
                        start,
                        open.len() + at,
                        "this box is empty",
                        "write something in it, or leave the brackets away",
                    );
                }
                return Ok(words);
            }
            if c == '\n' {
                return never(self);
            }
            if matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | '"' | '|') {
                let message = format!("`{c}` in a box needs quotes around all its words");
                let help = format!("write {open}\"…\"{close}");
                return self.mistake(self.at + at, 1, &message, &help);
            }
        }
        never(self)
    }

    /// The place of a node; it is added when it is new.
    fn known(&mut self, id: &'a str) -> Result<usize> {
        let line = self.line();
        let at = *self.nodes.entry(id).or_insert(self.graph.nodes.len());
        if at == MOST {
            return self.mistake(self.at, 1, "there are more than 2000 boxes", "draw less");
        }
        if at == self.graph.nodes.len() {
            self.graph.nodes.push(Node {
                id: id.to_owned(),
                label: label(id),
                shape: Shape::Box,
                classes: Vec::new(),
                group: None,
                line,
            });
        }
        if let Some((group, _)) = self.open.last()
            && !self.homes.contains_key(&at)
        {
            self.homes.insert(at, *group);
            self.graph.groups[*group].nodes.push(at);
        }
        Ok(at)
    }

    /// Gives a box a class, once.
    pub(super) fn give(&mut self, node: usize, class: &'a str) {
        if self.given.insert((node, class)) {
            self.graph.nodes[node].classes.push(class.to_owned());
        }
    }
}

/// The value of a key in `shape: cyl, label: "a, b"`.
fn attribute<'t>(inside: &'t str, key: &str) -> Option<&'t str> {
    let mut rest = inside;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        let (name, after) = rest.split_once(':')?;
        let after = after.trim_start();
        let end = match after.strip_prefix('"') {
            Some(quoted) => quoted.find('"')? + 2,
            None => after.find([',', '\n']).unwrap_or(after.len()),
        };
        if name.trim() == key {
            return Some(after[..end].trim());
        }
        rest = &after[end..];
    }
}

/// Where an identifier ends. A sign belongs to it only between letters, because arrows and brackets are signs.
pub(super) fn id_end(text: &str) -> usize {
    let word = |c: char| c.is_alphanumeric() || c == '_' || is_joined(c);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        let inner = matches!(
            c,
            '-' | '.' | '/' | '\'' | '+' | '*' | '#' | '$' | '!' | '?'
        ) && at > 0
            && next.is_some_and(word);
        if !word(c) && !inner {
            return at;
        }
    }
    text.len()
}

/// Marks and joiners inside the words of many scripts, and pictures.
fn is_joined(c: char) -> bool {
    matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{300}'..='\u{36f}' | '\u{1f300}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}')
}

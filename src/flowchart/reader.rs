//! The reader: how far a text has been read, and what has been found in it.

use std::collections::{HashMap, HashSet};

use super::Graph;
use super::mistake::{Mistake, Result};

#[derive(Default)]
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) graph: Graph,
    /// The places of nodes by their identifiers.
    pub(super) nodes: HashMap<&'a str, usize>,
    /// The group that each node is in.
    pub(super) homes: HashMap<usize, usize>,
    /// The groups that a line is in, innermost last, and where each begins.
    pub(super) open: Vec<(usize, usize)>,
    /// Nodes, or groups, and the class that a `class` statement gives them.
    pub(super) classes: Vec<(&'a str, &'a str)>,
    /// Nodes and the classes that they have been given.
    pub(super) given: HashSet<(usize, &'a str)>,
    /// Identifiers of arrows.
    pub(super) links: HashSet<&'a str>,
    /// Where the last directive ends.
    pub(super) directives: usize,
    pub(super) line: (usize, usize),
}

impl<'a> Reader<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn takes(&mut self, sign: &str) -> bool {
        let there = self.rest().starts_with(sign);
        if there {
            self.at += sign.len();
        }
        there
    }

    pub(super) fn mistake<T>(
        &self,
        at: usize,
        wide: usize,
        message: &str,
        help: &str,
    ) -> Result<T> {
        let at = self.text.floor_char_boundary(at);
        let end = self.text.ceil_char_boundary(at + wide.max(1));
        Err(Mistake::new(at..end, message, help))
    }

    /// The line of the place reached, from 1.
    pub(super) fn line(&mut self) -> usize {
        let (from, lines) = self.line;
        self.line = (
            self.at,
            lines + self.text[from..self.at].matches('\n').count(),
        );
        self.line.1 + 1
    }

    /// Skips spaces and tabs.
    pub(super) fn spaces(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\u{a0}']).len();
    }

    /// Skips to the end of the line.
    pub(super) fn skip_line(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    /// Skips blank lines, semicolons, comments and directives.
    pub(super) fn blank(&mut self) {
        loop {
            let rest = self.rest();
            self.at += rest.len()
                - rest
                    .trim_start_matches(|c: char| c.is_whitespace() || c == ';')
                    .len();
            let directive = self.rest().starts_with("%%{") && self.at < self.directives;
            if directive && let Some(end) = self.rest().find("}%%") {
                self.at += end + 3;
            } else if self.rest().starts_with("%%") {
                self.skip_line();
            } else {
                return;
            }
        }
    }

    /// Skips the settings between `---` and `---` that may stand first.
    pub(super) fn front(&mut self) {
        self.takes("\u{feff}");
        let rest = self.rest().trim_start();
        let Some(inside) = rest.strip_prefix("---") else {
            return;
        };
        if inside
            .trim_start_matches([' ', '\t', '\r'])
            .starts_with('\n')
            && let Some(end) = inside.find("\n---")
        {
            self.at = self.text.len() - inside.len() + end + 4;
        }
    }

    /// The word that begins here.
    pub(super) fn word(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| c.is_whitespace() || c == ';');
        &rest[..end.unwrap_or(rest.len())]
    }

    pub(super) fn end_of_statement(&mut self) -> Result<()> {
        self.spaces();
        let rest = self.rest();
        if rest.is_empty() || rest.starts_with([';', '\n']) || rest.starts_with("%%") {
            return Ok(());
        }
        self.unexpected()
    }

    /// What stands here has no place here.
    pub(super) fn unexpected<T>(&self) -> Result<T> {
        let rest = self.rest();
        let word = self.word();
        let wide = word
            .len()
            .max(rest.chars().next().map_or(1, char::len_utf8));
        let help = match rest.chars().next() {
            Some(')' | ']' | '}') => "take the bracket away, or open it before the words",
            Some('-' | '=' | '<') => "an arrow is written -->, -.-> or ==>, or --- without a head",
            _ => {
                "an arrow such as --> leads from one box to the next; begin a new line for something else"
            }
        };
        self.mistake(self.at, wide, "this is not expected here", help)
    }

    /// Skips a statement; a semicolon in quotes does not end it.
    pub(super) fn skip(&mut self) {
        let mut quoted = false;
        let end = self.rest().find(|c: char| {
            quoted ^= c == '"';
            c == '\n' || (c == ';' && !quoted)
        });
        self.at += end.unwrap_or(self.rest().len());
    }
}

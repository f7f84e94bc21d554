//! Arrows between boxes: their signs, the words inside or behind them, and their own names.

use super::link::{self, Bar, Line};
use super::mistake::Result;
use super::node::id_end;
use super::parse::MOST;
use super::reader::Reader;
use super::text::label;
use super::{Edge, Tips};

impl<'a> Reader<'a> {
    /// Reads an arrow and its words.
    pub(super) fn arrow(&mut self) -> Result<(Bar, &'a str)> {
        if let Some(id) = Self::tag(self.rest()) {
            self.links.insert(id);
            self.at += id.len() + 1;
        }
        let start = self.at;
        let (bar, mut words) = if let Some(bar) = link::whole(self.rest()) {
            self.at += bar.wide;
            (bar, "")
        } else if let Some((stroke, begin, wide)) = link::opening(self.rest()) {
            let inside = &self.rest()[wide..];
            let Some((end, bar)) = link::closing(inside, stroke) else {
                let help = "write A --> B, or A -- words --> B";
                return self.mistake(start, wide, "this arrow begins here and never ends", help);
            };
            self.at += wide + end + bar.wide;
            let bar = Bar {
                begin: begin || bar.begin,
                ..bar
            };
            (bar, &inside[..end])
        } else {
            return self.unexpected();
        };
        let rest = self.rest().trim_start_matches([' ', '\t', '\r']);
        if let Some(inside) = rest.strip_prefix('|') {
            let at = self.text.len() - rest.len();
            let (wide, written) = self.piped(at, inside)?;
            words = written;
            self.at = at + wide;
        }
        Ok((bar, words))
    }

    /// The words between `|` and `|`, and how wide they are with both.
    fn piped(&self, at: usize, inside: &'a str) -> Result<(usize, &'a str)> {
        let first = inside.trim_start();
        let skipped = inside.len() - first.len();
        let from = match first.strip_prefix('"').and_then(|quoted| quoted.find('"')) {
            Some(end) => skipped + end + 2,
            None => 0,
        };
        let line_end = inside[from..]
            .find('\n')
            .map_or(inside.len(), |end| from + end);
        let Some(end) = inside[from..line_end].find('|') else {
            return self.mistake(
                at,
                1,
                "these words on an arrow have no end",
                "close them with `|`",
            );
        };
        let end = from + end;
        let odd = inside[from..end].find(['(', ')', '[', ']', '{', '}', '"']);
        if let Some(odd) = odd {
            let message = "brackets and quotes on an arrow need quotes around all its words";
            return self.mistake(at + 1 + from + odd, 1, message, "write -->|\"…\"|");
        }
        Ok((end + 2, &inside[..end]))
    }

    /// The identifier of an arrow: `e1@-->`.
    pub(super) fn tag(text: &str) -> Option<&str> {
        let id = &text[..id_end(text)];
        let after = text[id.len()..].strip_prefix('@')?;
        (!id.is_empty() && (link::whole(after).is_some() || link::opening(after).is_some()))
            .then_some(id)
    }

    pub(super) fn join(
        &mut self,
        before: &[usize],
        after: &[usize],
        bar: Bar,
        words: &str,
        line: usize,
    ) -> Result<()> {
        let Line::Seen(stroke) = bar.stroke else {
            return Ok(());
        };
        let words = label(words);
        if self.graph.edges.len() + before.len() * after.len() > MOST {
            return self.mistake(self.at, 1, "there are more than 2000 arrows", "draw less");
        }
        for a in before {
            for b in after {
                // An arrow with its only head at the beginning is one that leads there.
                let (from, to) = if bar.begin && !bar.end {
                    (b, a)
                } else {
                    (a, b)
                };
                self.graph.edges.push(Edge {
                    from: *from,
                    to: *to,
                    label: words.clone(),
                    stroke,
                    tips: match (bar.begin, bar.end) {
                        (false, false) => Tips::None,
                        (true, true) => Tips::Both,
                        _ => Tips::End,
                    },
                    line,
                });
            }
        }
        Ok(())
    }
}

//! Rules about a page as it is read: its headings, its code, its pictures, and the length of what it says.

use std::collections::BTreeSet;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::base::diagnostic::Diagnostic;
use crate::base::slug::Slug;

use super::mistake;
use super::readability::Readability;

/// The longest sentence, in words.
const WORDS: usize = 35;
/// The longest paragraph, in characters: six lines of 80 columns.
const COLUMNS: usize = 6 * 80;
/// The highest school grade that a page may ask for.
const GRADE: f64 = 10.0;

/// Arrows, shapes, marks, and emoji.
fn is_symbol(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..)
}

/// One page while it is read.
pub(super) struct Page<'p> {
    path: &'p str,
    text: &'p str,
    offset: usize,
    drawable: &'p dyn Fn(&str) -> bool,
    found: Vec<Diagnostic>,
    /// The open block of text, its pieces by place: where in the block, where on the page.
    block: String,
    places: Vec<(usize, usize)>,
    end: usize,
    /// The same without code, which nobody reads aloud.
    words: String,
    readability: Readability,
    /// How many blocks are open whose text is not prose.
    aside: usize,
}

impl<'p> Page<'p> {
    /// The page at `path`, which begins at `offset` in its file.
    pub(super) fn new(
        path: &'p str,
        text: &'p str,
        offset: usize,
        drawable: &'p dyn Fn(&str) -> bool,
    ) -> Self {
        Self {
            path,
            text,
            offset,
            drawable,
            found: Vec::new(),
            block: String::new(),
            places: Vec::new(),
            end: 0,
            words: String::new(),
            readability: Readability::default(),
            aside: 0,
        }
    }

    /// All of them, in the order of the page, headings first.
    pub(super) fn mistakes(mut self) -> Vec<Diagnostic> {
        let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
        let events: Vec<(Event, Range<usize>)> = Parser::new_ext(self.text, options)
            .into_offset_iter()
            .collect();
        self.headings(&events);
        self.cells(&events);
        let mut code: Option<(String, Range<usize>, String)> = None;
        let mut image: Option<(Range<usize>, String)> = None;
        for (event, span) in events {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    code = Some((info.to_string(), span.clone(), String::new()));
                }
                Event::End(TagEnd::CodeBlock) => {
                    if let Some((info, span, text)) = code.take() {
                        self.fence(&info, span, &text);
                    }
                }
                Event::Start(Tag::Image { .. }) => image = Some((span.clone(), String::new())),
                Event::End(TagEnd::Image) => {
                    if let Some((span, _)) = image.take().filter(|(_, alt)| alt.trim().is_empty()) {
                        let message = "this image has no text for those who cannot see it";
                        self.add(
                            "W450",
                            span,
                            message,
                            "write what it shows: ![a client and a server](…)",
                        );
                    }
                }
                Event::Text(ref text) if code.is_some() => {
                    if let Some((_, _, block)) = &mut code {
                        block.push_str(text);
                    }
                }
                Event::Text(ref text) if image.is_some() => {
                    if let Some((_, alt)) = &mut image {
                        alt.push_str(text);
                    }
                }
                event => self.prose(&event, span),
            }
        }
        self.flush();
        if let Some(grade) = self.readability.grade().filter(|grade| *grade > GRADE) {
            let message = format!("this page reads like grade {grade:.1}, {GRADE:.0} is the most");
            let line = self.text.lines().next().unwrap_or_default();
            self.add(
                "W461",
                0..line.len(),
                message,
                "use shorter sentences and plainer words",
            );
        }
        self.found
    }

    fn add(
        &mut self,
        id: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        help: &str,
    ) {
        let span = span.start + self.offset..span.end + self.offset;
        self.found
            .push(mistake(id, self.path, span, message).help(help));
    }

    fn headings(&mut self, events: &[(Event, Range<usize>)]) {
        let mut last = 0;
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for (event, span) in events {
            let Event::Start(Tag::Heading { level, .. }) = event else {
                continue;
            };
            let level = *level as usize;
            let line = self.text[span.clone()].trim_end();
            let whole = span.start..span.start + line.len();
            // A page begins at the first or second level, since its title stands above it.
            if (last == 0 && level > 2) || (last > 0 && level > last + 1) {
                let message = format!(
                    "a heading of level {level} follows one of level {}",
                    last.max(1)
                );
                self.add(
                    "W452",
                    whole.clone(),
                    message,
                    "go down one level at a time",
                );
            }
            last = level;
            let title = line
                .lines()
                .next()
                .unwrap_or_default()
                .trim_matches(['#', ' ']);
            let anchor = Slug::from_heading(title).to_string();
            if !seen.insert(anchor.clone()) {
                let message = format!("the anchor `{anchor}` is taken by a heading above");
                self.add(
                    "W453",
                    whole,
                    message,
                    "word one of the two headings differently: a link reaches only the first",
                );
            }
        }
    }

    /// Cells of tables in which a symbol stands for a word.
    fn cells(&mut self, events: &[(Event, Range<usize>)]) {
        for (event, span) in events {
            let Event::Start(Tag::TableCell) = event else {
                continue;
            };
            let cell = self.text[span.clone()].trim_matches(['|', ' ']);
            if cell.chars().any(is_symbol) && !cell.chars().any(char::is_alphanumeric) {
                let message = format!("`{cell}` alone says it");
                let at = span.start + self.text[span.clone()].find(cell).unwrap_or(0);
                let help = "write the word, as in `yes`, beside the symbol or instead of it";
                self.add("W462", at..at + cell.len(), message, help);
            }
        }
    }

    fn fence(&mut self, info: &str, span: Range<usize>, text: &str) {
        let line = self.text[span.clone()].lines().next().unwrap_or_default();
        let first = span.start..span.start + line.len();
        match info.split_whitespace().next() {
            None => self.add(
                "W451",
                first,
                "this code has no language",
                "write it behind the fence: ```sh, ```http, ```text",
            ),
            Some("mermaid") if !(self.drawable)(text) => self.add(
                "W457",
                first,
                "this diagram cannot be drawn in a terminal",
                "use a flowchart or a sequence diagram of plain parts",
            ),
            Some(_) => {}
        }
    }

    /// Gathers the words of paragraphs and list items.
    fn prose(&mut self, event: &Event, span: Range<usize>) {
        match event {
            Event::Start(
                Tag::Table(_)
                | Tag::FootnoteDefinition(_)
                | Tag::Heading { .. }
                | Tag::CodeBlock(_),
            ) => {
                self.flush();
                self.aside += 1;
            }
            Event::End(TagEnd::Table | TagEnd::FootnoteDefinition | TagEnd::Heading(_)) => {
                self.aside = self.aside.saturating_sub(1);
                self.block.clear();
                self.places.clear();
            }
            Event::Start(Tag::Paragraph | Tag::Item | Tag::List(_) | Tag::BlockQuote(_))
            | Event::End(
                TagEnd::Paragraph | TagEnd::Item | TagEnd::List(_) | TagEnd::BlockQuote(_),
            ) => {
                self.flush();
            }
            Event::Text(text) if self.aside == 0 => {
                self.words.push_str(text);
                self.push(text, span);
            }
            Event::Code(text) if self.aside == 0 => {
                self.words.push_str("it");
                self.push(text, span);
            }
            Event::SoftBreak | Event::HardBreak if self.aside == 0 => {
                self.words.push(' ');
                self.push(" ", span);
            }
            _ => {}
        }
    }

    fn push(&mut self, text: &str, span: Range<usize>) {
        self.places.push((self.block.len(), span.start));
        self.block.push_str(text);
        self.end = span.end;
    }

    /// Judges the block that ends here.
    fn flush(&mut self) {
        let spoken = std::mem::take(&mut self.words);
        for (_, sentence) in sentences(&spoken) {
            self.readability.add(sentence);
        }
        let block = std::mem::take(&mut self.block);
        let places = std::mem::take(&mut self.places);
        let Some((_, start)) = places.first().copied() else {
            return;
        };
        let place = |at: usize| {
            let piece = places.iter().rev().find(|(from, _)| *from <= at);
            piece.map_or(start, |(from, page)| page + (at - from))
        };
        let length = block.chars().count();
        if length > COLUMNS {
            let message = format!("this paragraph has {length} characters, {COLUMNS} are the most");
            let end = start + self.text[start..].lines().next().unwrap_or_default().len();
            self.add("W456", start..end, message, "make two of it, or a list");
        }
        for (from, sentence) in sentences(&block) {
            let words = words(sentence);
            if words > WORDS {
                let message = format!("this sentence has {words} words, {WORDS} are the most");
                let end = place(from + sentence.len()).min(self.end).max(place(from));
                self.add(
                    "W455",
                    place(from)..end,
                    message,
                    "make two sentences of it",
                );
            }
        }
    }
}

/// The sentences of a text, each with its place. A colon does not end one: the reader still holds its first half.
fn sentences(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut from = 0;
    let marks: Vec<(usize, char)> = text.char_indices().collect();
    for (at, (place, mark)) in marks.iter().enumerate() {
        let mut after = marks[at + 1..].iter().map(|(_, c)| *c);
        let closed = after.find(|c| !matches!(c, '"' | ')' | '”'));
        if matches!(mark, '.' | '?' | '!') && closed.is_some_and(char::is_whitespace) {
            found.push((from, &text[from..=*place]));
            from = place + 1;
        }
    }
    found.push((from, &text[from..]));
    for (at, sentence) in &mut found {
        *at += sentence.len() - sentence.trim_start().len();
        *sentence = sentence.trim();
    }
    found
}

fn words(sentence: &str) -> usize {
    let is_word = |word: &&str| word.chars().any(char::is_alphanumeric);
    sentence.split_whitespace().filter(is_word).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_at_its_mark_and_not_at_a_colon() {
        let found: Vec<&str> = sections_of("One: two (three.) Four? \"Five!\" six");
        assert_eq!(found, ["One: two (three.", ") Four?", "\"Five!", "\" six"]);
    }

    fn sections_of(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|(_, s)| s).collect()
    }
}

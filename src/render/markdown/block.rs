//! Blocks: what a page is made of, and the stage that gathers them from Markdown's events.
//!
//! One block of the top level is gathered at a time, so a long page is never held whole.

use std::collections::VecDeque;

use pulldown_cmark::{Alignment, CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::inline::{Inline, clean};
use super::pen::Pen;
use crate::render::theme::{Role, Surface};

/// Containers inside each other beyond this are shown at this depth.
const DEEPEST: usize = 24;

/// One block of a page.
#[derive(Debug)]
pub(super) enum Block {
    Heading(u8, Inline),
    Paragraph(Inline),
    Code { language: String, text: String },
    Quote(Vec<Block>),
    List(List),
    Table(Table),
    Rule,
}

/// An ordered or unordered list.
#[derive(Debug)]
pub(super) struct List {
    /// The number of the first item, if they are numbered.
    pub(super) start: Option<u64>,
    /// Whether blank lines stand between the items.
    pub(super) spacing: Spacing,
    pub(super) items: Vec<Item>,
}

/// How far apart the items of a list stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spacing {
    Tight,
    Loose,
}

/// One item of a list.
#[derive(Debug)]
pub(super) struct Item {
    /// Whether the item's box is ticked, if it has one.
    pub(super) ticked: Option<bool>,
    pub(super) blocks: Vec<Block>,
}

/// A table; the first row is its head.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) alignments: Vec<Alignment>,
    pub(super) rows: Vec<Vec<Inline>>,
}

/// A footnote, to be shown at the end of the page.
#[derive(Debug)]
pub(super) struct Note {
    pub(super) number: usize,
    pub(super) blocks: Vec<Block>,
}

/// A container that is being filled.
enum Open {
    Quote(Vec<Block>),
    List(List),
    Item(Item, Spacing),
    Note(usize, Vec<Block>),
}

/// The blocks of a page, one after the other.
pub(super) struct Blocks<'a> {
    events: Parser<'a>,
    open: Vec<Open>,
    /// Containers below [`DEEPEST`], which are not kept apart.
    below: usize,
    ready: VecDeque<Block>,
    pen: Pen,
    code: Option<(String, String)>,
    html: Option<String>,
    table: Option<Table>,
    notes: Vec<Note>,
}

/// What the page's Markdown may use beyond `CommonMark`.
pub(super) fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
}

impl<'a> Blocks<'a> {
    pub(super) fn new(text: &'a str, surface: Surface) -> Self {
        Self {
            events: Parser::new_ext(text, options()),
            open: Vec::new(),
            below: 0,
            ready: VecDeque::new(),
            pen: Pen::new(surface),
            code: None,
            html: None,
            table: None,
            notes: Vec::new(),
        }
    }

    /// The footnotes gathered so far, by number.
    pub(super) fn notes(&mut self) -> Vec<Note> {
        self.notes.sort_by_key(|note| note.number);
        std::mem::take(&mut self.notes)
    }

    fn add(&mut self, block: Block) {
        match self.open.last_mut() {
            Some(
                Open::Quote(blocks) | Open::Note(_, blocks) | Open::Item(Item { blocks, .. }, _),
            ) => blocks.push(block),
            Some(Open::List(list)) => list.items.push(Item {
                ticked: None,
                blocks: vec![block],
            }),
            None => self.ready.push_back(block),
        }
    }

    /// Ends a paragraph, which may never have begun: the text of a tight list has no paragraph around it.
    fn end_paragraph(&mut self) {
        if let Some(text) = self.pen.take() {
            self.add(Block::Paragraph(text));
        }
    }

    fn take(&mut self, event: Event<'a>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match (&mut self.code, &mut self.html) {
                (Some((_, code)), _) => code.push_str(&text),
                (_, Some(html)) => html.push_str(&text),
                _ => self.pen.text(&text),
            },
            Event::Code(code) | Event::InlineMath(code) | Event::DisplayMath(code) => {
                self.pen.code(&code);
            }
            Event::Html(text) => match &mut self.html {
                Some(html) => html.push_str(&text),
                None => self.pen.html(&text),
            },
            Event::InlineHtml(text) => self.pen.html(&text),
            Event::FootnoteReference(label) => self.pen.note(&label),
            Event::SoftBreak => self.pen.text(" "),
            Event::HardBreak => self.pen.hard_break(),
            Event::Rule => {
                self.end_paragraph();
                self.add(Block::Rule);
            }
            Event::TaskListMarker(ticked) => {
                if let (0, Some(Open::Item(item, _))) = (self.below, self.open.last_mut()) {
                    item.ticked = Some(ticked);
                }
            }
        }
    }

    fn start(&mut self, tag: Tag<'a>) {
        match tag {
            Tag::Emphasis => self.pen.begin(Role::Emphasis.style(), "*"),
            Tag::Strong => self.pen.begin(Role::Strong.style(), "**"),
            Tag::Strikethrough => {
                self.pen.begin(anstyle::Style::new().strikethrough(), "~~");
            }
            Tag::Link { dest_url, .. } => self.pen.begin_link(&dest_url),
            Tag::Image { .. } => self.pen.begin_image(),
            Tag::TableHead => {
                self.pen.begin(Role::Strong.style(), "");
                if let Some(table) = &mut self.table {
                    table.rows.push(Vec::new());
                }
            }
            Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.rows.push(Vec::new());
                }
            }
            Tag::TableCell => {}
            block => {
                self.end_paragraph();
                self.start_block(block);
            }
        }
    }

    fn start_block(&mut self, tag: Tag<'a>) {
        match tag {
            Tag::Paragraph => {
                if let Some(Open::Item(_, spacing)) = self.open.last_mut() {
                    *spacing = Spacing::Loose;
                }
            }
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => info.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new()));
            }
            Tag::HtmlBlock => self.html = Some(String::new()),
            Tag::Table(alignments) => {
                self.table = Some(Table {
                    alignments,
                    rows: Vec::new(),
                });
            }
            Tag::BlockQuote(_) => self.open(Open::Quote(Vec::new())),
            Tag::List(start) => self.open(Open::List(List {
                start,
                spacing: Spacing::Tight,
                items: Vec::new(),
            })),
            Tag::Item => self.open(Open::Item(
                Item {
                    ticked: None,
                    blocks: Vec::new(),
                },
                Spacing::Tight,
            )),
            Tag::FootnoteDefinition(label) => {
                let number = self.pen.number(&label);
                self.open(Open::Note(number, Vec::new()));
            }
            _ => {}
        }
    }

    fn open(&mut self, container: Open) {
        let item = matches!(container, Open::Item(..));
        if self.below > 0 || (self.open.len() >= DEEPEST && !item) {
            self.below += 1;
        } else {
            self.open.push(container);
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::TableHead | TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => {
                self.pen.end();
            }
            TagEnd::Link => self.pen.end_link(),
            TagEnd::Image => self.pen.end_image(),
            TagEnd::Heading(level) => {
                let text = self.pen.take().unwrap_or_default();
                self.add(Block::Heading(level as u8, text));
            }
            TagEnd::CodeBlock => {
                if let Some((language, text)) = self.code.take() {
                    self.add(Block::Code { language, text });
                }
            }
            TagEnd::HtmlBlock => {
                let shown = without_comments(&self.html.take().unwrap_or_default());
                if !shown.trim().is_empty() {
                    let lines: Vec<_> = shown.trim().lines().map(clean).collect();
                    let text = Inline::styled(&lines.join("\n"), anstyle::Style::new());
                    self.add(Block::Paragraph(text));
                }
            }
            TagEnd::TableCell => {
                let cell = self.pen.take().unwrap_or_default();
                if let Some(row) = self.table.as_mut().and_then(|t| t.rows.last_mut()) {
                    row.push(cell);
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    self.add(Block::Table(table));
                }
            }
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item | TagEnd::FootnoteDefinition => {
                self.close();
            }
            TagEnd::Paragraph => self.end_paragraph(),
            _ => {}
        }
    }

    fn close(&mut self) {
        self.end_paragraph();
        if self.below > 0 {
            self.below -= 1;
            return;
        }
        match self.open.pop() {
            Some(Open::Quote(blocks)) => self.add(Block::Quote(blocks)),
            Some(Open::List(list)) => self.add(Block::List(list)),
            Some(Open::Note(number, blocks)) => self.notes.push(Note { number, blocks }),
            Some(Open::Item(item, spacing)) => {
                if let Some(Open::List(list)) = self.open.last_mut() {
                    if spacing == Spacing::Loose {
                        list.spacing = spacing;
                    }
                    list.items.push(item);
                }
            }
            None => {}
        }
    }
}

impl Iterator for Blocks<'_> {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        loop {
            if let Some(block) = self.ready.pop_front() {
                return Some(block);
            }
            match self.events.next() {
                Some(event) => self.take(event),
                None => return self.pen.take().map(Block::Paragraph),
            }
        }
    }
}

/// HTML without its comments; one that never ends swallows the rest.
fn without_comments(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str) -> Vec<Block> {
        Blocks::new(text, Surface::plain(80)).collect()
    }

    #[test]
    fn comments_are_dropped() {
        assert_eq!(without_comments("a<!-- b -->c<!-- d"), "ac");
        assert!(blocks("<!-- only a comment -->\n").is_empty());
    }

    #[test]
    fn nesting_without_end_is_cut_flat() {
        let text = "> ".repeat(5_000) + "deep";
        let mut depth = 0;
        let mut level = blocks(&text);
        while let Some(Block::Quote(inner)) = level.pop() {
            depth += 1;
            level = inner;
        }
        assert_eq!(depth, DEEPEST);
    }

    #[test]
    fn a_list_with_blank_lines_is_loose() {
        let spacing = |text| match blocks(text).remove(0) {
            Block::List(list) => list.spacing,
            other => panic!("{other:?}"),
        };
        assert_eq!(spacing("- a\n- b\n"), Spacing::Tight);
        assert_eq!(spacing("- a\n\n- b\n"), Spacing::Loose);
    }
}

//! The page: blocks become lines, one block at a time.

use std::io::{self, Write};

use super::block::{Block, Blocks, Item, List, Note, Spacing};
use super::inline::Inline;
use super::margin::Margin;
use super::{code, table, wrap};
use crate::render::theme::{Role, Surface};

/// Prose is not set wider than this, because longer lines are hard to read.
const MEASURE: usize = 88;

/// Bytes gathered before they are written.
const CHUNK: usize = 16 * 1024;

/// Writes the Markdown `text` for a surface, line by line.
///
/// # Errors
/// When `out` cannot be written to.
pub fn page(text: &str, surface: &Surface, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(*surface, out);
    let mut blocks = Blocks::new(text, *surface);
    let mut before = None;
    for block in blocks.by_ref() {
        page.gap(before.as_ref(), &block);
        page.block(&block)?;
        before = Some(block);
    }
    let notes = blocks.notes();
    if !notes.is_empty() {
        page.blank();
        page.notes(&notes)?;
    }
    page.flush()
}

/// A page that is being written.
pub(super) struct Page<'a> {
    pub(super) surface: Surface,
    pub(super) margin: Margin,
    out: &'a mut dyn Write,
    buffer: String,
    /// Bulleted lists that the block is in.
    bullets: usize,
}

impl<'a> Page<'a> {
    fn new(surface: Surface, out: &'a mut dyn Write) -> Self {
        Self {
            surface,
            margin: Margin::default(),
            out,
            buffer: String::with_capacity(CHUNK + 1024),
            bullets: 0,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(self.buffer.as_bytes())?;
        self.buffer.clear();
        Ok(())
    }

    /// Columns beside the margin.
    pub(super) fn room(&self) -> usize {
        self.surface.width - self.margin.columns(&self.surface).min(self.surface.width)
    }

    /// Columns for prose.
    fn measure(&self) -> usize {
        let margin = self.margin.columns(&self.surface);
        self.room().min(MEASURE.saturating_sub(margin)).max(1)
    }

    /// Writes one line; `text` puts in what stands beside the margin.
    pub(super) fn line(&mut self, text: impl FnOnce(&Surface, &mut String)) -> io::Result<()> {
        self.margin.write(&self.surface, &mut self.buffer);
        text(&self.surface, &mut self.buffer);
        self.buffer.push('\n');
        if self.buffer.len() > CHUNK {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes one line in the style of a role.
    pub(super) fn painted(&mut self, role: Role, text: &str) -> io::Result<()> {
        self.line(|surface, line| line.push_str(&surface.paint(role, text)))
    }

    fn blank(&mut self) {
        let margin = self.margin.blank(&self.surface);
        self.buffer.push_str(&margin);
        self.buffer.push('\n');
    }

    /// The space between two blocks.
    fn gap(&mut self, before: Option<&Block>, after: &Block) {
        if before.is_some() {
            self.blank();
        }
        // A chapter begins with more air, but not right below the page's title.
        let chapter = matches!(after, Block::Heading(2, _));
        if chapter && before.is_some_and(|block| !matches!(block, Block::Heading(..))) {
            self.blank();
        }
    }

    fn blocks(&mut self, blocks: &[Block], spacing: Spacing) -> io::Result<()> {
        let mut before: Option<&Block> = None;
        for block in blocks {
            if let Some(before) = before
                && (spacing == Spacing::Loose || wants_space(before) || wants_space(block))
            {
                self.blank();
            }
            self.block(block)?;
            before = Some(block);
        }
        Ok(())
    }

    fn block(&mut self, block: &Block) -> io::Result<()> {
        match block {
            Block::Heading(level, text) => self.heading(*level, text),
            Block::Paragraph(text) => self.paragraph(text),
            Block::Code { language, text } => code::write(self, language, text),
            Block::Quote(blocks) => {
                self.margin.enter("│ ");
                self.blocks(blocks, Spacing::Loose)?;
                self.margin.leave();
                Ok(())
            }
            Block::List(list) => self.list(list),
            Block::Table(table) => table::write(self, table),
            Block::Rule => {
                let rule = "─".repeat(self.measure());
                self.painted(Role::Faint, &rule)
            }
        }
    }

    pub(super) fn paragraph(&mut self, text: &Inline) -> io::Result<()> {
        for range in wrap::lines(&text.text, self.measure()) {
            self.line(|surface, line| text.write(range, surface, line))?;
        }
        Ok(())
    }

    /// The two upper levels are underlined; the others have a mark, so that they stand out without colour too.
    fn heading(&mut self, level: u8, text: &Inline) -> io::Result<()> {
        let style = Role::Heading.style();
        let mark = match level {
            1 | 2 => "",
            3 => "▌ ",
            _ => "▏ ",
        };
        let mut title = Inline::styled(mark, style);
        title.append(text, style);
        let lines = wrap::lines(&title.text, self.measure());
        let widest = lines
            .iter()
            .map(|r| wrap::width(&title.text[r.clone()]))
            .max();
        for range in lines {
            self.line(|surface, line| title.write(range, surface, line))?;
        }
        let rule = match level {
            1 => "═",
            2 => "─",
            _ => return Ok(()),
        };
        self.painted(Role::Heading, &rule.repeat(widest.unwrap_or(0).max(1)))
    }

    fn list(&mut self, list: &List) -> io::Result<()> {
        let bullet = ["• ", "◦ ", "▪ "][self.bullets % 3];
        let end = list
            .start
            .unwrap_or(0)
            .saturating_add(list.items.len() as u64);
        let digits = end.saturating_sub(1).to_string().len();
        let bulleted = usize::from(list.start.is_none());
        self.bullets += bulleted;
        for (at, item) in list.items.iter().enumerate() {
            if at > 0 && list.spacing == Spacing::Loose {
                self.blank();
            }
            let mark = match list.start {
                Some(start) => {
                    format!("{:>digits$}. ", start.saturating_add(at as u64))
                }
                None => bullet.to_owned(),
            };
            self.item(&mark, item, list.spacing)?;
        }
        self.bullets -= bulleted;
        Ok(())
    }

    fn item(&mut self, mark: &str, item: &Item, spacing: Spacing) -> io::Result<()> {
        let mark = match item.ticked {
            Some(ticked) => {
                let number = if mark.contains('.') { mark } else { "" };
                format!("{number}{} ", if ticked { "[x]" } else { "[ ]" })
            }
            None => mark.to_owned(),
        };
        self.margin.enter_item(&mark);
        self.blocks(&item.blocks, spacing)?;
        if item.blocks.is_empty() {
            self.line(|_, line| line.truncate(line.trim_end().len()))?;
        }
        self.margin.leave();
        Ok(())
    }

    fn notes(&mut self, notes: &[Note]) -> io::Result<()> {
        let rule = "─".repeat(self.measure().min(20));
        self.painted(Role::Faint, &rule)?;
        for note in notes {
            self.margin.enter_item(&format!("[{}] ", note.number));
            self.blocks(&note.blocks, Spacing::Loose)?;
            self.margin.leave();
        }
        Ok(())
    }
}

/// Whether a block needs air around it even in a tight list.
fn wants_space(block: &Block) -> bool {
    matches!(
        block,
        Block::Code { .. } | Block::Table(_) | Block::Quote(_) | Block::Heading(..)
    )
}

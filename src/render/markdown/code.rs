//! Code blocks: between two rules, coloured, and wrapped with a visible mark where a line is too long.
//!
//! Code begins where the text begins, so that what is copied out of a terminal runs: Python minds four spaces more.

use std::io;

use anstyle::Style;
use unicode_segmentation::UnicodeSegmentation as _;

use super::highlight::highlight;
use super::inline::{Inline, clean};
use super::language::Language;
use super::mermaid;
use super::page::Page;
use super::wrap::width;
use crate::render::theme::{Role, Surface};

/// What begins a line that continues the code line above it.
const CONTINUED: &str = "↪ ";

/// What stands above and below code.
const RULE: &str = "┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄";

/// Columns from one tab stop to the next.
const TAB: usize = 4;

/// Writes a code block; `info` is what stands behind its fence.
pub(super) fn write(page: &mut Page<'_>, info: &str, text: &str) -> io::Result<()> {
    let name = info
        .split([' ', ',', '{', '\t'])
        .next()
        .unwrap_or("")
        .to_ascii_lowercase();
    if name != "mermaid" {
        return source(page, &name, text);
    }
    let indent = if page.surface.width < 60 {
        "  "
    } else {
        "    "
    };
    page.margin.enter(indent);
    let done = diagram(page, text);
    page.margin.leave();
    done
}

/// A Mermaid diagram, drawn as text, or its source where it cannot be.
fn diagram(page: &mut Page<'_>, text: &str) -> io::Result<()> {
    let surface = Surface {
        width: page.room(),
        ..page.surface
    };
    let Some(lines) = mermaid::draw(text, &surface) else {
        let note = Inline::styled(
            "(This diagram is shown as its source.)",
            Role::Faint.style(),
        );
        page.paragraph(&note)?;
        return source(page, "mermaid", text);
    };
    for drawn in lines {
        page.line(|_, line| line.push_str(&drawn))?;
    }
    Ok(())
}

fn source(page: &mut Page<'_>, language: &str, text: &str) -> io::Result<()> {
    let text = expanded(text);
    let text = text.trim_end_matches('\n');
    let language = Language::named(language).filter(|_| page.surface.color);
    let code = match language {
        Some(language) => highlight(text, language),
        None => Inline::styled(text, Style::new()),
    };
    let rule: String = RULE.chars().take(page.room()).collect();
    page.painted(Role::Faint, &rule)?;
    let mut start = 0;
    for line in text.split('\n') {
        write_line(page, &code, start..start + line.len())?;
        start += line.len() + 1;
    }
    page.painted(Role::Faint, &rule)
}

/// Writes one line of code, as several when it is too long.
fn write_line(page: &mut Page<'_>, code: &Inline, range: std::ops::Range<usize>) -> io::Result<()> {
    let room = page.room();
    let line = &code.text[range.clone()];
    if width(line) <= room {
        return page.line(|surface, out| {
            code.write(range, surface, out);
            out.truncate(out.trim_end_matches(' ').len());
        });
    }
    let mut start = range.start;
    let mut mark = "";
    for end in breaks(line, room) {
        let part = start..range.start + end;
        start = part.end;
        page.line(|surface, out| {
            out.push_str(&surface.paint(Role::Faint, mark));
            code.write(part, surface, out);
            out.truncate(out.trim_end_matches(' ').len());
        })?;
        mark = CONTINUED;
    }
    Ok(())
}

/// Where the pieces of a long line end: after a space near the end of the room, else where the room ends.
fn breaks(line: &str, room: usize) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut limit = room;
    let mut used = 0;
    let mut space = None;
    for (at, sign) in line.grapheme_indices(true) {
        let parts: Vec<&str> = if width(sign) > limit {
            sign.split("").filter(|c| !c.is_empty()).collect()
        } else {
            vec![sign]
        };
        let mut at = at;
        for part in parts {
            let wide = width(part);
            if used + wide > limit {
                let (end, after) = space.take().unwrap_or((at, 0));
                ends.push(end);
                used = after;
                limit = room.saturating_sub(width(CONTINUED)).max(2);
            }
            used += wide;
            at += part.len();
            if let Some((_, after)) = &mut space {
                *after += wide;
            }
            if part == " " && used * 4 > limit * 3 {
                space = Some((at, 0));
            }
        }
    }
    ends.push(line.len());
    ends
}

/// The code with tabs as spaces and nothing in it that a terminal would obey.
fn expanded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        let mut column = 0;
        for (at, part) in line.split('\t').enumerate() {
            if at > 0 {
                let spaces = TAB - column % TAB;
                out.extend(std::iter::repeat_n(' ', spaces));
                column += spaces;
            }
            let part = clean(part);
            column += width(&part);
            out.push_str(&part);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_go_to_their_stops() {
        assert_eq!(expanded("\ta\n ab\tc\r\n"), "    a\n ab c\n");
    }

    #[test]
    fn a_long_line_breaks_after_a_space_near_the_end() {
        let line = "curl -H accept: http://localhost";
        let parts = breaks(line, 18);
        assert_eq!(&line[..parts[0]], "curl -H accept: ");
        assert_eq!(*parts.last().unwrap(), line.len());
    }
}

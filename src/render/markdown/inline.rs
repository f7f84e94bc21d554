//! Inline text: one string with the style and the link target of each stretch of it.
//!
//! Wrapping looks at the string alone, and styles are put in when a line is written.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;
use std::rc::Rc;

use anstyle::Style;

use crate::base::text::printable;
use crate::render::theme::Surface;

/// Text with styles. A newline in it is a hard break.
#[derive(Clone, Debug, Default)]
pub(super) struct Inline {
    /// The text as shown.
    pub(super) text: String,
    spans: Vec<Span>,
}

/// One stretch of text, from the end of the stretch before it.
#[derive(Clone, Debug)]
struct Span {
    end: usize,
    style: Style,
    link: Option<Rc<str>>,
}

impl Inline {
    /// Text in one style.
    pub(super) fn styled(text: &str, style: Style) -> Self {
        let mut inline = Self::default();
        inline.push(text, style, None);
        inline
    }

    /// Adds text that is safe to show (see [`clean`]).
    pub(super) fn push(&mut self, text: &str, style: Style, link: Option<&Rc<str>>) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        self.cover(self.text.len(), style, link);
    }

    /// Adds another inline text, its styles laid over `base`.
    pub(super) fn append(&mut self, other: &Self, base: Style) {
        let mut start = 0;
        for span in &other.spans {
            let text = &other.text[start..span.end];
            self.push(text, over(base, span.style), span.link.as_ref());
            start = span.end;
        }
    }

    /// Gives the text from the last span up to `end` a style.
    fn cover(&mut self, end: usize, style: Style, link: Option<&Rc<str>>) {
        match self.spans.last_mut() {
            Some(last) if last.style == style && last.link.as_ref() == link => last.end = end,
            _ => self.spans.push(Span {
                end,
                style,
                link: link.cloned(),
            }),
        }
    }

    /// Writes a part of the text to `line`, with the escape sequences that the surface shows.
    pub(super) fn write(&self, range: Range<usize>, surface: &Surface, line: &mut String) {
        if !surface.color {
            line.push_str(&self.text[range]);
            return;
        }
        let first = self.spans.partition_point(|span| span.end <= range.start);
        let mut start = range.start;
        for span in &self.spans[first..] {
            if start >= range.end {
                break;
            }
            let end = span.end.min(range.end);
            write_span(&self.text[start..end], span, surface, line);
            start = end;
        }
        line.push_str(&self.text[start..range.end]);
    }
}

fn write_span(text: &str, span: &Span, surface: &Surface, line: &mut String) {
    let target = span.link.as_deref().filter(|_| surface.links);
    if let Some(target) = target {
        let _ = write!(line, "\x1b]8;;{target}\x1b\\");
    }
    let style = span.style;
    if style == Style::new() {
        line.push_str(text);
    } else {
        let _ = write!(line, "{style}{text}{style:#}");
    }
    if target.is_some() {
        line.push_str("\x1b]8;;\x1b\\");
    }
}

/// `top` laid over `base`: both weights, and the colour of `top` if it has one.
pub(super) fn over(base: Style, top: Style) -> Style {
    base.effects(base.get_effects() | top.get_effects())
        .fg_color(top.get_fg_color().or(base.get_fg_color()))
}

/// Text that is safe to show. Control characters become visible escapes, while the joiner inside an emoji
/// sequence stays, because there it only makes two pictures one.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{200d}') {
        let after = &rest[at + '\u{200d}'.len_utf8()..];
        let pictures = rest[..at].chars().next_back().is_some_and(is_pictorial)
            && after.chars().next().is_some_and(is_pictorial);
        out.push_str(&printable(&rest[..at]));
        out.push_str(if pictures { "\u{200d}" } else { "\\u{200d}" });
        rest = after;
    }
    out.push_str(&printable(rest));
    Cow::Owned(out.replace(['\t', '\u{2028}', '\u{2029}'], " "))
}

fn is_pictorial(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joiners_stay_only_between_pictures() {
        assert_eq!(clean("👩\u{200d}💻"), "👩\u{200d}💻");
        assert_eq!(clean("a\u{200d}b"), "a\\u{200d}b");
        assert_eq!(clean("\u{1b}[31m\u{202e}"), "\\x1b[31m\\u{202e}");
    }

    #[test]
    fn a_part_of_a_span_carries_its_style() {
        let mut inline = Inline::styled("plain ", Style::new());
        inline.push("bold", Style::new().bold(), None);
        let surface = Surface {
            width: 80,
            color: true,
            links: false,
            ascii: false,
        };
        let mut line = String::new();
        inline.write(3..8, &surface, &mut line);
        assert_eq!(line, "in \x1b[1mbo\x1b[0m");
    }
}

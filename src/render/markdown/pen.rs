//! The pen: writes inline text in the style that is in force, with links and footnote numbers.

use std::collections::HashMap;
use std::rc::Rc;

use anstyle::Style;

use super::inline::{Inline, clean, over};
use crate::render::theme::{Role, Surface};

/// Writes inline text.
pub(super) struct Pen {
    surface: Surface,
    text: Option<Inline>,
    /// Styles inside each other, with the mark that stands for each where there is no colour.
    styles: Vec<(Style, &'static str)>,
    links: Vec<Link>,
    numbers: HashMap<String, usize>,
}

/// A link that is being written.
struct Link {
    url: String,
    /// The target as OSC 8 takes it; `None` when the URL is to be shown.
    target: Option<Rc<str>>,
    /// Where its text begins.
    start: usize,
}

impl Pen {
    pub(super) fn new(surface: Surface) -> Self {
        Self {
            surface,
            text: None,
            styles: Vec::new(),
            links: Vec::new(),
            numbers: HashMap::new(),
        }
    }

    /// The text written since the last call.
    pub(super) fn take(&mut self) -> Option<Inline> {
        self.text.take()
    }

    pub(super) fn text(&mut self, text: &str) {
        // A dropped comment would leave a space on both of its sides.
        let spaced = self
            .text
            .as_ref()
            .is_some_and(|t| t.text.ends_with([' ', '\n']));
        let text = if spaced {
            text.trim_start_matches(' ')
        } else {
            text
        };
        self.put(&clean(text), Style::new());
    }

    fn put(&mut self, text: &str, top: Style) {
        let base = self.styles.last().map_or(Style::new(), |(style, _)| *style);
        let link = self.links.last().and_then(|link| link.target.as_ref());
        self.text
            .get_or_insert_default()
            .push(text, over(base, top), link);
    }

    pub(super) fn code(&mut self, code: &str) {
        let code = clean(code);
        if self.surface.color {
            self.put(&code, Role::Code.style());
        } else {
            self.put(&fenced(&code), Style::new());
        }
    }

    pub(super) fn html(&mut self, html: &str) {
        if html.starts_with("<br") {
            self.hard_break();
        } else if !html.starts_with("<!--") {
            self.text(html);
        }
    }

    pub(super) fn hard_break(&mut self) {
        self.put("\n", Style::new());
    }

    /// Begins a style, shown as `mark` where there is no colour.
    pub(super) fn begin(&mut self, style: Style, mark: &'static str) {
        let base = self.styles.last().map_or(Style::new(), |(style, _)| *style);
        if !self.surface.color && !mark.is_empty() {
            self.put(mark, Style::new());
        }
        self.styles.push((over(base, style), mark));
    }

    pub(super) fn end(&mut self) {
        if let Some((_, mark)) = self.styles.pop()
            && !self.surface.color
            && !mark.is_empty()
        {
            self.put(mark, Style::new());
        }
    }

    pub(super) fn begin_link(&mut self, url: &str) {
        let start = self.text.as_ref().map_or(0, |t| t.text.len());
        let target = self.surface.links.then(|| target(url)).flatten();
        let base = self.styles.last().map_or(Style::new(), |(style, _)| *style);
        self.styles.push((over(base, Role::Link.style()), ""));
        self.links.push(Link {
            url: clean(url).into_owned(),
            target: target.map(Rc::from),
            start,
        });
    }

    pub(super) fn end_link(&mut self) {
        self.styles.pop();
        let Some(link) = self.links.pop() else { return };
        let url = link.url.trim_start_matches("mailto:");
        let shown = self.text.as_ref().map_or("", |t| &t.text[link.start..]);
        let repeated = shown.trim_matches('`') == url || url.is_empty() || url.starts_with('#');
        if link.target.is_none() && !repeated {
            let suffix = format!(" ({url})");
            self.put(&suffix, Role::Faint.style());
        }
    }

    pub(super) fn begin_image(&mut self) {
        self.put("[image: ", Role::Faint.style());
    }

    pub(super) fn end_image(&mut self) {
        self.put("]", Role::Faint.style());
    }

    /// Refers to a footnote.
    pub(super) fn note(&mut self, label: &str) {
        let mark = format!("[{}]", self.number(label));
        self.put(&mark, Role::Faint.style());
    }

    /// The number of a footnote: they are counted in the order in which they are met.
    pub(super) fn number(&mut self, label: &str) -> usize {
        let next = self.numbers.len() + 1;
        *self.numbers.entry(label.to_owned()).or_insert(next)
    }
}

/// Code in backticks, in as many as its own backticks need.
fn fenced(code: &str) -> String {
    if !code.contains('`') {
        return format!("`{code}`");
    }
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    format!("{fence} {code} {fence}")
}

/// A URL as an OSC 8 link may carry it, or `None` when a terminal could not open it.
fn target(url: &str) -> Option<String> {
    let opens = ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| url.starts_with(scheme));
    opens.then(|| {
        url.bytes()
            .map(|b| {
                if b.is_ascii_graphic() {
                    char::from(b).to_string()
                } else {
                    format!("%{b:02X}")
                }
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_target_has_no_control_characters() {
        assert_eq!(
            target("https://a/\u{1b}\\é").as_deref(),
            Some("https://a/%1B\\%C3%A9")
        );
        assert_eq!(target("javascript:alert(1)"), None);
    }

    #[test]
    fn code_with_backticks_is_fenced_with_more() {
        assert_eq!(fenced("a`b"), "`` a`b ``");
    }
}

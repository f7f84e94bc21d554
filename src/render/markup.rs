//! Markup: elements of HTML and SVG as a tree. Names of elements and attributes stand in the source; every other text
//! is escaped on its way out, so nothing that a server sent can become markup.

use std::fmt::{self, Display, Write as _};

use crate::base::text::printable;

/// An element with its attributes and what is inside it.
#[derive(Clone, Debug)]
pub(super) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    inside: Vec<Node>,
}

#[derive(Clone, Debug)]
enum Node {
    Element(Element),
    Text(String),
    /// Markup that is whole and safe already.
    Whole(String),
}

/// An empty element.
pub(super) fn element(name: &'static str) -> Element {
    Element {
        name,
        attributes: Vec::new(),
        inside: Vec::new(),
    }
}

impl Element {
    /// With an attribute.
    pub(super) fn set(mut self, name: &'static str, value: impl Display) -> Self {
        self.attributes.push((name, value.to_string()));
        self
    }

    /// With a class of the style sheet.
    pub(super) fn class(self, class: &'static str) -> Self {
        self.set("class", class)
    }

    /// With a text behind what is inside already.
    pub(super) fn text(mut self, text: impl Into<String>) -> Self {
        self.inside.push(Node::Text(text.into()));
        self
    }

    /// With an element behind what is inside already.
    pub(super) fn with(mut self, element: Element) -> Self {
        self.inside.push(Node::Element(element));
        self
    }

    /// With a picture that was drawn and escaped elsewhere behind what is inside already.
    pub(super) fn drawn(mut self, markup: String) -> Self {
        self.inside.push(Node::Whole(markup));
        self
    }

    /// With several elements behind what is inside already, or with one that may be there.
    pub(super) fn all(mut self, elements: impl IntoIterator<Item = Element>) -> Self {
        let elements = elements.into_iter().map(Node::Element);
        self.inside.extend(elements);
        self
    }
}

impl Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}", self.name)?;
        for (name, value) in &self.attributes {
            write!(f, " {name}=\"{}\"", escape(value))?;
        }
        f.write_str(">")?;
        for node in &self.inside {
            match node {
                Node::Element(element) => element.fmt(f)?,
                Node::Text(text) => f.write_str(&escape(text))?,
                Node::Whole(markup) => f.write_str(markup)?,
            }
        }
        write!(f, "</{}>", self.name)
    }
}

/// Escapes markup, and shows what XML 1.0 forbids even as a reference: control characters and two noncharacters.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(out, "\\u{{{:x}}}", c as u32);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_shows_its_attributes_and_what_is_inside() {
        let list = element("ul")
            .class("steps")
            .with(element("li").text("a"))
            .all(["b", "c"].map(|text| element("li").text(text)))
            .all(None::<Element>);
        assert_eq!(
            list.to_string(),
            "<ul class=\"steps\"><li>a</li><li>b</li><li>c</li></ul>"
        );
    }

    #[test]
    fn no_text_becomes_markup() {
        let hostile = "</p><script>alert('x')</script>\" onload=\"x]]>\u{1b}[31m\u{0}";
        let shown = element("p").set("title", hostile).text(hostile).to_string();
        assert_eq!(shown.matches('<').count(), 2, "{shown}");
        assert_eq!(shown.matches('"').count(), 2, "{shown}");
        assert!(shown.contains("\\x1b[31m\\x00"), "{shown}");
    }

    #[test]
    fn markup_and_forbidden_characters_are_harmless() {
        assert_eq!(escape("a]]><b&\"'"), "a]]&gt;&lt;b&amp;&quot;&apos;");
        assert_eq!(escape("\u{0}\u{1b}\u{ffff}"), "\\x00\\x1b\\u{ffff}");
    }
}

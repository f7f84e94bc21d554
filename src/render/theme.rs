//! The theme: styles named by role, and what the reader's terminal can show.

use anstyle::{AnsiColor, Color, Style};

/// What the place that is written to can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surface {
    /// Columns.
    pub width: usize,
    /// Whether escape sequences for colour and weight may be written. Without it not one ESC byte is.
    pub color: bool,
    /// Whether OSC 8 links may be written (only ever with `color`).
    pub links: bool,
    /// Whether charts are drawn with nothing but ASCII.
    pub ascii: bool,
}

impl Surface {
    /// Plain text at `width` columns.
    #[must_use]
    pub fn plain(width: usize) -> Self {
        Self {
            width,
            color: false,
            links: false,
            ascii: false,
        }
    }

    /// `text` in the style of `role`, or as it is where there is no colour.
    #[must_use]
    pub fn paint(&self, role: Role, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let style = role.style();
        format!("{style}{text}{style:#}")
    }
}

/// What a piece of text is, which decides how it looks. Colour never carries meaning alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A heading.
    Heading,
    /// Strong emphasis.
    Strong,
    /// Emphasis.
    Emphasis,
    /// Code in a line.
    Code,
    /// A link's text.
    Link,
    /// Less important than its surroundings: rules, borders, line numbers.
    Faint,
    /// Something passed.
    Pass,
    /// Something failed.
    Fail,
    /// Something was skipped, or is unsure.
    Skip,
    /// A keyword in code.
    Keyword,
    /// A string in code.
    Text,
    /// A number or constant in code.
    Number,
    /// A comment in code.
    Comment,
    /// A command to type.
    Command,
}

impl Role {
    /// The style of this role on a terminal with colour.
    #[must_use]
    pub fn style(self) -> Style {
        let color = |c: AnsiColor| Style::new().fg_color(Some(Color::Ansi(c)));
        match self {
            Self::Heading => color(AnsiColor::Cyan).bold(),
            Self::Strong => Style::new().bold(),
            Self::Emphasis => Style::new().italic(),
            Self::Code | Self::Command => color(AnsiColor::Cyan),
            Self::Link => color(AnsiColor::Blue).underline(),
            Self::Faint => Style::new().dimmed(),
            Self::Pass | Self::Text => color(AnsiColor::Green),
            Self::Fail => color(AnsiColor::Red).bold(),
            Self::Skip | Self::Number => color(AnsiColor::Yellow),
            Self::Keyword => color(AnsiColor::Magenta),
            Self::Comment => Style::new().dimmed().italic(),
        }
    }
}

//! The theme: styles named by role, and what the reader's terminal can show.
//!
//! Its colours are of the 240 that look alike on every terminal. The first sixteen are not: each terminal has its own,
//! and its yellow or cyan is often unreadable on white. These can be read on black and on white.

use anstyle::{Ansi256Color, Style};

const BLUE: u8 = 31;
const BROWN: u8 = 130;
const GREEN: u8 = 28;
const PURPLE: u8 = 133;
const RED: u8 = 196;
const TEAL: u8 = 30;

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
        let color = |c: u8| Style::new().fg_color(Some(Ansi256Color(c).into()));
        match self {
            Self::Heading => color(TEAL).bold(),
            Self::Strong => Style::new().bold(),
            Self::Emphasis => Style::new().italic(),
            Self::Code | Self::Command => color(TEAL),
            Self::Link => color(BLUE).underline(),
            Self::Faint => Style::new().dimmed(),
            Self::Pass | Self::Text => color(GREEN),
            Self::Fail => color(RED).bold(),
            Self::Skip | Self::Number => color(BROWN),
            Self::Keyword => color(PURPLE),
            Self::Comment => Style::new().dimmed().italic(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How bright a colour of the cube of 6 × 6 × 6 is, from 0 to 1, after WCAG 2.
    fn luminance(color: u8) -> f64 {
        let place = color - 16;
        let level = |step: u8| f64::from(if step == 0 { 0 } else { 55 + 40 * step }) / 255.0;
        let linear = |step: u8| match level(step) {
            dark if dark <= 0.040_45 => dark / 12.92,
            level => ((level + 0.055) / 1.055).powf(2.4),
        };
        0.2126 * linear(place / 36) + 0.7152 * linear(place / 6 % 6) + 0.0722 * linear(place % 6)
    }

    #[test]
    fn every_colour_can_be_read_on_black_and_on_white() {
        for color in [BLUE, BROWN, GREEN, PURPLE, RED, TEAL] {
            let light = luminance(color) + 0.05;
            let (on_black, on_white) = (light / 0.05, 1.05 / light);
            let worst = on_black.min(on_white);
            assert!(
                worst > 3.9,
                "{color}: {on_black} on black, {on_white} on white"
            );
        }
    }
}

//! Sections: finding the part of a page that a link such as `where-state-lives#sessions` names.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::block::options;
use crate::base::slug::Slug;

/// The level (1 to 6), text and slug of every heading, in order.
#[must_use]
pub fn headings(text: &str) -> Vec<(u8, String, Slug)> {
    found(text)
        .into_iter()
        .map(|heading| {
            let slug = Slug::from_heading(&heading.text);
            (heading.level, heading.text, slug)
        })
        .collect()
}

/// The Markdown of the section whose heading has this slug, up to the next heading of its level or above.
#[must_use]
pub fn section(text: &str, slug: &str) -> Option<String> {
    let headings = found(text);
    let at = headings
        .iter()
        .position(|h| Slug::from_heading(&h.text).as_str() == slug)?;
    let first = &headings[at];
    let end = headings[at + 1..]
        .iter()
        .find(|h| h.level <= first.level)
        .map_or(text.len(), |h| h.range.start);
    Some(text[first.range.start..end].to_owned())
}

/// The part of a page around one of its bytes: from the heading of level 2 or above that stands before it to the next
/// one. A page without such headings is one part.
#[must_use]
pub fn around(text: &str, at: usize) -> &str {
    let headings = found(text);
    let starts = headings
        .iter()
        .filter(|h| h.level <= 2)
        .map(|h| h.range.start);
    let mut part = 0..text.len();
    for start in starts {
        if start <= at {
            part.start = start;
        } else {
            part.end = start;
            break;
        }
    }
    &text[part]
}

struct Heading {
    level: u8,
    text: String,
    range: Range<usize>,
}

fn found(text: &str) -> Vec<Heading> {
    let mut headings = Vec::new();
    let mut open: Option<Heading> = None;
    for (event, range) in Parser::new_ext(text, options()).into_offset_iter() {
        match (event, &mut open) {
            (Event::Start(Tag::Heading { level, .. }), _) => {
                open = Some(Heading {
                    level: level as u8,
                    text: String::new(),
                    range,
                });
            }
            (Event::End(TagEnd::Heading(_)), _) => headings.extend(open.take()),
            (Event::Text(part) | Event::Code(part), Some(heading)) => heading.text.push_str(&part),
            (Event::SoftBreak | Event::HardBreak, Some(heading)) => heading.text.push(' '),
            _ => {}
        }
    }
    headings
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Title\n\nIntro.\n\n## Where `state` lives\n\nText.\n\n### Deeper\n\nMore.\n\n```\n## not a heading\n```\n\n## Next\n\nEnd.\n";

    #[test]
    fn a_section_ends_at_the_next_heading_of_its_level() {
        let found = section(PAGE, "where-state-lives").unwrap();
        assert!(found.starts_with("## Where `state` lives\n"));
        assert!(found.ends_with("## not a heading\n```\n\n"));
        assert_eq!(section(PAGE, "next").as_deref(), Some("## Next\n\nEnd.\n"));
        assert_eq!(section(PAGE, "nowhere"), None);
    }

    #[test]
    fn the_part_around_a_byte_ends_at_the_next_heading() {
        let at = |word: &str| around(PAGE, PAGE.find(word).unwrap());
        assert_eq!(at("Intro"), "# Title\n\nIntro.\n\n");
        assert_eq!(at("More"), section(PAGE, "where-state-lives").unwrap());
        assert_eq!(at("Next"), "## Next\n\nEnd.\n");
        assert_eq!(around("Text.\n", 3), "Text.\n");
        assert_eq!(around(PAGE, PAGE.len()), "## Next\n\nEnd.\n");
    }

    #[test]
    fn headings_come_with_level_text_and_slug() {
        let all = headings(PAGE);
        assert_eq!(all.len(), 4);
        assert_eq!(all[1].0, 2);
        assert_eq!(all[1].1, "Where state lives");
        assert_eq!(all[1].2.as_str(), "where-state-lives");
    }
}

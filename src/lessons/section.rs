//! Sections: the parts of a page under its headings, found by a scan of lines that skips fenced code.
//!
//! Enough to link and to search; pages are drawn by `render::markdown`, which reads Markdown in full.

use crate::base::slug::Slug;

/// A part of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section<'t> {
    /// The heading, `None` for what stands above the first one.
    pub(super) heading: Option<&'t str>,
    /// The lines below it, code included.
    pub(super) lines: Vec<&'t str>,
}

/// The names by which the headings of a page are linked, in order.
#[must_use]
pub fn anchors(text: &str) -> Vec<Slug> {
    sections(text)
        .iter()
        .filter_map(|section| section.heading)
        .map(Slug::from_heading)
        .collect()
}

pub(super) fn sections(text: &str) -> Vec<Section<'_>> {
    let mut found = vec![Section {
        heading: None,
        lines: Vec::new(),
    }];
    for (line, code) in lines(text) {
        match heading(line).filter(|_| !code) {
            Some(title) => found.push(Section {
                heading: Some(title),
                lines: Vec::new(),
            }),
            None => {
                if let Some(last) = found.last_mut() {
                    last.lines.push(line);
                }
            }
        }
    }
    found
}

/// The lines of a page, each with whether it belongs to a fenced block (its fences included).
pub(super) fn lines(text: &str) -> Vec<(&str, bool)> {
    let mut open: Option<(char, usize)> = None;
    text.lines()
        .map(|line| {
            let fence = fence(line);
            match (open, fence) {
                (None, Some((mark, length, _))) => {
                    open = Some((mark, length));
                    (line, true)
                }
                (Some((mark, length)), Some((m, l, ""))) if m == mark && l >= length => {
                    open = None;
                    (line, true)
                }
                (now, _) => (line, now.is_some()),
            }
        })
        .collect()
}

/// A line that opens or closes fenced code: its mark, how many, and what follows.
fn fence(line: &str) -> Option<(char, usize, &str)> {
    let line = unindented(line)?;
    let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let rest = line.trim_start_matches(mark);
    let length = line.len() - rest.len();
    let inline_code = mark == '`' && rest.contains('`');
    (length >= 3 && !inline_code).then(|| (mark, length, rest.trim()))
}

fn heading(line: &str) -> Option<&str> {
    let line = unindented(line)?;
    let rest = line.trim_start_matches('#');
    let level = line.len() - rest.len();
    if !(1..=6).contains(&level) || !rest.starts_with([' ', '\t']) {
        return None;
    }
    Some(rest.trim().trim_end_matches('#').trim_end())
}

/// The line without its indent, `None` when four spaces make it code.
fn unindented(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(' ');
    (line.len() - rest.len() < 4).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slugs(text: &str) -> Vec<String> {
        anchors(text).iter().map(Slug::to_string).collect()
    }

    #[test]
    fn headings_of_every_level_become_anchors() {
        assert_eq!(
            slugs("## Try it\ntext\n### 401 or 403? ###\n#no\n####### no\n    # code\n"),
            ["try-it", "401-or-403"]
        );
    }

    #[test]
    fn headings_in_fenced_code_are_not_headings() {
        let text = "# a\n```sh\n# comment\n~~~\n```\n# b\n~~~~\n# x\n~~~\n# y\n~~~~\n# c\n";
        assert_eq!(slugs(text), ["a", "b", "c"]);
        assert_eq!(slugs("```inline``` code\n# a\n"), ["a"]);
    }

    #[test]
    fn the_part_above_the_first_heading_has_none() {
        let found = sections("one\n## Two\nthree\n");
        assert_eq!(
            (found[0].heading, found[0].lines.as_slice()),
            (None, ["one"].as_slice())
        );
        assert_eq!(
            (found[1].heading, found[1].lines.as_slice()),
            (Some("Two"), ["three"].as_slice())
        );
    }
}

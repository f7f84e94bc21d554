//! Rules about links on pages: to a section or a file that is not there.

use pulldown_cmark::{Event, Parser, Tag};

use crate::base::diagnostic::Diagnostic;
use crate::base::slug::Slug;
use crate::lessons;

use super::{Course, mistake, near};

/// The links of one page that lead nowhere; `offset` is where the page begins in its file.
pub(super) fn mistakes(course: &Course, path: &str, page: &str, offset: usize) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (event, span) in Parser::new(page).into_offset_iter() {
        let Event::Start(Tag::Link { dest_url, .. }) = event else {
            continue;
        };
        let span = span.start + offset..span.end + offset;
        if let Some((message, help)) = dead(course, path, page, &dest_url) {
            found.push(mistake("E460", path, span, message).help(help));
        }
    }
    found
}

/// Why a link leads nowhere, and what may be meant; `None` when it leads somewhere, or out of the course.
fn dead(course: &Course, path: &str, page: &str, link: &str) -> Option<(String, String)> {
    // An address has a scheme, as in `https:` or `mailto:`.
    if link.split(['/', '#']).next()?.contains(':') {
        return None;
    }
    let (file, section) = link.split_once('#').unwrap_or((link, ""));
    let target = if file.is_empty() {
        path.to_owned()
    } else {
        beside(path, file)
    };
    if !course.paths.contains(&target) {
        let known: Vec<&str> = course.paths.iter().map(String::as_str).collect();
        return Some((
            format!("there is no file `{target}`"),
            near(&target, &known),
        ));
    }
    if section.is_empty() {
        return None;
    }
    let text = if target == path {
        page
    } else {
        super::lesson::page(course.text(&target)).1
    };
    let sections = lessons::anchors(text);
    if sections.iter().any(|s| s.as_str() == section) {
        return None;
    }
    let known: Vec<&str> = sections.iter().map(Slug::as_str).collect();
    let message = format!("`{target}` has no section `{section}`");
    Some((message, near(section, &known)))
}

/// The path that `file` means on the page at `path`.
fn beside(path: &str, file: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_from_the_page_it_stands_on() {
        assert_eq!(beside("lessons/01-a.md", "02-b.md"), "lessons/02-b.md");
        assert_eq!(
            beside("exercises/a/README.md", "../../lessons/./01-a.md"),
            "lessons/01-a.md"
        );
    }
}

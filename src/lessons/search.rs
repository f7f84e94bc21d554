//! Search: finding words in lessons.

use super::lesson::Lesson;
use super::section::{Section, sections};
use crate::base::slug::Slug;

/// A section in which all words were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The lesson it is in.
    pub lesson: Slug,
    /// The section to link to, `None` for the top of the page.
    pub section: Option<Slug>,
    /// The heading of the section; at the top, the title of the lesson.
    pub heading: String,
    /// The line that says most about the words, as it stands in the file.
    pub line: String,
}

/// The sections in which every word occurs, best first. Case does not matter; a word may be part of a longer one.
///
/// A word in the lesson's title counts most, then one in the heading, then each time it occurs in the text. Equals
/// stay in the order of the course.
#[must_use]
pub fn search(lessons: &[Lesson], words: &str) -> Vec<Hit> {
    let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let mut ranked: Vec<(usize, Hit)> = lessons
        .iter()
        .flat_map(|lesson| {
            let mut hits = Vec::new();
            for mut part in sections(&lesson.text) {
                let sources = without_sources(&mut part);
                hits.extend(hit(lesson, &part, &words));
                hits.extend(sources.and_then(|part| source(lesson, &part, &words)));
            }
            hits
        })
        .collect();
    ranked.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    ranked.into_iter().map(|(_, hit)| hit).collect()
}

fn hit(lesson: &Lesson, section: &Section, words: &[String]) -> Option<(usize, Hit)> {
    let title = lesson.title.to_lowercase();
    let heading = section.heading.unwrap_or(&lesson.title);
    let lower_heading = heading.to_lowercase();
    let mut score = 0;
    for word in words {
        let in_body: usize = section.lines.iter().map(|line| times(line, word)).sum();
        let in_heading = times(&lower_heading, word).min(1);
        if in_body + in_heading == 0 {
            return None;
        }
        // A section that says a word often does not outrank one that is about it.
        score += in_body.min(9) + 10 * in_heading + 20 * times(&title, word).min(1);
    }
    Some((
        score,
        Hit {
            lesson: lesson.slug.clone(),
            section: section.heading.map(Slug::from_heading),
            heading: heading.to_owned(),
            line: best_line(section, words),
        },
    ))
}

/// Takes the footnotes out of a section. They stand below the last one and belong to the whole page.
fn without_sources<'t>(section: &mut Section<'t>) -> Option<Section<'t>> {
    let first = section
        .lines
        .iter()
        .position(|line| line.starts_with("[^"))?;
    Some(Section {
        heading: Some("Sources"),
        lines: section.lines.split_off(first),
    })
}

/// A hit among the sources, which comes after all others.
fn source(lesson: &Lesson, sources: &Section, words: &[String]) -> Option<(usize, Hit)> {
    let (_, mut hit) = hit(lesson, sources, words)?;
    hit.section = None;
    if let Some((_, text)) = hit.line.split_once("]: ") {
        hit.line = text.to_owned();
    }
    Some((0, hit))
}

/// The first of the lines with the most words; when none has any, the first that is not blank.
fn best_line(section: &Section, words: &[String]) -> String {
    let rank = |line: &str| words.iter().filter(|word| times(line, word) > 0).count();
    let lines = section.lines.iter().map(|line| line.trim());
    lines
        .filter(|line| !line.is_empty())
        .rev()
        .max_by_key(|line| rank(line))
        .unwrap_or("")
        .to_owned()
}

fn times(text: &str, word: &str) -> usize {
    text.to_lowercase().matches(word).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson(slug: &str, title: &str, text: &str) -> Lesson {
        let matter = format!("+++\ntitle = \"{title}\"\nminutes = 5\nsummary = \"S.\"\n+++\n");
        Lesson::parse(&format!("lessons/1-{slug}.md"), &(matter + text)).unwrap()
    }

    fn found(lessons: &[Lesson], words: &str) -> Vec<String> {
        let place = |hit: &Hit| match &hit.section {
            Some(section) => format!("{}#{section}", hit.lesson),
            None => hit.lesson.to_string(),
        };
        search(lessons, words).iter().map(place).collect()
    }

    #[test]
    fn all_words_must_occur_in_one_section() {
        let lessons = [lesson(
            "a",
            "A",
            "cookie\n## One\nToken and COOKIE\n## Two\ntoken\n",
        )];
        assert_eq!(found(&lessons, "cookie token"), ["a#one"]);
        assert_eq!(found(&lessons, "cookie cake"), [""; 0]);
        assert_eq!(found(&lessons, " "), [""; 0]);
    }

    #[test]
    fn a_source_belongs_to_the_page_and_comes_last() {
        let text = "## One\nIt ends.[^a]\n\n[^a]: RFC 7, on tokens.\n[^b]: b\n";
        let lessons = [lesson("a", "A", text), lesson("b", "B", "A token.\n")];
        assert_eq!(found(&lessons, "token"), ["b", "a"]);
        let hits = search(&lessons, "rfc 7");
        assert_eq!((hits.len(), hits[0].heading.as_str()), (1, "Sources"));
        assert_eq!(hits[0].line, "RFC 7, on tokens.");
    }

    #[test]
    fn titles_rank_above_headings_above_text() {
        let lessons = [
            lesson("text", "A", "state state state state\n"),
            lesson("heading", "B", "## State\nIt is kept.\n"),
            lesson(
                "title",
                "Where state lives",
                "It is kept.\n## Other\nA state.\n",
            ),
        ];
        assert_eq!(
            found(&lessons, "state"),
            ["title", "title#other", "heading#state", "text"]
        );
    }

    #[test]
    fn a_hit_shows_the_line_with_the_most_words() {
        let lessons = [lesson(
            "a",
            "A",
            "## One\na token\n- a token in a Cookie\ncookie\n",
        )];
        assert_eq!(
            search(&lessons, "cookie token")[0].line,
            "- a token in a Cookie"
        );
    }
}

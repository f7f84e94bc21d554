//! Rules about the pages of lessons and briefs: what a reader would stumble over.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use regex::Regex;

use crate::base::diagnostic::Diagnostic;
use crate::base::slug::Slug;
use crate::lessons::{self, Demo, Lesson};

use super::readability::Readability;
use super::{Course, link, mistake, near};

/// The longest sentence, in words.
const WORDS: usize = 35;
/// The longest paragraph, in characters: six lines of 80 columns.
const COLUMNS: usize = 6 * 80;
/// The highest school grade that a page may ask for.
const GRADE: f64 = 10.0;

static READ: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"course read ([a-z][a-z0-9-]*)(?:#([a-z0-9-]+))?")
        .expect("the pattern is a constant")
});

/// The mistakes of all pages, and of references to pages in any text.
pub(super) fn mistakes(course: &Course, drawable: &dyn Fn(&str) -> bool) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (path, text) in &course.texts {
        found.extend(references(course, path, text));
        if is_lesson(path) || is_brief(path) {
            let (offset, body) = page(text);
            found.extend(link::mistakes(course, path, body, offset));
            found.extend(Page::new(path, body, offset, drawable).mistakes());
        }
    }
    for lesson in &course.lessons {
        found.extend(exercise(course, lesson));
        found.extend(quiz(course, lesson));
        found.extend(Demo::read(course.source, lesson).err().unwrap_or_default());
    }
    found
}

/// Arrows, shapes, marks, and emoji.
fn is_symbol(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..)
}

fn is_lesson(path: &str) -> bool {
    path.strip_prefix("lessons/")
        .and_then(|name| name.strip_suffix(".md"))
        .is_some_and(|name| !name.contains('/'))
}

fn is_brief(path: &str) -> bool {
    path.strip_prefix("exercises/")
        .and_then(|rest| rest.split_once('/'))
        .is_some_and(|(_, rest)| rest == "README.md")
}

/// The page below the front matter, and where it begins. The whole text when there is no front matter.
pub(super) fn page(text: &str) -> (usize, &str) {
    let mut at = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        at += line.len();
        match (index, line.trim_end()) {
            (0, "+++") => {}
            (0, _) => break,
            (_, "+++") => return (at, &text[at..]),
            _ => {}
        }
    }
    (0, text)
}

/// One page while it is read.
struct Page<'p> {
    path: &'p str,
    text: &'p str,
    offset: usize,
    drawable: &'p dyn Fn(&str) -> bool,
    found: Vec<Diagnostic>,
    /// The open block of text, its pieces by place: where in the block, where on the page.
    block: String,
    places: Vec<(usize, usize)>,
    end: usize,
    /// The same without code, which nobody reads aloud.
    words: String,
    readability: Readability,
    /// How many blocks are open whose text is not prose.
    aside: usize,
}

impl<'p> Page<'p> {
    fn new(
        path: &'p str,
        text: &'p str,
        offset: usize,
        drawable: &'p dyn Fn(&str) -> bool,
    ) -> Self {
        Self {
            path,
            text,
            offset,
            drawable,
            found: Vec::new(),
            block: String::new(),
            places: Vec::new(),
            end: 0,
            words: String::new(),
            readability: Readability::default(),
            aside: 0,
        }
    }

    fn mistakes(mut self) -> Vec<Diagnostic> {
        let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
        let events: Vec<(Event, Range<usize>)> = Parser::new_ext(self.text, options)
            .into_offset_iter()
            .collect();
        self.headings(&events);
        self.cells(&events);
        let mut code: Option<(String, Range<usize>, String)> = None;
        let mut image: Option<(Range<usize>, String)> = None;
        for (event, span) in events {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    code = Some((info.to_string(), span.clone(), String::new()));
                }
                Event::End(TagEnd::CodeBlock) => {
                    if let Some((info, span, text)) = code.take() {
                        self.fence(&info, span, &text);
                    }
                }
                Event::Start(Tag::Image { .. }) => image = Some((span.clone(), String::new())),
                Event::End(TagEnd::Image) => {
                    if let Some((span, _)) = image.take().filter(|(_, alt)| alt.trim().is_empty()) {
                        let message = "this image has no text for those who cannot see it";
                        self.add(
                            "W450",
                            span,
                            message,
                            "write what it shows: ![a client and a server](…)",
                        );
                    }
                }
                Event::Text(ref text) if code.is_some() => {
                    if let Some((_, _, block)) = &mut code {
                        block.push_str(text);
                    }
                }
                Event::Text(ref text) if image.is_some() => {
                    if let Some((_, alt)) = &mut image {
                        alt.push_str(text);
                    }
                }
                event => self.prose(&event, span),
            }
        }
        self.flush();
        if let Some(grade) = self.readability.grade().filter(|grade| *grade > GRADE) {
            let message = format!("this page reads like grade {grade:.1}, {GRADE:.0} is the most");
            let line = self.text.lines().next().unwrap_or_default();
            self.add(
                "W461",
                0..line.len(),
                message,
                "use shorter sentences and plainer words",
            );
        }
        self.found
    }

    fn add(
        &mut self,
        id: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        help: &str,
    ) {
        let span = span.start + self.offset..span.end + self.offset;
        self.found
            .push(mistake(id, self.path, span, message).help(help));
    }

    fn headings(&mut self, events: &[(Event, Range<usize>)]) {
        let mut last = 0;
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for (event, span) in events {
            let Event::Start(Tag::Heading { level, .. }) = event else {
                continue;
            };
            let level = *level as usize;
            let line = self.text[span.clone()].trim_end();
            let whole = span.start..span.start + line.len();
            // A page begins at the first or second level, since its title stands above it.
            if (last == 0 && level > 2) || (last > 0 && level > last + 1) {
                let message = format!(
                    "a heading of level {level} follows one of level {}",
                    last.max(1)
                );
                self.add(
                    "W452",
                    whole.clone(),
                    message,
                    "go down one level at a time",
                );
            }
            last = level;
            let title = line
                .lines()
                .next()
                .unwrap_or_default()
                .trim_matches(['#', ' ']);
            let anchor = Slug::from_heading(title).to_string();
            if !seen.insert(anchor.clone()) {
                let message = format!("the anchor `{anchor}` is taken by a heading above");
                self.add(
                    "W453",
                    whole,
                    message,
                    "word one of the two headings differently: a link reaches only the first",
                );
            }
        }
    }

    /// Cells of tables in which a symbol stands for a word.
    fn cells(&mut self, events: &[(Event, Range<usize>)]) {
        for (event, span) in events {
            let Event::Start(Tag::TableCell) = event else {
                continue;
            };
            let cell = self.text[span.clone()].trim_matches(['|', ' ']);
            if cell.chars().any(is_symbol) && !cell.chars().any(char::is_alphanumeric) {
                let message = format!("`{cell}` alone says it");
                let at = span.start + self.text[span.clone()].find(cell).unwrap_or(0);
                let help = "write the word, as in `yes`, beside the symbol or instead of it";
                self.add("W462", at..at + cell.len(), message, help);
            }
        }
    }

    fn fence(&mut self, info: &str, span: Range<usize>, text: &str) {
        let line = self.text[span.clone()].lines().next().unwrap_or_default();
        let first = span.start..span.start + line.len();
        match info.split_whitespace().next() {
            None => self.add(
                "W451",
                first,
                "this code has no language",
                "write it behind the fence: ```sh, ```http, ```text",
            ),
            Some("mermaid") if !(self.drawable)(text) => self.add(
                "W457",
                first,
                "this diagram cannot be drawn in a terminal",
                "use a flowchart or a sequence diagram of plain parts",
            ),
            Some(_) => {}
        }
    }

    /// Gathers the words of paragraphs and list items.
    fn prose(&mut self, event: &Event, span: Range<usize>) {
        match event {
            Event::Start(
                Tag::Table(_)
                | Tag::FootnoteDefinition(_)
                | Tag::Heading { .. }
                | Tag::CodeBlock(_),
            ) => {
                self.flush();
                self.aside += 1;
            }
            Event::End(TagEnd::Table | TagEnd::FootnoteDefinition | TagEnd::Heading(_)) => {
                self.aside = self.aside.saturating_sub(1);
                self.block.clear();
                self.places.clear();
            }
            Event::Start(Tag::Paragraph | Tag::Item | Tag::List(_) | Tag::BlockQuote(_))
            | Event::End(
                TagEnd::Paragraph | TagEnd::Item | TagEnd::List(_) | TagEnd::BlockQuote(_),
            ) => {
                self.flush();
            }
            Event::Text(text) if self.aside == 0 => {
                self.words.push_str(text);
                self.push(text, span);
            }
            Event::Code(text) if self.aside == 0 => {
                self.words.push_str("it");
                self.push(text, span);
            }
            Event::SoftBreak | Event::HardBreak if self.aside == 0 => {
                self.words.push(' ');
                self.push(" ", span);
            }
            _ => {}
        }
    }

    fn push(&mut self, text: &str, span: Range<usize>) {
        self.places.push((self.block.len(), span.start));
        self.block.push_str(text);
        self.end = span.end;
    }

    /// Judges the block that ends here.
    fn flush(&mut self) {
        let spoken = std::mem::take(&mut self.words);
        for (_, sentence) in sentences(&spoken) {
            self.readability.add(sentence);
        }
        let block = std::mem::take(&mut self.block);
        let places = std::mem::take(&mut self.places);
        let Some((_, start)) = places.first().copied() else {
            return;
        };
        let place = |at: usize| {
            let piece = places.iter().rev().find(|(from, _)| *from <= at);
            piece.map_or(start, |(from, page)| page + (at - from))
        };
        let length = block.chars().count();
        if length > COLUMNS {
            let message = format!("this paragraph has {length} characters, {COLUMNS} are the most");
            let end = start + self.text[start..].lines().next().unwrap_or_default().len();
            self.add("W456", start..end, message, "make two of it, or a list");
        }
        for (from, sentence) in sentences(&block) {
            let words = words(sentence);
            if words > WORDS {
                let message = format!("this sentence has {words} words, {WORDS} are the most");
                let end = place(from + sentence.len()).min(self.end).max(place(from));
                self.add(
                    "W455",
                    place(from)..end,
                    message,
                    "make two sentences of it",
                );
            }
        }
    }
}

/// The sentences of a text, each with its place. A colon does not end one: the reader still holds its first half.
fn sentences(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut from = 0;
    let marks: Vec<(usize, char)> = text.char_indices().collect();
    for (at, (place, mark)) in marks.iter().enumerate() {
        let mut after = marks[at + 1..].iter().map(|(_, c)| *c);
        let closed = after.find(|c| !matches!(c, '"' | ')' | '”'));
        if matches!(mark, '.' | '?' | '!') && closed.is_some_and(char::is_whitespace) {
            found.push((from, &text[from..=*place]));
            from = place + 1;
        }
    }
    found.push((from, &text[from..]));
    for (at, sentence) in &mut found {
        *at += sentence.len() - sentence.trim_start().len();
        *sentence = sentence.trim();
    }
    found
}

fn words(sentence: &str) -> usize {
    let is_word = |word: &&str| word.chars().any(char::is_alphanumeric);
    sentence.split_whitespace().filter(is_word).count()
}

/// `course read x#y` where there is no such lesson, exercise, or section.
fn references(course: &Course, path: &str, text: &str) -> Vec<Diagnostic> {
    let known: Vec<&str> = course.anchors.keys().map(String::as_str).collect();
    let mut found = Vec::new();
    for part in READ.captures_iter(text) {
        let (Some(whole), Some(lesson)) = (part.get(0), part.get(1)) else {
            continue;
        };
        let brief = course
            .exercises
            .iter()
            .find(|exercise| exercise.slug.as_str() == lesson.as_str())
            .map(|exercise| {
                lessons::anchors(&exercise.brief)
                    .iter()
                    .map(ToString::to_string)
                    .collect()
            });
        let Some(sections) = course.anchors.get(lesson.as_str()).or(brief.as_ref()) else {
            let message = format!("there is no lesson `{}` to read", lesson.as_str());
            let help = near(lesson.as_str(), &known);
            found.push(mistake("E454", path, whole.range(), message).help(help));
            continue;
        };
        if let Some(section) = part
            .get(2)
            .filter(|s| !sections.iter().any(|k| k == s.as_str()))
        {
            let message = format!(
                "`{}` has no section `{}`",
                lesson.as_str(),
                section.as_str()
            );
            let sections: Vec<&str> = sections.iter().map(String::as_str).collect();
            let help = near(section.as_str(), &sections);
            found.push(mistake("E454", path, whole.range(), message).help(help));
        }
    }
    found
}

/// The place of the value of a key in the front matter.
fn value_of(text: &str, key: &str) -> Range<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with(key) && line[key.len()..].trim_start().starts_with('=') {
            return at..at + line.trim_end().len();
        }
        at += line.len();
    }
    0..0
}

fn exercise(course: &Course, lesson: &Lesson) -> Option<Diagnostic> {
    let slug = lesson.exercise.as_ref()?;
    // An exercise with mistakes is there, too.
    let file = format!("exercises/{slug}/exercise.toml");
    if course.texts.contains_key(&file) {
        return None;
    }
    let known: Vec<&str> = course.exercises.iter().map(|e| e.slug.as_str()).collect();
    let span = value_of(course.text(&lesson.file), "exercise");
    let message = format!("there is no exercise `{slug}`");
    let help = match near(slug.as_str(), &known) {
        help if help.is_empty() => {
            "write it, or take the key away until it is there; the course passes it over".to_owned()
        }
        help => help,
    };
    Some(mistake("W458", &lesson.file, span, message).help(help))
}

fn quiz(course: &Course, lesson: &Lesson) -> Option<Diagnostic> {
    let count = lesson.quiz.len();
    if (3..=5).contains(&count) {
        return None;
    }
    let span = value_of(course.text(&lesson.file), "title");
    let message = format!("this lesson has {count} questions, three to five are right");
    Some(
        mistake("W459", &lesson.file, span, message)
            .help("fewer do not show what was understood, more are skipped"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_at_its_mark_and_not_at_a_colon() {
        let found: Vec<&str> = sections_of("One: two (three.) Four? \"Five!\" six");
        assert_eq!(found, ["One: two (three.", ") Four?", "\"Five!", "\" six"]);
    }

    fn sections_of(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|(_, s)| s).collect()
    }

    #[test]
    fn the_page_begins_below_the_front_matter() {
        assert_eq!(page("+++\na = 1\n+++\nText.\n"), (14, "Text.\n"));
        assert_eq!(page("Text.\n+++\n"), (0, "Text.\n+++\n"));
    }
}

//! The interview: a bank of questions, read from `interview/questions.toml`, and how answers to them are marked.
//!
//! The learner marks their own answer against the points of the question, so a score is self-reported, always.

pub mod marks;
pub mod plan;
mod question;

pub use marks::{ANCHORS, Cap, cap};
pub use question::{FollowUp, Level, Question};

use crate::base::diagnostic::Diagnostic;
use crate::base::source::Source;
use crate::base::toml::{Fields, Reader, Rules};

/// Where the questions stand inside a course.
pub const PATH: &str = "interview/questions.toml";

static RULES: Rules = Rules {
    syntax: "E601",
    unknown: "E602",
    kind: "E603",
    missing: "E604",
    slug: "E605",
    value: "E605",
};

/// An id that is there twice.
const TWICE: &str = "E606";

/// The question bank of a course, in the order of its file; empty when there is none.
///
/// # Errors
/// Every mistake of the file at once.
pub fn bank(source: &Source) -> Result<Vec<Question>, Vec<Diagnostic>> {
    if !source.has(PATH) {
        return Ok(Vec::new());
    }
    let text = source
        .text(PATH)
        .map_err(|error| vec![Diagnostic::error("E601", PATH, 0..0, error.to_string())])?;
    parse(&text)
}

fn parse(text: &str) -> Result<Vec<Question>, Vec<Diagnostic>> {
    let mut reader = Reader::new(PATH, &RULES);
    let mut found: Vec<Question> = Vec::new();
    if let Some(document) = reader.document(text) {
        let fields = Fields::new(document.get_ref(), 0..0, "a question bank");
        reader.only(&fields, &["question"]);
        let items = reader
            .required(&fields, "question")
            .and_then(|value| reader.as_list(value, "question"));
        for item in items.unwrap_or_default() {
            let table = reader.as_row(item, "question", "a question");
            let Some((question, place)) = table.and_then(|table| {
                Some((question::read(&mut reader, &table)?, table.place_of("id")))
            }) else {
                continue;
            };
            if found.iter().any(|other| other.id == question.id) {
                let message = format!("the question `{}` is there twice", question.id);
                reader.note(TWICE, place, message).help =
                    String::from("give each question an id of its own");
            }
            found.push(question);
        }
    }
    reader.finish(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[[question]]\nid = \"Q1\"\nlevel = \"easy\"\nask = \"?\"\nmust = [\"a\"]\nstrong = [\"b\"]\n\
        red_flags = [\"c\"]\nfollow_ups = [{ ask = \"and?\", answer = \"so\" }]\nlesson = \"l#s\"\ncheck = \"e#c\"\n";

    fn mistakes(text: &str) -> Vec<(&'static str, String, String)> {
        let told = |d: Diagnostic| (d.id, text[d.span].to_owned(), d.message);
        parse(text).unwrap_err().into_iter().map(told).collect()
    }

    #[test]
    fn a_question_is_read_whole() {
        let bank = parse(GOOD).unwrap();
        let question = &bank[0];
        assert_eq!((question.id.as_str(), question.level), ("Q1", Level::Easy));
        assert_eq!(question.lesson, "l#s");
        assert_eq!(question.check.as_deref(), Some("e#c"));
        assert_eq!(question.follow_ups[0].answer, "so");
    }

    #[test]
    fn every_mistake_is_found_at_its_place() {
        let text = GOOD
            .replace("\"Q1\"", "\"one\"")
            .replace("\"easy\"", "\"esy\"")
            .replace("strong", "stong")
            .replace("[\"c\"]", "[]");
        assert_eq!(
            mistakes(&text),
            [
                (
                    "E604",
                    "[[question]]".to_owned(),
                    "a question needs the key `strong`".to_owned()
                ),
                (
                    "E605",
                    "\"one\"".to_owned(),
                    "`one` is not the id of a question".to_owned()
                ),
                (
                    "E605",
                    "\"esy\"".to_owned(),
                    "there is no level `esy`".to_owned()
                ),
                (
                    "E602",
                    "stong".to_owned(),
                    "a question has no key `stong`".to_owned()
                ),
                ("E605", "[]".to_owned(), "`red_flags` is empty".to_owned()),
            ]
        );
    }

    #[test]
    fn an_id_is_there_once() {
        let found = mistakes(&format!("{GOOD}{GOOD}"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].0, found[0].1.as_str()), ("E606", "\"Q1\""));
    }

    #[test]
    fn the_shipped_bank_has_thirty_questions_each_with_its_points() {
        let source = Source::Folder(env!("CARGO_MANIFEST_DIR").into());
        let bank = bank(&source).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
        let ids: Vec<String> = bank.iter().map(|q| q.id.clone()).collect();
        let wanted: Vec<String> = (1..=30).map(|n| format!("Q{n}")).collect();
        assert_eq!(ids, wanted);
        for question in &bank {
            assert!(question.must.len() >= 2, "{}", question.id);
            assert!(question.strong.len() >= 2, "{}", question.id);
            assert!(question.follow_ups.len() >= 2, "{}", question.id);
            assert!(question.check.is_some(), "{}", question.id);
        }
    }
}

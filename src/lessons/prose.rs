//! Prose: what the shipped lessons are held to, measured.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::section::lines;
use super::{Lesson, all, anchors};
use crate::base::source::Source;
use crate::questions::{Kind, Verdict};

/// The longest sentence, in words.
const WORDS: usize = 35;

/// The longest paragraph: six lines of 80 columns.
const COLUMNS: usize = 6 * 80;

fn shipped() -> Vec<Lesson> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    all(&Source::Folder(root)).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
}

/// The paragraphs and list items of a page: no code, headings, tables or footnotes.
fn paragraphs(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut in_note = false;
    for (raw, code) in lines(text) {
        in_note = is_note(raw) || in_note && raw.starts_with("    ");
        let line = raw.trim_start();
        let other = code || in_note || line.is_empty() || line.starts_with(['#', '|']);
        let item = ["- ", "* ", "> "].iter().any(|mark| line.starts_with(mark))
            || line.starts_with(|c: char| c.is_ascii_digit()) && line.contains(". ");
        if other || item {
            found.push(String::new());
        }
        if let Some(last) = found.last_mut().filter(|_| !other) {
            last.push_str(line);
            last.push(' ');
        }
    }
    found.retain(|paragraph| !paragraph.trim().is_empty());
    found
        .iter()
        .map(|paragraph| without_notes(paragraph))
        .collect()
}

fn is_note(line: &str) -> bool {
    line.starts_with("[^")
}

/// The text without its references to footnotes.
fn without_notes(text: &str) -> String {
    let mut parts = text.split("[^");
    let first = parts.next().unwrap_or("").to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once(']').map_or("", |(_, rest)| rest)
    })
}

/// A colon or semicolon does not end a sentence: the reader still holds its first half.
fn sentences(paragraph: &str) -> Vec<String> {
    let plain = paragraph.replace("**", "").replace(['"', ')'], "");
    let ended = plain.replace("? ", ". ").replace("! ", ". ");
    ended.split(". ").map(str::to_owned).collect()
}

fn words(sentence: &str) -> usize {
    let is_word = |word: &&str| word.chars().any(char::is_alphanumeric);
    sentence.split_whitespace().filter(is_word).count()
}

/// The names of footnotes in a page: those referred to, and those defined.
fn footnotes(text: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut used, mut defined) = (BTreeSet::new(), BTreeSet::new());
    for (line, code) in lines(text) {
        for (i, part) in line.split("[^").skip(1).enumerate().filter(|_| !code) {
            let Some((name, rest)) = part.split_once(']') else {
                continue;
            };
            let definition = i == 0 && is_note(line) && rest.starts_with(':');
            let names = if definition { &mut defined } else { &mut used };
            names.insert(name.to_owned());
        }
    }
    (used, defined)
}

#[test]
fn sentences_are_counted_in_words_of_prose() {
    let text = "# A b c\nOne two\nthree.[^a] \"Four: `five`?\"\n\n```\ncode code\n```\n- six – seven\n\n\
                [^a]: eight\n    nine\n";
    let counts: Vec<Vec<usize>> = paragraphs(text)
        .iter()
        .map(|paragraph| sentences(paragraph).iter().map(|s| words(s)).collect())
        .collect();
    assert_eq!(counts, [vec![3, 2, 0], vec![2]]);
}

#[test]
fn shipped_lessons_have_three_to_five_questions_and_two_to_four_for_the_interview() {
    for lesson in shipped() {
        assert!((3..=5).contains(&lesson.quiz.len()), "{}", lesson.file);
        assert!((2..=4).contains(&lesson.interview.len()), "{}", lesson.file);
        assert!((5..=10).contains(&lesson.minutes), "{}", lesson.file);
    }
}

#[test]
fn shipped_questions_explain_every_answer() {
    for lesson in shipped() {
        for question in &lesson.quiz {
            let place = format!("{} {}", lesson.file, question.id);
            let solved = question.judge(&question.solution());
            assert!(matches!(solved, Verdict::Right(_)), "{place}: {solved:?}");
            let wrong: Vec<String> = match &question.kind {
                Kind::Choice(choice) => choice
                    .options
                    .iter()
                    .filter(|c| !c.right)
                    .map(|c| c.text.clone())
                    .collect(),
                Kind::Number(number) => number.wrong.iter().map(|(n, _)| n.to_string()).collect(),
                Kind::Order(order) => {
                    assert!(!order.wrong.is_empty(), "{place}");
                    Vec::new()
                }
                Kind::Several(_) => vec!["none".to_owned()],
                other => panic!("{place}: a quiz has no {other:?}"),
            };
            for answer in wrong {
                let verdict = question.judge(&answer);
                assert!(
                    matches!(&verdict, Verdict::Wrong(why) if why.len() > 20),
                    "{place} {answer}"
                );
            }
        }
    }
}

#[test]
fn shipped_lessons_have_one_drawing_and_the_sections_that_others_link_to() {
    let linked: [(&str, &[&str]); 3] = [
        (
            "one-exchange-on-the-wire",
            &["conditional-requests", "status-codes", "retries"],
        ),
        (
            "where-state-lives",
            &["sessions", "sticky-sessions", "what-survives-a-restart"],
        ),
        (
            "identity-without-memory",
            &[
                "verifying-a-token",
                "pinning-the-algorithm",
                "claims",
                "401-or-403",
                "secrets",
                "passwords",
                "logging-out",
            ],
        ),
    ];
    let lessons = shipped();
    for lesson in &lessons {
        let drawings = lesson.text.matches("\n```mermaid\n").count();
        assert_eq!(drawings, 1, "{}", lesson.file);
        let found: Vec<String> = anchors(&lesson.text)
            .iter()
            .map(ToString::to_string)
            .collect();
        let unique: BTreeSet<&String> = found.iter().collect();
        assert_eq!(unique.len(), found.len(), "{}: {found:?}", lesson.file);
        let slug = lesson.slug.as_str();
        let own = linked.iter().find(|(name, _)| *name == slug);
        let own = own.map_or(&[] as &[&str], |(_, sections)| sections);
        for section in own.iter().chain(&["what-people-get-wrong", "try-it"]) {
            assert!(
                found.iter().any(|f| f == section),
                "{} #{section}",
                lesson.file
            );
        }
    }
    for (slug, _) in linked {
        assert!(
            lessons.iter().any(|lesson| lesson.slug.as_str() == slug),
            "{slug}"
        );
    }
}

#[test]
fn shipped_sentences_and_paragraphs_are_short() {
    for lesson in shipped() {
        for paragraph in paragraphs(&lesson.text) {
            let columns = paragraph.chars().count();
            assert!(columns <= COLUMNS, "{}: {paragraph}", lesson.file);
            for sentence in sentences(&paragraph) {
                assert!(words(&sentence) <= WORDS, "{}: {sentence}", lesson.file);
            }
        }
    }
}

#[test]
fn shipped_code_fits_eighty_columns_with_its_margin() {
    for lesson in shipped() {
        for (line, _) in lines(&lesson.text).iter().filter(|(_, code)| *code) {
            assert!(line.chars().count() <= 76, "{}: {line}", lesson.file);
        }
    }
}

#[test]
fn shipped_footnotes_are_used_and_defined() {
    for lesson in shipped() {
        let (used, defined) = footnotes(&lesson.text);
        assert_eq!(used, defined, "{}", lesson.file);
        assert!(!used.is_empty(), "{}", lesson.file);
    }
}

//! A lesson with its questions, or the part of it that was changed.

use std::fmt::Write as _;

use crate::base::diagnostic::Diagnostic;
use crate::commands::{page, question};
use crate::lessons::Lesson;
use crate::questions::{Kind, Question, Verdict};
use crate::render::markdown;

/// What is shown of a page of Markdown, page by page: all of it, or what is around the changed byte. A file in lessons/
/// has to be a lesson; any other is shown as it is.
pub(super) fn pages(
    path: &str,
    text: &str,
    change: Option<usize>,
) -> Result<Vec<String>, Vec<Diagnostic>> {
    if !path.starts_with("lessons/") {
        let part = change.map_or(text, |at| markdown::around(text, at));
        return Ok(vec![part.to_owned()]);
    }
    let lesson = Lesson::parse(path, text)?;
    let front = text.len() - lesson.text.len();
    Ok(match change {
        Some(at) if at >= front => vec![markdown::around(&lesson.text, at - front).to_owned()],
        Some(at) => match asked(text, at).and_then(|number| lesson.quiz.get(number)) {
            Some(question) => vec![answered(question)],
            None => whole(&lesson),
        },
        None => whole(&lesson),
    })
}

/// The question that a byte of the front matter belongs to, from 0.
fn asked(text: &str, at: usize) -> Option<usize> {
    let line = text[at..].find('\n').map_or(text.len(), |end| at + end);
    text[..line].matches("[[quiz]]").count().checked_sub(1)
}

fn whole(lesson: &Lesson) -> Vec<String> {
    let mut all = vec![page::lesson(lesson)];
    for (number, question) in (1..).zip(&lesson.quiz) {
        let title = format!("## Question {number} of {}", lesson.quiz.len());
        all.push(format!("{title}\n\n{}", answered(question)));
    }
    all
}

/// A question as it is asked, and what is said to each answer that its author thought of.
fn answered(question: &Question) -> String {
    let mut all = question::page(question);
    all.push_str("\n| answer | what is said |\n|---|---|\n");
    for answer in answers(question) {
        let (word, why) = match question.judge(&answer) {
            Verdict::Right(why) => ("Right.", why),
            Verdict::Wrong(why) => ("Not quite.", why),
            Verdict::Unclear(how) => ("Please", how),
            Verdict::Kept => ("Kept.", String::new()),
        };
        let why = why.replace('\n', " ").replace('|', "\\|");
        let _ = writeln!(all, "| {answer} | **{word}** {} |", why.trim());
    }
    all
}

fn answers(question: &Question) -> Vec<String> {
    match &question.kind {
        Kind::Choice(choice) => ('a'..)
            .take(choice.options.len())
            .map(|letter| letter.to_string())
            .collect(),
        Kind::Number(number) => {
            let wrong = number.wrong.iter().map(|(value, _)| value.to_string());
            std::iter::once(question.solution()).chain(wrong).collect()
        }
        _ => vec![question.solution()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "lessons/01-a.md";
    const LESSON: &str = "+++\ntitle = \"T\"\nminutes = 5\nsummary = \"S.\"\n\n[[quiz]]\nid = \"who\"\nkind = \"choice\"\n\
        ask = \"Who asks?\"\nchoices = [{ text = \"I\", right = true, why = \"You do.\" }, { text = \"It\", why = \"It waits.\" }]\n\n\
        [[quiz]]\nid = \"how\"\nkind = \"number\"\nask = \"How many?\"\nanswer = 1\nwhy = \"One.\"\n\
        wrong = [{ value = 2, why = \"Too many.\" }]\n+++\n\nIntro.\n\n## One\n\nText.\n\n## Two\n\nMore.\n";

    fn shown(word: &str) -> String {
        pages(PATH, LESSON, LESSON.find(word)).unwrap().concat()
    }

    #[test]
    fn without_a_change_all_is_shown_with_what_is_said_to_each_answer() {
        let all = pages(PATH, LESSON, None).unwrap().concat();
        for part in [
            "# 1. T\n\nIntro.",
            "## Question 1 of 2\n\nWho asks?",
            "| b | **Not quite.** It waits. |",
            "| 1 | **Right.** One. |\n| 2 | **Not quite.** Too many. |",
        ] {
            assert!(all.contains(part), "{all}");
        }
    }

    #[test]
    fn a_change_shows_its_section_or_its_question() {
        assert_eq!(shown("Text."), "## One\n\nText.\n\n");
        assert!(shown("It waits").starts_with("Who asks?"));
        assert!(shown("Too many").starts_with("How many?"));
        assert!(shown("minutes").starts_with("# 1. T"));
    }

    #[test]
    fn a_page_that_is_no_lesson_needs_no_front_matter() {
        assert_eq!(pages("README.md", "# A\n", None).unwrap(), ["# A\n"]);
        assert!(pages(PATH, "# A\n", None).is_err());
    }
}

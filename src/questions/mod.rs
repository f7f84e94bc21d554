//! Questions: what a learner is asked, in the quiz of a lesson and in the written part of an exercise.
//!
//! A question is of one of several kinds, each in its own file: how it is read from its table, and how an answer to it
//! is judged. Whatever is answered, the verdict explains that very answer, so a question that could leave a learner
//! without an explanation is refused. Predictions and essays are kept and not judged: the first are compared once a
//! check has measured their figure, and only its author can mark an essay.

pub mod choice;
pub mod essay;
pub mod matching;
pub mod number;
pub mod order;
pub mod prediction;
mod reading;
pub mod sequence;
pub mod several;

pub use choice::Choice;
pub use essay::Essay;
pub use matching::Matching;
pub use number::Number;
pub use order::Order;
pub use prediction::Prediction;
pub use reading::{QUIZ, WRITTEN, read};
pub use sequence::Sequence;
pub use several::Several;

use crate::base::slug::Slug;

/// One question.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Its name, unique in its file.
    pub id: Slug,
    /// What is asked, in Markdown.
    pub ask: String,
    /// How it is answered.
    pub kind: Kind,
}

/// How a question is answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Pick one of several.
    Choice(Choice),
    /// Give a number.
    Number(Number),
    /// Put things in order.
    Order(Order),
    /// Pick all that hold.
    Several(Several),
    /// Say of each fact where it belongs.
    Match(Matching),
    /// Put events in an order in which they can happen.
    Sequence(Sequence),
    /// Say a number before it is measured.
    Prediction(Prediction),
    /// Write a text.
    Essay(Essay),
}

/// What a learner is told about an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Right, and why.
    Right(String),
    /// Wrong, and why this very answer is.
    Wrong(String),
    /// Taken, and not for `course` to judge now: a prediction, a text.
    Kept,
    /// Not an answer to this kind of question; says how to answer. Not held against the learner.
    Unclear(String),
}

impl Question {
    /// What the learner is shown, to be lettered a, b, c: the options, the sides, or the things to order, shuffled the
    /// same way each time. Empty when a number or a text is asked for.
    #[must_use]
    pub fn shown(&self) -> Vec<&str> {
        match &self.kind {
            Kind::Choice(choice) => choice.options.iter().map(|o| o.text.as_str()).collect(),
            Kind::Number(_) | Kind::Prediction(_) | Kind::Essay(_) => Vec::new(),
            Kind::Order(order) => order.shuffled(self.id.as_str()),
            Kind::Sequence(sequence) => sequence.shuffled(self.id.as_str()),
            Kind::Match(matching) => matching.sides.iter().map(|s| s.text.as_str()).collect(),
            Kind::Several(several) => several.options.iter().map(|o| o.text.as_str()).collect(),
        }
    }

    /// How to answer, in a few words.
    #[must_use]
    pub fn how(&self) -> String {
        match &self.kind {
            Kind::Choice(choice) => {
                format!("one letter, a to {}", letter(choice.options.len() - 1))
            }
            Kind::Number(Number { unit, .. }) | Kind::Prediction(Prediction { unit, .. }) => {
                if unit.is_empty() {
                    "a number".to_owned()
                } else {
                    format!("a number of {unit}")
                }
            }
            Kind::Order(order) => {
                let reversed = letters((0..order.items.len()).rev());
                format!("all letters in your order, as in {reversed}")
            }
            Kind::Several(_) => "the letters of all that hold, as in a c".to_owned(),
            Kind::Match(matching) => {
                let any = letters((0..matching.facts.len()).map(|i| i % matching.sides.len()));
                format!("one letter for each fact, in their order, as in {any}")
            }
            Kind::Sequence(_) => {
                "the letters in your order, without those that never happen, as in c a b".to_owned()
            }
            Kind::Essay(_) => "a text of your own".to_owned(),
        }
    }

    /// The right answer, as a learner would type it.
    #[must_use]
    pub fn solution(&self) -> String {
        match &self.kind {
            Kind::Choice(choice) => letters(choice.options.iter().position(|o| o.right)),
            Kind::Number(number) => number.answer.to_string(),
            Kind::Order(order) => {
                let shown = self.shown();
                let place = |item: &String| shown.iter().position(|text| text == item);
                letters(order.items.iter().filter_map(place))
            }
            Kind::Several(several) => several.solution(),
            Kind::Match(matching) => matching.solution(),
            Kind::Sequence(sequence) => {
                let shown = self.shown();
                let place = |text: &str| shown.iter().position(|other| *other == text);
                letters(sequence.events.iter().filter_map(|e| place(&e.text)))
            }
            Kind::Prediction(prediction) => prediction.otherwise.to_string(),
            Kind::Essay(essay) => essay.model.clone(),
        }
    }

    /// Judges what a learner typed: a letter or the text of an option, a number with or without its unit, letters in
    /// order or in none, or a text.
    #[must_use]
    pub fn judge(&self, answer: &str) -> Verdict {
        let verdict = match &self.kind {
            Kind::Choice(choice) => choice.judge(answer),
            Kind::Number(number) => number.judge(answer),
            Kind::Order(order) => order.judge(&self.shown(), answer),
            Kind::Several(several) => several.judge(answer),
            Kind::Match(matching) => matching.judge(answer),
            Kind::Sequence(sequence) => sequence.judge(&self.shown(), answer),
            Kind::Prediction(prediction) => prediction.judge(answer),
            Kind::Essay(_) => Essay::judge(answer),
        };
        verdict.unwrap_or_else(|| {
            let digits = match &self.kind {
                Kind::Number(_) | Kind::Prediction(_) => ", in digits",
                _ => "",
            };
            Verdict::Unclear(format!("answer with {}{digits}", self.how()))
        })
    }
}

fn letter(index: usize) -> char {
    u8::try_from(index)
        .ok()
        .and_then(|i| b'a'.checked_add(i))
        .map_or('?', char::from)
}

/// Letters with spaces between, for places counted from 0.
fn letters(places: impl IntoIterator<Item = usize>) -> String {
    let letters: Vec<String> = places.into_iter().map(|i| letter(i).to_string()).collect();
    letters.join(" ")
}

/// The options named by letters or numbers, as in `b a c`, `b,a,c`, `bac` or `2 1 3`.
fn positions(answer: &str, count: usize) -> Option<Vec<usize>> {
    let words: Vec<&str> = answer
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '>' | '-'))
        .filter(|word| !word.is_empty())
        .collect();
    let apart: Vec<String> = match words.as_slice() {
        [one] if one.len() == count || one.bytes().all(|b| b.is_ascii_alphabetic()) => {
            one.chars().map(String::from).collect()
        }
        _ => words.into_iter().map(str::to_owned).collect(),
    };
    let index = |word: &String| -> Option<usize> {
        let index = match word.as_bytes() {
            [byte] if byte.is_ascii_alphabetic() => usize::from(byte.to_ascii_lowercase() - b'a'),
            _ => word.parse::<usize>().ok()?.checked_sub(1)?,
        };
        Some(index).filter(|i| *i < count)
    };
    apart.iter().map(index).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::base::diagnostic::Diagnostic;
    use crate::base::toml::{Fields, Reader, Rules};

    static RULES: Rules = Rules {
        syntax: "E202",
        unknown: "E203",
        kind: "E204",
        missing: "E205",
        slug: "E208",
        value: "E209",
    };

    fn parse(text: &str) -> Result<Vec<Question>, Vec<Diagnostic>> {
        let mut reader = Reader::new("f.toml", &RULES);
        let document = reader.document(text);
        let questions = document.map_or_else(Vec::new, |document| {
            let fields = Fields::new(document.get_ref(), 0..0, "a file");
            read(&mut reader, &fields, "quiz", WRITTEN)
        });
        reader.finish(questions)
    }

    /// The mistakes of a quiz as id, marked text and message.
    fn mistakes(quiz: &str) -> Vec<(&'static str, String, String)> {
        let told = |d: Diagnostic| (d.id, quiz[d.span].to_owned(), d.message);
        parse(quiz).unwrap_err().into_iter().map(told).collect()
    }

    /// Asserts that a quiz has one mistake: its id, the marked text, and the message.
    pub(super) fn one(quiz: &str, id: &'static str, marked: &str, message: &str) {
        let expected = (id, marked.to_owned(), message.to_owned());
        assert_eq!(mistakes(quiz), [expected], "{quiz}");
    }

    /// The only question of a quiz that has no mistakes.
    pub(super) fn question(quiz: &str) -> Question {
        let mut questions = parse(quiz).unwrap();
        assert_eq!(questions.len(), 1);
        questions.remove(0)
    }

    const CHOICE: &str = "[[quiz]]\nid = \"q\"\nkind = \"choice\"\nask = \"?\"\nchoices = [\
        { text = \"a\", right = true, why = \"w\" }, { text = \"b\", why = \"w\" }]";

    #[test]
    fn questions_are_read_in_their_order() {
        let quiz = format!("{CHOICE}\n{}", CHOICE.replace("\"q\"", "\"r\""));
        let questions = parse(&quiz).unwrap();
        let ids: Vec<&str> = questions.iter().map(|q| q.id.as_str()).collect();
        assert_eq!(ids, ["q", "r"]);
    }

    #[test]
    fn a_question_is_there_once() {
        let quiz = format!("{CHOICE}\n{CHOICE}");
        one(&quiz, "E207", "\"q\"", "the question `q` is there twice");
    }

    #[test]
    fn keys_of_another_kind_are_unknown() {
        let quiz = format!("{CHOICE}\nunit = \"ms\"");
        one(&quiz, "E203", "unit", "a question has no key `unit`");
    }

    #[test]
    fn a_question_without_its_keys_is_shown_at_its_table() {
        let found = mistakes("[[quiz]]\nkind = \"choice\"");
        let told: Vec<(&str, &str)> = found
            .iter()
            .map(|(id, _, message)| (*id, message.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("E205", "a question needs the key `id`"),
                ("E205", "a question needs the key `ask`"),
                ("E205", "a question needs the key `choices`"),
            ]
        );
        assert!(
            found.iter().all(|(_, marked, _)| marked == "[[quiz]]"),
            "{found:?}"
        );
    }

    #[test]
    fn an_unknown_kind_gets_the_nearest() {
        let quiz = "[[quiz]]\nid = \"q\"\nkind = \"chioce\"\nask = \"?\"";
        one(
            quiz,
            "E206",
            "\"chioce\"",
            "there is no kind of question `chioce`",
        );
        assert_eq!(parse(quiz).unwrap_err()[0].help, "did you mean `choice`?");
    }

    #[test]
    fn places_are_named_by_letters_or_numbers() {
        for answer in ["b a c", "B,A,C", "bac", "2 1 3", "b > a > c"] {
            assert_eq!(positions(answer, 3), Some(vec![1, 0, 2]), "{answer}");
        }
        for answer in ["d", "0", "b a x", "é"] {
            assert_eq!(positions(answer, 3), None, "{answer}");
        }
    }
}

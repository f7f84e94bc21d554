//! A choice: pick one of several options.

use super::{Verdict, positions};
use crate::base::toml::{Fields, Reader, Value};

/// A question answered by picking.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Two to nine options, of which exactly one is right.
    pub options: Vec<Answer>,
}

/// One option of a choice.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What the option says.
    pub text: String,
    /// Whether it is the right one; exactly one of a choice is.
    pub right: bool,
    /// Why it is right or wrong.
    pub why: String,
}

impl Choice {
    pub(super) fn read(reader: &mut Reader, fields: &Fields) -> Option<Self> {
        let value = reader.required(fields, "choices")?;
        let items = reader.as_list(value, "choices")?;
        if items.len() < 2 || items.len() > 9 {
            reader.note("E206", value.span(), "a choice needs two to nine options");
        }
        let mut options: Vec<Answer> = Vec::new();
        for item in &items {
            if let Some(option) = read_option(reader, item) {
                let same = |other: &Answer| other.text.eq_ignore_ascii_case(&option.text);
                if options.iter().any(same) {
                    reader.note("E207", item.span(), "this option is there twice");
                }
                options.push(option);
            }
        }
        let right = options.iter().filter(|option| option.right).count();
        if right != 1 && options.len() == items.len() {
            let message = format!("exactly one option must be right, not {right}");
            reader.note("E206", value.span(), message).help =
                String::from("mark one option with `right = true`");
        }
        (options.len() == items.len()).then_some(Self { options })
    }

    pub(super) fn judge(&self, answer: &str) -> Option<Verdict> {
        let answer = answer.trim().trim_end_matches([')', '.']);
        let said = |option: &&Answer| {
            let text = option.text.trim_end_matches('.');
            text.eq_ignore_ascii_case(answer)
        };
        // The text comes first: the option that says `2` may be the third.
        let picked = match self.options.iter().find(said) {
            Some(option) => option,
            None => match *positions(answer, self.options.len())? {
                [only] => &self.options[only],
                _ => return None,
            },
        };
        Some(if picked.right {
            Verdict::Right(picked.why.clone())
        } else {
            Verdict::Wrong(picked.why.clone())
        })
    }
}

fn read_option(reader: &mut Reader, item: &Value) -> Option<Answer> {
    let fields = reader.as_row(item, "choices", "an option")?;
    reader.only(&fields, &["text", "right", "why"]);
    let text = reader.text(&fields, "text");
    let right = reader.flag(&fields, "right");
    let why = reader.text(&fields, "why");
    Some(Answer {
        text: text?,
        right: right?,
        why: why?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{one, question as parsed};
    use super::*;

    fn choice(choices: &str) -> String {
        format!("[[quiz]]\nid = \"q\"\nkind = \"choice\"\nask = \"?\"\nchoices = {choices}")
    }

    #[test]
    fn a_choice_is_answered_by_letter_number_or_text() {
        let question = parsed(&choice(
            "[{ text = \"The browser.\", why = \"no\" }, { text = \"The app\", right = true, why = \"yes\" }]",
        ));
        assert_eq!(question.solution(), "b");
        for answer in ["b", " B) ", "2", "the app"] {
            assert_eq!(
                question.judge(answer),
                Verdict::Right("yes".to_owned()),
                "{answer}"
            );
        }
        assert_eq!(
            question.judge("the browser"),
            Verdict::Wrong("no".to_owned())
        );
        let numbers = parsed(&choice(
            "[{ text = \"2\", right = true, why = \"yes\" }, { text = \"1\", why = \"no\" }]",
        ));
        assert_eq!(numbers.judge("2"), Verdict::Right("yes".to_owned()));
        for answer in ["", "c", "0", "ab", "both"] {
            let expected = Verdict::Unclear("answer with one letter, a to b".to_owned());
            assert_eq!(question.judge(answer), expected, "{answer}");
        }
    }

    #[test]
    fn an_option_without_a_reason_is_refused() {
        let quiz = choice("[{ text = \"a\", right = true, why = \"w\" }, { text = \"b\" }]");
        one(
            &quiz,
            "E205",
            "{ text = \"b\" }",
            "an option needs the key `why`",
        );
    }

    #[test]
    fn exactly_one_option_is_right() {
        let none = "[{ text = \"a\", why = \"w\" }, { text = \"b\", why = \"w\" }]";
        one(
            &choice(none),
            "E206",
            none,
            "exactly one option must be right, not 0",
        );
        let yes = none.replace("why", "right = true, why");
        one(
            &choice(&yes),
            "E206",
            &yes,
            "exactly one option must be right, not 2",
        );
        let text = none.replacen("why", "right = \"yes\", why", 1);
        one(
            &choice(&text),
            "E204",
            "\"yes\"",
            "`right` must be true or false",
        );
    }

    #[test]
    fn an_option_is_there_once() {
        let twice = "[{ text = \"a\", right = true, why = \"w\" }, { text = \"A\", why = \"w\" }]";
        one(
            &choice(twice),
            "E207",
            "{ text = \"A\", why = \"w\" }",
            "this option is there twice",
        );
    }

    #[test]
    fn a_choice_has_something_to_choose() {
        let only = "[{ text = \"a\", right = true, why = \"w\" }]";
        one(
            &choice(only),
            "E206",
            only,
            "a choice needs two to nine options",
        );
    }
}

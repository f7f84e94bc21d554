//! A number: answer with one, near enough.

use super::Verdict;
use super::reading::each_wrong;
use crate::base::toml::{Fields, Reader};

/// A question answered by a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// The right number.
    pub answer: f64,
    /// How far off an answer may be.
    pub tolerance: f64,
    /// What is counted, as in `round trips`; may be empty.
    pub unit: String,
    /// Why the answer is right.
    pub why: String,
    /// Tempting numbers and why they are wrong.
    pub wrong: Vec<(f64, String)>,
}

impl Number {
    pub(super) fn read(reader: &mut Reader, fields: &Fields) -> Option<Self> {
        let answer = reader
            .required(fields, "answer")
            .and_then(|value| reader.as_number(value, "answer"));
        let tolerance = match fields.value("tolerance") {
            None => Some(0.0),
            Some(value) => reader.as_number(value, "tolerance").filter(|n| {
                if *n < 0.0 {
                    reader.note("E209", value.span(), "`tolerance` must not be negative");
                }
                *n >= 0.0
            }),
        };
        let unit = reader.text_if_any(fields, "unit").unwrap_or_default();
        let why = reader.text(fields, "why");
        let wrong = each_wrong(reader, fields, |reader, wrong| {
            let (value, why) = read_tempting(reader, wrong)?;
            if (value - answer?).abs() <= tolerance? {
                reader.note(
                    "E206",
                    wrong.place_of("value"),
                    "this wrong value is within the tolerance of the answer",
                );
            }
            Some((value, why))
        });
        Some(Self {
            answer: answer?,
            tolerance: tolerance?,
            unit,
            why: why?,
            wrong: wrong?,
        })
    }

    pub(super) fn judge(&self, answer: &str) -> Option<Verdict> {
        let given = parse_number(answer, &self.unit)?;
        let near = |wanted: f64| (given - wanted).abs() <= self.tolerance + f64::EPSILON;
        if near(self.answer) {
            return Some(Verdict::Right(self.why.clone()));
        }
        let tempting = self.wrong.iter().find(|(value, _)| near(*value));
        let why = tempting.map_or_else(
            || {
                let answer = format!("{} {}", self.answer, self.unit);
                format!("The answer is {}. {}", answer.trim_end(), self.why)
            },
            |(_, why)| why.clone(),
        );
        Some(Verdict::Wrong(why))
    }
}

/// A tempting number, and why it is wrong.
pub(super) fn read_tempting(reader: &mut Reader, wrong: &Fields) -> Option<(f64, String)> {
    reader.only(wrong, &["value", "why"]);
    let value = reader
        .required(wrong, "value")
        .and_then(|value| reader.as_number(value, "value"));
    let why = reader.text(wrong, "why");
    Some((value?, why?))
}

/// A number with or without thousands separators and its unit, as in `1,000 ms`.
pub(super) fn parse_number(answer: &str, unit: &str) -> Option<f64> {
    let answer = answer.trim();
    let end = answer
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '_' | '-' | '+')))
        .unwrap_or(answer.len());
    let (digits, rest) = answer.split_at(end);
    let rest = rest.trim().to_lowercase();
    let unit = unit.to_lowercase();
    if !rest.is_empty() && rest != unit && rest != unit.trim_end_matches('s') {
        return None;
    }
    let digits = digits.replace([',', '_'], "");
    digits.parse().ok().filter(|n: &f64| n.is_finite())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{one, question};
    use super::*;

    fn number(rest: &str) -> String {
        format!(
            "[[quiz]]\nid = \"q\"\nkind = \"number\"\nask = \"?\"\nanswer = 3\nwhy = \"w\"\n{rest}"
        )
    }

    #[test]
    fn a_number_is_read_with_separators_and_unit() {
        let question = question(
            &number(
                "unit = \"round trips\"\ntolerance = 10\nwrong = [{ value = 8000, why = \"no\" }]",
            )
            .replace("answer = 3", "answer = 3000"),
        );
        assert_eq!(question.solution(), "3000");
        for answer in ["3000", "3,000 round trips", "2_990", "3000.0 Round Trip"] {
            assert_eq!(
                question.judge(answer),
                Verdict::Right("w".to_owned()),
                "{answer}"
            );
        }
        assert_eq!(question.judge("8000"), Verdict::Wrong("no".to_owned()));
        assert_eq!(
            question.judge("-3000"),
            Verdict::Wrong("The answer is 3000 round trips. w".to_owned())
        );
        for answer in ["three", "3000 ms", "", "1.2.3"] {
            let expected =
                Verdict::Unclear("answer with a number of round trips, in digits".to_owned());
            assert_eq!(question.judge(answer), expected, "{answer}");
        }
    }

    #[test]
    fn a_number_explains_at_least_one_wrong_value() {
        one(
            &number("wrong = []"),
            "E206",
            "[]",
            "`wrong` explains no wrong answer",
        );
        one(
            &number(""),
            "E205",
            "[[quiz]]",
            "a question needs the key `wrong`",
        );
        one(
            &number("tolerance = 1\nwrong = [{ value = 4.0, why = \"w\" }]"),
            "E206",
            "4.0",
            "this wrong value is within the tolerance of the answer",
        );
        one(
            &number("tolerance = -1\nwrong = [{ value = 9, why = \"w\" }]"),
            "E209",
            "-1",
            "`tolerance` must not be negative",
        );
    }
}

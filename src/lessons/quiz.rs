//! A quiz: the questions after a lesson, and what a learner is told about each answer.
//!
//! A question is of one of three kinds. Whatever is answered, the verdict explains that very answer.

use crate::base::slug::Slug;

/// One question of a quiz.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Its name, unique in the lesson.
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
    Choice(Vec<Choice>),
    /// Give a number.
    Number(Number),
    /// Put things in order.
    Order(Order),
}

/// One option of a choice.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// What the option says.
    pub text: String,
    /// Whether it is the right one; exactly one is.
    pub right: bool,
    /// Why it is right or wrong.
    pub why: String,
}

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

/// A question answered by an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// The things, in the right order.
    pub items: Vec<String>,
    /// Why this order is right.
    pub why: String,
    /// Tempting mistakes.
    pub wrong: Vec<Misplaced>,
}

/// A tempting mistake in an order: one thing put before another that it follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Misplaced {
    /// The thing put too early.
    pub before: String,
    /// The thing that comes first in truth.
    pub after: String,
    /// Why.
    pub why: String,
}

/// What a learner is told about an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Right, and why.
    Right(String),
    /// Wrong, and why this very answer is.
    Wrong(String),
    /// Not an answer to this kind of question; says how to answer. Not held against the learner.
    Unclear(String),
}

impl Question {
    /// What the learner is shown, to be lettered a, b, c: the options, or the things to order, shuffled the same way
    /// each time. Empty when a number is asked for.
    #[must_use]
    pub fn shown(&self) -> Vec<&str> {
        match &self.kind {
            Kind::Choice(choices) => choices.iter().map(|c| c.text.as_str()).collect(),
            Kind::Number(_) => Vec::new(),
            Kind::Order(order) => shuffled(&order.items, self.id.as_str()),
        }
    }

    /// How to answer, in a few words.
    #[must_use]
    pub fn how(&self) -> String {
        match &self.kind {
            Kind::Choice(choices) => format!("one letter, a to {}", letter(choices.len() - 1)),
            Kind::Number(number) if number.unit.is_empty() => "a number".to_owned(),
            Kind::Number(number) => format!("a number of {}", number.unit),
            Kind::Order(order) => {
                let letters: Vec<String> = (0..order.items.len())
                    .rev()
                    .map(|i| letter(i).to_string())
                    .collect();
                format!("all letters in your order, as in {}", letters.join(" "))
            }
        }
    }

    /// The right answer, as a learner would type it.
    #[must_use]
    pub fn solution(&self) -> String {
        match &self.kind {
            Kind::Choice(choices) => choices
                .iter()
                .position(|choice| choice.right)
                .map_or_else(String::new, |i| letter(i).to_string()),
            Kind::Number(number) => number.answer.to_string(),
            Kind::Order(order) => {
                let shown = self.shown();
                let letters: Vec<String> = order
                    .items
                    .iter()
                    .filter_map(|item| shown.iter().position(|text| text == item))
                    .map(|i| letter(i).to_string())
                    .collect();
                letters.join(" ")
            }
        }
    }

    /// Judges what a learner typed: a letter or the text of an option, a number with or without its unit, or letters
    /// in order.
    #[must_use]
    pub fn judge(&self, answer: &str) -> Verdict {
        let verdict = match &self.kind {
            Kind::Choice(choices) => judge_choice(choices, answer),
            Kind::Number(number) => judge_number(number, answer),
            Kind::Order(order) => judge_order(order, &self.shown(), answer),
        };
        verdict.unwrap_or_else(|| Verdict::Unclear(format!("answer with {}", self.how())))
    }
}

fn letter(index: usize) -> char {
    u8::try_from(index)
        .ok()
        .and_then(|i| b'a'.checked_add(i))
        .map_or('?', char::from)
}

fn judge_choice(choices: &[Choice], answer: &str) -> Option<Verdict> {
    let answer = answer.trim().trim_end_matches([')', '.']);
    let choice = match positions(answer, choices.len()).as_deref() {
        Some([only]) => choices.get(*only),
        _ => choices.iter().find(|choice| {
            choice
                .text
                .trim_end_matches('.')
                .eq_ignore_ascii_case(answer)
        }),
    }?;
    Some(if choice.right {
        Verdict::Right(choice.why.clone())
    } else {
        Verdict::Wrong(choice.why.clone())
    })
}

fn judge_number(number: &Number, answer: &str) -> Option<Verdict> {
    let given = parse_number(answer, &number.unit)?;
    let near = |wanted: f64| (given - wanted).abs() <= number.tolerance + f64::EPSILON;
    if near(number.answer) {
        return Some(Verdict::Right(number.why.clone()));
    }
    let tempting = number.wrong.iter().find(|(value, _)| near(*value));
    Some(Verdict::Wrong(match tempting {
        Some((_, why)) => why.clone(),
        None => {
            let answer = format!("{} {}", number.answer, number.unit);
            format!("The answer is {}. {}", answer.trim_end(), number.why)
        }
    }))
}

/// A number with or without thousands separators and its unit, as in `1,000 ms`.
fn parse_number(answer: &str, unit: &str) -> Option<f64> {
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

fn judge_order(order: &Order, shown: &[&str], answer: &str) -> Option<Verdict> {
    let given: Vec<&str> = positions(answer, shown.len())?
        .into_iter()
        .map(|i| shown[i])
        .collect();
    let place = |item: &str| given.iter().position(|text| *text == item);
    if given.len() != order.items.len() || order.items.iter().any(|item| place(item).is_none()) {
        return None;
    }
    if given == order.items {
        return Some(Verdict::Right(order.why.clone()));
    }
    let tempting = order
        .wrong
        .iter()
        .find(|wrong| place(&wrong.before) < place(&wrong.after));
    let why = tempting.map_or_else(
        || {
            let swapped = order.items.windows(2).find(|w| place(&w[0]) > place(&w[1]));
            let first = swapped.map_or(String::new(), |w| {
                format!("“{}” comes before “{}”. ", w[0], w[1])
            });
            first + &order.why
        },
        |wrong| wrong.why.clone(),
    );
    Some(Verdict::Wrong(why))
}

/// The options named by letters or numbers, as in `b a c`, `b,a,c`, `bac` or `2 1 3`.
fn positions(answer: &str, count: usize) -> Option<Vec<usize>> {
    let words: Vec<&str> = answer
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '>' | '-'))
        .filter(|word| !word.is_empty())
        .collect();
    let apart: Vec<String> = match words.as_slice() {
        [one] if one.len() == count => one.chars().map(String::from).collect(),
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

/// The items in an order that depends on the question alone and is never the right one.
fn shuffled<'i>(items: &'i [String], id: &str) -> Vec<&'i str> {
    let mut shown: Vec<&str> = items.iter().map(String::as_str).collect();
    shown.sort_by_key(|item| fnv(id, item));
    if shown.iter().eq(items.iter()) && shown.len() > 1 {
        shown.rotate_left(1);
    }
    shown
}

/// FNV-1a, 64 bits, finished by a multiplication so that short texts spread (the reference constants of
/// <http://www.isthe.com/chongo/tech/comp/fnv/>).
fn fnv(id: &str, item: &str) -> u64 {
    id.bytes()
        .chain([0])
        .chain(item.bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
        .rotate_left(32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(kind: Kind) -> Question {
        Question {
            id: Slug::new("q").unwrap(),
            ask: "?".to_owned(),
            kind,
        }
    }

    fn choice() -> Question {
        let option = |text: &str, right: bool| Choice {
            text: text.to_owned(),
            right,
            why: format!("why {text}"),
        };
        question(Kind::Choice(vec![
            option("The browser.", false),
            option("The app", true),
        ]))
    }

    fn number() -> Question {
        question(Kind::Number(Number {
            answer: 3000.0,
            tolerance: 10.0,
            unit: "round trips".to_owned(),
            why: "because".to_owned(),
            wrong: vec![(8000.0, "that counts messages".to_owned())],
        }))
    }

    fn order() -> Question {
        let items = ["DNS", "TCP", "TLS", "HTTP"].map(str::to_owned).to_vec();
        question(Kind::Order(Order {
            items,
            why: "because".to_owned(),
            wrong: vec![Misplaced {
                before: "HTTP".to_owned(),
                after: "TLS".to_owned(),
                why: "HTTP travels inside TLS".to_owned(),
            }],
        }))
    }

    fn right(why: &str) -> Verdict {
        Verdict::Right(why.to_owned())
    }

    fn wrong(why: &str) -> Verdict {
        Verdict::Wrong(why.to_owned())
    }

    /// Types items of an order by the letters they are shown with.
    fn typed(question: &Question, items: [&str; 4]) -> String {
        let shown = question.shown();
        let letters = items.map(|item| letter(shown.iter().position(|s| *s == item).unwrap()));
        letters.iter().collect()
    }

    #[test]
    fn a_choice_is_answered_by_letter_number_or_text() {
        for answer in ["b", " B) ", "2", "the app"] {
            assert_eq!(choice().judge(answer), right("why The app"), "{answer}");
        }
        assert_eq!(choice().judge("the browser"), wrong("why The browser."));
        for answer in ["", "c", "0", "ab", "both"] {
            let expected = Verdict::Unclear("answer with one letter, a to b".to_owned());
            assert_eq!(choice().judge(answer), expected, "{answer}");
        }
    }

    #[test]
    fn a_number_is_read_with_separators_and_unit() {
        for answer in ["3000", "3,000 round trips", "2_990", "3000.0 Round Trip"] {
            assert_eq!(number().judge(answer), right("because"), "{answer}");
        }
        assert_eq!(number().judge("8000"), wrong("that counts messages"));
        assert_eq!(
            number().judge("-3000"),
            wrong("The answer is 3000 round trips. because")
        );
        for answer in ["three", "3000 ms", "", "1.2.3"] {
            let expected = Verdict::Unclear("answer with a number of round trips".to_owned());
            assert_eq!(number().judge(answer), expected, "{answer}");
        }
    }

    #[test]
    fn an_order_is_never_shown_in_the_right_order() {
        let question = order();
        assert_ne!(question.shown(), ["DNS", "TCP", "TLS", "HTTP"]);
        assert_eq!(question.shown(), question.shown());
        let two = ["x".to_owned(), "y".to_owned()];
        for id in ["a", "b", "c", "d"] {
            assert_eq!(shuffled(&two, id), ["y", "x"]);
        }
    }

    #[test]
    fn an_order_names_the_mistake_that_was_made() {
        let question = order();
        let answer = typed(&question, ["DNS", "TCP", "TLS", "HTTP"]);
        assert_eq!(question.judge(&answer), right("because"));
        assert_eq!(
            question.judge(&typed(&question, ["DNS", "TCP", "HTTP", "TLS"])),
            wrong("HTTP travels inside TLS")
        );
        assert_eq!(
            question.judge(&typed(&question, ["TCP", "DNS", "TLS", "HTTP"])),
            wrong("“DNS” comes before “TCP”. because")
        );
    }

    #[test]
    fn an_order_with_a_thing_missing_or_twice_is_unclear() {
        for answer in ["a b c", "a a b c", "abcde", "a b c e"] {
            let verdict = order().judge(answer);
            let expected = "answer with all letters in your order, as in d c b a".to_owned();
            assert_eq!(verdict, Verdict::Unclear(expected), "{answer}");
        }
    }

    #[test]
    fn the_solution_is_right() {
        for question in [choice(), number(), order()] {
            let verdict = question.judge(&question.solution());
            assert!(matches!(verdict, Verdict::Right(_)), "{question:?}");
        }
    }
}

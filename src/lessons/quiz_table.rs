//! A quiz table: reading the `[[quiz]]` tables of a lesson into questions.
//!
//! A question is refused when a learner could be left without an explanation: every wrong option says why.

use super::fields::{Fields, Reader, Value, list};
use super::quiz::{Choice, Kind, Misplaced, Number, Order, Question};
use crate::base::text::nearest;

/// The kinds of questions and the keys of each beside `id`, `kind` and `ask`.
const KINDS: [(&str, &[&str]); 3] = [
    ("choice", &["choices"]),
    ("number", &["answer", "tolerance", "unit", "why", "wrong"]),
    ("order", &["items", "why", "wrong"]),
];

/// The questions of a lesson that could be read; the mistakes of the others are noted.
pub(super) fn questions(reader: &mut Reader, lesson: &Fields) -> Vec<Question> {
    let mut found: Vec<Question> = Vec::new();
    let Some(value) = lesson.value("quiz") else {
        return found;
    };
    for item in reader.as_list(value, "quiz").unwrap_or_default() {
        let Some(fields) = reader.as_table(item, "quiz", "a question") else {
            continue;
        };
        let Some(question) = question(reader, &fields) else {
            continue;
        };
        if found.iter().any(|other| other.id == question.id) {
            let message = format!("the question `{}` is there twice", question.id);
            reader.add(
                reader
                    .error("E207", fields.place_of("id"), message)
                    .help("give each question of a lesson its own id"),
            );
        }
        found.push(question);
    }
    found
}

fn question(reader: &mut Reader, fields: &Fields) -> Option<Question> {
    let id = reader
        .required(fields, "id")
        .and_then(|value| reader.as_slug(value, "id"));
    let ask = reader.text(fields, "ask");
    let name = reader.text(fields, "kind")?;
    let names = KINDS.map(|(name, _)| name);
    let Some((_, keys)) = KINDS.iter().find(|(kind, _)| *kind == name) else {
        let message = format!("there is no kind of question `{name}`");
        reader.note("E206", fields.place_of("kind"), message).help = match nearest(&name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the kinds are {}", list(&names)),
        };
        return None;
    };
    reader.only(fields, &[&["id", "kind", "ask"], *keys].concat());
    let kind = match name.as_str() {
        "choice" => choice(reader, fields),
        "number" => number(reader, fields),
        _ => order(reader, fields),
    };
    Some(Question {
        id: id?,
        ask: ask?,
        kind: kind?,
    })
}

fn choice(reader: &mut Reader, fields: &Fields) -> Option<Kind> {
    let value = reader.required(fields, "choices")?;
    let items = reader.as_list(value, "choices")?;
    if items.len() < 2 || items.len() > 9 {
        reader.note("E206", value.span(), "a choice needs two to nine options");
    }
    let mut choices: Vec<Choice> = Vec::new();
    for item in &items {
        if let Some(choice) = option(reader, item) {
            let same = |other: &Choice| other.text.eq_ignore_ascii_case(&choice.text);
            if choices.iter().any(same) {
                reader.note("E207", item.span(), "this option is there twice");
            }
            choices.push(choice);
        }
    }
    let right = choices.iter().filter(|choice| choice.right).count();
    if right != 1 && choices.len() == items.len() {
        let message = format!("exactly one option must be right, not {right}");
        reader.add(
            reader
                .error("E206", value.span(), message)
                .help("mark one option with `right = true`"),
        );
    }
    (choices.len() == items.len()).then_some(Kind::Choice(choices))
}

fn option(reader: &mut Reader, item: &Value) -> Option<Choice> {
    let fields = reader.as_table(item, "choices", "an option")?;
    reader.only(&fields, &["text", "right", "why"]);
    let text = reader.text(&fields, "text");
    let right = match fields.value("right") {
        None => Some(false),
        Some(value) => {
            let right = value.get_ref().as_bool();
            if right.is_none() {
                reader.wrong_type(value, "right", "true or false");
            }
            right
        }
    };
    let why = reader.text(&fields, "why");
    Some(Choice {
        text: text?,
        right: right?,
        why: why?,
    })
}

fn number(reader: &mut Reader, fields: &Fields) -> Option<Kind> {
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
    let unit = reader.text_if_any(fields, "unit");
    let why = reader.text(fields, "why");
    let wrong = each_wrong(reader, fields, |reader, wrong| {
        reader.only(wrong, &["value", "why"]);
        let value = reader
            .required(wrong, "value")
            .and_then(|value| reader.as_number(value, "value"));
        let why = reader.text(wrong, "why");
        let value = value?;
        if (value - answer?).abs() <= tolerance? {
            reader.note(
                "E206",
                wrong.place_of("value"),
                "this wrong value is within the tolerance of the answer",
            );
        }
        Some((value, why?))
    });
    Some(Kind::Number(Number {
        answer: answer?,
        tolerance: tolerance?,
        unit: unit?,
        why: why?,
        wrong: wrong?,
    }))
}

fn order(reader: &mut Reader, fields: &Fields) -> Option<Kind> {
    let items = order_items(reader, fields);
    let why = reader.text(fields, "why");
    let wrong = each_wrong(reader, fields, |reader, wrong| {
        reader.only(wrong, &["before", "after", "why"]);
        let before = reader.text(wrong, "before");
        let after = reader.text(wrong, "after");
        let why = reader.text(wrong, "why");
        let misplaced = Misplaced {
            before: before?,
            after: after?,
            why: why?,
        };
        note_misplaced(reader, wrong, &misplaced, items.as_ref()?);
        Some(misplaced)
    });
    Some(Kind::Order(Order {
        items: items?,
        why: why?,
        wrong: wrong?,
    }))
}

fn order_items(reader: &mut Reader, fields: &Fields) -> Option<Vec<String>> {
    let value = reader.required(fields, "items")?;
    let list = reader.as_list(value, "items")?;
    let mut items: Vec<String> = Vec::new();
    for item in &list {
        let Some(text) = reader.as_text(item, "items") else {
            continue;
        };
        if items.contains(&text) {
            reader.note("E207", item.span(), "this item is there twice");
        }
        items.push(text);
    }
    if list.len() < 3 || list.len() > 9 {
        reader.note("E206", value.span(), "an order needs three to nine items");
    }
    (items.len() == list.len()).then_some(items)
}

/// A wrong order must name two items of the question, and must be wrong.
fn note_misplaced(reader: &mut Reader, wrong: &Fields, given: &Misplaced, items: &[String]) {
    let place = |text: &String| items.iter().position(|item| item == text);
    for (key, text) in [("before", &given.before), ("after", &given.after)] {
        if place(text).is_none() {
            let message = format!("`{text}` is not one of the items");
            let near = nearest(text, items.iter().map(String::as_str));
            let help = near.map_or_else(String::new, |near| format!("did you mean `{near}`?"));
            reader.add(
                reader
                    .error("E206", wrong.place_of(key), message)
                    .help(help),
            );
        }
    }
    let (before, after) = (place(&given.before), place(&given.after));
    if before.is_some() && after.is_some() && before <= after {
        reader.add(
            reader
                .error("E206", wrong.place(), "this order is right, not wrong")
                .help("`before` names what a learner wrongly puts first"),
        );
    }
}

/// The tempting mistakes under `wrong`: at least one, so that the likeliest wrong answer is explained.
fn each_wrong<T>(
    reader: &mut Reader,
    fields: &Fields,
    mut read: impl FnMut(&mut Reader, &Fields) -> Option<T>,
) -> Option<Vec<T>> {
    let value = reader.required(fields, "wrong")?;
    let items = reader.as_list(value, "wrong")?;
    if items.is_empty() {
        reader.note("E206", value.span(), "`wrong` explains no wrong answer");
    }
    let found: Vec<T> = items
        .iter()
        .filter_map(|item| {
            let table = reader.as_table(item, "wrong", "a wrong answer")?;
            read(reader, &table)
        })
        .collect();
    (found.len() == items.len()).then_some(found)
}

#[cfg(test)]
mod tests {
    use crate::base::diagnostic::Diagnostic;
    use crate::lessons::Lesson;

    fn parse(quiz: &str) -> (String, Result<Lesson, Vec<Diagnostic>>) {
        let text =
            format!("+++\ntitle = \"T\"\nminutes = 5\nsummary = \"S.\"\n{quiz}\n+++\nText.\n");
        let lesson = Lesson::parse("lessons/1-a.md", &text);
        (text, lesson)
    }

    /// The mistakes of a quiz as id, marked text and message.
    fn mistakes(quiz: &str) -> Vec<(&'static str, String, String)> {
        let (text, lesson) = parse(quiz);
        let told = |d: Diagnostic| (d.id, text[d.span].to_owned(), d.message);
        lesson.unwrap_err().into_iter().map(told).collect()
    }

    fn one(quiz: &str, id: &'static str, marked: &str, message: &str) {
        let expected = (id, marked.to_owned(), message.to_owned());
        assert_eq!(mistakes(quiz), [expected], "{quiz}");
    }

    fn choice(choices: &str) -> String {
        format!("[[quiz]]\nid = \"q\"\nkind = \"choice\"\nask = \"?\"\nchoices = {choices}")
    }

    fn number(rest: &str) -> String {
        format!(
            "[[quiz]]\nid = \"q\"\nkind = \"number\"\nask = \"?\"\nanswer = 3\nwhy = \"w\"\n{rest}"
        )
    }

    fn order(rest: &str) -> String {
        format!(
            "[[quiz]]\nid = \"q\"\nkind = \"order\"\nask = \"?\"\nwhy = \"w\"\n\
             items = [\"x\", \"y\", \"z\"]\n{rest}"
        )
    }

    #[test]
    fn questions_of_each_kind_are_read() {
        let quiz = [
            choice("[{ text = \"a\", right = true, why = \"w\" }, { text = \"b\", why = \"w\" }]"),
            number("tolerance = 0.5\nunit = \"ms\"\nwrong = [{ value = 4, why = \"w\" }]")
                .replace("\"q\"", "\"r\""),
            order("wrong = [{ before = \"y\", after = \"x\", why = \"w\" }]")
                .replace("\"q\"", "\"s\""),
        ];
        let lesson = parse(&quiz.join("\n")).1.unwrap();
        let ids: Vec<&str> = lesson.quiz.iter().map(|q| q.id.as_str()).collect();
        assert_eq!(ids, ["q", "r", "s"]);
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
        assert_eq!(parse(quiz).1.unwrap_err()[0].help, "did you mean `choice`?");
    }

    #[test]
    fn keys_of_another_kind_are_unknown() {
        let quiz = choice(
            "[{ text = \"a\", right = true, why = \"w\" }, { text = \"b\", why = \"w\" }]\nunit = \"ms\"",
        );
        one(&quiz, "E203", "unit", "a question has no key `unit`");
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
    fn options_and_questions_are_there_once() {
        let twice = "[{ text = \"a\", right = true, why = \"w\" }, { text = \"A\", why = \"w\" }]";
        one(
            &choice(twice),
            "E207",
            "{ text = \"A\", why = \"w\" }",
            "this option is there twice",
        );
        let two = choice(&twice.replace('A', "b"));
        one(
            &format!("{two}\n{two}"),
            "E207",
            "\"q\"",
            "the question `q` is there twice",
        );
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

    #[test]
    fn a_wrong_order_is_of_the_items_and_wrong() {
        one(
            &order("wrong = [{ before = \"q\", after = \"x\", why = \"w\" }]"),
            "E206",
            "\"q\"",
            "`q` is not one of the items",
        );
        let table = "{ before = \"x\", after = \"y\", why = \"w\" }";
        one(
            &order(&format!("wrong = [{table}]")),
            "E206",
            table,
            "this order is right, not wrong",
        );
        let wrong = "wrong = [{ before = \"z\", after = \"x\", why = \"w\" }]";
        one(
            &order(wrong).replace("\"y\"", "\"x\""),
            "E207",
            "\"x\"",
            "this item is there twice",
        );
    }
}

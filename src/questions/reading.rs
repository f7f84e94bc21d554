//! Reading questions: every kind has its keys, and every mistake is noted at its place.

use super::{
    Choice, Essay, Kind, Matching, Number, Order, Prediction, Question, Sequence, Several,
};
use crate::base::text::nearest;
use crate::base::toml::{Fields, Reader, list};

/// The kinds of questions that a quiz has: those that are judged at once.
pub const QUIZ: &[&str] = &["choice", "number", "order", "several"];

/// The kinds that a written part has: all.
pub const WRITTEN: &[&str] = &[
    "choice",
    "number",
    "order",
    "several",
    "match",
    "sequence",
    "prediction",
    "essay",
];

/// The kinds of questions and the keys of each beside `id`, `kind` and `ask`.
const KINDS: [(&str, &[&str]); 8] = [
    ("choice", &["choices"]),
    ("number", &["answer", "tolerance", "unit", "why", "wrong"]),
    ("order", &["items", "why", "wrong"]),
    ("several", &["options", "why"]),
    ("match", &["sides", "facts"]),
    ("sequence", &["events", "decoys", "why"]),
    ("prediction", PREDICTION),
    ("essay", &["mentions", "rubric", "model"]),
];

const PREDICTION: &[&str] = &["measured", "tolerance", "unit", "otherwise", "why", "wrong"];

/// The questions under `key` that could be read, each of one of `kinds`; the mistakes of the others are noted.
pub fn read(
    reader: &mut Reader,
    file: &Fields,
    key: &'static str,
    kinds: &[&str],
) -> Vec<Question> {
    let mut found: Vec<Question> = Vec::new();
    let Some(value) = file.value(key) else {
        return found;
    };
    for item in reader.as_list(value, key).unwrap_or_default() {
        let Some(fields) = reader.as_row(item, key, "a question") else {
            continue;
        };
        let Some(question) = question(reader, &fields, kinds) else {
            continue;
        };
        if found.iter().any(|other| other.id == question.id) {
            let message = format!("the question `{}` is there twice", question.id);
            reader.note("E207", fields.place_of("id"), message).help =
                String::from("give each question of a file its own id");
        }
        found.push(question);
    }
    found
}

fn question(reader: &mut Reader, fields: &Fields, kinds: &[&str]) -> Option<Question> {
    let id = reader
        .required(fields, "id")
        .and_then(|value| reader.as_slug(value, "id"));
    let ask = reader.text(fields, "ask");
    let name = reader.text(fields, "kind")?;
    let known = KINDS.iter().filter(|(kind, _)| kinds.contains(kind));
    let Some((_, keys)) = known.into_iter().find(|(kind, _)| *kind == name) else {
        let message = format!("there is no kind of question `{name}`");
        let help = match nearest(&name, kinds.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the kinds are {}", list(kinds)),
        };
        let place = fields.place_of("kind");
        reader.note("E206", place, message).help = help;
        return None;
    };
    reader.only(fields, &[&["id", "kind", "ask"], *keys].concat());
    let kind = match name.as_str() {
        "choice" => Choice::read(reader, fields).map(Kind::Choice),
        "number" => Number::read(reader, fields).map(Kind::Number),
        "several" => Several::read(reader, fields).map(Kind::Several),
        "match" => Matching::read(reader, fields).map(Kind::Match),
        "sequence" => Sequence::read(reader, fields).map(Kind::Sequence),
        "prediction" => Prediction::read(reader, fields).map(Kind::Prediction),
        "essay" => Essay::read(reader, fields).map(Kind::Essay),
        _ => Order::read(reader, fields).map(Kind::Order),
    };
    Some(Question {
        id: id?,
        ask: ask?,
        kind: kind?,
    })
}

/// The tempting mistakes under `wrong`: at least one, so that the likeliest wrong answer is explained.
pub(super) fn each_wrong<T>(
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
            let table = reader.as_row(item, "wrong", "a wrong answer")?;
            read(reader, &table)
        })
        .collect();
    (found.len() == items.len()).then_some(found)
}

//! The kinds of questions, as schemas: what a lesson's quiz and a written part are made of.

use serde_json::{Value as Json, json};

use super::{number, slug, table, text, texts};

/// A question of one kind: its own keys beside those that every question has.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a literal is read best where it stands"
)]
fn question(kind: &str, required: &[&str], properties: Json) -> Json {
    let mut all = json!({
        "id": slug("its name, unique in its file"),
        "kind": { "const": kind },
        "ask": text("what is asked, in Markdown"),
    });
    for (key, value) in properties.as_object().into_iter().flatten() {
        all[key] = value.clone();
    }
    table(&[&["id", "kind", "ask"], required].concat(), all)
}

pub(super) fn choice() -> Json {
    let option = table(
        &["text", "why"],
        json!({
            "text": text("the option"),
            "right": { "type": "boolean", "description": "whether it is the right one" },
            "why": text("why it is right or wrong"),
        }),
    );
    let choices = json!({ "type": "array", "minItems": 2, "maxItems": 9, "items": option });
    question("choice", &["choices"], json!({ "choices": choices }))
}

/// Tempting numbers, each with its reason.
fn tempting() -> Json {
    let wrong = table(
        &["value", "why"],
        json!({ "value": number("a tempting number"), "why": text("why it is wrong") }),
    );
    json!({ "type": "array", "minItems": 1, "items": wrong })
}

pub(super) fn quantity() -> Json {
    question(
        "number",
        &["answer", "why", "wrong"],
        json!({
            "answer": number("the right number"),
            "tolerance": { "type": "number", "minimum": 0, "description": "how far off is still right" },
            "unit": text("what is counted"),
            "why": text("why it is right"),
            "wrong": tempting(),
        }),
    )
}

pub(super) fn order() -> Json {
    let wrong = table(
        &["before", "after", "why"],
        json!({
            "before": text("what somebody puts first"),
            "after": text("what really comes first"),
            "why": text("why it is wrong"),
        }),
    );
    question(
        "order",
        &["items", "why", "wrong"],
        json!({
            "items": { "type": "array", "minItems": 3, "maxItems": 9, "uniqueItems": true, "items": text("in the right order") },
            "why": text("why this order is right"),
            "wrong": { "type": "array", "minItems": 1, "items": wrong },
        }),
    )
}

pub(super) fn matching() -> Json {
    let side = table(
        &["id", "text"],
        json!({ "id": slug("its name"), "text": text("what it says") }),
    );
    let fact = table(
        &["text", "is", "why"],
        json!({
            "text": text("what it says"),
            "is": slug("the side where it belongs"),
            "why": text("why it belongs there"),
            "shown_by": slug("the check whose run shows it"),
        }),
    );
    question(
        "match",
        &["sides", "facts"],
        json!({
            "sides": { "type": "array", "minItems": 2, "maxItems": 9, "items": side },
            "facts": { "type": "array", "minItems": 2, "maxItems": 20, "items": fact },
        }),
    )
}

pub(super) fn sequence() -> Json {
    let event = table(
        &["id", "text", "why"],
        json!({
            "id": slug("its name, unique in the question"),
            "text": text("what happens"),
            "after": texts("the events above that must have happened before, by id"),
            "why": text("why it comes after those"),
        }),
    );
    let decoy = table(
        &["text", "why"],
        json!({ "text": text("what never happens here"), "why": text("why it does not") }),
    );
    question(
        "sequence",
        &["events", "why"],
        json!({
            "events": { "type": "array", "minItems": 3, "maxItems": 26, "items": event, "description": "in an order that is right" },
            "decoys": { "type": "array", "items": decoy, "description": "to be left out" },
            "why": text("what there is to say about the whole"),
        }),
    )
}

pub(super) fn prediction() -> Json {
    let measured = table(
        &["figure"],
        json!({
            "figure": { "type": "string", "pattern": "^[a-z0-9-]+[.].+$", "description": "check and name, as in last-five.sold" },
            "of": { "enum": ["first", "latest"], "description": "which measurement: the first ever is the starter's" },
        }),
    );
    let tolerance = json!({
        "anyOf": [{ "type": "number", "minimum": 0 }, { "type": "string", "pattern": "^[0-9.]+ *%$" }],
        "description": "how far off still counts as close: a number, or a percentage of the figure",
    });
    question(
        "prediction",
        &["measured", "otherwise", "why", "wrong"],
        json!({
            "measured": measured,
            "tolerance": tolerance,
            "unit": text("what is counted"),
            "otherwise": number("about what is measured, for somebody who never runs it"),
            "why": text("why it comes out as it does"),
            "wrong": tempting(),
        }),
    )
}

pub(super) fn essay() -> Json {
    let mut rubric = texts("what a good text does: 0, 1 or 2 points for each line, by its author");
    rubric["minItems"] = 2.into();
    rubric["maxItems"] = 9.into();
    question(
        "essay",
        &["rubric", "model"],
        json!({
            "mentions": texts("what somebody may want to mention; without points"),
            "rubric": rubric,
            "model": text("a text that gets all points, in Markdown, shown after the answer"),
        }),
    )
}

pub(super) fn several() -> Json {
    let option = table(
        &["id", "text", "why"],
        json!({
            "id": slug("its name, unique in the question"),
            "text": text("what it says"),
            "right": { "type": "boolean", "description": "whether it holds" },
            "why": text("why it does or does not"),
        }),
    );
    question(
        "several",
        &["options", "why"],
        json!({
            "options": { "type": "array", "minItems": 3, "maxItems": 26, "items": option },
            "why": text("what there is to say when all were told apart"),
        }),
    )
}

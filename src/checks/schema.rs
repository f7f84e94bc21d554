//! The JSON Schema of check files, made from the shapes that the decoder walks.
//!
//! TOML has no null, so none appears here. Editors read the schema through `#:schema` on the first line of a file.

use serde_json::{Map, Value as Json, json};

use super::file::FILE;
use super::matcher::MATCHERS;
use super::meanwhile::MEANWHILE;
use super::shape::{Field, Kind, Need};
use super::step::COMMON;
use super::steps::{KINDS, Kind as StepKind};

/// The schema of `checks/*.toml`, JSON Schema draft 2020-12.
#[must_use]
pub fn check_file() -> Json {
    let mut schema = table(FILE, &[]);
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = "Checks of one exercise".into();
    schema["$defs"] = json!({
        "matcher": matcher(),
        "steps": steps(&[]),
        "meanwhile": steps(MEANWHILE),
        "symptoms": any_expectation(),
    });
    schema
}

/// A list of steps of any kind, which have the keys `more` besides.
fn steps(more: &[Field]) -> Json {
    let kinds: Vec<Json> = KINDS.iter().map(|kind| step(kind, more)).collect();
    json!({ "type": "array", "minItems": 1, "items": { "oneOf": kinds } })
}

/// A step of one kind: what all steps have, the kind's key, and what it can expect.
fn step(kind: &StepKind, more: &[Field]) -> Json {
    let mut own = match kind.key {
        "use" | "pause" => json!({ "type": "string" }),
        "race" => json!({ "type": "array", "minItems": 2, "items": table(kind.fields, &[]) }),
        _ => table(kind.fields, &[]),
    };
    own["description"] = kind.doc.into();
    let mut extra = vec![(kind.key, own)];
    if !kind.expect.is_empty() {
        extra.push(("expect", table(kind.expect, &[])));
    }
    let common: Vec<Field> = COMMON
        .iter()
        .copied()
        .filter(|f| f.key != "expect" && (more.is_empty() || f.key != "meanwhile"))
        .chain(more.iter().copied())
        .collect();
    let mut schema = table(&common, &extra);
    schema["title"] = format!("{} step", kind.key).into();
    schema["required"] = json!([kind.key]);
    if !more.is_empty() {
        schema["oneOf"] = json!([{ "required": ["at"] }, { "required": ["after"] }]);
    }
    schema
}

/// A table with these keys and no others.
fn table(fields: &[Field], extra: &[(&str, Json)]) -> Json {
    let mut properties = Map::new();
    for field in fields {
        let mut schema = value(&field.kind);
        if schema.get("$ref").is_none() || field.doc.is_empty() {
            schema["description"] = field.doc.into();
        } else {
            schema = json!({ "allOf": [schema], "description": field.doc });
        }
        properties.insert(field.key.to_owned(), schema);
    }
    for (key, schema) in extra {
        properties.insert((*key).to_owned(), schema.clone());
    }
    let required: Vec<&str> = fields
        .iter()
        .filter(|f| f.need == Need::Required)
        .map(|f| f.key)
        .collect();
    let mut schema =
        json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn value(kind: &Kind) -> Json {
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Count(least) => json!({ "type": "integer", "minimum": least, "maximum": 1_000_000 }),
        Kind::Duration => json!({ "type": "string", "pattern": "^[0-9.]+(us|ms|s|m)$" }),
        Kind::Size => json!({ "type": "string", "pattern": "^[0-9.]+(B|KB|MB|GB)$" }),
        Kind::Choice(words) => {
            json!({ "anyOf": [{ "enum": words }, { "type": "string", "pattern": "\\{\\{" }] })
        }
        Kind::Words => json!({
            "anyOf": [{ "type": "string" }, { "type": "array", "minItems": 1, "items": { "type": "string" } }]
        }),
        Kind::List(of) => json!({ "type": "array", "items": value(of) }),
        Kind::Map(of) => json!({ "type": "object", "additionalProperties": value(of) }),
        Kind::Table(fields) => table(fields, &[]),
        Kind::Tables(fields) => json!({ "type": "array", "items": table(fields, &[]) }),
        Kind::Json => anything(),
        Kind::Matcher => json!({ "$ref": "#/$defs/matcher" }),
        Kind::OneOf => {
            json!({ "anyOf": [{ "$ref": "#/$defs/matcher" }, { "type": "array", "minItems": 1 }] })
        }
        Kind::Paths => {
            json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/matcher" } })
        }
        Kind::Setting => json!({ "anyOf": [{ "type": "string" }, { "const": false }] }),
        Kind::Steps => json!({ "$ref": "#/$defs/steps" }),
        Kind::Meanwhile => json!({ "$ref": "#/$defs/meanwhile" }),
        Kind::Expectations => json!({ "$ref": "#/$defs/symptoms" }),
    }
}

/// A JSON value of any shape. Editors that are strict take keys for mistakes unless they are told that any will do.
fn anything() -> Json {
    json!({
        "type": ["string", "number", "integer", "boolean", "array", "object"],
        "additionalProperties": true,
    })
}

fn matcher() -> Json {
    let mut properties = Map::new();
    for (name, doc) in MATCHERS {
        let mut schema = match *name {
            "exists" => json!({ "type": "boolean" }),
            "starts_with" | "ends_with" | "matches" | "is" | "same_as" => {
                json!({ "type": "string" })
            }
            "one_of" => json!({ "type": "array" }),
            "word_of" => json!({ "type": "array", "items": { "type": "string" } }),
            "count" | "all" | "any" => json!({ "anyOf": [{ "$ref": "#/$defs/matcher" }] }),
            _ => anything(),
        };
        schema["description"] = (*doc).into();
        properties.insert((*name).to_owned(), schema);
    }
    json!({
        "description": "A bare value means equals; a table is a matcher.",
        "anyOf": [
            { "type": ["string", "number", "integer", "boolean"] },
            { "type": "array" },
            { "type": "object", "properties": properties, "additionalProperties": false, "minProperties": 1 },
        ]
    })
}

/// Everything that any kind of step can expect: what the `when` of a hint may look at.
fn any_expectation() -> Json {
    let mut fields: Vec<Field> = Vec::new();
    for field in KINDS.iter().flat_map(|k| k.expect) {
        if !fields.iter().any(|f| f.key == field.key) {
            fields.push(Field {
                need: Need::Optional,
                ..*field
            });
        }
    }
    table(&fields, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(text: &str) -> bool {
        let document: toml::Table = toml::from_str(text).unwrap();
        let document = serde_json::to_value(document).unwrap();
        jsonschema::validator_for(&check_file())
            .unwrap()
            .is_valid(&document)
    }

    const START: &str =
        "course = 1\nexercise = \"x\"\n[[check]]\nid = \"a\"\ntitle = \"A\"\npoints = 1\n";

    #[test]
    fn the_schema_and_the_decoder_agree_on_right_and_wrong_files() {
        let decodes = |text: &str| {
            super::super::file::decode("f", text, &super::super::file::Anchors::new(), &|_| None)
                .is_ok()
        };
        for (step, right) in [
            (
                "http = { get = \"http://127.0.0.1:1/\" }\nexpect.status = 200",
                true,
            ),
            (
                "http = { get = \"http://127.0.0.1:1/\" }\nexpect.status = [200, 204]",
                true,
            ),
            (
                "http = { get = \"http://127.0.0.1:1/\" }\nexpect.json.\"$.a\" = { gte = 1 }",
                true,
            ),
            (
                "http = { got = \"http://127.0.0.1:1/\" }\nexpect.status = 200",
                false,
            ),
            (
                "http = { get = \"http://127.0.0.1:1/\" }\nexpect.statsu = 200",
                false,
            ),
            (
                "http = { get = \"http://127.0.0.1:1/\" }\nexpect.status = { gtee = 1 }",
                false,
            ),
            (
                "htp = { get = \"http://127.0.0.1:1/\" }\nexpect.status = 200",
                false,
            ),
        ] {
            let text = format!("{START}[[check.step]]\n{step}\n");
            assert_eq!((accepts(&text), decodes(&text)), (right, right), "{text}");
        }
    }

    #[test]
    fn there_is_no_null_in_the_schema() {
        fn says_null(schema: &Json) -> bool {
            match schema {
                Json::Null => true,
                Json::String(word) => word == "null",
                Json::Array(items) => items.iter().any(says_null),
                Json::Object(entries) => entries.values().any(says_null),
                _ => false,
            }
        }
        assert!(!says_null(&check_file()));
    }
}

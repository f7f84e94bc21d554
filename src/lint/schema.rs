//! The JSON Schemas of the files that authors write, and of the result of a grading.
//!
//! The schema of check files is made from the tables that their decoder walks. Those of exercises, languages,
//! lessons and questions stand here by hand; a test holds them to the files that are there and to keys that are not.

mod question;

use serde_json::{Value as Json, json};

use crate::checks::schema::check_file;

/// One schema.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// What people call it.
    pub name: &'static str,
    /// Its file in `docs/`.
    pub file: &'static str,
    make: fn() -> Json,
}

impl Schema {
    /// The schema as a document.
    #[must_use]
    pub fn document(&self) -> Json {
        (self.make)()
    }

    /// The schema as the text of its file.
    #[must_use]
    pub fn text(&self) -> String {
        if self.name == "result" {
            return RESULT.to_owned();
        }
        format!("{:#}\n", self.document())
    }
}

const RESULT: &str = include_str!("../../docs/result.schema.json");

/// All schemas.
#[must_use]
pub fn all() -> [Schema; 7] {
    let schema = |name, file, make| Schema { name, file, make };
    [
        schema("check", "check.schema.json", check_file),
        schema("exercise", "exercise.schema.json", exercise),
        schema("lesson", "lesson.schema.json", lesson),
        schema("written", "written.schema.json", written),
        schema("questions", "questions.schema.json", questions),
        schema("languages", "languages.schema.json", languages),
        schema("result", "result.schema.json", || {
            serde_json::from_str(RESULT).unwrap_or_default()
        }),
    ]
}

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

fn text(description: &str) -> Json {
    json!({ "type": "string", "minLength": 1, "description": description })
}

fn texts(description: &str) -> Json {
    json!({ "type": "array", "items": { "type": "string", "minLength": 1 }, "description": description })
}

fn slug(description: &str) -> Json {
    json!({ "type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "description": description })
}

fn number(description: &str) -> Json {
    json!({ "type": "number", "description": description })
}

/// A table with these keys and no others.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a literal is read best where it stands"
)]
fn table(required: &[&str], properties: Json) -> Json {
    json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
}

fn titled(title: &str, mut schema: Json) -> Json {
    schema["$schema"] = DRAFT.into();
    schema["title"] = title.into();
    schema
}

/// `exercises/<exercise>/exercise.toml`.
fn exercise() -> Json {
    let starter = table(
        &[],
        json!({ "fails": texts("the checks that every starter fails, by id") }),
    );
    titled(
        "One exercise: exercise.toml",
        table(
            &["title", "order", "minutes", "summary"],
            json!({
                "title": text("what stands above the brief"),
                "order": { "type": "integer", "minimum": 1, "description": "its place among the exercises" },
                "minutes": { "type": "integer", "minimum": 1, "description": "how long a learner needs" },
                "summary": text("what to do, in one sentence"),
                "story": text("what happened, in a few sentences"),
                "lesson": slug("the lesson that teaches it"),
                "starter": starter,
            }),
        ),
    )
}

/// `exercises/languages.toml`.
fn languages() -> Json {
    let need = table(
        &["command", "install"],
        json!({
            "command": text("the program"),
            "version_args": texts("with these it prints its version"),
            "at_least": { "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)*$", "description": "the oldest version that will do" },
            "install": text("what to do when it is not there"),
        }),
    );
    let language = table(
        &["name", "run"],
        json!({
            "name": text("what people see"),
            "run": { "type": "string", "description": "starts the server; empty when the learner must say it" },
            "install": text("run once before the first start"),
            "edit": texts("where a learner starts to read"),
            "needs": { "type": "array", "items": need, "description": "programs that must be there" },
        }),
    );
    json!({
        "$schema": DRAFT,
        "title": "Languages: exercises/languages.toml",
        "type": "object",
        "additionalProperties": language,
    })
}

/// The front matter of `lessons/*.md`.
fn lesson() -> Json {
    titled(
        "The front matter of a lesson, TOML between two lines of +++",
        table(
            &["title", "minutes", "summary"],
            json!({
                "title": text("what stands above the page"),
                "minutes": { "type": "integer", "minimum": 1, "maximum": 100, "description": "how long a learner needs" },
                "summary": text("what it teaches, in one sentence"),
                "exercise": slug("the exercise it leads to"),
                "interview": { "type": "array", "uniqueItems": true, "items": { "type": "string", "pattern": "^Q[0-9]+$" } },
                "quiz": { "type": "array", "items": { "oneOf": [question::choice(), question::quantity(), question::order(), question::several()] } },
            }),
        ),
    )
}

/// `exercises/<exercise>/questions.toml`.
fn written() -> Json {
    let kinds = [
        question::choice(),
        question::quantity(),
        question::order(),
        question::several(),
        question::matching(),
        question::sequence(),
        question::prediction(),
        question::essay(),
    ];
    let questions = json!({ "type": "array", "minItems": 1, "items": { "oneOf": kinds } });
    titled(
        "The written part of an exercise: questions.toml",
        table(&["question"], json!({ "question": questions })),
    )
}

/// `interview/questions.toml`.
fn questions() -> Json {
    let points = |description: &str| json!({ "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 }, "description": description });
    let follow_up = table(
        &["ask", "answer"],
        json!({ "ask": text("what is asked once the answer is locked"), "answer": text("what a good answer says") }),
    );
    let levels = crate::interview::Level::ALL.map(crate::interview::Level::name);
    let question = table(
        &[
            "id",
            "level",
            "ask",
            "must",
            "strong",
            "red_flags",
            "follow_ups",
            "lesson",
        ],
        json!({
            "id": { "type": "string", "pattern": "^Q[0-9]+$", "description": "its stable name" },
            "level": { "enum": levels, "description": "how hard it is, which decides the minutes" },
            "ask": text("what is asked"),
            "must": points("what an answer has to say"),
            "strong": points("what a very good answer says as well"),
            "red_flags": points("what nobody should say: it caps the answer at 1 point"),
            "follow_ups": { "type": "array", "items": follow_up },
            "lesson": text("where to read: lesson or lesson#section"),
            "check": text("what shows the point live: exercise or exercise#check"),
        }),
    );
    titled(
        "The questions of the interview: interview/questions.toml",
        table(
            &["question"],
            json!({ "question": { "type": "array", "items": question } }),
        ),
    )
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn root() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
    }

    fn errors(name: &str, text: &str) -> Vec<String> {
        let document: toml::Table = toml::from_str(text).unwrap();
        let document = serde_json::to_value(document).unwrap();
        let schema = all().into_iter().find(|s| s.name == name).unwrap();
        let validator = jsonschema::validator_for(&schema.document()).unwrap();
        let errors = validator.iter_errors(&document);
        errors
            .map(|e| format!("{e} at {}", e.instance_path()))
            .collect()
    }

    /// The files of one kind that are shipped, and the TOML in each.
    fn shipped(name: &str) -> Vec<String> {
        let read = |path: PathBuf| std::fs::read_to_string(path).unwrap();
        let below = |folder: &str| std::fs::read_dir(root().join(folder)).unwrap();
        match name {
            "languages" => vec![read(root().join("exercises/languages.toml"))],
            "questions" => vec![read(root().join("interview/questions.toml"))],
            "exercise" | "written" => below("exercises")
                .map(|e| e.unwrap().path())
                .map(|folder| match name {
                    "written" => folder.join("questions.toml"),
                    _ => folder.join("exercise.toml"),
                })
                .filter(|path| path.is_file())
                .map(read)
                .collect(),
            _ => below("lessons")
                .map(|e| e.unwrap().path())
                .filter(|path| path.is_file())
                .map(read)
                .map(|text| text.split("+++\n").nth(1).unwrap().to_owned())
                .collect(),
        }
    }

    #[test]
    fn shipped_files_fit_and_an_unknown_key_does_not() {
        for name in ["exercise", "lesson", "languages", "questions", "written"] {
            let files = shipped(name);
            assert!(!files.is_empty(), "{name}");
            for text in files {
                assert_eq!(errors(name, &text), Vec::<String>::new(), "{name}");
                let wrong = format!("unknown = 1\n{text}");
                assert!(!errors(name, &wrong).is_empty(), "{name}");
            }
        }
    }
}

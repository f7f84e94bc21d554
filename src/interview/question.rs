//! A question: what is asked, and what an answer to it is worth.

use crate::base::text::nearest;
use crate::base::toml::{Fields, Reader, list};

/// One question of the bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its stable name, such as `Q5`.
    pub id: String,
    /// How hard it is, which decides how long an answer may take.
    pub level: Level,
    /// What is asked.
    pub ask: String,
    /// What an answer has to say.
    pub must: Vec<String>,
    /// What a very good answer says as well.
    pub strong: Vec<String>,
    /// What must not be said.
    pub red_flags: Vec<String>,
    /// What is asked once the answer is locked.
    pub follow_ups: Vec<FollowUp>,
    /// Where to read: `lesson` or `lesson#section`.
    pub lesson: String,
    /// What shows the point live: `exercise` or `exercise#check`.
    pub check: Option<String>,
}

/// A question after the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUp {
    /// What is asked.
    pub ask: String,
    /// What a good answer says.
    pub answer: String,
}

/// How hard a question is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Three minutes.
    Easy,
    /// Five minutes.
    Medium,
    /// Eight minutes.
    Hard,
    /// Fifteen minutes, with a drawing.
    Design,
}

impl Level {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Easy, Self::Medium, Self::Hard, Self::Design];

    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Easy => "easy",
            Self::Medium => "medium",
            Self::Hard => "hard",
            Self::Design => "design",
        }
    }

    /// How long an answer may take.
    #[must_use]
    pub fn minutes(self) -> u32 {
        match self {
            Self::Easy => 3,
            Self::Medium => 5,
            Self::Hard => 8,
            Self::Design => 15,
        }
    }
}

const KEYS: [&str; 9] = [
    "id",
    "level",
    "ask",
    "must",
    "strong",
    "red_flags",
    "follow_ups",
    "lesson",
    "check",
];

/// Reads one question; `None` when a needed key is missing or wrong.
pub(super) fn read(reader: &mut Reader, fields: &Fields) -> Option<Question> {
    reader.only(fields, &KEYS);
    let id = id(reader, fields);
    let level = level(reader, fields);
    let ask = reader.text(fields, "ask");
    let must = points(reader, fields, "must");
    let strong = points(reader, fields, "strong");
    let red_flags = points(reader, fields, "red_flags");
    let follow_ups = follow_ups(reader, fields);
    let lesson = reader.text(fields, "lesson");
    let check = reader.text_if_any(fields, "check");
    Some(Question {
        id: id?,
        level: level?,
        ask: ask?,
        must: must?,
        strong: strong?,
        red_flags: red_flags?,
        follow_ups: follow_ups?,
        lesson: lesson?,
        check,
    })
}

fn id(reader: &mut Reader, fields: &Fields) -> Option<String> {
    let id = reader.text(fields, "id")?;
    let number = id.strip_prefix('Q').unwrap_or("");
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        let message = format!("`{id}` is not the id of a question");
        reader.note("E605", fields.place_of("id"), message).help =
            String::from("write it as in `Q5`");
        return None;
    }
    Some(id)
}

fn level(reader: &mut Reader, fields: &Fields) -> Option<Level> {
    let name = reader.text(fields, "level")?;
    let level = Level::ALL.into_iter().find(|level| level.name() == name);
    if level.is_none() {
        let names = Level::ALL.map(Level::name);
        let help = match nearest(&name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the levels are {}", list(&names)),
        };
        let message = format!("there is no level `{name}`");
        reader.note("E605", fields.place_of("level"), message).help = help;
    }
    level
}

/// A list of texts that says something.
fn points(reader: &mut Reader, fields: &Fields, key: &str) -> Option<Vec<String>> {
    let value = reader.required(fields, key)?;
    let items = reader.as_list(value, key)?;
    if items.is_empty() {
        reader.note("E605", value.span(), format!("`{key}` is empty"));
    }
    let texts: Vec<String> = items
        .iter()
        .filter_map(|item| reader.as_text(item, key))
        .collect();
    (texts.len() == items.len() && !texts.is_empty()).then_some(texts)
}

fn follow_ups(reader: &mut Reader, fields: &Fields) -> Option<Vec<FollowUp>> {
    let value = reader.required(fields, "follow_ups")?;
    let items = reader.as_list(value, "follow_ups")?;
    let read: Vec<FollowUp> = items
        .iter()
        .filter_map(|item| {
            let table = reader.as_row(item, "follow_ups", "a follow-up")?;
            reader.only(&table, &["ask", "answer"]);
            let ask = reader.text(&table, "ask");
            let answer = reader.text(&table, "answer");
            Some(FollowUp {
                ask: ask?,
                answer: answer?,
            })
        })
        .collect();
    (read.len() == items.len()).then_some(read)
}

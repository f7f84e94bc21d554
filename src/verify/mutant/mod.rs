//! Mutants: a solution with one thing made wrong on its wire, whatever language it is written in.
//!
//! A mutant is the solution behind a proxy that changes every matching answer, or loses or doubles every matching
//! write. The mutants of source code that papers study are another thing; these say what the checks would notice.

pub mod alter;
pub mod proxy;

use crate::base::diagnostic::Diagnostic;
use crate::base::text::nearest;
use crate::base::toml::{Fields, Reader, Rules};

/// The hidden argument that makes this program the proxy of a mutant.
pub const ARGUMENT: &str = "__mutate";

/// The file of an exercise that lists the mutants which may survive, each with its reason.
pub const FILE: &str = "mutants.toml";

static RULES: Rules = Rules {
    syntax: "E511",
    unknown: "E512",
    kind: "E513",
    missing: "E513",
    slug: "E513",
    value: "E514",
};

/// One way to make an exchange wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mutation {
    /// Its name.
    pub name: &'static str,
    /// What it does, for the table of survivors.
    pub does: &'static str,
    /// Why a server that does so may be as right as another; empty when there is no excuse.
    pub perhaps: &'static str,
    /// What is changed.
    pub kind: Kind,
}

/// What a mutation changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing: the control, which shows that the proxy itself is not noticed.
    Nothing,
    /// Answers with the first status get the second.
    Status(u16, u16),
    /// Answers lose this header.
    Header(&'static str),
    /// JSON is called `text/html`.
    WrongType,
    /// Half of the body is missing, and `Content-Length` fits what is left.
    Truncate,
    /// Numbers become texts, and texts of digits become numbers.
    SwapTypes,
    /// Whole numbers are one more.
    OffByOne,
    /// Lists are the other way round.
    Reverse,
    /// Writes are sent twice, and the first answer counts.
    WriteTwice,
    /// PUT, PATCH and DELETE are answered with 204 and lost.
    LoseSaves,
    /// POST is answered with 201 and lost.
    LosePosts,
    /// Answers come 200 ms later.
    Delay,
    /// The connection closes in the middle of the body.
    CloseEarly,
    /// Each request gets the answer of the one before.
    Previous,
}

const fn status(name: &'static str, from: u16, to: u16, perhaps: &'static str) -> Mutation {
    Mutation {
        name,
        does: "changes the status",
        perhaps,
        kind: Kind::Status(from, to),
    }
}

const fn other(
    name: &'static str,
    does: &'static str,
    perhaps: &'static str,
    kind: Kind,
) -> Mutation {
    Mutation {
        name,
        does,
        perhaps,
        kind,
    }
}

/// Every mutation; the control stands first.
pub const ALL: [Mutation; 24] = [
    other("none", "changes nothing", "", Kind::Nothing),
    status("200-201", 200, 201, ""),
    status(
        "200-204",
        200,
        204,
        "204 has no body, so only what nobody reads may survive",
    ),
    status("201-200", 201, 200, ""),
    status(
        "204-200",
        204,
        200,
        "the contract may allow both 200 and 204",
    ),
    status(
        "401-403",
        401,
        403,
        "the contract may leave the choice to the server",
    ),
    status(
        "403-401",
        403,
        401,
        "the contract may leave the choice to the server",
    ),
    status("404-200", 404, 200, ""),
    status("409-201", 409, 201, ""),
    status("412-200", 412, 200, ""),
    other(
        "no-www-authenticate",
        "drops WWW-Authenticate",
        "",
        Kind::Header("www-authenticate"),
    ),
    other("no-etag", "drops ETag", "", Kind::Header("etag")),
    other(
        "no-content-type",
        "drops Content-Type",
        "the contract may not name a content type",
        Kind::Header("content-type"),
    ),
    other(
        "text-html",
        "calls JSON text/html",
        "the contract may not name a content type",
        Kind::WrongType,
    ),
    other("truncate", "cuts the body in half", "", Kind::Truncate),
    other(
        "swap-types",
        "turns numbers into texts and back",
        "",
        Kind::SwapTypes,
    ),
    other(
        "off-by-one",
        "adds one to whole numbers",
        "",
        Kind::OffByOne,
    ),
    other(
        "reverse",
        "turns lists round",
        "the contract may promise no order",
        Kind::Reverse,
    ),
    other(
        "write-twice",
        "sends writes twice and gives the first answer",
        "a write that may be repeated changes nothing the second time",
        Kind::WriteTwice,
    ),
    other(
        "lose-saves",
        "answers PUT, PATCH and DELETE with 204 and loses them",
        "",
        Kind::LoseSaves,
    ),
    other(
        "lose-posts",
        "answers POST with 201 and loses it",
        "",
        Kind::LosePosts,
    ),
    other(
        "delay",
        "waits 200 ms",
        "the contract may set no limit on time",
        Kind::Delay,
    ),
    other(
        "close-early",
        "closes in the middle of the body",
        "",
        Kind::CloseEarly,
    ),
    other(
        "previous",
        "gives the answer of the request before",
        "",
        Kind::Previous,
    ),
];

/// The mutation with this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Mutation> {
    ALL.iter().find(|m| m.name == name)
}

/// Reads which mutants may survive, and why: one line each, as in `delay = "The contract sets no limit on time."`.
///
/// # Errors
/// Every mistake in the file.
pub fn survivors(path: &str, text: &str) -> Result<Vec<(String, String)>, Vec<Diagnostic>> {
    let mut reader = Reader::new(path, &RULES);
    let mut found = Vec::new();
    if let Some(document) = reader.document(text) {
        let fields = Fields::new(document.get_ref(), 0..0, "the list of survivors");
        for (name, place, value) in fields.entries() {
            if named(name).is_none() {
                let help = match nearest(name, ALL.iter().map(|m| m.name)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "`course verify --mutants` lists them".to_owned(),
                };
                let message = format!("there is no mutant `{name}`");
                reader.note(RULES.unknown, place, message).help = help;
            }
            if let Some(why) = reader.as_text(value, name) {
                found.push((name.to_owned(), why));
            }
        }
    }
    reader.finish(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_different() {
        for (at, mutation) in ALL.iter().enumerate() {
            assert_eq!(ALL.iter().position(|m| m.name == mutation.name), Some(at));
        }
    }

    #[test]
    fn a_survivor_needs_a_known_name_and_a_reason() {
        let read = survivors("m.toml", "delay = \"No limit.\"\n").unwrap();
        assert_eq!(read, [("delay".to_owned(), "No limit.".to_owned())]);
        let found = survivors("m.toml", "dealy = \"No limit.\"\nreverse = \"\"\n").unwrap_err();
        let found: Vec<String> = found
            .into_iter()
            .map(|d| format!("{} {} {}", d.id, d.message, d.help))
            .collect();
        assert_eq!(
            found,
            [
                "E512 there is no mutant `dealy` did you mean `delay`?",
                "E514 `reverse` is empty ",
            ]
        );
    }
}

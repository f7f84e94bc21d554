//! `expect.toml`: what is wrong with a broken server, and which checks must notice.

use toml::de::DeValue;

use crate::base::diagnostic::Diagnostic;
use crate::base::slug::Slug;
use crate::base::text::nearest;
use crate::base::toml::{Fields, Reader, Rules, Value};
use crate::checks::check::CheckFile;

/// The file's name in the folder of a broken server.
pub const FILE: &str = "expect.toml";

static RULES: Rules = Rules {
    syntax: "E501",
    unknown: "E502",
    kind: "E503",
    missing: "E504",
    slug: "E505",
    value: "E506",
};

/// A check that the check file does not have.
const NO_CHECK: &str = "E507";
/// A solution that the exercise does not have.
const NO_SOLUTION: &str = "E508";

const KEYS: [&str; 6] = ["wrong", "run", "base", "must_fail", "must_pass", "message"];

/// What is claimed of a broken server. Every check that must not fail must pass, or be skipped because a check that it
/// needs does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expect {
    /// What is wrong with it, in one sentence.
    pub wrong: String,
    /// The command that starts it.
    pub run: String,
    /// The language of the solution whose files it has, apart from those of its own.
    pub base: Option<Slug>,
    /// The checks that fail, all of them.
    pub must_fail: Vec<String>,
    /// The checks that must pass; empty for all others. Where they are named, no others are run, which is for exercises
    /// whose checks take long.
    pub must_pass: Vec<String>,
    /// Words that the report of one of these failures shows; may be empty.
    pub message: String,
}

impl Expect {
    /// Reads the file; `path` is its place inside the course, `solutions` are the languages that have one.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn read(
        path: &str,
        text: &str,
        checks: &CheckFile,
        solutions: &[Slug],
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader::new(path, &RULES);
        let expect = parse(&mut reader, text, checks, solutions);
        let mistakes = reader.into_mistakes();
        expect.filter(|_| mistakes.is_empty()).ok_or(mistakes)
    }
}

fn parse(
    reader: &mut Reader<'_>,
    text: &str,
    checks: &CheckFile,
    solutions: &[Slug],
) -> Option<Expect> {
    let document = reader.document(text)?;
    let fields = Fields::new(document.get_ref(), 0..0, "what is expected of a server");
    reader.only(&fields, &KEYS);
    let wrong = reader.text(&fields, "wrong");
    let run = reader.text(&fields, "run");
    if let Some(run) = &run
        && shlex::split(run).is_none_or(|words| words.is_empty())
    {
        let message = format!("`{run}` is no command");
        reader.note(RULES.value, fields.place_of("run"), message);
    }
    let base = base(reader, &fields, solutions);
    let message = reader.text_if_any(&fields, "message").unwrap_or_default();
    let must_fail = must_fail(reader, &fields, checks);
    let must_pass = fields.value("must_pass");
    let must_pass = must_pass.map(|value| check_ids(reader, value, "must_pass", checks));
    let must_pass = must_pass.unwrap_or_default();
    if let Some(id) = must_pass.iter().find(|id| must_fail.contains(id)) {
        let message = format!("`{id}` cannot both fail and pass");
        reader.note(RULES.value, fields.place_of("must_pass"), message);
    }
    Some(Expect {
        wrong: wrong?,
        run: run?,
        base,
        must_fail,
        must_pass,
        message,
    })
}

/// The solution that the server is made from.
fn base(reader: &mut Reader<'_>, fields: &Fields<'_, '_>, solutions: &[Slug]) -> Option<Slug> {
    let value = fields.value("base")?;
    let base = reader.as_slug(value, "base")?;
    if !solutions.contains(&base) {
        let near = nearest(base.as_str(), solutions.iter().map(Slug::as_str));
        let help = near.map_or_else(
            || "name a folder of `solutions/`".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("there is no solution `{base}`");
        reader.note(NO_SOLUTION, value.span(), message).help = help;
    }
    Some(base)
}

/// The checks that must fail: at least one, and each of them there.
fn must_fail(reader: &mut Reader<'_>, fields: &Fields<'_, '_>, checks: &CheckFile) -> Vec<String> {
    let Some(value) = reader.required(fields, "must_fail") else {
        return Vec::new();
    };
    if matches!(value.get_ref(), DeValue::Array(items) if items.is_empty()) {
        reader.note(
            RULES.value,
            value.span(),
            "`must_fail` names no check; a broken server that fails nothing proves nothing",
        );
    }
    check_ids(reader, value, "must_fail", checks)
}

/// Checks by their ids, each of them there and named once.
fn check_ids(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    key: &str,
    checks: &CheckFile,
) -> Vec<String> {
    let mut found = Vec::new();
    for item in reader.as_list(value, key).unwrap_or_default() {
        let Some(id) = reader.as_text(item, key) else {
            continue;
        };
        if checks.check(&id).is_none() {
            let near = nearest(&id, checks.checks.iter().map(|c| c.id.as_str()));
            let help = near.map_or_else(
                || format!("the ids stand in `{}`", checks.path),
                |near| format!("did you mean `{near}`?"),
            );
            let message = format!("there is no check `{id}`");
            reader.note(NO_CHECK, item.span(), message).help = help;
        }
        if found.contains(&id) {
            let message = format!("`{id}` is there twice");
            reader.note(RULES.value, item.span(), message);
        }
        found.push(id);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::file::{Anchors, decode};

    fn read(text: &str) -> Result<Expect, Vec<String>> {
        let checks = "course = 1\nexercise = \"x\"\n[instance.a]\n[[check]]\nid = \"greets\"\ntitle = \"It greets\"\npoints = 1\n\
                      step = [{ http = { on = \"a\", get = \"/\" }, expect = { status = 200 } }]\n";
        let checks = decode("checks/x.toml", checks, &Anchors::new(), &|_| None).unwrap();
        let solutions = [Slug::new("python").unwrap()];
        Expect::read("e.toml", text, &checks, &solutions).map_err(|found| {
            let tell = |d: Diagnostic| {
                let place = text.get(d.span).unwrap_or_default().to_owned();
                format!("{} {place} {} {}", d.id, d.message, d.help)
            };
            found.into_iter().map(tell).collect()
        })
    }

    #[test]
    fn every_key_is_read() {
        let expect = read("wrong = \"It is rude.\"\nrun = \"python3 s.py\"\nmust_fail = [\"greets\"]\nmessage = \"rude\"\n")
            .unwrap();
        assert_eq!(expect.must_fail, ["greets"]);
        assert_eq!(
            (expect.run.as_str(), expect.message.as_str()),
            ("python3 s.py", "rude")
        );
    }

    #[test]
    fn misspelt_keys_and_checks_are_mistakes_with_a_place() {
        let found = read("wrong = \"W.\"\nrun = \"r\"\nmust_fial = []\nmust_fail = [\"greet\"]\n")
            .unwrap_err();
        assert_eq!(
            found,
            [
                "E502 must_fial what is expected of a server has no key `must_fial` did you mean `must_fail`?",
                "E507 \"greet\" there is no check `greet` did you mean `greets`?",
            ]
        );
    }

    #[test]
    fn a_server_is_made_from_a_solution_that_is_there() {
        let expect = |base: &str| {
            read(&format!(
                "wrong = \"W.\"\nrun = \"r\"\nbase = \"{base}\"\nmust_fail = [\"greets\"]\n"
            ))
        };
        let base = expect("python").unwrap().base;
        assert_eq!(base.as_ref().map(Slug::as_str), Some("python"));
        assert_eq!(
            expect("pyton").unwrap_err(),
            ["E508 \"pyton\" there is no solution `pyton` did you mean `python`?"]
        );
    }

    #[test]
    fn checks_that_must_pass_are_others_than_those_that_must_fail() {
        let expect = |pass: &str| {
            read(&format!(
                "wrong = \"W.\"\nrun = \"r\"\nmust_fail = [\"greets\"]\nmust_pass = {pass}\n"
            ))
        };
        assert_eq!(expect("[]").unwrap().must_pass.len(), 0);
        assert_eq!(
            expect("[\"greets\", \"greet\"]").unwrap_err(),
            [
                "E506 [\"greets\", \"greet\"] `greets` cannot both fail and pass ",
                "E507 \"greet\" there is no check `greet` did you mean `greets`?",
            ]
        );
    }

    #[test]
    fn a_broken_server_that_fails_nothing_is_a_mistake() {
        let found = read("wrong = \"W.\"\nrun = \"r\"\nmust_fail = []\n").unwrap_err();
        assert!(found[0].starts_with("E506 [] `must_fail` names no check"));
        let found = read(
            "wrong = \"W.\"\nrun = \"s '\"\nmust_fail = [\"greets\", \"greets\"]\nmessage = \"\"\n",
        )
        .unwrap_err();
        assert_eq!(
            found,
            [
                "E506 \"s '\" `s '` is no command ",
                "E506 \"greets\" `greets` is there twice ",
                "E506 \"\" `message` is empty ",
            ]
        );
    }
}

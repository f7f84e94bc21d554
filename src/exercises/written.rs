//! The written part of an exercise: the questions of `exercises/<exercise>/questions.toml`.

use crate::base::diagnostic::Diagnostic;
use crate::base::source::Source;
use crate::base::toml::{Fields, Reader, Rules};
use crate::questions::{self, Question};

use super::text;

static RULES: Rules = Rules {
    syntax: "E701",
    unknown: "E702",
    kind: "E703",
    missing: "E704",
    slug: "E705",
    value: "E706",
};

/// The file with the questions of an exercise.
#[must_use]
pub fn path(exercise: &str) -> String {
    format!("exercises/{exercise}/questions.toml")
}

/// The questions of an exercise; none when it has no such file.
pub(super) fn read(source: &Source, exercise: &str) -> Result<Vec<Question>, Vec<Diagnostic>> {
    let path = path(exercise);
    if !source.has(&path) {
        return Ok(Vec::new());
    }
    parse(&path, &text(source, &path)?)
}

fn parse(path: &str, text: &str) -> Result<Vec<Question>, Vec<Diagnostic>> {
    let mut reader = Reader::new(path, &RULES);
    let mut found = Vec::new();
    if let Some(document) = reader.document(text) {
        let fields = Fields::new(document.get_ref(), 0..0, "a written part");
        reader.only(&fields, &["question"]);
        reader.required(&fields, "question");
        found = questions::read(&mut reader, &fields, "question", questions::WRITTEN);
    }
    reader.finish(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::questions::Verdict;

    #[test]
    fn all_mistakes_come_at_once_each_at_its_place() {
        let text = "titel = 1\n[[question]]\nid = \"Q 1\"\nkind = \"essay\"\nask = \"?\"\nrubric = []\nmodel = \"m\"\n\
                    [[question]]\nid = \"q\"\nkind = \"mach\"\nask = \"?\"\n\
                    [[question]]\nid = \"r\"\nkind = \"match\"\nask = 7\nsides = [{ id = \"a\", text = \"\" }]\n";
        let told = |d: Diagnostic| (d.id, text[d.span].to_owned());
        let found = parse("q.toml", text).unwrap_err().into_iter().map(told);
        let found: Vec<(&str, String)> = found.collect();
        let found: Vec<(&str, &str)> = found.iter().map(|(id, at)| (*id, at.as_str())).collect();
        assert_eq!(
            found,
            [
                ("E702", "titel"),
                ("E705", "\"Q 1\""),
                ("E206", "[]"),
                ("E206", "\"mach\""),
                ("E704", "[[question]]"),
                ("E703", "7"),
                ("E206", "[{ id = \"a\", text = \"\" }]"),
                ("E706", "\"\""),
            ]
        );
    }

    #[test]
    fn a_file_without_a_question_is_a_slip() {
        let found = parse("q.toml", "# nothing\n").unwrap_err();
        assert_eq!(found[0].id, "E704");
    }

    #[test]
    fn the_solution_of_every_shipped_question_is_right() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("exercises");
        let mut seen = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path().join("questions.toml");
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            let name = path.display().to_string();
            for question in parse(&name, &text).unwrap() {
                let verdict = question.judge(&question.solution());
                let fine = matches!(verdict, Verdict::Right(_) | Verdict::Kept);
                assert!(fine, "{name} {}: {verdict:?}", question.id);
                seen += 1;
            }
        }
        assert!(seen > 10, "{seen}");
    }
}

//! A demo of a lesson: a server to try out, and requests that prove what is wrong with it.
//!
//! It stands in the folder beside the page that has the page's name: `demo.toml`, and the server in one folder per
//! language.

use std::collections::BTreeMap;

use super::{Lesson, RULES};
use crate::base::diagnostic::Diagnostic;
use crate::base::slug::Slug;
use crate::base::source::Source;
use crate::base::toml::{Fields, Reader};
use crate::questions::Kind;

/// What a lesson shows live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demo {
    /// Its folder inside the course.
    pub folder: String,
    /// The proofs in their order.
    pub proofs: Vec<Proof>,
    /// By language: what a word such as `$INHERITED` in a proof stands for.
    words: BTreeMap<String, Vec<(String, String)>>,
}

/// One request, and why its answer is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The option of the lesson's worksheet that it proves.
    pub finding: Slug,
    /// What it shows, in a few words.
    pub title: String,
    /// The line to type into a shell. `$URL` is the server as it is, `$MENDED` its mended copy.
    pub send: String,
    /// Why the answer is wrong, and what would be right: Markdown.
    pub why: String,
}

impl Demo {
    /// Reads the demo of a lesson; `None` when it has none.
    ///
    /// # Errors
    /// Every mistake of its file at once.
    pub fn read(source: &Source, lesson: &Lesson) -> Result<Option<Self>, Vec<Diagnostic>> {
        let folder = lesson.file.trim_end_matches(".md").to_owned();
        let path = format!("{folder}/demo.toml");
        if !source.has(&path) {
            return Ok(None);
        }
        let text = source
            .text(&path)
            .map_err(|error| vec![Diagnostic::error("E210", &path, 0..0, error.to_string())])?;
        let mut reader = Reader::new(&path, &RULES);
        let demo = parse(&mut reader, &text, lesson, folder);
        let mistakes = reader.into_mistakes();
        if mistakes.is_empty() {
            Ok(demo)
        } else {
            Err(mistakes)
        }
    }

    /// The line of a proof as it is typed: its words replaced by what they stand for in a language, and by `addresses`.
    #[must_use]
    pub fn line(&self, proof: &Proof, language: &str, addresses: &[(String, String)]) -> String {
        let words = self.words.get(language).into_iter().flatten();
        words
            .chain(addresses)
            .fold(proof.send.clone(), |line, (word, value)| {
                line.replace(&format!("${word}"), value)
            })
    }
}

fn parse(reader: &mut Reader, text: &str, lesson: &Lesson, folder: String) -> Option<Demo> {
    let document = reader.document(text)?;
    let fields = Fields::new(document.get_ref(), 0..0, "a demo");
    reader.only(&fields, &["proof", "words"]);
    let mut words = BTreeMap::new();
    if let Some(value) = fields.value("words") {
        let languages = reader.as_table(value, "words", "`words`");
        for (language, _, value) in languages.iter().flat_map(Fields::entries) {
            let Some(table) = reader.as_table(value, language, "the words of a language") else {
                continue;
            };
            let pairs = table.entries().filter_map(|(word, _, value)| {
                Some((word.to_owned(), reader.as_text(value, word)?))
            });
            words.insert(language.to_owned(), pairs.collect());
        }
    }
    let value = reader.required(&fields, "proof")?;
    let mut proofs = Vec::new();
    for item in reader.as_list(value, "proof")? {
        let table = reader.as_row(item, "proof", "a proof");
        proofs.extend(table.and_then(|table| proof(reader, &table, lesson)));
    }
    Some(Demo {
        folder,
        proofs,
        words,
    })
}

fn proof(reader: &mut Reader, fields: &Fields, lesson: &Lesson) -> Option<Proof> {
    reader.only(fields, &["finding", "title", "send", "why"]);
    let finding = reader.slug(fields, "finding");
    if let Some(finding) = finding.as_ref().filter(|f| lesson.option(f).is_none()) {
        let message = format!("the lesson asks about no option `{finding}`");
        reader
            .note("E209", fields.place_of("finding"), message)
            .help = String::from("name an option of its question of the kind `several`");
    }
    let title = reader.text(fields, "title");
    let send = reader.text(fields, "send");
    let why = reader.text(fields, "why");
    Some(Proof {
        finding: finding?,
        title: title?,
        send: send?,
        why: why?,
    })
}

impl Lesson {
    /// The place of an option among those of the lesson's worksheet, its question of the kind `several`.
    #[must_use]
    pub fn option(&self, id: &Slug) -> Option<usize> {
        self.quiz.iter().find_map(|question| match &question.kind {
            Kind::Several(several) => several.options.iter().position(|o| o.id == *id),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LESSON: &str = "+++\ntitle = \"T\"\nminutes = 5\nsummary = \"S.\"\n[[quiz]]\nid = \"w\"\nkind = \"several\"\nask = \"?\"\nwhy = \"w\"\noptions = [\
        { id = \"a\", text = \"x\", right = true, why = \"w\" }, { id = \"b\", text = \"y\", why = \"w\" }, { id = \"c\", text = \"z\", why = \"w\" }]\n+++\n";

    fn demo(toml: &str) -> Result<Option<Demo>, Vec<Diagnostic>> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("lessons/01-l")).unwrap();
        std::fs::write(folder.path().join("lessons/01-l/demo.toml"), toml).unwrap();
        let lesson = Lesson::parse("lessons/01-l.md", LESSON).unwrap();
        Demo::read(&Source::Folder(folder.path().to_owned()), &lesson)
    }

    #[test]
    fn words_of_a_line_are_replaced_by_what_they_stand_for() {
        let demo = demo(
            "[words.node]\nID = \"__proto__\"\n[words.python]\nID = \"__class__\"\n\
             [[proof]]\nfinding = \"a\"\ntitle = \"t\"\nsend = 'curl $URL/me -H \"id: $ID\"'\nwhy = \"w\"\n",
        )
        .unwrap()
        .unwrap();
        let addresses = [("URL".to_owned(), "http://127.0.0.1:1".to_owned())];
        assert_eq!(
            demo.line(&demo.proofs[0], "python", &addresses),
            "curl http://127.0.0.1:1/me -H \"id: __class__\""
        );
    }

    #[test]
    fn a_proof_of_what_the_lesson_does_not_ask_about_is_refused() {
        let found = demo("[[proof]]\nfinding = \"d\"\ntitle = \"t\"\nsend = \"s\"\nwyh = \"w\"\n")
            .unwrap_err();
        let told: Vec<(&str, &str)> = found.iter().map(|d| (d.id, d.message.as_str())).collect();
        assert_eq!(
            told,
            [
                ("E205", "a proof needs the key `why`"),
                ("E209", "the lesson asks about no option `d`"),
                ("E203", "a proof has no key `wyh`"),
            ]
        );
    }
}

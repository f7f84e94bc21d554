//! An exercise: its brief, and the servers that come with it.

use crate::base::diagnostic::Diagnostic;
use crate::base::slug::Slug;
use crate::base::source::{Source, SourceError};
use crate::base::toml::{Fields, Reader};
use crate::questions::Question;

use super::{RULES, UNREADABLE, text, written};

const KEYS: [&str; 7] = [
    "title", "order", "minutes", "summary", "story", "lesson", "starter",
];

/// One exercise, as its folder says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Exercise {
    /// Its stable name, from the folder.
    pub slug: Slug,
    /// What stands above the brief.
    pub title: String,
    /// Its place among the exercises, from 1.
    pub order: u32,
    /// How long a learner needs.
    pub minutes: u32,
    /// What to do, in one sentence.
    pub summary: String,
    /// What happened, in a few sentences; may be empty.
    pub story: String,
    /// The lesson that teaches it.
    pub lesson: Option<Slug>,
    /// The checks that every starter fails, by id.
    pub starter_fails: Vec<String>,
    /// The brief and the contract: Markdown.
    pub brief: String,
    /// The questions of its written part; may be empty.
    pub written: Vec<Question>,
}

/// One file of a starter, a solution or a broken server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Path inside the server's folder, with `/`.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Exercise {
    /// Reads `exercises/<name>/exercise.toml` and the brief beside it.
    pub(super) fn read(source: &Source, name: &str) -> Result<Self, Vec<Diagnostic>> {
        let path = format!("exercises/{name}/exercise.toml");
        let mut mistakes = Vec::new();
        let slug = Slug::new(name)
            .map_err(|e| vec![Diagnostic::error(UNREADABLE, &path, 0..0, e.to_string())]);
        let slug = slug.map_err(|found| mistakes.extend(found)).ok();
        let brief = text(source, &format!("exercises/{name}/README.md"));
        let brief = brief.map_err(|found| mistakes.extend(found)).ok();
        let written = written::read(source, name);
        let written = written.map_err(|found| mistakes.extend(found)).ok();
        let toml = text(source, &path)
            .map_err(|found| mistakes.extend(found))
            .ok();
        let exercise = toml.and_then(|toml| {
            let mut reader = Reader::new(&path, &RULES);
            let exercise = parse(&mut reader, &toml, slug, brief);
            mistakes.extend(reader.into_mistakes());
            Some(Self {
                written: written?,
                ..exercise?
            })
        });
        exercise.filter(|_| mistakes.is_empty()).ok_or(mistakes)
    }

    /// The languages that have a starter.
    ///
    /// # Errors
    /// When the course's files cannot be listed.
    pub fn starters(&self, source: &Source) -> Result<Vec<Slug>, SourceError> {
        self.folders(source, "starters")
    }

    /// The languages that have a solution.
    ///
    /// # Errors
    /// When the course's files cannot be listed.
    pub fn solutions(&self, source: &Source) -> Result<Vec<Slug>, SourceError> {
        self.folders(source, "solutions")
    }

    /// The names of the broken servers, which prove that the checks can fail.
    ///
    /// # Errors
    /// When the course's files cannot be listed.
    pub fn broken(&self, source: &Source) -> Result<Vec<Slug>, SourceError> {
        self.folders(source, "broken")
    }

    /// The files that `course start` copies; empty when there is no starter in this language.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn starter(&self, source: &Source, language: &Slug) -> Result<Vec<File>, SourceError> {
        self.files(source, &format!("starters/{language}"))
    }

    /// The files of the reference; empty when there is none in this language.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn solution(&self, source: &Source, language: &Slug) -> Result<Vec<File>, SourceError> {
        self.files(source, &format!("solutions/{language}"))
    }

    /// The files of a broken server, `expect.toml` among them.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn broken_files(&self, source: &Source, name: &Slug) -> Result<Vec<File>, SourceError> {
        self.files(source, &format!("broken/{name}"))
    }

    fn folders(&self, source: &Source, kind: &str) -> Result<Vec<Slug>, SourceError> {
        let folder = format!("exercises/{}/{kind}", self.slug);
        let mut names: Vec<Slug> = Vec::new();
        for path in source.below(&folder)? {
            let name = path
                .strip_prefix(&folder)
                .and_then(|rest| rest.trim_start_matches('/').split_once('/'));
            if let Some(slug) = name.and_then(|(name, _)| Slug::new(name).ok())
                && !names.contains(&slug)
            {
                names.push(slug);
            }
        }
        Ok(names)
    }

    fn files(&self, source: &Source, part: &str) -> Result<Vec<File>, SourceError> {
        let folder = format!("exercises/{}/{part}", self.slug);
        let paths = source.below(&folder)?;
        paths
            .into_iter()
            .map(|path| {
                Ok(File {
                    bytes: source.bytes(&path)?.into_owned(),
                    path: path[folder.len() + 1..].to_owned(),
                })
            })
            .collect()
    }
}

/// Reads the file; the slug and the brief come from beside it, if they could be had.
fn parse(
    reader: &mut Reader,
    text: &str,
    slug: Option<Slug>,
    brief: Option<String>,
) -> Option<Exercise> {
    let document = reader.document(text)?;
    let fields = Fields::new(document.get_ref(), 0..0, "an exercise");
    reader.only(&fields, &KEYS);
    let title = reader.text(&fields, "title");
    let order = reader.count(&fields, "order", 1..=u32::MAX);
    let minutes = reader.count(&fields, "minutes", 1..=u32::MAX);
    let summary = reader.text(&fields, "summary");
    let story = reader.text_if_any(&fields, "story").unwrap_or_default();
    let lesson = fields
        .value("lesson")
        .and_then(|value| reader.as_slug(value, "lesson"));
    let mut starter_fails = Vec::new();
    if let Some(value) = fields.value("starter")
        && let Some(starter) = reader.as_table(value, "starter", "`starter`")
    {
        reader.only(&starter, &["fails"]);
        starter_fails = reader.texts(&starter, "fails");
    }
    Some(Exercise {
        slug: slug?,
        title: title?,
        order: order?,
        minutes: minutes?,
        summary: summary?,
        story,
        lesson,
        starter_fails,
        brief: brief?,
        written: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Result<Exercise, Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("exercises/a");
        std::fs::create_dir_all(root.join("starters/python/lib")).unwrap();
        std::fs::write(root.join("exercise.toml"), toml).unwrap();
        std::fs::write(root.join("README.md"), "# A").unwrap();
        let source = Source::Folder(folder.path().to_owned());
        Exercise::read(&source, "a").map_err(|found| {
            let tell = |d: Diagnostic| format!("{} {}: {}", d.id, d.message, d.help);
            found.into_iter().map(tell).collect()
        })
    }

    #[test]
    fn every_key_is_read() {
        let exercise = read(
            "title = \"T\"\norder = 2\nminutes = 90\nsummary = \"S.\"\nstory = \"Once.\"\nlesson = \"l\"\n\
             [starter]\nfails = [\"a\", \"b\"]\n",
        )
        .unwrap();
        assert_eq!(exercise.slug.as_str(), "a");
        assert_eq!((exercise.order, exercise.minutes), (2, 90));
        assert_eq!(exercise.story, "Once.");
        assert_eq!(exercise.lesson.unwrap().as_str(), "l");
        assert_eq!(exercise.starter_fails, ["a", "b"]);
    }

    #[test]
    fn mistakes_in_nested_tables_are_found_too() {
        let found = read("titel = \"T\"\norder = 0\nsummary = \"S.\"\n[starter]\nfail = []\n");
        assert_eq!(
            found.unwrap_err(),
            [
                "E302 an exercise has no key `titel`: did you mean `title`?",
                "E304 an exercise needs the key `title`: ",
                "E304 an exercise needs the key `minutes`: ",
                "E306 `order` must be 1 or more: ",
                "E302 `starter` has no key `fail`: did you mean `fails`?",
            ]
        );
    }

    #[test]
    fn the_files_of_a_starter_have_paths_inside_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("exercises/a");
        std::fs::create_dir_all(root.join("starters/python/lib")).unwrap();
        std::fs::write(root.join("starters/python/server.py"), b"\xff").unwrap();
        std::fs::write(root.join("starters/python/lib/db.py"), "").unwrap();
        std::fs::write(
            root.join("exercise.toml"),
            "title='T'\norder=1\nminutes=1\nsummary='S'",
        )
        .unwrap();
        std::fs::write(root.join("README.md"), "# A").unwrap();
        let source = Source::Folder(folder.path().to_owned());
        let exercise = Exercise::read(&source, "a").unwrap();
        let python = Slug::new("python").unwrap();
        assert_eq!(
            exercise.starters(&source).unwrap(),
            std::slice::from_ref(&python)
        );
        let files = exercise.starter(&source, &python).unwrap();
        let paths: Vec<&str> = files.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["lib/db.py", "server.py"]);
        assert_eq!(files[1].bytes, b"\xff");
        assert!(exercise.solution(&source, &python).unwrap().is_empty());
    }
}

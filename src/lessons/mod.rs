//! Lessons: pages of Markdown with a quiz, read from `lessons/*.md`.
//!
//! A file is named `04-where-state-lives.md`: the number orders it, the slug identifies it. It opens with TOML between
//! two `+++` lines, its front matter. Every mistake in every file is found in one pass, each with its place.
//!
//! | rule | what is wrong |
//! |---|---|
//! | E201 | no front matter, or it has no end |
//! | E202 | the front matter is not TOML |
//! | E203 | a key that does not exist |
//! | E204 | a value of the wrong type |
//! | E205 | a key that is missing |
//! | E206 | a question that cannot be answered, or leaves an answer unexplained |
//! | E207 | a number, slug, id, option or item that is there twice |
//! | E208 | a file name, exercise or id that is not a slug |
//! | E209 | a value that makes no sense: an empty text, zero minutes |
//! | E210 | a file that cannot be read |

pub mod demo;
pub mod lesson;
#[cfg(test)]
mod prose;
pub mod search;
pub mod section;

pub use demo::Demo;
pub use lesson::Lesson;
pub use search::{Hit, search};
pub use section::anchors;

use crate::base::diagnostic::Diagnostic;
use crate::base::source::Source;
use crate::base::toml::Rules;

static RULES: Rules = Rules {
    syntax: "E202",
    unknown: "E203",
    kind: "E204",
    missing: "E205",
    slug: "E208",
    value: "E209",
};

/// All lessons of a course, in order.
///
/// # Errors
/// Every mistake of every file at once, and files that share a number or a slug.
pub fn all(source: &Source) -> Result<Vec<Lesson>, Vec<Diagnostic>> {
    let paths = source.below("lessons").map_err(|error| {
        vec![Diagnostic::error(
            "E210",
            "lessons",
            0..0,
            error.to_string(),
        )]
    })?;
    let mut lessons: Vec<Lesson> = Vec::new();
    let mut mistakes = Vec::new();
    for path in paths.iter().filter(|path| is_lesson(path)) {
        let read = source.text(path).map_err(|error| {
            let unreadable = Diagnostic::error("E210", path, 0..0, error.to_string());
            vec![unreadable.help("save the file as UTF-8 text")]
        });
        match read.and_then(|text| Lesson::parse(path, &text)) {
            Ok(lesson) => {
                mistakes.extend(lessons.iter().filter_map(|other| clash(other, &lesson)));
                lessons.push(lesson);
            }
            Err(found) => mistakes.extend(found),
        }
    }
    lessons.sort_by_key(|lesson| lesson.number);
    if mistakes.is_empty() {
        Ok(lessons)
    } else {
        Err(mistakes)
    }
}

/// A Markdown file directly in `lessons/`; folders below it may hold pictures and notes.
fn is_lesson(path: &str) -> bool {
    path.strip_prefix("lessons/")
        .and_then(|name| name.strip_suffix(".md"))
        .is_some_and(|stem| !stem.contains('/'))
}

fn clash(first: &Lesson, second: &Lesson) -> Option<Diagnostic> {
    let message = if first.slug == second.slug {
        format!("the slug `{}` is taken by `{}`", second.slug, first.file)
    } else if first.number == second.number {
        format!("the number {} is taken by `{}`", second.number, first.file)
    } else {
        return None;
    };
    Some(
        Diagnostic::error("E207", &second.file, 0..0, message)
            .help("rename one of the two files; number and slug must both be its own"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "+++\ntitle = \"T\"\nminutes = 5\nsummary = \"S.\"\n+++\nText.\n";

    fn course(files: &[(&str, &str)]) -> (tempfile::TempDir, Source) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let source = Source::Folder(folder.path().to_owned());
        (folder, source)
    }

    #[test]
    fn lessons_come_in_the_order_of_their_numbers_and_other_files_are_left_alone() {
        let (_folder, source) = course(&[
            ("lessons/10-a.md", BODY),
            ("lessons/2-b.md", BODY),
            ("lessons/.keep", ""),
            ("lessons/notes/draft.md", "no front matter"),
        ]);
        let slugs: Vec<String> = all(&source)
            .unwrap()
            .iter()
            .map(|lesson| lesson.slug.to_string())
            .collect();
        assert_eq!(slugs, ["b", "a"]);
    }

    #[test]
    fn two_files_with_one_number_or_one_slug_are_refused() {
        let (_folder, source) = course(&[
            ("lessons/01-a.md", BODY),
            ("lessons/01-b.md", BODY),
            ("lessons/02-a.md", BODY),
        ]);
        let mistakes = all(&source).unwrap_err();
        let told: Vec<(&str, &str, &str)> = mistakes
            .iter()
            .map(|d| (d.id, d.file.as_str(), d.message.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (
                    "E207",
                    "lessons/01-b.md",
                    "the number 1 is taken by `lessons/01-a.md`"
                ),
                (
                    "E207",
                    "lessons/02-a.md",
                    "the slug `a` is taken by `lessons/01-a.md`"
                ),
            ]
        );
    }

    #[test]
    fn mistakes_of_all_files_come_at_once() {
        let (folder, source) = course(&[("lessons/01-a.md", "Text."), ("lessons/b.md", BODY)]);
        std::fs::write(folder.path().join("lessons/03-c.md"), b"\xff").unwrap();
        let mistakes = all(&source).unwrap_err();
        let ids: Vec<&str> = mistakes.iter().map(|d| d.id).collect();
        assert_eq!(ids, ["E201", "E210", "E208"]);
    }
}

//! Exercises: a broken server to mend, read from `exercises/<exercise>/`, and the languages it may be written in.

mod exercise;
mod language;
pub mod written;

pub use exercise::{Exercise, File};
pub use language::{Language, Need};

use crate::base::diagnostic::Diagnostic;
use crate::base::source::Source;
use crate::base::toml::Rules;

static RULES: Rules = Rules {
    syntax: "E301",
    unknown: "E302",
    kind: "E303",
    missing: "E304",
    slug: "E305",
    value: "E306",
};

/// A file that cannot be read, or a folder with a name that is not a slug.
const UNREADABLE: &str = "E307";
/// Two exercises with one order.
const CLASH: &str = "E308";

/// All exercises of a course, in order.
///
/// # Errors
/// Every mistake of every file at once, and exercises that share an order.
pub fn all(source: &Source) -> Result<Vec<Exercise>, Vec<Diagnostic>> {
    let paths = below(source, "exercises")?;
    let mut exercises: Vec<Exercise> = Vec::new();
    let mut mistakes = Vec::new();
    for path in &paths {
        let Some(name) = path
            .strip_prefix("exercises/")
            .and_then(|p| p.strip_suffix("/exercise.toml"))
            .filter(|name| !name.contains('/'))
        else {
            continue;
        };
        match Exercise::read(source, name) {
            Ok(exercise) => {
                if let Some(first) = exercises.iter().find(|e| e.order == exercise.order) {
                    let message = format!("the order {} is taken by `{}`", first.order, first.slug);
                    mistakes.push(
                        Diagnostic::error(CLASH, path, 0..0, message)
                            .help("give each exercise an order of its own"),
                    );
                }
                exercises.push(exercise);
            }
            Err(found) => mistakes.extend(found),
        }
    }
    exercises.sort_by_key(|exercise| exercise.order);
    if mistakes.is_empty() {
        Ok(exercises)
    } else {
        Err(mistakes)
    }
}

/// The languages of `exercises/languages.toml`, in the order of the file; none when there is no such file.
///
/// # Errors
/// Every mistake of the file at once.
pub fn languages(source: &Source) -> Result<Vec<Language>, Vec<Diagnostic>> {
    const PATH: &str = "exercises/languages.toml";
    if !source.has(PATH) {
        return Ok(Vec::new());
    }
    Language::parse_all(PATH, &text(source, PATH)?)
}

fn below(source: &Source, folder: &str) -> Result<Vec<String>, Vec<Diagnostic>> {
    source.below(folder).map_err(|error| {
        vec![Diagnostic::error(
            UNREADABLE,
            folder,
            0..0,
            error.to_string(),
        )]
    })
}

fn text(source: &Source, path: &str) -> Result<String, Vec<Diagnostic>> {
    source
        .text(path)
        .map_err(|error| vec![Diagnostic::error(UNREADABLE, path, 0..0, error.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(files: &[(&str, &str)]) -> (tempfile::TempDir, Source) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join("exercises").join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let source = Source::Folder(folder.path().to_owned());
        (folder, source)
    }

    fn toml(order: u32) -> String {
        format!("title = \"T\"\norder = {order}\nminutes = 9\nsummary = \"S.\"\n")
    }

    #[test]
    fn exercises_come_in_order_and_other_files_are_left_alone() {
        let (_folder, source) = course(&[
            ("b/exercise.toml", &toml(1)),
            ("b/README.md", "# B\n"),
            ("a/exercise.toml", &toml(2)),
            ("a/README.md", "# A\n"),
            ("a/starters/x/exercise.toml", "not = read"),
            ("languages.toml", ""),
        ]);
        let exercises = all(&source).unwrap();
        let slugs: Vec<&str> = exercises.iter().map(|e| e.slug.as_str()).collect();
        assert_eq!(slugs, ["b", "a"]);
        assert_eq!(exercises[0].brief, "# B\n");
    }

    #[test]
    fn a_missing_brief_and_a_shared_order_are_mistakes() {
        let (_folder, source) = course(&[
            ("a/exercise.toml", &toml(1)),
            ("a/README.md", "# A\n"),
            ("b/exercise.toml", &toml(1)),
            ("b/README.md", "# B\n"),
            ("c/exercise.toml", &toml(3)),
        ]);
        let found: Vec<(&str, String)> = all(&source)
            .unwrap_err()
            .into_iter()
            .map(|d| (d.id, d.file))
            .collect();
        assert_eq!(
            found,
            [
                ("E308", "exercises/b/exercise.toml".to_owned()),
                ("E307", "exercises/c/README.md".to_owned()),
            ]
        );
    }

    #[test]
    fn a_course_without_languages_has_none() {
        let (_folder, source) = course(&[]);
        assert!(languages(&source).unwrap().is_empty());
    }
}

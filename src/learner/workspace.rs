//! A workspace: the folder in which a learner works on one exercise, known by its `course.toml`.

use std::path::{Path, PathBuf};

use crate::base::diagnostic::{Diagnostic, line_column};
use crate::base::fs::{self, FileError};
use crate::base::slug::Slug;
use crate::base::toml::{Fields, Reader, Rules};

/// The file that makes a folder a workspace.
pub const FILE: &str = "course.toml";

static RULES: Rules = Rules {
    syntax: "E351",
    unknown: "E352",
    kind: "E353",
    missing: "E354",
    slug: "E355",
    value: "E356",
};

/// The folder in which a learner works on one exercise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// The folder.
    pub root: PathBuf,
    /// The exercise.
    pub exercise: Slug,
    /// The language it was started in.
    pub language: Slug,
    /// The command that starts the server in the folder; empty until the learner says it.
    pub run: String,
    /// What to run once before the first start.
    pub install: Option<String>,
}

/// A workspace that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// A file operation failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The learner's `course.toml` has mistakes.
    #[error("{0}")]
    Mistaken(String),
}

impl Workspace {
    /// The workspace that `from` is in, however deep.
    ///
    /// # Errors
    /// When its `course.toml` cannot be read or has mistakes.
    pub fn find(from: &Path) -> Result<Option<Self>, WorkspaceError> {
        for folder in from.ancestors() {
            if folder.join(FILE).is_file() {
                return Self::read(folder).map(Some);
            }
        }
        Ok(None)
    }

    /// The workspace with this root.
    ///
    /// # Errors
    /// When its `course.toml` cannot be read or has mistakes.
    pub fn read(root: &Path) -> Result<Self, WorkspaceError> {
        let path = root.join(FILE);
        let text = fs::read_text(&path)?;
        let mut reader = Reader::new(FILE, &RULES);
        let workspace = parse(&mut reader, &text, root);
        let mistakes = reader.into_mistakes();
        workspace
            .filter(|_| mistakes.is_empty())
            .ok_or_else(|| WorkspaceError::Mistaken(tell(&path, &text, &mistakes)))
    }

    /// The text of its `course.toml`, with comments for people.
    #[must_use]
    pub fn to_text(&self) -> String {
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let install = self.install.as_ref().map_or_else(String::new, |install| {
            format!(
                "\n# Run this once in this folder, before the first start.\ninstall = {}\n",
                quoted(install)
            )
        });
        format!(
            "# This folder is your work on one exercise. Keep this file: it tells `course` which one.\n\
             exercise = {}\nlanguage = {}\n\n\
             # The command that starts your server, in this folder. Change it when you start your server another way.\n\
             run = {}\n{install}",
            quoted(self.exercise.as_str()),
            quoted(self.language.as_str()),
            quoted(&self.run),
        )
    }
}

fn parse(reader: &mut Reader, text: &str, root: &Path) -> Option<Workspace> {
    let document = reader.document(text)?;
    let fields = Fields::new(document.get_ref(), 0..0, "`course.toml`");
    reader.only(&fields, &["exercise", "language", "run", "install"]);
    let exercise = reader.slug(&fields, "exercise");
    let language = reader.slug(&fields, "language");
    let run = reader
        .required(&fields, "run")
        .and_then(|value| reader.as_any_text(value, "run"));
    let install = reader.text_if_any(&fields, "install");
    Some(Workspace {
        root: root.to_owned(),
        exercise: exercise?,
        language: language?,
        run: run?,
        install,
    })
}

/// One line for each mistake: this file is the learner's, and short.
fn tell(path: &Path, text: &str, mistakes: &[Diagnostic]) -> String {
    let lines: Vec<String> = mistakes
        .iter()
        .map(|mistake| {
            let (line, column) = line_column(text, mistake.span.start);
            let help = match mistake.help.as_str() {
                "" => String::new(),
                help => format!("; {help}"),
            };
            let place = path.display();
            format!("{place}:{line}:{column}: {}{help}", mistake.message)
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(root: &Path) -> Workspace {
        Workspace {
            root: root.to_owned(),
            exercise: Slug::new("stateless-refactor").unwrap(),
            language: Slug::new("node").unwrap(),
            run: "node \"my server.js\"".to_owned(),
            install: Some("npm install".to_owned()),
        }
    }

    #[test]
    fn a_workspace_is_found_from_any_folder_inside_it() {
        let folder = tempfile::tempdir().unwrap();
        let written = workspace(folder.path());
        fs::write(&folder.path().join(FILE), written.to_text().as_bytes()).unwrap();
        let deep = folder.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        assert_eq!(Workspace::find(&deep).unwrap(), Some(written));
    }

    #[test]
    fn an_empty_run_is_for_the_learner_to_fill_in() {
        let folder = tempfile::tempdir().unwrap();
        let written = Workspace {
            run: String::new(),
            install: None,
            ..workspace(folder.path())
        };
        fs::write(&folder.path().join(FILE), written.to_text().as_bytes()).unwrap();
        assert_eq!(Workspace::read(folder.path()).unwrap(), written);
    }

    #[test]
    fn mistakes_in_the_file_are_told_with_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        fs::write(&path, b"exercise = \"a\"\nlanguage = \"b\"\nrum = \"x\"\n").unwrap();
        let error = Workspace::read(folder.path()).unwrap_err().to_string();
        let at = path.display();
        assert_eq!(
            error,
            format!(
                "{at}:1:1: `course.toml` needs the key `run`\n\
                 {at}:3:1: `course.toml` has no key `rum`; did you mean `run`?"
            )
        );
    }
}

//! A mistake: checks that show it on a server which makes it and on one which does not, from `checks/mistakes/*.toml`.
//!
//! Such a file is a check file like any other, with a table `[mistake]` that says in words what its checks show, and on
//! which servers of the exercise. The number of the file is that of the mistake, the rest of its name another name for
//! it: `01-stateful-server.toml` is `mistake-1` and `stateful-server`.

use crate::base::diagnostic::Diagnostic;
use crate::base::slug::{Slug, numbered};
use crate::base::source::Source;

use super::check::CheckFile;
use super::document::Node;
use super::file::{self, Anchors};
use super::reading;
use super::shape::{Field, Kind as Takes, Problems};

/// Where mistakes are kept.
pub const FOLDER: &str = "checks/mistakes/";

/// The keys of `[mistake]`.
pub const MISTAKE: &[Field] = &[
    Field::required("title", Takes::Text, "what the mistake is called"),
    Field::required(
        "says",
        Takes::Text,
        "what people do, and what both servers are asked; Markdown",
    ),
    Field::required(
        "fix",
        Takes::Text,
        "what the server does that is right; Markdown",
    ),
    Field::optional(
        "wrong",
        Takes::Text,
        "the server that makes the mistake: `broken/NAME`; the starter unless told",
    ),
    Field::optional(
        "right",
        Takes::Text,
        "the server that does not; the solution unless told",
    ),
];

/// What a mistake is, in words, and the servers that show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What it is called.
    pub title: String,
    /// What people do.
    pub says: String,
    /// What to do instead.
    pub fix: String,
    /// The server that makes it.
    pub wrong: String,
    /// The server that does not.
    pub right: String,
}

/// A mistake that can be shown.
#[derive(Clone, Debug)]
pub struct Mistake {
    /// Its number.
    pub number: u32,
    /// Its other name.
    pub slug: Slug,
    /// What it is.
    pub words: Words,
    /// What shows it.
    pub checks: CheckFile,
}

impl Mistake {
    /// What it is called by its number: `mistake-1`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("mistake-{}", self.number)
    }
}

/// All mistakes, by number.
///
/// # Errors
/// Everything that is wrong with all of their files.
pub fn all(source: &Source, anchors: &Anchors) -> Result<Vec<Mistake>, Vec<Diagnostic>> {
    let mut mistakes: Vec<Mistake> = Vec::new();
    let mut found = Vec::new();
    for path in source
        .below(FOLDER.trim_end_matches('/'))
        .unwrap_or_default()
    {
        let Some(stem) = path
            .strip_prefix(FOLDER)
            .and_then(|name| name.strip_suffix(".toml"))
        else {
            continue;
        };
        match read(source, &path, stem, anchors) {
            Ok(mistake) => {
                let same = |m: &&Mistake| m.number == mistake.number || m.slug == mistake.slug;
                if let Some(other) = mistakes.iter().find(same) {
                    let message = format!("its number or name is taken by `{}`", other.checks.path);
                    let taken = Diagnostic::error("E113", &path, 0..0, message);
                    found.push(taken.help("rename one of the two files"));
                }
                mistakes.push(mistake);
            }
            Err(problems) => found.extend(problems),
        }
    }
    mistakes.sort_by_key(|mistake| mistake.number);
    if found.is_empty() {
        Ok(mistakes)
    } else {
        Err(found)
    }
}

fn read(
    source: &Source,
    path: &str,
    stem: &str,
    anchors: &Anchors,
) -> Result<Mistake, Vec<Diagnostic>> {
    let (number, slug) = numbered(stem).map_err(|_| {
        let message = format!("`{stem}` is no number and a name");
        let misnamed = Diagnostic::error("E113", path, 0..0, message);
        vec![misnamed.help("name it as in `05-cache-for-ever.toml`")]
    })?;
    let mut checks = file::load(source, &format!("mistakes/{stem}"), anchors)?;
    // The decoder refuses a file in this folder that has none.
    let words = checks.mistake.take().ok_or_else(Vec::new)?;
    Ok(Mistake {
        number,
        slug,
        words,
        checks,
    })
}

/// Reads the table, which every file of the folder has and no other.
pub(super) fn words(root: &Node, path: &str, problems: &Problems) -> Option<Words> {
    let is_one = path.starts_with(FOLDER);
    match root.entry("mistake") {
        None if is_one => {
            let help = "say in [mistake] what the checks of this file show";
            let message = "this file shows a mistake, and has no `mistake`".to_owned();
            problems.add("E104", 0..0, message, help);
        }
        Some(entry) if !is_one => {
            let help = "move it to a file of checks/mistakes/";
            let message = "`mistake` says nothing about the checks of an exercise".to_owned();
            problems.add("E116", entry.key_span.clone(), message, help);
        }
        _ => {}
    }
    let table = root.at("mistake")?;
    let word = |key: &str, otherwise: &str| {
        reading::word(table, key).unwrap_or_else(|| otherwise.to_owned())
    };
    Some(Words {
        title: word("title", ""),
        says: word("says", ""),
        fix: word("fix", ""),
        wrong: word("wrong", "starter"),
        right: word("right", "solution"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "[mistake]\ntitle = \"T\"\nsays = \"S.\"\nfix = \"F.\"\n";
    const CHECK: &str = "[instance.a]\n[[check]]\nid = \"c\"\ntitle = \"C\"\npoints = 0\n[[check.step]]\n\
                         http = { on = \"a\", get = \"/\" }\nexpect.status = 200\n";

    fn told(files: &[(&str, &str)]) -> Result<Vec<String>, Vec<(&'static str, String)>> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join(FOLDER)).unwrap();
        for (name, words) in files {
            let text = format!("course = 1\nexercise = \"x\"\n{words}{CHECK}");
            std::fs::write(folder.path().join(FOLDER).join(name), text).unwrap();
        }
        let source = Source::Folder(folder.path().to_owned());
        match all(&source, &Anchors::new()) {
            Ok(mistakes) => {
                let names = mistakes.iter().map(|m| format!("{} {}", m.id(), m.slug));
                Ok(names.collect())
            }
            Err(found) => Err(found.into_iter().map(|d| (d.id, d.message)).collect()),
        }
    }

    #[test]
    fn a_file_is_called_by_its_number_and_by_its_name() {
        let files = [("10-b.toml", WORDS), ("2-a-c.toml", WORDS)];
        let names = ["mistake-2 a-c", "mistake-10 b"].map(str::to_owned);
        assert_eq!(told(&files), Ok(names.into()));
    }

    #[test]
    fn a_file_without_words_and_a_name_without_a_number_are_refused() {
        let found = told(&[("1-a.toml", ""), ("b.toml", WORDS)]).unwrap_err();
        let message = "this file shows a mistake, and has no `mistake`".to_owned();
        assert_eq!(found[0], ("E104", message));
        assert_eq!(found[1], ("E113", "`b` is no number and a name".to_owned()));
        let twice = told(&[("1-a.toml", WORDS), ("1-b.toml", WORDS)]).unwrap_err();
        assert_eq!(twice[0].0, "E113");
    }

    #[test]
    fn the_checks_of_an_exercise_have_no_such_words() {
        let text = format!("course = 1\nexercise = \"x\"\n{WORDS}{CHECK}");
        let found = file::decode("checks/x.toml", &text, &Anchors::new(), &|_| None);
        let ids: Vec<&str> = found.unwrap_err().iter().map(|d| d.id).collect();
        assert_eq!(ids, ["E116"]);
    }
}

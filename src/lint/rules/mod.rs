//! Rules: every mistake that `course` can tell an author about, under its stable id.
//!
//! Loaders and cross-file rules name the ids; what each means stands here once, for `course lint --explain`, for the
//! page `docs/lint-rules.md`, and for the tests that hold each rule to its examples.

mod advice;
mod check;
mod content;
mod exercise;
mod file;
mod interview;
mod lesson;
mod page;
mod proof;
mod server;
mod written;

use crate::base::diagnostic::Severity;

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Stable id: `E` for an error, `W` for a warning, and a number.
    pub id: &'static str,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What to do about it.
    pub fix: &'static str,
    /// Where the two examples stand.
    pub place: Place,
    /// An example that breaks the rule.
    pub bad: &'static str,
    /// The same, mended.
    pub good: &'static str,
}

/// Where an example stands in a course that is otherwise right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A whole check file.
    Checks,
    /// The part of a check file above its checks.
    World,
    /// The keys of one check, without its steps.
    Check,
    /// The steps of one check.
    Steps,
    /// The steps of one check, whose mistake only shows when a server runs.
    Run,
    /// A whole lesson.
    Lesson,
    /// More lines in the front matter of a lesson.
    Front,
    /// The page of a lesson.
    Page,
    /// A whole file, by its path inside the course.
    File(&'static str),
    /// A whole file that is saved in Latin-1 instead of UTF-8 when it is bad.
    Latin1(&'static str),
    /// Files and folders that are taken away from the course, one path per line.
    Without,
    /// A symbolic link: its path, an arrow, and where it leads.
    Link,
    /// A file name in `lessons/`.
    Name,
    /// A learner's `course.toml`.
    Workspace,
    /// A whole file that says what it does in the good example in an earlier version of the course.
    Since(&'static str),
}

impl Place {
    /// Where the examples stand, in words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Checks => "a check file".to_owned(),
            Self::World => "a check file, above its checks".to_owned(),
            Self::Check => "a check".to_owned(),
            Self::Steps | Self::Run => "the steps of a check".to_owned(),
            Self::Lesson => "a lesson".to_owned(),
            Self::Front => "the front matter of a lesson".to_owned(),
            Self::Page => "the page of a lesson".to_owned(),
            Self::File(path) => format!("the file `{path}`"),
            Self::Latin1(path) => format!("the file `{path}`, saved in Latin-1 and in UTF-8"),
            Self::Without => "files that are not there".to_owned(),
            Self::Link => "a symbolic link".to_owned(),
            Self::Name => "the name of a file in `lessons/`".to_owned(),
            Self::Workspace => "a learner's `course.toml`".to_owned(),
            Self::Since(path) => format!("the file `{path}`, after and before"),
        }
    }

    /// The language of the examples, for a code fence.
    #[must_use]
    pub fn fence(self) -> &'static str {
        match self {
            Self::Page => "markdown",
            Self::Without | Self::Link | Self::Name => "text",
            Self::File(path) | Self::Latin1(path)
                if std::path::Path::new(path)
                    .extension()
                    .is_none_or(|e| e != "toml") =>
            {
                "text"
            }
            _ => "toml",
        }
    }
}

impl Rule {
    /// Whether breaking it makes a file unusable, or somebody stumble.
    #[must_use]
    pub fn severity(&self) -> Severity {
        severity(self.id)
    }
}

/// The severity that an id says with its first letter.
#[must_use]
pub fn severity(id: &str) -> Severity {
    if id.starts_with('W') {
        Severity::Warning
    } else {
        Severity::Error
    }
}

/// All families of rules, in the order of their ids.
const FAMILIES: [&[Rule]; 11] = [
    check::RULES,
    lesson::RULES,
    content::RULES,
    advice::RULES,
    exercise::RULES,
    page::RULES,
    file::RULES,
    server::RULES,
    interview::RULES,
    written::RULES,
    proof::RULES,
];

/// All rules, in the order of their ids.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    FAMILIES.into_iter().flatten()
}

/// The rule with this id; small letters will do.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id.eq_ignore_ascii_case(id))
}

//! Progress: how far a learner is, by the stable names of lessons, exercises and checks.
//!
//! Names that this version does not know are kept, as are fields that a later version added.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::interview::InterviewProgress;
use super::store;

/// The version of the file's format.
pub const VERSION: u32 = 1;

/// How far a learner is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The format, [`VERSION`].
    pub version: u32,
    /// By slug.
    #[serde(default)]
    pub lessons: BTreeMap<String, LessonProgress>,
    /// By slug.
    #[serde(default)]
    pub exercises: BTreeMap<String, ExerciseProgress>,
    /// The interview.
    #[serde(default, skip_serializing_if = "is_new")]
    pub interview: InterviewProgress,
    /// What another version wrote.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

fn is_new(interview: &InterviewProgress) -> bool {
    *interview == InterviewProgress::default()
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            version: VERSION,
            lessons: BTreeMap::new(),
            exercises: BTreeMap::new(),
            interview: InterviewProgress::default(),
            other: Map::new(),
        }
    }
}

/// How far a learner is with one lesson. Moments are written as [`super::moment::text`] does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LessonProgress {
    /// When the page was first shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<String>,
    /// When it was done: its quiz answered, or said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<String>,
    /// By the question's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub quiz: BTreeMap<String, QuizProgress>,
    /// What another version wrote.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What became of one question of a quiz.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QuizProgress {
    /// Whether it was answered right.
    pub right: bool,
    /// How often it was answered.
    pub tries: u32,
    /// What another version wrote.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How far a learner is with one exercise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExerciseProgress {
    /// The folder it was started in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// When every core check first passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<String>,
    /// When the learner asked for the solution without a pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gave_up: Option<String>,
    /// The last run of the checks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_check: Option<LastCheck>,
    /// What checks measured, by check and name, as in `last-five.sold`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, FigureProgress>,
    /// When the written part was answered, or left aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
    /// How many hints were revealed, by the check's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hints: BTreeMap<String, u32>,
    /// What another version wrote.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What a check measured, the first time and the last time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FigureProgress {
    /// The first time ever: the starter, as a rule.
    pub first: f64,
    /// The last time.
    pub latest: f64,
}

/// One run of the checks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LastCheck {
    /// When.
    pub at: String,
    /// The seed, as `--seed` takes it.
    pub seed: String,
    /// Points earned.
    pub earned: u32,
    /// Points that could be earned.
    pub total: u32,
    /// Each check in the order of its file.
    pub checks: Vec<CheckMark>,
    /// What another version wrote.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What became of one check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckMark {
    /// The check's id.
    pub id: String,
    /// `passed`, `failed`, `skipped`, `inconclusive` or `errored`.
    pub outcome: String,
}

/// Progress that could not be read or saved.
#[derive(Debug, thiserror::Error)]
pub enum ProgressError {
    /// A file operation failed.
    #[error(transparent)]
    File(#[from] crate::base::fs::FileError),
    /// The lock could not be had.
    #[error("cannot lock `{path}`: {source}")]
    Lock {
        /// The lock's file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A newer version wrote the file.
    #[error(
        "`{path}` was written by a newer `course` (format {version}); install that one, or set `COURSE_HOME` to another folder"
    )]
    Newer {
        /// The file.
        path: String,
        /// Its format.
        version: u32,
    },
    /// A file to import is not progress.
    #[error("`{path}` is not exported progress: {reason}")]
    NotProgress {
        /// The file.
        path: String,
        /// What the parser says.
        reason: String,
    },
}

impl ProgressError {
    /// Whether nothing can be written where progress is kept: it belongs to somebody else, or the disk is read-only.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
        let kind = match self {
            Self::Lock { source, .. } => source.kind(),
            Self::File(error) => error.kind(),
            Self::Newer { .. } | Self::NotProgress { .. } => return false,
        };
        matches!(kind, PermissionDenied | ReadOnlyFilesystem)
    }
}

/// Progress as it was found, and what there is to say about the finding.
#[derive(Debug)]
pub struct Loaded<T> {
    /// What was asked for.
    pub value: T,
    /// A sentence for the learner, when a broken file was set aside.
    pub notice: Option<String>,
}

impl Progress {
    /// Reads progress below `home`; a learner who has none yet starts at the beginning.
    ///
    /// # Errors
    /// When a file cannot be read or was written by a newer version.
    pub fn load(home: &Path) -> Result<Loaded<Self>, ProgressError> {
        store::load(home)
    }

    /// Reads, changes and saves progress, with every other process kept out meanwhile.
    ///
    /// # Errors
    /// As [`Progress::load`], and when it cannot be saved.
    pub fn update<T>(
        home: &Path,
        change: impl FnOnce(&mut Self) -> T,
    ) -> Result<Loaded<T>, ProgressError> {
        store::update(home, change)
    }

    /// The text of a file with this progress.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads the text of a file at `path`.
    ///
    /// # Errors
    /// When it is not progress, or was written by a newer version.
    pub fn from_text(path: &Path, text: &str) -> Result<Self, ProgressError> {
        let path = || path.display().to_string();
        // A newer format may have other shapes, so its number is read before them.
        let value: Value =
            serde_json::from_str(text).map_err(|error| ProgressError::NotProgress {
                path: path(),
                reason: error.to_string(),
            })?;
        let version = value.get("version").and_then(Value::as_u64);
        if let Some(version) = version.filter(|v| *v > u64::from(VERSION)) {
            return Err(ProgressError::Newer {
                path: path(),
                version: u32::try_from(version).unwrap_or(u32::MAX),
            });
        }
        serde_json::from_value(value).map_err(|error| ProgressError::NotProgress {
            path: path(),
            reason: error.to_string(),
        })
    }

    /// The lesson with this slug, new if need be.
    pub fn lesson(&mut self, slug: &str) -> &mut LessonProgress {
        self.lessons.entry(slug.to_owned()).or_default()
    }

    /// The exercise with this slug, new if need be.
    pub fn exercise(&mut self, slug: &str) -> &mut ExerciseProgress {
        self.exercises.entry(slug.to_owned()).or_default()
    }

    /// Whether the lesson is done.
    #[must_use]
    pub fn lesson_done(&self, slug: &str) -> bool {
        self.lessons.get(slug).is_some_and(|l| l.done.is_some())
    }

    /// Whether the exercise is passed.
    #[must_use]
    pub fn exercise_passed(&self, slug: &str) -> bool {
        self.exercises.get(slug).is_some_and(|e| e.passed.is_some())
    }

    /// Records a run of the checks of an exercise. A pass stays a pass, whatever later runs say.
    pub fn record(&mut self, exercise: &str, run: LastCheck, passed: bool) {
        let entry = self.exercise(exercise);
        if passed && entry.passed.is_none() {
            entry.passed = Some(run.at.clone());
        }
        entry.last_check = Some(run);
    }

    /// Records what the checks of an exercise measured.
    pub fn measure(&mut self, exercise: &str, figures: impl IntoIterator<Item = (String, f64)>) {
        let entry = self.exercise(exercise);
        for (name, figure) in figures {
            let known = entry.figures.entry(name).or_insert(FigureProgress {
                first: figure,
                latest: figure,
            });
            known.latest = figure;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Progress, ProgressError> {
        Progress::from_text(Path::new("p.json"), text)
    }

    #[test]
    fn unknown_names_and_fields_survive_reading_and_writing() {
        let text = r#"{"version":1,"lessons":{"gone":{"done":"2026","stars":3,"quiz":{"q":{"right":true,"tries":2,"ms":9}}}},"streak":[1]}"#;
        let progress = read(text).unwrap();
        let back: Value = serde_json::from_str(&progress.to_text()).unwrap();
        assert_eq!(back["lessons"]["gone"]["stars"], 3);
        assert_eq!(back["lessons"]["gone"]["quiz"]["q"]["ms"], 9);
        assert_eq!(back["streak"][0], 1);
    }

    #[test]
    fn a_newer_format_is_refused_and_not_called_corrupt() {
        let error = read(r#"{"version":7,"lessons":[]}"#).unwrap_err();
        assert!(
            error.to_string().starts_with(
                "`p.json` was written by a newer `course` (format 7); install that one"
            )
        );
    }

    #[test]
    fn the_first_measurement_of_a_figure_stays() {
        let mut progress = Progress::default();
        for sold in [20.0, 12.0, 5.0] {
            progress.measure("e", [("last-five.sold".to_owned(), sold)]);
        }
        let back = read(&progress.to_text()).unwrap();
        let figure = back.exercises["e"].figures["last-five.sold"];
        assert_eq!(
            figure,
            FigureProgress {
                first: 20.0,
                latest: 5.0
            }
        );
    }

    #[test]
    fn a_later_failure_does_not_take_a_pass_away() {
        let run = |at: &str| LastCheck {
            at: at.to_owned(),
            ..LastCheck::default()
        };
        let mut progress = Progress::default();
        progress.record("e", run("1"), true);
        progress.record("e", run("2"), false);
        assert!(progress.exercise_passed("e"));
        assert_eq!(progress.exercise("e").last_check.as_ref().unwrap().at, "2");
    }
}

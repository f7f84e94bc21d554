//! Where content comes from: the copy inside the binary, or a folder (`--content DIR`).

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use rust_embed::RustEmbed;

use super::fs::{self, FileError};

#[derive(RustEmbed)]
#[folder = "lessons"]
#[prefix = "lessons/"]
#[exclude = "*/node_modules/*"]
#[exclude = "*/__pycache__/*"]
struct ShippedLessons;

#[derive(RustEmbed)]
#[folder = "exercises"]
#[prefix = "exercises/"]
#[exclude = "*/node_modules/*"]
#[exclude = "*/__pycache__/*"]
struct ShippedExercises;

#[derive(RustEmbed)]
#[folder = "checks"]
#[prefix = "checks/"]
struct ShippedChecks;

/// The file at the root that says the format of the course.
const SHIPPED_FORMAT: (&str, &[u8]) = ("content.toml", include_bytes!("../../content.toml"));

#[derive(RustEmbed)]
#[folder = "interview"]
#[prefix = "interview/"]
struct ShippedInterview;

fn shipped(path: &str) -> Option<Cow<'static, [u8]>> {
    if path == SHIPPED_FORMAT.0 {
        return Some(Cow::Borrowed(SHIPPED_FORMAT.1));
    }
    let file = match path.split('/').next() {
        Some("lessons") => ShippedLessons::get(path),
        Some("exercises") => ShippedExercises::get(path),
        Some("checks") => ShippedChecks::get(path),
        Some("interview") => ShippedInterview::get(path),
        _ => None,
    };
    file.map(|file| file.data)
}

fn shipped_paths(folder: &str) -> Vec<String> {
    let paths: Vec<Cow<'static, str>> = match folder.split('/').next() {
        Some("lessons") => ShippedLessons::iter().collect(),
        Some("exercises") => ShippedExercises::iter().collect(),
        Some("checks") => ShippedChecks::iter().collect(),
        Some("interview") => ShippedInterview::iter().collect(),
        _ => Vec::new(),
    };
    paths.into_iter().map(Cow::into_owned).collect()
}

/// Where the course's files are read from. Paths inside are relative, with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The content compiled into the binary.
    Embedded,
    /// A folder that holds `lessons/`, `exercises/`, `checks/` and `interview/`.
    Folder(PathBuf),
}

/// A content file that could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file or folder could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The binary has no such file.
    #[error("the course has no file `{0}`")]
    Missing(String),
    /// The file is not text.
    #[error("`{0}` is not UTF-8 text")]
    NotText(String),
}

impl Source {
    /// The bytes of one file.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub fn bytes(&self, path: &str) -> Result<Cow<'static, [u8]>, SourceError> {
        match self {
            Self::Embedded => shipped(path).ok_or_else(|| SourceError::Missing(path.to_owned())),
            Self::Folder(root) => Ok(Cow::Owned(fs::read(&root.join(path))?)),
        }
    }

    /// One file as text.
    ///
    /// # Errors
    /// As [`Source::bytes`], and when it is not UTF-8.
    pub fn text(&self, path: &str) -> Result<String, SourceError> {
        let bytes = self.bytes(path)?.into_owned();
        String::from_utf8(bytes).map_err(|_| SourceError::NotText(path.to_owned()))
    }

    /// Whether there is such a file.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        match self {
            Self::Embedded => shipped(path).is_some(),
            Self::Folder(root) => root.join(path).is_file(),
        }
    }

    /// The size of a file in bytes, without reading it where that can be had.
    #[must_use]
    pub fn size(&self, path: &str) -> Option<u64> {
        match self {
            Self::Embedded => shipped(path).map(|bytes| bytes.len() as u64),
            Self::Folder(root) => root.join(path).metadata().ok().map(|m| m.len()),
        }
    }

    /// All files below a folder, sorted, as paths from the root of the course. Empty when there is no such folder.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn below(&self, folder: &str) -> Result<Vec<String>, SourceError> {
        let prefix = format!("{}/", folder.trim_end_matches('/'));
        let mut found: Vec<String> = match self {
            Self::Embedded => shipped_paths(folder)
                .into_iter()
                .filter(|p| p.starts_with(&prefix))
                .collect(),
            Self::Folder(root) => {
                let base = root.join(folder);
                if !base.is_dir() {
                    return Ok(Vec::new());
                }
                fs::files_below(&base)?
                    .iter()
                    .filter(|p| !has_part(p, &["node_modules", "__pycache__"]))
                    .map(|p| format!("{prefix}{}", p.to_string_lossy().replace('\\', "/")))
                    .collect()
            }
        };
        found.sort();
        Ok(found)
    }
}

fn has_part(path: &Path, names: &[&str]) -> bool {
    path.components()
        .any(|c| names.iter().any(|n| c.as_os_str() == *n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_and_a_missing_file_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("lessons")).unwrap();
        std::fs::write(folder.path().join("lessons/01-a.md"), "hi").unwrap();
        let source = Source::Folder(folder.path().to_owned());
        assert_eq!(source.below("lessons").unwrap(), ["lessons/01-a.md"]);
        assert_eq!(source.text("lessons/01-a.md").unwrap(), "hi");
        assert!(source.text("lessons/02-b.md").is_err());
        assert!(source.below("checks").unwrap().is_empty());
    }
}

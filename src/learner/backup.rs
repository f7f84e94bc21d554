//! Backups: copies of a learner's files, made before `course` writes over any of them.
//!
//! A backup is `backups/<exercise>/<n>/` below home: a manifest and the bytes. Backups are never deleted.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::fs::{self, FileError};
use crate::base::slug::Slug;

const MANIFEST: &str = "manifest.json";

/// What a backup holds, and of which folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// Its number among those of the exercise, from 1.
    pub number: u32,
    /// The folder that the files are from.
    pub root: PathBuf,
    /// When it was made.
    pub at: String,
    /// Why it was made; those made by an undo are not undone in their turn.
    pub reason: Reason,
    /// Whether it was put back.
    pub undone: bool,
    /// The files, with `/` in their paths.
    pub files: Vec<Kept>,
}

/// Why a backup was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// Before a reset.
    Reset,
    /// Before an undo.
    Undo,
}

/// One file as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its path inside the folder.
    pub path: String,
    /// Whether it was there; if not, undoing removes it.
    pub existed: bool,
}

/// A backup that could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file operation failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// A manifest is damaged.
    #[error("the backup `{0}` is damaged; its files are in the folder beside it")]
    Damaged(String),
}

/// The backups of one exercise.
#[derive(Clone, Debug)]
pub struct Backups {
    folder: PathBuf,
}

impl Backups {
    /// Those of `exercise` below `home`.
    #[must_use]
    pub fn new(home: &Path, exercise: &Slug) -> Self {
        Self {
            folder: home.join("backups").join(exercise.as_str()),
        }
    }

    /// Keeps these files of `root` as they are now, also those that are not there.
    ///
    /// # Errors
    /// When a file cannot be read or kept. Then nothing of the learner's was touched.
    pub fn make(
        &self,
        root: &Path,
        paths: &[String],
        reason: Reason,
        at: String,
    ) -> Result<Backup, BackupError> {
        fs::create_folder(&self.folder)?;
        let number = self.claim()?;
        let mut files = Vec::new();
        for path in paths {
            let bytes = match fs::read(&root.join(path)) {
                Ok(bytes) => Some(bytes),
                Err(error) if error.is_missing() => None,
                Err(error) => return Err(error.into()),
            };
            if let Some(bytes) = &bytes {
                fs::replace(&self.kept(number, path), bytes)?;
            }
            files.push(Kept {
                path: path.clone(),
                existed: bytes.is_some(),
            });
        }
        let backup = Backup {
            number,
            root: root.to_owned(),
            at,
            reason,
            undone: false,
            files,
        };
        self.save(&backup)?;
        Ok(backup)
    }

    /// The last reset of `root` that was not undone yet.
    ///
    /// # Errors
    /// When a manifest cannot be read.
    pub fn last_reset(&self, root: &Path) -> Result<Option<Backup>, BackupError> {
        for number in self.numbers().into_iter().rev() {
            let path = self.folder.join(number.to_string()).join(MANIFEST);
            let text = match fs::read_text(&path) {
                Ok(text) => text,
                // Making this backup was cut short, before anything was written over.
                Err(error) if error.is_missing() => continue,
                Err(error) => return Err(error.into()),
            };
            let backup: Backup = serde_json::from_str(&text)
                .map_err(|_| BackupError::Damaged(path.display().to_string()))?;
            if backup.reason == Reason::Reset && !backup.undone && backup.root == root {
                return Ok(Some(backup));
            }
        }
        Ok(None)
    }

    /// Puts the files of a backup back byte for byte, after keeping what is there now. Files that were not there are
    /// removed.
    ///
    /// # Errors
    /// When a file cannot be read, kept or written.
    pub fn put_back(&self, backup: &Backup, at: String) -> Result<Backup, BackupError> {
        let paths: Vec<String> = backup.files.iter().map(|f| f.path.clone()).collect();
        let now = self.make(&backup.root, &paths, Reason::Undo, at)?;
        for file in &backup.files {
            let path = backup.root.join(&file.path);
            if file.existed {
                let bytes = fs::read(&self.kept(backup.number, &file.path))?;
                fs::write(&path, &bytes)?;
            } else if path.exists() {
                fs::remove(&path)?;
            }
        }
        self.save(&Backup {
            undone: true,
            ..backup.clone()
        })?;
        Ok(now)
    }

    /// Makes the folder of a new backup. Two processes may choose the same number; whoever makes the folder has it.
    fn claim(&self) -> Result<u32, BackupError> {
        let mut number = self.numbers().last().map_or(1, |last| last + 1);
        loop {
            let folder = self.folder.join(number.to_string());
            if !folder.exists() {
                match std::fs::create_dir(&folder) {
                    Ok(()) => return Ok(number),
                    Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                    // Fails again, this time with the path in the error.
                    Err(_) => fs::create_folder(&folder)?,
                }
            }
            number += 1;
        }
    }

    fn save(&self, backup: &Backup) -> Result<(), BackupError> {
        let folder = self.folder.join(backup.number.to_string());
        let text = serde_json::to_string_pretty(backup).unwrap_or_default();
        fs::replace(&folder.join(MANIFEST), text.as_bytes())?;
        Ok(())
    }

    fn kept(&self, number: u32, path: &str) -> PathBuf {
        self.folder
            .join(number.to_string())
            .join("files")
            .join(path)
    }

    fn numbers(&self) -> Vec<u32> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let mut numbers: Vec<u32> = entries
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .collect();
        numbers.sort_unstable();
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Desk {
        _folder: tempfile::TempDir,
        root: PathBuf,
        backups: Backups,
    }

    fn desk() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        Desk {
            root: folder.path().join("work"),
            backups: Backups::new(&folder.path().join("home"), &Slug::new("e").unwrap()),
            _folder: folder,
        }
    }

    fn paths(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn putting_back_restores_bytes_and_absence_and_keeps_what_was_there() {
        let desk = desk();
        fs::write(&desk.root.join("server.py"), b"mine\xff").unwrap();
        let files = paths(&["server.py", "lib/db.py"]);
        let backup = desk
            .backups
            .make(&desk.root, &files, Reason::Reset, String::new())
            .unwrap();
        fs::write(&desk.root.join("server.py"), b"starter").unwrap();
        fs::write(&desk.root.join("lib/db.py"), b"starter, then edited").unwrap();
        assert_eq!(
            desk.backups.last_reset(&desk.root).unwrap(),
            Some(backup.clone())
        );
        let now = desk.backups.put_back(&backup, String::new()).unwrap();
        assert_eq!(fs::read(&desk.root.join("server.py")).unwrap(), b"mine\xff");
        assert!(!desk.root.join("lib/db.py").exists());
        let kept = desk.backups.kept(now.number, "lib/db.py");
        assert_eq!(fs::read(&kept).unwrap(), b"starter, then edited");
        assert_eq!(desk.backups.last_reset(&desk.root).unwrap(), None);
    }

    #[test]
    fn resets_are_undone_one_after_the_other_and_only_in_their_folder() {
        let desk = desk();
        let files = paths(&["a"]);
        for bytes in [b"1", b"2"] {
            fs::write(&desk.root.join("a"), bytes).unwrap();
            desk.backups
                .make(&desk.root, &files, Reason::Reset, String::new())
                .unwrap();
        }
        for bytes in [b"2", b"1"] {
            let last = desk.backups.last_reset(&desk.root).unwrap().unwrap();
            desk.backups.put_back(&last, String::new()).unwrap();
            assert_eq!(fs::read(&desk.root.join("a")).unwrap(), bytes);
        }
        assert_eq!(desk.backups.last_reset(&desk.root).unwrap(), None);
        assert_eq!(desk.backups.last_reset(Path::new("/else")).unwrap(), None);
    }
}

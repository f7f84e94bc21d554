//! The store: the file that progress is kept in, its last good copy, and the lock around them.
//!
//! Every save replaces both files whole, one after the other. Whatever a crash or a full disk does to one of them, the
//! other is good.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::base::fs;

use super::progress::{Loaded, Progress, ProgressError};

const NAME: &str = "progress.json";
const LAST_GOOD: &str = "progress.json.last-good";
const LOCK: &str = "progress.lock";

pub(super) fn load(home: &Path) -> Result<Loaded<Progress>, ProgressError> {
    if !home.join(NAME).exists() && !home.join(LAST_GOOD).exists() {
        // Looking around must not leave anything behind.
        return Ok(Loaded {
            value: Progress::default(),
            notice: None,
        });
    }
    match lock(home).and_then(|_lock| read(home, Repair::Save)) {
        // Where nothing can be written nobody saves meanwhile either, and looking must still work.
        Err(error) if error.is_denied() => read(home, Repair::LeaveAsItIs),
        found => found,
    }
}

pub(super) fn update<T>(
    home: &Path,
    change: impl FnOnce(&mut Progress) -> T,
) -> Result<Loaded<T>, ProgressError> {
    let _lock = lock(home)?;
    let mut found = read(home, Repair::Save)?;
    let before = found.value.clone();
    let value = change(&mut found.value);
    if found.value != before || found.notice.is_some() {
        let text = found.value.to_text();
        fs::replace(&home.join(NAME), text.as_bytes())?;
        fs::replace(&home.join(LAST_GOOD), text.as_bytes())?;
    }
    Ok(Loaded {
        value,
        notice: found.notice,
    })
}

/// Waits for the lock; it is given back when the file is dropped, and by the system when the process dies.
fn lock(home: &Path) -> Result<File, ProgressError> {
    fs::create_folder(home)?;
    let path = home.join(LOCK);
    let wrap = |source| ProgressError::Lock {
        path: path.display().to_string(),
        source,
    };
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(wrap)?;
    file.lock().map_err(wrap)?;
    Ok(file)
}

/// What became of one of the two files.
enum Copy {
    Good(Box<Progress>),
    Missing,
    Corrupt(Vec<u8>),
}

/// What to do about a damaged file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repair {
    /// Keep it under another name, and save what could be saved in its place.
    Save,
    /// Nothing: the folder takes no files.
    LeaveAsItIs,
}

fn read(home: &Path, repair: Repair) -> Result<Loaded<Progress>, ProgressError> {
    let main = home.join(NAME);
    let copy = home.join(LAST_GOOD);
    let broken = match read_copy(&main)? {
        Copy::Good(value) => {
            return Ok(Loaded {
                value: *value,
                notice: None,
            });
        }
        Copy::Missing => None,
        Copy::Corrupt(bytes) => Some(set_aside(&main, &bytes, repair)?),
    };
    let what = match &broken {
        Some(kept) => format!(
            "your progress file was damaged; it is kept as `{}`",
            kept.display()
        ),
        None => "your progress file was gone".to_owned(),
    };
    let (value, notice) = match read_copy(&copy)? {
        Copy::Good(value) => {
            let notice = format!("{what}. Nothing is lost: the last good copy is used.");
            (*value, Some(notice))
        }
        Copy::Corrupt(bytes) => {
            let kept = set_aside(&copy, &bytes, repair)?;
            let notice = format!(
                "{what}. Its copy was damaged too and is kept as `{}`. You start at the beginning; \
                 if you have an export, bring it back with `course progress import FILE`.",
                kept.display()
            );
            (Progress::default(), Some(notice))
        }
        Copy::Missing if broken.is_some() => {
            let notice = format!(
                "{what}. There was no copy, so you start at the beginning; if you have an export, \
                 bring it back with `course progress import FILE`."
            );
            (Progress::default(), Some(notice))
        }
        Copy::Missing => (Progress::default(), None),
    };
    if notice.is_some() && repair == Repair::Save {
        let text = value.to_text();
        fs::replace(&main, text.as_bytes())?;
        fs::replace(&copy, text.as_bytes())?;
    }
    Ok(Loaded { value, notice })
}

fn read_copy(path: &Path) -> Result<Copy, ProgressError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.is_missing() => return Ok(Copy::Missing),
        Err(error) => return Err(error.into()),
    };
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return Ok(Copy::Corrupt(bytes));
    };
    match Progress::from_text(path, text) {
        Ok(progress) => Ok(Copy::Good(Box::new(progress))),
        Err(ProgressError::NotProgress { .. }) => Ok(Copy::Corrupt(bytes)),
        Err(error) => Err(error),
    }
}

/// Keeps a damaged file under the first free name of `progress.json.corrupt-1`, `-2` and so on. The damaged file stays
/// in its place too, until the save that follows replaces it.
fn set_aside(path: &Path, bytes: &[u8], repair: Repair) -> Result<PathBuf, ProgressError> {
    if repair == Repair::LeaveAsItIs {
        return Ok(path.to_owned());
    }
    let free = (1..=u32::MAX)
        .map(|n| path.with_file_name(format!("{NAME}.corrupt-{n}")))
        .find(|kept| !kept.exists())
        .unwrap_or_else(|| path.with_extension("corrupt"));
    fs::replace(&free, bytes)?;
    Ok(free)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_pass(home: &Path) {
        Progress::update(home, |p| {
            p.exercise("first").passed = Some("2026-01-01T00:00:00Z".to_owned());
        })
        .unwrap();
    }

    #[test]
    fn looking_around_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        assert_eq!(load(&home).unwrap().value, Progress::default());
        assert!(!home.exists());
    }

    #[test]
    fn a_file_cut_at_any_byte_loses_no_pass() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        with_pass(home);
        let whole = fs::read(&home.join(NAME)).unwrap();
        // Without its last newline the file is still whole.
        for length in 0..whole.len() - 1 {
            fs::write(&home.join(NAME), &whole[..length]).unwrap();
            let found = load(home).unwrap();
            assert!(found.value.exercise_passed("first"), "cut at {length}");
            assert!(found.notice.unwrap().contains("Nothing is lost"));
            let kept = home.join(format!("{NAME}.corrupt-{}", length + 1));
            assert_eq!(fs::read(&kept).unwrap(), &whole[..length]);
            assert!(load(home).unwrap().notice.is_none(), "said once");
        }
    }

    #[test]
    fn a_copy_cut_at_any_byte_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        with_pass(home);
        let whole = fs::read(&home.join(LAST_GOOD)).unwrap();
        for length in 0..whole.len() {
            fs::write(&home.join(LAST_GOOD), &whole[..length]).unwrap();
            let found = load(home).unwrap();
            assert!(found.value.exercise_passed("first") && found.notice.is_none());
        }
    }

    #[test]
    fn two_damaged_files_are_both_kept_and_said() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        fs::write(&home.join(NAME), b"\xff").unwrap();
        fs::write(&home.join(LAST_GOOD), b"{}").unwrap();
        let found = load(home).unwrap();
        assert_eq!(found.value, Progress::default());
        assert!(found.notice.unwrap().contains("You start at the beginning"));
        assert_eq!(
            fs::read(&home.join("progress.json.corrupt-1")).unwrap(),
            b"\xff"
        );
        assert_eq!(
            fs::read(&home.join("progress.json.corrupt-2")).unwrap(),
            b"{}"
        );
    }

    #[test]
    fn a_missing_file_comes_back_from_its_copy() {
        let folder = tempfile::tempdir().unwrap();
        with_pass(folder.path());
        std::fs::remove_file(folder.path().join(NAME)).unwrap();
        let found = load(folder.path()).unwrap();
        assert!(found.value.exercise_passed("first"));
        assert!(
            found
                .notice
                .unwrap()
                .starts_with("your progress file was gone")
        );
    }

    #[test]
    fn updates_wait_for_each_other() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let home = folder.path();
                scope.spawn(move || {
                    for n in 0..5 {
                        update(home, |p| {
                            p.lesson(&format!("l-{thread}-{n}")).done = Some("x".into());
                        })
                        .unwrap();
                    }
                });
            }
        });
        assert_eq!(load(folder.path()).unwrap().value.lessons.len(), 20);
    }
}

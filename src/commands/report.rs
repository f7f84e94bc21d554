//! Where a page about a run goes: the folder of `course check --report`, and the one file in it that is ours.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::base::fs;
use crate::render::report::html::{MARK, Page};

use super::error::Error;

/// The folder that a page is written into.
#[derive(Clone, Debug)]
pub struct ReportFolder {
    file: PathBuf,
}

impl ReportFolder {
    /// Makes the folder where it is not there, and finds out before the run whether the page can be written.
    ///
    /// # Errors
    /// When there can be no such folder, nothing can be written into it, or it holds an `index.html` of somebody else.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let refused = |why: &dyn Display| {
            // Without the dots that somebody may have typed.
            let shown: PathBuf = folder.components().collect();
            let shown = shown.display();
            Error::Usage(format!(
                "the report cannot be written into `{shown}`: {why}; name another folder with --report"
            ))
        };
        std::fs::create_dir_all(folder).map_err(|e| refused(&e))?;
        tempfile::tempfile_in(folder).map_err(|e| refused(&e))?;
        let folder = folder.canonicalize().map_err(|e| refused(&e))?;
        let file = folder.join("index.html");
        if file.symlink_metadata().is_ok() {
            let there = std::fs::read(&file).map_err(|e| refused(&format!("index.html: {e}")))?;
            let ours = there
                .windows(MARK.len())
                .any(|part| part == MARK.as_bytes());
            if !ours && !there.is_empty() {
                return Err(refused(&"its index.html is not a report of course"));
            }
        }
        Ok(Self { file })
    }

    /// The one file that is ever written.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Writes the page and says where it is. A run keeps its grade when its page cannot be written.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write(&self, page: &Page, err: &mut dyn Write) -> io::Result<()> {
        match fs::write(&self.file, page.document().as_bytes()) {
            Ok(()) => writeln!(err, "report: {}", self.file.display()),
            Err(error) => writeln!(err, "error: there is no report: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_and_what_is_in_it_stays() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("deep/report");
        let made = ReportFolder::open(&folder).unwrap();
        std::fs::write(folder.join("notes.txt"), "mine").unwrap();
        let mut said = Vec::new();
        let page = Page::new(String::new(), Vec::new());
        for _ in 0..2 {
            made.write(&page, &mut said).unwrap();
            ReportFolder::open(&folder).unwrap();
        }
        let mut names: Vec<_> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["index.html", "notes.txt"]);
        assert!(String::from_utf8(said).unwrap().starts_with("report: /"));
    }

    #[test]
    fn a_page_of_somebody_else_is_not_overwritten() {
        let temp = tempfile::tempdir().unwrap();
        let page = temp.path().join("index.html");
        std::fs::write(&page, "<!doctype html><title>My page</title>").unwrap();
        let error = ReportFolder::open(temp.path()).unwrap_err().to_string();
        assert!(
            error.contains("its index.html is not a report of course; name another"),
            "{error}"
        );
        std::fs::write(&page, "").unwrap();
        assert!(ReportFolder::open(temp.path()).is_ok());
    }

    #[test]
    fn a_file_is_no_folder() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("report");
        std::fs::write(&file, "mine").unwrap();
        let error = ReportFolder::open(&file).unwrap_err();
        assert!(matches!(error, Error::Usage(_)), "{error}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    }
}

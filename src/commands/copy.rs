//! Copying files of the course into a folder of the learner's, all or none, never over anything that differs.

use std::path::Path;

use crate::base::fs;
use crate::exercises::File;

use super::error::Error;

/// Copies the files.
///
/// # Errors
/// When a file is there with other contents, before anything is written; or when one cannot be written.
pub fn into(folder: &Path, files: &[File]) -> Result<(), Error> {
    let mut taken = Vec::new();
    for file in files {
        let path = folder.join(&file.path);
        match fs::read(&path) {
            Ok(bytes) if bytes != file.bytes => taken.push(format!("`{}`", path.display())),
            Ok(_) => {}
            Err(error) if error.is_missing() => {}
            Err(error) => return Err(error.into()),
        }
    }
    if !taken.is_empty() {
        let taken = taken.join(", ");
        return Err(Error::Usage(format!(
            "nothing was copied, because these files are there already and differ: {taken}; give another folder"
        )));
    }
    for file in files {
        let path = folder.join(&file.path);
        if !path.exists() {
            fs::write(&path, &file.bytes)?;
        }
    }
    Ok(())
}

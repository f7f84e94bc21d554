//! A folder: a fresh copy of a server's files, with its packages beside them.
//!
//! Packages are installed once for each set of manifests and kept, because every copy would otherwise fetch them anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::base::fs;
use crate::base::text::printable_bytes;
use crate::exercises::File;
use crate::lab::guard::{FOLDER_PREFIX, Guard};

/// The endings of files at the top of a server's folder that say which packages it needs.
const MANIFESTS: [&str; 6] = ["json", "lock", "toml", "txt", "mod", "sum"];

/// Copies the files into a temporary folder, and links the packages that `install` gives into it.
///
/// # Errors
/// Says what could not be copied or installed.
pub fn copy(
    files: &[File],
    install: Option<&str>,
    packages: &Path,
    guard: &Guard,
) -> Result<TempDir, String> {
    let folder = tempfile::Builder::new()
        .prefix(FOLDER_PREFIX)
        .tempdir()
        .map_err(|e| format!("cannot make a temporary folder: {e}"))?;
    guard.add_folder(folder.path());
    for file in files {
        fs::write(&folder.path().join(&file.path), &file.bytes).map_err(|e| e.to_string())?;
    }
    if let Some(install) = install {
        let manifests: Vec<&File> = files.iter().filter(|f| is_manifest(&f.path)).collect();
        if !manifests.is_empty() {
            let kept = installed(&manifests, install, packages)?;
            link(&kept, folder.path()).map_err(|e| format!("cannot link the packages: {e}"))?;
        }
    }
    Ok(folder)
}

fn is_manifest(path: &str) -> bool {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending);
    !path.contains('/') && ending.is_some_and(|e| MANIFESTS.contains(&e))
}

/// The folder with the packages of these manifests, which are installed unless they are there.
fn installed(manifests: &[&File], install: &str, packages: &Path) -> Result<PathBuf, String> {
    let mut hash = Sha256::new();
    hash.update(install);
    for file in manifests {
        hash.update(&file.path);
        hash.update(&file.bytes);
    }
    let mut digest = String::new();
    for byte in hash.finalize().iter().take(8) {
        // Writing into a text cannot fail.
        let _ = write!(digest, "{byte:02x}");
    }
    let kept = packages.join(digest);
    if kept.is_dir() {
        return Ok(kept);
    }
    fs::create_folder(packages).map_err(|e| e.to_string())?;
    // Installed beside its place and then renamed: what is there is whole.
    let making = tempfile::tempdir_in(packages).map_err(|e| e.to_string())?;
    for file in manifests {
        fs::write(&making.path().join(&file.path), &file.bytes).map_err(|e| e.to_string())?;
    }
    run(install, making.path())?;
    match std::fs::rename(making.path(), &kept) {
        Ok(()) => Ok(kept),
        // Another verification was faster.
        Err(_) if kept.is_dir() => Ok(kept),
        Err(e) => Err(format!("cannot keep the packages: {e}")),
    }
}

fn run(install: &str, folder: &Path) -> Result<(), String> {
    let words = shlex::split(install).unwrap_or_default();
    let Some((program, words)) = words.split_first() else {
        return Err(format!("`{install}` is no command"));
    };
    let done = Command::new(program)
        .args(words)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("cannot run `{install}`: {e}"))?;
    if done.status.success() {
        return Ok(());
    }
    let said = printable_bytes(&done.stderr);
    Err(format!("`{install}` failed: {}", said.trim()))
}

/// Links everything that installing has made and that the copy does not have.
fn link(kept: &Path, folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(kept)? {
        let entry = entry?;
        let to = folder.join(entry.file_name());
        if !to.exists() {
            std::os::unix::fs::symlink(entry.path(), to)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File {
            path: path.to_owned(),
            bytes: text.as_bytes().to_owned(),
        }
    }

    #[test]
    fn packages_are_installed_once_and_linked() {
        let packages = tempfile::tempdir().unwrap();
        let counter = packages.path().join("count");
        let install = format!("sh -c 'mkdir deps && echo x >> {}'", counter.display());
        let files = [file("package.json", "{}"), file("src/a.js", "1")];
        for _ in 0..2 {
            let copy = copy(&files, Some(&install), packages.path(), &Guard::none()).unwrap();
            assert!(copy.path().join("deps").is_dir());
            assert!(copy.path().join("src/a.js").is_file());
        }
        assert_eq!(std::fs::read_to_string(counter).unwrap(), "x\n");
    }

    #[test]
    fn packages_that_cannot_be_had_are_said() {
        let packages = tempfile::tempdir().unwrap();
        let files = [file("package.json", "{}")];
        let install = "sh -c 'echo no net >&2; exit 1'";
        let error = copy(&files, Some(install), packages.path(), &Guard::none()).unwrap_err();
        assert_eq!(error, format!("`{install}` failed: no net"));
    }
}

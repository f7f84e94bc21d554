//! The node track: its servers need packages, which are installed once for each lock file.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use sha2::{Digest as _, Sha256};

/// One installation at a time.
static INSTALLING: Mutex<()> = Mutex::new(());

/// A copy of the folder with its packages in place, or `None` when node is not installed.
pub fn track(folder: &Path) -> Option<tempfile::TempDir> {
    let there = |program| Command::new(program).arg("--version").output().is_ok();
    if !there("node") || !there("npm") {
        let required = std::env::var_os("COURSE_REQUIRE_ALL").is_some_and(|v| v == "1");
        assert!(!required, "node and npm are required and not installed");
        let _ = writeln!(std::io::stderr(), "skipped: node is not installed");
        return None;
    }
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
    }
    std::os::unix::fs::symlink(packages(copy.path()), copy.path().join("node_modules")).unwrap();
    Some(copy)
}

/// The installed packages for the lock file of this folder.
fn packages(folder: &Path) -> PathBuf {
    let _alone = INSTALLING
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let lock = std::fs::read(folder.join("package-lock.json")).unwrap();
    let hash: String = Sha256::digest(&lock)[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let shelf = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/node-track");
    let kept = shelf.join(hash);
    if !kept.exists() {
        std::fs::create_dir_all(&shelf).unwrap();
        let fresh = tempfile::tempdir_in(&shelf).unwrap();
        for name in ["package.json", "package-lock.json"] {
            std::fs::copy(folder.join(name), fresh.path().join(name)).unwrap();
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund"])
            .current_dir(fresh.path());
        let done = npm.output().unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        std::fs::rename(fresh.keep(), &kept).unwrap();
    }
    kept.join("node_modules")
}

//! Rules about files as such: what must not be in a course that strangers download.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::base::diagnostic::Diagnostic;
use crate::base::source::Source;
use crate::course::format;

use super::{Course, mistake};

/// Nobody reads a text this long.
const LARGEST: u64 = 10 * 1024 * 1024;
/// Files that may hold bytes that are no text.
const PICTURES: [&str; 6] = ["png", "jpg", "jpeg", "gif", "webp", "ico"];

/// The file at the root of a course that says what others may do with it.
pub const LICENCE: &str = "LICENSE";
/// How the names of such files begin.
const LICENCES: [&str; 3] = ["license", "licence", "copying"];

/// Forms of keys that were given out for real; made-up secrets in lessons look otherwise.
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,}|xox[abprs]-[0-9A-Za-z-]{20,}|sk_live_[0-9A-Za-z]{20,}|AIza[0-9A-Za-z_-]{35}|-----BEGIN [A-Z ]*PRIVATE KEY-----",
    )
    .expect("the pattern is a constant")
});

/// The mistakes of all files.
pub(super) fn mistakes(course: &Course) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (path, text) in &course.texts {
        for secret in SECRET.find_iter(text) {
            let message = "this looks like a real key";
            let help = "take it away, and have it withdrawn where it was issued";
            found.push(mistake("W472", path, secret.range(), message).help(help));
        }
        if let Some(at) = text.find("\r\n") {
            let message = "lines end with a carriage return";
            let help = "save the file with line ends of Unix";
            found.push(mistake("W473", path, at..at + 1, message).help(help));
        }
    }
    for path in &course.paths {
        found.extend(bytes(course, path));
    }
    if let Source::Folder(root) = course.source {
        for folder in ["checks", "exercises", "interview", "lessons"] {
            links(root, folder, &mut found);
        }
    }
    if !course.source.has(format::FILE) {
        let message = "this course does not say its format";
        let help = format!("write a file of one line: format = {}", format::FORMAT);
        found.push(mistake("W482", format::FILE, 0..0, message).help(help));
    }
    found.extend(unlicensed(course.source));
    found
}

/// A course that does not say what others may do with it. The one inside `course` goes with `course` itself.
fn unlicensed(source: &Source) -> Option<Diagnostic> {
    let Source::Folder(root) = source else {
        return None;
    };
    if is_licensed(root) {
        return None;
    }
    let message = "nobody knows what others may do with this course";
    let help = "name a licence in it, such as CC BY 4.0 for texts and MIT for code";
    Some(mistake("W483", LICENCE, 0..0, message).help(help))
}

/// Whether there is a file at the root of a course that says what others may do with it.
#[must_use]
pub fn is_licensed(root: &Path) -> bool {
    let says = |entry: std::fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().to_lowercase();
        let is_named = LICENCES.iter().any(|start| name.starts_with(start));
        is_named && entry.metadata().is_ok_and(|m| m.is_dir() || m.len() > 0)
    };
    std::fs::read_dir(root).is_ok_and(|entries| entries.flatten().any(says))
}

/// Whether a file is so large that it is not even read.
pub(super) fn is_too_large(source: &Source, path: &str) -> bool {
    source.size(path).is_some_and(|size| size > LARGEST)
}

fn bytes(course: &Course, path: &str) -> Option<Diagnostic> {
    let extension = Path::new(path)
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or("");
    let message = if is_too_large(course.source, path) {
        "this file is larger than 10 MB"
    } else if course.source.bytes(path).ok()?.contains(&0) && !PICTURES.contains(&extension) {
        "this file is not text"
    } else {
        return None;
    };
    Some(
        mistake("E471", path, 0..0, message)
            .help("a course is text that can be read and compared; take it out"),
    )
}

/// Symbolic links below a folder.
fn links(root: &Path, folder: &str, found: &mut Vec<Diagnostic>) {
    let Ok(entries) = std::fs::read_dir(root.join(folder)) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == "node_modules" || name == "__pycache__" {
            continue;
        }
        let path = format!("{folder}/{name}");
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            links(root, &path, found);
        } else if kind.is_symlink() {
            let message = if leads_out(root, &entry.path()) {
                "this link leads out of the course, or nowhere"
            } else {
                "nobody follows this link, so what is behind it is missing"
            };
            found.push(mistake("E470", &path, 0..0, message).help("put the file itself here"));
        }
    }
}

fn leads_out(root: &Path, link: &Path) -> bool {
    match (root.canonicalize(), link.canonicalize()) {
        (Ok(root), Ok(target)) => !target.starts_with(root),
        _ => true,
    }
}

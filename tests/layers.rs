//! Layers: imports point strictly downward, after the table in `src/lib.rs`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

/// The layer of each module of the crate. Modules of one layer do not know each other.
const LAYERS: [(&str, u8); 16] = [
    ("cli", 10),
    ("commands", 9),
    ("render", 8),
    ("lint", 7),
    ("verify", 6),
    ("grading", 5),
    ("course", 5),
    ("checks", 4),
    ("interview", 4),
    ("lab", 3),
    ("lessons", 3),
    ("exercises", 3),
    ("learner", 3),
    ("questions", 2),
    ("flowchart", 2),
    ("base", 1),
];

fn layer(module: &str) -> Option<u8> {
    LAYERS
        .iter()
        .find(|(name, _)| *name == module)
        .map(|(_, layer)| *layer)
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The modules that a line reaches through `crate::`, also through a list such as `use crate::{base, lab::port};`.
fn reached(line: &str) -> Vec<String> {
    let code = line.split("//").next().unwrap_or("");
    let word = |text: &str| -> String {
        text.trim_start()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let mut modules = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        // `pub(in crate::lab)` gives away and takes nothing.
        if code[..at].trim_end().ends_with("(in") {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        let Some(list) = rest.strip_prefix('{') else {
            modules.push(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut start = true;
        for (i, c) in list.char_indices() {
            if start && depth == 0 && !c.is_whitespace() {
                modules.push(word(&list[i..]));
                start = false;
            }
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                _ => {}
            }
        }
    }
    modules
}

/// The imports of a file of `module` that do not point downward.
fn wrong(module: &str, text: &str) -> Vec<(usize, String)> {
    let from = layer(module).unwrap_or(0);
    let mut found = Vec::new();
    // A list over several lines is read as one.
    let mut number = 0;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        number += 1;
        let first = number;
        let mut whole = line.to_owned();
        while whole.contains("crate::{") && !whole.contains(';') {
            let Some(more) = lines.next() else { break };
            number += 1;
            whole.push_str(more.split("//").next().unwrap_or(""));
        }
        for target in reached(&whole) {
            if target == module {
                continue;
            }
            if layer(&target).is_some_and(|to| to >= from) {
                found.push((first, target));
            }
        }
    }
    found
}

#[test]
fn every_import_points_downward() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    files.sort();
    let mut mistakes = Vec::new();
    for path in &files {
        let inside = path.strip_prefix(&src).unwrap();
        let first = inside.iter().next().unwrap().to_string_lossy().into_owned();
        let module = first.trim_end_matches(".rs");
        if matches!(module, "lib" | "main") {
            continue;
        }
        assert!(
            layer(module).is_some(),
            "src/{} has no layer; give it one here and in src/lib.rs",
            inside.display()
        );
        for (line, target) in wrong(module, &fs::read_to_string(path).unwrap()) {
            mistakes.push(format!(
                "src/{}:{line}: `{module}` must not import `{target}`",
                inside.display()
            ));
        }
    }
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

#[test]
fn upward_and_sideways_imports_are_seen_and_downward_ones_are_not() {
    assert_eq!(
        wrong("lab", "use crate::checks::x;\n"),
        [(1, "checks".to_owned())]
    );
    assert_eq!(
        wrong("lab", "\nlet a = crate::lessons::all();\n"),
        [(2, "lessons".to_owned())]
    );
    assert_eq!(
        wrong(
            "base",
            "use crate::{\n    base::fs,\n    lab::{port, guard},\n    render,\n};\n"
        ),
        [(1, "lab".to_owned()), (1, "render".to_owned())]
    );
    assert!(
        wrong(
            "checks",
            "use crate::lab::port;\n// crate::cli is far above\n"
        )
        .is_empty()
    );
    assert!(
        wrong(
            "lab",
            "pub(in crate::lab) fn f() {}\nuse crate::lab::port;\n"
        )
        .is_empty()
    );
}

/// Every Rust file of the crate and its tests, with its text.
fn whole_crate() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "tests"] {
        rust_files(&root.join(folder), &mut files);
    }
    files.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (path.strip_prefix(root).unwrap().to_owned(), text)
    };
    files.into_iter().map(read).collect()
}

#[test]
fn every_file_opens_by_saying_what_it_is() {
    let silent: Vec<PathBuf> = whole_crate()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| path)
        .collect();
    assert!(silent.is_empty(), "no `//!` at the top of {silent:?}");
}

#[test]
fn nothing_is_left_for_later() {
    // Written in two parts, so that this file does not find itself.
    let marks = [
        ("TO", "DO"),
        ("FIX", "ME"),
        ("XX", "X"),
        ("todo", "!("),
        ("unimplemented", "!("),
        ("dbg", "!("),
    ]
    .map(|(a, b)| format!("{a}{b}"));
    let mut found = Vec::new();
    for (path, text) in whole_crate() {
        for (number, line) in (1..).zip(text.lines()) {
            found.extend(
                marks
                    .iter()
                    .filter(|mark| line.contains(mark.as_str()))
                    .map(|mark| format!("{}:{number}: {mark}", path.display())),
            );
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_file_is_named_after_what_it_holds() {
    let vague: Vec<PathBuf> = whole_crate()
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| {
            path.components().any(|part| {
                let name = part.as_os_str().to_string_lossy();
                let name = name.trim_end_matches(".rs");
                matches!(
                    name,
                    "utils" | "util" | "helpers" | "helper" | "common" | "imp" | "misc"
                )
            })
        })
        .collect();
    assert!(vague.is_empty(), "name these after a noun: {vague:?}");
}

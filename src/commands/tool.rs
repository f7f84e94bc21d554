//! A tool: a program on this machine that a language needs.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::base::text::printable_bytes;
use crate::exercises::{Language, Need};

/// How long a program may take to say its version.
const PATIENCE: Duration = Duration::from_secs(5);

/// The program as the shell would find it.
#[must_use]
pub fn find(command: &str, env: &BTreeMap<String, String>) -> Option<PathBuf> {
    let path = env.get("PATH")?;
    std::env::split_paths(path)
        .map(|folder| folder.join(command))
        .find(|file| is_program(file))
}

#[cfg(unix)]
fn is_program(file: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &std::path::Path) -> bool {
    file.is_file() || file.with_extension("exe").is_file()
}

/// Whether the `package.json` in this folder names packages. Where it names none, installing leaves nothing behind.
#[must_use]
pub fn needs_packages(folder: &Path) -> bool {
    let Ok(text) = std::fs::read_to_string(folder.join("package.json")) else {
        return false;
    };
    // What cannot be read is for npm to complain about.
    let Ok(package) = serde_json::from_str::<serde_json::Value>(&text) else {
        return true;
    };
    let kinds = ["dependencies", "devDependencies", "optionalDependencies"];
    let names = |kind: &str| package[kind].as_object().is_some_and(|all| !all.is_empty());
    kinds.into_iter().any(names)
}

/// The first line that says something when the program is asked for its version.
#[must_use]
pub fn version(command: &str, args: &[String]) -> Option<String> {
    let mut child = Command::new(command)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let end = Instant::now() + PATIENCE;
    while child.try_wait().ok()?.is_none() {
        if Instant::now() > end {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut said = Vec::new();
    child
        .stdout
        .take()?
        .take(4096)
        .read_to_end(&mut said)
        .ok()?;
    child
        .stderr
        .take()?
        .take(4096)
        .read_to_end(&mut said)
        .ok()?;
    let said = printable_bytes(&said);
    let line = said.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.to_owned())
}

/// What is missing for a language, each with what to do about it.
#[must_use]
pub fn missing(language: &Language, env: &BTreeMap<String, String>) -> Vec<String> {
    language
        .needs
        .iter()
        .filter_map(|need| lack(need, env))
        .collect()
}

fn lack(need: &Need, env: &BTreeMap<String, String>) -> Option<String> {
    let Need {
        command, install, ..
    } = need;
    if find(command, env).is_none() {
        return Some(format!("`{command}` is not installed. {install}"));
    }
    let least = need.at_least.as_deref()?;
    let said = version(command, &need.version_args)?;
    (numbers(&said) < numbers(least)).then(|| {
        format!("`{command}` is too old: it says `{said}`, and {least} is needed. {install}")
    })
}

/// The first numbers with dots in a text: `v20.11.1 (LTS)` gives 20, 11, 1.
fn numbers(text: &str) -> Vec<u32> {
    let start = text
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(text.len());
    text[start..]
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .next()
        .unwrap_or("")
        .split('.')
        .map_while(|part| part.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number_and_not_by_letter() {
        assert_eq!(numbers("Python 3.12.1"), [3, 12, 1]);
        assert!(numbers("Python 3.12") > numbers("3.9"));
        assert!(numbers("v18.2.0") < numbers("20"));
        assert!(numbers("20") <= numbers("v20.0.0"));
    }

    #[test]
    fn packages_are_needed_where_some_are_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!needs_packages(folder.path()));
        for (package, needs) in [
            ("{}", false),
            (r#"{"dependencies": {}}"#, false),
            (r#"{"dependencies": {"express": "5"}}"#, true),
            (r#"{"devDependencies": {"mocha": "11"}}"#, true),
            ("{", true),
        ] {
            std::fs::write(folder.path().join("package.json"), package).unwrap();
            assert_eq!(needs_packages(folder.path()), needs, "{package}");
        }
    }

    #[test]
    fn a_program_that_is_not_there_says_what_to_install() {
        let need = Need {
            command: "no-such-program".into(),
            version_args: Vec::new(),
            at_least: None,
            install: "Get it.".into(),
        };
        let env = BTreeMap::from([("PATH".to_owned(), "/bin".to_owned())]);
        assert_eq!(
            lack(&need, &env).unwrap(),
            "`no-such-program` is not installed. Get it."
        );
    }
}

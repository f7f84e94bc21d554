//! A launch: what to start, in which folder and environment, and why that could not be done.

use std::io;
use std::path::{Path, PathBuf};

/// What to start, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Launch {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The folder it runs in.
    pub folder: PathBuf,
    /// Variables set beside the inherited ones.
    pub env: Vec<(String, String)>,
    /// Inherited variables taken away.
    pub unset: Vec<String>,
    /// The user and group to run as, by their numbers; our own unless told.
    pub account: Option<(u32, u32)>,
}

/// Why a command could not be started.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// There is no such program.
    #[error(
        "command `{command}` not found; install it, or correct the command that starts the server"
    )]
    CommandNotFound {
        /// The program's name.
        command: String,
    },
    /// The file is there but may not be run.
    #[error(
        "`{command}` is not executable; allow it with `chmod +x {command}`, or start it through its interpreter"
    )]
    NotExecutable {
        /// The program's name.
        command: String,
    },
    /// Anything else.
    #[error("cannot start `{command}`: {reason}")]
    Other {
        /// The program's name.
        command: String,
        /// What the system said, and what to do.
        reason: String,
    },
}

/// Says why starting failed. The system's "not found" may mean the folder, the program or a script's interpreter.
pub(crate) fn explain(launch: &Launch, program: &str, error: &io::Error) -> SpawnError {
    let command = program.to_owned();
    if !launch.folder.is_dir() {
        let reason = format!(
            "there is no folder `{}` to run it in",
            launch.folder.display()
        );
        return SpawnError::Other { command, reason };
    }
    let file = launch.folder.join(program);
    let is_path = program.contains('/');
    match error.kind() {
        io::ErrorKind::NotFound if is_path && file.is_file() => SpawnError::Other {
            reason: format!(
                "the interpreter named in its first line is missing{}",
                interpreter(&file).map_or_else(String::new, |name| format!("; install `{name}`"))
            ),
            command,
        },
        io::ErrorKind::NotFound => SpawnError::CommandNotFound { command },
        io::ErrorKind::PermissionDenied => SpawnError::NotExecutable { command },
        _ if error.raw_os_error() == Some(nix::errno::Errno::ENOEXEC as i32) => SpawnError::Other {
            command,
            reason: "it is no program for this machine; a script needs a first line such as \
                     `#!/bin/sh`"
                .into(),
        },
        _ => SpawnError::Other {
            command,
            reason: error.to_string(),
        },
    }
}

/// The interpreter that a script's first line names.
fn interpreter(file: &Path) -> Option<String> {
    let bytes = std::fs::read(file).ok()?;
    let first = bytes.split(|b| *b == b'\n').next()?;
    let line = std::str::from_utf8(first.strip_prefix(b"#!")?).ok()?;
    line.split_whitespace().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::guard::Guard;
    use crate::lab::process::Process;

    fn failure(folder: &Path, program: &str) -> String {
        let launch = Launch {
            command: vec![program.into()],
            folder: folder.to_owned(),
            ..Launch::default()
        };
        match Process::spawn(&launch, &Guard::none()) {
            Ok(_) => panic!("`{program}` was started"),
            Err(error) => error.to_string(),
        }
    }

    #[tokio::test]
    async fn each_cause_of_not_found_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("serve");
        std::fs::write(&script, "#!/no/such/interpreter\n").unwrap();
        assert_eq!(
            failure(folder.path(), "./serve"),
            "`./serve` is not executable; allow it with `chmod +x ./serve`, or start it through \
             its interpreter"
        );
        let mut permissions = std::fs::metadata(&script).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
        std::fs::set_permissions(&script, permissions).unwrap();
        assert_eq!(
            failure(folder.path(), "./serve"),
            "cannot start `./serve`: the interpreter named in its first line is missing; install \
             `/no/such/interpreter`"
        );
        let gone = folder.path().join("gone");
        assert!(failure(&gone, "sh").contains("there is no folder"));
        assert!(failure(folder.path(), "no-such-runtime").contains("not found"));
    }
}

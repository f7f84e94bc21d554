//! The installation of PostgreSQL on this machine: the folder with its programs, wherever it is usually put.

use std::path::{Path, PathBuf};

/// The programs that a cluster needs. Both must come from one installation.
const PROGRAMS: [&str; 2] = ["initdb", "postgres"];

/// Where installers put them when they do not put them on the path: a folder, and what is below each folder in it.
const PLACES: [(&str, &str); 6] = [
    ("/usr/lib/postgresql", "bin"),
    ("/usr", "bin"), // `/usr/pgsql-17/bin`
    ("/opt/homebrew/opt", "bin"),
    ("/usr/local/opt", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "bin"),
];

/// PostgreSQL is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "PostgreSQL is not installed: there are no `initdb` and `postgres` on the path, nor in the usual places. Install it \
     ({}), or name a server that is there: COURSE_POSTGRES_URL=postgres://user:password@127.0.0.1:5432/postgres",
    how()
)]
pub struct NotInstalled;

/// How to install it here.
fn how() -> &'static str {
    if cfg!(target_os = "macos") {
        "brew install postgresql@17, or Postgres.app from https://postgresapp.com/"
    } else {
        "Debian, Ubuntu: apt install postgresql; Fedora: dnf install postgresql-server; Arch: pacman -S postgresql"
    }
}

/// The folder with the programs: the first on `path` that has them, else the newest in the usual places.
///
/// # Errors
/// When there is none.
pub fn find(path: &str) -> Result<PathBuf, NotInstalled> {
    let on_path = std::env::split_paths(path).find(|folder| is_complete(folder));
    on_path
        .or_else(|| {
            newest(
                PLACES
                    .iter()
                    .map(|(place, below)| (Path::new(place), *below)),
            )
        })
        .ok_or(NotInstalled)
}

/// The folder of the highest version among those that are complete.
fn newest<'a>(places: impl Iterator<Item = (&'a Path, &'a str)>) -> Option<PathBuf> {
    let folders = places.flat_map(|(place, below)| {
        let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
        entries.map(move |entry| {
            (
                version(&entry.file_name().to_string_lossy()),
                entry.path().join(below),
            )
        })
    });
    let complete = folders.filter(|(version, folder)| version.is_some() && is_complete(folder));
    complete.max().map(|(_, folder)| folder)
}

/// The version in the name of a folder, such as `17`, `pgsql-17` or `postgresql@17`.
fn version(name: &str) -> Option<u32> {
    let names = ["pgsql-", "postgresql@", "postgresql-"];
    let rest = names.iter().find_map(|prefix| name.strip_prefix(prefix));
    rest.unwrap_or(name).split('.').next()?.parse().ok()
}

fn is_complete(folder: &Path) -> bool {
    PROGRAMS
        .iter()
        .all(|program| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        for program in PROGRAMS {
            std::fs::write(folder.join(program), "").unwrap();
        }
    }

    #[test]
    fn the_path_comes_first_and_a_folder_with_half_of_it_does_not_count() {
        let root = tempfile::tempdir().unwrap();
        let (half, whole) = (root.path().join("half"), root.path().join("whole"));
        installed(&half);
        std::fs::remove_file(half.join("initdb")).unwrap();
        installed(&whole);
        let path = format!("{}:{}", half.display(), whole.display());
        assert_eq!(find(&path), Ok(whole));
    }

    #[test]
    fn who_has_none_is_told_how_to_get_it() {
        let nowhere = newest([(Path::new("/nowhere"), "bin")].into_iter());
        assert_eq!(nowhere, None);
        let said = NotInstalled.to_string();
        assert!(
            said.contains("Install it (") && said.contains("COURSE_POSTGRES_URL="),
            "{said}"
        );
    }

    #[test]
    fn the_newest_version_is_taken_by_number_and_not_by_letter() {
        let root = tempfile::tempdir().unwrap();
        for name in ["9.6", "15", "postgresql@17", "gcc-18", "readme"] {
            installed(&root.path().join(name).join("bin"));
        }
        let found = newest([(root.path(), "bin")].into_iter());
        assert_eq!(found, Some(root.path().join("postgresql@17/bin")));
    }
}

//! A database: the SQLite file that the server under test works on, and what a check may do to it.
//!
//! A check can stall it (hold the write lock for a while), plant a canary text, scan it for secrets in any common
//! form, and look for values that two users have in common although each should have their own.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use super::timeline::{Recorder, What};

mod cell;
mod scan;
mod twin;

pub use self::scan::{Form, Needle};

/// The table that [`Database::plant`] creates.
pub const CANARY_TABLE: &str = "course_canary";

/// How long a lock that the server holds is waited for.
const BUSY: Duration = Duration::from_secs(10);

/// Why something could not be done to a database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// There is no file.
    #[error(
        "the server has not created the database `{}`; make it store its data where `DATABASE_URL` says",
        path.display()
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// There is a file with no table of the server's in it.
    #[error(
        "the database `{}` holds no table; make the server store its data where `DATABASE_URL` says",
        path.display()
    )]
    Empty {
        /// Where it is.
        path: PathBuf,
    },
    /// No row could be told to belong to a user.
    #[error(
        "no row of the database belongs to user `{user}`; check that the server has stored the user by that name"
    )]
    NoRows {
        /// The user.
        user: String,
    },
    /// What SQLite says.
    #[error("cannot {action} the database `{}`: {source}", path.display())]
    Sqlite {
        /// What was tried.
        action: &'static str,
        /// Where it is.
        path: PathBuf,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
    /// The thread that should have done it is gone.
    #[error("cannot {action} the database: its thread ended early; run the check again")]
    Interrupted {
        /// What was tried.
        action: &'static str,
    },
}

/// A place where something was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The name of the value that was found; for twins, the two users.
    pub needle: String,
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// The row, by its `rowid`; by its place from 1 in tables that have none.
    pub row: i64,
    /// How it is stored, such as `plain` or `sha256 in hex`.
    pub form: String,
}

/// The SQLite file of one world.
#[derive(Clone, Debug)]
pub struct Database {
    path: PathBuf,
    recorder: Recorder,
}

impl Database {
    /// A database `app.db` in the folder, which must exist. The file itself is left for the server to create.
    #[must_use]
    pub fn create(folder: &Path, recorder: &Recorder) -> Self {
        Self {
            path: folder.join("app.db"),
            recorder: recorder.clone(),
        }
    }

    /// What the server is told: `sqlite:///absolute/path/app.db`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("sqlite://{}", self.path.display())
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Holds the write lock for `duration` from now on; readers are let through. Returns once the lock is held.
    ///
    /// # Errors
    /// When the lock cannot be had, because the server holds it for longer than ten seconds, for instance.
    pub async fn stall(&self, duration: Duration) -> Result<Stall, DatabaseError> {
        let action = "stall";
        let (held, is_held) = oneshot::channel();
        let (release, released) = mpsc::channel();
        let path = self.path.clone();
        let thread = std::thread::spawn(move || match lock(&path) {
            Ok(connection) => {
                // Nobody may be waiting any more; then the lock is given back at once.
                if held.send(Ok(())).is_ok() {
                    let _ = released.recv_timeout(duration);
                }
                let _ = connection.execute_batch("ROLLBACK");
            }
            Err(error) => {
                let _ = held.send(Err(error));
            }
        });
        is_held
            .await
            .map_err(|_| DatabaseError::Interrupted { action })?
            .map_err(|source| self.failed(action, source))?;
        self.note(&format!("writes stalled for {} ms", duration.as_millis()));
        Ok(Stall {
            release: Some(release),
            thread: Some(thread),
        })
    }

    /// Stores the text in a table of our own, [`CANARY_TABLE`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn plant(&self, text: &str) -> Result<(), DatabaseError> {
        let text = text.to_owned();
        self.blocking("plant a canary in", move |path| {
            let connection = Connection::open(path)?;
            connection.busy_timeout(BUSY)?;
            connection.execute_batch("CREATE TABLE IF NOT EXISTS course_canary (text TEXT)")?;
            connection.execute("INSERT INTO course_canary (text) VALUES (?1)", [text])?;
            Ok(())
        })
        .await?;
        self.note("canary planted");
        Ok(())
    }

    /// Looks for every needle, in each of the forms, in every column of every table.
    ///
    /// # Errors
    /// When there is nothing to look through, so that an absent database never passes for a clean one.
    pub async fn scan(
        &self,
        needles: &[Needle],
        forms: &[Form],
    ) -> Result<Vec<Found>, DatabaseError> {
        let patterns = scan::patterns(needles, forms);
        let tables = self.tables("scan").await?;
        Ok(scan::search(&tables, &patterns))
    }

    /// Finds values of 16 bytes or more that one column holds alike for the first two users but not for `other`.
    ///
    /// # Errors
    /// When there is nothing to look through, or no row belongs to one of the three.
    pub async fn twins(
        &self,
        first: &str,
        second: &str,
        other: &str,
    ) -> Result<Vec<Found>, DatabaseError> {
        let tables = self.tables("compare rows of").await?;
        for user in [first, second, other] {
            if !twin::has_rows(&tables, user) {
                let user = user.to_owned();
                return Err(DatabaseError::NoRows { user });
            }
        }
        Ok(twin::twins(&tables, first, second, other))
    }

    /// Reads all tables.
    async fn tables(&self, action: &'static str) -> Result<Vec<cell::Table>, DatabaseError> {
        if !self.path.is_file() {
            let path = self.path.clone();
            return Err(DatabaseError::Missing { path });
        }
        let tables = self
            .blocking(action, |path| {
                let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let connection = Connection::open_with_flags(path, flags)?;
                connection.busy_timeout(BUSY)?;
                cell::tables(&connection)
            })
            .await?;
        if tables.iter().all(|table| table.name == CANARY_TABLE) {
            let path = self.path.clone();
            return Err(DatabaseError::Empty { path });
        }
        Ok(tables)
    }

    async fn blocking<T, F>(&self, action: &'static str, work: F) -> Result<T, DatabaseError>
    where
        T: Send + 'static,
        F: FnOnce(&Path) -> rusqlite::Result<T> + Send + 'static,
    {
        let path = self.path.clone();
        spawn_blocking(move || work(&path))
            .await
            .map_err(|_| DatabaseError::Interrupted { action })?
            .map_err(|source| self.failed(action, source))
    }

    fn failed(&self, action: &'static str, source: rusqlite::Error) -> DatabaseError {
        DatabaseError::Sqlite {
            action,
            path: self.path.clone(),
            source,
        }
    }

    fn note(&self, label: &str) {
        self.recorder.record(What::Note {
            on: "database".into(),
            label: label.to_owned(),
        });
    }
}

/// Opens the file, creating it if need be, and takes the write lock.
fn lock(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    Ok(connection)
}

/// A held write lock. It is given back when its time is up or when this is dropped.
#[derive(Debug)]
pub struct Stall {
    release: Option<mpsc::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Stall {
    /// Whether the lock is still held.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.thread.as_ref().is_some_and(|one| !one.is_finished())
    }
}

impl Drop for Stall {
    fn drop(&mut self) {
        drop(self.release.take());
        if let Some(thread) = self.thread.take() {
            // It only has to roll back an empty transaction, and it cannot panic on the way.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;

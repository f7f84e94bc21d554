//! The engines: SQLite and PostgreSQL, and the lock that holds up everybody who writes.

use std::sync::mpsc;
use std::thread::JoinHandle;

use super::error::Refusal;
use super::postgres::Postgres;
use super::sqlite::Sqlite;

#[derive(Debug)]
pub(super) enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// A lock against writing. It ends with its connection.
pub(super) enum Lock {
    Sqlite(rusqlite::Connection),
    Postgres(::postgres::Client),
}

impl Engine {
    /// Its path or name.
    pub(super) fn place(&self) -> String {
        match self {
            Self::Sqlite(sqlite) => sqlite.path.display().to_string(),
            Self::Postgres(postgres) => postgres.name().to_owned(),
        }
    }

    /// Locks it against writing, if there is anything to lock.
    pub(super) fn lock(&self) -> Result<Option<Lock>, Refusal> {
        Ok(match self {
            Self::Sqlite(sqlite) => Some(Lock::Sqlite(sqlite.lock()?)),
            Self::Postgres(postgres) => postgres.lock()?.map(Lock::Postgres),
        })
    }
}

impl Lock {
    /// Gives the lock back at once. When that fails, the connection is lost, and the lock with it.
    pub(super) fn release(self) {
        let rollback = "ROLLBACK";
        match self {
            Self::Sqlite(connection) => {
                let _ = connection.execute_batch(rollback);
            }
            Self::Postgres(mut client) => {
                let _ = client.batch_execute(rollback);
            }
        }
    }
}

/// A held lock against writing. It is given back when its time is up or when this is dropped.
#[derive(Debug)]
pub struct Stall {
    release: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Stall {
    /// A lock that this thread holds until it is told, or its time is up.
    pub(super) fn new(release: mpsc::Sender<()>, thread: JoinHandle<()>) -> Self {
        Self {
            release: Some(release),
            thread: Some(thread),
        }
    }

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

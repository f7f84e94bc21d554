//! A database: what the server under test keeps its data in, and what a check may do to it.
//!
//! It is a SQLite file, or a database in a PostgreSQL server. A check can fill it before the server
//! starts, change it and ask it, stall it (hold a lock against writing for a while), plant a canary text, scan it for
//! secrets in any common form, and look for values that two users have in common although each should have their own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use super::timeline::{Recorder, What};

mod cell;
mod cluster;
mod engine;
mod error;
mod home;
pub mod install;
mod postgres;
mod scan;
pub(crate) mod server;
mod sqlite;
mod statement;
mod twin;

pub use self::cluster::ClusterError;
pub use self::engine::Stall;
pub use self::error::{DatabaseError, Refusal};
pub use self::scan::{Form, Needle};
pub use self::server::{Server, ServerError};
pub use self::statement::MOST_ROWS;

use self::engine::Engine;
use self::postgres::Postgres;
use self::sqlite::Sqlite;

/// The table that [`Database::plant`] creates.
pub const CANARY_TABLE: &str = "course_canary";

/// How it is created.
const CANARY: &str = "CREATE TABLE IF NOT EXISTS course_canary (text TEXT)";

/// How long a lock that the server holds is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The kinds of database that a server can be given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// A file that all instances open.
    #[default]
    Sqlite,
    /// A server that all instances connect to.
    Postgres,
}

impl Kind {
    /// The name, as `--database` takes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// Where the worlds of a run get their databases.
#[derive(Clone, Debug, Default)]
pub enum Databases {
    /// Each a file in its own folder.
    #[default]
    Sqlite,
    /// Each a database in this server.
    Postgres(Arc<Server>),
}

impl Databases {
    /// What they are.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Sqlite => Kind::Sqlite,
            Self::Postgres(_) => Kind::Postgres,
        }
    }

    /// A database for the world in this folder, which must exist. An SQLite file is left for the server to create.
    ///
    /// # Errors
    /// When the PostgreSQL server refuses.
    pub async fn create(
        &self,
        folder: &Path,
        recorder: &Recorder,
    ) -> Result<Database, DatabaseError> {
        let action = "create";
        let engine = match self {
            Self::Sqlite => Engine::Sqlite(Sqlite::within(folder)),
            Self::Postgres(server) => {
                let server = Arc::clone(server);
                let created = spawn_blocking(move || Postgres::create(server)).await;
                let created = created.map_err(|_| DatabaseError::Interrupted { action })?;
                Engine::Postgres(created.map_err(|source| DatabaseError::Failed {
                    action,
                    place: "in PostgreSQL".to_owned(),
                    source: source.into(),
                })?)
            }
        };
        Ok(Database {
            engine: Arc::new(engine),
            recorder: recorder.clone(),
        })
    }
}

/// A name as both take it in SQL.
fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
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

/// The database of one world.
#[derive(Clone, Debug)]
pub struct Database {
    engine: Arc<Engine>,
    recorder: Recorder,
}

impl Database {
    /// What the server is told: `sqlite:///absolute/path/app.db`, or `postgres://user:password@127.0.0.1:port/name`.
    #[must_use]
    pub fn url(&self) -> String {
        match &*self.engine {
            Engine::Sqlite(sqlite) => format!("sqlite://{}", sqlite.path.display()),
            Engine::Postgres(postgres) => postgres.url(postgres.address()),
        }
    }

    /// Where it is reached over the network, if it is, and what the server is told instead when it is to go by way of
    /// another address.
    #[must_use]
    pub fn network(&self) -> Option<(SocketAddr, impl Fn(SocketAddr) -> String + '_)> {
        match &*self.engine {
            Engine::Sqlite(_) => None,
            Engine::Postgres(postgres) => {
                Some((postgres.address(), |address| postgres.url(address)))
            }
        }
    }

    /// The password in the URL, if there is one.
    #[must_use]
    pub fn password(&self) -> Option<&str> {
        match &*self.engine {
            Engine::Sqlite(_) => None,
            Engine::Postgres(postgres) => Some(postgres.password()),
        }
    }

    /// Removes a database that is not in the world's folder, once nothing uses it any more.
    ///
    /// # Errors
    /// When PostgreSQL refuses.
    pub async fn remove(&self) -> Result<(), DatabaseError> {
        self.blocking("remove", |engine| match engine {
            Engine::Sqlite(_) => Ok(()),
            Engine::Postgres(postgres) => Ok(postgres.remove()?),
        })
        .await
    }

    /// Keeps everybody from writing for `duration` from now on; readers are let through. Returns once the lock is held.
    ///
    /// # Errors
    /// When the lock cannot be had, because the server holds it for longer than ten seconds, for instance; and when
    /// there is nothing to lock in PostgreSQL, which locks tables.
    pub async fn stall(&self, duration: Duration) -> Result<Stall, DatabaseError> {
        let action = "stall";
        let (held, is_held) = oneshot::channel();
        let (release, released) = mpsc::channel();
        let engine = Arc::clone(&self.engine);
        let thread = std::thread::spawn(move || match engine.lock() {
            Ok(Some(lock)) => {
                // Nobody may be waiting any more; then the lock is given back at once.
                if held.send(Ok(true)).is_ok() {
                    let _ = released.recv_timeout(duration);
                }
                lock.release();
            }
            other => {
                let _ = held.send(other.map(|lock| lock.is_some()));
            }
        });
        let is_held = is_held
            .await
            .map_err(|_| DatabaseError::Interrupted { action })?
            .map_err(|source| self.failed(action, source))?;
        if !is_held {
            return Err(self.empty());
        }
        self.note(&format!("writes stalled for {} ms", duration.as_millis()));
        Ok(Stall::new(release, thread))
    }

    /// Stores the text in a table of our own, [`CANARY_TABLE`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn plant(&self, text: &str) -> Result<(), DatabaseError> {
        let text = text.to_owned();
        self.blocking("plant a canary in", move |engine| match engine {
            Engine::Sqlite(sqlite) => Ok(sqlite.plant(&text)?),
            Engine::Postgres(postgres) => Ok(postgres.plant(&text)?),
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
        self.there()?;
        let tables = self
            .blocking(action, |engine| match engine {
                Engine::Sqlite(sqlite) => Ok(sqlite.tables()?),
                Engine::Postgres(postgres) => Ok(postgres.tables()?),
            })
            .await?;
        if tables.iter().all(|table| table.name == CANARY_TABLE) {
            return Err(self.empty());
        }
        Ok(tables)
    }

    /// That there is a file, where it is one.
    fn there(&self) -> Result<(), DatabaseError> {
        match &*self.engine {
            Engine::Sqlite(Sqlite { path }) if !path.is_file() => {
                let path = path.clone();
                Err(DatabaseError::Missing { path })
            }
            _ => Ok(()),
        }
    }

    async fn blocking<T, F>(&self, action: &'static str, work: F) -> Result<T, DatabaseError>
    where
        T: Send + 'static,
        F: FnOnce(&Engine) -> Result<T, Refusal> + Send + 'static,
    {
        let engine = Arc::clone(&self.engine);
        spawn_blocking(move || work(&engine))
            .await
            .map_err(|_| DatabaseError::Interrupted { action })?
            .map_err(|source| self.failed(action, source))
    }

    fn failed(&self, action: &'static str, source: Refusal) -> DatabaseError {
        DatabaseError::Failed {
            action,
            place: self.engine.place(),
            source,
        }
    }

    fn empty(&self) -> DatabaseError {
        DatabaseError::Empty {
            place: self.engine.place(),
        }
    }

    fn note(&self, label: &str) {
        self.recorder.record(What::Note {
            on: "database".into(),
            label: label.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests;

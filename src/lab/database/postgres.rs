//! PostgreSQL: a database of a server that all instances of a world connect to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use postgres::error::SqlState;
use postgres::{Client, Error, Row as Read};

use super::cell::{Cell, Column, Row, Table};
use super::server::Server;
use super::{CANARY, PATIENCE, quote};

/// How long a stall waits in line for one table. Shorter than the second after which PostgreSQL looks for deadlocks,
/// so that in a deadlock with the server under test it is always the stall that gives way.
const IN_LINE: &str = "300ms";

/// Every table with rows of its own, partitions and materialized views among them.
const TABLES: &str = "SELECT c.oid, n.nspname, c.relname, c.relkind = 'r' \
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.relkind IN ('r', 'm') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' \
     ORDER BY n.nspname, c.relname";

/// The columns of a table: the name, whether it is part of the primary key, whether it is bytes or a number.
const COLUMNS: &str = "SELECT a.attname, \
     EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey)), \
     t.typname = 'bytea', t.typcategory = 'N' \
     FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid \
     WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

/// One database of a server. It is dropped with this.
#[derive(Debug)]
pub(super) struct Postgres {
    server: Arc<Server>,
    name: String,
    is_dropped: AtomicBool,
}

impl Postgres {
    /// Creates the database.
    pub(super) fn create(server: Arc<Server>) -> Result<Self, Error> {
        let name = server.create()?;
        Ok(Self {
            server,
            name,
            is_dropped: AtomicBool::new(false),
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    pub(super) fn password(&self) -> &str {
        self.server.password()
    }

    /// What the server under test connects to when the database is reached at `address`.
    pub(super) fn url(&self, address: SocketAddr) -> String {
        self.server.url(address, &self.name)
    }

    /// Drops the database, whoever is still connected to it.
    pub(super) fn remove(&self) -> Result<(), Error> {
        if self.is_dropped.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        self.server.remove(&self.name)
    }

    /// Locks every table against writing; `None` when there is none. Readers are let through. The lock ends with the
    /// connection.
    pub(super) fn lock(&self) -> Result<Option<Client>, Error> {
        let mut client = self.connect()?;
        let began = Instant::now();
        loop {
            let tables = tables(&mut client)?;
            let tables: Vec<&str> = tables
                .iter()
                .filter(|t| t.is_lockable)
                .map(|t| t.quoted.as_str())
                .collect();
            if tables.is_empty() {
                return Ok(None);
            }
            let tables = tables.join(", ");
            match client.batch_execute(&format!(
                "BEGIN; SET LOCAL lock_timeout = '{IN_LINE}'; LOCK TABLE {tables} IN EXCLUSIVE MODE"
            )) {
                Ok(()) => return Ok(Some(client)),
                Err(error) if gave_way(&error) && began.elapsed() < PATIENCE => {
                    client.batch_execute("ROLLBACK")?;
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) fn plant(&self, text: &str) -> Result<(), Error> {
        let mut client = self.connect()?;
        client.batch_execute(CANARY)?;
        client.execute("INSERT INTO course_canary (text) VALUES ($1)", &[&text])?;
        Ok(())
    }

    pub(super) fn tables(&self) -> Result<Vec<Table>, Error> {
        let mut client = self.connect()?;
        tables(&mut client)?
            .into_iter()
            .map(|table| read(&mut client, table))
            .collect()
    }

    /// A connection that does not wait for ever for what the server under test has locked.
    pub(super) fn patient(&self) -> Result<Client, Error> {
        let mut client = self.connect()?;
        let limit = PATIENCE.as_millis();
        client.batch_execute(&format!("SET lock_timeout = '{limit}ms'"))?;
        Ok(client)
    }

    fn connect(&self) -> Result<Client, Error> {
        self.server.connect(&self.name)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.is_dropped.load(Ordering::Relaxed) || self.server.is_throwaway() {
            return;
        }
        // Nothing can be waited for on a thread of the runtime, and a database in somebody's server must not be left.
        std::thread::scope(|scope| {
            // When the server is gone there is nothing more to do; the guard will try once more.
            let _ = scope.spawn(|| self.remove()).join();
        });
    }
}

/// A table that was found.
struct Name {
    oid: u32,
    quoted: String,
    shown: String,
    is_lockable: bool,
}

fn tables(client: &mut Client) -> Result<Vec<Name>, Error> {
    let found = client.query(TABLES, &[])?;
    found
        .iter()
        .map(|row| {
            let (schema, table): (String, String) = (row.try_get(1)?, row.try_get(2)?);
            Ok(Name {
                oid: row.try_get(0)?,
                quoted: format!("{}.{}", quote(&schema), quote(&table)),
                shown: if schema == "public" {
                    table
                } else {
                    format!("{schema}.{table}")
                },
                is_lockable: row.try_get(3)?,
            })
        })
        .collect()
}

/// Reads a table. Every value that is not bytes is read as PostgreSQL would print it, JSON and arrays too.
fn read(client: &mut Client, table: Name) -> Result<Table, Error> {
    let mut columns = Vec::new();
    let mut kinds = Vec::new();
    let mut list = Vec::new();
    for row in client.query(COLUMNS, &[&table.oid])? {
        let name: String = row.try_get(0)?;
        let kind = (row.try_get(2)?, row.try_get(3)?);
        let cast = if kind.0 { "bytea" } else { "text" };
        list.push(format!("{}::{cast}", quote(&name)));
        kinds.push(kind);
        columns.push(Column {
            name,
            is_key: row.try_get(1)?,
        });
    }
    // A table without columns may have rows, but there is nothing in them.
    let found = if list.is_empty() {
        Vec::new()
    } else {
        let list = list.join(", ");
        client.query(&format!("SELECT {list} FROM ONLY {}", table.quoted), &[])?
    };
    let mut rows = Vec::new();
    for (number, row) in (1..).zip(&found) {
        let cells = kinds.iter().enumerate();
        let cells = cells.map(|(i, kind)| cell(row, i, *kind));
        rows.push(Row {
            number,
            cells: cells.collect::<Result<_, Error>>()?,
        });
    }
    Ok(Table {
        name: table.shown,
        columns,
        rows,
    })
}

fn cell(row: &Read, column: usize, (is_bytes, is_number): (bool, bool)) -> Result<Cell, Error> {
    let bytes: Option<Vec<u8>> = if is_bytes {
        row.try_get(column)?
    } else {
        row.try_get::<_, Option<String>>(column)?
            .map(String::into_bytes)
    };
    Ok(match bytes {
        None => Cell::Null,
        Some(bytes) if is_number => Cell::Number(bytes),
        Some(bytes) => Cell::Bytes(bytes),
    })
}

fn gave_way(error: &Error) -> bool {
    error.code().is_some_and(|code| {
        *code == SqlState::LOCK_NOT_AVAILABLE || *code == SqlState::T_R_DEADLOCK_DETECTED
    })
}

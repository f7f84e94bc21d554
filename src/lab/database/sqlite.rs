//! SQLite: a file that all instances of a world open.

use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Result};

use super::cell::{Cell, Column, Row, Table};
use super::{PATIENCE, quote};

/// Where the file is.
#[derive(Clone, Debug)]
pub(super) struct Sqlite {
    pub(super) path: PathBuf,
}

impl Sqlite {
    /// A file `app.db` in the folder. It is left for the server to create.
    pub(super) fn within(folder: &Path) -> Self {
        Self {
            path: folder.join("app.db"),
        }
    }

    /// Takes the write lock, creating the file if need be.
    pub(super) fn lock(&self) -> Result<Connection> {
        let connection = self.open(OpenFlags::default())?;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        Ok(connection)
    }

    pub(super) fn plant(&self, text: &str) -> Result<()> {
        let connection = self.open(OpenFlags::default())?;
        connection.execute_batch(super::CANARY)?;
        connection.execute("INSERT INTO course_canary (text) VALUES (?1)", [text])?;
        Ok(())
    }

    pub(super) fn tables(&self) -> Result<Vec<Table>> {
        tables(&self.reader()?)
    }

    /// A connection to the file that is there.
    pub(super) fn reader(&self) -> Result<Connection> {
        self.open(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)
    }

    fn open(&self, flags: OpenFlags) -> Result<Connection> {
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        Ok(connection)
    }
}

/// Reads every table of the database.
fn tables(connection: &Connection) -> Result<Vec<Table>> {
    let mut query = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' \
         ESCAPE '\\' ORDER BY name",
    )?;
    let names = query
        .query_map([], |row| row.get(0))?
        .collect::<Result<Vec<String>>>()?;
    names
        .into_iter()
        .map(|name| read(connection, name))
        .collect()
}

fn read(connection: &Connection, name: String) -> Result<Table> {
    let mut query =
        connection.prepare("SELECT name, pk > 0 FROM pragma_table_info(?1) ORDER BY cid")?;
    let columns = query
        .query_map([&name], |row| {
            Ok(Column {
                name: row.get(0)?,
                is_key: row.get(1)?,
            })
        })?
        .collect::<Result<Vec<Column>>>()?;
    let list: Vec<String> = columns.iter().map(|column| quote(&column.name)).collect();
    let (list, table) = (list.join(", "), quote(&name));
    // Tables declared WITHOUT ROWID have no number for a row; there its place has to do.
    let numbered = connection.prepare(&format!("SELECT _rowid_, {list} FROM {table}"));
    let mut query = match numbered {
        Ok(query) => query,
        Err(_) => connection.prepare(&format!("SELECT NULL, {list} FROM {table}"))?,
    };
    let mut found = query.query([])?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let place = i64::try_from(rows.len())
            .unwrap_or(i64::MAX)
            .saturating_add(1);
        let number = row.get::<_, Option<i64>>(0)?.unwrap_or(place);
        let cells = (1..=columns.len())
            .map(|i| row.get_ref(i).map(Cell::from))
            .collect::<Result<Vec<Cell>>>()?;
        rows.push(Row { number, cells });
    }
    drop(found);
    drop(query);
    Ok(Table {
        name,
        columns,
        rows,
    })
}

impl From<ValueRef<'_>> for Cell {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Number(number.to_string().into_bytes()),
            ValueRef::Real(number) => Self::Number(number.to_string().into_bytes()),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Self::Bytes(bytes.to_vec()),
        }
    }
}

//! Cells: all that a database holds, read into memory table by table.

use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// A table and its rows.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
}

/// A column of a table.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) is_key: bool,
}

/// A row of a table.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) number: i64,
    pub(super) cells: Vec<Cell>,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cell {
    Null,
    /// A number, in the words SQLite would use for it: digits that were put into a numeric column are still digits.
    Number(Vec<u8>),
    /// Text or a blob.
    Bytes(Vec<u8>),
}

impl Cell {
    /// The bytes to look at.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Null => &[],
            Self::Number(bytes) | Self::Bytes(bytes) => bytes,
        }
    }
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

/// Reads every table of the database.
pub(super) fn tables(connection: &Connection) -> rusqlite::Result<Vec<Table>> {
    let mut query = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' \
         ESCAPE '\\' ORDER BY name",
    )?;
    let names = query
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<String>>>()?;
    names
        .into_iter()
        .map(|name| read(connection, name))
        .collect()
}

fn read(connection: &Connection, name: String) -> rusqlite::Result<Table> {
    let mut query =
        connection.prepare("SELECT name, pk > 0 FROM pragma_table_info(?1) ORDER BY cid")?;
    let columns = query
        .query_map([&name], |row| {
            Ok(Column {
                name: row.get(0)?,
                is_key: row.get(1)?,
            })
        })?
        .collect::<rusqlite::Result<Vec<Column>>>()?;
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
            .collect::<rusqlite::Result<Vec<Cell>>>()?;
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

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

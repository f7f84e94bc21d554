//! Cells: all that a database holds, read into memory table by table.

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
    /// Its `rowid`; its place from 1 in tables that have none.
    pub(super) number: i64,
    pub(super) cells: Vec<Cell>,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cell {
    Null,
    /// A number, in the words of the database: digits that were put into a numeric column are still digits.
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

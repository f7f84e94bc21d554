//! Twins: values that two users have in common although each should have their own, such as unsalted hashes.
//!
//! A row belongs to a user when one of its values is the user's name, or refers to the id of a row that does. A short
//! number refers to an id only in a column whose name says so; otherwise every counter would be a reference.

use std::collections::BTreeSet;

use super::Found;
use super::cell::{Cell, Column, Row, Table};

/// How long a value must be so that two users cannot share it by chance.
const LENGTH: usize = 16;
/// From this length on a text id is unlikely to be anything else.
const TELLING: usize = 8;

/// Whether any row belongs to the user.
pub(super) fn has_rows(tables: &[Table], user: &str) -> bool {
    let mut rows = tables.iter().flat_map(|table| &table.rows);
    rows.any(|row| names(row, user))
}

/// Finds the values that a column holds for both users, in rows of their own, but not for `other`.
pub(super) fn twins(tables: &[Table], first: &str, second: &str, other: &str) -> Vec<Found> {
    let owners = [first, second, other].map(|user| Owner::of(tables, user));
    let mut found = Vec::new();
    for table in tables {
        let [firsts, seconds, others] = owners.each_ref().map(|owner| owner.rows(table));
        for (i, column) in table.columns.iter().enumerate() {
            let values = |rows: &[&Row]| -> BTreeSet<Cell> {
                rows.iter().map(|row| row.cells[i].clone()).collect()
            };
            let (theirs, elsewhere) = (values(&seconds), values(&others));
            for row in &firsts {
                let cell = &row.cells[i];
                // A row of both users tells nothing: it is one value, not two alike.
                let shared = seconds.iter().any(|one| std::ptr::eq(*one, *row));
                let telling = matches!(cell, Cell::Bytes(bytes) if bytes.len() >= LENGTH);
                if telling && !shared && theirs.contains(cell) && !elsewhere.contains(cell) {
                    found.push(Found {
                        needle: format!("{first} and {second}"),
                        table: table.name.clone(),
                        column: column.name.clone(),
                        row: row.number,
                        form: "stored alike".into(),
                    });
                }
            }
        }
    }
    found
}

/// A user, and the ids of the rows that name them.
struct Owner<'a> {
    name: &'a str,
    ids: BTreeSet<&'a Cell>,
}

impl<'a> Owner<'a> {
    fn of(tables: &'a [Table], name: &'a str) -> Self {
        let mut ids = BTreeSet::new();
        for table in tables {
            for row in table.rows.iter().filter(|row| names(row, name)) {
                let keys = table.columns.iter().zip(&row.cells).enumerate();
                ids.extend(
                    keys.filter(|(i, (column, _))| *i == 0 || column.is_key)
                        .map(|(_, (_, cell))| cell)
                        .filter(|cell| **cell != Cell::Null),
                );
            }
        }
        Self { name, ids }
    }

    fn rows<'t>(&self, table: &'t Table) -> Vec<&'t Row> {
        let owned = |row: &&Row| {
            let mut cells = table.columns.iter().zip(&row.cells);
            names(row, self.name) || cells.any(|(column, cell)| self.is_reference(column, cell))
        };
        table.rows.iter().filter(owned).collect()
    }

    fn is_reference(&self, column: &Column, cell: &Cell) -> bool {
        let telling = matches!(cell, Cell::Bytes(bytes) if bytes.len() >= TELLING);
        self.ids.contains(cell) && (telling || is_referring(&column.name))
    }
}

fn names(row: &Row, user: &str) -> bool {
    row.cells.iter().any(|cell| cell.bytes() == user.as_bytes())
}

/// Whether a column of this name refers to a user.
fn is_referring(name: &str) -> bool {
    let name = name.to_lowercase();
    let person = ["user", "owner", "author", "account", "member", "person"];
    name != "id" && (name.ends_with("id") || person.iter().any(|word| name.contains(word)))
}

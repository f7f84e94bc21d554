//! Statements of a check: rows that it stores before the server starts, changes, and questions with their rows.
//!
//! Both databases take the same text, so statements keep to what both understand: `INTEGER` and `TEXT` suffice.

use std::fmt::Write as _;

use postgres::error::SqlState;
use rusqlite::ErrorCode;
use rusqlite::types::ValueRef;
use serde_json::{Map, Value as Json};

use super::engine::Engine;
use super::postgres::Postgres;
use super::sqlite::Sqlite;
use super::{Database, DatabaseError, Refusal};

/// The most rows that a question may have; a check that needs more asks the wrong question.
pub const MOST_ROWS: usize = 1_000;

/// Who owns the database: the user that the server connects as.
const OWNER: &str = "SELECT quote_ident(pg_get_userbyid(datdba)) FROM pg_database WHERE datname = current_database()";

/// The statement that failed, if it was one, and what the database says.
type Failure = (Option<String>, Refusal);

impl Database {
    /// Does all statements in one transaction, creating the database if it is not there yet.
    ///
    /// # Errors
    /// When a statement is refused; then none of them is done.
    pub async fn seed(&self, statements: Vec<String>) -> Result<(), DatabaseError> {
        let done = self
            .blocking("fill", move |engine| Ok(change(engine, &statements)))
            .await?;
        done.map_err(|failure| self.refused("fill", failure))
    }

    /// Does all statements in one transaction, in the database that is there.
    ///
    /// # Errors
    /// When there is no database, or a statement is refused; then none of them is done.
    pub async fn change(&self, statements: Vec<String>) -> Result<(), DatabaseError> {
        self.there()?;
        let done = self
            .blocking("change", move |engine| Ok(change(engine, &statements)))
            .await?;
        done.map_err(|failure| self.refused("change", failure))?;
        self.note("changed by the checker");
        Ok(())
    }

    /// The rows that a question has, each an object from column to value.
    ///
    /// # Errors
    /// When there is no database, the statement is refused, or it has more than [`MOST_ROWS`] rows.
    pub async fn rows(&self, statement: &str) -> Result<Vec<Json>, DatabaseError> {
        self.there()?;
        let asked = statement.to_owned();
        let found = self
            .blocking("ask", move |engine| {
                Ok(match engine {
                    Engine::Sqlite(sqlite) => sqlite_rows(sqlite, &asked).map_err(Refusal::from),
                    Engine::Postgres(postgres) => {
                        postgres_rows(postgres, &asked).map_err(Refusal::from)
                    }
                })
            })
            .await?;
        let rows = found.map_err(|e| self.refused("ask", (Some(statement.to_owned()), e)))?;
        if rows.len() > MOST_ROWS {
            return Err(DatabaseError::Refused {
                statement: statement.to_owned(),
                reason: format!("it has more than {MOST_ROWS} rows"),
            });
        }
        Ok(rows)
    }

    /// Tells a statement that asks for what is not there, and one that is wrong, from a database that does not answer.
    fn refused(&self, action: &'static str, (statement, refusal): Failure) -> DatabaseError {
        let (Some(statement), false) = (statement, is_of_the_moment(&refusal)) else {
            return self.failed(action, refusal);
        };
        let reason = reason(&refusal);
        if is_lacking(&refusal, &reason) {
            DatabaseError::Lacks { statement, reason }
        } else {
            DatabaseError::Refused { statement, reason }
        }
    }
}

fn change(engine: &Engine, statements: &[String]) -> Result<(), Failure> {
    let whole = |e: Refusal| (None, e);
    let one = |statement: &String, e: Refusal| (Some(statement.clone()), e);
    match engine {
        Engine::Sqlite(sqlite) => {
            let connection = sqlite.lock().map_err(|e| whole(e.into()))?;
            for statement in statements {
                connection
                    .execute_batch(statement)
                    .map_err(|e| one(statement, e.into()))?;
            }
            connection
                .execute_batch("COMMIT")
                .map_err(|e| whole(e.into()))
        }
        Engine::Postgres(postgres) => {
            let mut client = postgres.patient().map_err(|e| whole(e.into()))?;
            let mut all = client.transaction().map_err(|e| whole(e.into()))?;
            // As the database's owner, whom the server connects as: so what is made here is the server's own.
            let owner: String = all
                .query_one(OWNER, &[])
                .map_err(|e| whole(e.into()))?
                .get(0);
            all.batch_execute(&format!("SET LOCAL ROLE {owner}"))
                .map_err(|e| whole(e.into()))?;
            for statement in statements {
                all.batch_execute(statement)
                    .map_err(|e| one(statement, e.into()))?;
            }
            all.commit().map_err(|e| whole(e.into()))
        }
    }
}

fn sqlite_rows(sqlite: &Sqlite, statement: &str) -> rusqlite::Result<Vec<Json>> {
    let connection = sqlite.reader()?;
    let mut query = connection.prepare(statement)?;
    let columns: Vec<String> = query.column_names().map(str::to_owned).collect();
    let mut found = query.query([])?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()?
        && rows.len() <= MOST_ROWS
    {
        let mut object = Map::new();
        for (at, column) in columns.iter().enumerate() {
            object.insert(column.clone(), json(row.get_ref(at)?));
        }
        rows.push(Json::Object(object));
    }
    Ok(rows)
}

/// PostgreSQL makes JSON of rows by itself.
fn postgres_rows(postgres: &Postgres, statement: &str) -> Result<Vec<Json>, ::postgres::Error> {
    let inner = statement.trim().trim_end_matches(';');
    let most = MOST_ROWS + 1;
    let asked = format!("SELECT row_to_json(found)::text FROM ({inner}) AS found LIMIT {most}");
    let rows = postgres.patient()?.query(&asked, &[])?;
    rows.iter()
        .map(|row| {
            let text: String = row.try_get(0)?;
            Ok(serde_json::from_str(&text).unwrap_or(Json::Null))
        })
        .collect()
}

fn json(value: ValueRef<'_>) -> Json {
    match value {
        ValueRef::Null => Json::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
        // As PostgreSQL writes it.
        ValueRef::Blob(bytes) => {
            let mut text = "\\x".to_owned();
            for byte in bytes {
                let _ = write!(text, "{byte:02x}");
            }
            text.into()
        }
    }
}

/// Whether the next try may succeed: somebody holds the lock, the disk is full, the connection is lost.
fn is_of_the_moment(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::Sqlite(error) => matches!(
            error.sqlite_error_code(),
            Some(
                ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::DiskFull
                    | ErrorCode::CannotOpen
                    | ErrorCode::OutOfMemory
            )
        ),
        // Data, integrity, syntax: the classes of what a statement itself does wrong.
        Refusal::Postgres(error) => !error.code().is_some_and(|code| {
            ["22", "23", "42"]
                .iter()
                .any(|of| code.code().starts_with(of))
        }),
    }
}

fn is_lacking(refusal: &Refusal, reason: &str) -> bool {
    match refusal {
        Refusal::Sqlite(_) => ["no such table", "no such column", "has no column named"]
            .iter()
            .any(|words| reason.contains(words)),
        Refusal::Postgres(error) => error.code().is_some_and(|code| {
            *code == SqlState::UNDEFINED_TABLE || *code == SqlState::UNDEFINED_COLUMN
        }),
    }
}

/// What the database says, without the statement itself.
fn reason(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Sqlite(
            rusqlite::Error::SqlInputError { msg, .. }
            | rusqlite::Error::SqliteFailure(_, Some(msg)),
        ) => msg.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::lab::database::Databases;
    use crate::lab::timeline::Recorder;

    async fn database() -> (tempfile::TempDir, Database) {
        let folder = tempfile::tempdir().unwrap();
        let recorder = Recorder::default();
        let database = Databases::Sqlite.create(folder.path(), &recorder).await;
        (folder, database.unwrap())
    }

    fn lines(statements: &[&str]) -> Vec<String> {
        statements.iter().map(|s| (*s).to_owned()).collect()
    }

    #[tokio::test]
    async fn what_is_stored_is_found_with_its_types() {
        let (_folder, database) = database().await;
        let seed = [
            "CREATE TABLE products (sku TEXT, stock INTEGER, note TEXT)",
            "INSERT INTO products VALUES ('CH-1', 5, NULL), ('TA-2', 0, 'x')",
        ];
        database.seed(lines(&seed)).await.unwrap();
        database
            .change(lines(&["UPDATE products SET stock = 4 WHERE sku = 'CH-1'"]))
            .await
            .unwrap();
        let rows = database.rows("SELECT * FROM products ORDER BY sku");
        assert_eq!(
            rows.await.unwrap(),
            [
                json!({"sku": "CH-1", "stock": 4, "note": null}),
                json!({"sku": "TA-2", "stock": 0, "note": "x"})
            ]
        );
    }

    #[tokio::test]
    async fn a_change_is_whole_or_not_at_all() {
        let (_folder, database) = database().await;
        database
            .seed(lines(&["CREATE TABLE t (n INTEGER)"]))
            .await
            .unwrap();
        let refused = database
            .change(lines(&["INSERT INTO t VALUES (1)", "INSERT INTO t VALUES"]))
            .await;
        assert!(
            matches!(refused, Err(DatabaseError::Refused { .. })),
            "{refused:?}"
        );
        let rows = database.rows("SELECT n FROM t").await.unwrap();
        assert_eq!(rows, Vec::<Json>::new());
    }

    #[tokio::test]
    async fn a_missing_table_a_wrong_statement_and_no_database_are_three_things() {
        let (_folder, database) = database().await;
        let none = database.rows("SELECT 1").await;
        assert!(
            matches!(none, Err(DatabaseError::Missing { .. })),
            "{none:?}"
        );
        database
            .seed(lines(&["CREATE TABLE t (n INTEGER)"]))
            .await
            .unwrap();
        let lacks = database.rows("SELECT n FROM sold").await;
        assert_eq!(
            lacks.unwrap_err().to_string(),
            "the database has not what `SELECT n FROM sold` asks for: no such table: sold; keep the tables and columns \
             that the README names"
        );
        let wrong = database.rows("SELEKT 1").await;
        assert!(
            matches!(wrong, Err(DatabaseError::Refused { .. })),
            "{wrong:?}"
        );
    }
}

//! Why something could not be done to a database.

use std::path::PathBuf;

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
    /// There is no table of the server's in it.
    #[error(
        "the database `{place}` holds no table; make the server store its data where `DATABASE_URL` says"
    )]
    Empty {
        /// Where it is.
        place: String,
    },
    /// No row could be told to belong to a user.
    #[error(
        "no row of the database belongs to user `{user}`; check that the server has stored the user by that name"
    )]
    NoRows {
        /// The user.
        user: String,
    },
    /// A statement of a check asks for what the database does not have.
    #[error(
        "the database has not what `{statement}` asks for: {reason}; keep the tables and columns that the README names"
    )]
    Lacks {
        /// The statement.
        statement: String,
        /// What the database says.
        reason: String,
    },
    /// A statement of a check is wrong.
    #[error("the database refuses `{statement}`: {reason}; mend the statement in the check file")]
    Refused {
        /// The statement.
        statement: String,
        /// What the database says.
        reason: String,
    },
    /// The database refuses.
    #[error("cannot {action} the database `{place}`: {source}")]
    Failed {
        /// What was tried.
        action: &'static str,
        /// Where it is.
        place: String,
        /// What it says.
        #[source]
        source: Refusal,
    },
    /// The thread that should have done it is gone.
    #[error("cannot {action} the database: its thread ended early; run the check again")]
    Interrupted {
        /// What was tried.
        action: &'static str,
    },
}

/// What a database says when it refuses.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// SQLite.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL.
    #[error("{}", spoken(.0))]
    Postgres(#[from] ::postgres::Error),
}

/// What the client for PostgreSQL means: its own words alone are "db error".
pub(super) fn spoken(error: &::postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        return error.message().to_owned();
    }
    let cause = std::error::Error::source(error);
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

//! Facts about the database, with real SQLite files; PostgreSQL has its own.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use sha2::{Digest as _, Sha256};

use rusqlite::Connection;

use super::*;

mod postgres;

struct World {
    _folder: tempfile::TempDir,
    database: Database,
    recorder: Recorder,
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::default();
    let engine = Engine::Sqlite(Sqlite::within(folder.path()));
    let database = Database {
        engine: Arc::new(engine),
        recorder: recorder.clone(),
    };
    World {
        _folder: folder,
        database,
        recorder,
    }
}

impl World {
    fn path(&self) -> PathBuf {
        self.database
            .url()
            .strip_prefix("sqlite://")
            .unwrap()
            .into()
    }

    fn run(&self, sql: &str) {
        let connection = Connection::open(self.path()).unwrap();
        connection.execute_batch(sql).unwrap();
    }

    /// Whether a writer that does not wait is let through.
    fn can_write(&self) -> bool {
        let connection = Connection::open(self.path()).unwrap();
        connection.busy_timeout(Duration::ZERO).unwrap();
        connection
            .execute_batch("BEGIN IMMEDIATE; ROLLBACK")
            .is_ok()
    }
}

fn needle(value: &str) -> [Needle; 1] {
    [Needle {
        name: "pass".into(),
        value: value.into(),
    }]
}

const LONG: Duration = Duration::from_mins(10);

#[tokio::test]
async fn a_stall_blocks_writers_lets_readers_through_and_ends() {
    for mode in ["delete", "wal"] {
        let world = world();
        world.run(&format!(
            "PRAGMA journal_mode = {mode}; CREATE TABLE t (x); INSERT INTO t VALUES (1)"
        ));
        let stall = world.database.stall(LONG).await.unwrap();
        assert!(stall.is_held());
        assert!(!world.can_write());
        let reader = Connection::open(world.path()).unwrap();
        let x: i64 = reader
            .query_row("SELECT x FROM t", [], |r| r.get(0))
            .unwrap();
        assert_eq!(x, 1);
        drop(stall);
        assert!(world.can_write());
    }
}

#[tokio::test]
async fn a_stall_ends_by_itself_and_is_recorded() {
    let world = world();
    let stall = world
        .database
        .stall(Duration::from_millis(30))
        .await
        .unwrap();
    while stall.is_held() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(world.can_write());
    let note = What::Note {
        on: "database".into(),
        label: "writes stalled for 30 ms".into(),
    };
    assert_eq!(world.recorder.since(0)[0].what, note);
}

#[tokio::test]
async fn a_database_that_does_not_exist_yet_can_be_stalled() {
    let world = world();
    let stall = world.database.stall(LONG).await.unwrap();
    assert!(!world.can_write());
    drop(stall);
    assert!(world.can_write());
}

#[tokio::test]
async fn an_absent_or_empty_database_is_never_clean() {
    let world = world();
    let scan = || world.database.scan(&[], &Form::ALL);
    assert!(matches!(scan().await, Err(DatabaseError::Missing { .. })));
    world.database.plant("canary").await.unwrap();
    assert!(matches!(scan().await, Err(DatabaseError::Empty { .. })));
}

#[tokio::test]
async fn a_planted_canary_is_found() {
    let world = world();
    world.run("CREATE TABLE users (id INTEGER PRIMARY KEY)");
    world.database.plant("the canary sings").await.unwrap();
    let found = world.database.scan(&needle("canary"), &[Form::Plain]).await;
    let found = found.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].table, CANARY_TABLE);
}

#[tokio::test]
async fn a_secret_is_found_in_every_form() {
    let pass = "correct horse??>>";
    let digest = Sha256::digest(pass.as_bytes());
    let hex = digest
        .iter()
        .fold(String::new(), |all, byte| format!("{all}{byte:02x}"));
    let stored: [(&str, Vec<u8>); 7] = [
        ("plain", format!("pw={pass};").into_bytes()),
        ("plain in base64", STANDARD.encode(pass).into_bytes()),
        ("sha256 in hex", hex.clone().into_bytes()),
        ("sha256 in hex", hex.to_uppercase().into_bytes()),
        ("sha256 in base64", STANDARD.encode(digest).into_bytes()),
        ("sha256 in base64", URL_SAFE.encode(digest).into_bytes()),
        ("sha256 as raw bytes", digest.to_vec()),
    ];
    for (form, bytes) in stored {
        for column in ["TEXT", "BLOB"] {
            let world = world();
            world.run(&format!("CREATE TABLE users (name TEXT, secret {column})"));
            let connection = Connection::open(world.path()).unwrap();
            connection
                .execute("INSERT INTO users VALUES ('ann', ?1)", [bytes.clone()])
                .unwrap();
            let found = world
                .database
                .scan(&needle(pass), &Form::ALL)
                .await
                .unwrap();
            assert_eq!(found.len(), 1, "{form} in {column}: {found:?}");
            assert_eq!(found[0].form, form);
            assert_eq!(found[0].column, "secret");
            assert_eq!(found[0].row, 1);
            let other = world.database.scan(&needle("another"), &Form::ALL).await;
            assert!(other.unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn digits_in_a_numeric_column_and_tables_without_rowid_are_read() {
    let world = world();
    world.run(
        "CREATE TABLE users (name TEXT PRIMARY KEY, pin INTEGER) WITHOUT ROWID;
         INSERT INTO users VALUES ('ann', 1), ('bob', 48151623)",
    );
    let found = world.database.scan(&needle("48151623"), &Form::ALL).await;
    assert_eq!(found.unwrap()[0].row, 2);
}

const USERS: &str = "
    CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE credentials (id INTEGER PRIMARY KEY, user_id INTEGER, hash TEXT, params TEXT);
    INSERT INTO users VALUES (1, 'ann'), (2, 'bob'), (3, 'cat');";

#[tokio::test]
async fn equal_hashes_of_two_users_are_twins() {
    let world = world();
    world.run(USERS);
    world.run(
        "INSERT INTO credentials (user_id, hash, params) VALUES
         (1, '0123456789abcdef0123456789abcdef', 'argon2id,m=19456,t=2'),
         (2, '0123456789abcdef0123456789abcdef', 'argon2id,m=19456,t=2'),
         (3, 'fedcba9876543210fedcba9876543210', 'argon2id,m=19456,t=2')",
    );
    let found = world.database.twins("ann", "bob", "cat").await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].table, "credentials");
    assert_eq!(found[0].column, "hash");
}

#[tokio::test]
async fn salted_hashes_are_no_twins() {
    let world = world();
    world.run(USERS);
    world.run(
        "INSERT INTO credentials (user_id, hash) VALUES
         (1, '1123456789abcdef0123456789abcdef'),
         (2, '2123456789abcdef0123456789abcdef'),
         (3, '3123456789abcdef0123456789abcdef')",
    );
    let found = world.database.twins("ann", "bob", "cat").await.unwrap();
    assert!(found.is_empty(), "{found:?}");
}

#[tokio::test]
async fn a_user_without_rows_is_named() {
    let world = world();
    world.run(USERS);
    let error = world.database.twins("ann", "dan", "cat").await.unwrap_err();
    assert!(error.to_string().contains("`dan`"));
}

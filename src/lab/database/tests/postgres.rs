//! Facts about databases in PostgreSQL, with a real cluster. Without PostgreSQL they are skipped, and say so.

use std::io::Write as _;

use ::postgres::{Client, NoTls};

use super::*;
use crate::lab::descendant;
use crate::lab::guard::Guard;

/// A cluster; `None` when there is none to be had, which is only allowed on a machine that need not have all.
async fn server() -> Option<Arc<Server>> {
    let path = std::env::var("PATH").unwrap();
    match Server::start(&path, &Guard::none()).await {
        Ok(server) => Some(Arc::new(server)),
        Err(ServerError::Cluster(ClusterError::NotInstalled(error))) => {
            let required = std::env::var_os("COURSE_REQUIRE_ALL").is_some_and(|v| v == "1");
            assert!(!required, "{error}");
            let _ = writeln!(std::io::stderr(), "skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

struct World {
    database: Database,
    recorder: Recorder,
}

/// A connection of the server under test that stays open. The client may only be dropped on a thread of its own.
struct Open(Option<Client>);

impl Drop for Open {
    fn drop(&mut self) {
        let client = self.0.take();
        let _ = std::thread::spawn(move || drop(client)).join();
    }
}

impl World {
    async fn new(server: &Arc<Server>) -> Self {
        let recorder = Recorder::default();
        let databases = Databases::Postgres(Arc::clone(server));
        let database = databases.create(Path::new("/"), &recorder).await.unwrap();
        Self { database, recorder }
    }

    /// Lets the server under test do something. The client is synchronous, so it needs a thread of its own.
    async fn app<T, F>(&self, work: F) -> T
    where
        T: Send + 'static,
        F: FnOnce(Client) -> T + Send + 'static,
    {
        let url = self.database.url();
        spawn_blocking(move || work(Client::connect(&url, NoTls).unwrap()))
            .await
            .unwrap()
    }

    async fn run(&self, sql: &'static str) {
        self.app(|mut app| app.batch_execute(sql).unwrap()).await;
    }

    /// Whether a writer that does not wait is let through.
    async fn can_write(&self) -> bool {
        let sql = "SET lock_timeout = '20ms'; UPDATE t SET x = x + 1";
        self.app(|mut app| app.batch_execute(sql).is_ok()).await
    }

    async fn scan(&self, value: &str) -> Result<Vec<Found>, DatabaseError> {
        self.database.scan(&needle(value), &Form::ALL).await
    }
}

#[tokio::test]
async fn a_stall_blocks_writers_lets_readers_through_and_ends() {
    let Some(server) = server().await else { return };
    let world = World::new(&server).await;
    assert!(matches!(
        world.database.stall(LONG).await,
        Err(DatabaseError::Empty { .. })
    ));
    world
        .run("CREATE TABLE t (x INT); CREATE TABLE u (y INT); INSERT INTO t VALUES (1)")
        .await;
    let stall = world.database.stall(LONG).await.unwrap();
    assert!(stall.is_held());
    assert!(!world.can_write().await);
    let read = |mut app: Client| app.query_one("SELECT x FROM t", &[]).unwrap().get(0);
    let x: i32 = world.app(read).await;
    assert_eq!(x, 1);
    drop(stall);
    assert!(world.can_write().await);
    let short = world.database.stall(Duration::from_millis(30)).await;
    let short = short.unwrap();
    while short.is_held() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(world.can_write().await);
    let label = "writes stalled for 30 ms".to_owned();
    let on = "database".to_owned();
    let recorded = world.recorder.since(0);
    assert_eq!(recorded.last().unwrap().what, What::Note { on, label });
}

#[tokio::test]
async fn in_a_deadlock_the_stall_gives_way_to_the_server() {
    let Some(server) = server().await else { return };
    let world = World::new(&server).await;
    world
        .run("CREATE TABLE t (x INT); CREATE TABLE u (x INT)")
        .await;
    // The server holds `u`, the stall takes `t` and waits for `u`, and now the server wants `t`.
    let mut app = world
        .app(|mut app| {
            app.batch_execute("BEGIN; INSERT INTO u VALUES (1)")
                .unwrap();
            Open(Some(app))
        })
        .await;
    let database = world.database.clone();
    let stall = tokio::spawn(async move { database.stall(LONG).await });
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted";
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    loop {
        assert!(
            std::time::Instant::now() < deadline,
            "the stall never waits"
        );
        let count = |mut app: Client| app.query_one(waiting, &[]).unwrap().get(0);
        let count: i64 = world.app(count).await;
        if count > 0 {
            break;
        }
    }
    spawn_blocking(move || {
        let app = app.0.as_mut().unwrap();
        app.batch_execute("INSERT INTO t VALUES (1); COMMIT")
            .unwrap();
    })
    .await
    .unwrap();
    drop(stall.await.unwrap().unwrap());
    assert!(world.can_write().await);
}

#[tokio::test]
async fn a_scan_reads_every_type_of_every_table() {
    let Some(server) = server().await else { return };
    let world = World::new(&server).await;
    assert!(matches!(
        world.scan("x").await,
        Err(DatabaseError::Empty { .. })
    ));
    world
        .run(
            "CREATE TABLE users (id INT PRIMARY KEY, name TEXT, gone INT, pin BIGINT, word TEXT, raw BYTEA, doc JSON,
                                 tree JSONB, list TEXT[]);
             ALTER TABLE users DROP COLUMN gone;
             INSERT INTO users VALUES (1, 'ann', 48151623, md5('secret'), sha256('secret'), '{\"a\": \"in json\"}',
                                       '{\"a\": [{\"under jsonb\": 1}]}', ARRAY['in a list']);
             INSERT INTO users (id) VALUES (2);
             CREATE TABLE logs (at INT, line TEXT) PARTITION BY RANGE (at);
             CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM (0) TO (10);
             INSERT INTO logs VALUES (5, 'in a partition');
             CREATE SCHEMA apart; CREATE TABLE apart.\"my \"\"table\" (x TEXT);
             INSERT INTO apart.\"my \"\"table\" VALUES ('elsewhere');
             CREATE MATERIALIZED VIEW seen AS SELECT 'in a view'::text AS x;
             CREATE TABLE nothing ();",
        )
        .await;
    for (value, table, column, form) in [
        ("ann", "users", "name", "plain"),
        ("48151623", "users", "pin", "plain"),
        ("in json", "users", "doc", "plain"),
        ("under jsonb", "users", "tree", "plain"),
        ("in a list", "users", "list", "plain"),
        ("in a partition", "logs_1", "line", "plain"),
        ("elsewhere", "apart.my \"table", "x", "plain"),
        ("in a view", "seen", "x", "plain"),
    ] {
        let found = world.scan(value).await.unwrap();
        assert_eq!(found.len(), 1, "{value}: {found:?}");
        assert_eq!((found[0].table.as_str(), found[0].row), (table, 1));
        assert_eq!(
            (found[0].column.as_str(), found[0].form.as_str()),
            (column, form)
        );
    }
    let found = world.scan("secret").await.unwrap();
    let forms: Vec<&str> = found.iter().map(|f| f.form.as_str()).collect();
    assert_eq!(forms, ["md5 in hex", "sha256 as raw bytes"]);
    assert!(world.scan("another").await.unwrap().is_empty());
    world.database.plant("the canary sings").await.unwrap();
    assert_eq!(world.scan("canary").await.unwrap()[0].table, CANARY_TABLE);
}

#[tokio::test]
async fn equal_hashes_of_two_users_are_twins() {
    let Some(server) = server().await else { return };
    let world = World::new(&server).await;
    world.run(USERS).await;
    world
        .run(
            "INSERT INTO credentials VALUES
             (1, 1, '0123456789abcdef0123456789abcdef', 'argon2id,m=19456,t=2'),
             (2, 2, '0123456789abcdef0123456789abcdef', 'argon2id,m=19456,t=2'),
             (3, 3, 'fedcba9876543210fedcba9876543210', 'argon2id,m=19456,t=2')",
        )
        .await;
    let found = world.database.twins("ann", "bob", "cat").await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].table, "credentials");
    assert_eq!(found[0].column, "hash");
}

/// The names of the databases that are there.
fn names(server: &Server) -> Vec<String> {
    std::thread::scope(|scope| {
        let ask = || {
            let sql = "SELECT datname FROM pg_database WHERE datname LIKE 'course%'";
            let rows = server.connect("postgres").unwrap().query(sql, &[]);
            rows.unwrap().iter().map(|row| row.get(0)).collect()
        };
        scope.spawn(ask).join().unwrap()
    })
}

#[tokio::test]
async fn in_a_server_that_is_there_already_nothing_is_left() {
    let Some(host) = server().await else { return };
    let guest = Server::at(&host.admin_url(), &Guard::none()).await.unwrap();
    let guest = Arc::new(guest);
    assert!(names(&host).is_empty());
    let ended = World::new(&guest).await;
    let dropped = World::new(&guest).await;
    assert_eq!(names(&host).len(), 2);
    ended.database.remove().await.unwrap();
    assert_eq!(names(&host).len(), 1);
    // Somebody who is still connected does not keep it from going.
    let app = dropped.app(|app| Open(Some(app))).await;
    drop(dropped);
    drop(app);
    assert!(names(&host).is_empty());
    // What a run that was killed has left is dropped by the guard, and nothing else is.
    let killed = World::new(&guest).await;
    let name = names(&host).pop().unwrap();
    let (url, left) = (host.admin_url(), name.clone());
    spawn_blocking(move || {
        server::drop_at(&url, "postgres");
        server::drop_at(&url, &left);
    })
    .await
    .unwrap();
    assert!(names(&host).is_empty());
    drop(killed);
}

#[tokio::test]
async fn a_server_that_refuses_says_why() {
    let Some(host) = server().await else { return };
    for (url, expected) in [
        (
            host.admin_url().replace("://course:", "://course:x"),
            format!(
                "the PostgreSQL server at {} cannot be used: password authentication failed for user \"course\"; is it \
                 running, and may this user create databases?",
                host.address()
            ),
        ),
        (
            host.url(host.address(), "postgres"),
            format!(
                "the PostgreSQL server at {} cannot be used: permission denied to create database; is it running, and \
                 may this user create databases?",
                host.address()
            ),
        ),
        (
            "mysql://127.0.0.1/x".to_owned(),
            "the address of the PostgreSQL server does not begin with `postgres://`; write it as \
             postgres://user:password@127.0.0.1:5432/postgres"
                .to_owned(),
        ),
    ] {
        let error = Server::at(&url, &Guard::none()).await.unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[tokio::test]
async fn a_cluster_leaves_no_process_no_folder_and_no_shared_memory() {
    let segments = || std::fs::read_to_string("/proc/sysvipc/shm").unwrap_or_default();
    let Some(server) = server().await else { return };
    let (pid, folder) = server.cluster.as_ref().unwrap().place();
    let is_its = |line: &&str| line.split_whitespace().nth(4) == Some(&pid.to_string());
    if cfg!(target_os = "linux") {
        assert_eq!(segments().lines().filter(is_its).count(), 1);
    }
    assert!(folder.is_dir());
    // A connection that is still open does not hold it up.
    let world = World::new(&server).await;
    let app = world.app(|app| Open(Some(app))).await;
    drop((world, server));
    drop(app);
    assert!(descendant::has_ended(pid));
    assert!(!folder.exists());
    assert_eq!(segments().lines().filter(is_its).count(), 0);
}

#[tokio::test]
async fn tables_made_beforehand_belong_to_the_server() {
    let Some(server) = server().await else { return };
    let world = World::new(&server).await;
    let seed = [
        "CREATE TABLE t (x INTEGER)".to_owned(),
        "INSERT INTO t VALUES (1)".to_owned(),
    ];
    world.database.seed(seed.to_vec()).await.unwrap();
    world.run("UPDATE t SET x = 2").await;
    world.run("ALTER TABLE t ADD COLUMN y INTEGER").await;
    let rows = world.database.rows("SELECT x FROM t").await.unwrap();
    assert_eq!(rows, [serde_json::json!({"x": 2})]);
}

//! `--database postgres`: a cluster of the run or a server that is there, stalled, cut, and gone afterwards. Without
//! PostgreSQL these are skipped, and say so.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use course::lab::database::{Server, install};
use course::lab::guard::Guard;
use postgres::{Client, NoTls};
use tokio::runtime::Runtime;

use crate::check_bench::{Bench, Running, server};

const CHECKS: &str = r#"
course = 1
exercise = "probe"

[vars]
note = "{{ random.hex }}"

[server]
ready = { get = "/healthz", within = "60s" }

[instance.a]
[instance.b]

[[check]]
id = "kept"
title = "What one instance stores, the other one and the scan find"
points = 1
step = [
  { http = { on = "a", put = "/", body = "{{ note }}" }, expect = { status = 200 } },
  { http = { on = "b", get = "/" }, expect = { status = 200, body = "1" } },
  { database = { scan = ["{{ note }}"], forms = ["plain"] }, expect = { matches = 1 } },
  { database = { scan = ["{{ note }}"], forms = ["md5"] }, expect = { matches = 1 } },
  { database = { scan = ["nobody wrote this"], forms = ["plain", "md5"] }, expect = { matches = 0 } },
]

[[check]]
id = "stalled"
title = "A stall holds up writers, not readers"
points = 1
step = [
  { database = { stall = "700ms" } },
  { http = { on = "b", get = "/" }, expect = { status = 200, body = "0" } },
  { http = { on = "a", put = "/", body = "late" }, expect = { status = 200, duration = { gte = "300ms" } } },
  { http = { on = "b", get = "/" }, expect = { body = "1" } },
]

[[check]]
id = "cut"
title = "One instance loses the database and finds it again"
points = 1
step = [
  { http = { on = "a", get = "/" }, expect = { status = 200 } },
  { fault = { on = "database.a", cut = "now" } },
  { http = { on = "a", get = "/" }, expect = { status = 503 } },
  { http = { on = "b", get = "/" }, expect = { status = 200 } },
  { fault = { on = "database.a", lift = true } },
  { http = { on = "a", get = "/" }, expect = { status = 200 } },
]

[[check]]
id = "refused"
title = "An instance that cannot connect says so"
points = 1
step = [
  { fault = { on = "database.b", refuse = true, cut = "now" } },
  { http = { on = "b", put = "/", body = "lost" }, expect = { status = 503 } },
  { http = { on = "a", get = "/" }, expect = { status = 200, body = "0" } },
]
"#;

/// A check that would take ten minutes, so that there is time to kill `course`.
const SLOW: &str = r#"
[[check]]
id = "slow"
title = "It answers in the end"
points = 1
step = [{ http = { on = "a", get = "/silent", timeout = "10m" }, expect = { status = 200 } }]
"#;

/// Whether PostgreSQL is here. On a machine that must have all, it has to be.
fn is_here() -> bool {
    let Err(error) = install::find(&std::env::var("PATH").unwrap()) else {
        return true;
    };
    let required = std::env::var_os("COURSE_REQUIRE_ALL").is_some_and(|v| v == "1");
    assert!(!required, "{error}");
    let _ = writeln!(std::io::stderr(), "skipped: {error}");
    false
}

/// PostgreSQL refuses to be run by root, so somebody else must be able to enter the folder.
fn open_to_all(bench: Bench) -> Bench {
    let everybody = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&bench.root, everybody).unwrap();
    bench
}

fn keeper() -> Bench {
    let bench = open_to_all(Bench::graded_by("serve", CHECKS));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let solution = root.join("exercises/stateless-refactor/solutions/python");
    let script = server("keeper.py");
    bench.runs(&format!(
        "python3 {} {}",
        script.display(),
        solution.display()
    ));
    bench
}

/// The process of the cluster that runs in this bench.
fn cluster(bench: &Bench) -> Option<u32> {
    let folders = std::fs::read_dir(bench.root.join("tmp")).unwrap();
    let files = folders.map(|folder| folder.unwrap().path().join("data/postmaster.pid"));
    let mut texts = files.filter_map(|file| std::fs::read_to_string(file).ok());
    texts.next()?.lines().next()?.parse().ok()
}

/// Wants the process to end. One that has ended may still wait to be reaped.
#[track_caller]
fn ends(pid: u32) {
    let began = Instant::now();
    let stat = PathBuf::from(format!("/proc/{pid}/stat"));
    while std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z")) {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{pid} still runs"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A server that is there already: its address, and who stops it.
fn host() -> (String, Server, Runtime) {
    let runtime = Runtime::new().unwrap();
    let path = std::env::var("PATH").unwrap();
    let server = runtime
        .block_on(Server::start(&path, &Guard::none()))
        .unwrap();
    (server.admin_url(), server, runtime)
}

fn databases(url: &str) -> i64 {
    let sql = "SELECT count(*) FROM pg_database WHERE datname LIKE 'course%'";
    let mut client = Client::connect(url, NoTls).unwrap();
    client.query_one(sql, &[]).unwrap().get(0)
}

#[test]
fn a_run_on_postgres_stalls_and_cuts_and_leaves_nothing() {
    if !is_here() {
        return;
    }
    let bench = keeper();
    let ended = bench.settled("check --database postgres").exits(0);
    ended.says("PASSED").says("4 of 4");
    bench.leaves_nothing();
}

fn tables(file: &str) -> String {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/fixtures/grading/language");
    std::fs::read_to_string(folder.join(file)).unwrap()
}

#[test]
fn the_same_statements_fill_change_and_ask_postgres() {
    if !is_here() {
        return;
    }
    // What the server finds is asked of a file there.
    let hold = tables("tables_hold.toml");
    let (hold, _) = hold.split_once("[[check]]\nid = \"before\"").unwrap();
    let bench = Bench::graded_by("serve", hold);
    let ended = bench.settled("check --database postgres").exits(0);
    ended.says("PASSED").says("2 of 2");
    bench.leaves_nothing();
    let bench = Bench::graded_by("serve", &tables("tables_break.toml"));
    let line = "check --database postgres --format json";
    let report = bench.settled(line).exits(4).json();
    let outcomes: Vec<&str> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["outcome"].as_str().unwrap())
        .collect();
    let failed = "failed";
    assert_eq!(
        outcomes,
        [failed, failed, failed, failed, failed, "errored"],
        "{report}"
    );
    let all = report.to_string();
    assert!(
        all.contains("relation \\\"sold\\\" does not exist"),
        "{all}"
    );
}

#[test]
fn on_sqlite_the_way_to_the_database_cannot_be_broken() {
    let report = keeper().settled("check --format json").exits(0).json();
    assert_eq!(report["database"], "sqlite");
    assert_eq!(report["points"]["total"], 2, "{report}");
    for (place, outcome) in ["passed", "passed", "skipped", "skipped"]
        .iter()
        .enumerate()
    {
        assert_eq!(report["checks"][place]["outcome"], *outcome, "{report}");
    }
    let reason = report["checks"][2]["cases"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("--database postgres"), "{reason}");
}

#[test]
fn the_line_that_repeats_a_check_says_on_which_database() {
    if !is_here() {
        return;
    }
    let bench = keeper();
    bench.check_file(&CHECKS.replace("body = \"1\"", "body = \"2\""));
    let line = "check kept --database postgres --seed 81f2";
    let ended = bench.settled(line).exits(1);
    ended
        .says("course check kept --seed 81f2 --database postgres")
        .says("81f2 (the same seed and --database postgres repeat the same run)");
    let report = bench.settled(&format!("{line} --format tap")).exits(1);
    report.says("course check kept --seed 81f2 --database postgres");
}

#[test]
fn a_killed_course_leaves_no_cluster() {
    if !is_here() {
        return;
    }
    let bench = open_to_all(Bench::new("serve", SLOW));
    let mut running = Running::start(bench.command("check --database postgres"));
    running.until(|_, _| bench.requests().iter().any(|r| r.contains("/silent")));
    let pid = cluster(&bench).unwrap();
    running.signal("KILL");
    running.end();
    bench.leaves_nothing();
    ends(pid);
    let shared = std::fs::read_to_string("/proc/sysvipc/shm").unwrap_or_default();
    let is_its = |line: &str| line.split_whitespace().nth(4) == Some(&pid.to_string());
    assert!(!shared.lines().any(is_its), "{shared}");
}

#[test]
fn in_a_server_that_is_there_databases_are_made_and_dropped_again() {
    if !is_here() {
        return;
    }
    let (url, _server, _runtime) = host();
    let bench = keeper();
    let mut command = bench.command("check --database postgres");
    command.env("COURSE_POSTGRES_URL", &url);
    Running::start(command).end().exits(0).says("4 of 4");
    assert_eq!(databases(&url), 0);
    bench.leaves_nothing();
}

#[test]
fn a_killed_course_leaves_no_database_in_a_server_that_is_there() {
    if !is_here() {
        return;
    }
    let (url, _server, _runtime) = host();
    let bench = Bench::new("serve", SLOW);
    let mut command = bench.command("check --database postgres");
    command.env("COURSE_POSTGRES_URL", &url);
    let mut running = Running::start(command);
    running.until(|_, _| bench.requests().iter().any(|r| r.contains("/silent")));
    assert_eq!(databases(&url), 1);
    running.signal("KILL");
    running.end();
    bench.leaves_nothing();
    assert_eq!(databases(&url), 0);
}

#[test]
fn a_server_that_is_not_there_ends_the_run_with_3() {
    let bench = Bench::new("serve", SLOW);
    let mut command = bench.command("check --database postgres");
    command.env("COURSE_POSTGRES_URL", "postgres://me:secret@127.0.0.1:1/x");
    let ended = Running::start(command).end().exits(3);
    let ended = ended.notes("the PostgreSQL server at 127.0.0.1:1 cannot be used");
    assert!(!ended.err.contains("secret"), "{ended}");
    bench.leaves_nothing();
}

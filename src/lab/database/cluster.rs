//! A cluster: a PostgreSQL server of our own, with its data in a temporary folder, for one run.
//!
//! It listens on 127.0.0.1 alone, on a free port, with a random password. It does not wait for the disk (`fsync` is
//! off): checks kill the server under test and never the database, so there is no crash that data must survive.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::home::Home;
use super::install::{self, NotInstalled};
use crate::lab::guard::{Gently, Guard, await_end};
use crate::lab::launch::{Launch, SpawnError};
use crate::lab::port::{free_port, loopback};
use crate::lab::process::{Exit, Process, Signal};

/// How long the cluster may take to answer.
const READY: Duration = Duration::from_mins(1);

/// Starts a program whose output goes to a file in its folder. Through a pipe it would die of its next line when
/// `course` is killed.
const INTO_FILE: [&str; 3] = ["sh", "-c", "exec \"$0\" \"$@\" >output 2>&1"];

/// Beside the ports and folders. Enough connections for several worlds, of which some are kept for `course`.
const SETTINGS: [&str; 12] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_connections=400",
    "superuser_reserved_connections=10",
    // In a file of the folder, so that it is removed with it.
    "dynamic_shared_memory_type=mmap",
    "jit=off",
    "logging_collector=off",
];

/// Why there is no cluster.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// PostgreSQL is not there.
    #[error(transparent)]
    NotInstalled(#[from] NotInstalled),
    /// One of its programs failed.
    #[error("PostgreSQL does not start: `{program}` {end}{said}")]
    Failed {
        /// Which.
        program: &'static str,
        /// How it ended, or that it did not answer.
        end: String,
        /// The last lines it printed, each on a line of its own.
        said: String,
    },
    /// The machine does not allow it.
    #[error("cannot start PostgreSQL: {0}")]
    Machine(String),
}

/// A running cluster. Dropping it ends the server and then removes its folder.
#[derive(Debug)]
pub(super) struct Cluster {
    server: Part,
    port: u16,
    /// Dropped after the server.
    home: Home,
}

impl Cluster {
    /// Creates and starts a cluster whose administrator has this name and password.
    pub(super) async fn start(
        path: &str,
        (user, password): (&str, &str),
        guard: &Guard,
    ) -> Result<Self, ClusterError> {
        let programs = install::find(path)?;
        let machine = |e: &dyn std::fmt::Display| ClusterError::Machine(e.to_string());
        let home = Home::new(password, guard)?;
        let port = free_port().map_err(|e| machine(&e))?;
        let launch = |program: &str, arguments: &[String]| Launch {
            command: INTO_FILE
                .map(str::to_owned)
                .into_iter()
                .chain([programs.join(program).display().to_string()])
                .chain(arguments.iter().cloned())
                .collect(),
            folder: home.path().to_owned(),
            // The messages in English, and no surprise from a locale that is set but not installed.
            env: vec![("LC_ALL".into(), "C".into())],
            unset: ["PGDATA", "PGPORT", "PGHOST", "PGOPTIONS"]
                .map(str::to_owned)
                .into(),
            account: home.account(),
        };
        let start = |program: &'static str, arguments: &[String], gently| {
            let started = Part::start(program, &launch(program, arguments), gently, guard);
            started.map_err(|e| machine(&e))
        };
        let initdb = start("initdb", &initdb(user), Gently::Wait)?;
        let exit = initdb.process.exited().await;
        if exit != Exit::Code(0) {
            return Err(initdb.failed(&exit.sentence(), &home));
        }
        let cluster = Self {
            server: start("postgres", &postgres(port), Gently::Quit)?,
            port,
            home,
        };
        cluster.ready().await?;
        Ok(cluster)
    }

    pub(super) fn address(&self) -> SocketAddr {
        loopback(self.port)
    }

    /// The process and the folder that must be gone in the end.
    #[cfg(test)]
    pub(super) fn place(&self) -> (u32, std::path::PathBuf) {
        (self.server.process.id(), self.home.path().to_owned())
    }

    /// Waits until it accepts connections, which it announces.
    async fn ready(&self) -> Result<(), ClusterError> {
        let began = Instant::now();
        while !self.home.output().contains("ready to accept connections") {
            if let Some(exit) = self.server.process.try_exit() {
                return Err(self.server.failed(&exit.sentence(), &self.home));
            }
            if began.elapsed() > READY {
                let end = format!("is not ready after {} seconds", READY.as_secs());
                return Err(self.server.failed(&end, &self.home));
            }
            sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }
}

/// One of the two programs, while it runs. Neither may be killed: PostgreSQL would leave a segment of shared memory in
/// the system, and the processes of connections, which have groups of their own, to find out by themselves.
#[derive(Debug)]
struct Part {
    program: &'static str,
    process: Process,
    gently: Gently,
}

impl Part {
    fn start(
        program: &'static str,
        launch: &Launch,
        gently: Gently,
        guard: &Guard,
    ) -> Result<Self, SpawnError> {
        let process = Process::spawn(launch, guard)?;
        guard.be_gentle(process.id(), gently);
        Ok(Self {
            program,
            process,
            gently,
        })
    }

    fn failed(&self, end: &str, home: &Home) -> ClusterError {
        let output = home.output();
        let lines: Vec<&str> = output.lines().collect();
        let last = &lines[lines.len().saturating_sub(10)..];
        ClusterError::Failed {
            program: self.program,
            end: end.to_owned(),
            said: last.iter().flat_map(|line| ["\n  ", *line]).collect(),
        }
    }

    fn end(&self) {
        if self.gently == Gently::Quit {
            self.process.signal(Signal::Quit);
        }
        await_end(self.process.id());
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.end();
    }
}

fn initdb(user: &str) -> Vec<String> {
    let options = [
        "--pgdata=data",
        "--pwfile=password",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--no-locale",
        "--no-sync",
        "--no-instructions",
    ];
    let user = format!("--username={user}");
    options
        .map(str::to_owned)
        .into_iter()
        .chain([user])
        .collect()
}

fn postgres(port: u16) -> Vec<String> {
    let settings = SETTINGS.iter().map(|s| (*s).to_owned());
    let settings = settings.chain([format!("port={port}")]);
    ["-D".to_owned(), "data".to_owned()]
        .into_iter()
        .chain(settings.flat_map(|setting| ["-c".to_owned(), setting]))
        .collect()
}

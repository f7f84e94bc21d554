//! `course doctor`: what this machine has, to paste into a question. Nothing in it names the user.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::Path;

use crate::base::text::{count, printable};
use crate::lab::database::install;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::{database, tool};

/// Programs that exercises may use, and how each says its version.
const TOOLS: [(&str, &str); 4] = [
    ("python3", "--version"),
    ("node", "--version"),
    ("npm", "--version"),
    ("git", "--version"),
];

/// Ports on which learners' own servers often listen.
const PORTS: [u16; 5] = [3000, 5000, 5432, 8000, 8080];

/// Columns of the names on the left.
const NAME: usize = 11;

/// What may stand behind `course doctor`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  course doctor > report.txt")]
pub struct Args {}

/// Prints the report.
///
/// # Errors
/// When it cannot be written.
pub fn run(_args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    let report = shorten(&report(ctx), ctx);
    for line in report.lines() {
        row(line, ctx)?;
    }
    ctx.next("course")?;
    Ok(Exit::Passed)
}

/// Prints a row: on a terminal with its words broken, and the name alone on the left.
fn row(line: &str, ctx: &mut Context) -> Result<(), Error> {
    let (name, value) = line.split_at(line.floor_char_boundary(NAME));
    write!(ctx.out, "{name}")?;
    ctx.tell(value, NAME)
}

fn report(ctx: &Context) -> String {
    let mut out = String::new();
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(out, "{name:<10} {}", printable(value));
    };
    row("course", env!("CARGO_PKG_VERSION"));
    row(
        "system",
        &format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
    );
    let cores =
        std::thread::available_parallelism().map_or_else(|e| e.to_string(), |n| n.to_string());
    row("cores", &cores);
    row("terminal", &terminal(ctx));
    row("home", &home(&ctx.home));
    row("content", &content(ctx));
    for (command, flag) in TOOLS {
        let found = tool::find(command, &ctx.env);
        let version = found.map(|_| tool::version(command, &[flag.to_owned()]));
        row(
            command,
            &match version {
                None => "not found".to_owned(),
                Some(None) => "found, but it does not say its version".to_owned(),
                Some(Some(version)) => version,
            },
        );
    }
    row("postgres", &postgres(ctx));
    row("loopback", &loopback());
    let listening = listeners::get_all().unwrap_or_default();
    for port in PORTS {
        let owners: BTreeSet<String> = listening
            .iter()
            .filter(|l| l.socket.port() == port)
            .map(|l| format!("{} (pid {})", l.process.name, l.process.pid))
            .collect();
        if !owners.is_empty() {
            let owners: Vec<String> = owners.into_iter().collect();
            row(
                &format!("port {port}"),
                &format!("taken by {}", owners.join(", ")),
            );
        }
    }
    out
}

/// Where `--database postgres` would get its databases.
fn postgres(ctx: &Context) -> String {
    let set = |name: &str| ctx.env.get(name).filter(|value| !value.is_empty());
    if set(database::URL).is_some() {
        return format!("the server of {}", database::URL);
    }
    let Ok(folder) = install::find(set("PATH").map_or("", String::as_str)) else {
        return "not found; only needed for --database postgres".to_owned();
    };
    let program = folder.join("postgres").display().to_string();
    let version = tool::version(&program, &["--version".to_owned()]);
    version.map_or_else(
        || format!("{program}, but it does not say its version"),
        |version| format!("{version} in {}", folder.display()),
    )
}

fn terminal(ctx: &Context) -> String {
    let term = ctx.env.get("TERM").map_or("no TERM", String::as_str);
    let kind = if ctx.rows.is_some() {
        "terminal"
    } else {
        "plain"
    };
    let color = if ctx.surface.color {
        "colour"
    } else {
        "no colour"
    };
    format!("{kind}, {term}, {} columns, {color}", ctx.surface.width)
}

fn home(home: &Path) -> String {
    // The folder may not be there before the first save; then the nearest one above it must take it.
    let there = home.ancestors().find(|folder| folder.is_dir());
    let writable = there.is_some_and(|folder| tempfile::tempfile_in(folder).is_ok());
    let word = if writable { "writable" } else { "not writable" };
    format!("{} ({word})", home.display())
}

fn content(ctx: &Context) -> String {
    match ctx.course() {
        Ok(course) => format!(
            "{}, {}",
            count(course.lessons.len(), "lesson"),
            count(course.exercises.len(), "exercise")
        ),
        Err(error) => error.to_string(),
    }
}

fn loopback() -> String {
    let free = |host: &str| TcpListener::bind((host, 0)).and_then(|l| l.local_addr());
    let word = |free: std::io::Result<std::net::SocketAddr>| match free {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.to_string(),
    };
    format!(
        "127.0.0.1 {}, ::1 {}",
        word(free("127.0.0.1")),
        word(free("::1"))
    )
}

/// The report with the user's folder and name left out.
fn shorten(report: &str, ctx: &Context) -> String {
    let mut report = report.to_owned();
    if let Some(home) = ctx.env.get("HOME").filter(|h| h.len() > 1) {
        report = report.replace(home.trim_end_matches('/'), "~");
    }
    report
}

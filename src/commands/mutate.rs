//! `course __mutate`: a proxy that makes one thing wrong, started by `course verify --mutants`.

use std::path::PathBuf;

use crate::verify::mutant::named;
use crate::verify::mutant::proxy::Proxy;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::{junk, session};

/// What stands behind `course __mutate`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  started by course itself")]
pub struct Args {
    /// The mutation
    name: String,
    /// The path that says that the server is ready
    ready: String,
    /// Where changed exchanges are written down
    log: PathBuf,
    /// The command of the real server
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

/// Stands on `PORT` before the real server until that ends.
///
/// # Errors
/// When the real server cannot be started or the port cannot be had.
pub fn run(args: &Args, ctx: &Context) -> Result<Exit, Error> {
    let mutation = named(&args.name)
        .ok_or_else(|| Error::Usage(format!("there is no mutant `{}`", args.name)))?;
    let proxy = Proxy {
        mutation,
        command: args.command.clone(),
        port: junk::port(ctx)?,
        ready_path: args.ready.clone(),
        log: args.log.clone(),
    };
    let status = session::runtime()?.block_on(proxy.run())?;
    Ok(match status.code() {
        Some(0) => Exit::Passed,
        Some(2) => Exit::Usage,
        Some(3) => Exit::Unreachable,
        Some(4) => Exit::Fault,
        _ => Exit::Failed,
    })
}

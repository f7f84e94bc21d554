//! `course __junk`: a server that knows nothing, started by `course verify`.

use crate::verify::junk::{Junk, serve};

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::session;

/// What stands behind `course __junk`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  started by course itself")]
pub struct Args {
    /// The kind of junk
    kind: String,
    /// The path that says that the server is ready
    ready: String,
}

/// Serves on `PORT` until it is ended.
///
/// # Errors
/// When the kind is unknown or the port cannot be had.
pub fn run(args: &Args, ctx: &Context) -> Result<Exit, Error> {
    let kind = Junk::named(&args.kind)
        .ok_or_else(|| Error::Usage(format!("there is no junk `{}`", args.kind)))?;
    let port = port(ctx)?;
    session::runtime()?.block_on(serve(kind, port, &args.ready))?;
    Ok(Exit::Passed)
}

/// The port that this process was given.
///
/// # Errors
/// When it was given none.
pub fn port(ctx: &Context) -> Result<u16, Error> {
    let port = ctx.env.get("PORT").and_then(|p| p.parse().ok());
    port.ok_or_else(|| Error::Usage("`PORT` must be the number of a port".to_owned()))
}

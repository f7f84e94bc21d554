//! `course lab proxy`: a fault proxy in front of any server, by itself.

use std::net::SocketAddr;
use std::time::Duration;

use crate::checks::shape;
use crate::checks::steps::fault::cut_after;
use crate::commands::context::Context;
use crate::commands::error::Error;
use crate::commands::exit::Exit;
use crate::commands::session;
use crate::lab::proxy::{Direction, Fault, Proxy as Line};
use crate::lab::timeline::Recorder;

/// What may stand behind `course lab proxy`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  course lab proxy --to 127.0.0.1:8080 --latency 50ms --jitter 10ms\n  course lab proxy --to 127.0.0.1:5432 --listen 127.0.0.1:15432 --cut \"after 10KB\" --direction down\n\nTimes are written as 400ms or 5s, sizes as 512B, 100KB or 1MB (1KB is 1000 bytes)."
)]
pub(super) struct Proxy {
    /// The server: HOST:PORT or a URL
    #[arg(long, value_name = "SERVER")]
    to: String,
    /// Where it listens; a free port unless told
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// What the faults concern: bytes to the server (up), from it (down), or both
    #[arg(long, value_name = "WAY", default_value = "both", value_parser = ["up", "down", "both"])]
    direction: String,
    /// Every byte arrives this much later
    #[arg(long, value_name = "TIME", value_parser = time)]
    latency: Option<Duration>,
    /// How much the latency varies at most
    #[arg(long, value_name = "TIME", value_parser = time)]
    jitter: Option<Duration>,
    /// No more than this much per second
    #[arg(long, value_name = "SIZE", value_parser = size)]
    bandwidth: Option<u64>,
    /// Bytes arrive in pieces of this size
    #[arg(long, value_name = "SIZE", value_parser = size)]
    slice: Option<u64>,
    /// The pause after each slice
    #[arg(long, value_name = "TIME", value_parser = time, requires = "slice")]
    pause: Option<Duration>,
    /// Reset connections: "now" or "after 1KB"
    #[arg(long, value_name = "WHEN", value_parser = when)]
    cut: Option<u64>,
    /// Close connections in order after this many bytes
    #[arg(long, value_name = "SIZE", value_parser = size)]
    limit: Option<u64>,
    /// Accept connections and pass nothing on
    #[arg(long)]
    black_hole: bool,
    /// Pass nothing on, and close after this long
    #[arg(long, value_name = "TIME", value_parser = time)]
    timeout: Option<Duration>,
    /// The receiver sees the end of the stream at once
    #[arg(long)]
    half_close: bool,
    /// The end of the stream arrives this much later
    #[arg(long, value_name = "TIME", value_parser = time)]
    slow_close: Option<Duration>,
    /// The seed of the jitter
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    seed: u64,
}

fn time(text: &str) -> Result<Duration, String> {
    shape::duration(text).ok_or_else(|| "write a number and a unit, such as 400ms or 5s".to_owned())
}

fn size(text: &str) -> Result<u64, String> {
    let help = || "write a number and a unit, such as 512B, 100KB or 1MB".to_owned();
    shape::size(text).ok_or_else(help)
}

fn when(text: &str) -> Result<u64, String> {
    cut_after(text).ok_or_else(|| "write `now` or `after 1KB`".to_owned())
}

impl Proxy {
    /// The faults that were asked for.
    fn faults(&self) -> Vec<Fault> {
        let mut all = Vec::new();
        if self.latency.or(self.jitter).is_some() {
            all.push(Fault::Latency {
                delay: self.latency.unwrap_or_default(),
                jitter: self.jitter.unwrap_or_default(),
            });
        }
        all.extend(self.bandwidth.map(Fault::Bandwidth));
        all.extend(self.slice.map(|size| Fault::Slices {
            size: usize::try_from(size).unwrap_or(usize::MAX),
            pause: self.pause.unwrap_or_default(),
        }));
        all.extend(self.cut.map(|after| Fault::Cut { after }));
        all.extend(self.limit.map(|after| Fault::Limit { after }));
        all.extend(self.black_hole.then_some(Fault::BlackHole));
        all.extend(self.timeout.map(Fault::Timeout));
        all.extend(self.half_close.then_some(Fault::HalfClose));
        all.extend(self.slow_close.map(Fault::SlowClose));
        all
    }

    /// Runs the proxy until Ctrl-C.
    pub(super) fn run(&self, ctx: &mut Context) -> Result<Exit, Error> {
        let to = super::server(&self.to)?;
        if let Some(listen) = self.listen {
            super::warn(listen, ctx)?;
        }
        session::runtime()?.block_on(self.serve(to, ctx))
    }

    async fn serve(&self, to: SocketAddr, ctx: &mut Context) -> Result<Exit, Error> {
        let started = Line::start("proxy", to, self.listen, self.seed, &Recorder::off()).await;
        let proxy = started.map_err(|e| {
            let place = self
                .listen
                .map_or("127.0.0.1".to_owned(), |l| l.to_string());
            Error::Unreachable(format!("cannot listen on {place}: {e}"))
        })?;
        let direction = match self.direction.as_str() {
            "up" => Direction::Up,
            "down" => Direction::Down,
            _ => Direction::Both,
        };
        let faults = self.faults();
        let injected = proxy.inject(&faults, direction).await;
        let wrong = if faults.is_empty() {
            "without a fault"
        } else {
            injected.label()
        };
        writeln!(ctx.out, "{}", proxy.addr())?;
        ctx.out.flush()?;
        writeln!(ctx.err, "leads to {to}, {wrong}; Ctrl-C ends it")?;
        session::interrupted().await;
        Ok(Exit::Passed)
    }
}

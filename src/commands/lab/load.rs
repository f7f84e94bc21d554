//! `course lab load`: a load on a server of one's own.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Url;

use crate::checks::shape::duration;
use crate::lab::load::{self, Arrivals, Fault, Load, Pattern, Piece, Text};
use crate::render::load::{document, draw};

use super::super::context::Context;
use super::super::error::Error;
use super::super::exit::Exit;
use super::super::session;

/// No load is longer than this.
const LONGEST: Duration = Duration::from_mins(10);

/// What may stand behind `course lab load`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  course lab load http://127.0.0.1:3000/items/1 --rate 1000 --for 5s -c 16\n  \
                       course lab load http://127.0.0.1:3000/items/1 -c 16\n\n\
                       With --rate requests arrive evenly, whatever becomes of them, and latency counts from the \
                       moment a request was due. Without it each connection sends as soon as it was answered."
)]
pub(super) struct Args {
    /// What is requested; {index} in its path is the number of the request
    url: String,
    /// Send this many requests per second
    #[arg(short, long, value_name = "RATE", value_parser = clap::value_parser!(u32).range(1..=200_000))]
    rate: Option<u32>,
    /// How long: 500ms, 5s, 2m
    #[arg(short = 'd', long = "for", value_name = "TIME", default_value = "5s", value_parser = time)]
    lasting: Duration,
    /// How many connections, each with one request in flight
    #[arg(short, long, value_name = "COUNT", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    connections: u16,
    /// End after this many requests
    #[arg(short = 'n', long, value_name = "COUNT")]
    count: Option<u64>,
    /// Send for this long first, without counting
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = time)]
    warmup: Duration,
    /// Give a request up after this long
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    timeout: Duration,
    /// The method
    #[arg(short = 'X', long, value_name = "METHOD", default_value = "GET")]
    method: String,
    /// A header, as `name: value`; may be given again
    #[arg(short = 'H', long, value_name = "HEADER")]
    header: Vec<String>,
    /// The body; {index} in it is the number of the request
    #[arg(long, value_name = "TEXT")]
    body: Option<String>,
    /// The form of the figures
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = ["human", "json"])]
    format: String,
}

fn time(text: &str) -> Result<Duration, String> {
    let bad = || "write a number and a unit: 500ms, 5s or 2m, at most 10m".to_owned();
    duration(text)
        .filter(|time| *time <= LONGEST)
        .ok_or_else(bad)
}

/// Sends the load and shows what it came to.
pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    let load = Load {
        arrivals: args.rate.map_or(Arrivals::Closed, Arrivals::Open),
        connections: usize::from(args.connections),
        warmup: args.warmup,
        // A count ends a closed load, however long it takes.
        lasting: if args.count.is_some() && args.rate.is_none() {
            LONGEST
        } else {
            args.lasting
        },
        count: args.count,
        timeout: args.timeout,
        mix: vec![pattern(args)?],
        seed: 0,
    };
    let outcome = session::runtime()?.block_on(async {
        tokio::select! {
            figures = load::run(load) => Some(figures),
            () = session::interrupted() => None,
        }
    });
    let Some(figures) = outcome else {
        return Ok(Exit::Interrupted);
    };
    let figures = figures.map_err(|e| Error::Fault(format!("cannot send a load: {e}")))?;
    if args.format == "json" {
        writeln!(ctx.out, "{:#}", document(&figures))?;
    } else {
        for line in draw(&figures, ctx.surface) {
            writeln!(ctx.out, "{line}")?;
        }
    }
    let refused = figures.faults.get(&Fault::Refused).copied().unwrap_or(0);
    if refused > 0 && refused == figures.due {
        return Err(Error::Unreachable(format!(
            "nothing listens on {}. Start your server first",
            args.url
        )));
    }
    Ok(Exit::Passed)
}

fn pattern(args: &Args) -> Result<Pattern, Error> {
    let bad = |why: &str| {
        Error::Usage(format!(
            "`{}` {why}; write http://127.0.0.1:3000/path",
            args.url
        ))
    };
    let url = Url::parse(&args.url).map_err(|_| bad("is not a URL"))?;
    if url.scheme() != "http" {
        return Err(bad("is not an http URL"));
    }
    let found = url.socket_addrs(|| None).unwrap_or_default();
    let here = |address: &SocketAddr| address.ip().is_loopback();
    let target = found.into_iter().find(here);
    let target =
        target.ok_or_else(|| bad("is not on this machine, and a load is sent nowhere else"))?;
    let path = args.url.splitn(4, '/').nth(3).unwrap_or_default();
    let path = path.split('#').next().unwrap_or_default();
    let mut headers = Vec::new();
    for header in &args.header {
        let pair = header
            .split_once(':')
            .filter(|_| !header.contains(char::is_control));
        let (name, value) = pair.ok_or_else(|| {
            Error::Usage(format!("`{header}` is not a header; write `name: value`"))
        })?;
        headers.push((name.trim().to_owned(), text(value.trim())));
    }
    let odd = |text: &str| text.contains(|c: char| c.is_control() || c == ' ');
    if odd(&args.method) || odd(path) {
        return Err(bad("cannot be requested: there is a space in it"));
    }
    Ok(Pattern {
        weight: 1,
        target,
        method: args.method.to_uppercase(),
        path: text(&format!("/{path}")),
        headers,
        body: text(args.body.as_deref().unwrap_or_default()),
    })
}

/// A text with the number of the request in place of `{index}`.
fn text(typed: &str) -> Text {
    let mut pieces = Text::new();
    for (at, part) in typed.split("{index}").enumerate() {
        if at > 0 {
            pieces.push(Piece::Index);
        }
        if !part.is_empty() {
            pieces.push(Piece::Plain(part.to_owned()));
        }
    }
    pieces
}

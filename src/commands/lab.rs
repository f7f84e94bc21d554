//! `course lab`: the parts that the checks are made of, by themselves, for experiments.

use std::net::SocketAddr;

use reqwest::Url;

use crate::lab::balancer::{Balancer, Health, LastResort, Target};
use crate::lab::timeline::Recorder;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::session;

mod internet;
mod load;
mod proxy;

/// What may stand behind `course lab`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  course lab balance http://127.0.0.1:3001 http://127.0.0.1:3002\n  \
                       course lab proxy --to 127.0.0.1:3001 --latency 50ms\n  \
                       course lab load http://127.0.0.1:3000/ --rate 1000 --for 5s\n  \
                       course lab internet --seed 7"
)]
pub struct Args {
    #[command(subcommand)]
    part: Part,
}

/// The parts.
#[derive(Debug, clap::Subcommand)]
enum Part {
    /// A load balancer in front of your servers
    Balance(Balance),
    /// A TCP proxy in front of any server, which slows, cuts or silences its connections
    Proxy(Box<proxy::Proxy>),
    /// Many requests to a server of yours, and how long each took
    Load(load::Args),
    /// Name servers, a site behind a content delivery network, and what a client needs to find them
    Internet(internet::Internet),
}

/// What may stand behind `course lab balance`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example:\n  course lab balance --listen 127.0.0.1:8080 http://127.0.0.1:3001 http://127.0.0.1:3002"
)]
struct Balance {
    /// Where it listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// How it chooses
    #[arg(long, value_name = "POLICY", default_value = "round-robin",
          value_parser = ["round-robin", "sticky", "least-connections"])]
    policy: String,
    /// Ask each server for this path every 100 ms, and leave out those that do not answer 2xx
    #[arg(long, value_name = "PATH")]
    health: Option<String>,
    /// Leave a server out after this many requests in a row without an answer, until --health (or /) answers 2xx
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    eject_after: Option<u16>,
    /// The servers: a URL or HOST:PORT each
    #[arg(required = true, value_name = "SERVER")]
    servers: Vec<String>,
}

/// Runs a part, until it is done or Ctrl-C ends it.
///
/// # Errors
/// When an address is wrong or taken.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    match &args.part {
        Part::Balance(balance) => balance.run(ctx),
        Part::Proxy(proxy) => proxy.run(ctx),
        Part::Load(load) => load::run(load, ctx),
        Part::Internet(internet) => internet.run(ctx),
    }
}

impl Balance {
    /// How it watches over the servers.
    fn watch(&self) -> Option<Health> {
        (self.health.is_some() || self.eject_after.is_some()).then(|| Health {
            path: self.health.clone().unwrap_or("/".to_owned()),
            always: self.health.is_some(),
            eject_after: self.eject_after.map(usize::from),
            last_resort: LastResort::Nobody,
        })
    }

    fn run(&self, ctx: &mut Context) -> Result<Exit, Error> {
        warn(self.listen, ctx)?;
        let targets = targets(&self.servers)?;
        session::runtime()?.block_on(serve(self, targets, ctx))
    }
}

/// Says when a part can be reached from elsewhere.
fn warn(listen: SocketAddr, ctx: &mut Context) -> Result<(), Error> {
    if !listen.ip().is_loopback() {
        ctx.say(&format!(
            "note: {listen} can be reached from other machines"
        ))?;
    }
    Ok(())
}

/// The address of a server that was typed as a URL or as HOST:PORT.
fn server(typed: &str) -> Result<SocketAddr, Error> {
    let bad = || {
        Error::Usage(format!(
            "`{typed}` is not a server; write http://127.0.0.1:3001 or 127.0.0.1:3001"
        ))
    };
    let bare = typed
        .strip_prefix("http://")
        .unwrap_or(typed)
        .trim_end_matches('/');
    bare.parse().or_else(|_| named(typed).ok_or_else(bad))
}

fn targets(servers: &[String]) -> Result<Vec<Target>, Error> {
    let target = |(i, typed): (usize, &String)| {
        let letter = u8::try_from(i).map_or('z', |i| char::from(b'a' + i.min(25)));
        Ok(Target {
            name: letter.to_string(),
            addr: server(typed)?,
        })
    };
    servers.iter().enumerate().map(target).collect()
}

fn named(typed: &str) -> Option<SocketAddr> {
    let text = if typed.contains("://") {
        typed.to_owned()
    } else {
        format!("http://{typed}")
    };
    let url = Url::parse(&text).ok().filter(|u| u.scheme() == "http")?;
    let found = url.socket_addrs(|| Some(80)).ok()?;
    found
        .iter()
        .find(|a| a.is_ipv4())
        .or(found.first())
        .copied()
}

async fn serve(balance: &Balance, targets: Vec<Target>, ctx: &mut Context) -> Result<Exit, Error> {
    let names: Vec<String> = targets
        .iter()
        .map(|t| format!("{} = {}", t.name, t.addr))
        .collect();
    let policy = crate::checks::world::policy(&balance.policy);
    let recorder = Recorder::off();
    let listen = Some(balance.listen);
    let mut balancer = Balancer::start("balancer", targets, policy, listen, &recorder)
        .await
        .map_err(|e| Error::Unreachable(format!("cannot listen on {}: {e}", balance.listen)))?;
    balancer.set_health(balance.watch());
    writeln!(
        ctx.err,
        "balancing http://{} over {}; Ctrl-C ends it",
        balancer.addr(),
        names.join(", ")
    )?;
    session::interrupted().await;
    for (name, count) in balancer.served() {
        writeln!(
            ctx.out,
            "{name}  {}",
            crate::base::text::count(usize::try_from(count).unwrap_or(0), "answer")
        )?;
    }
    Ok(Exit::Passed)
}

//! A balancer: an HTTP/1.1 reverse proxy that spreads requests over instances, in view of the checks.
//!
//! Policies: round robin counts requests, least connections looks at what is in flight, and sticky keeps a client on
//! one instance. Sticky knows a client by its cookie `course_lb`, set with the first answer; a client that keeps no
//! cookies, as most programs do, is known by its `Authorization` header instead, whose digest picks the instance.
//!
//! Every answer says who gave it in `course-served-by`. An answer of the balancer's own (502, 503, 504) says why in
//! `course-balancer`, so that nobody blames a server for it. Protocol upgrades are not passed on.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

pub use self::health::{Health, LastResort};

use self::backend::Backend;
use self::forward::Client;
use self::ledger::Ledger;
use self::roster::Roster;
use super::timeline::Recorder;

mod backend;
mod body;
mod forward;
mod header;
mod health;
mod ledger;
mod roster;

/// One instance behind a balancer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its name, as in `course-served-by`.
    pub name: String,
    /// Where it listens.
    pub addr: SocketAddr,
}

/// How a balancer chooses among its instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// One after the other, request by request.
    RoundRobin,
    /// The same client always goes to the same instance.
    Sticky,
    /// The one with the fewest requests in flight.
    LeastConnections,
}

/// How much an instance can do at once, when a check wants that to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// How many requests it works on at a time; others wait in the order they came.
    pub in_flight: usize,
    /// How long each request occupies its place at least.
    pub floor: Duration,
}

/// A running balancer. Dropping it stops it and closes its connections.
#[derive(Debug)]
pub struct Balancer {
    name: String,
    addr: SocketAddr,
    roster: Arc<Roster>,
    ledger: Arc<Ledger>,
    accepting: JoinHandle<()>,
    health: Option<JoinHandle<()>>,
}

impl Balancer {
    /// Starts a balancer on `listen`, or on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start(
        name: &str,
        targets: Vec<Target>,
        policy: Policy,
        listen: Option<SocketAddr>,
        recorder: &Recorder,
    ) -> io::Result<Self> {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = TcpListener::bind(listen.unwrap_or(any)).await?;
        let addr = listener.local_addr()?;
        let backends = targets.into_iter().map(Backend::new).collect();
        let roster = Arc::new(Roster::new(backends, policy));
        let ledger = Arc::new(Ledger::new(name, recorder));
        let accepting = tokio::spawn(accept(listener, Arc::clone(&roster), Arc::clone(&ledger)));
        Ok(Self {
            name: name.to_owned(),
            addr,
            roster,
            ledger,
            accepting,
            health: None,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://ADDRESS`
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Takes an instance in. One of the same name is replaced, or comes back from being drained.
    pub fn add(&self, target: Target) {
        self.roster.add(Backend::new(target));
    }

    /// Takes an instance out at once. Requests on their way to it still get their answers.
    pub fn remove(&self, name: &str) -> Listed {
        self.roster.remove(name)
    }

    /// Sends an instance no more requests; those in flight finish.
    pub fn drain(&self, name: &str) -> Listed {
        self.roster.drain(name)
    }

    /// Waits until a drained instance has nothing in flight, at most `within`, and says how many requests are left.
    pub async fn drained(&self, name: &str, within: Duration) -> usize {
        let in_flight = || self.roster.find(name).map_or(0, |one| one.in_flight());
        let wait = async {
            while in_flight() > 0 {
                sleep(Duration::from_millis(2)).await;
            }
        };
        // What is left when the time is up is the answer.
        let _ = tokio::time::timeout(within, wait).await;
        in_flight()
    }

    /// The names of the instances behind it.
    #[must_use]
    pub fn targets(&self) -> Vec<String> {
        self.roster
            .all()
            .iter()
            .map(|one| one.name.clone())
            .collect()
    }

    /// Chooses differently from now on.
    pub fn set_policy(&self, policy: Policy) {
        self.roster.set_policy(policy);
    }

    /// Limits an instance, or lifts its limit.
    pub fn set_capacity(&self, name: &str, capacity: Option<Capacity>) -> Listed {
        match self.roster.find(name) {
            Some(backend) => {
                backend.set_capacity(capacity);
                Listed::Yes
            }
            None => Listed::No,
        }
    }

    /// Watches over its instances from now on; `None` ends that, and all of them are in service.
    pub fn set_health(&mut self, health: Option<Health>) {
        if let Some(task) = self.health.take() {
            task.abort();
        }
        self.roster
            .set_eject_after(health.as_ref().and_then(|h| h.eject_after));
        self.readmit();
        let (roster, ledger) = (Arc::clone(&self.roster), Arc::clone(&self.ledger));
        self.health = health.map(|health| tokio::spawn(health::watch(health, roster, ledger)));
    }

    /// Believes every instance to be well, until it is asked again. For when they have just been started: until then it
    /// may have found them missing.
    pub fn readmit(&self) {
        for backend in self.roster.all() {
            backend.readmit();
        }
    }

    /// How many answers each instance has given through this balancer, also those that were taken out since.
    #[must_use]
    pub fn served(&self) -> BTreeMap<String, u64> {
        self.roster.served()
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.accepting.abort();
        if let Some(task) = &self.health {
            task.abort();
        }
        self.roster.close();
    }
}

/// Whether an instance of the given name was there.
#[must_use = "a name that is not there is a mistake in the check"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// It was.
    Yes,
    /// There is none.
    No,
}

/// Accepts connections until aborted; the connections end with it.
async fn accept(listener: TcpListener, roster: Arc<Roster>, ledger: Arc<Ledger>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let client = Client::new(peer, Arc::clone(&roster), Arc::clone(&ledger));
                    connections.spawn(serve(stream, client));
                }
                // Out of file descriptors, most likely: some come back when other connections end.
                Err(_) => sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, client: Client) {
    // Without it small answers may wait for 40 ms; a socket that refuses the option still works.
    let _ = stream.set_nodelay(true);
    let client = Arc::new(client);
    let service = service_fn(move |request| {
        let client = Arc::clone(&client);
        async move { Ok::<_, std::convert::Infallible>(client.forward(request).await) }
    });
    // How a connection ends is the client's affair; the timeline has what happened to each request.
    let _ = http1::Builder::new()
        .auto_date_header(false)
        .pipeline_flush(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

#[cfg(test)]
mod tests;

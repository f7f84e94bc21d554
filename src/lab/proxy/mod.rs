//! A fault proxy: a TCP proxy between any two parts, which breaks their connection on request.
//!
//! It looks into nothing that passes: HTTP, a database's protocol and anything else go through it alike. Without a
//! fault it is as good as a wire: what is sent arrives as it is, a half-closed connection stays half-closed, and a
//! reset arrives as a reset. [`Fault`] says what can go wrong; faults come and go while connections are open.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use self::door::Door;
use self::switch::Switch;
use super::port::{free_port, loopback};
use super::timeline::{Recorder, What};

pub use self::fault::{Direction, Fault};

mod connection;
pub(in crate::lab) mod door;
mod fault;
mod pump;
mod switch;
mod timer;

/// How long a fault may take until it is in force everywhere.
const SETTLE: Duration = Duration::from_secs(1);

/// A running proxy. Dropping it stops it and closes its connections.
#[derive(Debug)]
pub struct Proxy {
    name: String,
    addr: SocketAddr,
    switch: Arc<Switch>,
    state: watch::Receiver<State>,
    recorder: Recorder,
    accepting: JoinHandle<()>,
}

/// What the accepting task tells about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    /// Whether new connections are let in.
    listening: bool,
    /// How many connections are open.
    open: usize,
}

impl Proxy {
    /// Starts a proxy in front of `to`, on `listen` or on a free port of 127.0.0.1. The same `seed` jitters alike.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start(
        name: &str,
        to: SocketAddr,
        listen: Option<SocketAddr>,
        seed: u64,
        recorder: &Recorder,
    ) -> io::Result<Self> {
        let listen = match listen {
            Some(addr) => addr,
            None => loopback(free_port()?),
        };
        let door = Door::open(listen).await?;
        let addr = door.addr();
        let switch = Arc::new(Switch::new(seed));
        let (tell, state) = watch::channel(State {
            listening: true,
            open: 0,
        });
        let accepting = tokio::spawn(accept(door, to, Arc::clone(&switch), tell));
        Ok(Self {
            name: name.to_owned(),
            addr,
            switch,
            state,
            recorder: recorder.clone(),
            accepting,
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

    /// How many connections are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.state.borrow().open
    }

    /// Sets faults, for the connections that are open and for those to come, until what this returns is dropped. When
    /// it returns they are in force. Of two faults of one kind and direction the later one counts.
    pub async fn inject(&self, faults: &[Fault], direction: Direction) -> Injected {
        let words: Vec<String> = faults.iter().map(Fault::to_string).collect();
        let label = format!("{}{}", words.join(", "), direction.suffix());
        let injected = Injected {
            ids: self.switch.add(faults, direction),
            switch: Arc::clone(&self.switch),
            name: self.name.clone(),
            label,
            recorder: self.recorder.clone(),
        };
        if !faults.is_empty() {
            injected.note(&injected.label);
        }
        self.settle().await;
        injected
    }

    /// Waits until the faults that were set or lifted last are so in fact: the port refuses or accepts, and what a cut
    /// ends is ended.
    pub async fn settle(&self) {
        let mut state = self.state.clone();
        let settled = |now: &State| {
            let (refuses, cuts) = self.switch.at_the_door();
            now.listening != refuses && (!cuts || now.open == 0)
        };
        // A machine that is too slow for this shows in what the check measures, not here.
        let _ = timeout(SETTLE, state.wait_for(settled)).await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Faults that are in force. Dropping it lifts them; what they have ended stays ended.
#[derive(Debug)]
#[must_use = "the faults are lifted when this is dropped"]
pub struct Injected {
    switch: Arc<Switch>,
    ids: Vec<u64>,
    name: String,
    label: String,
    recorder: Recorder,
}

impl Injected {
    /// The name of the proxy.
    #[must_use]
    pub fn on(&self) -> &str {
        &self.name
    }

    /// What is wrong, in a few words.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    fn note(&self, label: &str) {
        self.recorder.record(What::Note {
            on: self.name.clone(),
            label: label.to_owned(),
        });
    }
}

impl Drop for Injected {
    fn drop(&mut self) {
        self.switch.lift(&self.ids);
        if !self.ids.is_empty() {
            self.note(&format!("lifted: {}", self.label));
        }
    }
}

/// Accepts connections until aborted; the connections end with it.
async fn accept(mut door: Door, to: SocketAddr, switch: Arc<Switch>, tell: watch::Sender<State>) {
    let mut connections = JoinSet::new();
    let mut number = 0;
    loop {
        let changed = switch.changed();
        let (refuses, _) = switch.at_the_door();
        door.set(refuses).await;
        let state = State {
            listening: door.is_open(),
            open: connections.len(),
        };
        tell.send_if_modified(|told| std::mem::replace(told, state) != state);
        tokio::select! {
            () = changed => {}
            Some(_) = connections.join_next() => {}
            accepted = door.accept() => match accepted {
                Ok(client) => {
                    number += 1;
                    connections.spawn(carry(client, to, Arc::clone(&switch), number));
                }
                // Out of file descriptors, most likely: some come back when other connections end.
                Err(_) => sleep(Duration::from_millis(10)).await,
            },
        }
    }
}

async fn carry(client: TcpStream, to: SocketAddr, switch: Arc<Switch>, number: u64) {
    match TcpStream::connect(to).await {
        Ok(server) => connection::carry(client, server, &switch, number).await,
        // Nobody is there: a reset comes closest to the refusal that the client would have met.
        Err(_) => connection::reset(&client),
    }
}

#[cfg(test)]
mod tests;

//! A load: many requests, and how long each took.
//!
//! In an *open* load requests arrive at a constant rate whether or not earlier ones are answered, as those of people
//! who do not know of each other do. The latency of each counts from the moment it was due, so a server that stands
//! still for a second is seen by every request of that second, and not only by those that a patient client happened
//! to have in flight. In a *closed* load a number of clients each wait for their answer and send the next request at
//! once, which measures what a server can do at most.
//!
//! A load runs on a thread of its own, because the server's balancer may share this process, and says of itself
//! whether it could keep up: see [`Limit`].

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::task::JoinSet;

mod connection;
mod fault;
mod figures;
mod limit;
mod null;
mod pacer;
mod request;
mod spread;
mod worker;

pub use fault::Fault;
pub use figures::Figures;
pub use limit::Limit;
pub use null::Null;
pub use request::{Pattern, Piece, Text};
pub use spread::Spread;

use pacer::Pacer;
use worker::Shared;

/// How often the load looks whether it is on time.
const BEAT: Duration = Duration::from_millis(10);

/// What is sent, how often, and for how long.
#[derive(Clone, Debug)]
pub struct Load {
    /// When requests are sent.
    pub arrivals: Arrivals,
    /// How many requests are in flight at most: a connection carries one at a time.
    pub connections: usize,
    /// Requests of this time at the beginning are sent and not counted.
    pub warmup: Duration,
    /// How long requests are sent and counted.
    pub lasting: Duration,
    /// How many requests are counted at most.
    pub count: Option<u64>,
    /// When a request is given up.
    pub timeout: Duration,
    /// What is sent.
    pub mix: Vec<Pattern>,
    /// What everything random in it follows.
    pub seed: u64,
}

/// When requests are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// At a constant rate, this many per second.
    Open(u32),
    /// On every connection as soon as the one before is answered.
    Closed,
}

/// Sends a load. Dropping the future ends it.
///
/// # Errors
/// When this machine gives no thread or no timer.
pub async fn run(load: Load) -> io::Result<Figures> {
    let (done, figures) = oneshot::channel();
    // Held until the figures are there; when it is dropped before, the thread hears of it and ends.
    let (_go_on, over) = oneshot::channel::<()>();
    std::thread::Builder::new()
        .name("load".to_owned())
        .spawn(move || {
            let result = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .and_then(|runtime| runtime.block_on(drive(load, over)));
            // Nobody waits for the figures of a load that was ended.
            let _ = done.send(result);
        })?;
    figures.await.map_err(io::Error::other)?
}

async fn drive(load: Load, over: oneshot::Receiver<()>) -> io::Result<Figures> {
    tokio::select! {
        figures = send(load) => figures,
        _ = over => Err(io::ErrorKind::Interrupted.into()),
    }
}

async fn send(load: Load) -> io::Result<Figures> {
    let pacer = Arc::new(Pacer::new()?);
    let shared = Arc::new(Shared::new(&load, Arc::clone(&pacer)));
    let mut timers = JoinSet::new();
    timers.spawn(async move { pacer.run().await });
    let beating = Arc::clone(&shared);
    timers.spawn(async move { beat(&beating).await });
    tokio::select! {
        figures = measure(&load, &shared) => figures,
        Some(ended) = timers.join_next() => {
            ended.map_err(io::Error::other)??;
            Err(io::ErrorKind::Interrupted.into())
        }
    }
}

async fn measure(load: &Load, shared: &Arc<Shared>) -> io::Result<Figures> {
    let mut workers = JoinSet::new();
    for _ in 0..load.connections.max(1) {
        let shared = Arc::clone(shared);
        workers.spawn(async move { shared.work().await });
    }
    let mut working = pin!(async {
        while let Some(ended) = workers.join_next().await {
            ended.map_err(io::Error::other)??;
        }
        Ok::<(), io::Error>(())
    });
    shared.pacer.until(shared.warm).await?;
    let before = limit::thread_time();
    let done = tokio::select! {
        ended = &mut working => { ended?; true }
        ended = shared.pacer.until(shared.end) => { ended?; false }
    };
    let elapsed = shared.warm.elapsed();
    let used = limit::thread_time().zip(before);
    let busy = used
        .map(|(after, before)| after.saturating_sub(before).as_secs_f64() / elapsed.as_secs_f64());
    if !done {
        working.await?;
    }
    let window = if done && load.count.is_some() {
        elapsed
    } else {
        load.lasting
    };
    Ok(shared.close(window, busy))
}

/// Notes how late this thread is, whatever it is busy with.
async fn beat(shared: &Shared) -> io::Result<()> {
    let mut due = shared.warm;
    loop {
        shared.pacer.until(due).await?;
        let now = Instant::now();
        shared.book().late(now.saturating_duration_since(due));
        due += BEAT;
        if due < now {
            due = now;
        }
    }
}

#[cfg(test)]
mod tests;

//! An origin: an HTTP/1.1 server of ours behind the server under test, as what a cache or an edge asks.
//!
//! It answers from routes, with validators and ranges, counts every request, and has trouble when it is told to: it
//! hangs, holds answers back, breaks off, drips, refuses connections. It writes its answers by hand, since no library
//! for servers breaks off on purpose.
//!
//! ```text
//! let route = Route { path: Pattern::new("/v/*"), body: Body::Random(100_000), ..Route::default() };
//! let origin = Origin::start("o", "a", vec![route], 7, &recorder).await?;
//! origin.trouble(Trouble { at: Pattern::new("/v/1"), what: What::Truncate(40_000), times: Some(1) });
//! let said = origin.answer(&Asked::get("/v/1"));        // what it would say, not counted
//! let counted = origin.counts(&Pattern::new("/v/*"));   // since the last `settle`
//! ```

mod answer;
mod connection;
mod ledger;
mod pattern;
mod route;
mod trouble;

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::timeline::{Recorder, What as Event};

pub use answer::Reply;
pub use ledger::Counts;
pub use pattern::Pattern;
pub use route::{Asked, Body, Piece, Route, Text};
pub use trouble::{Trouble, What};

use ledger::Ledger;
use trouble::Troubles;

/// A running origin. Dropping it ends it and its connections.
#[derive(Debug)]
pub struct Origin {
    name: String,
    addr: SocketAddr,
    state: Arc<State>,
    down: watch::Sender<bool>,
    is_shut: watch::Receiver<bool>,
    accepting: JoinHandle<()>,
}

/// What all connections share.
#[derive(Debug)]
struct State {
    name: String,
    /// Who asks, as the timeline calls it.
    asker: String,
    seed: u64,
    routes: Vec<Route>,
    /// How often what stands at a path has changed.
    versions: Mutex<BTreeMap<String, u64>>,
    ledger: Ledger,
    troubles: Troubles,
    /// Told when a request is counted.
    news: Notify,
    recorder: Recorder,
}

impl Origin {
    /// Starts an origin on a free port of 127.0.0.1, for a timeline in which `asker` asks it. What it makes up is a function
    /// of `seed`.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(
        name: &str,
        asker: &str,
        routes: Vec<Route>,
        seed: u64,
        recorder: &Recorder,
    ) -> io::Result<Self> {
        let door = connection::open(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let addr = door.addr();
        let state = Arc::new(State {
            name: name.to_owned(),
            asker: asker.to_owned(),
            seed,
            routes,
            versions: Mutex::default(),
            ledger: Ledger::default(),
            troubles: Troubles::default(),
            news: Notify::new(),
            recorder: recorder.clone(),
        });
        let (down, wants) = watch::channel(false);
        let (shut, is_shut) = watch::channel(false);
        let accepting = tokio::spawn(connection::accept(door, Arc::clone(&state), wants, shut));
        Ok(Self {
            name: name.to_owned(),
            addr,
            state,
            down,
            is_shut,
            accepting,
        })
    }

    /// `http://ADDRESS`
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Refuses connections from now on and resets those that are open, or takes them again. Returns when it is so.
    pub async fn set_down(&self, is_down: bool) {
        if *self.down.borrow() == is_down {
            return;
        }
        self.note(if is_down { "down" } else { "up" });
        self.down.send_replace(is_down);
        // The end of the accepting task would be the end of this too.
        let _ = self.is_shut.clone().wait_for(|shut| *shut == is_down).await;
    }

    /// Has this trouble from now on.
    pub fn trouble(&self, trouble: Trouble) {
        self.note(&trouble.to_string());
        self.state.troubles.add(trouble);
    }

    /// Lets go of every request that is held.
    pub fn release(&self) {
        self.note("release");
        self.state.troubles.release();
    }

    /// Has no trouble any more; what was held or hung is answered.
    pub fn lift(&self) {
        self.state.troubles.lift();
    }

    /// Holds something else at this path from now on.
    pub fn change(&self, path: &str) {
        self.note(&format!("changes {path}"));
        self.state.change(path);
    }

    /// Begins anew: up, without trouble, and counting from nothing.
    pub async fn settle(&self) {
        self.lift();
        self.set_down(false).await;
        self.state.ledger.clear();
    }

    /// What was asked for at the paths of this pattern since [`Origin::settle`].
    #[must_use]
    pub fn counts(&self, at: &Pattern) -> Counts {
        self.state.ledger.counts(at)
    }

    /// Waits until so many requests have come at this pattern, at most `within`, and says how many have.
    pub async fn wait_for(&self, at: &Pattern, requests: usize, within: Duration) -> usize {
        let enough = async {
            loop {
                let news = self.state.news.notified();
                if self.counts(at).requests >= requests {
                    return;
                }
                news.await;
            }
        };
        // What has come when the time is up is the answer.
        let _ = tokio::time::timeout(within, enough).await;
        self.counts(at).requests
    }

    /// What it would answer to a request now, whatever trouble it has. Nothing is counted.
    #[must_use]
    pub fn answer(&self, asked: &Asked) -> Reply {
        self.state.reply(asked)
    }

    fn note(&self, label: &str) {
        self.state.recorder.record(Event::Note {
            on: self.name.clone(),
            label: label.to_owned(),
        });
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl State {
    fn versions(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn version(&self, path: &str) -> u64 {
        self.versions().get(path).copied().unwrap_or(0)
    }

    fn change(&self, path: &str) {
        *self.versions().entry(path.to_owned()).or_default() += 1;
    }

    /// The route of a request: the first that fits.
    fn route(&self, asked: &Asked) -> Option<&Route> {
        self.routes.iter().find(|route| route.fits(asked))
    }

    fn reply(&self, asked: &Asked) -> Reply {
        let version = self.version(&asked.path);
        answer::reply(self.route(asked), asked, self.seed, version)
    }
}

#[cfg(test)]
mod tests;

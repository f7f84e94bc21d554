//! Trouble: what an origin does wrong at some paths, for some requests or until it is lifted.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::pattern::Pattern;

/// Trouble at some paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The paths.
    pub at: Pattern,
    /// What goes wrong.
    pub what: What,
    /// For how many requests; `None` until it is lifted.
    pub times: Option<usize>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Another status, and a few words for a body.
    Status(u16),
    /// The request is read and never answered.
    Hang,
    /// The answer begins this much later.
    Delay(Duration),
    /// The connection ends after so many bytes of the body; Content-Length says more.
    Truncate(usize),
    /// The body goes out in pieces of so many bytes, with a pause after each.
    Drip(usize, Duration),
    /// The request is read, and answered when it is released.
    Hold,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            What::Status(status) => write!(f, "answers {status} at {}", self.at.as_str()),
            What::Hang => write!(f, "hangs at {}", self.at.as_str()),
            What::Delay(time) => write!(f, "{} ms late at {}", time.as_millis(), self.at.as_str()),
            What::Truncate(bytes) => {
                write!(f, "breaks off after {bytes} bytes at {}", self.at.as_str())
            }
            What::Drip(..) => write!(f, "drips at {}", self.at.as_str()),
            What::Hold => write!(f, "holds {}", self.at.as_str()),
        }
    }
}

/// All the trouble that an origin has.
#[derive(Debug)]
pub(super) struct Troubles {
    list: Mutex<Vec<Trouble>>,
    /// Goes up when what is held is let go, and when all is lifted.
    releases: watch::Sender<u64>,
    lifts: watch::Sender<u64>,
}

impl Default for Troubles {
    fn default() -> Self {
        Self {
            list: Mutex::default(),
            releases: watch::Sender::new(0),
            lifts: watch::Sender::new(0),
        }
    }
}

/// The trouble of one request, and what ends its waiting.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) what: Vec<What>,
    releases: watch::Receiver<u64>,
    lifts: watch::Receiver<u64>,
}

impl Troubles {
    fn list(&self) -> MutexGuard<'_, Vec<Trouble>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, trouble: Trouble) {
        self.list().push(trouble);
    }

    /// What goes wrong with a request for this path. It counts as one of the times.
    pub(super) fn own(&self, path: &str) -> Own {
        // Subscribed before the list is read, so that no release is missed.
        let (releases, lifts) = (self.releases.subscribe(), self.lifts.subscribe());
        let mut list = self.list();
        let mut what = Vec::new();
        for trouble in list.iter_mut().filter(|trouble| trouble.at.fits(path)) {
            what.push(trouble.what);
            if let Some(times) = &mut trouble.times {
                *times -= 1;
            }
        }
        list.retain(|trouble| trouble.times != Some(0));
        Own {
            what,
            releases,
            lifts,
        }
    }

    /// What is held is answered, and nothing more is held.
    pub(super) fn release(&self) {
        self.list().retain(|trouble| trouble.what != What::Hold);
        self.releases.send_modify(|n| *n += 1);
    }

    pub(super) fn lift(&self) {
        self.list().clear();
        self.lifts.send_modify(|n| *n += 1);
    }
}

impl Own {
    /// Waits as long as the trouble keeps the answer back.
    pub(super) async fn wait(&mut self) {
        for what in self.what.clone() {
            match what {
                What::Delay(time) => tokio::time::sleep(time).await,
                What::Hang => lifted(&mut self.lifts).await,
                What::Hold => tokio::select! {
                    () = lifted(&mut self.releases) => {}
                    () = lifted(&mut self.lifts) => {}
                },
                What::Status(_) | What::Truncate(_) | What::Drip(..) => {}
            }
        }
    }
}

/// Waits for the next change. Without an origin there is none, and nobody to answer.
async fn lifted(news: &mut watch::Receiver<u64>) {
    if news.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

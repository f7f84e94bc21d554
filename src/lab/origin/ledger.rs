//! The ledger: every request that came, and what was sent for it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::pattern::Pattern;
use super::route::Asked;

/// The requests in their order.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<(u64, Vec<Entry>)>);

#[derive(Debug)]
struct Entry {
    path: String,
    kind: Kind,
    bytes: u64,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The whole.
    Full,
    /// Whatever is newer than what the client has.
    Conditional,
    /// A part.
    Range,
    /// The headers.
    Head,
    /// Something else: POST, for instance.
    Other,
}

/// How many requests there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub requests: usize,
    /// GET without condition or range.
    pub full: usize,
    /// With If-None-Match or If-Modified-Since.
    pub conditional: usize,
    /// With Range and no condition.
    pub ranges: usize,
    /// HEAD without condition.
    pub heads: usize,
    /// Of other methods.
    pub others: usize,
    /// Bytes of bodies that were sent.
    pub bytes: u64,
}

/// Where a request stands in the ledger.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place(u64, usize);

impl Ledger {
    fn lock(&self) -> MutexGuard<'_, (u64, Vec<Entry>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, asked: &Asked) -> Place {
        let has = |name: &str| asked.header(name).is_some();
        let kind = match asked.method.as_str() {
            "GET" | "HEAD" if has("if-none-match") || has("if-modified-since") => Kind::Conditional,
            "GET" if has("range") => Kind::Range,
            "GET" => Kind::Full,
            "HEAD" => Kind::Head,
            _ => Kind::Other,
        };
        let mut ledger = self.lock();
        let (turn, entries) = &mut *ledger;
        entries.push(Entry {
            path: asked.path.clone(),
            kind,
            bytes: 0,
        });
        Place(*turn, entries.len() - 1)
    }

    /// Adds bytes that were sent; those of a request from before the last [`Ledger::clear`] are nobody's.
    pub(super) fn sent(&self, place: Place, bytes: usize) {
        let mut ledger = self.lock();
        if ledger.0 == place.0
            && let Some(entry) = ledger.1.get_mut(place.1)
        {
            entry.bytes += bytes as u64;
        }
    }

    pub(super) fn clear(&self) {
        let mut ledger = self.lock();
        ledger.0 += 1;
        ledger.1.clear();
    }

    pub(super) fn counts(&self, at: &Pattern) -> Counts {
        let ledger = self.lock();
        let mut counts = Counts::default();
        for entry in ledger.1.iter().filter(|entry| at.fits(&entry.path)) {
            counts.requests += 1;
            counts.bytes += entry.bytes;
            *match entry.kind {
                Kind::Full => &mut counts.full,
                Kind::Conditional => &mut counts.conditional,
                Kind::Range => &mut counts.ranges,
                Kind::Head => &mut counts.heads,
                Kind::Other => &mut counts.others,
            } += 1;
        }
        counts
    }
}

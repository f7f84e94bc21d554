//! The roster: the instances behind a balancer, and whose turn it is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::backend::Backend;
use super::header::Affinity;
use super::{Listed, Policy};

/// The instances behind a balancer.
#[derive(Debug)]
pub(super) struct Roster {
    state: Mutex<State>,
    turn: AtomicUsize,
    /// After how many failures in a row an instance is left out; 0 means never.
    eject_after: AtomicUsize,
}

#[derive(Debug)]
struct State {
    backends: Vec<Arc<Backend>>,
    /// Taken out, and kept for what they served.
    former: Vec<Arc<Backend>>,
    policy: Policy,
}

impl Roster {
    pub(super) fn new(backends: Vec<Arc<Backend>>, policy: Policy) -> Self {
        Self {
            state: Mutex::new(State {
                backends,
                former: Vec::new(),
                policy,
            }),
            turn: AtomicUsize::new(0),
            eject_after: AtomicUsize::new(0),
        }
    }

    pub(super) fn set_eject_after(&self, failures: Option<usize>) {
        self.eject_after
            .store(failures.unwrap_or(0), Ordering::Relaxed);
    }

    /// Counts a request that an instance did not answer; true when it is left out for that from now on.
    pub(super) fn failed(&self, backend: &Backend) -> bool {
        let failures = backend.failed();
        let most = self.eject_after.load(Ordering::Relaxed);
        most > 0 && failures >= most && backend.leave_out()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn policy(&self) -> Policy {
        self.lock().policy
    }

    pub(super) fn set_policy(&self, policy: Policy) {
        self.lock().policy = policy;
    }

    pub(super) fn all(&self) -> Vec<Arc<Backend>> {
        self.lock().backends.clone()
    }

    pub(super) fn find(&self, name: &str) -> Option<Arc<Backend>> {
        let state = self.lock();
        state.backends.iter().find(|one| one.name == name).cloned()
    }

    pub(super) fn add(&self, backend: Arc<Backend>) {
        let mut state = self.lock();
        let place = state.backends.iter().position(|b| b.name == backend.name);
        match place {
            Some(place) => {
                let former = std::mem::replace(&mut state.backends[place], backend);
                former.retire();
                state.former.push(former);
            }
            None => state.backends.push(backend),
        }
    }

    pub(super) fn remove(&self, name: &str) -> Listed {
        let mut state = self.lock();
        let Some(place) = state.backends.iter().position(|one| one.name == name) else {
            return Listed::No;
        };
        let former = state.backends.remove(place);
        former.retire();
        state.former.push(former);
        Listed::Yes
    }

    pub(super) fn drain(&self, name: &str) -> Listed {
        let Some(backend) = self.find(name) else {
            return Listed::No;
        };
        backend.retire();
        Listed::Yes
    }

    /// Closes all idle connections.
    pub(super) fn close(&self) {
        for backend in &self.lock().backends {
            backend.forget_idle();
        }
    }

    pub(super) fn served(&self) -> BTreeMap<String, u64> {
        let state = self.lock();
        let mut served = BTreeMap::new();
        for backend in state.backends.iter().chain(&state.former) {
            *served.entry(backend.name.clone()).or_default() +=
                backend.served.load(Ordering::Relaxed);
        }
        served
    }

    /// The instance for the next request, none of those already `tried`. One that refused a connection a moment ago
    /// is only chosen when there is no other, and one that is left out for its silence when none is in service.
    pub(super) fn choose(&self, affinity: &Affinity, tried: &[String]) -> Option<Arc<Backend>> {
        let state = self.lock();
        let untried = |one: &Backend| !tried.contains(&one.name);
        let open = |one: &Backend| one.in_service() && untried(one);
        let silent = |one: &Backend| one.is_last_resort() && untried(one);
        let chosen = state.choose(self, affinity, |one| open(one) && !one.is_ejected());
        chosen
            .or_else(|| state.choose(self, affinity, open))
            .or_else(|| state.choose(self, affinity, silent))
            .cloned()
    }
}

impl State {
    fn choose<F: Fn(&Backend) -> bool>(
        &self,
        roster: &Roster,
        affinity: &Affinity,
        open: F,
    ) -> Option<&Arc<Backend>> {
        match self.policy {
            Policy::RoundRobin => self.in_turn(roster).find(|one| open(one)),
            Policy::LeastConnections => self
                .in_turn(roster)
                .filter(|one| open(one))
                .min_by_key(|one| one.in_flight()),
            Policy::Sticky => self
                .backends
                .iter()
                .find(|one| open(one) && affinity.cookie.as_deref() == Some(one.name.as_str()))
                .or_else(|| {
                    let digest = affinity.authorization?;
                    // The highest of the mixed digests: who leaves or comes moves only the clients it must.
                    let mixed = |one: &&Arc<Backend>| super::header::mix(digest, &one.name);
                    self.backends
                        .iter()
                        .filter(|one| open(one))
                        .max_by_key(mixed)
                })
                .or_else(|| self.in_turn(roster).find(|one| open(one))),
        }
    }

    /// All backends, beginning with the one whose turn it is, which then passes on.
    fn in_turn(&self, roster: &Roster) -> impl Iterator<Item = &Arc<Backend>> {
        let count = self.backends.len().max(1);
        let first = roster.turn.fetch_add(1, Ordering::Relaxed) % count;
        let (before, from) = self.backends.split_at(first.min(self.backends.len()));
        from.iter().chain(before)
    }
}

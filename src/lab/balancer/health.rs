//! Health: how a balancer finds out which instances can take requests, and which can again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::backend::Backend;
use super::ledger::Ledger;
use super::roster::Roster;
use crate::lab::probe::{Answer, probe_at};

/// How often an instance that is left out is asked, so that it is back in use within 100 ms.
const TICK: Duration = Duration::from_millis(50);
/// An instance in service is asked every so many ticks.
const CALM: u64 = 2;
/// How long an instance may take to say that it is ready.
const PATIENCE: Duration = Duration::from_secs(1);

/// How a balancer watches over its instances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The path that a ready instance answers with 2xx.
    pub path: String,
    /// Whether instances in service are asked too, every 100 ms, and left out as soon as they are not ready. If not,
    /// only those that were ejected are asked.
    pub always: bool,
    /// After how many requests in a row that got no answer an instance is ejected, until it says that it is ready. An
    /// answer is an answer, whatever its status.
    pub eject_after: Option<usize>,
    /// Who is asked when none is in service.
    pub last_resort: LastResort,
}

/// Whom a balancer asks when none of its instances is in service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastResort {
    /// Nobody: it answers 503 itself, so that it is seen.
    Nobody,
    /// Those that took too long to say whether they are ready. Where every processor is taken, that is how a good server
    /// looks for a while, and a refusal would be blamed on it.
    Silent,
}

/// Asks instances until aborted. One that hangs holds up nobody but itself.
pub(super) async fn watch(health: Health, roster: Arc<Roster>, ledger: Arc<Ledger>) {
    let mut asking = JoinSet::new();
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for tick in 0_u64.. {
        ticks.tick().await;
        while asking.try_join_next().is_some() {}
        for backend in roster.all() {
            let due = if backend.is_healthy() {
                health.always && tick % CALM == 0
            } else {
                true
            };
            // Only one question at a time is on its way to an instance.
            if due && !backend.asked.swap(true, Ordering::Relaxed) {
                let (health, ledger) = (health.clone(), Arc::clone(&ledger));
                asking.spawn(async move { ask(&backend, &health, &ledger).await });
            }
        }
    }
}

async fn ask(backend: &Backend, health: &Health, ledger: &Ledger) {
    let answer = probe_at(backend.addr(), &health.path, PATIENCE).await;
    let is_silent = matches!(answer, Answer::Silent { .. });
    let ready = matches!(
        answer,
        Answer::Status {
            code: 200..=299,
            ..
        }
    );
    if ready && backend.readmit() {
        ledger.note(&format!("{} is back in service", backend.name));
    }
    if !ready {
        let was_in_service = backend.leave_out();
        backend.set_last_resort(is_silent && health.last_resort == LastResort::Silent);
        if was_in_service {
            let reason = if is_silent { "silent" } else { "not ready" };
            ledger.note(&format!("leaves {} out: {reason}", backend.name));
        }
    }
    backend.asked.store(false, Ordering::Relaxed);
}

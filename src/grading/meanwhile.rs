//! Meanwhile: the steps that are done while another one runs, each at its own moment.
//!
//! They are done one after the other in their order, so that "kill at 1 s, start at 2 s" never overlap on a slow machine.
//! A step whose moment never came did not test what the check says, so it is inconclusive and never a pass.

use std::pin::Pin;
use std::time::Duration;

use rand::RngExt as _;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::checks::check::{Meanwhile, Step};
use crate::checks::variable::Bindings;

use super::attempt::{Attempt, Place};
use super::outcome::Outcome;
use super::perform::{Performed, perform, result};

/// A step that is done later than this after its moment has missed it.
const LATE: Duration = Duration::from_millis(100);

/// Does what is to be done while `step` runs; `over` says that it is done. Ends with the first that does not pass.
pub fn meanwhile<'a>(
    place: Place<'a>,
    step: &'a Step,
    bindings: &'a mut Bindings,
    over: &'a Notify,
) -> Pin<Box<dyn Future<Output = Vec<Performed>> + 'a>> {
    // Boxed, because a step that is done meanwhile is performed like any other.
    Box::pin(async move {
        let began = Instant::now();
        let mut done = Vec::new();
        for (i, one) in step.meanwhile.iter().enumerate() {
            place.world.set_ahead(step.meanwhile.len() - i);
            let path = format!("{}/meanwhile/{i}", place.path);
            let after = moment(one, &path, bindings);
            let due = tokio::select! {
                // When both are due the step is still running: its moment has come.
                biased;
                () = sleep_until(began + after) => true,
                () = over.notified() => false,
            };
            let mut performed = if due {
                let place = Place {
                    path: &path,
                    ..place
                };
                let late = began.elapsed().saturating_sub(after);
                let mut done = perform(place, &one.step, bindings).await;
                if late > LATE {
                    // It looked at another moment than the one that the check is about.
                    done.by_clock = done.by_clock.or(Some(late));
                }
                done
            } else {
                missed(one, after, began.elapsed(), bindings)
            };
            let name = std::mem::take(&mut performed.result.name);
            performed.result.name = format!("at {} ms: {name}", after.as_millis());
            let ended = performed.outcome != Outcome::Passed;
            done.push(performed);
            if ended {
                break;
            }
        }
        place.world.set_ahead(0);
        done
    })
}

/// How long after the other step began this one is due.
fn moment(one: &Meanwhile, path: &str, bindings: &Bindings) -> Duration {
    let spread = u64::try_from(one.spread.as_millis()).unwrap_or(u64::MAX);
    if spread == 0 {
        return one.at;
    }
    let later = bindings.seed().generator(path).random_range(0..=spread);
    one.at + Duration::from_millis(later)
}

/// The result of a step whose moment never came.
fn missed(one: &Meanwhile, at: Duration, after: Duration, bindings: &Bindings) -> Performed {
    let mut performed = result(&one.step, Attempt::none(), None);
    performed.outcome = Outcome::Inconclusive;
    performed.result.outcome = Some(Outcome::Inconclusive);
    performed.result.name = one.step.name.render(bindings).unwrap_or_default();
    performed.reason = format!(
        "the step it goes with was over after {} ms, before this was due at {} ms",
        after.as_millis(),
        at.as_millis()
    );
    performed.result.notes = vec![performed.reason.clone()];
    performed
}

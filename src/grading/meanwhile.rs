//! Meanwhile: the steps that are done while another one runs, each at its own moment.
//!
//! They are done one after the other in their order, so that "kill at 1 s, start at 2 s" never overlap on a slow machine.
//! A step whose moment never came did not test what the check says, so it is inconclusive and never a pass.

use std::pin::Pin;
use std::time::Duration;

use rand::RngExt as _;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until};

use crate::base::text::count;
use crate::checks::check::{Meanwhile, Moment, Step};
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
    let mut clock = Clock::new(place.world.answers());
    // Boxed, because a step that is done meanwhile is performed like any other.
    Box::pin(async move {
        let mut done = Vec::new();
        for (i, one) in step.meanwhile.iter().enumerate() {
            place.world.set_ahead(step.meanwhile.len() - i);
            let path = format!("{}/meanwhile/{i}", place.path);
            let later = later(one, &path, bindings);
            let due = tokio::select! {
                // When both are due the step is still running: its moment has come.
                biased;
                () = clock.reach(one.moment, later) => true,
                () = over.notified() => false,
            };
            let mut performed = if due {
                let place = Place {
                    path: &path,
                    ..place
                };
                let late = clock.late(one.moment, later);
                let mut done = perform(place, &one.step, bindings).await;
                if late > LATE {
                    // It looked at another moment than the one that the check is about.
                    done.by_clock = done.by_clock.or(Some(late));
                }
                done
            } else {
                missed(one, clock.why_missed(one.moment, later), bindings)
            };
            let name = std::mem::take(&mut performed.result.name);
            performed.result.name = format!("{}: {name}", when(one.moment, later));
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

/// What the moments are reckoned from: when the other step began, and the answers that there were by then.
struct Clock {
    began: Instant,
    answers: watch::Receiver<usize>,
    before: usize,
}

impl Clock {
    fn new(answers: watch::Receiver<usize>) -> Self {
        let before = *answers.borrow();
        Self {
            began: Instant::now(),
            answers,
            before,
        }
    }

    /// Waits for a moment.
    async fn reach(&mut self, moment: Moment, later: Duration) {
        match moment {
            Moment::At(at) => sleep_until(self.began + at + later).await,
            Moment::After(answers) => {
                let due = self.before + answers;
                // The world, which counts, outlives this.
                let _ = self.answers.wait_for(|answers| *answers >= due).await;
                // Even the shortest sleep would be a millisecond late.
                if !later.is_zero() {
                    sleep(later).await;
                }
            }
        }
    }

    /// By how much a moment that is reckoned in time has passed.
    fn late(&self, moment: Moment, later: Duration) -> Duration {
        match moment {
            Moment::At(at) => self.began.elapsed().saturating_sub(at + later),
            Moment::After(_) => Duration::ZERO,
        }
    }

    fn why_missed(&self, moment: Moment, later: Duration) -> String {
        let passed = match moment {
            Moment::At(_) => format!("{} ms", self.began.elapsed().as_millis()),
            Moment::After(_) => count(*self.answers.borrow() - self.before, "answer"),
        };
        let due = when(moment, later);
        format!("the step it goes with was over after {passed}, before this was due {due}")
    }
}

/// How much later than its moment a step is due.
fn later(one: &Meanwhile, path: &str, bindings: &Bindings) -> Duration {
    let spread = u64::try_from(one.spread.as_millis()).unwrap_or(u64::MAX);
    if spread == 0 {
        return Duration::ZERO;
    }
    Duration::from_millis(bindings.seed().generator(path).random_range(0..=spread))
}

/// When it is due, in words.
fn when(moment: Moment, later: Duration) -> String {
    let later = later.as_millis();
    match moment {
        Moment::At(at) => format!("at {} ms", at.as_millis() + later),
        Moment::After(answers) if later == 0 => format!("after {}", count(answers, "answer")),
        Moment::After(answers) => format!("{later} ms after {}", count(answers, "answer")),
    }
}

/// The result of a step whose moment never came.
fn missed(one: &Meanwhile, why: String, bindings: &Bindings) -> Performed {
    let mut performed = result(&one.step, Attempt::none(), None);
    performed.outcome = Outcome::Inconclusive;
    performed.result.outcome = Some(Outcome::Inconclusive);
    performed.result.name = one.step.name.render(bindings).unwrap_or_default();
    performed.reason = why;
    performed.result.notes = vec![performed.reason.clone()];
    performed
}

//! A timer that is exact to some ten microseconds where the system has one to give.
//!
//! The runtime's own timers are rounded up to the next millisecond, which is too coarse for a delay that is to be
//! 50 ms and not 51. On Linux an alarm wakes the runtime at the moment itself; elsewhere the coarse timer must do.

use std::time::Instant;
#[cfg(target_os = "linux")]
use std::{io, time::Duration};

#[cfg(target_os = "linux")]
use crate::lab::alarm::Alarm;

/// Waits for moments, one at a time.
#[derive(Debug, Default)]
pub(super) struct Timer {
    #[cfg(target_os = "linux")]
    exact: Option<Exact>,
}

impl Timer {
    /// Waits until `moment`. May be dropped and asked again.
    pub(super) async fn until(&mut self, moment: Instant) {
        #[cfg(target_os = "linux")]
        if moment > Instant::now() {
            if self.exact.is_none() {
                self.exact = Exact::new().ok();
            }
            if let Some(exact) = &mut self.exact
                && exact.until(moment).await.is_ok()
            {
                return;
            }
        }
        if moment > Instant::now() {
            tokio::time::sleep_until(moment.into()).await;
        }
    }
}

/// An alarm that rings before the moment, by as long as it takes to wake up; what is left of that is spun away.
///
/// Waking up takes a few microseconds on a processor that is busy and more than a hundred on one that sleeps, so it is
/// learned from one moment to the next.
#[cfg(target_os = "linux")]
#[derive(Debug)]
struct Exact {
    alarm: Alarm,
    waking: Duration,
}

/// How long waking up takes until it is known, and the most that is believed of it.
#[cfg(target_os = "linux")]
const WAKING: Duration = Duration::from_micros(100);
#[cfg(target_os = "linux")]
const LONGEST_WAKING: Duration = Duration::from_micros(200);
/// How much earlier the alarm rings than it takes to wake up.
#[cfg(target_os = "linux")]
const SPARE: Duration = Duration::from_micros(20);

#[cfg(target_os = "linux")]
impl Exact {
    fn new() -> io::Result<Self> {
        let waking = WAKING;
        Alarm::new().map(|alarm| Self { alarm, waking })
    }

    async fn until(&mut self, moment: Instant) -> io::Result<()> {
        loop {
            let now = Instant::now();
            let left = moment.saturating_duration_since(now);
            let Some(sleep) = left
                .checked_sub(self.waking + SPARE)
                .filter(|s| !s.is_zero())
            else {
                while Instant::now() < moment {
                    std::hint::spin_loop();
                }
                return Ok(());
            };
            self.alarm.set(sleep)?;
            // It may ring for a moment that nobody waited for; then the loop comes round again.
            self.alarm.rung().await?;
            if let Some(took) = now.elapsed().checked_sub(sleep) {
                self.waking = (3 * self.waking + took.min(LONGEST_WAKING)) / 4;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn it_never_rings_early_also_after_a_wait_that_was_given_up() {
        let mut timer = Timer::default();
        for i in 0..20 {
            let given_up = timer.until(Instant::now() + Duration::from_millis(1));
            let _ = tokio::time::timeout(Duration::from_micros(i * 100), given_up).await;
            let moment = Instant::now() + Duration::from_millis(3);
            timer.until(moment).await;
            assert!(Instant::now() >= moment);
        }
    }
}

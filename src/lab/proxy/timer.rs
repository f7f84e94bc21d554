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
    exact: Option<Alarm>,
}

impl Timer {
    /// Waits until `moment`. May be dropped and asked again.
    pub(super) async fn until(&mut self, moment: Instant) {
        #[cfg(target_os = "linux")]
        if moment > Instant::now() {
            if self.exact.is_none() {
                self.exact = Alarm::new().ok();
            }
            if let Some(alarm) = &self.exact
                && ring(alarm, moment).await.is_ok()
            {
                return;
            }
        }
        if moment > Instant::now() {
            tokio::time::sleep_until(moment.into()).await;
        }
    }
}

/// How long before the moment the alarm rings. Waking up takes about this long; what is left of it is spun away.
#[cfg(target_os = "linux")]
const WAKING: Duration = Duration::from_micros(80);

#[cfg(target_os = "linux")]
async fn ring(alarm: &Alarm, moment: Instant) -> io::Result<()> {
    loop {
        let left = moment.saturating_duration_since(Instant::now());
        let Some(sleep) = left.checked_sub(WAKING).filter(|s| !s.is_zero()) else {
            while Instant::now() < moment {
                std::hint::spin_loop();
            }
            return Ok(());
        };
        alarm.set(sleep)?;
        // It may ring for a moment that nobody waited for; then the loop comes round again.
        alarm.rung().await?;
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

//! A spread: how many of many durations were how long.

use std::time::Duration;

use hdrhistogram::Histogram;

/// The longest duration that is told from longer ones.
const LONGEST: Duration = Duration::from_mins(2);

/// Collects durations, with three digits each, in little memory.
#[derive(Debug)]
pub(super) struct Collector(Histogram<u32>);

/// What collected durations come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread {
    /// How many there are.
    pub count: u64,
    /// Their mean.
    pub mean: Duration,
    /// The shortest.
    pub min: Duration,
    /// Half of them are at most this long.
    pub p50: Duration,
    /// Nine in ten are at most this long.
    pub p90: Duration,
    /// All but one in a hundred are at most this long.
    pub p99: Duration,
    /// All but one in a thousand are at most this long.
    pub p999: Duration,
    /// The longest.
    pub max: Duration,
    /// How many are longer than the one before and at most this long, from the shortest to the longest.
    pub steps: Vec<(Duration, u64)>,
}

impl Collector {
    pub(super) fn new() -> Self {
        let histogram = Histogram::new_with_bounds(1_000, nanos(LONGEST), 3);
        Self(histogram.expect("constant bounds that the histogram allows"))
    }

    pub(super) fn add(&mut self, duration: Duration) {
        self.0.saturating_record(nanos(duration));
    }

    pub(super) fn spread(&self) -> Spread {
        let of = &self.0;
        if of.is_empty() {
            return Spread::default();
        }
        let at = |quantile| Duration::from_nanos(of.value_at_quantile(quantile));
        Spread {
            count: of.len(),
            mean: Duration::from_secs_f64(of.mean() / 1e9),
            min: Duration::from_nanos(of.min()),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: Duration::from_nanos(of.max()),
            steps: self.steps(),
        }
    }

    /// Steps of 1, 2, 5, 10, 20, … of a unit, from the one with the shortest to the one with the longest.
    fn steps(&self) -> Vec<(Duration, u64)> {
        let of = &self.0;
        let bounds =
            (0..9_u32).flat_map(|tens| [1, 2, 5].map(|one| one * 1_000 * 10_u64.pow(tens)));
        let mut steps: Vec<(Duration, u64)> = Vec::new();
        let mut below = 0;
        for bound in bounds {
            let upto = of
                .iter_recorded()
                .take_while(|v| v.value_iterated_to() <= bound);
            let upto: u64 = upto.map(|v| v.count_since_last_iteration()).sum();
            if upto > below || !steps.is_empty() {
                steps.push((Duration::from_nanos(bound), upto - below));
            }
            below = upto;
            if upto == of.len() {
                break;
            }
        }
        steps
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_right_to_three_digits() {
        let mut all = Collector::new();
        for micros in 1..=10_000 {
            all.add(Duration::from_micros(micros));
        }
        let spread = all.spread();
        for (got, truth) in [
            (spread.p50, 5_000.0),
            (spread.p90, 9_000.0),
            (spread.p99, 9_900.0),
        ] {
            let ratio = got.as_secs_f64() * 1e6 / truth;
            assert!((ratio - 1.0).abs() < 0.002, "{got:?} beside {truth} µs");
        }
        assert_eq!(spread.count, 10_000);
    }

    #[test]
    fn steps_go_from_the_shortest_to_the_longest_and_count_everything() {
        let mut all = Collector::new();
        for millis in [3, 3, 3, 40] {
            all.add(Duration::from_millis(millis));
        }
        let steps: Vec<(u128, u64)> = all
            .spread()
            .steps
            .iter()
            .map(|(d, n)| (d.as_millis(), *n))
            .collect();
        assert_eq!(steps, [(5, 3), (10, 0), (20, 0), (50, 1)]);
    }
}

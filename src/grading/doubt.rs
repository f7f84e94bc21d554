//! Doubt: when time says more about this machine than about the server.

use std::time::{Duration, Instant};

use crate::checks::check::Step;
use crate::checks::expectation::ExpectationResult;
use crate::lab::load::{Fault, Figures};
use crate::lab::pulse::Pulse;

/// How long this machine may stand still before a failure by the clock is looked at twice.
const STANDSTILL: Duration = Duration::from_millis(300);

/// How long a server may wait for a processor before that.
const WAIT: Duration = Duration::from_millis(20);

/// Why a limit on time that was missed decides nothing, if it does not: since then this machine stood still for a good
/// part of that time, or let a server wait for a processor.
#[must_use]
pub fn too_busy(pulse: &Pulse, limit: Duration, since: Instant) -> Option<String> {
    let still = pulse.worst_since(since);
    let reason = if still > STANDSTILL.max(limit / 5) {
        format!("stood still for {} ms meanwhile", still.as_millis())
    } else {
        let waited = pulse.waited_since(since);
        if waited <= WAIT.max(limit / 4) {
            return None;
        }
        let waited = waited.as_millis();
        format!("was busy, and let a process wait for {waited} ms in all meanwhile")
    };
    Some(format!(
        "this machine {reason}, so the time says nothing about the server"
    ))
}

/// Why a load decides nothing, if it does not. Where this machine was the limit, neither what is slow or missing is the
/// server's doing, nor is a figure worth keeping; a wrong answer stays one. What fails with servers that do nothing is
/// this machine's doing in any case.
#[must_use]
pub fn doubt(
    step: &Step,
    expectations: &[ExpectationResult],
    figures: &Figures,
    null: bool,
) -> Option<String> {
    let all_held = expectations.iter().all(|e| e.held);
    if null {
        return (!all_held).then(|| {
            format!(
                "this machine is too slow for what the check measures: servers that do nothing came to {:.0} answers per second",
                figures.rate
            )
        });
    }
    let limit = figures.limit.as_ref()?;
    if all_held {
        return (!step.captures.is_empty()).then(|| limit.to_string());
    }
    only_of_time(expectations, figures).then(|| limit.to_string())
}

/// Whether something failed, and nothing but what can fail because this machine was slow.
#[must_use]
pub fn only_of_time(expectations: &[ExpectationResult], figures: &Figures) -> bool {
    let mut failed = expectations.iter().filter(|e| !e.held).peekable();
    failed.peek().is_some() && failed.all(|e| is_of_time(e, figures))
}

/// Whether an expectation can fail because this machine was slow.
fn is_of_time(expectation: &ExpectationResult, figures: &Figures) -> bool {
    let slow = [Fault::TimedOut, Fault::Unsent, Fault::Exhausted];
    let only_slow = figures.faults.keys().all(|fault| slow.contains(fault));
    let broken = figures.statuses.keys().any(|status| *status >= 500);
    match expectation.subject.as_str() {
        "rate" | "p50" | "p90" | "p99" | "max" => true,
        "errors" | "answers error" => only_slow,
        "failed" => only_slow && !broken,
        subject if subject.starts_with("answered_by") => only_slow,
        // Fewer answers than wanted may be late ones; one that nobody wanted is wrong whenever it comes.
        _ => only_slow && expectation.expected != "none",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;
    use crate::checks::check::{Capture, CaptureFrom, Secrecy};
    use crate::checks::steps::Action;
    use crate::checks::steps::race::Race;
    use crate::checks::template::Template;
    use crate::lab::load::{Arrivals, Limit, Spread};

    fn figures(limit: Option<Limit>) -> Figures {
        Figures {
            arrivals: Arrivals::Closed,
            connections: 1,
            window: Duration::from_secs(1),
            due: 100,
            sent: 100,
            rate: 100.0,
            latency: Spread::default(),
            lateness: Spread::default(),
            statuses: BTreeMap::from([(200, 100)]),
            faults: BTreeMap::new(),
            servers: BTreeMap::new(),
            busy: None,
            limit,
        }
    }

    fn failed(subject: &str, expected: &str) -> ExpectationResult {
        ExpectationResult {
            subject: subject.to_owned(),
            expected: expected.to_owned(),
            got: String::new(),
            held: false,
            difference: None,
        }
    }

    fn step(captures: Vec<Capture>) -> Step {
        Step {
            name: Template::default(),
            action: Action::Race(Race {
                requests: Vec::new(),
            }),
            expect: Vec::new(),
            captures,
            records: Vec::new(),
            repeat: None,
            retry: None,
            meanwhile: Vec::new(),
        }
    }

    #[test]
    fn a_wrong_answer_is_wrong_on_a_slow_machine_too() {
        let limited = figures(Some(Limit::Busy(0.95)));
        let plain = step(Vec::new());
        let unsure = |expectation| doubt(&plain, &[expectation], &limited, false).is_some();
        assert!(unsure(failed("p99", "less than \"200ms\"")));
        assert!(unsure(failed("answers 200", "at least 100")));
        assert!(!unsure(failed("answers 401", "none")));
        let both = [
            failed("p99", "less than \"200ms\""),
            failed("answers 401", "none"),
        ];
        assert_eq!(doubt(&plain, &both, &limited, false), None);
    }

    #[test]
    fn a_reset_connection_is_no_matter_of_time() {
        let mut limited = figures(Some(Limit::Busy(0.95)));
        let plain = step(Vec::new());
        limited.faults.insert(Fault::TimedOut, 3);
        let errors = [failed("errors", "0")];
        assert!(doubt(&plain, &errors, &limited, false).is_some());
        limited.faults.insert(Fault::Reset, 1);
        assert_eq!(doubt(&plain, &errors, &limited, false), None);
    }

    #[test]
    fn without_a_limit_a_failure_is_the_servers() {
        let slow = [failed("p99", "less than \"200ms\"")];
        assert_eq!(doubt(&step(Vec::new()), &slow, &figures(None), false), None);
    }

    #[test]
    fn a_figure_that_this_machine_limited_is_not_kept() {
        let kept = Capture {
            name: "x1".to_owned(),
            from: CaptureFrom::Figure("rate"),
            secrecy: Secrecy::Open,
        };
        let limited = figures(Some(Limit::Busy(0.95)));
        assert!(doubt(&step(vec![kept]), &[], &limited, false).is_some());
        assert_eq!(doubt(&step(Vec::new()), &[], &limited, false), None);
    }
}

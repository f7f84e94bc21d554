//! Doubt: when time says more about this machine than about the server.

use std::time::{Duration, Instant};

use crate::checks::check::{Capture, CaptureFrom, Step};
use crate::checks::expectation::ExpectationResult;
use crate::checks::steps::Action;
use crate::checks::steps::process::Deed;
use crate::lab::load::{Fault, Figures, Limit};

use super::permit::Permits;

/// How long this machine may stand still before a failure by the clock is looked at twice.
const STANDSTILL: Duration = Duration::from_millis(300);

/// How long a server may wait for a processor before that.
const WAIT: Duration = Duration::from_millis(20);

/// Lateness below this can spoil a figure, and loses no answer.
const SLIGHT: Duration = Duration::from_millis(20);

/// What a server or a balancer answers when it has waited for as long as it may: the status says that somebody had no
/// time, as a request without an answer does.
pub const LATER: [u16; 2] = [503, 504];

/// What a balancer answers when a server hung up on it.
const HUNG_UP: u16 = 502;

/// Why a limit on time that was missed decides nothing, if it does not: since then this machine stood still for a good
/// part of that time, or let a server wait for a processor.
#[must_use]
pub fn too_busy(permits: &Permits, limit: Duration, since: Instant) -> Option<String> {
    let still = permits.pulse().worst_since(since);
    let reason = if still > STANDSTILL.max(limit / 5) {
        format!("stood still for {} ms meanwhile", still.as_millis())
    } else {
        let company = permits.company_since(since);
        let waited = permits.pulse().run_delay_since(since, company);
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
        return (!captures_hold(step, figures)).then(|| limit.to_string());
    }
    let explains = match limit {
        Limit::Late { late, .. } if *late < SLIGHT => {
            let figure = |e: &ExpectationResult| !e.held && is_figure(e);
            expectations.iter().any(figure) || !figures.faults.is_empty() || was_deferred(figures)
        }
        _ => true,
    };
    (explains && only_of_time(step, expectations, figures)).then(|| limit.to_string())
}

/// Whether somebody was told to come later.
fn was_deferred(figures: &Figures) -> bool {
    LATER.iter().any(|s| figures.statuses.contains_key(s))
}

/// Whether an expectation is about how fast the answers were, and not about which came.
fn is_figure(expectation: &ExpectationResult) -> bool {
    matches!(
        expectation.subject.as_str(),
        "rate" | "p50" | "p90" | "p99" | "max"
    )
}

/// Whether all figures that are kept are good ones although this machine was the limit: a median is, where the median
/// of its lateness is small beside it. The few that were late do not move it.
fn captures_hold(step: &Step, figures: &Figures) -> bool {
    let late = matches!(figures.limit, Some(Limit::Late { .. }));
    let small = figures.lateness.p50 <= figures.latency.p50 / 4;
    let median = |capture: &Capture| matches!(capture.from, CaptureFrom::Figure("p50"));
    step.captures.is_empty() || (late && small && step.captures.iter().all(median))
}

/// Whether something failed, and nothing but what can fail because this machine was slow.
#[must_use]
pub fn only_of_time(step: &Step, expectations: &[ExpectationResult], figures: &Figures) -> bool {
    let mut failed = expectations.iter().filter(|e| !e.held).peekable();
    let leaves = leaves(step);
    failed.peek().is_some() && failed.all(|e| is_of_time(e, figures, leaves))
}

/// Whether a server is told to leave while the step runs. When it hangs up is by the clock then: where it had no time to
/// read what had come, or to say that it is not ready, somebody is hung up on.
fn leaves(step: &Step) -> bool {
    let stops = |action: &Action| matches!(action, Action::Process(p) if p.deed == Deed::Stop);
    step.meanwhile.iter().any(|one| stops(&one.step.action))
}

/// Whether an expectation can fail because this machine was slow; `leaves` when a server was told to leave meanwhile.
fn is_of_time(expectation: &ExpectationResult, figures: &Figures, leaves: bool) -> bool {
    let slow = [Fault::TimedOut, Fault::Unsent, Fault::Exhausted];
    let only_slow = figures.faults.keys().all(|fault| slow.contains(fault));
    let is_late = |status: u16| LATER.contains(&status) || (leaves && status == HUNG_UP);
    let broken = figures
        .statuses
        .iter()
        .filter(|(status, _)| **status >= 500 && !is_late(**status));
    let broken: u64 = broken.map(|(_, n)| n).sum();
    // So many can be lost with an instance that dies.
    let in_flight = u64::try_from(figures.connections).unwrap_or(u64::MAX);
    let subject = expectation.subject.as_str();
    let status = subject.strip_prefix("answers ").map(str::parse);
    match subject {
        _ if is_figure(expectation) => true,
        _ if matches!(status, Some(Ok(status)) if is_late(status)) => only_slow,
        "errors" | "answers error" => only_slow,
        "failed" => only_slow && broken == 0,
        "answers 5xx" => only_slow && was_deferred(figures) && broken <= in_flight,
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
    use crate::checks::check::{Meanwhile, Moment, Secrecy};
    use crate::checks::steps::process::Process;
    use crate::checks::steps::race::Race;
    use crate::checks::template::Template;
    use crate::lab::load::{Arrivals, Spread};

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
            window: None,
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
    fn a_request_that_left_a_little_late_was_answered_all_the_same() {
        let plain = step(Vec::new());
        let late = |millis| {
            figures(Some(Limit::Late {
                late: Duration::from_millis(millis),
                latency: Duration::from_millis(5),
            }))
        };
        let unsure = |figures: &Figures, subject| {
            doubt(&plain, &[failed(subject, "at least 10")], figures, false).is_some()
        };
        assert!(!unsure(&late(2), "answered_by new"));
        assert!(unsure(&late(200), "answered_by new"));
        assert!(unsure(&late(2), "p99"));
        let mut given_up = late(2);
        given_up.faults.insert(Fault::TimedOut, 1);
        assert!(unsure(&given_up, "answered_by new"));
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
    fn to_be_told_to_come_later_is_a_matter_of_time_and_any_other_error_is_not() {
        let mut limited = figures(Some(Limit::Busy(0.95)));
        let plain = step(Vec::new());
        let unsure = |figures: &Figures, subject, expected| {
            doubt(&plain, &[failed(subject, expected)], figures, false).is_some()
        };
        assert!(!unsure(&limited, "answers 5xx", "at most 8"));
        limited.statuses.insert(503, 40);
        assert!(unsure(&limited, "answers 503", "none"));
        assert!(unsure(&limited, "answers 5xx", "at most 8"));
        assert!(unsure(&limited, "failed", "0"));
        // One that was in flight when its instance died; there was one connection.
        limited.statuses.insert(502, 1);
        assert!(unsure(&limited, "answers 5xx", "at most 8"));
        assert!(!unsure(&limited, "failed", "0"));
        limited.statuses.insert(500, 1);
        assert!(!unsure(&limited, "answers 5xx", "at most 8"));
        assert!(!unsure(&limited, "answers 500", "none"));
    }

    #[test]
    fn who_is_told_to_leave_may_have_had_no_time_to_read_what_had_come() {
        let mut limited = figures(None);
        limited.statuses.insert(502, 2);
        let all = [failed("failed", "0"), failed("answers 502", "none")];
        assert!(!only_of_time(&step(Vec::new()), &all, &limited));
        let mut leaving = step(Vec::new());
        let stop = Process {
            deed: Deed::Stop,
            on: vec![Template::plain("a")],
            within: Duration::from_secs(5),
        };
        leaving.meanwhile.push(Meanwhile {
            moment: Moment::At(Duration::from_secs(1)),
            spread: Duration::ZERO,
            step: Step {
                action: Action::Process(stop),
                ..step(Vec::new())
            },
        });
        assert!(only_of_time(&leaving, &all, &limited));
        limited.statuses.insert(500, 1);
        assert!(!only_of_time(&leaving, &all, &limited));
        limited.statuses.remove(&500);
        limited.faults.insert(Fault::Reset, 1);
        assert!(!only_of_time(&leaving, &all, &limited));
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

    #[test]
    fn a_median_is_kept_where_only_the_few_were_late() {
        let kept = |figure| Capture {
            name: "quiet".to_owned(),
            from: CaptureFrom::Figure(figure),
            secrecy: Secrecy::Open,
        };
        let millis = Duration::from_millis;
        let mut late = figures(Some(Limit::Late {
            late: millis(15),
            latency: millis(20),
        }));
        (late.latency.p50, late.lateness.p50) = (millis(20), millis(1));
        let unsure =
            |figure, figures: &Figures| doubt(&step(vec![kept(figure)]), &[], figures, false);
        assert_eq!(unsure("p50", &late), None);
        assert!(unsure("p99", &late).is_some());
        late.lateness.p50 = millis(6);
        assert!(unsure("p50", &late).is_some());
    }
}

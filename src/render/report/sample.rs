//! Results to test reports with: those of an ordinary run, and one in which every text is hostile.

use std::time::Duration;

use crate::grading::outcome::{
    CheckResult, Excerpt, ExpectationResult, Grade, Level, Outcome, Printed, StepResult,
};
use crate::lab::database::Kind;
use crate::lab::timeline::{Event, What};

/// A check that passed, without steps.
pub(super) fn passed(id: &str, title: &str, points: u32) -> CheckResult {
    CheckResult {
        id: id.into(),
        case: None,
        title: title.into(),
        why: String::new(),
        level: Level::Core,
        points,
        counted: true,
        outcome: Outcome::Passed,
        reason: String::new(),
        steps: Vec::new(),
        figures: Vec::new(),
        timeline: Vec::new(),
        printed: Vec::new(),
        curl: None,
        hint: None,
        lesson: None,
        source: ("checks/stateless-refactor.toml".into(), 24),
        duration: Duration::from_millis(12),
    }
}

/// An expectation that did not hold.
pub(super) fn expectation(subject: &str, expected: &str, got: &str) -> ExpectationResult {
    ExpectationResult {
        subject: subject.into(),
        expected: expected.into(),
        got: got.into(),
        held: false,
        difference: None,
    }
}

/// An expectation that held.
pub(super) fn held(subject: &str, expected: &str) -> ExpectationResult {
    ExpectationResult {
        held: true,
        ..expectation(subject, expected, expected)
    }
}

/// A step that passed.
pub(super) fn step(name: &str, request: &str, answer: &str) -> StepResult {
    StepResult {
        name: name.into(),
        outcome: Some(Outcome::Passed),
        request: request.into(),
        answer: answer.into(),
        duration: Duration::from_millis(6),
        repetition: None,
        expectations: Vec::new(),
        notes: Vec::new(),
        picture: None,
        sketch: None,
        visit: None,
        load: None,
        excerpt: Excerpt::default(),
    }
}

fn request(from: &str, to: &str, label: &str) -> What {
    What::Request {
        from: from.into(),
        to: to.into(),
        label: label.into(),
    }
}

fn response(from: &str, to: &str, label: &str, expected: Option<&str>) -> What {
    What::Response {
        from: from.into(),
        to: to.into(),
        label: label.into(),
        expected: expected.map(Into::into),
    }
}

fn at(whats: Vec<What>) -> Vec<Event> {
    let event = |(ms, what)| Event {
        at: Duration::from_millis(ms),
        what,
    };
    (0..).zip(whats).map(event).collect()
}

/// The failing check of the design: a preference that lives in the memory of one instance.
pub(super) fn failed() -> CheckResult {
    let mut read = step(
        "read it through B with the same token",
        "GET  b/preferences",
        "404",
    );
    read.outcome = Some(Outcome::Failed);
    read.duration = Duration::from_millis(2);
    read.expectations = vec![
        expectation("status", "200", "404"),
        held("header content-type", "to contain \"json\""),
        expectation(
            "$.theme",
            "\"dark\"",
            "nothing; the body is {\"error\":\"not found\"}",
        ),
    ];
    read.excerpt.lines = vec!["{".into(), "  \"error\": \"not found\"".into(), "}".into()];
    let mut not_run = step(
        "20 reads through the balancer all agree",
        "GET  lb/preferences",
        "",
    );
    not_run.outcome = None;
    CheckResult {
        why: "Behind a balancer the next request may reach any instance.".into(),
        outcome: Outcome::Failed,
        figures: vec![("reads".into(), 20.0), ("p99".into(), 12.5)],
        steps: vec![
            step("save a preference through A", "PUT  a/preferences", "204"),
            read,
            not_run,
        ],
        timeline: at(vec![
            request("checker", "a", "PUT /preferences"),
            response("a", "checker", "204", None),
            request("checker", "b", "GET /preferences"),
            response("b", "checker", "404", Some("200")),
        ]),
        printed: vec![Printed {
            instance: "b".into(),
            lines: vec!["GET /preferences user=fox-4711 -> no row".into()],
        }],
        curl: Some(
            "curl -H \"Authorization: Bearer $TOKEN\" http://127.0.0.1:41873/preferences".into(),
        ),
        hint: Some(
            "B knows the user but not the preference: it is probably still in A's memory.".into(),
        ),
        lesson: Some("where-state-lives#sessions".into()),
        source: ("checks/stateless-refactor.toml".into(), 64),
        ..passed(
            "any-instance",
            "Instance B serves a user who logged in on instance A",
            10,
        )
    }
}

/// An ordinary run with every outcome and a check with cases.
pub(super) fn grade() -> Grade {
    let mut forged = step(
        "present the expired token to B",
        "GET  b/preferences",
        "200",
    );
    forged.outcome = Some(Outcome::Failed);
    forged.repetition = Some((7, 20));
    forged.expectations = vec![expectation("status", "401 or 403", "200")];
    let case = |name: &str| CheckResult {
        case: Some(name.into()),
        ..passed("forged-tokens", "A token you did not sign is refused", 10)
    };
    let expired = CheckResult {
        outcome: Outcome::Failed,
        steps: vec![forged],
        ..case("expired")
    };
    let skipped = CheckResult {
        outcome: Outcome::Skipped,
        reason: "needs \"any-instance\"".into(),
        ..passed(
            "survives-kill-9",
            "kill -9 on every instance loses nothing",
            15,
        )
    };
    let unsure = CheckResult {
        outcome: Outcome::Inconclusive,
        reason: "this machine was too busy to tell".into(),
        level: Level::Deep,
        ..passed("fast-enough", "An answer comes within 300 ms", 5)
    };
    let errored = CheckResult {
        outcome: Outcome::Errored,
        reason: "the check reads `token`, which no step before it captures".into(),
        ..passed("broken-check", "A check that is itself at fault", 5)
    };
    Grade {
        exercise: "stateless-refactor".into(),
        title: "Stateless refactor".into(),
        seed: "81f2".into(),
        database: Kind::Sqlite,
        url: None,
        results: vec![
            passed("login", "Logging in returns a token", 5),
            failed(),
            case("alg-none"),
            expired,
            skipped,
            unsure,
            errored,
        ],
        earned: 5,
        total: 50,
        passed: false,
        remark: String::new(),
        duration: Duration::from_millis(3_240),
    }
}

/// A failed check in which every text is `text`.
pub(super) fn spelled(text: &str) -> CheckResult {
    let own = || text.to_owned();
    let mut bad = step(text, text, text);
    bad.outcome = Some(Outcome::Failed);
    bad.expectations = vec![expectation(text, text, text), held(text, text)];
    bad.notes = vec![own()];
    bad.excerpt = Excerpt {
        lines: vec![own()],
        cut: own(),
    };
    let mut not_run = step(text, text, "");
    not_run.outcome = None;
    CheckResult {
        title: own(),
        why: own(),
        outcome: Outcome::Failed,
        steps: vec![step(text, text, text), bad, not_run],
        timeline: at(vec![
            request("checker", "lb", text),
            request("lb", text, text),
            What::Note {
                on: own(),
                label: own(),
            },
            response(text, "lb", text, None),
            response("lb", "checker", text, Some(text)),
        ]),
        printed: vec![Printed {
            instance: own(),
            lines: vec![own()],
        }],
        curl: None,
        hint: Some(own()),
        lesson: Some(own()),
        reason: own(),
        source: (own(), 1),
        ..passed("hostile", text, 10)
    }
}

/// A run in which what a server sent tries to break out of every format.
pub(super) fn hostile_grade() -> Grade {
    let text = "]]>\n::error::owned\r\n::error::x\u{1b}[2J\u{9b}1m\u{85}<b>&\u{2028}##[error]y # SKIP \u{202e} \u{fffe}\u{0}";
    let outcomes = [
        Outcome::Failed,
        Outcome::Skipped,
        Outcome::Inconclusive,
        Outcome::Errored,
    ];
    let result = |(at, outcome): (usize, Outcome)| CheckResult {
        id: format!("hostile-{at}"),
        outcome,
        ..spelled(text)
    };
    Grade {
        title: text.into(),
        remark: text.into(),
        results: outcomes.into_iter().enumerate().map(result).collect(),
        ..grade()
    }
}

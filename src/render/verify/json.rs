//! The report of a verification as one JSON document, `course-verify/v1`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::base::diagnostic::line_column;
use crate::verify::coverage::CheckCoverage;
use crate::verify::deviation::Deviation;
use crate::verify::margin::Near;
use crate::verify::proof::{Held, Proof};
use crate::verify::suite::{Change, Extent, Verdict};

use super::took;

/// The name and version of the format.
const FORMAT: &str = "course-verify/v1";

/// The whole document, ending in a newline.
pub(super) fn document(verdicts: &[Verdict], text_of: &dyn Fn(&str) -> Option<String>) -> String {
    let value = json!({
        "format": FORMAT,
        "held": verdicts.iter().all(Verdict::held),
        "duration_ms": millis(took(verdicts)),
        "exercises": verdicts.iter().map(|v| exercise(v, text_of)).collect::<Vec<_>>(),
    });
    // The old form of a GitHub workflow command counts anywhere in a line. In JSON it can only stand inside a string.
    format!("{value:#}\n").replace("##[", "##\\u005b")
}

fn exercise(verdict: &Verdict, text_of: &dyn Fn(&str) -> Option<String>) -> Value {
    json!({
        "exercise": verdict.exercise,
        "held": verdict.held(),
        "seed": verdict.seed,
        "database": verdict.database.name(),
        "whole": verdict.extent == Extent::Whole,
        "repeat": verdict.repeat,
        "duration_ms": millis(verdict.duration),
        "servers": verdict.proofs.iter().map(server).collect::<Vec<_>>(),
        "changes": verdict.changes.iter().map(change).collect::<Vec<_>>(),
        "warnings": verdict.near().into_iter().map(|n| warning(n, text_of)).collect::<Vec<_>>(),
        "unproven_checks": verdict.unproven(),
        "mutation_score": verdict.score(),
        "checks_no_mutant_fails": verdict.unmoved().iter().map(|(id, exchanges)| json!({
            "id": id,
            "exchanges": exchanges,
        })).collect::<Vec<_>>(),
        "checks": verdict.coverage.iter().map(check).collect::<Vec<_>>(),
    })
}

fn server(proof: &Proof) -> Value {
    let (outcome, deviations, reason) = match &proof.result {
        Held::Yes => ("held", Vec::new(), ""),
        Held::No(found) => ("broken", found.iter().map(deviation).collect(), ""),
        Held::Unsure(found) => ("unsure", found.iter().map(deviation).collect(), ""),
        Held::Idle => ("idle", Vec::new(), ""),
        Held::Skipped(reason) => ("skipped", Vec::new(), reason.as_str()),
    };
    json!({
        "server": proof.server,
        "claim": proof.claim.words(),
        "outcome": outcome,
        "reason": reason,
        "seed": proof.seed,
        "points": { "earned": proof.points.0, "total": proof.points.1 },
        "failed": proof.failed,
        "checks": proof.checks.iter().map(|c| json!({
            "id": c.id,
            "outcome": c.outcome.name(),
            "duration_ms": millis(c.duration),
        })).collect::<Vec<_>>(),
        "duration_ms": millis(proof.duration),
        "deviations": deviations,
        "mutant": proof.mutation.as_ref().map(|m| json!({
            "does": m.mutation.does,
            "perhaps": m.mutation.perhaps,
            "noticed": proof.is_noticed(),
            "exchanges": m.exchanges,
        })),
    })
}

fn deviation(deviation: &Deviation) -> Value {
    let step = deviation.step.as_ref().map(|step| {
        json!({
            "name": step.name,
            "request": step.request,
            "expectation": step.expectation,
        })
    });
    json!({
        "check": deviation.check,
        "claimed": deviation.claimed,
        "got": deviation.got,
        "seed": deviation.seed,
        "step": step,
    })
}

fn change(change: &Change) -> Value {
    json!({
        "server": change.server,
        "check": change.check,
        "first": { "outcome": change.first.0.name(), "seed": change.first.1 },
        "other": { "outcome": change.other.0.name(), "seed": change.other.1 },
    })
}

fn warning(near: &Near, text_of: &dyn Fn(&str) -> Option<String>) -> Value {
    let warning = near.warning();
    let text = text_of(&warning.file).unwrap_or_default();
    let (line, column) = line_column(&text, warning.span.start);
    json!({
        "id": warning.id,
        "file": warning.file,
        "line": line,
        "column": column,
        "message": warning.message,
        "help": warning.help,
        "server": near.server,
        "check": near.check,
        "took_ms": millis(near.took),
    })
}

fn check(check: &CheckCoverage) -> Value {
    json!({
        "id": check.id,
        "failed_by": check.failed_by,
        "mutants_killed": check.kills().0,
        "silent_hints": check.silent_hints,
    })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

//! The report of a verification for people.

use std::io::{self, Write};

use crate::base::diagnostic::Diagnostic;
use crate::base::text::count;
use crate::grading::outcome::replay;
use crate::render::diagnostic::diagnostics;
use crate::render::report::cell;
use crate::render::theme::{Role, Surface};
use crate::verify::claim::Claim;
use crate::verify::deviation::Deviation;
use crate::verify::margin::Near;
use crate::verify::proof::{Held, Proof};
use crate::verify::suite::{Change, Extent, Verdict};

use super::{mark, mutants, took};

/// Writes the tables, and what does not hold.
pub(super) fn write(
    verdicts: &[Verdict],
    text_of: &dyn Fn(&str) -> Option<String>,
    surface: &Surface,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (n, verdict) in verdicts.iter().enumerate() {
        if n > 0 {
            writeln!(out)?;
        }
        let heading = cell::line(&verdict.exercise);
        writeln!(out, "{}", surface.paint(Role::Heading, &heading))?;
        table(verdict, surface, out)?;
        for proof in &verdict.proofs {
            deviations(proof, verdict, surface, out)?;
        }
        changes(verdict, surface, out)?;
        mutants::write(verdict, surface, out)?;
        unproven(verdict, surface, out)?;
        hints(verdict, surface, out)?;
        near(verdict, text_of, surface, out)?;
        summary(std::slice::from_ref(verdict), surface, out)?;
    }
    if verdicts.len() > 1 {
        summary(verdicts, surface, out)?;
    }
    Ok(())
}

fn table(verdict: &Verdict, surface: &Surface, out: &mut dyn Write) -> io::Result<()> {
    let shown = |p: &&Proof| !p.server.contains('#') || p.result != Held::Yes;
    let names = verdict
        .proofs
        .iter()
        .filter(shown)
        .map(|p| cell::width(&p.server));
    let name = names.max().unwrap_or(0).max(6);
    let claims = verdict.proofs.iter().map(|p| cell::width(&p.claim.words()));
    let claim = claims.max().unwrap_or(0).max(5);
    let head = format!(
        "  {}  {}  outcome",
        cell::pad("server", name),
        cell::pad("claim", claim)
    );
    writeln!(out, "{}", surface.paint(Role::Faint, &head))?;
    for proof in verdict.proofs.iter().filter(shown) {
        let (word, role) = mark(proof);
        let more = match &proof.result {
            Held::Yes => held(proof) + &repetitions(verdict, proof),
            Held::No(found) => count(found.len(), "deviation"),
            Held::Unsure(found) => {
                format!(
                    "this machine could not decide {}",
                    count(found.len(), "check")
                )
            }
            Held::Idle => "met nothing to change".to_owned(),
            Held::Skipped(reason) => cell::line(reason),
        };
        writeln!(
            out,
            "  {}  {}  {} {more}",
            cell::pad(&cell::line(&proof.server), name),
            cell::pad(&proof.claim.words(), claim),
            surface.paint(role, word),
        )?;
    }
    Ok(())
}

/// What is to be said of a server whose claim holds.
fn held(proof: &Proof) -> String {
    match &proof.claim {
        Claim::Mutant | Claim::Survivor(_) if proof.is_noticed() => {
            format!("killed by {}", count(proof.failed.len(), "check"))
        }
        Claim::Survivor(why) => format!("survived: {}", cell::line(why)),
        _ => format!("{} of {} points", proof.points.0, proof.points.1),
    }
}

/// How many repetitions of this server's run held as well.
fn repetitions(verdict: &Verdict, proof: &Proof) -> String {
    let prefix = format!("{}#", proof.server);
    let again = |p: &&Proof| p.server.starts_with(&prefix) && p.result == Held::Yes;
    match verdict.proofs.iter().filter(again).count() {
        0 => String::new(),
        n => format!(", also in {}", count(n, "further run")),
    }
}

fn deviations(
    proof: &Proof,
    verdict: &Verdict,
    surface: &Surface,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (Held::No(found) | Held::Unsure(found)) = &proof.result else {
        return Ok(());
    };
    let server = cell::line(&proof.server);
    let words = format!("{server}: {}", count(found.len(), "deviation"));
    writeln!(out, "\n{}", surface.paint(Role::Fail, &words))?;
    for deviation in found {
        one(deviation, out)?;
    }
    let name = server.split('#').next().unwrap_or_default();
    let again = format!(
        "course verify {} --only {name} {}",
        verdict.exercise,
        replay(&proof.seed, verdict.database, None)
    );
    writeln!(
        out,
        "  again    {}",
        surface.paint(Role::Command, &cell::line(&again))
    )
}

fn one(deviation: &Deviation, out: &mut dyn Write) -> io::Result<()> {
    let subject = deviation.check.as_deref().unwrap_or("the server");
    writeln!(out, "  {}", cell::line(subject))?;
    writeln!(out, "    claimed  {}", cell::line(&deviation.claimed))?;
    // A server that is not ready says so in several lines.
    let mut first = "got";
    for line in cell::lines(&deviation.got) {
        writeln!(out, "    {first:7}  {line}")?;
        first = "";
    }
    writeln!(out, "    seed     {}", cell::line(&deviation.seed))?;
    if let Some(step) = &deviation.step {
        let request = step
            .request
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let name = format!("{}  {request}", step.name);
        writeln!(out, "    step     {}", cell::line(name.trim_end()))?;
        if !step.expectation.is_empty() {
            writeln!(out, "             {}", cell::line(&step.expectation))?;
        }
    }
    Ok(())
}

fn changes(verdict: &Verdict, surface: &Surface, out: &mut dyn Write) -> io::Result<()> {
    if verdict.changes.is_empty() {
        return Ok(());
    }
    let words = "verdicts that change from run to run";
    writeln!(out, "\n{}", surface.paint(Role::Fail, words))?;
    for change in &verdict.changes {
        let Change {
            server,
            check,
            first,
            other,
        } = change;
        writeln!(
            out,
            "  {server}  {check}: {} with seed {}, {} with seed {}",
            first.0.name(),
            first.1,
            other.0.name(),
            other.1
        )?;
    }
    Ok(())
}

fn unproven(verdict: &Verdict, surface: &Surface, out: &mut dyn Write) -> io::Result<()> {
    let never = verdict.unproven();
    if never.is_empty() {
        return Ok(());
    }
    let words = "checks that nothing fails";
    writeln!(out, "\n{}", surface.paint(Role::Fail, words))?;
    for id in never {
        writeln!(out, "  {}", cell::line(id))?;
    }
    writeln!(
        out,
        "  Nobody has seen them fail. Write a broken server in exercises/{}/broken/ that they catch.",
        verdict.exercise
    )
}

fn hints(verdict: &Verdict, surface: &Surface, out: &mut dyn Write) -> io::Result<()> {
    if verdict.extent == Extent::Part {
        return Ok(());
    }
    let silent: Vec<(&str, &String)> = verdict
        .coverage
        .iter()
        .flat_map(|c| c.silent_hints.iter().map(|say| (c.id.as_str(), say)))
        .collect();
    if silent.is_empty() {
        return Ok(());
    }
    let words = format!(
        "note: {} that no failure here has given",
        count(silent.len(), "hint")
    );
    writeln!(out, "\n{}", surface.paint(Role::Skip, &words))?;
    for (id, say) in silent {
        let line = format!("  {}: {}", cell::line(id), cell::line(say));
        writeln!(out, "{}", cell::cut(&line, surface.width))?;
    }
    Ok(())
}

/// Limits on time that a solution kept by little, as `course lint` shows a warning.
fn near(
    verdict: &Verdict,
    text_of: &dyn Fn(&str) -> Option<String>,
    surface: &Surface,
    out: &mut dyn Write,
) -> io::Result<()> {
    let warnings: Vec<Diagnostic> = verdict.near().into_iter().map(Near::warning).collect();
    if warnings.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n{}",
        diagnostics(&warnings, text_of, surface).trim_end()
    )
}

/// What became of all claims of exercises that were proven side by side.
fn summary(verdicts: &[Verdict], surface: &Surface, out: &mut dyn Write) -> io::Result<()> {
    let is = |wanted: &str| {
        let proofs = verdicts.iter().flat_map(|v| &v.proofs);
        proofs.filter(|p| mark(p).0 == wanted).count()
    };
    let exercises = match verdicts.len() {
        1 => String::new(),
        n => format!("{}: ", count(n, "exercise")),
    };
    let (word, role) = if !verdicts.iter().all(Verdict::held) {
        ("BROKEN", Role::Fail)
    } else if is("UNSURE") > 0 {
        ("UNSURE", Role::Skip)
    } else {
        ("HELD", Role::Pass)
    };
    let unsure = match is("UNSURE") {
        0 => String::new(),
        n => format!("{n} unsure, "),
    };
    writeln!(
        out,
        "\n{}  {exercises}{} held, {} broken, {unsure}{} skipped, in {:.1} s, seed {}",
        surface.paint(role, word),
        count(is("HELD"), "claim"),
        is("BROKEN"),
        is("SKIP"),
        took(verdicts).as_secs_f64(),
        cell::line(verdicts.first().map_or("", |v| &v.seed)),
    )
}

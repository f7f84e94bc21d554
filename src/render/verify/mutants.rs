//! The part of the report that is about mutants: which survived and what they did, and what each check kills.

use std::io::{self, Write};

use crate::base::text::count;
use crate::render::report::cell;
use crate::render::theme::{Role, Surface};
use crate::verify::claim::Claim;
use crate::verify::proof::Proof;
use crate::verify::suite::{Extent, Verdict};

/// How many changed exchanges of a survivor are shown.
const SHOWN: usize = 4;

/// Writes it; nothing when there were no mutants.
pub(super) fn write(verdict: &Verdict, surface: &Surface, out: &mut dyn Write) -> io::Result<()> {
    let (killed, survived) = verdict.mutants();
    if killed.is_empty() && survived.is_empty() {
        return Ok(());
    }
    let wrongly = survived.iter().filter(|p| p.claim == Claim::Mutant).count();
    let score = verdict
        .score()
        .map(|score| format!("; mutation score {score} %"));
    let words = format!(
        "mutants: {} killed, {wrongly} survived, {} allowed to{}",
        killed.len(),
        survived.len() - wrongly,
        score.unwrap_or_default()
    );
    writeln!(out, "\n{}", surface.paint(Role::Heading, &words))?;
    for proof in survived {
        survivor(proof, surface, out)?;
    }
    if verdict.extent == Extent::Whole {
        kills(verdict, surface, out)?;
    }
    unmoved(verdict, surface, out)
}

/// Checks that no mutant fails: what they look at is not on the wire, or they look at too little of it.
fn unmoved(verdict: &Verdict, surface: &Surface, out: &mut dyn Write) -> io::Result<()> {
    let unmoved = verdict.unmoved();
    if unmoved.is_empty() {
        return Ok(());
    }
    let words = format!(
        "note: {} that no mutant fails, with what they ask",
        count(unmoved.len(), "check")
    );
    writeln!(out, "\n{}", surface.paint(Role::Skip, &words))?;
    for (id, exchanges) in unmoved {
        writeln!(out, "  {}", cell::line(id))?;
        for exchange in exchanges.iter().take(SHOWN) {
            writeln!(out, "    asked    {}", cell::line(exchange))?;
        }
        let more = exchanges.len().saturating_sub(SHOWN);
        if more > 0 {
            writeln!(out, "             and {} more", count(more, "exchange"))?;
        }
    }
    Ok(())
}

fn survivor(proof: &Proof, surface: &Surface, out: &mut dyn Write) -> io::Result<()> {
    let Some(mutated) = &proof.mutation else {
        return Ok(());
    };
    let (word, role, why) = match &proof.claim {
        Claim::Survivor(why) => ("allowed", Role::Skip, why.as_str()),
        _ => ("survived", Role::Fail, mutated.mutation.perhaps),
    };
    writeln!(
        out,
        "  {}  {}: {}",
        surface.paint(role, word),
        cell::line(&proof.server),
        mutated.mutation.does
    )?;
    for exchange in mutated.exchanges.iter().take(SHOWN) {
        writeln!(out, "    changed  {}", cell::line(exchange))?;
    }
    let more = mutated.exchanges.len().saturating_sub(SHOWN);
    if more > 0 {
        writeln!(
            out,
            "             and {} of other kinds",
            count(more, "exchange")
        )?;
    }
    if !why.is_empty() {
        writeln!(out, "    perhaps  {}", cell::line(why))?;
    }
    Ok(())
}

fn kills(verdict: &Verdict, surface: &Surface, out: &mut dyn Write) -> io::Result<()> {
    let width = verdict.coverage.iter().map(|c| cell::width(&c.id)).max();
    let width = width.unwrap_or(0).max(5);
    let head = format!(
        "  {}  mutants  other wrong servers",
        cell::pad("check", width)
    );
    writeln!(out, "\n{}", surface.paint(Role::Faint, &head))?;
    for check in &verdict.coverage {
        let (mutants, others) = check.kills();
        let id = cell::pad(&cell::line(&check.id), width);
        writeln!(out, "  {id}  {mutants:>7}  {others:>19}")?;
    }
    Ok(())
}

//! The summary: what a run adds up to, and the one next command as its last line.

use super::cases::Cases;
use super::{Guess, cell, row};
use crate::base::text::count;
use crate::grading::outcome::{Grade, Level, Outcome};
use crate::lab::database::Kind;
use crate::render::theme::{Role, Surface};

/// Columns of the labels at the left.
const LABEL: usize = 9;

/// The lines of the summary. `folded` says how many checks did not pass and are shown in one line only.
pub(super) fn draw(
    grade: &Grade,
    folded: usize,
    guesses: &[Guess],
    surface: Surface,
) -> Vec<String> {
    let columns = row::columns(surface);
    let (verdict, role) = if grade.passed {
        ("PASSED", Role::Pass)
    } else {
        ("NOT PASSED YET", Role::Fail)
    };
    let mut lines = vec![String::new()];
    for title in cell::wrap(&cell::line(&grade.title), columns.saturating_sub(2)) {
        let bar = if lines.len() == 1 { "■" } else { "│" };
        lines.push(format!("{bar} {}", surface.paint(Role::Strong, &title)));
    }
    lines.push(format!("│ {}", surface.paint(role, verdict)));
    let mut say = |label: &str, text: &str| {
        let room = columns.saturating_sub(2 + LABEL);
        for (at, part) in cell::wrap(&cell::line(text), room).into_iter().enumerate() {
            let label = cell::pad(if at == 0 { label } else { "" }, LABEL);
            lines.push(format!("│ {}{part}", surface.paint(Role::Faint, &label)));
        }
    };
    for (label, text) in facts(grade, guesses) {
        say(label, &text);
    }
    if folded > 0 {
        let those = if folded == 1 { "it" } else { "them all" };
        let more = format!(
            "{} did not pass; add -v to see {those} in full",
            count(folded, "more check")
        );
        say("more", &more);
    }
    lines.push(format!(
        "{} {}",
        surface.paint(Role::Faint, "└ next:"),
        surface.paint(Role::Command, &cell::line(&next(grade)))
    ));
    lines
}

/// What a run adds up to, each with what it is about.
pub(super) fn facts(grade: &Grade, guesses: &[Guess]) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("checks", counts(grade)),
        ("points", points(grade)),
        ("level", level_in_words(grade).to_owned()),
        ("seed", seed(grade)),
    ];
    let guesses = guesses.iter().filter_map(|guess| guess.told(grade));
    facts.extend(guesses.map(|told| ("guess", told)));
    if !grade.remark.is_empty() {
        facts.push(("note", grade.remark.clone()));
    }
    facts
}

/// The outcomes in words: `2 passed, 1 failed, 3 skipped, in 3.2 s`.
fn counts(grade: &Grade) -> String {
    let words = [
        (Outcome::Passed, "passed"),
        (Outcome::Failed, "failed"),
        (Outcome::Skipped, "skipped"),
        (Outcome::Inconclusive, "unsure"),
        (Outcome::Errored, "could not be graded"),
    ];
    let mut parts: Vec<String> = words
        .iter()
        .map(|(outcome, word)| (grade.count(*outcome), word))
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    if parts.is_empty() {
        parts.push("none ran".to_owned());
    }
    parts.push(format!("in {}", row::time(grade.duration)));
    parts.join(", ")
}

fn points(grade: &Grade) -> String {
    let (core, core_of) = grade.points(Level::Core);
    let (deep, deep_of) = grade.points(Level::Deep);
    let total = format!("{} of {}", grade.earned, grade.total);
    if deep_of == 0 {
        return total;
    }
    format!("{total} (core {core} of {core_of}, deep {deep} of {deep_of})")
}

/// The level reached: `none`, `core` or `deep`.
pub(super) fn level(grade: &Grade) -> &'static str {
    let (deep, deep_of) = grade.points(Level::Deep);
    match (grade.passed, deep_of > 0 && deep == deep_of) {
        (false, _) => "none",
        (true, false) => "core",
        (true, true) => "deep",
    }
}

fn level_in_words(grade: &Grade) -> &'static str {
    match level(grade) {
        "none" => "none yet; core is reached when every core check passes",
        "core" if grade.points(Level::Deep).1 > 0 => {
            "core; deep is reached when every deep check passes"
        }
        "core" => "core",
        _ => "deep: everything that can be had here",
    }
}

/// The seed, and what it is good for.
fn seed(grade: &Grade) -> String {
    let seed = &grade.seed;
    match grade.database {
        Kind::Sqlite => format!("{seed} (the same seed repeats the same run)"),
        Kind::Postgres => {
            format!("{seed} (the same seed and --database postgres repeat the same run)")
        }
    }
}

/// The one command that helps most now.
pub(super) fn next(grade: &Grade) -> String {
    let checks = Cases::group(&grade.results);
    let first = |outcome| checks.iter().find(|check| check.outcome() == outcome);
    if first(Outcome::Failed).is_some() {
        return "course hint".to_owned();
    }
    if first(Outcome::Errored).is_some() {
        return "course doctor".to_owned();
    }
    if let Some(unsure) = first(Outcome::Inconclusive) {
        return format!("course check {} {}", unsure.check().id, grade.replay());
    }
    if grade.passed {
        return "course solution".to_owned();
    }
    format!("course check {}", grade.exercise)
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn the_summary_says_what_a_run_adds_up_to() {
        let mut grade = sample::grade();
        grade.remark = "A server at a URL cannot be killed and started again, so the exercise cannot be passed this way; run `course check` without --url.".into();
        insta::assert_snapshot!(draw(&grade, 2, &[], Surface::plain(80)).join("\n"));
    }

    #[test]
    fn the_last_line_is_one_command() {
        let mut grade = sample::grade();
        assert_eq!(next(&grade), "course hint");
        grade
            .results
            .retain(|result| result.outcome == Outcome::Passed);
        grade.passed = true;
        assert_eq!(next(&grade), "course solution");
        grade.passed = false;
        assert_eq!(next(&grade), "course check stateless-refactor");
        grade.results[0].outcome = Outcome::Inconclusive;
        assert_eq!(next(&grade), "course check login --seed 81f2");
        grade.results[0].outcome = Outcome::Errored;
        assert_eq!(next(&grade), "course doctor");
    }

    #[test]
    fn a_run_without_checks_does_not_look_passed() {
        let mut grade = sample::grade();
        grade.results.clear();
        let drawn = draw(&grade, 0, &[], Surface::plain(60)).join("\n");
        assert!(
            drawn.contains("NOT PASSED YET") && drawn.contains("none ran"),
            "{drawn}"
        );
    }

    #[test]
    fn deep_is_reached_only_with_every_deep_check() {
        let mut grade = sample::grade();
        grade.passed = true;
        assert_eq!(level(&grade), "core");
        grade
            .results
            .retain(|result| result.outcome == Outcome::Passed);
        assert_eq!(level(&grade), "core", "no deep check was there to pass");
        grade.results[0].level = Level::Deep;
        assert_eq!(level(&grade), "deep");
    }
}

//! The head of the page: the verdict, and what the run adds up to.

use super::super::cases::Cases;
use super::super::{Guess, cell, curl, summary};
use super::Stop;
use crate::base::text::count;
use crate::grading::outcome::{CheckResult, Grade, Outcome};
use crate::render::markup::{Element, element};

/// What stands above everything else.
#[derive(Clone, Debug)]
pub(super) struct Head {
    title: String,
    /// Symbol, word and class of the style sheet.
    verdict: (&'static str, &'static str, &'static str),
    facts: Vec<(&'static str, String)>,
    /// Why nothing was graded, line by line.
    reason: String,
    next: String,
}

impl Head {
    /// The head of a run that came to its end.
    pub(super) fn of(grade: &Grade, guesses: &[Guess]) -> Self {
        Self {
            title: grade.title.clone(),
            verdict: if grade.passed {
                ("✓", "PASSED", "pass")
            } else {
                ("✗", "NOT PASSED YET", "fail")
            },
            facts: summary::facts(grade, guesses),
            reason: String::new(),
            next: summary::next(grade),
        }
    }

    /// The head of a run that did not.
    pub(super) fn stopped(
        title: &str,
        stop: Stop<'_>,
        results: &[CheckResult],
        left: &[&str],
        replay: &str,
    ) -> Self {
        let groups = Cases::group(results);
        let of = |outcome| groups.iter().filter(|c| c.outcome() == outcome).count();
        let (passed, ran) = (of(Outcome::Passed), groups.len() - of(Outcome::Skipped));
        let mut facts = vec![(
            "checks",
            format!("{} ran, {passed} passed", count(ran, "check")),
        )];
        if !left.is_empty() {
            facts.push(("not run", left.join(", ")));
        }
        let (verdict, reason) = match stop {
            Stop::Interrupted => (("?", "STOPPED BEFORE THE END", "skip"), String::new()),
            Stop::NotReady(reason) => (("!", "NOT GRADED", "fail"), reason.to_owned()),
        };
        Self {
            title: title.to_owned(),
            verdict,
            facts,
            reason,
            next: format!("course check {replay}"),
        }
    }

    /// The head in one line, for the tab of a browser.
    pub(super) fn line(&self) -> String {
        let (symbol, word, _) = self.verdict;
        format!("{symbol} {word}: {}", cell::line(&self.title))
    }

    pub(super) fn draw(&self) -> Element {
        let (symbol, word, class) = self.verdict;
        let verdict = element("p").class("verdict").with(
            element("strong")
                .class(class)
                .text(format!("{symbol} {word}")),
        );
        let fact = |(label, text): &(&'static str, String)| {
            element("div")
                .with(element("dt").text(*label))
                .with(element("dd").text(cell::line(text)))
        };
        let next = element("div").with(element("dt").text("next")).with(
            element("dd").with(element("code").text(curl::lay_out(&self.next, 80).join("\n"))),
        );
        let reason = (!self.reason.is_empty())
            .then(|| element("pre").text(cell::lines(&self.reason).join("\n")));
        element("header")
            .with(element("p").class("quiet").text("course check"))
            .with(element("h1").text(cell::line(&self.title)))
            .with(verdict)
            .all(reason)
            .with(
                element("dl")
                    .class("facts")
                    .all(self.facts.iter().map(fact))
                    .with(next),
            )
    }
}

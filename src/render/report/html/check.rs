//! One check on the page: a row of the overview, and everything that is known about it.

use super::super::cases::Cases;
use super::super::{cell, curl, failure, row};
use super::{figure, log, step};
use crate::grading::outcome::{CheckResult, Outcome};
use crate::render::markup::{Element, element};
use crate::render::theme::Role;
use crate::render::{load, sequence, timeline};

/// Columns of a command that is not broken yet.
const COMMAND: usize = 84;

/// The class of the style sheet for an outcome.
fn class(outcome: Outcome) -> &'static str {
    match row::mark(outcome).1 {
        Role::Pass => "pass",
        Role::Fail => "fail",
        _ => "skip",
    }
}

/// An outcome as symbol, word and colour.
pub(super) fn status(outcome: Outcome) -> Element {
    let (symbol, _) = row::mark(outcome);
    element("strong")
        .class(class(outcome))
        .text(format!("{symbol} {}", outcome.word()))
}

/// What a link to a check is called; nothing else on the page is called like that.
fn place(check: &CheckResult) -> String {
    format!("check-{}", check.id)
}

fn points(cases: &Cases<'_>) -> String {
    format!("{} of {}", cases.earned(), cases.check().points)
}

/// All checks in a table.
pub(super) fn overview(groups: &[Cases<'_>]) -> Element {
    let head = ["Outcome", "Check", "Points"].map(|name| {
        let class = if name == "Points" { "number" } else { "word" };
        element("th").class(class).set("scope", "col").text(name)
    });
    let table = element("table")
        .with(element("thead").with(element("tr").all(head)))
        .with(element("tbody").all(groups.iter().map(line)));
    element("section")
        .with(element("h2").text("All checks"))
        .with(table)
}

fn line(cases: &Cases<'_>) -> Element {
    let check = cases.check();
    let title = cell::line(&check.title);
    let title = if cases.outcome() == Outcome::Skipped {
        element("span").text(title)
    } else {
        element("a")
            .set("href", format!("#{}", place(check)))
            .text(title)
    };
    let reason = match cases.outcome() {
        Outcome::Passed | Outcome::Failed => None,
        _ => Some(cell::line(&cases.telling().reason)),
    };
    let reason = reason.map(|reason| element("span").class("reason").text(reason));
    element("tr")
        .with(element("td").with(status(cases.outcome())))
        .with(element("th").set("scope", "row").with(title).all(reason))
        .with(element("td").class("number").text(points(cases)))
}

/// A check that did not pass: the case that is worth showing, and the others folded below it.
pub(super) fn open(cases: &Cases<'_>, replay: &str) -> Element {
    let shown = cases.telling();
    let others = cases.all.iter().filter(|case| case.name() != shown.name());
    let others = others.map(|case| {
        let name = cell::line(case.case.as_deref().unwrap_or_default());
        let line = element("summary")
            .with(status(case.outcome))
            .text(format!(" case {name}"));
        element("details").with(line).all(told(case, replay))
    });
    element("article")
        .set("id", place(cases.check()))
        .class(class(cases.outcome()))
        .with(heading(cases))
        .all(paragraphs(&shown.why))
        .all(names(cases))
        .all(told(shown, replay))
        .all(others)
}

/// A check that passed, folded.
pub(super) fn folded(cases: &Cases<'_>, replay: &str) -> Element {
    let check = cases.check();
    let each = cases.all.iter().flat_map(|case| {
        let name = case.case.as_ref();
        let name = name.map(|name| element("p").class("case").text(format!("case {name}")));
        name.into_iter().chain(told(case, replay))
    });
    element("details")
        .set("id", place(check))
        .with(element("summary").with(heading(cases)))
        .all(paragraphs(&check.why))
        .all(each)
}

fn heading(cases: &Cases<'_>) -> Element {
    let earned = format!("{} points", points(cases));
    element("h3")
        .with(status(cases.outcome()))
        .with(
            element("span")
                .class("title")
                .text(cell::line(&cases.check().title)),
        )
        .with(element("span").class("quiet").text(earned))
}

fn paragraphs(text: &str) -> Vec<Element> {
    let lines = cell::lines(text);
    let parts = lines.split(String::is_empty).filter(|p| !p.is_empty());
    parts
        .map(|part| element("p").text(part.join(" ")))
        .collect()
}

/// The names of the cases, where the check has some.
fn names(cases: &Cases<'_>) -> Option<Element> {
    let (passed, not) = cases.names();
    let list = |label: &'static str, names: &[&str]| {
        (!names.is_empty())
            .then(|| fact(label, element("span").text(cell::line(&names.join(", ")))))
    };
    let shown = cases.telling().case.as_ref().filter(|_| not.len() > 1);
    let shown = shown.map(|case| fact("shown here", element("span").text(cell::line(case))));
    (!not.is_empty()).then(|| {
        element("dl")
            .class("facts")
            .all(list("cases that failed", &not))
            .all(list("cases that passed", &passed))
            .all(shown)
    })
}

/// Everything about one result: its steps, its pictures, what helps, and the log.
fn told(result: &CheckResult, replay: &str) -> Vec<Element> {
    let mut told = Vec::new();
    if !result.steps.is_empty() {
        told.push(element("h4").text("Steps"));
        told.push(step::list(&result.steps));
    }
    if let Some(curve) = load::svg::curve(&load::all(result)) {
        told.push(figure::scrolled("Throughput", curve));
    }
    // A picture of concurrent clients says more than the sequence of their requests.
    let pictured = result.steps.iter().any(|step| step.picture.is_some());
    if let Some(diagram) = timeline::diagram(&failure::events(result)).filter(|_| !pictured) {
        let title = format!("Who asked whom in the check {}", result.name());
        let drawn = sequence::svg::draw(&diagram, &title);
        told.push(figure::scrolled("Who asked whom, in order", drawn));
    }
    told.push(help(result, replay));
    told.extend(log::table(result));
    told
}

/// A label and what belongs to it.
fn fact(label: &str, value: Element) -> Element {
    element("div")
        .with(element("dt").text(label))
        .with(element("dd").with(value))
}

/// What helps to understand a failure, and how to see it again.
fn help(result: &CheckResult, replay: &str) -> Element {
    let code = |text: &str| element("code").text(text);
    let mut facts = Vec::new();
    if !result.reason.is_empty() {
        let reason = cell::lines(&result.reason).join("\n");
        facts.push(fact("reason", element("pre").text(reason)));
    }
    for printed in &result.printed {
        let label = format!("your server {} printed", cell::line(&printed.instance));
        let lines: Vec<String> = printed.lines.iter().flat_map(|l| cell::lines(l)).collect();
        facts.push(fact(
            &label,
            if lines.is_empty() {
                element("span").text("nothing")
            } else {
                element("pre").text(lines.join("\n"))
            },
        ));
    }
    if let Some(command) = &result.curl {
        let command = curl::lay_out(command, COMMAND).join("\n");
        let note = "Its servers are gone after the run; course check --hold keeps them running.";
        let sent = element("div")
            .with(element("pre").with(code(&command)))
            .with(element("p").class("quiet").text(note));
        facts.push(fact("send it yourself", sent));
    }
    if let Some(hint) = &result.hint {
        let hint = cell::lines(hint).join("\n");
        facts.push(fact("hint", element("strong").text(hint)));
    }
    if let Some(lesson) = &result.lesson {
        let read = format!("course read {}", cell::line(lesson));
        facts.push(fact("read", code(&read)));
    }
    let again = cell::line(&format!("course check {} {replay}", result.id));
    facts.push(fact("again", code(&again)));
    let place = cell::line(&format!("{}:{}", result.source.0, result.source.1));
    facts.push(fact("written in", code(&place)));
    element("dl").class("facts").all(facts)
}

//! The steps of a check, each with what was sent and what came back; of one that did not pass, everything known.

use super::super::{cell, row};
use super::{check, expectation, figure};
use crate::base::text::count;
use crate::grading::outcome::{Outcome, StepResult};
use crate::lab::internet::Visit;
use crate::lab::load::Figures;
use crate::render::markup::{Element, element};
use crate::render::{history, load, waterfall};

/// The steps in order. Those that were not run are one line.
pub(super) fn list(steps: &[StepResult]) -> Element {
    let (ran, left): (Vec<_>, Vec<_>) = steps.iter().partition(|step| step.outcome.is_some());
    let names: Vec<String> = left.iter().map(|step| cell::line(&step.name)).collect();
    let left = (!left.is_empty()).then(|| {
        let why = format!(
            "{} not run, because the step before did not pass: {}",
            count(left.len(), "step"),
            names.join("; ")
        );
        element("li")
            .with(element("strong").class("skip").text("· SKIP"))
            .with(element("span").class("title").text(why))
    });
    element("ol")
        .class("steps")
        .all(ran.into_iter().map(item))
        .all(left)
}

fn item(step: &StepResult) -> Element {
    let outcome = step.outcome.unwrap_or(Outcome::Skipped);
    let facts = [&step.request, &step.answer];
    let facts = facts.map(|text| cell::line(text));
    let facts = facts.into_iter().filter(|text| !text.is_empty());
    let facts = facts.map(|text| element("code").text(text));
    let line = element("div")
        .class("line")
        .with(check::status(outcome))
        .with(element("span").class("title").text(cell::line(&step.name)))
        .with(
            element("span").class("sent").all(facts).with(
                element("span")
                    .class("quiet")
                    .text(row::time(step.duration)),
            ),
        );
    let mut inside = Vec::new();
    if outcome != Outcome::Passed {
        inside.extend(broken(step));
    }
    inside.extend(step.visit.as_deref().map(visited));
    inside.extend(step.load.as_deref().map(measured));
    element("li")
        .with(line)
        .all((!inside.is_empty()).then(|| element("div").class("detail").all(inside)))
}

/// What is known about a step that did not pass.
fn broken(step: &StepResult) -> Vec<Element> {
    let mut told = Vec::new();
    if let Some((which, of)) = step.repetition {
        told.push(element("p").text(format!("repetition {which} of {of}")));
    }
    if !step.expectations.is_empty() {
        told.extend(expectation::list(&step.expectations));
    }
    if !step.notes.is_empty() {
        let lines = step.notes.iter().flat_map(|note| cell::lines(note));
        let lines: Vec<String> = lines.collect();
        told.push(element("pre").class("notes").text(lines.join("\n")));
    }
    told.extend(step.sketch.iter().flat_map(|sketch| figure::sketch(sketch)));
    let pictures = step
        .picture
        .iter()
        .flat_map(|picture| history::svg::draw(picture));
    let captions = ["The operations that no order explains", "The whole run"];
    let culprits = step
        .picture
        .iter()
        .any(|picture| !picture.operations.is_empty());
    let captions = captions.into_iter().skip(usize::from(!culprits));
    told.extend(
        captions
            .zip(pictures)
            .map(|(caption, drawn)| figure::scrolled(caption, drawn)),
    );
    if !step.excerpt.lines.is_empty() {
        let lines = step.excerpt.lines.iter().flat_map(|line| cell::lines(line));
        let lines: Vec<String> = lines.collect();
        let cut = (!step.excerpt.cut.is_empty()).then(|| {
            element("p")
                .class("quiet")
                .text(cell::line(&step.excerpt.cut))
        });
        let body = element("figure")
            .with(element("figcaption").text("The body that came back"))
            .with(element("pre").text(lines.join("\n")))
            .all(cut);
        told.push(body);
    }
    told
}

/// What the servers saw of a visit, as a waterfall.
fn visited(visit: &Visit) -> Element {
    let drawn = waterfall::svg(&[("What the servers saw", visit)]);
    let figure = element("div").drawn(drawn);
    figure::scrolled("The visit, as the servers saw it", figure)
}

/// What a load measured, in words and as pictures.
fn measured(figures: &Figures) -> Element {
    let facts = load::facts(figures, "×").into_iter().map(|(label, text)| {
        element("div")
            .with(element("dt").text(label))
            .with(element("dd").text(cell::line(&text).replace("   ", ", ")))
    });
    let captions = ["Latency", "How many answers took how long"];
    let pictures = captions.into_iter().zip(load::svg::draw(figures));
    element("div")
        .with(element("dl").class("facts").all(facts))
        .all(pictures.map(|(caption, drawn)| figure::scrolled(caption, drawn)))
}

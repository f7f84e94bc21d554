//! The report as one page of HTML, for whoever has not seen the terminal: everything that the other reports say, the
//! pictures drawn, and a log of every request.
//!
//! The page is one file. It loads nothing and runs nothing, and its content security policy holds the browser to that.

mod check;
mod expectation;
mod figure;
mod head;
mod log;
mod step;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::grading::event::Event;
use crate::grading::outcome::{CheckResult, Outcome};
use crate::render::markup::{Element, element, escape};

use super::Guess;
use super::cases::Cases;
use head::Head;

/// How the page looks.
const STYLE: &str = include_str!("style.css");

/// The line by which a page of ours is known.
pub const MARK: &str = "<meta name=\"generator\" content=\"course check --report\">";

/// Why a run ended before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop<'a> {
    /// Somebody stopped it.
    Interrupted,
    /// The server was not ready; says why.
    NotReady(&'a str),
}

/// A page that is being written.
#[derive(Debug)]
pub struct Page {
    /// When the run began, as in `2026-11-24T03:50:00Z`.
    moment: String,
    guesses: Vec<Guess>,
    title: String,
    replay: String,
    /// The names of everything that may run, in order.
    names: Vec<String>,
    results: Vec<CheckResult>,
    head: Option<Head>,
}

impl Page {
    /// The page of a run that begins at a moment, with what was predicted of it.
    #[must_use]
    pub fn new(moment: String, guesses: Vec<Guess>) -> Self {
        Self {
            moment,
            guesses,
            title: String::new(),
            replay: String::new(),
            names: Vec::new(),
            results: Vec::new(),
            head: None,
        }
    }

    /// Takes in one event.
    pub fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Began {
                title,
                replay,
                checks,
            } => {
                self.title.clone_from(title);
                self.replay.clone_from(replay);
                self.names = checks.iter().map(|(name, _)| name.clone()).collect();
            }
            Event::Finished(result) => self.results.push((*result).clone()),
            Event::Ended(grade) => {
                self.head = Some(Head::of(grade, &self.guesses));
                self.replay = grade.replay();
                self.results.clone_from(&grade.results);
            }
            Event::Said(_) | Event::Started(_) | Event::Step { .. } => {}
        }
    }

    /// Ends a run that did not come to its end: what was run until then is shown.
    pub fn stop(&mut self, stop: Stop<'_>) {
        let place = |result: &CheckResult| {
            let name = result.name();
            self.names.iter().position(|known| *known == name)
        };
        self.results.sort_by_cached_key(place);
        let finished: Vec<String> = self.results.iter().map(CheckResult::name).collect();
        let left = self.names.iter().filter(|name| !finished.contains(name));
        let left: Vec<&str> = left.map(String::as_str).collect();
        let head = Head::stopped(&self.title, stop, &self.results, &left, &self.replay);
        self.head = Some(head);
    }

    /// The whole document.
    #[must_use]
    pub fn document(&self) -> String {
        let digest = STANDARD.encode(Sha256::digest(STYLE));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        );
        let title = self.head.as_ref().map_or_else(String::new, Head::line);
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n{MARK}\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n\
             <style>{STYLE}</style>\n</head>\n{}\n</html>\n",
            escape(&title),
            self.body()
        )
    }

    fn body(&self) -> Element {
        let groups = Cases::group(&self.results);
        let of = |wanted: fn(Outcome) -> bool| {
            let chosen = groups.iter().filter(move |cases| wanted(cases.outcome()));
            chosen.collect::<Vec<_>>()
        };
        let bad = of(|o| !matches!(o, Outcome::Passed | Outcome::Skipped));
        let passed = of(|o| o == Outcome::Passed);
        let bad = bad.iter().map(|cases| check::open(cases, &self.replay));
        let passed = passed
            .iter()
            .map(|cases| check::folded(cases, &self.replay));
        let main = element("main")
            .set("id", "checks")
            .all((!groups.is_empty()).then(|| check::overview(&groups)))
            .all(section("What did not pass", bad.collect()))
            .all(section("What passed", passed.collect()));
        element("body")
            .with(
                element("a")
                    .class("skip-link")
                    .set("href", "#checks")
                    .text("Skip to the checks"),
            )
            .all(self.head.as_ref().map(Head::draw))
            .with(main)
            .with(self.foot())
    }

    fn foot(&self) -> Element {
        let version = env!("CARGO_PKG_VERSION");
        let text = format!(
            "Written by course {version}. This page is whole: it loads nothing and runs nothing. The run began at "
        );
        let moment = element("time")
            .set("datetime", &self.moment)
            .text(self.moment.replace('T', " ").replace('Z', " UTC"));
        element("footer").with(element("p").text(text).with(moment).text("."))
    }
}

/// A section with its heading; nothing where there is nothing in it.
fn section(heading: &str, inside: Vec<Element>) -> Option<Element> {
    let heading = element("h2").text(heading);
    (!inside.is_empty()).then(|| element("section").with(heading).all(inside))
}

#[cfg(test)]
mod tests;

//! `trace`: asks the learner's tracer for its way to a URL, and holds what it says against the log of the internet.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::base::text::count;
use crate::checks::document::{Entry, Node};
use crate::checks::expectation::Subject;
use crate::checks::matcher::Look;
use crate::checks::names::near;
use crate::checks::observation::{Facts, Observation};
use crate::checks::reading;
use crate::checks::shape::{Field, Kind as Takes, Problems};
use crate::checks::template::Template;
use crate::checks::variable::Bindings;
use crate::checks::world::{World, WorldError};
use crate::lab::http::{Answer, Body as Payload, Connection, Request};
use crate::lab::internet::claim::Claims;
use crate::lab::internet::log::{Inner, Tier, What};
use crate::lab::internet::{Difference, Topic, Visit};

use super::Kind;
use super::http::send;

/// The kind as data.
pub const KIND: Kind = Kind {
    key: "trace",
    doc: "Asks a tracer, with POST /trace, for its way to a URL of the internet, and holds every claim of its report against what the servers saw.",
    fields: FIELDS,
    expect: EXPECT,
    example: r#"trace = { on = "a", url = "https://{{ site.net }}/" }
expect.status = 200
expect.differences.all = 0
expect.log.app = 1"#,
};

const FIELDS: &[Field] = &[
    Field::required("on", Takes::Text, "the instance of the tracer"),
    Field::required("url", Takes::Text, "where it is to go"),
    Field::optional(
        "timeout",
        Takes::Duration,
        "gives up after this long; 15s unless told",
    ),
];

const EXPECT: &[Field] = &[
    Field::optional("status", Takes::OneOf, "the status of the report"),
    Field::optional("json", Takes::Paths, "places in the report"),
    Field::optional(
        "differences",
        Takes::Map(&Takes::Matcher),
        "how many claims the log does not bear out, and entries that are not claimed: `all`, or about `dns`, `tcp`, `tls`, `http`, `page`, `render`, or of no readable `format`",
    ),
    LOG,
];

/// How often servers were asked.
pub(super) const LOG: Field = Field::optional(
    "log",
    Takes::Map(&Takes::Matcher),
    "how often the servers were asked meanwhile: `dns`, `tcp`, `tls`, `http`; name servers of `root`, `tld`, `site`, `cdn`, `external`; behind the edge `balancer`, `app`, `database`",
);

/// What is counted in the log, besides the tiers of name servers.
const COUNTED: [&str; 7] = ["dns", "tcp", "tls", "http", "balancer", "app", "database"];

/// How many differences are told in full.
const TOLD: usize = 4;

/// A question to a tracer.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The tracer.
    pub on: Template,
    /// Where it is to go.
    pub url: Template,
    timeout: Duration,
}

/// What a tracer said, and what was true.
#[derive(Clone, Debug)]
pub struct Traced {
    /// Its answer.
    pub answer: Answer,
    report: Option<Json>,
    /// None when the answer is no report.
    differences: Option<Vec<Difference>>,
    log: Vec<What>,
    visit: Visit,
}

impl Trace {
    /// Reads the step; `step` is the whole of it, for what it expects.
    pub fn read(node: &Node, step: &Node, problems: &Problems) -> Self {
        let known = Topic::NAMES.iter().chain(&["all"]).copied();
        refuse_others(step, "differences", &known, problems);
        counted(step, problems);
        Self {
            on: reading::text(node, "on", problems).unwrap_or_default(),
            url: reading::text(node, "url", problems).unwrap_or_default(),
            timeout: reading::duration_or(node, "timeout", Duration::from_secs(15)),
        }
    }

    /// Asks, and compares.
    ///
    /// # Errors
    /// When the check names something that is not there.
    pub async fn run(&self, world: &World, scope: &Bindings) -> Result<Observation, WorldError> {
        let fill = |t: &Template| {
            t.render(scope)
                .map_err(|e| WorldError::Check(e.to_string()))
        };
        let (on, url) = (fill(&self.on)?, fill(&self.url)?);
        let net = world.internet()?;
        let body = json!({ "url": url }).to_string().into_bytes();
        let request = Request {
            method: "POST".to_owned(),
            url: format!("{}/trace", world.url(&on)?),
            headers: Vec::new(),
            body: Payload::Bytes("application/json", body),
            connection: Connection::Mixed,
            redirects: 0,
            limit: self.timeout,
        };
        // Whoever still comes from an earlier step is not of this one.
        net.settle().await;
        let (mark, began) = (net.log().mark(), Instant::now());
        let mut observation = send(world, request, &on).await;
        net.settle().await;
        let Facts::Answer(answer) = &observation.facts else {
            return Ok(observation);
        };
        let report: Option<Json> = serde_json::from_slice(&answer.body).ok();
        let claims = report.as_ref().map(Claims::read).unwrap_or_default();
        let is_report = report.is_some() && answer.status == 200;
        let traced = Traced {
            answer: answer.as_ref().clone(),
            report: report.clone(),
            differences: is_report.then(|| net.differences(&claims, mark, began)),
            visit: net.visit(&claims, mark, began),
            log: world.seen_of_internet(Some(mark))?,
        };
        observation.answer = traced.summary();
        observation.document = OnceLock::from(report);
        observation.facts = Facts::Trace(Box::new(traced));
        Ok(observation)
    }
}

/// Refuses what the log does not count.
pub(super) fn counted(step: &Node, problems: &Problems) {
    let known = COUNTED.iter().chain(Tier::NAMES).copied();
    refuse_others(step, "log", &known, problems);
}

/// How many entries are counted under this name.
#[must_use]
pub fn entries(log: &[What], subject: &Subject) -> Look {
    let Subject::Named(_, name) = subject else {
        return Look::Absent("nothing".to_owned());
    };
    Look::There(log.iter().filter(|what| is_of(what, name)).count().into())
}

/// Refuses names that nothing is counted under: they would be nought forever.
fn refuse_others<'k>(
    step: &Node,
    key: &str,
    known: &(impl Iterator<Item = &'k str> + Clone),
    problems: &Problems,
) {
    let named = step.at("expect").and_then(|expect| expect.at(key));
    let named = named.map(Node::entries).unwrap_or_default();
    for Entry {
        key: name,
        key_span,
        ..
    } in named
    {
        if !known.clone().any(|known| known == name) {
            let message = format!("`{key}` has no `{name}`");
            let help = near(name, known.clone());
            problems.add("E102", key_span.clone(), message, &help);
        }
    }
}

impl Traced {
    fn summary(&self) -> String {
        let status = self.answer.status;
        match self.differences.as_deref() {
            Some([]) | None => status.to_string(),
            Some(all) => format!("{status}, {}", count(all.len(), "difference")),
        }
    }

    /// The report as it came.
    #[must_use]
    pub fn report(&self) -> Option<&Json> {
        self.report.as_ref()
    }

    /// The way to the page, as the servers saw it.
    #[must_use]
    pub fn visit(&self) -> &Visit {
        &self.visit
    }

    /// How many differences there are about something, or entries of the log; none for other subjects.
    #[must_use]
    pub fn look(&self, subject: &Subject) -> Option<Look> {
        let name = match subject {
            Subject::Named("log", _) => return Some(entries(&self.log, subject)),
            Subject::Named("differences", name) => name,
            _ => return None,
        };
        Some(match &self.differences {
            Some(all) => {
                let of = |d: &&Difference| name == "all" || d.topic.name() == name;
                Look::There(all.iter().filter(of).count().into())
            }
            None => Look::Absent(format!("no report: the answer is {}", self.answer.status)),
        })
    }

    /// The differences, claim and log side by side.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let all = self.differences.as_deref().unwrap_or_default();
        let told = all.iter().take(TOLD).map(ToString::to_string);
        let mut notes: Vec<String> = told
            .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        if all.len() > TOLD {
            notes.push(format!("and {} more", all.len() - TOLD));
        }
        notes
    }
}

/// Whether an entry of the log is counted under this name.
fn is_of(what: &What, name: &str) -> bool {
    match what {
        What::Dns(query) => name == "dns" || Tier::named(name) == Some(query.tier),
        What::Tcp { .. } => name == "tcp",
        What::Tls(_) => name == "tls",
        What::Http(_) => name == "http",
        What::Inside { kind, .. } => {
            let of = match kind {
                Inner::Balancer => "balancer",
                Inner::App => "app",
                Inner::Database => "database",
            };
            name == of
        }
    }
}

//! `history`: concurrent clients write and read a few keys, and what they were told must be explicable.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value as Json;

use crate::base::text::count;
use crate::checks::document::Node;
use crate::checks::expectation::{Path, Subject, bad_path};
use crate::checks::matcher::Look;
use crate::checks::observation::{Facts, Observation};
use crate::checks::reading;
use crate::checks::shape::{Field, Kind as Takes, Problems};
use crate::checks::template::Template;
use crate::checks::variable::Bindings;
use crate::checks::world::{World, WorldError, render_all};
use crate::lab::history::{
    Clients, Consistency, Counterexample, Picture, Plan, Record, Refusal, Told, Turn, What, clock,
    named, told,
};
use crate::lab::http::{Answer, Connection, Request};
use crate::lab::timeline;

use super::Kind;
use super::http::Http;

/// The kind as data.
pub const KIND: Kind = Kind {
    key: "history",
    doc: "Concurrent clients write and read a few keys, also while servers are killed; what they were told must be explicable.",
    fields: FIELDS,
    expect: EXPECT,
    example: r#"[check.step.history]
on = ["a", "b"]
clients = 6
keys = 5
operations = 300
for = "10s"
write = { put = "/preferences", bearer = "{{ token[key] }}", json = { n = "{{ value }}" } }
read = { get = "/preferences", bearer = "{{ token[key] }}", value = "$.n" }
[check.step.expect]
consistency = "linearizable"
lost = 0"#,
};

/// The names that have a value in the requests of this step.
pub const NAMES: &[&str] = &["key", "value", "client"];

/// What can be expected of the order of events.
const CONSISTENCIES: &[&str] = &[
    "linearizable",
    "sequential",
    "read-your-writes",
    "monotonic-reads",
];

const GET: Field = Field::optional("get", Takes::Text, "GET this path");
const POST: Field = Field::optional("post", Takes::Text, "POST to this path");
const PUT: Field = Field::optional("put", Takes::Text, "PUT to this path");
const PATCH: Field = Field::optional("patch", Takes::Text, "PATCH this path");
const DELETE: Field = Field::optional("delete", Takes::Text, "DELETE this path");
const QUERY: Field = Field::optional("query", Takes::Map(&Takes::Text), "query parameters");
const HEADERS: Field = Field::optional("headers", Takes::Map(&Takes::Text), "request headers");
const BEARER: Field = Field::optional("bearer", Takes::Text, "the token of the request");
const JSON: Field = Field::optional("json", Takes::Json, "a JSON body");
const FORM: Field = Field::optional("form", Takes::Map(&Takes::Text), "a form body");
const BODY: Field = Field::optional("body", Takes::Text, "a raw body");
const TIMEOUT: Field = Field::optional(
    "timeout",
    Takes::Duration,
    "gives up after this long; 5s unless told",
);

const CHANGE: &[Field] = &[
    POST, PUT, PATCH, DELETE, GET, QUERY, HEADERS, BEARER, JSON, FORM, BODY, TIMEOUT,
];

const READ: &[Field] = &[
    GET,
    POST,
    PUT,
    QUERY,
    HEADERS,
    BEARER,
    JSON,
    FORM,
    BODY,
    TIMEOUT,
    Field::required(
        "value",
        Takes::Text,
        "where the value stands in the JSON body, by JSONPath; nothing there, or 404, means no value yet",
    ),
    Field::optional(
        "twin",
        Takes::Text,
        "a second place that must always hold the same value; a read where it does not is torn",
    ),
];

const FIELDS: &[Field] = &[
    Field::required(
        "on",
        Takes::List(&Takes::Text),
        "the instances and balancers that are asked, drawn anew for each request",
    ),
    Field::required(
        "clients",
        Takes::Count(1),
        "how many clients work side by side",
    ),
    Field::required(
        "keys",
        Takes::Count(1),
        "how many keys there are; {{ key }} counts from 0, and {{ token[key] }} is the capture of that repetition",
    ),
    Field::required(
        "operations",
        Takes::Count(1),
        "how many operations they do together, spread over the time",
    ),
    Field::required("for", Takes::Duration, "how long they go on"),
    Field::optional(
        "write",
        Takes::Table(CHANGE),
        "replaces the value of {{ key }} by {{ value }}; half of the operations. Without a clear answer it is never sent again",
    ),
    Field::optional(
        "add",
        Takes::Table(CHANGE),
        "adds `delta` to the value of {{ key }}, once for each {{ value }}; without a clear answer it is sent again as it was",
    ),
    Field::optional("delta", Takes::Count(1), "what one `add` adds"),
    Field::required(
        "read",
        Takes::Table(READ),
        "reads the value of {{ key }}; every key is read before the clients begin, and through every part after they have ended",
    ),
    Field::optional(
        "minimum",
        Takes::Count(1),
        "how many operations must be answered for a verdict, else it is inconclusive; a quarter unless told",
    ),
];

const EXPECT: &[Field] = &[
    Field::optional(
        "consistency",
        Takes::Choice(CONSISTENCIES),
        "what explains every answer, for each key by itself",
    ),
    Field::optional(
        "lost",
        Takes::Matcher,
        "acknowledged writes that were gone at the end: neither they nor a later one was read",
    ),
    Field::optional(
        "doubled",
        Takes::Matcher,
        "additions that counted more than once",
    ),
    Field::optional(
        "torn",
        Takes::Matcher,
        "reads that saw halves of different writes",
    ),
    Field::optional(
        "acknowledged",
        Takes::Matcher,
        "writes or additions that were acknowledged",
    ),
    Field::optional("reads", Takes::Matcher, "reads that were answered"),
    Field::optional(
        "unknown",
        Takes::Matcher,
        "writes or additions without a clear answer: a timeout, a reset, a 5xx",
    ),
    Field::optional(
        "failed",
        Takes::Matcher,
        "answers that acknowledged nothing; refused connections are not among them",
    ),
];

/// Concurrent clients and what they ask.
#[derive(Clone, Debug)]
pub struct History {
    /// The parts that are asked.
    pub on: Vec<Template>,
    plan: Plan,
    change: (What, Http),
    read: Http,
    value: Path,
    twin: Option<Path>,
    delta: u64,
    minimum: usize,
    asked: Option<Consistency>,
    judges_lost: bool,
}

impl History {
    /// Reads the step; `step` is the whole of it, for what it expects.
    pub fn read(node: &Node, step: &Node, problems: &Problems) -> Option<Self> {
        expectations_fit(node, step, problems);
        let change = reading::exactly_one(node, &["write", "add"], "this history", problems)?;
        let what = if change == "add" {
            What::Add
        } else {
            What::Write
        };
        if what == What::Add && node.entry("delta").is_none() {
            let message = "this history does not say what one `add` adds".to_owned();
            problems.add("E104", node.span.clone(), message, "write delta = 1");
        }
        let read = node.at("read")?;
        let path = |key: &str| {
            let place = read.at(key)?;
            let found = Path::parse(place.text()?);
            found
                .map_err(|reason| {
                    bad_path(
                        place.span.clone(),
                        place.text().unwrap_or_default(),
                        &reason,
                        problems,
                    )
                })
                .ok()
        };
        let operations = reading::count(node, "operations")?;
        let asked = step.at("expect").and_then(|e| e.at("consistency"));
        Some(Self {
            on: reading::texts(node, "on", problems),
            plan: Plan {
                clients: reading::count(node, "clients")?,
                keys: reading::count(node, "keys")?,
                operations,
                span: reading::duration_or(node, "for", Duration::from_secs(5)),
                reads: what == What::Write,
            },
            change: (what, Http::read_anywhere(node.at(change)?, problems)),
            read: Http::read_anywhere(read, problems),
            value: path("value")?,
            twin: path("twin"),
            delta: reading::count(node, "delta")
                .and_then(|n| u64::try_from(n).ok())
                .unwrap_or(1),
            minimum: reading::count(node, "minimum").unwrap_or(operations.div_ceil(4)),
            judges_lost: step.at("expect").is_some_and(|e| e.entry("lost").is_some()),
            asked: asked.and_then(Node::text).and_then(Consistency::named),
        })
    }

    /// Every template in it.
    #[must_use]
    pub fn templates(&self) -> Vec<&Template> {
        let requests = [&self.change.1, &self.read];
        let inside = requests.into_iter().flat_map(Http::templates);
        self.on.iter().chain(inside).collect()
    }

    /// Lets the clients work and judges what they were told.
    ///
    /// # Errors
    /// When the check names something that is not there, or the server does not let itself be read or written at all.
    pub async fn run(&self, world: &World, scope: &Bindings) -> Result<Observation, WorldError> {
        let parts = render_all(&self.on, scope)?;
        if parts.is_empty() {
            return Err(WorldError::Check("`on` names nobody".to_owned()));
        }
        let request = |turn: &Turn| {
            let part = parts.get(turn.part).map(String::as_str);
            self.request(turn, part, world, scope)
                .map_err(|e| e.to_string())
        };
        let clients = Clients {
            plan: self.plan,
            change: self.change.0,
            parts: parts.clone(),
            request: &request,
            told: &|answer| self.told(answer),
        };
        let mark = world.recorder.mark();
        let mut generator = scope.seed().generator(&scope.place("history"));
        let standing = async || world.standing(&parts).await;
        let record = clients.run(&mut generator, standing).await;
        let record = record.map_err(|refusal| match refusal {
            Refusal::Request(reason) => WorldError::Check(reason),
            Refusal::First { .. } => WorldError::Server(refusal.to_string()),
        })?;
        let began = record.began.map_or(Duration::ZERO, |began| {
            world.recorder.now().saturating_sub(began.elapsed())
        });
        let seen = Seen {
            example: self.asked.and_then(|asked| record.judge(asked)),
            asked: self.asked,
            judges_lost: self.judges_lost && self.change.0 == What::Write,
            counter: (self.change.0 == What::Add).then_some(self.delta),
            minimum: self.minimum,
            events: events(&world.recorder.since(mark), began),
            record,
        };
        seen.refused_all()?;
        Ok(Observation {
            request: format!(
                "{} on {}",
                count(self.plan.clients, "client"),
                parts.join(" ")
            ),
            answer: seen.summary(),
            facts: Facts::History(Box::new(seen)),
            ..Observation::default()
        })
    }

    fn request(
        &self,
        turn: &Turn,
        part: Option<&str>,
        world: &World,
        scope: &Bindings,
    ) -> Result<Request, WorldError> {
        let mut scope = scope.at(&scope.place(&turn.value.to_string()), None);
        scope.set("key", turn.key.into());
        scope.set("client", turn.client.into());
        scope.set("value", turn.value.into());
        let http = if turn.what == What::Read {
            &self.read
        } else {
            &self.change.1
        };
        let (request, _) = http.request_on(part, world, &scope)?;
        Ok(Request {
            connection: Connection::Kept,
            ..request
        })
    }

    /// What the answer to a read says.
    fn told(&self, answer: &Answer) -> Told {
        let Ok(body) = serde_json::from_slice::<Json>(&answer.body) else {
            let text = String::from_utf8_lossy(&answer.body);
            return Told::Value(format!("{text:.40}").into());
        };
        let (value, twin) = (
            self.value.look(&body),
            self.twin.as_ref().map(|t| t.look(&body)),
        );
        match (value, twin) {
            (value, Some(twin)) if value != twin => {
                Told::Torn(value.unwrap_or_default(), twin.unwrap_or_default())
            }
            (Some(value), _) if !value.is_null() => Told::Value(value),
            _ => Told::Nothing,
        }
    }
}

/// Says what is expected and cannot be, and what is read and not expected.
fn expectations_fit(node: &Node, step: &Node, problems: &Problems) {
    let expected = |key: &str| step.at("expect").and_then(|e| e.entry(key));
    let twin = node.at("read").and_then(|read| read.entry("twin"));
    let idle = |key: &str, message: &str, help: &str| {
        if let Some(entry) = expected(key) {
            problems.add("E116", entry.key_span.clone(), message.to_owned(), help);
        }
    };
    if twin.is_none() {
        let message = "nothing here can be torn: one place alone is read";
        idle(
            "torn",
            message,
            "name a second place in `read`: twin = \"$.b\"",
        );
    }
    if node.entry("add").is_some() {
        let message = "a history of additions has no order of values";
        idle("consistency", message, "expect lost = 0 and doubled = 0");
    } else {
        let message = "a write that counts twice changes nothing";
        idle("doubled", message, "count with `add` in place of `write`");
    }
    if let Some(twin) = twin.filter(|_| expected("torn").is_none()) {
        let message = "`twin` is read, and nothing is expected of it".to_owned();
        problems.add("E115", twin.key_span.clone(), message, "expect torn = 0");
    }
}

/// What happened to parts of the world, since the clients began.
fn events(all: &[timeline::Event], began: Duration) -> Vec<(Duration, String, String)> {
    let noted = all.iter().filter_map(|event| match &event.what {
        timeline::What::Note { on, label } => {
            Some((event.at.saturating_sub(began), on.clone(), label.clone()))
        }
        _ => None,
    });
    noted.collect()
}

/// What came of it, judged.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What the clients did and were told.
    pub record: Record,
    /// The consistency that was expected.
    pub asked: Option<Consistency>,
    /// What breaks it.
    pub example: Option<Counterexample>,
    /// Whether it was expected that replaced values are not lost.
    pub judges_lost: bool,
    /// What one addition adds; `None` where values are replaced.
    pub counter: Option<u64>,
    /// How many operations must be answered.
    pub minimum: usize,
    /// When something happened to a part, to which, and what.
    pub events: Vec<(Duration, String, String)>,
}

impl Seen {
    fn answered(&self) -> (usize, usize) {
        (self.record.acknowledged().count(), self.record.reads())
    }

    /// What stands at a subject.
    #[must_use]
    pub fn look(&self, subject: &Subject) -> Look {
        let number = |n: usize| Look::There(n.into());
        match subject {
            Subject::Named("consistency", name) => self.consistency(name),
            Subject::Fact("lost" | "doubled") if !self.record.unread.is_empty() => {
                let (key, part) = &self.record.unread[0];
                Look::Absent(format!(
                    "key {key} could not be read through {part} at the end"
                ))
            }
            Subject::Fact("lost") => match self.counter {
                Some(delta) => Look::There(self.record.miscounted(delta).0.into()),
                None => number(
                    self.record
                        .lost()
                        .iter()
                        .map(|lost| lost.writes.len())
                        .sum(),
                ),
            },
            Subject::Fact("doubled") => {
                let doubled = self.counter.map(|delta| self.record.miscounted(delta).1);
                doubled.map_or(Look::Absent("no additions".to_owned()), |n| {
                    Look::There(n.into())
                })
            }
            Subject::Fact("torn") => number(self.record.torn.len()),
            Subject::Fact("acknowledged") => number(self.answered().0),
            Subject::Fact("reads") => number(self.answered().1),
            Subject::Fact("unknown") => number(self.record.unknown()),
            Subject::Fact("failed") => number(self.record.failures()),
            _ => Look::Absent("nothing".to_owned()),
        }
    }

    fn consistency(&self, name: &str) -> Look {
        let broken = match Consistency::named(name) {
            Some(asked) if Some(asked) == self.asked => self.example.clone(),
            Some(other) => self.record.judge(other),
            None => return Look::Absent(format!("no consistency is called `{name}`")),
        };
        match broken {
            None => Look::There(name.into()),
            Some(example) => Look::Absent(format!(
                "{} on key {} that nothing explains",
                count(example.operations.len(), "operation"),
                example.key
            )),
        }
    }

    /// Why nothing can be said: too little was answered, though the server did not refuse it.
    #[must_use]
    pub fn undecided(&self) -> Option<String> {
        let (writes, reads) = self.answered();
        let enough = writes > 0 && writes + reads >= self.minimum;
        (!enough).then(|| {
            format!(
                "only {} were answered in time, {} of them writes; {} are needed to say anything",
                count(writes + reads, "operation"),
                writes,
                self.minimum
            )
        })
    }

    /// A server that answers, and acknowledges next to nothing, did not do its part.
    fn refused_all(&self) -> Result<(), WorldError> {
        let (writes, reads) = self.answered();
        let answered = writes + reads;
        let failures = self.record.failures();
        let asked_enough = failures > 0 && answered + failures >= self.minimum;
        if asked_enough && (writes == 0 || answered < self.minimum) {
            return Err(WorldError::Server(format!(
                "of {}, {writes} were acknowledged. The other answers: {}",
                count(writes + failures, "write"),
                self.failures()
            )));
        }
        Ok(())
    }

    fn failures(&self) -> String {
        let each = self.record.failed.iter();
        let each: Vec<String> = each.map(|(answer, n)| format!("{n} × {answer}")).collect();
        each.join(", ")
    }

    fn summary(&self) -> String {
        let (writes, reads) = self.answered();
        let mut summary = format!("{writes} acknowledged");
        if self.counter.is_none() {
            let _ = write!(summary, ", {reads} read");
        }
        if self.record.unknown() > 0 {
            let _ = write!(summary, ", {} unknown", self.record.unknown());
        }
        summary
    }

    /// What there is to draw.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let mut picture = Picture::of(&self.record, self.example.as_ref(), self.events.clone());
        if !self.judges_lost {
            picture.lost.clear();
        }
        picture
    }

    /// What helps to understand it, in words.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self.example.iter().map(ToString::to_string).collect();
        for lost in self
            .record
            .lost()
            .iter()
            .take(3)
            .filter(|_| self.judges_lost)
        {
            let Some((at, value)) = lost.writes.last() else {
                continue;
            };
            notes.push(format!(
                "key {}: {} held {} at the end, though {} had been acknowledged, the last of {value} at {}",
                lost.key,
                lost.part,
                told(&lost.value),
                count(lost.writes.len(), "later write"),
                clock(*at)
            ));
        }
        for torn in self.record.torn.iter().take(3) {
            let (one, other) = &torn.values;
            let (who, at) = (named(torn.client), clock(torn.at));
            notes.push(format!(
                "{who} read {one} beside {other} on key {} at {at}",
                torn.key
            ));
        }
        if self.record.failures() > 0 {
            notes.push(format!(
                "answers that acknowledged nothing: {}",
                self.failures()
            ));
        }
        let happened = self.events.iter().take(12);
        notes.extend(happened.map(|(at, on, what)| format!("{} {on}: {what}", clock(*at))));
        notes
    }
}

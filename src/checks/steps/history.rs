//! `history`: concurrent clients write and read a few keys, and what they were told must be explicable.

use std::time::Duration;

use serde_json::Value as Json;

use crate::base::text::count;
use crate::checks::document::Node;
use crate::checks::expectation::{Path, read_path};
use crate::checks::observation::{Facts, Observation};
use crate::checks::reading;
use crate::checks::shape::Problems;
use crate::checks::template::Template;
use crate::checks::variable::Bindings;
use crate::checks::world::{World, WorldError, render_all};
use crate::lab::history::{Clients, Consistency, Invocation, Plan, Refusal, Told, What};
use crate::lab::http::{Answer, Connection, Request};
use crate::lab::timeline;

use super::Kind;
use super::http::Http;

mod seen;
mod shape;

pub use seen::Seen;
use shape::{EXPECT, FIELDS};

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

/// How many clients there may be.
const MOST: usize = 64;

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
        let clients = reading::count(node, "clients")?;
        if let Some(place) = node.at("clients").filter(|_| clients > MOST) {
            let message = format!("{clients} clients are more than a small machine can be");
            let help = format!("use a number from 1 to {MOST}");
            problems.add("E125", place.span.clone(), message, &help);
        }
        let operations = reading::count(node, "operations")?;
        let asked = step.at("expect").and_then(|e| e.at("consistency"));
        Some(Self {
            on: reading::texts(node, "on", problems),
            plan: Plan {
                clients,
                keys: reading::count(node, "keys")?,
                operations,
                span: reading::duration_or(node, "for", Duration::from_secs(5)),
                reads: what == What::Write,
            },
            change: (what, Http::read_anywhere(node.at(change)?, problems)),
            read: Http::read_anywhere(read, problems),
            value: path(read, "value", problems)?,
            twin: path(read, "twin", problems),
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
        let request = |invocation: &Invocation| {
            let part = parts.get(invocation.part).map(String::as_str);
            self.request(invocation, part, world, scope)
                .map_err(|e| e.to_string())
        };
        let clients = Clients {
            plan: self.plan,
            change: self.change.0,
            parts: parts.clone(),
            request: &request,
            told: &|answer| self.told(answer),
            awaited: &|| world.is_awaited(),
            acknowledged: &|| world.count_answer(),
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
        invocation: &Invocation,
        part: Option<&str>,
        world: &World,
        scope: &Bindings,
    ) -> Result<Request, WorldError> {
        let mut scope = scope.at(&scope.place(&invocation.value.to_string()), None);
        scope.set("key", invocation.key.into());
        scope.set("client", invocation.client.into());
        scope.set("value", invocation.value.into());
        let http = if invocation.what == What::Read {
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

/// The JSONPath under `key`.
fn path(read: &Node, key: &str, problems: &Problems) -> Option<Path> {
    let place = read.at(key)?;
    read_path(place.text()?, place.span.clone(), problems)
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

#[cfg(test)]
mod tests {
    use crate::checks::file::{Anchors, decode};

    const RIGHT: &str = r#"
course = 1
exercise = "x"
[instance.a]
[[check]]
id = "one"
title = "1"
points = 1
[[check.step]]
repeat = 2
http = { on = "a", get = "/" }
expect.status = 200
capture.token = { json = "$.token" }
[[check.step]]
[check.step.history]
on = ["a"]
clients = 2
keys = 2
operations = 10
for = "1s"
write = { put = "/{{ key }}", bearer = "{{ token[key] }}", json = { n = "{{ value }}" } }
read = { get = "/{{ key }}?by={{ client }}", value = "$.n" }
[check.step.expect]
consistency = "linearizable"
lost = 0
"#;

    fn mistakes(text: &str) -> Vec<(&'static str, String)> {
        let decoded = decode("f.toml", text, &Anchors::new(), &|_| None);
        let problems = decoded.err().unwrap_or_default();
        problems.into_iter().map(|p| (p.id, p.message)).collect()
    }

    #[test]
    fn key_value_and_client_have_values_in_its_requests_and_nowhere_else() {
        assert_eq!(mistakes(RIGHT), []);
        let name = RIGHT.replace(
            "[[check.step]]\n[check",
            "[[check.step]]\nname = \"{{ key }}\"\n[check",
        );
        let message = "`{{ key }}` has no value here".to_owned();
        assert_eq!(mistakes(&name), [("E109", message)]);
        let list = RIGHT.replace("token[key]", "token[kay]");
        assert_eq!(mistakes(&list)[0].0, "E109");
    }

    #[test]
    fn what_cannot_be_expected_or_is_not_is_refused() {
        for (from, to, id, said) in [
            ("lost = 0", "torn = 0", "E116", "can be torn"),
            ("lost = 0", "doubled = 0", "E116", "counts twice"),
            (
                "value = \"$.n\"",
                "value = \"$.n\", twin = \"$.m\"",
                "E115",
                "`twin` is read",
            ),
            ("write =", "add =", "E104", "what one `add` adds"),
            ("write =", "delta = 1\nadd =", "E116", "no order of values"),
            ("value = \"$.n\"", "value = \"n\"", "E108", "not a JSONPath"),
            ("clients = 2", "clients = 65", "E125", "65 clients"),
            ("\"linearizable\"", "\"linearisable\"", "E105", "cannot be"),
        ] {
            let found = mistakes(&RIGHT.replace(from, to));
            assert!(
                found.iter().any(|(i, m)| *i == id && m.contains(said)),
                "{to}: {found:?}"
            );
        }
    }
}

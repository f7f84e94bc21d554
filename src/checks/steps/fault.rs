//! `fault`: breaks the connections that go through a proxy, until the check is over.

use std::time::Duration;

use crate::checks::document::Node;
use crate::checks::observation::Observation;
use crate::checks::reading;
use crate::checks::shape::{Field, Kind as Takes, Problems, duration_at, size, size_at};
use crate::checks::template::Template;
use crate::checks::variable::Bindings;
use crate::checks::world::{World, WorldError};
use crate::lab::proxy::{Direction, Fault as Broken};

use super::Kind;

/// The kind as data.
pub const KIND: Kind = Kind {
    key: "fault",
    doc: "Breaks the connections through a proxy, those that are open and those to come, until the check is over or a \
          step lifts it. Several faults may be set at once; of two of one kind and direction the later one counts.",
    fields: FIELDS,
    expect: &[],
    example: r#"fault = { on = "p", latency = "50ms", jitter = "10ms", direction = "down" }"#,
};

const FIELDS: &[Field] = &[
    Field::required(
        "on",
        Takes::Text,
        "the proxy; `database.a` is the one between instance `a` and a database in the network",
    ),
    Field::optional(
        "direction",
        Takes::Choice(&["up", "down", "both"]),
        "up: from the client to the server; down: back; both unless told",
    ),
    Field::optional(
        "latency",
        Takes::Duration,
        "every byte arrives this much later; the throughput stays",
    ),
    Field::optional(
        "jitter",
        Takes::Duration,
        "how much the latency varies at most, drawn from the seed",
    ),
    Field::optional(
        "bandwidth",
        Takes::Size,
        "no more than this per second; the sender is held back",
    ),
    Field::optional(
        "slice",
        Takes::Size,
        "bytes arrive in pieces of this size, each in a packet of its own",
    ),
    Field::optional("pause", Takes::Duration, "the pause after each slice"),
    Field::optional(
        "cut",
        Takes::Text,
        "\"now\": both sides are reset (RST), new connections too; \"after 1KB\": when so much has passed",
    ),
    Field::optional(
        "limit",
        Takes::Size,
        "both sides see an orderly end (FIN) when so much has passed",
    ),
    Field::optional(
        "black_hole",
        Takes::Flag,
        "nothing passes and nothing is closed; what was sent arrives when it is lifted",
    ),
    Field::optional(
        "timeout",
        Takes::Duration,
        "nothing passes, and after this long both sides are closed",
    ),
    Field::optional(
        "half_close",
        Takes::Flag,
        "the receiver sees the end of the stream, while the other direction goes on",
    ),
    Field::optional(
        "slow_close",
        Takes::Duration,
        "the end of the stream arrives this much later, the bytes in time",
    ),
    Field::optional(
        "refuse",
        Takes::Flag,
        "new connections are refused; those that are open go on",
    ),
    Field::optional(
        "lift",
        Takes::Flag,
        "ends every fault of this proxy; connections that were cut stay cut",
    ),
];

/// The keys that set a fault, besides those that refine one.
const FAULTS: &[&str] = &[
    "latency",
    "jitter",
    "bandwidth",
    "slice",
    "cut",
    "limit",
    "black_hole",
    "timeout",
    "half_close",
    "slow_close",
    "refuse",
];

/// A change of what is wrong with a proxy's connections.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The proxy.
    pub on: Template,
    /// What happens to it.
    pub deed: Deed,
}

/// What can happen to a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Faults are set.
    Set(Vec<Broken>, Direction),
    /// All faults are lifted.
    Lift,
}

impl Fault {
    /// Reads the step.
    pub fn read(node: &Node, problems: &Problems) -> Self {
        let direction = match node.at("direction").and_then(Node::text) {
            Some("up") => Direction::Up,
            Some("down") => Direction::Down,
            _ => Direction::Both,
        };
        let sets = node
            .entries()
            .iter()
            .find(|e| FAULTS.contains(&&*e.key) && e.node.flag() != Some(false));
        let lift = reading::is_set(node, "lift");
        if let Some(entry) = sets.filter(|_| lift) {
            let message = format!("this fault is lifted, so it cannot have `{}`", entry.key);
            problems.add(
                "E114",
                entry.key_span.clone(),
                message,
                "make two steps of it",
            );
        }
        if let Some(entry) = node
            .entry("pause")
            .filter(|_| node.entry("slice").is_none())
        {
            let help = "say how large a slice is: slice = \"1KB\"";
            let message = "`pause` without `slice` does nothing".to_owned();
            problems.add("E116", entry.key_span.clone(), message, help);
        }
        let faults = faults(node, problems);
        if faults.is_empty() && sets.is_none() && !lift {
            let message = "this fault does not say what is wrong".to_owned();
            let help = "give it a fault, such as latency = \"50ms\" or cut = \"now\"";
            problems.add("E114", node.span.clone(), message, help);
        }
        Self {
            on: reading::text(node, "on", problems).unwrap_or_default(),
            deed: if lift {
                Deed::Lift
            } else {
                Deed::Set(faults, direction)
            },
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// When the proxy is not there.
    pub async fn run(&self, world: &World, scope: &Bindings) -> Result<Observation, WorldError> {
        let on = self
            .on
            .render(scope)
            .map_err(|e| WorldError::Check(e.to_string()))?;
        let answer = match &self.deed {
            Deed::Set(faults, direction) => {
                world.inject(&on, faults, *direction).await?;
                "set"
            }
            Deed::Lift => {
                world.lift(&on).await?;
                "lifted"
            }
        };
        Ok(Observation {
            request: format!("fault {on}"),
            answer: answer.to_owned(),
            ..Observation::default()
        })
    }
}

/// The faults that the keys of a table name.
fn faults(node: &Node, problems: &Problems) -> Vec<Broken> {
    let time = |key| duration_at(node, key);
    let mut all = Vec::new();
    let (delay, jitter) = (time("latency"), time("jitter"));
    if delay.or(jitter).is_some() {
        all.push(Broken::Latency {
            delay: delay.unwrap_or_default(),
            jitter: jitter.unwrap_or_default(),
        });
    }
    all.extend(size_at(node, "bandwidth").map(Broken::Bandwidth));
    all.extend(size_at(node, "slice").map(|size| Broken::Slices {
        size: usize::try_from(size).unwrap_or(usize::MAX),
        pause: time("pause").unwrap_or(Duration::ZERO),
    }));
    all.extend(cut(node, problems).map(|after| Broken::Cut { after }));
    all.extend(size_at(node, "limit").map(|after| Broken::Limit { after }));
    all.extend(time("timeout").map(Broken::Timeout));
    all.extend(time("slow_close").map(Broken::SlowClose));
    for (key, fault) in [
        ("black_hole", Broken::BlackHole),
        ("half_close", Broken::HalfClose),
        ("refuse", Broken::Refuse),
    ] {
        all.extend(reading::is_set(node, key).then_some(fault));
    }
    all
}

/// After how many bytes a connection is cut.
fn cut(node: &Node, problems: &Problems) -> Option<u64> {
    let place = node.at("cut")?;
    let text = place.text()?;
    let after = cut_after(text);
    if after.is_none() {
        problems.add(
            "E105",
            place.span.clone(),
            format!("`cut` cannot be `{text}`"),
            "write cut = \"now\" or cut = \"after 1KB\"",
        );
    }
    after
}

/// Reads `now` or `after 1KB`.
#[must_use]
pub fn cut_after(text: &str) -> Option<u64> {
    match text.strip_prefix("after ") {
        Some(bytes) => size(bytes.trim()),
        None => (text == "now").then_some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::document::parse;
    use super::*;

    fn read(text: &str) -> (Deed, Vec<(String, String)>) {
        let (root, _) = parse("f.toml", text);
        let problems = Problems::new("f.toml");
        let fault = Fault::read(root.at("fault").unwrap(), &problems);
        let found = problems.into_list();
        let said = found.iter().map(|p| (p.message.clone(), p.help.clone()));
        (fault.deed, said.collect())
    }

    #[test]
    fn one_step_may_set_several_faults() {
        let (deed, problems) = read(
            "fault = { on = \"p\", latency = \"50ms\", bandwidth = \"100KB\", cut = \"after 1.5KB\", direction = \"up\" }",
        );
        let faults = vec![
            Broken::Latency {
                delay: Duration::from_millis(50),
                jitter: Duration::ZERO,
            },
            Broken::Bandwidth(100_000),
            Broken::Cut { after: 1_500 },
        ];
        assert_eq!(deed, Deed::Set(faults, Direction::Up));
        assert_eq!(problems, []);
    }

    #[test]
    fn a_fault_that_breaks_nothing_is_refused() {
        for (text, message) in [
            (
                "fault = { on = \"p\" }",
                "this fault does not say what is wrong",
            ),
            (
                "fault = { on = \"p\", black_hole = false, direction = \"up\" }",
                "this fault does not say what is wrong",
            ),
            (
                "fault = { on = \"p\", lift = true, refuse = true }",
                "this fault is lifted, so it cannot have `refuse`",
            ),
            (
                "fault = { on = \"p\", latency = \"1s\", pause = \"1s\" }",
                "`pause` without `slice` does nothing",
            ),
            (
                "fault = { on = \"p\", cut = \"soon\" }",
                "`cut` cannot be `soon`",
            ),
        ] {
            let (_, problems) = read(text);
            assert_eq!(problems.len(), 1, "{text}: {problems:?}");
            assert_eq!(problems[0].0, message);
        }
    }
}

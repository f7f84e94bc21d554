//! `origin`: gives an origin trouble, ends it, changes what it holds, and counts what it was asked for.

use std::time::Duration;

use crate::base::text::count;
use crate::checks::document::Node;
use crate::checks::observation::{Facts, Observation};
use crate::checks::reading;
use crate::checks::shape::{Field, Kind as Takes, Problems, duration_at, size_at};
use crate::checks::template::Template;
use crate::checks::variable::Bindings;
use crate::checks::world::{World, WorldError};
use crate::lab::origin::{Origin as Part, Pattern, Trouble, What};

use super::{Expects, Kind};

/// The kind as data.
pub const KIND: Kind = Kind {
    key: "origin",
    doc: "Gives an origin trouble, takes it down, changes what it holds, waits for requests, or counts them. Before each \
          case of a check every origin is up, has no trouble, and counts from nothing.",
    fields: FIELDS,
    expect: EXPECT,
    example: r#"origin = { on = "o", count = "/v/1" }
expect.requests = 1
expect.full = 1"#,
};

const FIELDS: &[Field] = &[
    Field::required("on", Takes::Text, "the origin"),
    Field::optional(
        "at",
        Takes::Text,
        "the paths that have trouble, where * stands for anything but nothing",
    ),
    Field::optional(
        "times",
        Takes::Count(1),
        "for so many requests; until it is lifted unless told",
    ),
    Field::optional("status", Takes::Count(400), "answers with this status"),
    Field::optional("hang", Takes::Flag, "reads the request and never answers"),
    Field::optional("delay", Takes::Duration, "answers this much later"),
    Field::optional(
        "truncate",
        Takes::Size,
        "ends the connection after so much of the body, though Content-Length says more",
    ),
    Field::optional("drip", Takes::Size, "sends the body in pieces of this size"),
    Field::optional(
        "pause",
        Takes::Duration,
        "the pause between two pieces of `drip`; 100ms unless told",
    ),
    Field::optional(
        "hold",
        Takes::Flag,
        "reads the request and answers when it is released",
    ),
    Field::optional(
        "release",
        Takes::Flag,
        "lets go of what is held; nothing more is held",
    ),
    Field::optional("lift", Takes::Flag, "ends all trouble"),
    Field::optional(
        "down",
        Takes::Flag,
        "true: refuses connections, and resets those that are open; false: takes them again",
    ),
    Field::optional(
        "change",
        Takes::Text,
        "holds something else at this path, with another ETag",
    ),
    Field::optional(
        "await",
        Takes::Text,
        "waits until requests have come at these paths",
    ),
    Field::optional(
        "requests",
        Takes::Count(1),
        "how many `await` waits for; 1 unless told",
    ),
    Field::optional(
        "within",
        Takes::Duration,
        "how long `await` waits; 5s unless told",
    ),
    Field::optional(
        "count",
        Takes::Text,
        "counts the requests at these paths since the case began",
    ),
];

const EXPECT: &[Field] = &[
    Field::optional("requests", Takes::Matcher, "how many requests came"),
    Field::optional(
        "full",
        Takes::Matcher,
        "how many were GET without condition or range",
    ),
    Field::optional(
        "conditional",
        Takes::Matcher,
        "how many had If-None-Match or If-Modified-Since",
    ),
    Field::optional(
        "ranges",
        Takes::Matcher,
        "how many had Range and no condition",
    ),
    Field::optional(
        "heads",
        Takes::Matcher,
        "how many were HEAD without condition",
    ),
    Field::optional("others", Takes::Matcher, "how many were of other methods"),
    Field::optional(
        "bytes",
        Takes::Matcher,
        "how many bytes of bodies were sent, such as { lt = \"200KB\" }",
    ),
];

/// The keys that say what is done.
const DEEDS: &[&str] = &[
    "status", "hang", "delay", "truncate", "drip", "hold", "release", "lift", "down", "change",
    "await", "count",
];

/// Something done to an origin.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The origin.
    pub on: Template,
    /// What is done.
    pub deed: Deed,
}

/// What can be done to an origin.
#[derive(Clone, Debug)]
pub enum Deed {
    /// It has trouble at some paths, for so many requests.
    Trouble(Template, What, Option<usize>),
    /// What is held is answered.
    Release,
    /// All trouble ends.
    Lift,
    /// It refuses connections, or takes them again.
    Down(bool),
    /// It holds something else at a path.
    Change(Template),
    /// So many requests at these paths are waited for.
    Await(Template, usize, Duration),
    /// Requests at these paths are counted.
    Count(Template),
}

impl Origin {
    /// Reads the step.
    pub fn read(node: &Node, problems: &Problems) -> Option<Self> {
        let key = reading::exactly_one(node, DEEDS, "this origin step", problems)?;
        for (own, with) in [
            ("pause", "drip"),
            ("requests", "await"),
            ("within", "await"),
        ] {
            if let Some(entry) = node.entry(own).filter(|_| key != with) {
                let message = format!("`{own}` without `{with}` does nothing");
                problems.add("E116", entry.key_span.clone(), message, "take it away");
            }
        }
        let off = node.at(key).and_then(Node::flag) == Some(false) && key != "down";
        if off {
            let message = format!("`{key} = false` does nothing");
            let help = "take it away; `lift` ends trouble";
            problems.add("E116", node.span.clone(), message, help);
        }
        let text = |key| reading::text(node, key, problems);
        let deed = match key {
            "release" => Deed::Release,
            "lift" => Deed::Lift,
            "down" => Deed::Down(reading::is_set(node, "down")),
            "change" => Deed::Change(text("change")?),
            "count" => Deed::Count(text("count")?),
            "await" => Deed::Await(
                text("await")?,
                reading::count(node, "requests").unwrap_or(1),
                reading::duration_or(node, "within", Duration::from_secs(5)),
            ),
            _ => Deed::Trouble(
                at(node, key, problems)?,
                what(node, key)?,
                reading::count(node, "times"),
            ),
        };
        if !matches!(deed, Deed::Trouble(..)) {
            for key in ["at", "times"] {
                if let Some(entry) = node.entry(key) {
                    let message =
                        format!("`{key}` is for trouble such as `delay`, and there is none here");
                    problems.add("E116", entry.key_span.clone(), message, "take it away");
                }
            }
        }
        Some(Self {
            on: reading::text(node, "on", problems).unwrap_or_default(),
            deed,
        })
    }

    /// Only a count has something to expect.
    #[must_use]
    pub fn expects(&self) -> Expects {
        match self.deed {
            Deed::Count(_) => Expects::Something,
            _ => Expects::Nothing,
        }
    }

    /// Every template in it.
    #[must_use]
    pub fn templates(&self) -> Vec<&Template> {
        let mut found = vec![&self.on];
        match &self.deed {
            Deed::Trouble(at, ..) | Deed::Change(at) | Deed::Await(at, ..) | Deed::Count(at) => {
                found.push(at);
            }
            Deed::Release | Deed::Lift | Deed::Down(_) => {}
        }
        found
    }

    /// Does it.
    ///
    /// # Errors
    /// When the origin is not there, or too few requests come in time.
    pub async fn run(&self, world: &World, scope: &Bindings) -> Result<Observation, WorldError> {
        let fill = |t: &Template| {
            t.render(scope)
                .map_err(|e| WorldError::Check(e.to_string()))
        };
        let on = fill(&self.on)?;
        let origin = world.origin(&on)?;
        let answer = match &self.deed {
            Deed::Trouble(at, what, times) => {
                let at = Pattern::new(&fill(at)?);
                let (what, times) = (*what, *times);
                let trouble = Trouble { at, what, times };
                let answer = trouble.to_string();
                origin.trouble(trouble);
                answer
            }
            Deed::Release => {
                origin.release();
                "released".to_owned()
            }
            Deed::Lift => {
                origin.lift();
                "lifted".to_owned()
            }
            Deed::Down(is_down) => {
                origin.set_down(*is_down).await;
                if *is_down { "down" } else { "up" }.to_owned()
            }
            Deed::Change(path) => {
                origin.change(&fill(path)?);
                "changed".to_owned()
            }
            Deed::Await(at, requests, within) => {
                let at = fill(at)?;
                let pattern = Pattern::new(&at);
                let came = origin.wait_for(&pattern, *requests, *within).await;
                if came < *requests {
                    return Err(WorldError::Server(format!(
                        "the origin got {came} of {requests} requests for {at} within {within:?}"
                    )));
                }
                format!("{came} came")
            }
            Deed::Count(at) => return Ok(counted(origin, &on, &fill(at)?)),
        };
        Ok(Observation {
            request: format!("origin {on}"),
            answer,
            ..Observation::default()
        })
    }
}

fn counted(origin: &Part, on: &str, at: &str) -> Observation {
    let counts = origin.counts(&Pattern::new(at));
    Observation {
        request: format!("count {on}{at}"),
        answer: count(counts.requests, "request"),
        facts: Facts::Requests(counts),
        ..Observation::default()
    }
}

/// Where the trouble is.
fn at(node: &Node, key: &str, problems: &Problems) -> Option<Template> {
    if node.entry("at").is_none() {
        let message = format!("this `{key}` does not say at which path");
        problems.add(
            "E104",
            node.span.clone(),
            message,
            "write at = \"/v/1\", or \"/*\" for all",
        );
    }
    reading::text(node, "at", problems)
}

fn what(node: &Node, key: &str) -> Option<What> {
    let bytes = |key| size_at(node, key).and_then(|n| usize::try_from(n).ok());
    Some(match key {
        "status" => {
            What::Status(reading::count(node, "status").and_then(|n| u16::try_from(n).ok())?)
        }
        "hang" => What::Hang,
        "delay" => What::Delay(duration_at(node, "delay")?),
        "truncate" => What::Truncate(bytes("truncate")?),
        "drip" => What::Drip(
            bytes("drip")?,
            reading::duration_or(node, "pause", Duration::from_millis(100)),
        ),
        _ => What::Hold,
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::file::{Anchors, decode};

    const WORLD: &str = "course = 1\nexercise = \"x\"\n[instance.a]\n[[origin.shop.route]]\npath = \"/v/*\"\n\
        text = \"{{ request.header.x-user }} {{ version }}\"\n";

    /// The mistakes of a step: what is said, what is marked, and the help.
    fn mistakes(step: &str) -> Vec<(String, String, String)> {
        let text = format!(
            "{WORLD}[[check]]\nid = \"c\"\ntitle = \"C\"\npoints = 1\n[[check.step]]\n{step}\n"
        );
        let decoded = decode("f", &text, &Anchors::new(), &|_| None);
        let found = decoded.err().unwrap_or_default().into_iter();
        found
            .map(|p| (p.message, text[p.span].to_owned(), p.help))
            .collect()
    }

    fn said(step: &str, message: &str, place: &str, help: &str) {
        let expected = (message.to_owned(), place.to_owned(), help.to_owned());
        assert_eq!(mistakes(step), [expected], "{step}");
    }

    #[test]
    fn what_is_right_is_taken() {
        for step in [
            "origin = { on = \"shop\", at = \"/v/1\", delay = \"1s\", times = 2 }",
            "origin = { on = \"shop\", down = false }",
            "origin = { on = \"shop\", count = \"/v/1\" }\nexpect.bytes = { lt = \"1KB\" }",
            "http = { on = \"a\", get = \"/\" }\nexpect.like = { origin = \"shop\" }",
            "pause = \"1300ms\"",
        ] {
            assert_eq!(mistakes(step), [], "{step}");
        }
    }

    #[test]
    fn a_name_that_names_nothing_gets_the_nearest_one() {
        said(
            "origin = { on = \"shpo\", lift = true }",
            "there is no origin `shpo`",
            "\"shpo\"",
            "did you mean `shop`?",
        );
        said(
            "http = { on = \"a\", get = \"/\" }\nexpect.like = { origin = \"shpo\" }",
            "there is no origin `shpo`",
            "\"shpo\"",
            "did you mean `shop`?",
        );
        said(
            "diagram = { file = \"d.mmd\" }\nexpect.arrows.\"clinet -> db\" = 0",
            "there is no class `clinet`",
            "\"clinet -> db\"",
            "did you mean `client`?",
        );
        said(
            "diagram = { file = \"d.mmd\" }\nexpect.paths.\"client -> db\" = [\"appp\"]",
            "there is no class `appp`",
            "\"appp\"",
            "did you mean `app`?",
        );
        said(
            "diagram = { file = \"d.mmd\" }\nexpect.nodes.cach = 1",
            "there is no class `cach`",
            "cach",
            "did you mean `cache`?",
        );
        said(
            "http = { on = \"a\", get = \"/{{ time.nou }}\" }\nexpect.status = 200",
            "`{{ time.nou }}` has no value here",
            "\"/{{ time.nou }}\"",
            "did you mean `time.now`?",
        );
    }

    #[test]
    fn trouble_needs_a_path_and_a_count_an_expectation() {
        said(
            "origin = { on = \"shop\", hang = true }",
            "this `hang` does not say at which path",
            "{ on = \"shop\", hang = true }",
            "write at = \"/v/1\", or \"/*\" for all",
        );
        said(
            "origin = { on = \"shop\", lift = true, times = 1 }",
            "`times` is for trouble such as `delay`, and there is none here",
            "times",
            "take it away",
        );
        assert_eq!(
            mistakes("origin = { on = \"shop\", count = \"/v\" }").len(),
            1
        );
        assert_eq!(mistakes("origin = { on = \"shop\" }").len(), 1);
        assert_eq!(mistakes("pause = \"5\"").len(), 1);
        assert_eq!(mistakes("pause = \"5m\"").len(), 1);
    }
}

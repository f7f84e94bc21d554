//! `load`: many requests, at a rate or from clients that wait for their answers, and the figures they come to.

use std::time::{Duration, Instant};

use crate::checks::document::Node;
use crate::checks::observation::{Facts, Observation};
use crate::checks::pattern::pattern;
use crate::checks::reading;
use crate::checks::shape::{Field, Kind as Takes, Problems, joined};
use crate::checks::template::Template;
use crate::checks::variable::Bindings;
use crate::checks::world::{CHECKER, World, WorldError, render_all};
use crate::lab::load::{self, Arrivals};
use crate::lab::timeline::What;

use super::Kind;
use super::http::{Http, METHODS, REQUEST};

/// The kind as data.
pub const KIND: Kind = Kind {
    key: "load",
    doc: "Sends many requests: at a constant `rate` whatever becomes of them, or from `clients` that each wait for their \
          answer. Latency counts from the moment a request was due. In its requests `{{ index }}` is the number of the \
          request, `{{ random.… }}` is drawn for each, and `{{ token[index] }}` takes the values of a list in turn. When this \
          machine was the limit, the step is inconclusive. So it is when a process waited long for a processor and that can \
          be all there is to it: no answer in time, 503, 504, and 502 where a server is told to stop meanwhile.",
    fields: FIELDS,
    expect: EXPECT,
    example: r#"load = { on = "lb", rate = 140, for = "3s", mix = [
    { weight = 9, get = "/items/1" },
    { weight = 1, put = "/items/1", bearer = "{{ token }}", json = { value = "{{ index }}" } },
] }
expect.failed = 0
expect.p99 = { lt = "200ms" }
capture.x1 = { figure = "rate" }"#,
};

/// The keys of one request of a mix.
pub const MIX: &[Field] = &joined::<15>(
    &[Field::optional(
        "weight",
        Takes::Count(1),
        "how often it is sent, relative to the others; 1 unless told",
    )],
    REQUEST,
);

const FIELDS: &[Field] = &joined::<21>(OWN, REQUEST);

const OWN: &[Field] = &[
    Field::optional(
        "rate",
        Takes::Count(1),
        "this many requests per second, evenly spaced",
    ),
    Field::optional(
        "clients",
        Takes::Count(1),
        "this many clients, each of which sends its next request when the last is answered",
    ),
    Field::required(
        "for",
        Takes::Duration,
        "how long requests are sent and counted",
    ),
    Field::optional(
        "warmup",
        Takes::Duration,
        "sends for this long first, without counting; 0s unless told",
    ),
    Field::optional(
        "connections",
        Takes::Count(1),
        "with `rate`: how many requests are in flight at most; 64 unless told",
    ),
    Field::optional(
        "timeout",
        Takes::Duration,
        "gives a request up after this long; 5s unless told",
    ),
    Field::optional(
        "mix",
        Takes::Tables(MIX),
        "several requests, drawn by their weight; instead of one here",
    ),
];

const EXPECT: &[Field] = &[
    Field::optional(
        "rate",
        Takes::Matcher,
        "answers per second, those with 5xx left out",
    ),
    Field::optional(
        "p50",
        Takes::Matcher,
        "half of the answers took no longer, such as { lt = \"50ms\" }",
    ),
    Field::optional("p90", Takes::Matcher, "nine in ten took no longer"),
    Field::optional(
        "p99",
        Takes::Matcher,
        "all but one in a hundred took no longer",
    ),
    Field::optional("max", Takes::Matcher, "the longest"),
    Field::optional(
        "errors",
        Takes::Matcher,
        "how many requests had no complete answer",
    ),
    Field::optional(
        "failed",
        Takes::Matcher,
        "how many requests had no complete answer, or one with 5xx",
    ),
    Field::optional(
        "tally",
        Takes::Map(&Takes::Matcher),
        "how many answers of each kind: codes, classes such as 2xx, or error; all must be covered",
    ),
    Field::optional(
        "answered_by",
        Takes::Map(&Takes::Matcher),
        "how many answers each instance gave through a balancer",
    ),
];

/// The figures that a capture can keep.
pub const FIGURES: &[&str] = &["rate", "p50", "p90", "p99", "max", "errors", "failed"];

/// More than this per second is no exercise any more.
const RATE: usize = 20_000;
/// More connections than this need more files than a process may open.
const CONNECTIONS: usize = 1_000;
/// A check that takes longer than this is not waited for.
const LONGEST: Duration = Duration::from_mins(1);

/// A load.
#[derive(Clone, Debug)]
pub struct Load {
    /// Who receives it, unless a request says otherwise.
    pub on: Option<Template>,
    /// When requests are sent.
    pub arrivals: Arrivals,
    /// How many connections there are.
    pub connections: usize,
    /// How long requests are sent and counted.
    pub lasting: Duration,
    /// How long requests are sent before that.
    pub warmup: Duration,
    /// When a request is given up.
    pub timeout: Duration,
    /// The requests, each with its weight.
    pub mix: Vec<(u32, Http)>,
}

impl Load {
    /// Reads the step.
    pub fn read(node: &Node, problems: &Problems) -> Option<Self> {
        let on = reading::text(node, "on", problems);
        let key = reading::exactly_one(node, &["rate", "clients"], "this load", problems)?;
        limits(node, problems);
        let number = reading::count(node, key)?;
        let (arrivals, connections) = if key == "rate" {
            let connections = reading::count(node, "connections").unwrap_or(64);
            (Arrivals::Open(u32::try_from(number).ok()?), connections)
        } else {
            if let Some(entry) = node.entry("connections") {
                let help = "each of the `clients` has one; take `connections` away";
                let message = "`connections` belongs to a load with a `rate`".to_owned();
                problems.add("E116", entry.key_span.clone(), message, help);
            }
            (Arrivals::Closed, number)
        };
        Some(Self {
            arrivals,
            connections,
            lasting: reading::duration_or(node, "for", Duration::from_secs(1)),
            warmup: reading::duration_or(node, "warmup", Duration::ZERO),
            timeout: reading::duration_or(node, "timeout", Duration::from_secs(5)),
            mix: read_mix(node, on.as_ref(), problems),
            on,
        })
    }

    /// Every part that receives requests.
    #[must_use]
    pub fn parts(&self) -> Vec<&Template> {
        self.mix
            .iter()
            .filter_map(|(_, http)| http.on.as_ref())
            .collect()
    }

    /// Every template in it.
    #[must_use]
    pub fn templates(&self) -> Vec<&Template> {
        self.mix
            .iter()
            .flat_map(|(_, http)| http.templates())
            .collect()
    }
}

fn read_mix(node: &Node, on: Option<&Template>, problems: &Problems) -> Vec<(u32, Http)> {
    let Some(mix) = node.entry("mix") else {
        return vec![(1, Http::read(node, problems))];
    };
    let own = REQUEST.iter().filter(|f| f.key != "on");
    for entry in own.filter_map(|f| node.entry(f.key)) {
        let message = format!(
            "`{}` stands beside `mix`, where nothing sends it",
            entry.key
        );
        let help = "put it into the requests of the mix";
        problems.add("E116", entry.key_span.clone(), message, help);
    }
    if mix.node.items().is_empty() {
        let help = format!("write a table with one of {}", METHODS.join(", "));
        problems.add(
            "E104",
            mix.node.span.clone(),
            "`mix` has no request".into(),
            &help,
        );
    }
    let read = |item: &Node| {
        let weight = reading::count(item, "weight").and_then(|n| u32::try_from(n).ok());
        let http = match on {
            Some(on) => {
                let http = Http::read_anywhere(item, problems);
                let on = http.on.clone().or_else(|| Some(on.clone()));
                Http { on, ..http }
            }
            None => Http::read(item, problems),
        };
        (weight.unwrap_or(1), http)
    };
    mix.node.items().iter().map(read).collect()
}

/// Refuses what this machine cannot be asked for.
fn limits(node: &Node, problems: &Problems) {
    for (key, most) in [
        ("rate", RATE),
        ("clients", CONNECTIONS),
        ("connections", CONNECTIONS),
    ] {
        if let Some(entry) = node
            .entry(key)
            .filter(|_| reading::count(node, key) > Some(most))
        {
            let message = format!("`{key}` is more than a load may have");
            let help = format!("use at most {most}");
            problems.add("E125", entry.node.span.clone(), message, &help);
        }
    }
    for key in ["for", "warmup", "timeout"] {
        let long = reading::duration_or(node, key, Duration::ZERO) > LONGEST;
        if let Some(entry) = node.entry(key).filter(|_| long) {
            let message = format!("`{key}` is longer than a load may take");
            problems.add(
                "E125",
                entry.node.span.clone(),
                message,
                "use at most \"60s\"",
            );
        }
    }
}

impl Load {
    /// Sends it.
    ///
    /// # Errors
    /// When a name has no value, a part is not there or not on this machine, or the machine cannot send.
    pub async fn run(&self, world: &World, scope: &Bindings) -> Result<Observation, WorldError> {
        let on: Vec<Template> = self.parts().into_iter().cloned().collect();
        let mut on = render_all(&on, scope)?;
        on.dedup();
        let null = on.iter().all(|part| world.is_null(part));
        let mix = self.mix.iter();
        let mix = mix.map(|(weight, http)| pattern(http, *weight, world, scope));
        let load = load::Load {
            arrivals: self.arrivals,
            connections: self.connections,
            warmup: self.warmup,
            lasting: self.lasting,
            count: None,
            timeout: self.timeout,
            mix: mix.collect::<Result<_, _>>()?,
            seed: scope.number("load"),
        };
        let on = on.join(" ");
        let request = match self.arrivals {
            Arrivals::Open(rate) => format!("load {on} {rate}/s"),
            Arrivals::Closed => format!("load {on} {} clients", self.connections),
        };
        let note = |label: String| {
            world.record(What::Note {
                on: CHECKER.into(),
                label,
            });
        };
        note(format!("{request} begins"));
        let began = Instant::now();
        let figures = load::run(load)
            .await
            .map_err(|e| WorldError::Machine(e.to_string()))?;
        let answer = format!("{:.0}/s, p99 {}", figures.rate, short(figures.latency.p99));
        note(format!("{request} ends: {answer}"));
        let statuses = figures.statuses.iter();
        let statuses = statuses.map(|(status, n)| (status.to_string(), *n));
        let errors = Some(("error".to_owned(), figures.errors())).filter(|(_, n)| *n > 0);
        let tally = statuses.chain(errors);
        Ok(Observation {
            request,
            answer,
            duration: began.elapsed(),
            tally: tally
                .map(|(key, n)| (key, usize::try_from(n).unwrap_or(usize::MAX)))
                .collect(),
            facts: Facts::Load {
                figures: Box::new(figures),
                null,
            },
            ..Observation::default()
        })
    }
}

/// A latency with three digits, in the unit that fits: `412us`, `22.4ms`, `1.52s`.
#[must_use]
pub fn short(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    let (number, unit) = match micros {
        m if m < 1e3 => return format!("{m:.0}us"),
        m if m < 1e6 => (m / 1e3, "ms"),
        m => (m / 1e6, "s"),
    };
    let digits = match number {
        n if n < 10.0 => 2,
        n if n < 100.0 => 1,
        _ => 0,
    };
    format!("{number:.digits$}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::document::parse;

    fn refused(load: &str) -> Vec<(&'static str, String)> {
        let (root, _) = parse("f.toml", load);
        let problems = Problems::new("f.toml");
        let node = root.at("load").unwrap();
        crate::checks::shape::walk(node, FIELDS, "`load`", &problems);
        Load::read(node, &problems);
        let problems = problems.into_list();
        problems.into_iter().map(|p| (p.id, p.message)).collect()
    }

    #[test]
    fn a_load_has_a_rate_or_clients_and_a_request_or_a_mix() {
        let right = [
            r#"load = { on = "a", rate = 10, for = "1s", get = "/" }"#,
            r#"load = { on = "a", clients = 10, for = "1s", mix = [{ get = "/" }, { weight = 2, on = "b", get = "/" }] }"#,
        ];
        for right in right {
            assert_eq!(refused(right), [], "{right}");
        }
        for (wrong, id) in [
            (r#"load = { on = "a", for = "1s", get = "/" }"#, "E114"),
            (
                r#"load = { on = "a", rate = 1, clients = 1, for = "1s", get = "/" }"#,
                "E114",
            ),
            (r#"load = { on = "a", rate = 10, for = "1s" }"#, "E114"),
            (r#"load = { on = "a", rate = 10, get = "/" }"#, "E104"),
            (
                r#"load = { on = "a", rate = 10, for = "1s", mix = [] }"#,
                "E104",
            ),
            (
                r#"load = { rate = 10, for = "1s", mix = [{ get = "/" }] }"#,
                "E104",
            ),
            (
                r#"load = { on = "a", rate = 10, for = "1s", get = "/", mix = [{ get = "/" }] }"#,
                "E116",
            ),
            (
                r#"load = { on = "a", clients = 1, connections = 2, for = "1s", get = "/" }"#,
                "E116",
            ),
            (
                r#"load = { on = "a", rate = 90000, for = "1s", get = "/" }"#,
                "E125",
            ),
            (
                r#"load = { on = "a", rate = 9, for = "2m", get = "/" }"#,
                "E125",
            ),
            (
                r#"load = { on = "a", rate = 9, for = "2s", mix = [{ wieght = 1, get = "/" }] }"#,
                "E102",
            ),
        ] {
            let ids: Vec<_> = refused(wrong).into_iter().map(|(id, _)| id).collect();
            assert_eq!(ids, [id], "{wrong}");
        }
    }

    #[test]
    fn latencies_are_short_and_can_be_read_again() {
        for (micros, text) in [
            (412, "412us"),
            (2_244, "2.24ms"),
            (22_440, "22.4ms"),
            (1_520_000, "1.52s"),
        ] {
            let time = Duration::from_micros(micros);
            assert_eq!(short(time), text);
            assert!(crate::checks::shape::duration(text).is_some());
        }
    }
}

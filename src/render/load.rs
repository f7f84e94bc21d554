//! Loads: what one measured, as words, a small chart and a document.

pub(super) mod svg;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::chart::{self, Row};
use super::report::cell;
use super::theme::{Role, Surface};
use crate::checks::steps::load::short;
use crate::grading::outcome::CheckResult;
use crate::lab::load::{Arrivals, Figures, Spread};

/// The figures of a load in one line.
#[must_use]
pub fn line(figures: &Figures) -> String {
    let latency = &figures.latency;
    format!(
        "{:.1} answers per second, p50 {}, p99 {}, max {}{}",
        figures.rate,
        short(latency.p50),
        short(latency.p99),
        short(latency.max),
        match figures.failed() {
            0 => String::new(),
            failed => format!(", {failed} failed"),
        }
    )
}

/// The figures of a load: what was sent, what came back and from whom, and how long it took.
#[must_use]
pub fn draw(figures: &Figures, surface: Surface) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |label: &str, text: &str| {
        let room = surface.width.saturating_sub(LABEL).max(1);
        for (at, part) in cell::wrap(text, room).into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            let label = surface.paint(Role::Faint, &cell::pad(label, LABEL));
            lines.push(format!("{label}{part}"));
        }
    };
    for (label, text) in facts(figures, if surface.ascii { "x" } else { "×" }) {
        say(label, &text);
        if label == LATENCY {
            let spread = Surface {
                width: surface.width.saturating_sub(LABEL),
                ..surface
            };
            for row in chart::draw(&steps(&figures.latency), spread) {
                say("", &row);
            }
        }
    }
    lines
}

/// What there is to say of a load, each with what it is about. `times` stands between a kind and how many there were.
pub(super) fn facts(figures: &Figures, times: &str) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("sent", sent(figures)),
        ("rate", format!("{:.1} answers per second", figures.rate)),
        ("answers", listed(figures.endings(), times)),
    ];
    if !figures.servers.is_empty() {
        facts.push(("given by", givers(figures, times)));
    }
    if figures.latency.count > 0 {
        facts.push((LATENCY, percentiles(&figures.latency)));
    }
    if let Some(limit) = &figures.limit {
        facts.push(("note", limit.to_string()));
    }
    facts
}

const LATENCY: &str = "latency";

/// Columns of the labels at the left.
const LABEL: usize = 10;

fn sent(figures: &Figures) -> String {
    let over = crate::base::text::count(figures.connections, "connection");
    let seconds = figures.window.as_secs_f64();
    match figures.arrivals {
        Arrivals::Open(rate) => {
            let unsent = match figures.due - figures.sent {
                0 => String::new(),
                left => format!(", {left} of them not sent: every connection was busy"),
            };
            format!(
                "{rate} per second for {seconds:.1} s over at most {over}: {} due{unsent}",
                figures.due
            )
        }
        Arrivals::Closed => {
            format!(
                "as fast as answers came for {seconds:.1} s over {over}: {} sent",
                figures.sent
            )
        }
    }
}

/// How many answers each instance gave, and the balancer itself.
fn givers(figures: &Figures, times: &str) -> String {
    let servers = figures
        .servers
        .iter()
        .map(|(name, n)| (cell::line(name), *n));
    let all: u64 = figures.statuses.values().sum();
    let rest = all.saturating_sub(figures.servers.values().sum());
    let own = (rest > 0).then(|| ("the balancer itself".to_owned(), rest));
    listed(servers.chain(own), times)
}

/// `200 × 378, 404 × 42`
fn listed(counts: impl Iterator<Item = (String, u64)>, times: &str) -> String {
    let all: Vec<String> = counts
        .map(|(name, n)| format!("{name} {times} {n}"))
        .collect();
    if all.is_empty() {
        "none".to_owned()
    } else {
        all.join(", ")
    }
}

/// The percentiles that are shown, by name.
fn named(latency: &Spread) -> [(&'static str, Duration); 4] {
    [
        ("p50", latency.p50),
        ("p90", latency.p90),
        ("p99", latency.p99),
        ("max", latency.max),
    ]
}

fn percentiles(latency: &Spread) -> String {
    let named: Vec<String> = named(latency)
        .iter()
        .map(|(name, time)| format!("{name} {}", short(*time)))
        .collect();
    named.join("   ")
}

/// How many answers took how long, one row for each step; steps without an answer at the ends are left out.
fn steps(latency: &Spread) -> Vec<Row> {
    let steps = latency.steps.iter();
    let row = |(upto, n): &(Duration, u64)| Row {
        label: format!("up to {}", bound(*upto)),
        figure: n.to_string(),
        value: number(*n),
        mark: None,
    };
    steps.map(row).collect()
}

/// The end of a step, which is a round number: `200us`, `5ms`, `1s`.
fn bound(time: Duration) -> String {
    match time.as_micros() {
        micros @ 0..1_000 => format!("{micros}us"),
        micros @ 1_000..1_000_000 => format!("{}ms", micros / 1_000),
        micros => format!("{}s", micros / 1_000_000),
    }
}

/// The figures of every load of a check.
#[must_use]
pub fn all(result: &CheckResult) -> Vec<&Figures> {
    result
        .steps
        .iter()
        .filter_map(|step| step.load.as_deref())
        .collect()
}

/// The throughput of several loads on one number of instances, and what it would be if every instance brought as much
/// as those of the smallest load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Throughput {
    instances: usize,
    rate: f64,
    ideal: f64,
}

impl Throughput {
    fn label(&self) -> String {
        crate::base::text::count(self.instances, "instance")
    }

    fn figure(&self) -> String {
        let Self { rate, ideal, .. } = self;
        format!("{rate:.0}/s, {:.0} % of {ideal:.0}", rate / ideal * 100.0)
    }
}

/// What several closed loads came to, by the number of instances that answered. Nothing unless there are two numbers.
fn throughput(loads: &[&Figures]) -> Vec<Throughput> {
    let closed = loads
        .iter()
        .filter(|f| f.arrivals == Arrivals::Closed && f.limit.is_none());
    let rates: BTreeMap<usize, f64> = closed
        .map(|figures| (figures.servers.len(), figures.rate))
        .filter(|(instances, _)| *instances > 0)
        .collect();
    let Some((least, base)) = rates.first_key_value().filter(|_| rates.len() > 1) else {
        return Vec::new();
    };
    let each = base / count(*least);
    let of = |(instances, rate): (&usize, &f64)| Throughput {
        instances: *instances,
        rate: *rate,
        ideal: each * count(*instances),
    };
    rates.iter().map(of).collect()
}

/// What several loads came to, against the line on which each instance brings as much as those of the smallest load.
#[must_use]
pub fn scaling(loads: &[&Figures], surface: Surface) -> Vec<String> {
    let rows = throughput(loads).into_iter().map(|one| Row {
        label: one.label(),
        figure: one.figure(),
        value: one.rate,
        mark: Some(one.ideal),
    });
    chart::draw(&rows.collect::<Vec<_>>(), surface)
}

fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::MAX, f64::from)
}

fn number(n: u64) -> f64 {
    u32::try_from(n).map_or(f64::MAX, f64::from)
}

/// The figures of a load as JSON: times in microseconds, the rate per second.
#[must_use]
pub fn document(figures: &Figures) -> Value {
    let (rate, kind) = match figures.arrivals {
        Arrivals::Open(rate) => (Some(rate), "open"),
        Arrivals::Closed => (None, "closed"),
    };
    let faults = figures.faults.iter();
    let faults: serde_json::Map<String, Value> = faults
        .map(|(fault, n)| (fault.name().to_owned(), json!(n)))
        .collect();
    let statuses = figures.statuses.iter();
    let statuses: serde_json::Map<String, Value> = statuses
        .map(|(status, n)| (status.to_string(), json!(n)))
        .collect();
    json!({
        "arrivals": kind,
        "asked_rate": rate,
        "connections": figures.connections,
        "window_us": micros(figures.window),
        "due": figures.due,
        "sent": figures.sent,
        "rate": figures.rate,
        "errors": figures.errors(),
        "failed": figures.failed(),
        "statuses": statuses,
        "faults": faults,
        "answered_by": figures.servers,
        "latency": spread(&figures.latency),
        "lateness": spread(&figures.lateness),
        "busy": figures.busy,
        "limit": figures.limit.map(|limit| limit.to_string()),
    })
}

fn spread(of: &Spread) -> Value {
    let steps = of.steps.iter();
    let steps: Vec<Value> = steps
        .map(|(upto, n)| json!({ "upto_us": micros(*upto), "count": n }))
        .collect();
    json!({
        "count": of.count,
        "mean_us": micros(of.mean),
        "min_us": micros(of.min),
        "p50_us": micros(of.p50),
        "p90_us": micros(of.p90),
        "p99_us": micros(of.p99),
        "p999_us": micros(of.p999),
        "max_us": micros(of.max),
        "steps": steps,
    })
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::load::{Fault, Limit};

    fn figures(instances: usize, rate: f64) -> Figures {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let servers = names
            .iter()
            .take(instances)
            .map(|name| ((*name).to_owned(), 40));
        let millis = Duration::from_millis;
        Figures {
            arrivals: Arrivals::Closed,
            connections: 8,
            window: millis(1_000),
            due: 330,
            sent: 330,
            rate,
            latency: Spread {
                count: 320,
                p50: Duration::from_micros(22_440),
                p90: millis(31),
                p99: millis(48),
                max: millis(412),
                steps: vec![(millis(50), 300), (millis(100), 0), (millis(500), 20)],
                ..Spread::default()
            },
            lateness: Spread::default(),
            statuses: BTreeMap::from([(200, 320), (502, 5)]),
            faults: BTreeMap::from([(Fault::Reset, 5)]),
            servers: servers.collect(),
            busy: Some(0.02),
            limit: None,
        }
    }

    #[test]
    fn the_figures_say_what_was_sent_and_what_came_back() {
        insta::assert_snapshot!(draw(&figures(8, 320.0), Surface::plain(72)).join("\n"));
    }

    #[test]
    fn an_open_load_says_what_it_could_not_send() {
        let open = Figures {
            arrivals: Arrivals::Open(330),
            sent: 300,
            limit: Some(Limit::Busy(0.97)),
            ..figures(1, 320.0)
        };
        let drawn = draw(&open, Surface::plain(200)).join("\n");
        assert!(
            drawn.contains("330 due, 30 of them not sent: every connection was busy"),
            "{drawn}"
        );
        assert!(
            drawn.contains("this machine was the limit: sending took 97 %"),
            "{drawn}"
        );
    }

    #[test]
    fn throughput_stands_beside_the_ideal_line() {
        let loads = [figures(1, 198.0), figures(4, 620.0), figures(8, 900.0)];
        let all: Vec<&Figures> = loads.iter().collect();
        insta::assert_snapshot!(scaling(&all, Surface::plain(72)).join("\n"));
        assert!(scaling(&all[..1], Surface::plain(72)).is_empty());
        let open = Figures {
            arrivals: Arrivals::Open(9),
            ..figures(4, 620.0)
        };
        assert!(scaling(&[all[0], &open], Surface::plain(72)).is_empty());
    }

    #[test]
    fn the_pictures_show_the_curve_and_how_long_answers_took() {
        let loads = [figures(1, 198.0), figures(4, 620.0), figures(8, 900.0)];
        let all: Vec<&Figures> = loads.iter().collect();
        let curve = svg::curve(&all).unwrap().to_string();
        assert!(curve.contains("4 instances: 620/s, 78 % of 792"), "{curve}");
        assert_eq!(curve.matches("<circle").count(), 3, "{curve}");
        assert!(svg::curve(&all[..1]).is_none());
        let [percentiles, spread] = &svg::draw(&loads[0])[..] else {
            panic!("two pictures");
        };
        assert!(percentiles.to_string().contains("p99: 48.0ms"));
        assert!(spread.to_string().contains("up to 50ms: 300"));
    }

    #[test]
    fn no_line_is_wider_than_the_surface() {
        for width in 40..=120 {
            for line in draw(&figures(8, 320.0), Surface::plain(width)) {
                assert!(cell::width(&line) <= width, "{width}: {line}");
            }
        }
    }
}

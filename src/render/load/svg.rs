//! Loads as pictures: how long answers took, and how throughput grows with the number of instances.

use super::{Throughput, count, named, number, steps, throughput};
use crate::checks::steps::load::short;
use crate::lab::load::Figures;
use crate::render::chart::{self, Row};
use crate::render::markup::{Element, element};
use crate::render::report::cell::width;
use crate::render::svg::{self, Anchor, Point, columns};

/// Where the curve is drawn: from the left and upper edge, and how far.
const LEFT: f64 = 70.0;
const TOP: f64 = 24.0;
const WIDE: f64 = 440.0;
const HIGH: f64 = 220.0;

/// How long the answers of a load took; nothing when there were none.
pub(in crate::render) fn draw(figures: &Figures) -> Vec<Element> {
    let latency = &figures.latency;
    if latency.count == 0 {
        return Vec::new();
    }
    let percentiles = named(latency).map(|(name, time)| Row {
        label: name.to_owned(),
        figure: short(time),
        value: time.as_secs_f64(),
        mark: None,
    });
    let counts = steps(latency);
    let mut drawn = vec![chart::svg::draw(
        &percentiles,
        "Latency: half of all answers took at most p50, all but one in a hundred at most p99",
    )];
    if number(latency.count) > 0.0 && !counts.is_empty() {
        drawn.push(chart::svg::draw(&counts, "How many answers took how long"));
    }
    drawn
}

/// The curve of throughput by number of instances, against the line on which each brings as much as in the smallest
/// load. Nothing unless there are two numbers.
pub(in crate::render) fn curve(loads: &[&Figures]) -> Option<Element> {
    let all = throughput(loads);
    let last = all.last()?;
    let told: Vec<String> = all
        .iter()
        .map(|one| format!("{}: {}", one.label(), one.figure()))
        .collect();
    let most = all.iter().flat_map(|one| [one.rate, one.ideal]);
    let plot = Plot {
        instances: count(last.instances),
        rate: most.fold(f64::MIN_POSITIVE, f64::max),
    };
    let remarks = all.iter().map(|one| width(&one.figure())).max();
    let title = "Throughput by number of instances, against what it would be if each brought as much as the first";
    let size = (
        LEFT + WIDE + columns(remarks.unwrap_or(0)) + 20.0,
        TOP + HIGH + 46.0,
    );
    let ideal: Vec<Point> = std::iter::once(plot.point(0.0, 0.0))
        .chain(
            all.iter()
                .map(|one| plot.point(count(one.instances), one.ideal)),
        )
        .collect();
    let measured: Vec<Point> = all.iter().map(|one| plot.measured(one)).collect();
    let end = plot.point(count(last.instances), last.ideal);
    let drawn = svg::picture(size.0, size.1, title, &told.join(". "))
        .all(plot.axes(&all))
        .with(svg::line("faint dashed", &ideal))
        .with(svg::words(
            "quiet",
            (end.0 - 12.0, end.1 + 4.0),
            Anchor::End,
            "ideal",
        ))
        .with(svg::line("curve", &measured))
        .all(all.iter().flat_map(|one| plot.mark(one)));
    Some(drawn)
}

/// The scales of the curve.
struct Plot {
    instances: f64,
    rate: f64,
}

impl Plot {
    fn point(&self, instances: f64, rate: f64) -> Point {
        let x = LEFT + WIDE * instances / self.instances;
        (x, TOP + HIGH * (1.0 - rate / self.rate))
    }

    fn measured(&self, one: &Throughput) -> Point {
        self.point(count(one.instances), one.rate)
    }

    fn axes(&self, all: &[Throughput]) -> Vec<Element> {
        let corner = self.point(0.0, 0.0);
        let (top, right) = ((LEFT, TOP), (LEFT + WIDE, corner.1));
        let mut drawn = vec![svg::line("faint", &[top, corner, right])];
        for share in [0.0, 0.5, 1.0] {
            let (_, y) = self.point(0.0, self.rate * share);
            let figure = format!("{:.0}/s", self.rate * share);
            drawn.push(svg::words(
                "quiet",
                (LEFT - 8.0, y + 4.0),
                Anchor::End,
                &figure,
            ));
        }
        for one in all {
            let (x, _) = self.measured(one);
            let place = (x, corner.1 + 18.0);
            let instances = one.instances.to_string();
            drawn.push(svg::words("quiet", place, Anchor::Middle, &instances));
        }
        let middle = (LEFT + WIDE / 2.0, corner.1 + 38.0);
        drawn.push(svg::words("quiet", middle, Anchor::Middle, "instances"));
        drawn
    }

    fn mark(&self, one: &Throughput) -> [Element; 2] {
        let (x, y) = self.measured(one);
        let dot = element("circle")
            .class("amount")
            .set("cx", format!("{x:.1}"))
            .set("cy", format!("{y:.1}"))
            .set("r", "4.5");
        [
            dot,
            svg::words("word", (x + 10.0, y + 16.0), Anchor::Start, &one.figure()),
        ]
    }
}

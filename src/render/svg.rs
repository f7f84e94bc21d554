//! What every picture of a report is made of: lines, shapes and words of SVG, measured in columns and rows as the
//! pictures on the terminal are. The style sheet of the page says how the classes look.

use super::markup::{Element, element};

/// Width of a column: a little more than a letter of the fixed-width type in which words are set.
pub(super) const COLUMN: f64 = 7.4;

/// Height of a row.
pub(super) const ROW: f64 = 17.0;

/// A place on a picture, from its upper left corner.
pub(super) type Point = (f64, f64);

/// An empty picture. The title names it, and the description says in words what it shows.
pub(super) fn picture(width: f64, height: f64, title: &str, description: &str) -> Element {
    element("svg")
        .set("viewBox", format!("0 0 {width:.0} {height:.0}"))
        .set("width", format!("{width:.0}"))
        .set("height", format!("{height:.0}"))
        .set("role", "img")
        .with(element("title").text(title))
        .with(element("desc").text(description))
}

/// A number of columns or rows as a number to reckon with.
pub(super) fn float(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::from(u32::MAX), f64::from)
}

/// How wide so many columns are.
pub(super) fn columns(n: usize) -> f64 {
    float(n) * COLUMN
}

/// A line through points.
pub(super) fn line(class: &'static str, points: &[Point]) -> Element {
    let places: Vec<String> = points
        .iter()
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    element("polyline")
        .class(class)
        .set("points", places.join(" "))
}

/// A rectangle from its upper left corner.
pub(super) fn rectangle(class: &'static str, (x, y): Point, (width, height): Point) -> Element {
    element("rect")
        .class(class)
        .set("x", format!("{x:.1}"))
        .set("y", format!("{y:.1}"))
        .set("width", format!("{:.1}", width.max(0.0)))
        .set("height", format!("{:.1}", height.max(0.0)))
}

/// Where words stand beside their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Words whose base line is at a place.
pub(super) fn words(class: &'static str, (x, y): Point, anchor: Anchor, text: &str) -> Element {
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    element("text")
        .class(class)
        .set("x", format!("{x:.1}"))
        .set("y", format!("{y:.1}"))
        .set("text-anchor", anchor)
        .text(text)
}

/// The head of an arrow whose tip is at a place and which points along `(dx, dy)`, a step of length one.
pub(super) fn head(class: &'static str, (x, y): Point, (dx, dy): Point) -> Element {
    let (long, half) = (9.0, 4.0);
    let (back_x, back_y) = (x - dx * long, y - dy * long);
    let corners = [
        (x, y),
        (back_x - dy * half, back_y + dx * half),
        (back_x + dy * half, back_y - dx * half),
    ];
    let corners = corners.map(|(x, y)| format!("{x:.1},{y:.1}"));
    element("polygon")
        .class(class)
        .set("points", corners.join(" "))
}

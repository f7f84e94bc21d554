//! Shapes of boxes: the signs around their words, and the names in `@{ shape: … }`.

use super::Shape;

/// What opens a box, what may close it, and how it is drawn; longest first.
pub(super) const SIGNS: &[(&str, &[&str], Shape)] = &[
    ("(((", &[")))"], Shape::Round),
    ("([", &["])"], Shape::Round),
    ("[(", &[")]"], Shape::Store),
    ("[[", &["]]"], Shape::Box),
    ("((", &["))"], Shape::Round),
    ("(-", &["-)"], Shape::Round),
    ("{{", &["}}"], Shape::Box),
    ("[/", &["/]", "\\]"], Shape::Box),
    ("[\\", &["\\]", "/]"], Shape::Box),
    ("[", &["]"], Shape::Box),
    ("(", &[")"], Shape::Round),
    ("{", &["}"], Shape::Choice),
    (">", &["]"], Shape::Box),
];

/// How a box is drawn whose shape has this name. Mermaid has more than a hundred names; those of which a text cannot
/// show the difference are boxes.
pub(super) fn named(name: &str) -> Shape {
    match name {
        "cyl"
        | "cylinder"
        | "database"
        | "db"
        | "datastore"
        | "data-store"
        | "h-cyl"
        | "das"
        | "horizontal-cylinder"
        | "lin-cyl"
        | "disk"
        | "lined-cylinder"
        | "bow-rect"
        | "bow-tie-rectangle"
        | "stored-data" => Shape::Store,
        "diam" | "diamond" | "decision" | "question" => Shape::Choice,
        "rounded" | "event" | "stadium" | "pill" | "terminal" | "circle" | "circ" | "dbl-circ"
        | "double-circle" | "sm-circ" | "small-circle" | "start" | "fr-circ" | "framed-circle"
        | "stop" | "cross-circ" | "crossed-circle" | "summary" | "f-circ" | "filled-circle"
        | "junction" | "cloud" => Shape::Round,
        _ => Shape::Box,
    }
}

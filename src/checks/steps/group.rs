//! `use`: runs a named group of steps.

use crate::checks::document::Node;
use crate::checks::reading;
use crate::checks::shape::{Field, Kind as Takes, Problems};
use crate::checks::template::JsonTemplate;

use super::Kind;

/// The kind as data.
pub const KIND: Kind = Kind {
    key: "use",
    doc: "Runs the steps of a named group; `with` gives it variables of its own.",
    fields: &[Field::optional(
        "with",
        Takes::Map(&Takes::Json),
        "variables for the group",
    )],
    expect: &[],
    example: r#"use = "sign-up"
with = { user = "{{ user }}-{{ index }}" }"#,
};

/// A group to run.
#[derive(Clone, Debug)]
pub struct Use {
    /// Its id.
    pub group: String,
    /// Where the id stands.
    pub span: std::ops::Range<usize>,
    /// Its own variables.
    pub with: Vec<(String, JsonTemplate)>,
}

impl Use {
    /// Reads the step.
    pub fn read(node: &Node, step: &Node, problems: &Problems) -> Self {
        let with = step.at("with").map(Node::entries).unwrap_or_default();
        Self {
            group: node.text().unwrap_or_default().to_owned(),
            span: node.span.clone(),
            with: with
                .iter()
                .map(|e| (e.key.to_string(), reading::json_of(&e.node, problems)))
                .collect(),
        }
    }
}

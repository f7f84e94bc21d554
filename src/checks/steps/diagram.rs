//! `diagram`: reads a drawing in the learner's folder and looks at what it says.

use std::fs::File;
use std::io::Read as _;
use std::path::{Component, Path};

use crate::checks::document::Node;
use crate::checks::drawing::{Drawing, Sketch, check_classes};
use crate::checks::observation::{Facts, Observation};
use crate::checks::reading;
use crate::checks::shape::{Field, Kind as Takes, Problems};
use crate::checks::template::Template;
use crate::checks::variable::Bindings;
use crate::checks::world::{World, WorldError};
use crate::flowchart::parse;

use super::Kind;

/// The kind as data.
pub const KIND: Kind = Kind {
    key: "diagram",
    doc: "Reads a Mermaid flowchart in the learner's folder. An arrow leads from who asks to who answers; its words name \
          the protocol and what carries it (`HTTP over TCP`). A box says what it is by its class: client, web, app, db, \
          cache, lb, external or cdn. An arrow to a subgraph leads to every box in it, `A <--> B` is two arrows, and \
          `A --- B` is none.",
    fields: FIELDS,
    expect: EXPECT,
    example: r#"diagram = { file = "architecture.mmd" }
expect.parses = true
expect.nodes.app = { gte = 1 }
expect.arrows."client -> db" = 0
expect.protocol."* -> db" = { word_of = ["SQL", "PostgreSQL"] }
expect.paths."client -> db" = "app""#,
};

/// A larger file is no drawing.
const LARGEST: u64 = 256 * 1024;

const FIELDS: &[Field] = &[Field::required(
    "file",
    Takes::Text,
    "the file, in the learner's folder",
)];

const EXPECT: &[Field] = &[
    Field::optional("parses", Takes::Matcher, "whether it can be read"),
    Field::optional(
        "nodes",
        Takes::Map(&Takes::Matcher),
        "how many boxes have a class",
    ),
    Field::optional(
        "classless",
        Takes::Matcher,
        "how many boxes have none of the classes",
    ),
    Field::optional(
        "alone",
        Takes::Matcher,
        "how many boxes no line leads to or from",
    ),
    Field::optional(
        "headless",
        Takes::Matcher,
        "how many lines have no head, so that nobody asks",
    ),
    Field::optional(
        "unlabelled",
        Takes::Matcher,
        "how many arrows have no words on them",
    ),
    Field::optional(
        "arrows",
        Takes::Map(&Takes::Matcher),
        "how many arrows lead from a class to a class, \"client -> db\"; * is any box",
    ),
    Field::optional(
        "protocol",
        Takes::Map(&Takes::Matcher),
        "the words before ` over ` on each arrow from a class to a class; it holds where there is none, unless the \
         drawing has no arrow at all",
    ),
    Field::optional(
        "transport",
        Takes::Map(&Takes::Matcher),
        "the words behind ` over ` on each such arrow that has them",
    ),
    Field::optional(
        "paths",
        Takes::Map(&Takes::Words),
        "the class, or each of the classes, that every path from a class to a class crosses; there must be a path",
    ),
];

/// A drawing to read.
#[derive(Clone, Debug)]
pub struct Diagram {
    /// The file.
    pub file: Template,
}

impl Diagram {
    /// Reads the step.
    pub fn read(node: &Node, step: &Node, problems: &Problems) -> Self {
        let file = reading::text(node, "file", problems).unwrap_or_default();
        if let Some(place) = node.at("file")
            && place.text().is_some_and(leaves)
        {
            let message = "this file is not in the learner's folder".to_owned();
            let help = "give its path from that folder";
            problems.add("E105", place.span.clone(), message, help);
        }
        if let Some(expect) = step.at("expect") {
            check_classes(expect, problems);
        }
        Self { file }
    }

    /// Does it.
    ///
    /// # Errors
    /// When a name has no value, or there is no folder.
    pub fn run(&self, world: &World, scope: &Bindings) -> Result<Observation, WorldError> {
        let wrong = |e: &dyn std::fmt::Display| WorldError::Check(e.to_string());
        let name = self.file.render(scope).map_err(|e| wrong(&e))?;
        let folder = world
            .work
            .as_deref()
            .ok_or_else(|| wrong(&"there is no folder with a drawing here"))?;
        if leaves(&name) {
            return Err(wrong(&format!("`{name}` is not in the learner's folder")));
        }
        let facts = match text(&folder.join(&name)) {
            Ok(text) => look(&name, &text),
            Err(reason) => Facts::NoDrawing {
                instead: "no drawing".to_owned(),
                reason: format!("`{name}` {reason}"),
                sketch: None,
            },
        };
        let answer = match &facts {
            Facts::NoDrawing { .. } => "cannot be read",
            _ => "read",
        };
        Ok(Observation {
            request: format!("read {name}"),
            answer: answer.to_owned(),
            facts,
            ..Observation::default()
        })
    }
}

fn leaves(path: &str) -> bool {
    let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    !Path::new(path).components().all(inside)
}

fn look(name: &str, text: &str) -> Facts {
    match parse(text) {
        Ok(graph) => Facts::Drawing(Box::new(Drawing::new(graph))),
        Err(mistake) => {
            let (line, column) = mistake.place(text);
            Facts::NoDrawing {
                instead: format!("a mistake in line {line}"),
                reason: format!("{name}:{line}:{column}: {mistake}"),
                sketch: Some(Box::new(Sketch::Line(line, mistake.excerpt(text)))),
            }
        }
    }
}

/// The text of the file, or what is wrong with it. Only a plain file is opened, since another may never end.
fn text(path: &Path) -> Result<String, String> {
    let about = path.metadata().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => {
            "is not there; draw it, and save it under this name".to_owned()
        }
        _ => format!("cannot be read: {e}"),
    })?;
    if !about.is_file() {
        return Err("is not a file; save the drawing under this name".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|e| format!("cannot be read: {e}"))?;
    if bytes.len() as u64 > LARGEST {
        return Err("is larger than 256 KB; draw less".to_owned());
    }
    String::from_utf8(bytes).map_err(|_| "is not text in UTF-8; save it as such".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::drawing::CLASSES;

    #[test]
    fn a_path_out_of_the_folder_is_one() {
        for path in ["../x.mmd", "/etc/passwd", "a/../../x"] {
            assert!(leaves(path), "{path}");
        }
        assert!(!leaves("docs/architecture.mmd"));
    }

    #[test]
    fn every_class_is_in_the_documentation() {
        let (head, last) = CLASSES.split_at(CLASSES.len() - 1);
        let words = format!("{} or {}", head.join(", "), last[0]);
        assert!(KIND.doc.contains(&words), "{words}");
    }
}

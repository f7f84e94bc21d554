//! `process`: starts, stops, kills, pauses the learner's server, always the whole process group.

use std::time::Duration;

use crate::checks::document::Node;
use crate::checks::reading;
use crate::checks::shape::{Field, Kind as Takes, Problems};
use crate::checks::template::Template;

use super::{Expects, Kind};

/// The kind as data.
pub const KIND: Kind = Kind {
    key: "process",
    doc: "Starts, stops, kills, pauses, resumes or restarts instances; the whole process group, with the exit confirmed.",
    fields: FIELDS,
    expect: EXPECT,
    example: r#"process = { kill = ["a", "b"] }"#,
};

const NAMES: Takes = Takes::List(&Takes::Text);
const DEEDS: &[&str] = &["start", "stop", "kill", "pause", "resume", "restart", "run"];

const FIELDS: &[Field] = &[
    Field::optional(
        "start",
        NAMES,
        "starts these and waits until they are ready",
    ),
    Field::optional("stop", NAMES, "sends SIGTERM and waits for the exit"),
    Field::optional("kill", NAMES, "sends SIGKILL and confirms the exit"),
    Field::optional("pause", NAMES, "sends SIGSTOP"),
    Field::optional("resume", NAMES, "sends SIGCONT"),
    Field::optional("restart", NAMES, "kills and starts again on the same port"),
    Field::optional(
        "run",
        NAMES,
        "starts one that is expected to refuse, and waits for its exit",
    ),
    Field::optional(
        "signal",
        Takes::Choice(&["KILL", "TERM"]),
        "the signal of `kill`; KILL unless told",
    ),
    Field::optional(
        "within",
        Takes::Duration,
        "how long `stop` and `run` wait; 5s unless told",
    ),
];

const EXPECT: &[Field] = &[
    Field::optional(
        "exit",
        Takes::Matcher,
        "the exit code; not there when it did not exit",
    ),
    Field::optional(
        "listened",
        Takes::Matcher,
        "whether its port ever accepted a connection",
    ),
    Field::optional("output", Takes::Matcher, "what it printed"),
    Field::optional("within", Takes::Matcher, "time until it exited"),
];

/// What is done to which instances.
#[derive(Clone, Debug)]
pub struct Process {
    /// What is done.
    pub deed: Deed,
    /// To which instances.
    pub on: Vec<Template>,
    /// How long to wait for an exit.
    pub within: Duration,
}

/// What can be done to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Start and wait until ready.
    Start,
    /// SIGTERM and wait.
    Stop,
    /// SIGKILL and confirm.
    Kill,
    /// SIGSTOP.
    Pause,
    /// SIGCONT.
    Resume,
    /// Kill and start on the same port.
    Restart,
    /// Start one that should refuse, and wait for its exit.
    Run,
}

impl Process {
    /// Reads the step.
    pub fn read(node: &Node, problems: &Problems) -> Option<Self> {
        let key = reading::exactly_one(node, DEEDS, "this process step", problems)?;
        let deed = match key {
            "start" => Deed::Start,
            "stop" => Deed::Stop,
            "kill" if reading::word(node, "signal").as_deref() == Some("TERM") => Deed::Stop,
            "kill" => Deed::Kill,
            "pause" => Deed::Pause,
            "resume" => Deed::Resume,
            "restart" => Deed::Restart,
            _ => Deed::Run,
        };
        let on = reading::texts(node, key, problems);
        if on.is_empty() {
            let help = "name at least one instance";
            problems.add(
                "E104",
                node.span.clone(),
                format!("`{key}` names no instance"),
                help,
            );
        }
        let within = reading::duration_or(node, "within", Duration::from_secs(5));
        Some(Self { deed, on, within })
    }

    /// Only a stop or a run has something to expect.
    #[must_use]
    pub fn expects(&self) -> Expects {
        if self.deed == Deed::Run {
            Expects::Something
        } else {
            Expects::Nothing
        }
    }
}

//! `process`: starts, stops, kills, pauses the learner's server, always the whole process group.

use std::time::{Duration, Instant};

use crate::base::text::size;
use crate::checks::document::Node;
use crate::checks::reading;
use crate::checks::shape::{Field, Kind as Takes, Problems};
use crate::checks::template::Template;

use crate::checks::observation::{Facts, Observation};
use crate::checks::variable::Bindings;
use crate::checks::world::{World, WorldError, render_all};
use crate::lab::instance::Instance;
use crate::lab::process::{Exit, Stopped};

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
const DEEDS: &[&str] = &[
    "start", "stop", "kill", "pause", "resume", "restart", "run", "measure",
];

const FIELDS: &[Field] = &[
    Field::optional(
        "start",
        NAMES,
        "starts these and waits until they are ready",
    ),
    Field::optional("stop", NAMES, "sends SIGTERM to one and waits for its exit"),
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
        "measure",
        NAMES,
        "looks how much memory one holds, on Linux and macOS",
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
        "whether its port ever accepted a connection, for `run`",
    ),
    Field::optional("output", Takes::Matcher, "what it printed"),
    Field::optional("within", Takes::Matcher, "time until it exited"),
    Field::optional(
        "growth",
        Takes::Matcher,
        "for `measure`: by how many bytes its memory has grown since it was ready, such as { lt = \"100MB\" }",
    ),
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
    /// Look how much memory it holds.
    Measure,
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
            "measure" => Deed::Measure,
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
        if matches!(deed, Deed::Stop | Deed::Measure) && on.len() > 1 {
            let message = format!("`{key}` takes one instance, because it is judged");
            problems.add("E104", node.span.clone(), message, "write a step for each");
        }
        let within = reading::duration_or(node, "within", Duration::from_secs(5));
        Some(Self { deed, on, within })
    }

    /// Only a stop or a run has something to expect.
    #[must_use]
    pub fn expects(&self) -> Expects {
        if matches!(self.deed, Deed::Stop | Deed::Run | Deed::Measure) {
            Expects::Something
        } else {
            Expects::Nothing
        }
    }
}

impl Process {
    /// Does it.
    ///
    /// # Errors
    /// When an instance is not there, or does not become ready.
    pub async fn run(&self, world: &World, scope: &Bindings) -> Result<Observation, WorldError> {
        let names = render_all(&self.on, scope)?;
        match self.deed {
            Deed::Start => world.start(&names).await?,
            Deed::Run => return self.run_to_end(world, &names).await,
            Deed::Kill => {
                world
                    .with_instances(&names, async |i| {
                        i.kill().await;
                        Ok(())
                    })
                    .await?;
            }
            Deed::Stop => return self.stop(world, &names).await,
            Deed::Measure => return measure(world, &names).await,
            Deed::Pause | Deed::Resume => {
                let pause = self.deed == Deed::Pause;
                world
                    .with_instances(&names, async |i| {
                        if pause {
                            i.pause();
                        } else {
                            i.resume();
                        }
                        Ok(())
                    })
                    .await?;
            }
            Deed::Restart => {
                world
                    .with_instances(&names, async |i| i.restart().await)
                    .await?;
            }
        }
        let request = format!("{} {}", self.deed.word(), names.join(" "));
        Ok(Observation {
            request,
            answer: "done".to_owned(),
            ..Observation::default()
        })
    }

    async fn stop(&self, world: &World, names: &[String]) -> Result<Observation, WorldError> {
        let mut observation = Observation::default();
        world
            .with_instances(names, async |instance| {
                let began = Instant::now();
                let output = instance.output().clone();
                let mark = output.mark();
                let (exit, stopped) = instance.stop(self.within).await;
                let ending = match stopped {
                    Stopped::InTime => exit.to_string(),
                    Stopped::Killed => format!("still running after {:?}", self.within),
                };
                let code = match (exit, stopped) {
                    (Exit::Code(code), Stopped::InTime) => Some(code),
                    _ => None,
                };
                let printed = output.since(mark).into_iter().map(|line| line.text);
                observation = Observation {
                    request: format!("stop {}", instance.name()),
                    answer: ending.clone(),
                    duration: began.elapsed(),
                    facts: Facts::Ended {
                        exit: code,
                        ending,
                        listened: true,
                        output: printed.collect::<Vec<_>>().join("\n"),
                        after: began.elapsed(),
                        in_time: stopped == Stopped::InTime,
                    },
                    ..Observation::default()
                };
                Ok(())
            })
            .await?;
        Ok(observation)
    }

    async fn run_to_end(&self, world: &World, names: &[String]) -> Result<Observation, WorldError> {
        let [name] = names else {
            return Err(WorldError::Check("`run` takes one instance".to_owned()));
        };
        let spec = world.spec(name).await?;
        let ended =
            Instance::run_to_end(&spec, self.within, world.guard(), &world.recorder).await?;
        let exit = match ended.exit {
            Some(Exit::Code(code)) => Some(code),
            _ => None,
        };
        let ending = match ended.exit {
            Some(exit) => exit.to_string(),
            None => format!("still running after {:?}", self.within),
        };
        let output: Vec<String> = ended.output.into_iter().map(|l| l.text).collect();
        Ok(Observation {
            request: format!("run {name}"),
            answer: ending.clone(),
            duration: ended.after,
            facts: Facts::Ended {
                exit,
                ending,
                listened: ended.listened,
                output: output.join("\n"),
                after: ended.after,
                in_time: ended.exit.is_some(),
            },
            ..Observation::default()
        })
    }
}

/// How much more memory an instance holds than when it was ready.
async fn measure(world: &World, names: &[String]) -> Result<Observation, WorldError> {
    let mut held = (None, None);
    world
        .with_instances(names, async |instance| {
            held = (instance.resident_when_ready(), instance.resident());
            Ok(())
        })
        .await?;
    let (Some(before), Some(now)) = held else {
        let message = "how much memory the server holds cannot be read here".to_owned();
        return Err(WorldError::Machine(message));
    };
    let signed = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    Ok(Observation {
        request: format!("measure {}", names.join(" ")),
        answer: size(usize::try_from(now).unwrap_or(usize::MAX)),
        facts: Facts::Growth(signed(now) - signed(before)),
        ..Observation::default()
    })
}

impl Deed {
    /// The key in the check file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Kill => "kill -9",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Restart => "restart",
            Self::Run => "run",
            Self::Measure => "measure",
        }
    }
}

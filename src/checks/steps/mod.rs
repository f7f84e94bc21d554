//! The kinds of steps: one file each, with its keys, its expectations, its documentation and what it does.
//!
//! [`KINDS`] is the registry: the decoder, the JSON Schema and the reference page read it, and so does the runner.

pub mod answer;
pub mod balancer;
pub mod database;
pub mod diagram;
pub mod fault;
pub mod group;
pub mod history;
pub mod http;
pub mod internet;
pub mod jwt;
pub mod load;
pub mod origin;
pub mod pause;
pub mod process;
pub mod race;
pub mod raw;
pub mod trace;
pub mod wait;

use super::document::Node;
use super::observation::Observation;
use super::shape::{Field, Problems};
use super::template::Template;
use super::variable::Bindings;
use super::world::{World, WorldError};

/// One kind of step, as data.
#[derive(Debug)]
pub struct Kind {
    /// The key that makes a step one of this kind.
    pub key: &'static str,
    /// What it does, in one sentence.
    pub doc: &'static str,
    /// Its keys.
    pub fields: &'static [Field],
    /// What it can expect.
    pub expect: &'static [Field],
    /// A short example that a reader can copy.
    pub example: &'static str,
}

/// Every kind of step.
pub const KINDS: &[Kind] = &[
    http::KIND,
    raw::KIND,
    jwt::KIND,
    process::KIND,
    balancer::KIND,
    fault::KIND,
    database::KIND,
    diagram::KIND,
    origin::KIND,
    wait::KIND,
    pause::KIND,
    race::KIND,
    history::KIND,
    load::KIND,
    internet::KIND,
    trace::KIND,
    answer::KIND,
    group::KIND,
];

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// One HTTP request.
    Http(Box<http::Http>),
    /// Raw bytes on a connection.
    Raw(raw::Raw),
    /// A token read, minted or forged.
    Jwt(Box<jwt::Jwt>),
    /// A process started, stopped, killed.
    Process(process::Process),
    /// A change of a balancer.
    Balancer(balancer::Balancer),
    /// Connections broken.
    Fault(fault::Fault),
    /// The database stalled, scanned, marked.
    Database(database::Database),
    /// An origin given trouble, or its requests counted.
    Origin(origin::Origin),
    /// Time let pass.
    Pause(pause::Pause),
    /// A drawing read.
    Diagram(diagram::Diagram),
    /// A request repeated until it holds.
    Wait(Box<wait::Wait>),
    /// Several requests at once.
    Race(race::Race),
    /// Concurrent clients, and whether what they saw can be explained.
    History(Box<history::History>),
    /// Many requests.
    Load(Box<load::Load>),
    /// Trouble in an internet.
    Internet(Box<internet::Internet>),
    /// A question to a tracer.
    Trace(Box<trace::Trace>),
    /// A written question of the exercise.
    Answer(answer::Answer),
    /// A named group of steps.
    Use(group::Use),
}

/// Whether an action must have expectations, or has nothing to expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expects {
    /// It must.
    Something,
    /// It cannot.
    Nothing,
}

impl Action {
    /// Reads the action of the kind `key` from its table (of `race`, from the list).
    pub fn read(key: &str, node: &Node, step: &Node, problems: &Problems) -> Option<Self> {
        Some(match key {
            "http" => Self::Http(Box::new(http::Http::read(node, problems))),
            "raw" => Self::Raw(raw::Raw::read(node, problems)),
            "jwt" => Self::Jwt(Box::new(jwt::Jwt::read(node, problems)?)),
            "process" => Self::Process(process::Process::read(node, problems)?),
            "balancer" => Self::Balancer(balancer::Balancer::read(node, problems)),
            "fault" => Self::Fault(fault::Fault::read(node, problems)),
            "database" => Self::Database(database::Database::read(node, problems)?),
            "origin" => Self::Origin(origin::Origin::read(node, problems)?),
            "pause" => Self::Pause(pause::Pause::read(node, problems)),
            "diagram" => Self::Diagram(diagram::Diagram::read(node, step, problems)),
            "wait" => Self::Wait(Box::new(wait::Wait::read(node, problems))),
            "race" => Self::Race(race::Race::read(node, problems)),
            "history" => Self::History(Box::new(history::History::read(node, step, problems)?)),
            "load" => Self::Load(Box::new(load::Load::read(node, problems)?)),
            "internet" => Self::Internet(Box::new(internet::Internet::read(node, step, problems))),
            "trace" => Self::Trace(Box::new(trace::Trace::read(node, step, problems))),
            "answer" => Self::Answer(answer::Answer::read(node)),
            _ => Self::Use(group::Use::read(node, step, problems)),
        })
    }

    /// Whether there must be an `expect`.
    #[must_use]
    pub fn expects(&self) -> Expects {
        match self {
            Self::Http(_)
            | Self::Raw(_)
            | Self::Wait(_)
            | Self::Race(_)
            | Self::History(_)
            | Self::Diagram(_)
            | Self::Trace(_)
            | Self::Load(_)
            | Self::Answer(_) => Expects::Something,
            Self::Jwt(jwt) => jwt.expects(),
            Self::Process(process) => process.expects(),
            Self::Database(database) => database.expects(),
            Self::Origin(origin) => origin.expects(),
            Self::Internet(internet) => internet.expects(),
            Self::Balancer(_) | Self::Fault(_) | Self::Pause(_) | Self::Use(_) => Expects::Nothing,
        }
    }

    /// The instances, balancers and proxies that it names, with the templates that name them.
    #[must_use]
    pub fn parts(&self) -> Vec<&Template> {
        match self {
            Self::Http(http) => http.on.iter().collect(),
            Self::Raw(raw) => vec![&raw.on],
            Self::Wait(wait) => wait.http.on.iter().collect(),
            Self::Race(race) => race.requests.iter().filter_map(|r| r.on.as_ref()).collect(),
            Self::Load(load) => load.parts(),
            Self::Process(process) => process.on.iter().collect(),
            Self::Balancer(balancer) => balancer.parts(),
            Self::History(history) => history.on.iter().collect(),
            Self::Fault(fault) => vec![&fault.on],
            Self::Internet(internet) => vec![&internet.on],
            Self::Trace(trace) => vec![&trace.on],
            Self::Origin(origin) => vec![&origin.on],
            Self::Jwt(_)
            | Self::Database(_)
            | Self::Diagram(_)
            | Self::Pause(_)
            | Self::Answer(_)
            | Self::Use(_) => Vec::new(),
        }
    }

    /// Every template in it, to check the names they use.
    #[must_use]
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Http(http) => http.templates(),
            Self::Raw(raw) => vec![&raw.on, &raw.send],
            Self::Jwt(jwt) => jwt.templates(),
            Self::Process(process) => process.on.iter().collect(),
            Self::Balancer(balancer) => balancer.parts(),
            Self::Fault(fault) => vec![&fault.on],
            Self::Database(database) => database.templates(),
            Self::Diagram(diagram) => vec![&diagram.file],
            Self::Internet(internet) => internet.templates(),
            Self::Trace(trace) => vec![&trace.on, &trace.url],
            Self::Origin(origin) => origin.templates(),
            Self::Wait(wait) => wait.http.templates(),
            Self::Race(race) => race
                .requests
                .iter()
                .flat_map(http::Http::templates)
                .collect(),
            Self::History(history) => history.templates(),
            Self::Load(load) => load.templates(),
            Self::Pause(_) | Self::Answer(_) => Vec::new(),
            Self::Use(group) => group
                .with
                .iter()
                .flat_map(|(_, json)| json.templates())
                .collect(),
        }
    }

    /// The names that have a value in its own templates and nowhere else.
    pub fn gives(&self) -> impl Iterator<Item = String> {
        let names = match self {
            Self::History(_) => history::NAMES,
            _ => &[],
        };
        names.iter().map(|&name| name.to_owned())
    }

    /// The name of the variable that it makes, if it makes one.
    #[must_use]
    pub fn makes(&self) -> Option<&str> {
        match self {
            Self::Jwt(jwt) => jwt.makes(),
            _ => None,
        }
    }
}

impl Action {
    /// Does it once. Races and groups, which are made of other steps, are run by the grading.
    ///
    /// # Errors
    /// When the check names something that is not there, the learner's server does not become ready, or the machine
    /// cannot do it.
    pub async fn run(
        &self,
        world: &World,
        scope: &mut Bindings,
    ) -> Result<Observation, WorldError> {
        match self {
            Self::Http(http) => http.run(world, scope).await,
            Self::Wait(wait) => wait.http.run(world, scope).await,
            Self::Raw(raw) => raw.run(world, scope).await,
            Self::Jwt(jwt) => jwt.run(world, scope),
            Self::Process(process) => process.run(world, scope).await,
            Self::Balancer(balancer) => balancer.run(world, scope).await,
            Self::Fault(fault) => fault.run(world, scope).await,
            Self::Database(database) => database.run(world, scope).await,
            Self::Diagram(diagram) => diagram.run(world, scope),
            Self::Pause(pause) => Ok(pause.run().await),
            Self::Origin(origin) => origin.run(world, scope).await,
            Self::History(history) => history.run(world, scope).await,
            Self::Load(load) => load.run(world, scope).await,
            Self::Internet(internet) => internet.run(world, scope).await,
            Self::Trace(trace) => trace.run(world, scope).await,
            Self::Answer(answer) => answer.run(world),
            Self::Race(_) | Self::Use(_) => Ok(Observation::default()),
        }
    }
}

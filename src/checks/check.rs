//! A check: one thing that a learner's server must do, and the steps that find out.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

use super::expectation::{Expectation, Path};
use super::matcher::Matcher;
use super::mistake::Words;
use super::record::Record;
use super::steps::Action;
use super::template::{JsonTemplate, Template};

/// Whether a check is needed to pass, or only makes the grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// Needed to pass.
    Core,
    /// What a senior engineer would look for.
    Deep,
}

impl Level {
    /// `core` or `deep`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Deep => "deep",
        }
    }
}

/// What a world must offer for a check to make sense in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Requirement {
    /// `course` starts and kills the servers itself.
    Managed,
    /// Instances reach the database over the network, so that it can be cut.
    NetworkedDatabase,
}

/// One check of a check file.
#[derive(Clone, Debug)]
pub struct Check {
    /// Its stable name.
    pub id: String,
    /// What the server must do, as a sentence.
    pub title: String,
    /// What it is worth.
    pub points: u32,
    /// Core or deep.
    pub level: Level,
    /// Checks that must pass first; their captures and running instances are inherited.
    pub needs: Vec<String>,
    /// What the world must offer.
    pub requires: Vec<Requirement>,
    /// Why it matters; may be empty.
    pub why: String,
    /// Lesson and section to read.
    pub lesson: Option<String>,
    /// The named cases: a variable and its values.
    pub each: Option<(String, Vec<String>)>,
    /// What `course hint` reveals, from vague to concrete.
    pub hints: Vec<String>,
    /// Hints that the failure itself selects.
    pub symptoms: Vec<Symptom>,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// Line of the check in its file, from 1.
    pub line: usize,
    /// The file it is written in.
    pub file: String,
}

/// A hint that is given when the failing step's answer looks like this.
#[derive(Clone, Debug)]
pub struct Symptom {
    /// All must hold.
    pub when: Vec<Expectation>,
    /// The hint.
    pub say: String,
}

/// One step of a check.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it is about; a default is made from the action.
    pub name: Template,
    /// What it does.
    pub action: Action,
    /// What must come of it.
    pub expect: Vec<Expectation>,
    /// What is kept of it.
    pub captures: Vec<Capture>,
    /// What of it becomes a figure of the check.
    pub records: Vec<Record>,
    /// How often it is done, if more than once.
    pub repeat: Option<Repeat>,
    /// Whether it is tried again until it holds.
    pub retry: Option<Retry>,
    /// When its failure says something about the server, if not always.
    pub window: Option<Window>,
    /// What happens while it runs, one after the other.
    pub meanwhile: Vec<Meanwhile>,
}

/// The time in which a failure of a step says something about the server, such as the window of a rate limit.
#[derive(Clone, Debug)]
pub struct Window {
    /// So long.
    pub within: Duration,
    /// From the beginning of the earlier step with this name on; of its own, if none is named.
    pub of: Option<String>,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

/// A step that is done while another one runs.
#[derive(Clone, Debug)]
pub struct Meanwhile {
    /// Not before this.
    pub moment: Moment,
    /// Later by up to this long, drawn from the seed.
    pub spread: Duration,
    /// What is done.
    pub step: Step,
}

/// When a step is due that is done while another one runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// So long after the other one began.
    At(Duration),
    /// When so many of its repetitions are done, or so many changes of its history acknowledged.
    After(usize),
}

/// A repeated step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// How many times.
    pub times: usize,
    /// In which order.
    pub order: Order,
}

/// The order of repetitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// One after the other.
    Straight,
    /// One after the other, shuffled by the seed.
    Shuffled,
    /// All at once.
    Parallel,
}

/// How long, how often and after which answers a step is tried again.
#[derive(Clone, Debug)]
pub struct Retry {
    /// Not longer than this.
    pub within: Duration,
    /// With this pause.
    pub every: Duration,
    /// Only after an answer with such a status. Without one, after anything that does not hold.
    pub status: Option<Matcher>,
}

/// What is kept of a step's answer under a name.
#[derive(Clone, Debug)]
pub struct Capture {
    /// The name.
    pub name: String,
    /// Where the value stands.
    pub from: CaptureFrom,
    /// Whether it is masked in everything shown.
    pub secrecy: Secrecy,
}

/// Where a captured value stands.
#[derive(Clone, Debug)]
pub enum CaptureFrom {
    /// A place in the JSON body.
    Json(Box<Path>),
    /// A place in the rows of a question to the database.
    Rows(Box<Path>),
    /// A header.
    Header(String),
    /// A cookie.
    Cookie(String),
    /// The body as text.
    Body,
    /// The status code.
    Status,
    /// A figure of a load.
    Figure(&'static str),
}

/// Whether a value may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// It may.
    Open,
    /// It is masked.
    Secret,
}

/// Steps that several checks use, under a name.
#[derive(Clone, Debug)]
pub struct Group {
    /// The name.
    pub id: String,
    /// The steps.
    pub steps: Vec<Step>,
}

/// How an instance differs from the learner's server as it is.
#[derive(Clone, Debug)]
pub struct InstanceDecl {
    /// Its name, such as `a`.
    pub name: String,
    /// Environment variables; `None` unsets one.
    pub env: Vec<(String, Option<Template>)>,
    /// Whether the world starts it, or a step does.
    pub start: Start,
}

/// Who starts an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The world, before its first check.
    World,
    /// A step.
    Step,
}

/// A balancer of the world.
#[derive(Clone, Debug)]
pub struct BalancerDecl {
    /// Its name, such as `lb`.
    pub name: String,
    /// The instances behind it.
    pub over: Vec<String>,
    /// How it chooses.
    pub policy: String,
    /// How many requests one instance takes at once, and how long each takes at least.
    pub capacity: Option<(usize, Duration)>,
    /// The path by which it finds out every 100 ms who is ready.
    pub ready: Option<String>,
    /// After how many requests in a row without an answer it ejects an instance.
    pub eject_after: Option<usize>,
}

/// A proxy of the world, through which a part is reached.
#[derive(Clone, Debug)]
pub struct ProxyDecl {
    /// Its name, such as `p`.
    pub name: String,
    /// The instance or balancer that it leads to.
    pub to: String,
}

/// An origin of the world.
#[derive(Clone, Debug)]
pub struct OriginDecl {
    /// Its name, such as `o`.
    pub name: String,
    /// What stands at its paths.
    pub routes: Vec<RouteDecl>,
}

/// What stands at some paths of an origin.
#[derive(Clone, Debug)]
pub struct RouteDecl {
    /// The paths.
    pub path: Template,
    /// The methods.
    pub methods: Vec<String>,
    /// The status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, Template)>,
    /// The size of a body that is made up.
    pub size: Option<usize>,
    /// A body of words.
    pub text: Option<Template>,
    /// Whether the body goes out in chunks.
    pub chunked: bool,
    /// Whether parts of it are given.
    pub ranges: bool,
    /// Whether a request changes what stands there.
    pub changes: bool,
}

/// How the learner's server is run.
#[derive(Clone, Debug)]
pub struct Server {
    /// Environment variables that the exercise names; `None` unsets one.
    pub env: Vec<(String, Option<Template>)>,
    /// Values that no answer may hold.
    pub secrets: Vec<Template>,
    /// The path that answers 200 when the server is ready.
    pub ready_path: String,
    /// How long it may take.
    pub ready_within: Duration,
}

/// A check file with everything that it includes.
#[derive(Clone, Debug)]
pub struct CheckFile {
    /// Its path inside the course.
    pub path: String,
    /// The exercise that it grades.
    pub exercise: String,
    /// What a file of `checks/mistakes/` shows.
    pub mistake: Option<Words>,
    /// Variables in the order of the file.
    pub vars: Vec<(String, JsonTemplate)>,
    /// How the learner's server is run.
    pub server: Server,
    /// The instances.
    pub instances: Vec<InstanceDecl>,
    /// The balancers.
    pub balancers: Vec<BalancerDecl>,
    /// The proxies.
    pub proxies: Vec<ProxyDecl>,
    /// The name of its internet, if it has one.
    pub internet: Option<String>,
    /// Servers of `course` that answer everything with 200 at once.
    pub nulls: Vec<String>,
    /// Servers of `course` behind the learner's.
    pub origins: Vec<OriginDecl>,
    /// SQL statements that fill the database of a world before its first instance starts.
    pub seed: Vec<Template>,
    /// Named step groups.
    pub groups: Vec<Group>,
    /// The checks in order.
    pub checks: Vec<Check>,
}

impl CheckFile {
    /// The check with this id.
    #[must_use]
    pub fn check(&self, id: &str) -> Option<&Check> {
        self.checks.iter().find(|c| c.id == id)
    }

    /// Whether a part is a null server, or a balancer in front of nothing else.
    #[must_use]
    pub fn is_null(&self, part: &str) -> bool {
        let null = |name: &str| self.nulls.iter().any(|null| null == name);
        let balancer = self.balancers.iter().find(|b| b.name == part);
        null(part) || balancer.is_some_and(|b| b.over.iter().all(|name| null(name)))
    }

    /// The place of every check in the file, by its id.
    #[must_use]
    pub fn order(&self) -> HashMap<&str, usize> {
        let ids = self.checks.iter().map(|c| c.id.as_str());
        ids.enumerate().map(|(place, id)| (id, place)).collect()
    }
}

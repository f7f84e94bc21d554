//! A world: everything one group of checks runs in — instances, balancers, proxies, a database, secrets and captures.
//!
//! Every world has its own database, data folder, ports and secrets, so worlds can run side by side and nothing that
//! one check leaves behind reaches another.

mod fault;
mod furnish;
mod jar;
mod origin;
mod printed;
mod run;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex as Lock, PoisonError};

use serde_json::Value as Json;
use tempfile::TempDir;
use tokio::sync::{Mutex, watch};

use crate::base::mask::Mask;
use crate::lab::balancer::Balancer;
use crate::lab::database::{Database, Databases, Stall};
use crate::lab::guard::Guard;
use crate::lab::http::Client;
use crate::lab::instance::{Instance, InstanceSpec};
use crate::lab::internet::Internet;
use crate::lab::internet::log::What as Seen;
use crate::lab::load::Null;
use crate::lab::not_ready::NotReady;
use crate::lab::origin::Origin;
use crate::lab::proxy::{Injected, Proxy};
use crate::lab::timeline::{Recorder, What};

pub use furnish::policy;
pub use printed::PrintMark;

use super::check::{BalancerDecl, CheckFile, Start};
use super::secret::Secret;
use super::steps::answer::Answered;
use super::template::{Scope, Template};
use super::variable::{Bindings, Seed};

/// The name of `course` itself in a timeline.
pub const CHECKER: &str = "checker";

/// What the names and addresses of an internet are drawn for, from the seed of the run.
pub const INTERNET: &str = "internet";

/// The server under test.
#[derive(Clone, Debug)]
pub enum Submission {
    /// A folder and the command that runs the server in it.
    Managed {
        /// The command, split into words.
        command: Vec<String>,
        /// The folder.
        folder: PathBuf,
    },
    /// A server that the learner runs.
    Url(String),
}

impl Submission {
    /// The address of a server that the learner runs.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Managed { .. } => None,
            Self::Url(url) => Some(url),
        }
    }
}

/// Why a world cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The learner's server is not ready.
    #[error("{0}")]
    NotReady(Box<NotReady>),
    /// The learner's server did not do its part, and no answer of it says so.
    #[error("{0}")]
    Server(String),
    /// This machine cannot give what a world needs.
    #[error("this machine cannot set up the check: {0}")]
    Machine(String),
    /// The check is at fault.
    #[error("{0}")]
    Check(String),
}

impl From<NotReady> for WorldError {
    fn from(error: NotReady) -> Self {
        Self::NotReady(Box::new(error))
    }
}

/// What every world of a run is made from.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The server.
    pub submission: Submission,
    /// The run's seed.
    pub seed: Seed,
    /// Who cleans up after `course` if it is killed.
    pub guard: Guard,
    /// What is hidden in everything shown.
    pub mask: Mask,
    /// Sends the requests of every world.
    pub client: Client,
    /// Where every world gets its database.
    pub databases: Databases,
    /// What the learner answered to the written questions.
    pub answered: Answered,
}

/// Instances, balancers, database, secrets and captures of one group of checks.
#[derive(Debug)]
pub struct World {
    /// Sends its requests.
    pub client: Client,
    /// What happened in it.
    pub recorder: Recorder,
    /// What the learner answered to the written questions.
    pub answered: Answered,
    /// Its database; none when the learner runs the server.
    pub database: Option<Database>,
    /// The learner's folder; none when the learner runs the server.
    pub work: Option<PathBuf>,
    mask: Lock<Mask>,
    bindings: Lock<Bindings>,
    slots: Mutex<BTreeMap<String, Slot>>,
    urls: BTreeMap<String, String>,
    balancers: BTreeMap<String, (Balancer, BalancerDecl)>,
    proxies: BTreeMap<String, Proxy>,
    faults: Lock<Vec<Injected>>,
    nulls: BTreeMap<String, Null>,
    /// Its internet and how it is called.
    internet: Option<(String, Internet)>,
    /// Up to where its log was looked at.
    looked: Lock<usize>,
    /// How many steps are still to be done while another one runs.
    ahead: AtomicUsize,
    /// How many answers there were to steps while which others are done.
    answers: watch::Sender<usize>,
    origins: BTreeMap<String, Origin>,
    secrets: Vec<Secret>,
    stalls: Lock<Vec<Stall>>,
    jars: Lock<BTreeMap<String, BTreeMap<String, String>>>,
    guard: Guard,
    folder: Option<TempDir>,
    external: Option<String>,
}

#[derive(Debug)]
struct Slot {
    spec: InstanceSpec,
    start: Start,
    instance: Option<Instance>,
}

impl World {
    /// Makes the world called `name` with the parts that `parts` names and those they lead to, and starts them.
    ///
    /// # Errors
    /// When the learner's server is not ready, or the machine cannot give what is needed.
    pub async fn build(
        file: &CheckFile,
        name: &str,
        parts: &[String],
        plan: &Plan,
    ) -> Result<Self, WorldError> {
        let mut world = Self::empty(name, plan);
        let bindings = world.draw_vars(file)?;
        *world
            .bindings
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner) = bindings;
        if let Submission::Managed { command, folder } = &plan.submission {
            world.work = Some(folder.clone());
            let databases = &plan.databases;
            let prepared = world.prepare(file, parts, command, folder, databases).await;
            prepared.map_err(|error| world.masked(error))?;
        }
        Ok(world)
    }

    /// What a server said before it was ready may hold the world's secrets, and the world is gone when it is shown.
    fn masked(&self, error: WorldError) -> WorldError {
        match error {
            WorldError::NotReady(reason) => reason.masked(&self.mask()).into(),
            other => other,
        }
    }

    fn empty(name: &str, plan: &Plan) -> Self {
        let external = match &plan.submission {
            Submission::Url(url) => Some(url.trim_end_matches('/').to_owned()),
            Submission::Managed { .. } => None,
        };
        Self {
            client: plan.client.clone(),
            recorder: Recorder::default(),
            answered: plan.answered.clone(),
            database: None,
            work: None,
            mask: Lock::new(plan.mask.clone()),
            bindings: Lock::new(Bindings::new(&plan.seed, name)),
            slots: Mutex::default(),
            urls: BTreeMap::new(),
            balancers: BTreeMap::new(),
            proxies: BTreeMap::new(),
            faults: Lock::default(),
            nulls: BTreeMap::new(),
            internet: None,
            looked: Lock::default(),
            ahead: AtomicUsize::new(0),
            answers: watch::Sender::new(0),
            origins: BTreeMap::new(),
            secrets: Vec::new(),
            stalls: Lock::default(),
            jars: Lock::default(),
            guard: plan.guard.clone(),
            folder: None,
            external,
        }
    }

    fn draw_vars(&self, file: &CheckFile) -> Result<Bindings, WorldError> {
        let mut bindings = self.bindings();
        for (name, value) in &file.vars {
            let place = bindings.at(&format!("vars/{name}"), None);
            let value = value
                .render(&place)
                .map_err(|e| WorldError::Check(e.to_string()))?;
            bindings.set(name, value);
        }
        Ok(bindings)
    }

    /// Who cleans up after `course` if it is killed.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// The balancer with this name.
    ///
    /// # Errors
    /// When it is not there.
    pub fn balancer(&self, name: &str) -> Result<&Balancer, WorldError> {
        let missing = || WorldError::Check(format!("there is no balancer `{name}`"));
        self.balancers
            .get(name)
            .map(|(balancer, _)| balancer)
            .ok_or_else(missing)
    }

    /// Its internet.
    ///
    /// # Errors
    /// When it has none.
    pub fn internet(&self) -> Result<&Internet, WorldError> {
        let missing = || WorldError::Check("this world has no internet".to_owned());
        self.internet
            .as_ref()
            .map(|(_, net)| net)
            .ok_or_else(missing)
    }

    /// What the servers of the internet saw since `mark`, or since they were looked at last. They are now.
    ///
    /// # Errors
    /// When there is no internet.
    pub fn seen_of_internet(&self, mark: Option<usize>) -> Result<Vec<Seen>, WorldError> {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let from = mark.unwrap_or(*looked);
        let entries = self.internet()?.log().since(from);
        *looked = from + entries.len();
        Ok(entries.into_iter().map(|entry| entry.what).collect())
    }

    /// The base URL of an instance, balancer or proxy; of any, when the learner runs the server.
    ///
    /// # Errors
    /// When it is not there.
    pub fn url(&self, part: &str) -> Result<String, WorldError> {
        if let Some(url) = &self.external {
            return Ok(url.clone());
        }
        let missing =
            || WorldError::Check(format!("there is no instance, balancer or proxy `{part}`"));
        self.urls.get(part).cloned().ok_or_else(missing)
    }

    /// Whether a part is a null server, or a balancer in front of nothing else.
    #[must_use]
    pub fn is_null(&self, part: &str) -> bool {
        let balancer = self.balancers.get(part);
        self.nulls.contains_key(part)
            || balancer.is_some_and(|(balancer, _)| {
                let behind = balancer.targets();
                !behind.is_empty() && behind.iter().all(|name| self.nulls.contains_key(name))
            })
    }

    /// Every instance, balancer, proxy and null server with its base URL.
    #[must_use]
    pub fn addresses(&self) -> Vec<(String, String)> {
        self.urls
            .iter()
            .map(|(name, url)| (name.clone(), url.clone()))
            .collect()
    }

    /// The values of names as they stand now.
    #[must_use]
    pub fn bindings(&self) -> Bindings {
        let mut bindings = self
            .bindings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        for (part, url) in &self.urls {
            bindings.set(&format!("url.{part}"), url.clone().into());
            if let Some((_, port)) = url.rsplit_once(':') {
                bindings.set(&format!("port.{part}"), port.into());
            }
        }
        if let Some((name, net)) = &self.internet {
            for (word, host) in net.hosts() {
                bindings.set(&format!("{word}.{name}"), host.into());
            }
        }
        bindings
    }

    /// Keeps what a check captured, for the checks that need it.
    pub fn keep(&self, bindings: Bindings) {
        *self.bindings.lock().unwrap_or_else(PoisonError::into_inner) = bindings;
    }

    /// Notes how many steps are still to be done while another one runs.
    pub fn set_ahead(&self, steps: usize) {
        self.ahead.store(steps, Ordering::Relaxed);
    }

    /// Whether steps are still to be done while another one runs.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        self.ahead.load(Ordering::Relaxed) > 0
    }

    /// Notes one more answer to a step while which others are done.
    pub fn count_answer(&self) {
        self.answers.send_modify(|answers| *answers += 1);
    }

    /// How many answers there were so far, to be watched.
    #[must_use]
    pub fn answers(&self) -> watch::Receiver<usize> {
        self.answers.subscribe()
    }

    /// Hides a value from now on.
    pub fn hide(&self, name: &str, value: &str) {
        self.mask
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .hide(name, value);
    }

    /// What no answer may hold.
    #[must_use]
    pub fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    /// The mask as it stands now.
    #[must_use]
    pub fn mask(&self) -> Mask {
        self.mask
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Keeps a stall until it ends by itself or the check is over.
    pub fn hold(&self, stall: Stall) {
        self.stalls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(stall);
    }

    /// Ends everything that runs in the world.
    pub async fn end(self) {
        self.stalls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        let mut slots = self.slots.lock().await;
        let ending = slots
            .values_mut()
            .filter_map(|slot| slot.instance.take())
            .map(|i| async move {
                i.kill().await;
            });
        futures_util::future::join_all(ending).await;
        if let Some(database) = &self.database {
            // Whatever cannot be removed now is removed with its server, or by the guard.
            let _ = database.remove().await;
        }
    }

    /// Records something in the timeline.
    pub fn record(&self, what: What) {
        self.recorder.record(what);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // First the processes, which write into the folder, then the folder.
        self.slots.get_mut().clear();
        if let Some(folder) = self.folder.take() {
            let path = folder.path().to_owned();
            drop(folder);
            self.guard.remove_folder(&path);
        }
    }
}

/// The text of a value that a template gives.
#[must_use]
pub fn text_of(value: &Json) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Renders a list of templates.
///
/// # Errors
/// When a name has no value.
pub fn render_all(templates: &[Template], scope: &dyn Scope) -> Result<Vec<String>, WorldError> {
    let rendered = templates.iter().map(|t| t.render(scope));
    rendered
        .collect::<Result<_, _>>()
        .map_err(|e| WorldError::Check(e.to_string()))
}

//! A world: everything one group of checks runs in — instances, balancers, a database, secrets and captures.
//!
//! Every world has its own database, data folder, ports and secrets, so worlds can run side by side and nothing that
//! one check leaves behind reaches another.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex as Lock, PoisonError};
use std::time::Duration;

use serde_json::Value as Json;
use tempfile::TempDir;
use tokio::sync::{Mutex, mpsc};

use crate::base::mask::Mask;
use crate::lab::balancer::{Balancer, Capacity, Policy, Target};
use crate::lab::database::{Database, Stall};
use crate::lab::guard::{FOLDER_PREFIX, Guard};
use crate::lab::http::{Answer, Client};
use crate::lab::instance::{Instance, InstanceSpec};
use crate::lab::not_ready::NotReady;
use crate::lab::output::{Line, Output};
use crate::lab::port::{free_port, loopback};
use crate::lab::process::{Launch, Signal};
use crate::lab::timeline::{Recorder, What};

use super::check::{BalancerDecl, CheckFile, InstanceDecl, Start};
use super::template::{Scope, Template};
use super::variable::{Bindings, Seed};

/// The name of `course` itself in a timeline.
pub const CHECKER: &str = "checker";

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
}

/// Instances, balancers, database, secrets and captures of one group of checks.
#[derive(Debug)]
pub struct World {
    /// Sends its requests.
    pub client: Client,
    /// What happened in it.
    pub recorder: Recorder,
    /// Its database; none when the learner runs the server.
    pub database: Option<Database>,
    mask: Lock<Mask>,
    bindings: Lock<Bindings>,
    slots: Mutex<BTreeMap<String, Slot>>,
    urls: BTreeMap<String, String>,
    balancers: BTreeMap<String, (Balancer, BalancerDecl)>,
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

/// A place in what the instances have printed.
#[derive(Debug, Default)]
pub struct PrintMark(BTreeMap<String, (u32, Output, usize)>);

impl World {
    /// Makes the world called `name` with the instances and balancers that `parts` names, and starts them.
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
            let prepared = world.prepare(file, parts, command, folder).await;
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
            database: None,
            mask: Lock::new(plan.mask.clone()),
            bindings: Lock::new(Bindings::new(&plan.seed, name)),
            slots: Mutex::default(),
            urls: BTreeMap::new(),
            balancers: BTreeMap::new(),
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

    async fn prepare(
        &mut self,
        file: &CheckFile,
        parts: &[String],
        command: &[String],
        folder: &std::path::Path,
    ) -> Result<(), WorldError> {
        let machine = |e: &dyn std::fmt::Display| WorldError::Machine(e.to_string());
        let home = tempfile::Builder::new()
            .prefix(FOLDER_PREFIX)
            .tempdir()
            .map_err(|e| machine(&e))?;
        self.guard.add_folder(home.path());
        let data = home.path().join("data");
        std::fs::create_dir(&data).map_err(|e| machine(&e))?;
        let database = Database::create(home.path(), &self.recorder);
        let balancers: Vec<&BalancerDecl> = file
            .balancers
            .iter()
            .filter(|b| parts.contains(&b.name))
            .collect();
        let behind: Vec<&String> = balancers.iter().flat_map(|b| &b.over).collect();
        let needed = |i: &&InstanceDecl| parts.contains(&i.name) || behind.contains(&&i.name);
        for decl in file.instances.iter().filter(needed) {
            let port = free_port().map_err(|e| machine(&e))?;
            let mut launch = Launch {
                command: command.to_vec(),
                folder: folder.to_owned(),
                env: vec![
                    ("HOST".into(), "127.0.0.1".into()),
                    ("PORT".into(), port.to_string()),
                    ("INSTANCE".into(), decl.name.clone()),
                    ("DATABASE_URL".into(), database.url()),
                    ("DATA_DIR".into(), data.display().to_string()),
                ],
                unset: Vec::new(),
            };
            self.settings(&mut launch, &file.server.env)?;
            self.settings(&mut launch, &decl.env)?;
            let spec = InstanceSpec {
                name: decl.name.clone(),
                launch,
                port,
                ready_path: file.server.ready_path.clone(),
                ready_within: file.server.ready_within,
            };
            self.urls
                .insert(decl.name.clone(), format!("http://127.0.0.1:{port}"));
            let slot = Slot {
                spec,
                start: decl.start,
                instance: None,
            };
            self.slots.get_mut().insert(decl.name.clone(), slot);
        }
        self.folder = Some(home);
        self.database = Some(database);
        for decl in balancers {
            self.add_balancer(decl).await?;
        }
        self.start_all().await
    }

    /// Adds environment variables to a launch, hiding the secrets among them.
    fn settings(
        &self,
        launch: &mut Launch,
        env: &[(String, Option<Template>)],
    ) -> Result<(), WorldError> {
        let bindings = self.bindings();
        for (name, value) in env {
            launch.env.retain(|(n, _)| n != name);
            match value {
                None => launch.unset.push(name.clone()),
                Some(template) => {
                    let value = template
                        .render(&bindings)
                        .map_err(|e| WorldError::Check(e.to_string()))?;
                    for secret in template.names().filter_map(|n| n.strip_prefix("secret.")) {
                        self.hide(name, &bindings.secret(secret));
                    }
                    launch.unset.retain(|n| n != name);
                    launch.env.push((name.clone(), value));
                }
            }
        }
        Ok(())
    }

    async fn add_balancer(&mut self, decl: &BalancerDecl) -> Result<(), WorldError> {
        let balancer = Balancer::start(
            &decl.name,
            Vec::new(),
            policy(&decl.policy),
            None,
            &self.recorder,
        )
        .await
        .map_err(|e| WorldError::Machine(e.to_string()))?;
        restore(&balancer, decl, self.slots.get_mut());
        self.urls.insert(decl.name.clone(), balancer.base_url());
        self.balancers
            .insert(decl.name.clone(), (balancer, decl.clone()));
        Ok(())
    }

    /// Starts every instance that the world is to start and that does not run.
    ///
    /// # Errors
    /// When one of them is not ready.
    pub async fn start_all(&self) -> Result<(), WorldError> {
        let names: Vec<String> = {
            let slots = self.slots.lock().await;
            let down = |s: &Slot| {
                s.start == Start::World && s.instance.as_ref().is_none_or(|i| !i.running())
            };
            slots
                .iter()
                .filter(|(_, s)| down(s))
                .map(|(n, _)| n.clone())
                .collect()
        };
        self.start(&names).await
    }

    /// Starts instances, all at once, and waits until each is ready. Those that run are left alone.
    ///
    /// # Errors
    /// When one of them is not ready.
    pub async fn start(&self, names: &[String]) -> Result<(), WorldError> {
        let mut slots = self.slots.lock().await;
        if let Some(name) = names.iter().find(|n| !slots.contains_key(*n)) {
            return Err(WorldError::Check(format!("there is no instance `{name}`")));
        }
        let starting = slots
            .iter_mut()
            .filter(|(name, _)| names.contains(name))
            .map(|(_, slot)| async {
                match &mut slot.instance {
                    Some(instance) if instance.running() => Ok(()),
                    Some(instance) => instance.restart().await,
                    None => {
                        let instance =
                            Instance::start(slot.spec.clone(), &self.guard, &self.recorder).await?;
                        slot.instance = Some(instance);
                        Ok(())
                    }
                }
            });
        for started in futures_util::future::join_all(starting).await {
            started?;
        }
        Ok(())
    }

    /// Does something to the running instances that are named.
    ///
    /// # Errors
    /// When one is not there or does not run.
    pub async fn with_instances<F>(&self, names: &[String], mut deed: F) -> Result<(), WorldError>
    where
        F: AsyncFnMut(&mut Instance) -> Result<(), NotReady>,
    {
        let mut slots = self.slots.lock().await;
        for name in names {
            let instance = slots.get_mut(name).and_then(|slot| slot.instance.as_mut());
            let Some(instance) = instance else {
                return Err(WorldError::Check(format!(
                    "the instance `{name}` was never started"
                )));
            };
            deed(instance).await?;
        }
        Ok(())
    }

    /// What an instance would be started from.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn spec(&self, name: &str) -> Result<InstanceSpec, WorldError> {
        let slots = self.slots.lock().await;
        let missing = || WorldError::Check(format!("there is no instance `{name}`"));
        slots
            .get(name)
            .map(|slot| slot.spec.clone())
            .ok_or_else(missing)
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

    /// The base URL of an instance or balancer; of any, when the learner runs the server.
    ///
    /// # Errors
    /// When it is not there.
    pub fn url(&self, part: &str) -> Result<String, WorldError> {
        if let Some(url) = &self.external {
            return Ok(url.clone());
        }
        let missing = || WorldError::Check(format!("there is no instance or balancer `{part}`"));
        self.urls.get(part).cloned().ok_or_else(missing)
    }

    /// Every instance and balancer with its base URL.
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
        bindings
    }

    /// Keeps what a check captured, for the checks that need it.
    pub fn keep(&self, bindings: Bindings) {
        *self.bindings.lock().unwrap_or_else(PoisonError::into_inner) = bindings;
    }

    /// Hides a value from now on.
    pub fn hide(&self, name: &str, value: &str) {
        self.mask
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .hide(name, value);
    }

    /// The mask as it stands now.
    #[must_use]
    pub fn mask(&self) -> Mask {
        self.mask
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The `Cookie` header of a jar; none while it is empty.
    #[must_use]
    pub fn cookies(&self, jar: &str) -> Option<String> {
        let jars = self.jars.lock().unwrap_or_else(PoisonError::into_inner);
        let pairs: Vec<String> = jars
            .get(jar)?
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Puts the cookies that an answer sets into a jar.
    pub fn put_cookies(&self, jar: &str, answer: &Answer) {
        let mut jars = self.jars.lock().unwrap_or_else(PoisonError::into_inner);
        let jar = jars.entry(jar.to_owned()).or_default();
        for (_, value) in answer
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
        {
            let pair = value.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                jar.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
    }

    /// Keeps a stall until it ends by itself or the check is over.
    pub fn hold(&self, stall: Stall) {
        self.stalls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(stall);
    }

    /// Puts the world back in order after a check: stalls lifted, paused instances resumed, killed ones started.
    ///
    /// # Errors
    /// When an instance does not come back.
    pub async fn mend(&self) -> Result<(), WorldError> {
        self.stalls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        {
            let mut slots = self.slots.lock().await;
            for (balancer, decl) in self.balancers.values() {
                restore(balancer, decl, &slots);
            }
            for slot in slots.values_mut() {
                match (&slot.instance, slot.start) {
                    // A paused process goes on; one that runs does not notice.
                    (Some(instance), Start::World) => instance.process().signal(Signal::Continue),
                    (Some(instance), Start::Step) if instance.running() => {
                        instance.kill().await;
                    }
                    _ => {}
                }
            }
        }
        self.start_all().await
    }

    /// A place in what all instances have printed.
    pub async fn print_mark(&self) -> PrintMark {
        let slots = self.slots.lock().await;
        let running = slots
            .iter()
            .filter_map(|(name, slot)| Some((name, slot.instance.as_ref()?)));
        PrintMark(
            running
                .map(|(name, i)| {
                    let output = i.output().clone();
                    let mark = output.mark();
                    (name.clone(), (i.process().id(), output, mark))
                })
                .collect(),
        )
    }

    /// What each instance has printed since `mark`, across restarts. Waits a moment for lines that are on their way.
    pub async fn printed_since(&self, mark: &PrintMark) -> Vec<(String, Vec<String>)> {
        if mark.0.is_empty() && self.external.is_some() {
            return Vec::new();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        let slots = self.slots.lock().await;
        let mut all = Vec::new();
        for (name, slot) in slots.iter() {
            let mut lines = Vec::new();
            let before = mark.0.get(name);
            if let Some((_, output, at)) = before {
                lines.extend(output.since(*at));
            }
            if let Some(instance) = &slot.instance
                && before.is_none_or(|(id, ..)| *id != instance.process().id())
            {
                lines.extend(instance.output().since(0));
            }
            if !lines.is_empty() {
                all.push((name.clone(), lines.into_iter().map(|l| l.text).collect()));
            }
        }
        all
    }

    /// What each instance has printed, and what it prints from now on, to be shown live.
    pub async fn outputs(&self) -> Vec<(String, Vec<Line>, mpsc::Receiver<Line>)> {
        let slots = self.slots.lock().await;
        let running = slots
            .iter()
            .filter_map(|(name, slot)| Some((name, slot.instance.as_ref()?)));
        running
            .map(|(name, instance)| {
                let (before, lines) = instance.output().follow();
                (name.clone(), before, lines)
            })
            .collect()
    }

    /// How many instances run.
    pub async fn running(&self) -> usize {
        let slots = self.slots.lock().await;
        slots
            .values()
            .filter(|s| s.instance.as_ref().is_some_and(Instance::running))
            .count()
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

/// Puts back what a balancer was declared to be.
fn restore(balancer: &Balancer, decl: &BalancerDecl, slots: &BTreeMap<String, Slot>) {
    for name in slots.keys().filter(|name| !decl.over.contains(name)) {
        // Most were never behind it, and that is fine.
        let _ = balancer.remove(name);
    }
    for name in &decl.over {
        if let Some(slot) = slots.get(name) {
            balancer.add(Target {
                name: name.clone(),
                addr: loopback(slot.spec.port),
            });
        }
        let capacity = decl
            .capacity
            .map(|(in_flight, floor)| Capacity { in_flight, floor });
        let _ = balancer.set_capacity(name, capacity);
    }
    balancer.set_policy(policy(&decl.policy));
}

/// The policy of this name.
#[must_use]
pub fn policy(name: &str) -> Policy {
    match name {
        "sticky" => Policy::Sticky,
        "least-connections" => Policy::LeastConnections,
        _ => Policy::RoundRobin,
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

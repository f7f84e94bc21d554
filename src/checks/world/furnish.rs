//! Furnishing a world: its folder and database, its instances with their environment, its balancers and proxies.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use rand::RngExt as _;

use crate::checks::check::{BalancerDecl, CheckFile, ProxyDecl};
use crate::checks::part::{reached, to_database};
use crate::checks::secret::{Secret, of_database};
use crate::checks::steps::database::fault;
use crate::checks::template::Template;
use crate::lab::balancer::{Balancer, Capacity, Health, LastResort, Policy, Target};
use crate::lab::database::{Database, Databases};
use crate::lab::guard::FOLDER_PREFIX;
use crate::lab::instance::InstanceSpec;
use crate::lab::internet::Internet;
use crate::lab::load::Null;
use crate::lab::port::{free_port, loopback};
use crate::lab::process::Launch;
use crate::lab::proxy::Proxy;

use super::{INTERNET, Slot, World, WorldError, render_all};

impl World {
    pub(super) async fn prepare(
        &mut self,
        file: &CheckFile,
        parts: &[String],
        command: &[String],
        folder: &Path,
        databases: &Databases,
    ) -> Result<(), WorldError> {
        let machine = |e: &dyn std::fmt::Display| WorldError::Machine(e.to_string());
        let home = tempfile::Builder::new()
            .prefix(FOLDER_PREFIX)
            .tempdir()
            .map_err(|e| machine(&e))?;
        self.guard.add_folder(home.path());
        let data = home.path().join("data");
        std::fs::create_dir(&data).map_err(|e| machine(&e))?;
        let database = databases.create(home.path(), &self.recorder).await;
        let database = database.map_err(|e| machine(&e))?;
        self.fill(&database, file).await?;
        let parts = reached(file, parts);
        self.start_origins(file, &parts).await?;
        self.draw_secrets(file)?;
        self.open_internet(file, home.path()).await?;
        for decl in file.instances.iter().filter(|i| parts.contains(&i.name)) {
            let port = free_port().map_err(|e| machine(&e))?;
            let database_url = self.way_to(&database, &decl.name).await?;
            let mut launch = Launch {
                command: command.to_vec(),
                folder: folder.to_owned(),
                env: vec![
                    ("HOST".into(), "127.0.0.1".into()),
                    ("PORT".into(), port.to_string()),
                    ("INSTANCE".into(), decl.name.clone()),
                    ("DATABASE_URL".into(), database_url),
                    ("DATA_DIR".into(), data.display().to_string()),
                ],
                ..Launch::default()
            };
            if let Some((_, net)) = &self.internet {
                launch.env.extend(net.env());
            }
            self.settings(&mut launch, &file.server.env)?;
            self.settings(&mut launch, &decl.env)?;
            self.know_database(&launch);
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
        let nulls = file.nulls.iter().filter(|name| parts.contains(*name));
        self.start_nulls(nulls).map_err(|e| machine(&e))?;
        self.folder = Some(home);
        self.database = Some(database);
        self.connect(file, &parts).await?;
        self.start_all().await
    }

    /// Draws the values that no answer may hold, and hides them.
    fn draw_secrets(&mut self, file: &CheckFile) -> Result<(), WorldError> {
        let secrets = render_all(&file.server.secrets, &self.bindings().at("secrets", None))?;
        for (at, value) in (1..).zip(secrets) {
            let name = format!("SERVER_SECRET_{at}");
            self.hide(&name, &value);
            let name = format!("${name}");
            self.secrets.push(Secret { name, value });
        }
        Ok(())
    }

    /// What an instance is told of the database is a secret too.
    fn know_database(&mut self, launch: &Launch) {
        let urls = launch.env.iter().filter(|(name, _)| name == "DATABASE_URL");
        for secret in urls.flat_map(|(_, url)| of_database(url)) {
            if !self.secrets.contains(&secret) {
                self.secrets.push(secret);
            }
        }
    }

    /// Puts into the database what the checks say.
    async fn fill(&self, database: &Database, file: &CheckFile) -> Result<(), WorldError> {
        if file.seed.is_empty() {
            return Ok(());
        }
        let statements = render_all(&file.seed, &self.bindings().at("seed", None))?;
        database.seed(statements).await.map_err(|e| fault(&e))
    }

    /// Puts proxies in front of instances, balancers over both, and proxies in front of balancers.
    async fn connect(
        &mut self,
        file: &CheckFile,
        parts: &BTreeSet<String>,
    ) -> Result<(), WorldError> {
        let proxies = file.proxies.iter().filter(|p| parts.contains(&p.name));
        let (first, last): (Vec<_>, Vec<_>) =
            proxies.partition(|p| file.instances.iter().any(|i| i.name == p.to));
        for decl in first {
            self.add_proxy(decl).await?;
        }
        for decl in file.balancers.iter().filter(|b| parts.contains(&b.name)) {
            self.add_balancer(decl, &file.server.ready_path).await?;
        }
        for decl in last {
            self.add_proxy(decl).await?;
        }
        Ok(())
    }

    /// Starts the internet, which leaves a file in `folder`.
    async fn open_internet(&mut self, file: &CheckFile, folder: &Path) -> Result<(), WorldError> {
        let Some(name) = &file.internet else {
            return Ok(());
        };
        let seed = self.bindings().seed().generator(INTERNET).random();
        let started = Internet::start(seed, folder).await;
        let net = started.map_err(|e| WorldError::Machine(e.to_string()))?;
        self.internet = Some((name.to_owned(), net));
        Ok(())
    }

    fn start_nulls<'a>(&mut self, names: impl Iterator<Item = &'a String>) -> io::Result<()> {
        for name in names {
            let null = Null::start()?;
            self.urls
                .insert(name.clone(), format!("http://{}", null.addr()));
            self.nulls.insert(name.clone(), null);
        }
        Ok(())
    }

    /// What an instance is told of the database. In the network, it goes by way of a proxy of its own.
    async fn way_to(&mut self, database: &Database, instance: &str) -> Result<String, WorldError> {
        let Some((address, url)) = database.network() else {
            return Ok(database.url());
        };
        if let Some(password) = database.password() {
            self.hide("DATABASE_PASSWORD", password);
        }
        let proxy = self.proxy_to(&to_database(instance), address).await?;
        Ok(url(proxy))
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

    async fn add_balancer(
        &mut self,
        decl: &BalancerDecl,
        ready_path: &str,
    ) -> Result<(), WorldError> {
        let mut balancer = Balancer::start(
            &decl.name,
            Vec::new(),
            policy(&decl.policy),
            None,
            &self.recorder,
        )
        .await
        .map_err(|e| WorldError::Machine(e.to_string()))?;
        let targets = addresses(self.slots.get_mut(), &self.proxies, &self.nulls);
        restore(&balancer, decl, &targets);
        let watched = decl.ready.is_some() || decl.eject_after.is_some();
        balancer.set_health(watched.then(|| Health {
            path: decl.ready.clone().unwrap_or(ready_path.to_owned()),
            always: decl.ready.is_some(),
            eject_after: decl.eject_after,
            last_resort: LastResort::Silent,
        }));
        self.urls.insert(decl.name.clone(), balancer.base_url());
        self.balancers
            .insert(decl.name.clone(), (balancer, decl.clone()));
        Ok(())
    }

    async fn add_proxy(&mut self, decl: &ProxyDecl) -> Result<(), WorldError> {
        let balancers = self.balancers.iter();
        let mut to: BTreeMap<String, SocketAddr> = balancers
            .map(|(name, (balancer, _))| (name.clone(), balancer.addr()))
            .collect();
        to.extend(addresses(self.slots.get_mut(), &self.proxies, &self.nulls));
        let missing = || WorldError::Check(format!("there is nothing called `{}`", decl.to));
        let to = *to.get(&decl.to).ok_or_else(missing)?;
        let address = self.proxy_to(&decl.name, to).await?;
        self.urls
            .insert(decl.name.clone(), format!("http://{address}"));
        Ok(())
    }

    /// Starts a proxy and says where it listens.
    async fn proxy_to(&mut self, name: &str, to: SocketAddr) -> Result<SocketAddr, WorldError> {
        let purpose = format!("proxy/{name}");
        let seed = self.bindings().seed().generator(&purpose).random();
        let proxy = Proxy::start(name, to, None, seed, &self.recorder)
            .await
            .map_err(|e| WorldError::Machine(e.to_string()))?;
        let address = proxy.addr();
        self.proxies.insert(name.to_owned(), proxy);
        Ok(address)
    }
}

/// Where what may stand behind a balancer listens: instances, proxies and null servers.
pub(super) fn addresses(
    slots: &BTreeMap<String, Slot>,
    proxies: &BTreeMap<String, Proxy>,
    nulls: &BTreeMap<String, Null>,
) -> BTreeMap<String, SocketAddr> {
    let instances = slots
        .iter()
        .map(|(name, slot)| (name.clone(), loopback(slot.spec.port)));
    let proxies = proxies
        .iter()
        .map(|(name, proxy)| (name.clone(), proxy.addr()));
    let nulls = nulls.iter().map(|(name, null)| (name.clone(), null.addr()));
    instances.chain(proxies).chain(nulls).collect()
}

/// Puts back what a balancer was declared to be; `targets` are all that may stand behind it.
pub(super) fn restore(
    balancer: &Balancer,
    decl: &BalancerDecl,
    targets: &BTreeMap<String, SocketAddr>,
) {
    for name in targets.keys().filter(|name| !decl.over.contains(name)) {
        // Most were never behind it, and that is fine.
        let _ = balancer.remove(name);
    }
    for name in &decl.over {
        if let Some(addr) = targets.get(name) {
            balancer.add(Target {
                name: name.clone(),
                addr: *addr,
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

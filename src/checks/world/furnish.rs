//! Furnishing a world: its folder and database, its instances with their environment, its balancers.

use std::collections::BTreeMap;

use crate::checks::check::{BalancerDecl, CheckFile, InstanceDecl};
use crate::checks::template::Template;
use crate::lab::balancer::{Balancer, Capacity, Policy, Target};
use crate::lab::database::Database;
use crate::lab::guard::FOLDER_PREFIX;
use crate::lab::instance::InstanceSpec;
use crate::lab::port::{free_port, loopback};
use crate::lab::process::Launch;

use super::{Slot, World, WorldError};

impl World {
    pub(super) async fn prepare(
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
}

/// Puts back what a balancer was declared to be.
pub(super) fn restore(balancer: &Balancer, decl: &BalancerDecl, slots: &BTreeMap<String, Slot>) {
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

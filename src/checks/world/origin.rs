//! The origins of a world, which begin anew with every case.

use std::collections::BTreeSet;

use rand::RngExt as _;

use crate::checks::check::CheckFile;
use crate::lab::origin::Origin;

use super::{World, WorldError};

impl World {
    /// Starts every origin, before an instance among these parts asks it. Which one does is known where there is only one.
    pub(super) async fn start_origins(
        &mut self,
        file: &CheckFile,
        parts: &BTreeSet<String>,
    ) -> Result<(), WorldError> {
        let mut instances = file.instances.iter().filter(|i| parts.contains(&i.name));
        let asker = match (instances.next(), instances.next()) {
            (Some(only), None) => &only.name,
            _ => "server",
        };
        for decl in &file.origins {
            let place = self.bindings().at(&format!("origin/{}", decl.name), None);
            let routes = decl
                .routes(&place)
                .map_err(|e| WorldError::Check(e.to_string()))?;
            let seed = place
                .seed()
                .generator(&format!("origin/{}", decl.name))
                .random();
            let origin = Origin::start(&decl.name, asker, routes, seed, &self.recorder)
                .await
                .map_err(|e| WorldError::Machine(e.to_string()))?;
            self.urls.insert(decl.name.clone(), origin.base_url());
            self.origins.insert(decl.name.clone(), origin);
        }
        Ok(())
    }

    /// The origin with this name.
    ///
    /// # Errors
    /// When it is not there.
    pub fn origin(&self, name: &str) -> Result<&Origin, WorldError> {
        let missing = || WorldError::Check(format!("there is no origin `{name}`"));
        self.origins.get(name).ok_or_else(missing)
    }

    /// Lets every origin begin anew: up, without trouble, counting from nothing.
    pub async fn settle_origins(&self) {
        for origin in self.origins.values() {
            origin.settle().await;
        }
    }
}

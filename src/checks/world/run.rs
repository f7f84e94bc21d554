//! Running a world: its instances started, stopped, mended.

use std::sync::PoisonError;

use crate::checks::check::Start;
use crate::lab::instance::{Instance, InstanceSpec};
use crate::lab::not_ready::NotReady;
use crate::lab::process::Signal;

use super::furnish::{addresses, restore};
use super::{Slot, World, WorldError};

impl World {
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
        self.start(&names).await?;
        for (balancer, _) in self.balancers.values() {
            balancer.readmit();
        }
        Ok(())
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

    /// Puts the world back in order after a check: stalls and faults lifted, paused instances resumed, killed ones started.
    ///
    /// # Errors
    /// When an instance does not come back.
    pub async fn mend(&self) -> Result<(), WorldError> {
        self.stalls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        self.lift_all().await;
        if let Some((_, net)) = &self.internet {
            net.lift();
            // What the next check looks at begins with it.
            self.seen_of_internet(None)?;
        }
        {
            let mut slots = self.slots.lock().await;
            for (balancer, decl) in self.balancers.values() {
                restore(
                    balancer,
                    decl,
                    &addresses(&slots, &self.proxies, &self.nulls),
                );
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

    /// Those of the parts that can be asked now: instances that run, and balancers. Waits for what is being started.
    pub async fn standing(&self, parts: &[String]) -> Vec<String> {
        let slots = self.slots.lock().await;
        let stands = |name: &&String| {
            let slot = slots.get(*name);
            slot.is_none_or(|slot| slot.instance.as_ref().is_some_and(Instance::running))
        };
        parts.iter().filter(stands).cloned().collect()
    }

    /// How many instances run.
    pub async fn running(&self) -> usize {
        let slots = self.slots.lock().await;
        slots
            .values()
            .filter(|s| s.instance.as_ref().is_some_and(Instance::running))
            .count()
    }
}

//! The faults of a world's proxies, which end with the check that set them.

use std::net::SocketAddr;
use std::sync::{MutexGuard, PoisonError};

use crate::lab::proxy::{Direction, Fault, Injected, Proxy};

use super::furnish::addresses;
use super::{World, WorldError};

impl World {
    /// Sets faults on a proxy, until they are lifted or the check is over.
    ///
    /// # Errors
    /// When the proxy is not there.
    pub async fn inject(
        &self,
        on: &str,
        faults: &[Fault],
        direction: Direction,
    ) -> Result<(), WorldError> {
        let injected = self.proxy(on)?.inject(faults, direction).await;
        self.faults().push(injected);
        Ok(())
    }

    /// Lifts every fault of a proxy.
    ///
    /// # Errors
    /// When the proxy is not there.
    pub async fn lift(&self, on: &str) -> Result<(), WorldError> {
        let proxy = self.proxy(on)?;
        self.faults().retain(|injected| injected.on() != on);
        proxy.settle().await;
        Ok(())
    }

    /// Lifts every fault of every proxy.
    pub(super) async fn lift_all(&self) {
        self.faults().clear();
        for proxy in self.proxies.values() {
            proxy.settle().await;
        }
    }

    /// Where an instance, a proxy or a null server listens.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn address(&self, name: &str) -> Result<SocketAddr, WorldError> {
        let slots = self.slots.lock().await;
        let missing = || {
            WorldError::Check(format!(
                "there is no instance, proxy or null server `{name}`"
            ))
        };
        addresses(&slots, &self.proxies, &self.nulls)
            .get(name)
            .copied()
            .ok_or_else(missing)
    }

    fn proxy(&self, name: &str) -> Result<&Proxy, WorldError> {
        let missing = || WorldError::Check(format!("there is no proxy `{name}`"));
        self.proxies.get(name).ok_or_else(missing)
    }

    fn faults(&self) -> MutexGuard<'_, Vec<Injected>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

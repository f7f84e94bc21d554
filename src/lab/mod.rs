//! The lab: real parts that run on loopback, usable without any check.
//!
//! A process group, an instance of a server, a balancer, a fault proxy, a database, a load, a history, an internet, and the timeline
//! they write to.

#[cfg(target_os = "linux")]
mod alarm;
pub mod balancer;
pub mod database;
pub mod descendant;
mod diagnosis;
pub mod guard;
pub mod history;
pub mod http;
pub mod instance;
pub mod internet;
pub mod launch;
pub mod load;
pub mod memory;
pub mod not_ready;
pub mod origin;
pub mod output;
pub mod port;
pub mod probe;
pub mod process;
pub mod processor_time;
pub mod proxy;
pub mod pulse;
pub mod raw;
pub mod timeline;
pub mod token;
pub mod transport;

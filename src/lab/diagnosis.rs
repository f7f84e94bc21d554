//! A diagnosis: why a server that was started is not ready, told from its last answer and from where it listens.

use std::net::{IpAddr, SocketAddr};

use listeners::{Listener, Protocol, SocketState};

use super::instance::InstanceSpec;
use super::not_ready::NotReady;
use super::probe::Answer;
use super::process::Process;
use crate::base::text::printable_bytes;

/// How many lines of output a message carries.
pub(crate) const LAST_LINES: usize = 20;

/// Says why the server is not ready, from the last answer and from where the process listens.
pub(crate) async fn diagnose(spec: &InstanceSpec, process: &Process, last: Answer) -> NotReady {
    let (port, path) = (spec.port, spec.ready_path.clone());
    match last {
        Answer::Refused => absent(spec, process).await,
        Answer::Silent { received } => NotReady::Silent {
            port,
            path,
            within: spec.ready_within,
            received,
        },
        Answer::Closed => NotReady::Closed { port, path },
        Answer::NotHttp { bytes } => NotReady::NotHttp { port, bytes },
        Answer::Status { code, body } => NotReady::Unhealthy {
            port,
            path,
            status: code,
            body: printable_bytes(&body[..body.len().min(200)])
                .trim()
                .replace('\n', " "),
        },
    }
}

/// Nothing answers on 127.0.0.1: looks for where the process listens instead.
async fn absent(spec: &InstanceSpec, process: &Process) -> NotReady {
    let sockets: Vec<SocketAddr> = listening()
        .await
        .into_iter()
        .filter(|listener| process.owns(listener.process.pid))
        .map(|listener| listener.socket)
        .collect();
    let mut addresses: Vec<SocketAddr> = sockets
        .iter()
        .copied()
        .filter(|socket| socket.port() == spec.port)
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    if !addresses.is_empty() {
        return NotReady::OtherAddress {
            port: spec.port,
            addresses,
        };
    }
    let mut ports: Vec<u16> = sockets.iter().map(SocketAddr::port).collect();
    ports.sort_unstable();
    ports.dedup();
    if ports.is_empty() {
        NotReady::NeverListened {
            port: spec.port,
            within: spec.ready_within,
            output: process.output().tail(LAST_LINES),
        }
    } else {
        NotReady::OtherPort {
            port: spec.port,
            ports,
        }
    }
}

/// All listening TCP sockets of this machine whose process can be told.
async fn listening() -> Vec<Listener> {
    // A machine that does not tell who listens only makes the message poorer.
    let all = tokio::task::spawn_blocking(|| listeners::get_all().unwrap_or_default()).await;
    all.unwrap_or_default()
        .into_iter()
        .filter(|one| one.protocol == Protocol::TCP && one.state == SocketState::Listen)
        .collect()
}

/// Who listens on the port of an address that 127.0.0.1 reaches.
pub(crate) async fn taken(port: u16) -> NotReady {
    let reaches = |address: IpAddr| match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_unspecified(),
        IpAddr::V6(v6) => v6.is_unspecified() || v6.to_ipv4_mapped().is_some(),
    };
    let holder = listening()
        .await
        .into_iter()
        .find(|one| one.socket.port() == port && reaches(one.socket.ip()))
        .map(|one| (one.process.pid, one.process.name));
    NotReady::PortTaken { port, holder }
}

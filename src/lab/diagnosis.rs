//! A diagnosis: why a server that was started is not ready, told from its last answer and from where it listens.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use listeners::{Listener, Protocol, SocketState};
use tokio::time::sleep;

use super::instance::InstanceSpec;
use super::not_ready::NotReady;
use super::probe::{Answer, probe_at};
use super::process::Process;
use crate::base::text::printable_bytes;

/// How many lines of output a message carries.
pub(crate) const LAST_LINES: usize = 20;
/// How often a server that is not ready is looked for elsewhere.
const LOOK: Duration = Duration::from_secs(1);

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

/// Waits until the server has been ready at another address than the one it was given for two looks in a row: then it
/// has made up its mind, and the rest of its time need not be waited out.
pub(crate) async fn elsewhere(spec: &InstanceSpec, process: &Process) -> NotReady {
    let mut before = false;
    loop {
        sleep(LOOK).await;
        let ready = is_ready_elsewhere(spec, process).await;
        if before && ready {
            // Meanwhile it may have begun to listen where it should, and what was seen may have been a socket of our
            // own, which a child has until it begins its own program.
            let found = absent(spec, process).await;
            let right = SocketAddr::from((Ipv4Addr::LOCALHOST, spec.port));
            match &found {
                NotReady::OtherPort { .. } => return found,
                NotReady::OtherAddress { addresses, .. }
                    if !addresses.iter().any(|a| reachable(*a) == right) =>
                {
                    return found;
                }
                _ => {}
            }
        }
        before = ready;
    }
}

async fn is_ready_elsewhere(spec: &InstanceSpec, process: &Process) -> bool {
    let right = SocketAddr::from((Ipv4Addr::LOCALHOST, spec.port));
    for socket in sockets(process).await {
        let address = reachable(socket);
        if address == right {
            return false;
        }
        let answer = probe_at(address, &spec.ready_path, LOOK).await;
        if matches!(answer, Answer::Status { code: 200..300, .. }) {
            return true;
        }
    }
    false
}

/// Where a socket that listens on every address of its family is reached.
fn reachable(socket: SocketAddr) -> SocketAddr {
    let ip = match socket.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, socket.port())
}

/// Where the process listens.
async fn sockets(process: &Process) -> Vec<SocketAddr> {
    let owned = listening().await.into_iter();
    let owned = owned.filter(|listener| process.owns(listener.process.pid));
    owned.map(|listener| listener.socket).collect()
}

/// Nothing answers on 127.0.0.1: looks for where the process listens instead.
async fn absent(spec: &InstanceSpec, process: &Process) -> NotReady {
    let sockets = sockets(process).await;
    let mut addresses: Vec<SocketAddr> = sockets
        .iter()
        .copied()
        .filter(|socket| socket.port() == spec.port)
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    let right = SocketAddr::from((Ipv4Addr::LOCALHOST, spec.port));
    if addresses.iter().any(|address| reachable(*address) == right) {
        // It began to listen after the last look: too late, but at the right place.
        return never(spec, process);
    }
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
        never(spec, process)
    } else {
        NotReady::OtherPort {
            port: spec.port,
            ports,
        }
    }
}

fn never(spec: &InstanceSpec, process: &Process) -> NotReady {
    NotReady::NeverListened {
        port: spec.port,
        within: spec.ready_within,
        output: process.output().tail(LAST_LINES),
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

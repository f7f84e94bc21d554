//! A port: a free one on loopback, handed out at most once per run.
//!
//! The ports come from below the range that systems give to outgoing connections (32768 and up on Linux, 49152 and up
//! elsewhere). A port from that range can be taken by anybody's connection between the moment it is found free and the
//! moment the server binds it.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// The ports given away so far. A port is free again as soon as the probe socket closes, so without this memory two
/// callers could be told the same one before either has bound it.
static GIVEN: Mutex<Option<Given>> = Mutex::new(None);

/// What was given away.
#[derive(Default)]
struct Given {
    ports: HashSet<u16>,
    /// Of the last ports, the UDP ports of the same number. As long as this process holds one, no other process that
    /// looks for a port here takes the TCP port, while the server that it is for is still starting.
    held: VecDeque<UdpSocket>,
}

/// How many ports are held: more than are waiting for their server at a time, and few beside the files that a process
/// may open.
const HELD: usize = 32;

/// Where ports are looked for.
const RANGE: Range<u16> = 10_240..32_768;

/// How many ports to try before giving up.
const ATTEMPTS: usize = 500;

/// A TCP port of 127.0.0.1 that nothing listens on, never the same one twice in this process, nor one that another run
/// has been given just now. Which one is random.
///
/// # Errors
/// When the system has no port left to give.
pub fn free_port() -> io::Result<u16> {
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    given.get_or_insert_with(Given::default).another()
}

impl Given {
    fn another(&mut self) -> io::Result<u16> {
        let width = u64::from(RANGE.end - RANGE.start);
        for attempt in 0..ATTEMPTS {
            // The keys of a hasher are the randomness that the standard library has.
            let random = RandomState::new().hash_one(attempt) % width;
            let port = RANGE.start + u16::try_from(random).unwrap_or(0);
            let Ok(hold) = UdpSocket::bind(loopback(port)) else {
                continue;
            };
            let free = TcpListener::bind(loopback(port)).is_ok();
            if free && self.ports.insert(port) {
                self.held.push_back(hold);
                if self.held.len() > HELD {
                    self.held.pop_front();
                }
                return Ok(port);
            }
        }
        Err(io::Error::new(
            io::ErrorKind::AddrInUse,
            "no free port on 127.0.0.1; end other programs that listen on many",
        ))
    }
}

/// The address of `port` on IPv4 loopback.
#[must_use]
pub fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_port_is_given_twice() {
        let ports: Vec<u16> = (0..64).map(|_| free_port().unwrap()).collect();
        let distinct: HashSet<_> = ports.iter().collect();
        assert_eq!(distinct.len(), ports.len());
    }

    #[test]
    fn a_given_port_can_be_bound_and_no_other_run_is_given_it_meanwhile() {
        let mut given = Given::default();
        let port = given.another().unwrap();
        assert!(TcpListener::bind(loopback(port)).is_ok());
        // Another process would find this, and look for another port.
        assert!(UdpSocket::bind(loopback(port)).is_err());
        for _ in 0..HELD {
            given.another().unwrap();
        }
        assert_eq!(given.held.len(), HELD);
        assert!(UdpSocket::bind(loopback(port)).is_ok());
    }
}

//! A port: a free one on loopback, handed out at most once per run.

use std::collections::HashSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Mutex, PoisonError};

/// The ports given away so far. A port is free again as soon as the probe socket closes, so without this memory two
/// callers could be told the same one before either has bound it.
static GIVEN: Mutex<Option<HashSet<u16>>> = Mutex::new(None);

/// How many ports to try before giving up.
const ATTEMPTS: usize = 200;

/// A TCP port of 127.0.0.1 that nothing listens on, never the same one twice in this process.
///
/// # Errors
/// When the system has no port left to give.
pub fn free_port() -> io::Result<u16> {
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    let given = given.get_or_insert_with(HashSet::new);
    // Refused sockets stay open until the search ends; otherwise the system may offer the same port again and again.
    let mut refused = Vec::new();
    for _ in 0..ATTEMPTS {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = socket.local_addr()?.port();
        if given.insert(port) {
            return Ok(port);
        }
        refused.push(socket);
    }
    Err(io::Error::new(
        io::ErrorKind::AddrInUse,
        "no free port on 127.0.0.1; end other programs that hold many connections",
    ))
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
    fn a_given_port_can_be_bound() {
        let port = free_port().unwrap();
        assert!(TcpListener::bind(loopback(port)).is_ok());
    }
}

//! An address that somebody typed for `--url`: a port, a host and port, or a URL.

use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use reqwest::Url;

use super::error::Error;

/// How long a connection to find out whether somebody listens may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// A server that somebody else runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Its base URL.
    pub url: String,
    /// Whether it is on this machine.
    pub place: Place,
}

/// Where a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On this machine.
    Loopback,
    /// Elsewhere.
    Elsewhere,
}

impl Place {
    /// Where an address is. An IPv4 address may come in the clothes of an IPv6 one.
    #[must_use]
    pub fn of(ip: IpAddr) -> Self {
        if ip.to_canonical().is_loopback() {
            Self::Loopback
        } else {
            Self::Elsewhere
        }
    }
}

/// Reads `3000`, `:3000`, `localhost:3000` or a URL, and makes sure that somebody listens there. `localhost` may be
/// `127.0.0.1` or `::1`, whichever answers.
///
/// # Errors
/// When it is no address, or nothing listens there.
pub fn find(typed: &str) -> Result<Address, Error> {
    let url = parse(typed)?;
    let host = url
        .host_str()
        .unwrap_or_default()
        .trim_matches(['[', ']'])
        .to_owned();
    let port = url.port_or_known_default().unwrap_or(80);
    let candidates: Vec<SocketAddr> = if host == "localhost" {
        vec![
            SocketAddr::from(([127, 0, 0, 1], port)),
            SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, port)),
        ]
    } else {
        let found = (host.as_str(), port).to_socket_addrs();
        found
            .map_err(|e| Error::Unreachable(format!("cannot find `{host}`: {e}")))?
            .collect()
    };
    let listening = candidates
        .iter()
        .find(|a| TcpStream::connect_timeout(a, PATIENCE).is_ok());
    let Some(address) = listening else {
        let tried: Vec<String> = candidates.iter().map(ToString::to_string).collect();
        return Err(Error::Unreachable(format!(
            "nothing listens on {}; start your server and give the address that it prints",
            tried.join(" or ")
        )));
    };
    let place = Place::of(address.ip());
    let mut url = url;
    if host == "localhost" {
        let _ = match address.ip() {
            IpAddr::V4(ip) => url.set_ip_host(ip.into()),
            IpAddr::V6(ip) => url.set_ip_host(ip.into()),
        };
    }
    Ok(Address {
        url: url.to_string().trim_end_matches('/').to_owned(),
        place,
    })
}

fn parse(typed: &str) -> Result<Url, Error> {
    let digits = typed.trim_start_matches(':');
    let text = if digits.parse::<u16>().is_ok() {
        format!("http://localhost:{digits}")
    } else if typed.contains("://") {
        typed.to_owned()
    } else {
        format!("http://{typed}")
    };
    let bad = || {
        Error::Usage(format!(
            "`{typed}` is not an address; write 3000, localhost:3000 or http://127.0.0.1:3000"
        ))
    };
    let url = Url::parse(&text).map_err(|_| bad())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(bad());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_port_alone_is_localhost_on_whichever_address_answers() {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(host) else {
                continue;
            };
            let address = listener.local_addr().unwrap();
            for typed in [address.port().to_string(), format!(":{}", address.port())] {
                let found = find(&typed).unwrap();
                assert_eq!(
                    found,
                    Address {
                        url: format!("http://{address}"),
                        place: Place::Loopback
                    }
                );
            }
        }
    }

    #[test]
    fn only_loopback_is_on_this_machine() {
        for here in ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(Place::of(here.parse().unwrap()), Place::Loopback, "{here}");
        }
        for elsewhere in [
            "10.0.0.1",
            "192.168.1.2",
            "8.8.8.8",
            "0.0.0.0",
            "fe80::1",
            "::",
        ] {
            let place = Place::of(elsewhere.parse().unwrap());
            assert_eq!(place, Place::Elsewhere, "{elsewhere}");
        }
    }

    #[test]
    fn what_is_no_address_says_what_is() {
        let error = find("ftp://x").unwrap_err().to_string();
        assert_eq!(
            error,
            "`ftp://x` is not an address; write 3000, localhost:3000 or http://127.0.0.1:3000"
        );
    }
}

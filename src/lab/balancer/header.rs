//! Headers as a proxy must treat them (RFC 9110, section 7.6), and what they tell about who the client is.

use hyper::HeaderMap;
use hyper::header::{
    AUTHORIZATION, CONNECTION, COOKIE, EXPECT, HeaderName, HeaderValue, TE, TRANSFER_ENCODING,
    UPGRADE, VIA,
};

/// The cookie by which the sticky policy knows a client.
pub(super) const COOKIE_NAME: &str = "course_lb";
/// Who answered.
pub(super) const SERVED_BY: HeaderName = HeaderName::from_static("course-served-by");
/// Why the balancer answered itself.
pub(super) const REASON: HeaderName = HeaderName::from_static("course-balancer");
/// The chain of clients that a request came through.
pub(super) const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const OURSELVES: HeaderValue = HeaderValue::from_static("1.1 course");

/// Takes away what concerns only the connection it came on, and adds our `Via`.
pub(super) fn pass_on(headers: &mut HeaderMap) {
    if let Some(named) = headers.remove(CONNECTION) {
        for name in named.to_str().unwrap_or_default().split(',') {
            if let Ok(name) = HeaderName::try_from(name.trim()) {
                headers.remove(name);
            }
        }
    }
    for name in [
        KEEP_ALIVE,
        PROXY_CONNECTION,
        TE,
        TRANSFER_ENCODING,
        UPGRADE,
        // The balancer asks for the body itself as soon as the instance wants it.
        EXPECT,
    ] {
        headers.remove(name);
    }
    headers.append(VIA, OURSELVES);
}

/// Adds the client's address to the chain.
pub(super) fn add_client(headers: &mut HeaderMap, client: &HeaderValue) {
    let chain = headers.get(FORWARDED_FOR).map(|before| {
        let mut chain = before.as_bytes().to_vec();
        chain.extend_from_slice(b", ");
        chain.extend_from_slice(client.as_bytes());
        chain
    });
    let value = chain.and_then(|chain| HeaderValue::from_bytes(&chain).ok());
    headers.insert(FORWARDED_FOR, value.unwrap_or_else(|| client.clone()));
}

/// What ties a request to an instance under the sticky policy.
#[derive(Debug, Default)]
pub(super) struct Affinity {
    /// The instance that the client's cookie names.
    pub(super) cookie: Option<String>,
    /// A digest of the client's `Authorization` header.
    pub(super) authorization: Option<u64>,
}

impl Affinity {
    /// Reads it from the headers of a request.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let cookie = headers.get_all(COOKIE).iter().find_map(|value| {
            value.to_str().ok()?.split(';').find_map(|pair| {
                let (name, value) = pair.trim().split_once('=')?;
                (name == COOKIE_NAME).then(|| value.to_owned())
            })
        });
        let authorization = headers
            .get(AUTHORIZATION)
            .map(|value| fold(FNV_OFFSET, value.as_bytes()));
        Self {
            cookie,
            authorization,
        }
    }
}

/// FNV-1a, 64 bits: good enough to spread a handful of clients, and the same on every run.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

fn fold(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Mixes a digest with a name, for choosing the highest.
pub(super) fn mix(digest: u64, name: &str) -> u64 {
    let hash = fold(digest, name.as_bytes());
    // FNV's last byte hardly moves the high bits, and those decide what is highest.
    (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_concerns_one_connection_is_not_passed_on() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, x-private"),
            ("x-private", "1"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "websocket"),
            ("accept", "*/*"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        pass_on(&mut headers);
        let names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["accept", "via"]);
    }

    #[test]
    fn the_chain_of_clients_grows() {
        let mut headers = HeaderMap::new();
        let client = HeaderValue::from_static("127.0.0.1");
        add_client(&mut headers, &client);
        assert_eq!(headers[FORWARDED_FOR], "127.0.0.1");
        add_client(&mut headers, &client);
        assert_eq!(headers[FORWARDED_FOR], "127.0.0.1, 127.0.0.1");
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static("sid=1; course_lb=b; x=2"));
        let affinity = Affinity::of(&headers);
        assert_eq!(affinity.cookie.as_deref(), Some("b"));
        assert_eq!(affinity.authorization, None);
    }
}

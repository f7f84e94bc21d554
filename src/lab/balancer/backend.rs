//! A backend: an instance as the balancer sees it, with its idle connections, its limits and its counts.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::HeaderValue;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::body::Outgoing;
use super::{Capacity, Target};

/// How long an instance that refused a connection is left alone. Trying costs microseconds on loopback, so that one
/// that comes back is used again at once.
const EJECTED: Duration = Duration::from_millis(50);
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(2);
/// How many idle connections are kept per instance.
const IDLE: usize = 256;

/// A connection to an instance that can take a request.
pub(super) type Sender = SendRequest<Outgoing>;

/// An instance behind the balancer.
#[derive(Debug)]
pub(super) struct Backend {
    pub(super) name: String,
    /// The name as the value of a header.
    pub(super) label: HeaderValue,
    target: SocketAddr,
    draining: AtomicBool,
    healthy: AtomicBool,
    /// Whether it is better than none, although it is left out.
    last_resort: AtomicBool,
    /// Whether a question for its health is on its way.
    pub(super) asked: AtomicBool,
    /// How many requests in a row got no answer.
    failures: AtomicUsize,
    pub(super) served: AtomicU64,
    in_flight: AtomicUsize,
    /// Milliseconds since `born` until which it is left alone.
    ejected_until: AtomicU64,
    born: Instant,
    idle: Mutex<Vec<Sender>>,
    limit: Mutex<Option<Limit>>,
}

#[derive(Clone, Debug)]
struct Limit {
    places: Arc<Semaphore>,
    floor: Duration,
}

/// Where a connection came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It has carried requests before, and may have been closed by the other side without our noticing.
    Reused,
    /// It was opened for this request.
    Fresh,
}

impl Backend {
    pub(super) fn new(target: Target) -> Arc<Self> {
        let label = HeaderValue::from_str(&target.name)
            .unwrap_or_else(|_| HeaderValue::from_static("unnamed"));
        Arc::new(Self {
            name: target.name,
            label,
            target: target.addr,
            draining: AtomicBool::new(false),
            healthy: AtomicBool::new(true),
            last_resort: AtomicBool::new(false),
            asked: AtomicBool::new(false),
            failures: AtomicUsize::new(0),
            served: AtomicU64::new(0),
            in_flight: AtomicUsize::new(0),
            ejected_until: AtomicU64::new(0),
            born: Instant::now(),
            idle: Mutex::new(Vec::new()),
            limit: Mutex::new(None),
        })
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.target
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Whether it may be sent requests, ejection aside.
    pub(super) fn in_service(&self) -> bool {
        self.is_healthy() && !self.draining.load(Ordering::Relaxed)
    }

    /// Whether it was not left out for being sick.
    pub(super) fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Relaxed)
    }

    /// Takes it back into service; true when it was out.
    pub(super) fn readmit(&self) -> bool {
        self.failures.store(0, Ordering::Relaxed);
        self.ejected_until.store(0, Ordering::Relaxed);
        self.set_last_resort(false);
        !self.healthy.swap(true, Ordering::Relaxed)
    }

    /// Sends it nothing until it is readmitted; true when it was in service.
    pub(super) fn leave_out(&self) -> bool {
        self.set_last_resort(false);
        self.healthy.swap(false, Ordering::Relaxed)
    }

    pub(super) fn set_last_resort(&self, is: bool) {
        self.last_resort.store(is, Ordering::Relaxed);
    }

    /// Whether it may be sent requests when no other may.
    pub(super) fn is_last_resort(&self) -> bool {
        self.last_resort.load(Ordering::Relaxed) && !self.draining.load(Ordering::Relaxed)
    }

    /// Counts a request that got an answer.
    pub(super) fn succeeded(&self) {
        // Most of the time there is nothing to forget, and reading is cheaper than writing.
        if self.failures.load(Ordering::Relaxed) > 0 {
            self.failures.store(0, Ordering::Relaxed);
        }
    }

    /// Counts a request that got none, and says how many in a row did not.
    pub(super) fn failed(&self) -> usize {
        self.failures.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn is_ejected(&self) -> bool {
        match self.ejected_until.load(Ordering::Relaxed) {
            0 => false,
            until => self.age() < until,
        }
    }

    /// Leaves the instance alone for a moment, after it refused a connection.
    pub(super) fn eject(&self) {
        let pause = u64::try_from(EJECTED.as_millis()).unwrap_or(u64::MAX);
        self.ejected_until
            .store(self.age().saturating_add(pause), Ordering::Relaxed);
        self.forget_idle();
    }

    fn age(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn set_capacity(&self, capacity: Option<Capacity>) {
        let limit = capacity.map(|capacity| Limit {
            places: Arc::new(Semaphore::new(capacity.in_flight)),
            floor: capacity.floor,
        });
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner) = limit;
    }

    /// Counts a request in and, if the instance is limited, waits for a place.
    pub(super) async fn enter(self: &Arc<Self>) -> Lease {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let mut lease = Lease {
            backend: Arc::clone(self),
            place: None,
            until: None,
        };
        let limit = self
            .limit
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(limit) = limit {
            lease.place = limit.places.acquire_owned().await.ok();
            lease.until = Some(Instant::now() + limit.floor);
        }
        lease
    }

    /// A connection that can take a request now.
    pub(super) async fn connection(&self) -> io::Result<(Sender, Origin)> {
        while let Some(mut sender) = self.take_idle() {
            if !sender.is_closed() && sender.ready().await.is_ok() {
                return Ok((sender, Origin::Reused));
            }
        }
        let stream = timeout(CONNECT, TcpStream::connect(self.target)).await??;
        let _ = stream.set_nodelay(true);
        let (sender, connection) = http1::Builder::new()
            .handshake(TokioIo::new(stream))
            .await
            .map_err(io::Error::other)?;
        // Its errors reach whoever waits for an answer on it.
        tokio::spawn(async move {
            let _ = connection.await;
        });
        Ok((sender, Origin::Fresh))
    }

    fn take_idle(&self) -> Option<Sender> {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
    }

    /// Keeps a connection whose answer has been read to its end.
    pub(super) fn give_back(&self, sender: Sender) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let retired = self.draining.load(Ordering::Relaxed);
        if idle.len() < IDLE && !retired && !sender.is_closed() {
            idle.push(sender);
        }
    }

    /// Takes it out of service: no new requests, no idle connections.
    pub(super) fn retire(&self) {
        self.draining.store(true, Ordering::Relaxed);
        self.forget_idle();
    }

    /// Closes the idle connections.
    pub(super) fn forget_idle(&self) {
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        drop(idle);
    }
}

/// A request's place at an instance, from when it is sent until its answer has been passed on whole.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) backend: Arc<Backend>,
    place: Option<OwnedSemaphorePermit>,
    until: Option<Instant>,
}

impl Lease {
    /// Waits until the place has been occupied as long as a limit demands.
    pub(super) async fn floor(&self) {
        if let (Some(until), Some(_)) = (self.until, &self.place) {
            tokio::time::sleep_until(until).await;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.backend.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

//! A worker: one connection's share of a load.
//!
//! Workers take the requests in the order in which they are due. One that is idle takes the next, which is not due
//! yet, and waits for its moment; a request is late only when all workers are busy, and then its waiting counts.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::connection::Connection;
use super::figures::{Book, Ending, Figures};
use super::pacer::Pacer;
use super::request::{Mix, Reading};
use super::{Arrivals, Fault, Load};

/// How long requests that were due in time may still be sent after the end.
const GRACE: Duration = Duration::from_secs(1);
/// How long before the first request of an open load its connections are opened, so that it leaves on time.
const AHEAD: Duration = Duration::from_millis(5);
/// The pause of a client whose request failed, in a closed load: a server that is down must not be asked without end.
const PAUSE: Duration = Duration::from_millis(5);

/// What the workers of one load share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) pacer: Arc<Pacer>,
    arrivals: Arrivals,
    connections: usize,
    count: Option<u64>,
    timeout: Duration,
    began: Instant,
    /// From here on requests count.
    pub(super) warm: Instant,
    /// From here on none is due.
    pub(super) end: Instant,
    queue: Mutex<Queue>,
    book: Mutex<Book>,
}

/// What is to be sent.
#[derive(Debug)]
struct Queue {
    /// The number of the next request.
    next: u64,
    /// The first number that counts, once it is known.
    first_counted: Option<u64>,
    mix: Mix,
}

/// A request that a worker has taken.
#[derive(Clone, Copy, Debug)]
struct Taken {
    /// When it is to be sent; at once in a closed load.
    due: Option<Instant>,
    counted: bool,
    target: usize,
    reading: Reading,
}

impl Shared {
    pub(super) fn new(load: &Load, pacer: Arc<Pacer>) -> Self {
        let ahead = match load.arrivals {
            Arrivals::Open(_) => AHEAD,
            Arrivals::Closed => Duration::ZERO,
        };
        let began = Instant::now() + ahead;
        let warm = began + load.warmup;
        Self {
            pacer,
            arrivals: load.arrivals,
            connections: load.connections.max(1),
            count: load.count,
            timeout: load.timeout,
            began,
            warm,
            end: warm + load.lasting,
            queue: Mutex::new(Queue {
                next: 0,
                first_counted: None,
                mix: Mix::new(&load.mix, load.seed),
            }),
            book: Mutex::new(Book::new()),
        }
    }

    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends one request after the other until there are no more.
    pub(super) async fn work(&self) -> io::Result<()> {
        let targets = self.queue().mix.targets().to_vec();
        let mut connections: Vec<Connection> = targets.into_iter().map(Connection::new).collect();
        let mut request = Vec::new();
        while let Some(taken) = self.take(&mut request) {
            let Some(connection) = connections.get_mut(taken.target) else {
                break;
            };
            let began = self.wait(taken, connection).await?;
            let exchange = connection.exchange(&request, taken.reading);
            let result = match tokio::time::timeout(self.timeout, exchange).await {
                Ok(result) => result,
                Err(_) => Err(Fault::TimedOut),
            };
            let ended = Instant::now();
            if taken.counted {
                self.book().ended(Ending {
                    result,
                    took: ended - taken.due.unwrap_or(began),
                    within: ended >= self.warm && ended < self.end,
                    server: connection.server(),
                });
            }
            if result.is_err() && self.arrivals == Arrivals::Closed {
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    /// Waits until a request is due, on an open connection if one can be had. Gives the moment when it is sent.
    async fn wait(&self, taken: Taken, connection: &mut Connection) -> io::Result<Instant> {
        let Some(due) = taken.due else {
            return Ok(Instant::now());
        };
        if Instant::now() < due {
            // Whatever keeps it from being opened is met again when the request is sent.
            let _ = tokio::time::timeout(self.timeout, connection.open()).await;
        }
        if Instant::now() >= due {
            return Ok(Instant::now());
        }
        self.pacer.until(due).await?;
        let now = Instant::now();
        if taken.counted {
            self.book().late(now - due);
        }
        Ok(now)
    }

    /// Takes the next request, writing it into `request`; `None` when there are no more, or it is too late.
    fn take(&self, request: &mut Vec<u8>) -> Option<Taken> {
        let now = Instant::now();
        if now >= self.end + GRACE.min(self.timeout) {
            return None;
        }
        let mut queue = self.queue();
        let index = queue.next;
        let (due, counted) = self.next(&mut queue, now)?;
        let (target, reading) = queue.mix.write(index, request);
        Some(Taken {
            due,
            counted,
            target,
            reading,
        })
    }

    /// When the next request is due, and whether it counts.
    fn next(&self, queue: &mut Queue, now: Instant) -> Option<(Option<Instant>, bool)> {
        let index = queue.next;
        let due = match self.arrivals {
            Arrivals::Open(rate) => Some(self.due(index, rate)),
            Arrivals::Closed => None,
        };
        let at = due.unwrap_or(now);
        let counted = at >= self.warm;
        if at >= self.end {
            return None;
        }
        if counted {
            let first = *queue.first_counted.get_or_insert(index);
            if self.count.is_some_and(|count| index - first >= count) {
                return None;
            }
        }
        queue.next += 1;
        Some((due, counted))
    }

    /// When the request with this number is due.
    fn due(&self, index: u64, rate: u32) -> Instant {
        let nanos = u128::from(index) * 1_000_000_000 / u128::from(rate.max(1));
        self.began + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// Accounts for what could not be sent, and sums up.
    pub(super) fn close(&self, window: Duration, busy: Option<f64>) -> Figures {
        let now = Instant::now();
        if let Arrivals::Open(_) = self.arrivals {
            let mut queue = self.queue();
            while let Some((due, counted)) = self.next(&mut queue, now) {
                if counted {
                    let waited = now.saturating_duration_since(due.unwrap_or(now));
                    self.book().unsent(waited);
                }
            }
        }
        self.book()
            .figures(self.arrivals, self.connections, window, busy)
    }
}

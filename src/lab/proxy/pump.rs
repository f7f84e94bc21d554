//! A pump: carries the bytes of a connection in one direction, and does to them what the faults say.
//!
//! Without a fault it reads into one buffer and writes from it. With one, what is read waits in a queue, each piece
//! until it is due, and leaves it no faster than the line allows. The queue is what keeps the throughput of a slow line:
//! reading goes on while earlier pieces are still on their way.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};

use super::fault::{Direction, Effects, Hole, Quota};
use super::switch::Switch;
use super::timer::Timer;

/// The buffer of a connection that carries little.
const SMALL: usize = 16 * 1024;
/// The buffer of one that fills the small one.
const LARGE: usize = 256 * 1024;
/// The most that is on its way on a line with latency.
const IN_FLIGHT: usize = 32 * 1024 * 1024;
/// How many pieces a second leave a line of limited bandwidth at least.
const PIECES: u64 = 200;
/// How far behind a line may be and catch up; beyond it the receiver, not the timer, was slow.
const CATCH_UP: Duration = Duration::from_millis(50);

/// How a connection ends before both directions have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By a reset.
    Reset,
    /// In order.
    Closed,
}

/// Why carrying paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// The faults may have changed.
    Changed,
    /// This direction has ended.
    Finished,
}

/// How the sender ended its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Fin,
    Reset,
}

/// What was read together.
#[derive(Debug)]
struct Piece {
    due: Instant,
    bytes: Box<[u8]>,
    /// How many of them have been written.
    sent: usize,
}

/// A part of the first piece in the queue, and when it may leave.
#[derive(Clone, Copy, Debug)]
struct Slice {
    bytes: usize,
    leaves: Instant,
}

/// One direction of a connection.
#[derive(Debug)]
pub(super) struct Pump<'a> {
    from: ReadHalf<'a>,
    to: WriteHalf<'a>,
    generator: ChaCha8Rng,
    timer: Timer,
    buffer: Vec<u8>,
    /// The part of the buffer that is neither written nor in the queue.
    unsent: std::ops::Range<usize>,
    queue: VecDeque<Piece>,
    queued: usize,
    slice: Option<Slice>,
    /// When the line is free for the next piece.
    free: Instant,
    /// When the last piece that was read is due.
    last_due: Instant,
    ended: Option<(Instant, Last)>,
    /// Whether the receiver was told that there is no more, while there is.
    lost: bool,
    /// How many bytes have been written while there were faults, which is when they are counted.
    passed: u64,
    /// What had passed when a quota began to count.
    marks: [(u64, u64); 2],
}

impl<'a> Pump<'a> {
    pub(super) fn new(from: ReadHalf<'a>, to: WriteHalf<'a>, generator: ChaCha8Rng) -> Self {
        let now = Instant::now();
        Self {
            from,
            to,
            generator,
            timer: Timer::default(),
            buffer: vec![0; SMALL],
            unsent: 0..0,
            queue: VecDeque::new(),
            queued: 0,
            slice: None,
            free: now,
            last_due: now,
            ended: None,
            lost: false,
            passed: 0,
            marks: [(0, 0); 2],
        }
    }

    /// Carries until this direction has ended.
    pub(super) async fn run(mut self, switch: &Switch, way: Direction) -> Result<(), End> {
        loop {
            let changed = switch.changed();
            let (version, effects) = switch.effects(way);
            let stale = || switch.version() != version;
            tokio::select! {
                biased;
                () = changed => {}
                paused = self.flow(&effects, stale) => {
                    if paused? == Pause::Finished {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Carries under these faults until there are others, or the end is reached. May be dropped and called again.
    pub(super) async fn flow<F: Fn() -> bool>(
        &mut self,
        effects: &Effects,
        stale: F,
    ) -> Result<Pause, End> {
        self.begin(effects);
        if effects.half_close || self.lost {
            return self.lose().await;
        }
        match effects.hole {
            Some(Hole::Endless) => std::future::pending().await,
            Some(Hole::ClosesAfter(after)) => {
                self.timer.until(Instant::now() + after).await;
                Err(End::Closed)
            }
            None if self.plain(effects) => self.copy(stale).await,
            None => self.shape(effects, stale).await,
        }
    }

    /// Whether there is nothing to do but to copy.
    fn plain(&self, effects: &Effects) -> bool {
        *effects == Effects::default() && self.queue.is_empty()
    }

    /// Makes what is on its way fit the faults that have just begun.
    fn begin(&mut self, effects: &Effects) {
        self.slice = None;
        let now = Instant::now();
        // When a latency is lifted, nothing waits for what it was.
        let latest = now + effects.delay + effects.jitter;
        for piece in &mut self.queue {
            piece.due = piece.due.min(latest);
        }
        self.last_due = self.last_due.min(latest);
        let pause = effects.slices.map_or(Duration::ZERO, |(_, pause)| pause);
        self.free = self.free.min(now + pause);
        self.ended = self.ended.map(|(at, last)| (at.min(latest), last));
        if !self.unsent.is_empty() && !self.plain(effects) {
            let due = self.due(effects);
            self.enqueue(due);
        }
        for (mark, quota) in self.marks.iter_mut().zip([effects.cut, effects.limit]) {
            if let Some(quota) = quota.filter(|quota| quota.id != mark.0) {
                *mark = (quota.id, self.passed);
            }
        }
    }

    /// Ends the receiver's stream, and reads the sender's to its end.
    async fn lose(&mut self) -> Result<Pause, End> {
        self.lost = true;
        // A receiver that has gone first need not be told.
        let _ = self.to.shutdown().await;
        while self.from.read(&mut self.buffer).await.map_err(broken)? > 0 {}
        Ok(Pause::Finished)
    }

    /// Carries as fast as it goes.
    async fn copy<F: Fn() -> bool>(&mut self, stale: F) -> Result<Pause, End> {
        loop {
            while !self.unsent.is_empty() {
                let unsent = &self.buffer[self.unsent.clone()];
                let sent = self.to.write(unsent).await.map_err(broken)?;
                self.unsent.start += sent;
            }
            if let Some((_, last)) = self.ended {
                return self.finish(last).await;
            }
            let read = self.from.read(&mut self.buffer).await;
            self.take(&read);
            // A fault that was set before these bytes came concerns them.
            if stale() {
                return Ok(Pause::Changed);
            }
        }
    }

    /// Carries as the faults have it.
    async fn shape<F: Fn() -> bool>(&mut self, effects: &Effects, stale: F) -> Result<Pause, End> {
        let room = room(effects);
        loop {
            let left = self.left(effects)?;
            if self.queue.is_empty() {
                if let Some((due, last)) = self.ended {
                    self.timer.until(due + effects.slow_close).await;
                    return self.finish(last).await;
                }
                if self.plain(effects) {
                    return Ok(Pause::Changed);
                }
            }
            let slice = self.next(effects, left);
            let leaves = slice.map_or(self.last_due, |slice| slice.leaves);
            let space = room.saturating_sub(self.queued).min(self.buffer.len());
            tokio::select! {
                biased;
                () = self.timer.until(leaves), if slice.is_some() => self.deliver(effects).await?,
                read = self.from.read(&mut self.buffer[..space]), if space > 0 && self.ended.is_none() => {
                    self.take(&read);
                    if stale() {
                        return Ok(Pause::Changed);
                    }
                    if !self.unsent.is_empty() {
                        let due = self.due(effects);
                        self.enqueue(due);
                    }
                }
            }
        }
    }

    /// Keeps what was read, or that there is no more.
    fn take(&mut self, read: &io::Result<usize>) {
        match *read {
            Ok(0) => self.ended = Some((self.last_due, Last::Fin)),
            Ok(read) => {
                self.unsent = 0..read;
                if read == SMALL && self.buffer.len() == SMALL {
                    self.buffer.resize(LARGE, 0);
                }
            }
            Err(_) => self.ended = Some((self.last_due, Last::Reset)),
        }
    }

    /// Moves what was read last into the queue.
    fn enqueue(&mut self, due: Instant) {
        let bytes: Box<[u8]> = self.buffer[std::mem::take(&mut self.unsent)].into();
        self.queued += bytes.len();
        let sent = 0;
        self.queue.push_back(Piece { due, bytes, sent });
    }

    /// When what is read now is due: never before what was read earlier.
    fn due(&mut self, effects: &Effects) -> Instant {
        let spread = effects.jitter.as_secs_f64();
        let mut delay = effects.delay;
        if spread > 0.0 {
            let drawn = delay.as_secs_f64() + spread * self.generator.random_range(-1.0..=1.0);
            delay = Duration::try_from_secs_f64(drawn).unwrap_or_default();
        }
        self.last_due = self.last_due.max(Instant::now() + delay);
        self.last_due
    }

    /// How many bytes the faults still let pass.
    fn left(&self, effects: &Effects) -> Result<u64, End> {
        let left = |quota: Option<Quota>, (_, mark): (u64, u64)| {
            quota.map_or(u64::MAX, |q| q.bytes.saturating_sub(self.passed - mark))
        };
        let [cut, limit] = self.marks;
        match (left(effects.cut, cut), left(effects.limit, limit)) {
            (0, _) => Err(End::Reset),
            (_, 0) => Err(End::Closed),
            (cut, limit) => Ok(cut.min(limit)),
        }
    }

    /// The next slice to leave; the same one until it has left.
    fn next(&mut self, effects: &Effects, left: u64) -> Option<Slice> {
        if self.slice.is_none() {
            let piece = self.queue.front()?;
            let mut bytes = piece.bytes.len() - piece.sent;
            bytes = bytes.min(usize::try_from(left).unwrap_or(usize::MAX));
            if let Some((size, _)) = effects.slices {
                bytes = bytes.min(size);
            }
            let mut leaves = self.free.max(piece.due);
            if let Some(rate) = effects.rate {
                bytes = bytes.min(quantum(rate));
                // The last byte of a slice arrives when all of it has passed the line.
                leaves += span(bytes, rate);
            }
            self.slice = Some(Slice { bytes, leaves });
        }
        self.slice
    }

    /// Writes the slice whose time has come. May be dropped and called again.
    async fn deliver(&mut self, effects: &Effects) -> Result<(), End> {
        while let (Some(slice), Some(piece)) = (&mut self.slice, self.queue.front_mut()) {
            let unsent = &piece.bytes[piece.sent..piece.sent + slice.bytes];
            let sent = self.to.write(unsent).await.map_err(broken)?;
            piece.sent += sent;
            slice.bytes -= sent;
            self.queued -= sent;
            self.passed += sent as u64;
            if slice.bytes > 0 {
                continue;
            }
            let now = Instant::now();
            self.free = if now > slice.leaves + CATCH_UP {
                now
            } else {
                slice.leaves
            };
            if let Some((_, pause)) = effects.slices {
                self.free = self.free.max(now + pause);
            }
            if piece.sent == piece.bytes.len() {
                self.queue.pop_front();
            }
            self.slice = None;
        }
        Ok(())
    }

    /// Passes the end of the stream on.
    async fn finish(&mut self, last: Last) -> Result<Pause, End> {
        match last {
            Last::Reset => Err(End::Reset),
            // The receiver may have gone first; then there is nobody to tell.
            Last::Fin => {
                let _ = self.to.shutdown().await;
                Ok(Pause::Finished)
            }
        }
    }
}

/// A socket that fails is gone, and so is the connection.
fn broken(_: io::Error) -> End {
    End::Reset
}

/// How many bytes may wait in the queue. A slow line holds its sender back, as a real one does.
fn room(effects: &Effects) -> usize {
    let Some(rate) = effects.rate else {
        return if effects.delay.is_zero() && effects.jitter.is_zero() {
            LARGE
        } else {
            IN_FLIGHT
        };
    };
    let seconds = (effects.delay + effects.jitter).as_secs_f64() + 0.1;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a rough size, clamped below"
    )]
    let bytes = (rate as f64 * seconds) as usize;
    bytes.clamp(SMALL, IN_FLIGHT)
}

/// How many bytes make a piece on a line of this rate.
fn quantum(rate: u64) -> usize {
    usize::try_from((rate / PIECES).max(1)).unwrap_or(usize::MAX)
}

/// How long bytes take on a line of this rate.
fn span(bytes: usize, rate: u64) -> Duration {
    let nanos = bytes as u128 * 1_000_000_000 / u128::from(rate);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

//! The output of a process: the last part of what it printed, as lines that are safe to show.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::{mpsc, watch};

use crate::base::text::{count, printable_bytes};

/// How much text is kept per process.
const KEPT: usize = 256 * 1024;
/// How much of one line is kept.
const LINE: usize = 2_000;
/// What a line costs beside its text.
const OVERHEAD: usize = 64;
/// How many lines may wait for a subscriber before lines are dropped for it.
const WAITING: usize = 4_096;

/// Where a line was printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// One printed line, already escaped, without its line ending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Time since the process was started.
    pub at: Duration,
    /// Where it was printed.
    pub stream: Stream,
    /// The text; a line of more than 2,000 bytes is cut, and says so at its end.
    pub text: String,
}

/// What a process printed: its last 256 KiB. Clones share one buffer.
#[derive(Clone, Debug)]
pub struct Output {
    shared: Arc<Mutex<Shared>>,
    open: Arc<watch::Sender<usize>>,
}

#[derive(Debug)]
struct Shared {
    began: Instant,
    lines: VecDeque<Line>,
    /// How many lines were dropped from the front; also the index of the first line kept.
    dropped: usize,
    size: usize,
    sinks: Vec<Sink>,
}

#[derive(Debug)]
struct Sink {
    sender: mpsc::Sender<Line>,
    missed: usize,
}

impl Default for Output {
    fn default() -> Self {
        let shared = Shared {
            began: Instant::now(),
            lines: VecDeque::new(),
            dropped: 0,
            size: 0,
            sinks: Vec::new(),
        };
        Self {
            shared: Arc::new(Mutex::new(shared)),
            open: Arc::new(watch::Sender::new(0)),
        }
    }
}

impl Output {
    /// A place in the output, to be given to [`Output::since`].
    #[must_use]
    pub fn mark(&self) -> usize {
        let shared = self.lock();
        shared.dropped + shared.lines.len()
    }

    /// The lines printed since `mark`, as far as they are still kept.
    #[must_use]
    pub fn since(&self, mark: usize) -> Vec<Line> {
        let shared = self.lock();
        let skip = mark.saturating_sub(shared.dropped);
        shared.lines.iter().skip(skip).cloned().collect()
    }

    /// The last `n` lines.
    #[must_use]
    pub fn tail(&self, n: usize) -> Vec<Line> {
        let shared = self.lock();
        let skip = shared.lines.len().saturating_sub(n);
        shared.lines.iter().skip(skip).cloned().collect()
    }

    /// How many lines were printed but are no longer kept.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.lock().dropped
    }

    /// Every line from now on, for showing it live. A reader that falls far behind is told how many lines it missed.
    #[must_use]
    pub fn subscribe(&self) -> mpsc::Receiver<Line> {
        let (sender, receiver) = mpsc::channel(WAITING);
        self.lock().sinks.push(Sink { sender, missed: 0 });
        receiver
    }

    /// The lines so far, and every line from now on; none is missed in between.
    #[must_use]
    pub fn follow(&self) -> (Vec<Line>, mpsc::Receiver<Line>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        let mut shared = self.lock();
        shared.sinks.push(Sink { sender, missed: 0 });
        (shared.lines.iter().cloned().collect(), receiver)
    }

    /// Waits until the process and all that inherited its output have closed it, at most `within`. What a process
    /// printed last arrives after the news of its exit, so whoever wants its last words waits here first.
    pub async fn closed(&self, within: Duration) {
        let mut open = self.open.subscribe();
        let closed = open.wait_for(|open| *open == 0);
        // Running out of time is an answer too: a grandchild may hold the pipe for ever.
        let _ = tokio::time::timeout(within, closed).await;
    }

    /// Reads `from` to its end on a task of its own.
    pub(crate) fn read<R>(&self, stream: Stream, from: R)
    where
        R: AsyncRead + Unpin + Send + 'static,
    {
        self.open.send_modify(|open| *open += 1);
        let output = self.clone();
        tokio::spawn(async move {
            output.drain(stream, from).await;
            output.open.send_modify(|open| *open -= 1);
        });
    }

    async fn drain<R: AsyncRead + Unpin>(&self, stream: Stream, mut from: R) {
        let mut buffer = vec![0; 16 * 1024];
        let mut line = Partial::default();
        while let Ok(n @ 1..) = from.read(&mut buffer).await {
            for piece in buffer[..n].split_inclusive(|b| *b == b'\n') {
                if let Some(text) = piece.strip_suffix(b"\n") {
                    line.add(text);
                    self.push(stream, line.take());
                } else {
                    line.add(piece);
                }
            }
        }
        if line.length > 0 {
            self.push(stream, line.take());
        }
    }

    fn push(&self, stream: Stream, text: String) {
        let mut shared = self.lock();
        let line = Line {
            at: shared.began.elapsed(),
            stream,
            text,
        };
        shared.sinks.retain_mut(|sink| sink.send(&line));
        shared.size += line.text.len() + OVERHEAD;
        shared.lines.push_back(line);
        while shared.size > KEPT {
            let Some(first) = shared.lines.pop_front() else {
                break;
            };
            shared.size -= first.text.len() + OVERHEAD;
            shared.dropped += 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink {
    /// Hands the line on; false when nobody listens any more.
    fn send(&mut self, line: &Line) -> bool {
        if self.missed > 0 {
            let notice = Line {
                text: format!("[{} not shown]", count(self.missed, "line")),
                ..line.clone()
            };
            if self.sender.try_send(notice).is_ok() {
                self.missed = 0;
            }
        }
        match self.sender.try_send(line.clone()) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.missed += 1;
                true
            }
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }
}

/// A line whose end has not come yet: its first bytes, and how many there were in all.
#[derive(Default)]
struct Partial {
    kept: Vec<u8>,
    length: usize,
}

impl Partial {
    fn add(&mut self, bytes: &[u8]) {
        let room = LINE.saturating_sub(self.kept.len()).min(bytes.len());
        self.kept.extend_from_slice(&bytes[..room]);
        self.length += bytes.len();
    }

    fn take(&mut self) -> String {
        let cut = self.length - self.kept.len();
        let whole = self.kept.strip_suffix(b"\r").unwrap_or(&self.kept);
        let mut text = printable_bytes(whole);
        if cut > 0 {
            text.push_str(" [line cut here: ");
            text.push_str(&count(cut, "more byte"));
            text.push(']');
        }
        self.kept.clear();
        self.length = 0;
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn output_of(bytes: &[u8]) -> Output {
        let output = Output::default();
        output.drain(Stream::Stdout, bytes).await;
        output
    }

    fn texts(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[tokio::test]
    async fn lines_are_escaped_and_the_last_needs_no_ending() {
        let output = output_of(b"one\r\n\x1b[31mtwo\xff\nthree").await;
        assert_eq!(
            texts(&output.tail(9)),
            ["one", "\\x1b[31mtwo\\xff", "three"]
        );
        assert_eq!(texts(&output.tail(1)), ["three"]);
    }

    #[tokio::test]
    async fn a_mark_separates_before_from_after() {
        let output = output_of(b"before\n").await;
        let mark = output.mark();
        output.drain(Stream::Stderr, &b"after\n"[..]).await;
        let since = output.since(mark);
        assert_eq!(texts(&since), ["after"]);
        assert_eq!(since[0].stream, Stream::Stderr);
    }

    #[tokio::test]
    async fn a_long_line_is_cut_and_says_so() {
        let output = output_of(&[vec![b'x'; 5_000], vec![b'\n']].concat()).await;
        let text = &output.tail(1)[0].text;
        assert!(text.ends_with("x [line cut here: 3000 more bytes]"));
        assert!(text.len() < 2_100);
    }

    #[tokio::test]
    async fn endless_output_costs_no_memory() {
        let output = Output::default();
        let endless = tokio::io::repeat(b'y').take(20_000_000);
        output.drain(Stream::Stdout, endless).await;
        let many = b"a line of text\n".repeat(100_000);
        output.drain(Stream::Stdout, &many[..]).await;
        let kept = output.since(0);
        assert!(kept.len() * (14 + OVERHEAD) <= KEPT);
        assert_eq!(output.mark(), 100_001);
        assert_eq!(output.dropped(), 100_001 - kept.len());
    }

    #[tokio::test]
    async fn a_slow_subscriber_hears_what_it_missed() {
        let output = Output::default();
        let mut lines = output.subscribe();
        let many = b"x\n".repeat(WAITING + 10);
        output.drain(Stream::Stdout, &many[..]).await;
        for _ in 0..WAITING {
            assert_eq!(lines.recv().await.unwrap().text, "x");
        }
        output.drain(Stream::Stdout, &b"last\n"[..]).await;
        assert_eq!(lines.recv().await.unwrap().text, "[10 lines not shown]");
        assert_eq!(lines.recv().await.unwrap().text, "last");
    }
}

//! An instance: one running copy of the server under test, on a port of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::diagnosis::{LAST_LINES, diagnose, elsewhere, taken};
use super::guard::Guard;
use super::memory::resident;
use super::not_ready::{NotReady, Start};
use super::output::{Line, Output};
use super::probe::{Answer, answers, probe};
use super::process::{Exit, Launch, Process, Signal, Stopped};
use super::timeline::{Recorder, What};

/// How long the last output of an ended process is waited for.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// How long a server may go on saying that it has no such route before that is taken for its last word.
const NO_ROUTE: Duration = Duration::from_secs(3);
/// How long a killed server's port may go on answering.
const PORT_RELEASE: Duration = Duration::from_secs(5);

/// What to start, and how to tell that it is ready.
#[derive(Clone, Debug)]
pub struct InstanceSpec {
    /// Its name in the check file and in the timeline.
    pub name: String,
    /// What to start.
    pub launch: Launch,
    /// The port of 127.0.0.1 it is expected on.
    pub port: u16,
    /// The path that answers 2xx once it is ready.
    pub ready_path: String,
    /// How long it may take to become ready.
    pub ready_within: Duration,
}

/// A server that was ready once. Dropping it ends its process group.
#[derive(Debug)]
pub struct Instance {
    spec: InstanceSpec,
    guard: Guard,
    recorder: Recorder,
    process: Process,
    /// The memory of its group when it was ready, where that can be read.
    when_ready: Option<u64>,
    /// Whether its end was brought about by us, and so is already in the timeline.
    ending: Arc<AtomicBool>,
}

/// What became of a server that was expected to end by itself.
#[derive(Clone, Debug)]
pub struct Ended {
    /// How it ended; `None` if it still ran when its time was up, and was killed.
    pub exit: Option<Exit>,
    /// Whether it accepted connections on its port at any time.
    pub listened: bool,
    /// What it printed.
    pub output: Vec<Line>,
    /// How long it ran.
    pub after: Duration,
}

impl Instance {
    /// Starts the server and waits until it is ready. A server that does not become ready is killed.
    ///
    /// # Errors
    /// Says why it is not ready.
    pub async fn start(
        spec: InstanceSpec,
        guard: &Guard,
        recorder: &Recorder,
    ) -> Result<Self, NotReady> {
        refuse_taken(spec.port).await?;
        let process = launch(&spec, guard, recorder, Start::First).await?;
        note(recorder, &spec.name, "started");
        let ending = watch(&process, &spec.name, recorder);
        Ok(Self {
            spec,
            guard: guard.clone(),
            recorder: recorder.clone(),
            when_ready: resident(process.id()),
            process,
            ending,
        })
    }

    /// Starts a server that is expected to end by itself, such as one that refuses to start without a secret, and
    /// waits for that, at most `within`.
    ///
    /// # Errors
    /// When its command cannot be started or its port is taken.
    pub async fn run_to_end(
        spec: &InstanceSpec,
        within: Duration,
        guard: &Guard,
        recorder: &Recorder,
    ) -> Result<Ended, NotReady> {
        refuse_taken(spec.port).await?;
        let process = Process::spawn(&spec.launch, guard)?;
        let began = Instant::now();
        let mut listened = false;
        let exit = loop {
            listened = listened || answers(spec.port).await;
            let pause = sleep(Duration::from_millis(20));
            tokio::select! {
                exit = process.exited() => break Some(exit),
                () = pause => {}
            }
            if began.elapsed() >= within {
                break process.try_exit();
            }
        };
        let after = began.elapsed();
        // A child that goes on serving after the command itself has ended counts as listening.
        listened = listened || answers(spec.port).await;
        process.kill().await;
        process.output().closed(LAST_WORDS).await;
        match exit {
            Some(exit) => note(recorder, &spec.name, &exit.sentence()),
            None => note(recorder, &spec.name, "did not end, kill -9"),
        }
        Ok(Ended {
            exit,
            listened,
            output: process.output().since(0),
            after,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.spec.port
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.spec.port)
    }

    /// What it was started from.
    #[must_use]
    pub fn spec(&self) -> &InstanceSpec {
        &self.spec
    }

    /// Whether its command still runs.
    #[must_use]
    pub fn running(&self) -> bool {
        self.process.try_exit().is_none()
    }

    /// What it has printed since it was last started.
    #[must_use]
    pub fn output(&self) -> &Output {
        self.process.output()
    }

    /// Its process, for signals.
    #[must_use]
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// The memory that its group held when it was ready, in bytes, where that can be read.
    #[must_use]
    pub fn resident_when_ready(&self) -> Option<u64> {
        self.when_ready
    }

    /// The memory that its group holds now, in bytes, where that can be read.
    #[must_use]
    pub fn resident(&self) -> Option<u64> {
        resident(self.process.id())
    }

    /// Kills it with SIGKILL; when this returns, nothing of its group is left.
    pub async fn kill(&self) -> Exit {
        self.ending.store(true, Ordering::Relaxed);
        self.note("kill -9");
        self.process.kill().await
    }

    /// Asks it to end with SIGTERM, and kills it after `grace`.
    pub async fn stop(&self, grace: Duration) -> (Exit, Stopped) {
        self.ending.store(true, Ordering::Relaxed);
        self.note("SIGTERM");
        let (exit, stopped) = self.process.stop(grace).await;
        match stopped {
            Stopped::InTime => self.note(&exit.sentence()),
            Stopped::Killed => self.note("kill -9, because SIGTERM did not end it"),
        }
        (exit, stopped)
    }

    /// Freezes it (SIGSTOP): it keeps its connections and answers nothing.
    pub fn pause(&self) {
        self.process.signal(Signal::Stop);
        self.note("paused");
    }

    /// Lets it go on after [`Instance::pause`].
    pub fn resume(&self) {
        self.process.signal(Signal::Continue);
        self.note("resumed");
    }

    /// Starts it again on the same port, killing it first if it still runs.
    ///
    /// # Errors
    /// Says why it is not ready; the instance is then not running.
    pub async fn restart(&mut self) -> Result<(), NotReady> {
        if self.running() {
            self.kill().await;
        } else {
            self.process.kill().await;
        }
        released(self.spec.port).await?;
        self.process = launch(&self.spec, &self.guard, &self.recorder, Start::Again).await?;
        self.note("restarted");
        self.when_ready = resident(self.process.id());
        self.ending = watch(&self.process, &self.spec.name, &self.recorder);
        Ok(())
    }

    fn note(&self, label: &str) {
        note(&self.recorder, &self.spec.name, label);
    }
}

fn note(recorder: &Recorder, on: &str, label: &str) {
    recorder.record(What::Note {
        on: on.to_owned(),
        label: label.to_owned(),
    });
}

/// Records the end of the process, should it end by itself.
fn watch(process: &Process, name: &str, recorder: &Recorder) -> Arc<AtomicBool> {
    let ending = Arc::new(AtomicBool::new(false));
    let (expected, exit) = (Arc::clone(&ending), process.exit());
    let (name, recorder) = (name.to_owned(), recorder.clone());
    tokio::spawn(async move {
        if let Some(exit) = exit.await
            && !expected.load(Ordering::Relaxed)
        {
            note(&recorder, &name, &exit.sentence());
        }
    });
    ending
}

/// Starts the process and waits until it is ready; if it is not, kills it and says why.
async fn launch(
    spec: &InstanceSpec,
    guard: &Guard,
    recorder: &Recorder,
    start: Start,
) -> Result<Process, NotReady> {
    let process = Process::spawn(&spec.launch, guard)?;
    let began = Instant::now();
    let deadline = began + spec.ready_within;
    let error = tokio::select! {
        last = poll(spec, deadline) => match last {
            None => return Ok(process),
            Some(last) => diagnose(spec, &process, last).await,
        },
        found = elsewhere(spec, &process) => found,
        exit = process.exited() => {
            process.output().closed(LAST_WORDS).await;
            note(recorder, &spec.name, &exit.sentence());
            NotReady::Exited {
                exit,
                after: began.elapsed(),
                output: process.output().tail(LAST_LINES),
                port: spec.port,
                start,
            }
        }
    };
    process.kill().await;
    Err(error)
}

/// Asks until the answer is 2xx (`None`), or the deadline is over or there is no such route (the last answer). The
/// first pauses are short, so that a fast server costs little time; a slow one is asked ten times a second.
async fn poll(spec: &InstanceSpec, deadline: Instant) -> Option<Answer> {
    let patience = (spec.ready_within / 3).max(Duration::from_secs(1));
    let mut pause = Duration::from_millis(5);
    let mut told = None;
    let mut routed = Instant::now();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let answer = probe(spec.port, &spec.ready_path, patience.min(left)).await;
        if matches!(answer, Answer::Status { code, .. } if (200..300).contains(&code)) {
            return None;
        }
        if !matches!(
            answer,
            Answer::Status {
                code: 404 | 405 | 501,
                ..
            }
        ) {
            routed = Instant::now();
        } else if routed.elapsed() >= NO_ROUTE {
            return Some(answer);
        }
        // A probe that the deadline cut short says less than the one before it.
        let hurried = left < patience && matches!(answer, Answer::Silent { .. });
        if !hurried || told.is_none() {
            told = Some(answer);
        }
        if Instant::now() + pause >= deadline {
            return told;
        }
        let next = pause.max(Duration::from_millis(10));
        sleep(next).await;
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}

async fn refuse_taken(port: u16) -> Result<(), NotReady> {
    if answers(port).await {
        return Err(taken(port).await);
    }
    Ok(())
}

/// Waits until connecting is refused: the queue of a dying listener may accept for a moment longer.
async fn released(port: u16) -> Result<(), NotReady> {
    let deadline = Instant::now() + PORT_RELEASE;
    while answers(port).await {
        if Instant::now() >= deadline {
            return Err(taken(port).await);
        }
        sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests;

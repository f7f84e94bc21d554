//! A process: one launched command and everything it starts, as one process group that is ended as a whole.
//!
//! `npm start`, `sh -c` and many development servers run the real server as a grandchild, which outlives its parent.
//! Signals therefore go to the group, and a process counts as gone only when nothing of its group is left.

use std::fmt;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::killpg;
use nix::unistd::Pid;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::sleep;

use super::descendant;
use super::guard::Guard;
use super::launch::explain;
pub use super::launch::{Launch, SpawnError};
use super::output::{Output, Stream};

/// How long a group may take to vanish after SIGKILL before the wait is given up.
const VANISH: Duration = Duration::from_secs(10);

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// Through this signal.
    Signal(i32),
}

impl From<ExitStatus> for Exit {
    fn from(status: ExitStatus) -> Self {
        use std::os::unix::process::ExitStatusExt as _;
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Code(code),
            (None, signal) => Self::Signal(signal.unwrap_or_default()),
        }
    }
}

impl Exit {
    /// As a sentence without its subject: `exited with code 1`, `ended by signal 9 (KILL)`.
    #[must_use]
    pub fn sentence(self) -> String {
        match self {
            Self::Code(code) => format!("exited with code {code}"),
            Self::Signal(_) => format!("ended by {self}"),
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(number) => match nix::sys::signal::Signal::try_from(*number) {
                Ok(signal) => {
                    let name = signal.as_str();
                    let short = name.strip_prefix("SIG").unwrap_or(name);
                    write!(f, "signal {number} ({short})")
                }
                Err(_) => write!(f, "signal {number}"),
            },
        }
    }
}

/// A signal to a whole group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM: please end.
    Term,
    /// SIGQUIT: to PostgreSQL, end now and leave nothing behind.
    Quit,
    /// SIGKILL: end now.
    Kill,
    /// SIGSTOP: freeze.
    Stop,
    /// SIGCONT: go on.
    Continue,
}

impl From<Signal> for nix::sys::signal::Signal {
    fn from(signal: Signal) -> Self {
        match signal {
            Signal::Term => Self::SIGTERM,
            Signal::Quit => Self::SIGQUIT,
            Signal::Kill => Self::SIGKILL,
            Signal::Stop => Self::SIGSTOP,
            Signal::Continue => Self::SIGCONT,
        }
    }
}

/// Whether a process heeded SIGTERM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// All of its group ended within the grace period.
    InTime,
    /// Something of its group had to be killed.
    Killed,
}

/// A running command, and its group. Dropping it kills the group.
#[derive(Debug)]
pub struct Process {
    group: Pid,
    id: u32,
    mark: String,
    exit: watch::Receiver<Option<Exit>>,
    output: Output,
    guard: Guard,
    /// Whether nothing of the group is left; its number may belong to others from then on.
    gone: Arc<AtomicBool>,
    /// Whether all that must be done about its end has been done.
    released: AtomicBool,
}

impl Process {
    /// Starts the command in a group of its own, with no input.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn spawn(launch: &Launch, guard: &Guard) -> Result<Self, SpawnError> {
        let (program, arguments) = launch.command.split_first().ok_or(SpawnError::Other {
            command: String::new(),
            reason: "the command is empty; say how to start the server".into(),
        })?;
        descendant::adopt_orphans();
        let mark = descendant::new_mark();
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&launch.folder)
            .envs(launch.env.iter().map(|(name, value)| (name, value)))
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for name in &launch.unset {
            command.env_remove(name);
        }
        if let Some((user, group)) = launch.account {
            command.uid(user).gid(group);
        }
        command.env(descendant::MARK, &mark);
        let mut child = command
            .spawn()
            .map_err(|error| explain(launch, program, &error))?;
        // Only a child that has been waited for has no id. Group 0 would be our own, so there is no default.
        let number = child
            .id()
            .and_then(|id| Some((id, i32::try_from(id).ok()?)));
        let Some((id, group)) = number else {
            return Err(SpawnError::Other {
                command: program.clone(),
                reason: "it has no process id; try again".into(),
            });
        };
        guard.add_group(id);
        let output = Output::default();
        if let Some(pipe) = child.stdout.take() {
            output.read(Stream::Stdout, pipe);
        }
        if let Some(pipe) = child.stderr.take() {
            output.read(Stream::Stderr, pipe);
        }
        let group = Pid::from_raw(group);
        let gone = Arc::new(AtomicBool::new(false));
        Ok(Self {
            group,
            id,
            mark,
            exit: watch_exit(child, group, Arc::clone(&gone)),
            output,
            guard: guard.clone(),
            gone,
            released: AtomicBool::new(false),
        })
    }

    /// The process id of the command, which is also its group's.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// How the command ended, if it has.
    #[must_use]
    pub fn try_exit(&self) -> Option<Exit> {
        *self.exit.borrow()
    }

    /// Waits until the command has ended.
    pub async fn exited(&self) -> Exit {
        // The task that waits for the child only goes away with the runtime.
        self.exit().await.unwrap_or(Exit::Signal(0))
    }

    /// How the command will end, for a task that outlives the borrow of this process. `None` when the runtime ends
    /// first.
    pub fn exit(&self) -> impl Future<Output = Option<Exit>> + Send + use<> {
        let mut exit = self.exit.clone();
        async move {
            exit.wait_for(Option::is_some)
                .await
                .ok()
                .and_then(|exit| *exit)
        }
    }

    /// Sends the signal to the whole group. To a group that is gone, nothing happens.
    pub fn signal(&self, signal: Signal) {
        if !self.gone.load(Ordering::Relaxed) {
            // Having ended in the meantime is the only way this can fail for our own children.
            let _ = killpg(self.group, nix::sys::signal::Signal::from(signal));
        }
    }

    /// Kills the group and waits until its leader has been reaped and nothing of the group is left.
    pub async fn kill(&self) -> Exit {
        self.signal(Signal::Kill);
        let exit = self.exited().await;
        self.vanish(VANISH).await;
        self.release();
        exit
    }

    /// Sends SIGTERM to the group, and kills what is left of it after `grace`.
    pub async fn stop(&self, grace: Duration) -> (Exit, Stopped) {
        let began = Instant::now();
        self.signal(Signal::Term);
        // A frozen process hears SIGTERM only once it goes on.
        self.signal(Signal::Continue);
        let ended = tokio::time::timeout(grace, self.exited()).await;
        if let Ok(exit) = ended
            && self.vanish(grace.saturating_sub(began.elapsed())).await
        {
            self.release();
            return (exit, Stopped::InTime);
        }
        (self.kill().await, Stopped::Killed)
    }

    /// What it has printed.
    #[must_use]
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// Whether the process `pid` is this one or was started by it.
    #[must_use]
    pub fn owns(&self, pid: u32) -> bool {
        descendant::belongs(pid, self.group, &self.mark)
    }

    /// Waits, after the leader was reaped, until nothing of the group is left; false when that takes too long.
    async fn vanish(&self, within: Duration) -> bool {
        let began = Instant::now();
        let mut pause = Duration::from_millis(1);
        while !self.gone.load(Ordering::Relaxed) {
            descendant::reap(self.group);
            if !descendant::group_exists(self.group) {
                self.gone.store(true, Ordering::Relaxed);
                break;
            }
            if began.elapsed() >= within {
                return false;
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(20));
        }
        true
    }

    /// Ends what left the group, and tells the guard when nothing is left to do.
    fn release(&self) {
        if self.released.load(Ordering::Relaxed) {
            return;
        }
        descendant::sweep(|pid, mark| pid != self.id && mark == self.mark);
        if self.gone.load(Ordering::Relaxed) {
            self.guard.remove_group(self.id);
            self.released.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::Kill);
        self.release();
    }
}

/// Waits for the child on a task of its own, so that any number of others can ask how it ended.
fn watch_exit(
    mut child: Child,
    group: Pid,
    gone: Arc<AtomicBool>,
) -> watch::Receiver<Option<Exit>> {
    let (sender, receiver) = watch::channel(None);
    tokio::spawn(async move {
        // Waiting fails only when someone else has reaped the child, which happens when it is killed on the way out.
        let exit = child.wait().await.map_or(Exit::Signal(9), Exit::from);
        if !descendant::group_exists(group) {
            gone.store(true, Ordering::Relaxed);
        }
        // Nobody may be listening any more.
        let _ = sender.send(Some(exit));
    });
    receiver
}

//! Not ready: why a server did not answer its ready path, with the facts, the likely cause and what to do.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use super::output::Line;
use super::process::{Exit, SpawnError};
use crate::base::mask::Mask;
use crate::base::text::{count, printable_bytes};

/// Why an instance is not ready.
#[derive(Debug)]
pub enum NotReady {
    /// There is no such command.
    CommandNotFound {
        /// The program's name.
        command: String,
    },
    /// The command could not be started for another reason.
    NotStarted(SpawnError),
    /// The process ended before it was ready.
    Exited {
        /// How it ended.
        exit: Exit,
        /// How long after the start.
        after: Duration,
        /// Its last 20 lines.
        output: Vec<Line>,
        /// The port it was to listen on.
        port: u16,
        /// Whether this was a start on a port that an earlier process of the same instance had used.
        start: Start,
    },
    /// The process listens, but on another port.
    OtherPort {
        /// The port it was told.
        port: u16,
        /// The ports it listens on.
        ports: Vec<u16>,
    },
    /// The process listens on the right port of an address that 127.0.0.1 does not reach.
    OtherAddress {
        /// The port.
        port: u16,
        /// Where it listens.
        addresses: Vec<SocketAddr>,
    },
    /// It answers the ready path with something other than 2xx.
    Unhealthy {
        /// The port.
        port: u16,
        /// The ready path.
        path: String,
        /// The last status code.
        status: u16,
        /// The start of the last body, escaped.
        body: String,
    },
    /// It answers with something that is not HTTP.
    NotHttp {
        /// The port.
        port: u16,
        /// The first bytes of the answer.
        bytes: Vec<u8>,
    },
    /// It accepts connections and does not answer them.
    Silent {
        /// The port.
        port: u16,
        /// The ready path.
        path: String,
        /// How long it was given.
        within: Duration,
        /// How many bytes of an answer came; none, unless it drips.
        received: usize,
    },
    /// It accepts connections and closes them without an answer.
    Closed {
        /// The port.
        port: u16,
        /// The ready path.
        path: String,
    },
    /// It runs and does not listen anywhere.
    NeverListened {
        /// The port.
        port: u16,
        /// How long it was given.
        within: Duration,
        /// Its last 20 lines.
        output: Vec<Line>,
    },
    /// Something else already listens on the port.
    PortTaken {
        /// The port.
        port: u16,
        /// Who, as far as the system tells: pid and program.
        holder: Option<(u32, String)>,
    },
}

/// Whether an instance is started for the first time or again on the port it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The first time.
    First,
    /// Again.
    Again,
}

impl From<SpawnError> for NotReady {
    fn from(error: SpawnError) -> Self {
        match error {
            SpawnError::CommandNotFound { command } => Self::CommandNotFound { command },
            other => Self::NotStarted(other),
        }
    }
}

impl std::error::Error for NotReady {}

impl NotReady {
    /// How long the server was given, when only the time that it took speaks against it.
    #[must_use]
    pub fn within(&self) -> Option<Duration> {
        match self {
            Self::Silent { within, .. } | Self::NeverListened { within, .. } => Some(*within),
            _ => None,
        }
    }

    /// The lines that the server printed last, where they help to find the cause.
    #[must_use]
    pub fn output(&self) -> &[Line] {
        match self {
            Self::Exited { output, .. } | Self::NeverListened { output, .. } => output,
            _ => &[],
        }
    }

    /// The sentence, and below it the lines that the server printed last.
    #[must_use]
    pub fn report(&self) -> String {
        let mut text = self.to_string();
        if !self.output().is_empty() {
            text.push(':');
        }
        for line in self.output() {
            // What a server prints must never begin a line of ours.
            text.push_str("\n  | ");
            text.push_str(&line.text);
        }
        text
    }

    /// The same, with every secret in what the server said replaced.
    #[must_use]
    pub fn masked(mut self, mask: &Mask) -> Self {
        match &mut self {
            Self::Exited { output, .. } | Self::NeverListened { output, .. } => {
                for line in output {
                    line.text = mask.apply(&line.text);
                }
            }
            Self::Unhealthy { body, .. } => *body = mask.apply(body),
            Self::NotHttp { bytes, .. } => {
                let shown = mask.apply(&String::from_utf8_lossy(bytes));
                if shown.as_bytes() != bytes.as_slice() && std::str::from_utf8(bytes).is_ok() {
                    *bytes = shown.into_bytes();
                }
            }
            _ => {}
        }
        self
    }
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandNotFound { command } => {
                let command = command.clone();
                write!(f, "{}", SpawnError::CommandNotFound { command })
            }
            Self::NotStarted(error) => write!(f, "{error}"),
            Self::Exited { .. } => self.exited(f),
            Self::OtherPort { port, ports } => write!(
                f,
                "the server listens on port {} instead of {port}; make it listen on the port in \
                 the environment variable `PORT`",
                list(ports)
            ),
            Self::OtherAddress { port, addresses } => write!(
                f,
                "the server listens only on {}, which 127.0.0.1:{port} does not reach; make it \
                 listen on 127.0.0.1",
                list(addresses)
            ),
            Self::Unhealthy {
                port,
                path,
                status,
                body,
            } => unhealthy(f, *port, path, *status, body),
            Self::NotHttp { port, bytes } => write!(
                f,
                "the server on port {port} does not answer in HTTP: its answer begins with \
                 `{}`; check that it speaks plain HTTP/1.1 on this port, without TLS",
                printable_bytes(bytes)
            ),
            Self::Silent {
                port,
                path,
                within,
                received,
            } => silent(f, *port, path, *within, *received),
            Self::Closed { port, path } => write!(
                f,
                "the server on port {port} closes the connection without answering GET {path}; \
                 its handler probably fails: look at what the server prints"
            ),
            Self::NeverListened { port, within, .. } => write!(
                f,
                "the server runs, but listened on no port within {}; make it listen on \
                 127.0.0.1:{port} (environment variable `PORT`), and look at what it waits for",
                seconds(*within)
            ),
            Self::PortTaken { port, holder } => taken(f, *port, holder.as_ref()),
        }
    }
}

impl NotReady {
    fn exited(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Exited {
            exit,
            after,
            output,
            port,
            start,
        } = self
        else {
            return Ok(());
        };
        write!(
            f,
            "the server ended with {exit} after {}, before it was ready; ",
            seconds(*after)
        )?;
        if output.is_empty() {
            return f.write_str("it printed nothing: start it by hand and see why it ends");
        }
        if !is_address_in_use(output) {
            return f.write_str("what it printed last says why");
        }
        match start {
            Start::First => write!(
                f,
                "it says that the address is in use: it probably ignores the environment \
                 variable `PORT`, which is {port}"
            ),
            Start::Again => write!(
                f,
                "it says that port {port} is still in use, because connections of the ended \
                 process linger there; set SO_REUSEADDR before binding, as most servers do"
            ),
        }
    }
}

fn unhealthy(
    f: &mut fmt::Formatter<'_>,
    port: u16,
    path: &str,
    status: u16,
    body: &str,
) -> fmt::Result {
    write!(
        f,
        "the server listens on port {port}, but GET {path} answers {status}"
    )?;
    if !body.is_empty() {
        write!(f, " (`{body}`)")?;
    }
    write!(f, "; {}", remedy(status, path))
}

fn taken(f: &mut fmt::Formatter<'_>, port: u16, holder: Option<&(u32, String)>) -> fmt::Result {
    match holder {
        Some((pid, name)) => write!(
            f,
            "port {port} is taken by process {pid} (`{name}`); end that process, or use another \
             port"
        ),
        None => write!(
            f,
            "port {port} is taken by another program; end it, or use another port"
        ),
    }
}

fn silent(
    f: &mut fmt::Formatter<'_>,
    port: u16,
    path: &str,
    within: Duration,
    received: usize,
) -> fmt::Result {
    let time = seconds(within);
    if received == 0 {
        write!(
            f,
            "the server accepts connections on 127.0.0.1:{port} but does not answer GET {path} \
             within {time}; something blocks it: look for a handler that never ends its answer"
        )
    } else {
        write!(
            f,
            "the server begins to answer GET {path} on 127.0.0.1:{port}, but {} in {time} are \
             no complete head; end it with an empty line",
            count(received, "byte")
        )
    }
}

/// What to do about a status.
fn remedy(status: u16, path: &str) -> String {
    match status {
        300..=399 => format!("answer GET {path} itself with 200 instead of redirecting"),
        401 | 403 => format!("let everyone ask GET {path}, without a login"),
        404 | 405 => format!("add a route for GET {path} that answers 200"),
        503 => format!(
            "answer 200 to GET {path} as soon as the server can serve; it may be waiting for \
             something that does not come"
        ),
        500.. => "look at what the server prints: its handler fails".into(),
        _ => format!("answer GET {path} with 200"),
    }
}

/// Whether the output says, in the words of any common runtime, that the address is in use.
fn is_address_in_use(output: &[Line]) -> bool {
    output.iter().any(|line| {
        let text = line.text.to_lowercase();
        text.contains("eaddrinuse")
            || text.contains("address already in use")
            || text.contains("address in use")
    })
}

/// A time for people: `300 ms`, `1.5 s`.
fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.1} s", time.as_secs_f64()).replace(".0 s", " s")
    }
}

fn list<T: fmt::Display>(items: &[T]) -> String {
    let words: Vec<String> = items.iter().map(T::to_string).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::output::Stream;

    #[test]
    fn a_missing_route_is_named_with_its_remedy() {
        let error = NotReady::Unhealthy {
            port: 4001,
            path: "/healthz".into(),
            status: 404,
            body: "Cannot GET /healthz".into(),
        };
        assert_eq!(
            error.to_string(),
            "the server listens on port 4001, but GET /healthz answers 404 (`Cannot GET \
             /healthz`); add a route for GET /healthz that answers 200"
        );
    }

    #[test]
    fn an_address_in_use_after_a_restart_names_the_socket_option() {
        let line = Line {
            at: Duration::ZERO,
            stream: Stream::Stderr,
            text: "OSError: [Errno 98] Address already in use".into(),
        };
        let error = |start| NotReady::Exited {
            exit: Exit::Code(1),
            after: Duration::from_millis(80),
            output: vec![line.clone()],
            port: 4001,
            start,
        };
        assert!(error(Start::Again).to_string().contains("SO_REUSEADDR"));
        assert!(!error(Start::First).to_string().contains("SO_REUSEADDR"));
        assert!(error(Start::First).to_string().contains("`PORT`"));
    }

    #[test]
    fn the_report_ends_with_the_last_lines_and_shows_no_secret() {
        let line = |text: &str| Line {
            at: Duration::ZERO,
            stream: Stream::Stderr,
            text: text.into(),
        };
        let error = NotReady::Exited {
            exit: Exit::Code(1),
            after: Duration::from_millis(80),
            output: vec![line("secret is s3cr3t"), line("::error::no")],
            port: 4001,
            start: Start::First,
        };
        let mut mask = Mask::default();
        mask.hide("jwt", "s3cr3t");
        assert_eq!(
            error.masked(&mask).report(),
            "the server ended with exit code 1 after 80 ms, before it was ready; what it printed \
             last says why:\n  | secret is $JWT\n  | ::error::no"
        );
    }

    #[test]
    fn the_holder_of_a_taken_port_is_named() {
        let error = NotReady::PortTaken {
            port: 80,
            holder: Some((7, "nginx".into())),
        };
        assert_eq!(
            error.to_string(),
            "port 80 is taken by process 7 (`nginx`); end that process, or use another port"
        );
    }
}

//! Facts about instances, with real processes: small servers written in Python or shell.

use std::net::TcpListener;

use super::*;
use crate::lab::port::{free_port, loopback};

/// A server that answers every request with `head` on `PORT`, after running `before`.
const SERVER: &str = r#"
import os, socket, sys, threading
def serve(address, answer, family=socket.AF_INET):
    s = socket.socket(family)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(address)
    s.listen(64)
    while True:
        c, _ = s.accept()
        threading.Thread(target=answer, args=(c,), daemon=True).start()
def fixed(text):
    def answer(c):
        c.recv(4096)
        c.sendall(text.encode())
        c.close()
    return answer
port = int(os.environ["PORT"])
OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
"#;

/// Generous, because the machine may be busy; only tests of failures wait that long, and they ask for less.
const READY: Duration = Duration::from_secs(30);
/// Long enough for Python to have started on a busy machine, in tests that need the full wait.
const FAIL: Duration = Duration::from_secs(12);
/// For a server of which it is clear long before that it will not be ready.
const CLEAR: Duration = Duration::from_mins(10);

fn spec_of(command: &[&str], within: Duration) -> InstanceSpec {
    let port = free_port().expect("a free port");
    InstanceSpec {
        name: "a".into(),
        launch: Launch {
            command: command.iter().map(ToString::to_string).collect(),
            folder: std::env::temp_dir(),
            env: vec![("PORT".into(), port.to_string())],
            ..Launch::default()
        },
        port,
        ready_path: "/healthz".into(),
        ready_within: within,
    }
}

fn python(script: &str, within: Duration) -> InstanceSpec {
    spec_of(&["python3", "-c", &format!("{SERVER}\n{script}")], within)
}

async fn start(spec: InstanceSpec) -> Result<Instance, NotReady> {
    Instance::start(spec, &Guard::none(), &Recorder::default()).await
}

async fn failure(spec: InstanceSpec) -> NotReady {
    match start(spec).await {
        Ok(_) => panic!("the server became ready"),
        Err(error) => error,
    }
}

fn healthy() -> InstanceSpec {
    python("serve(('127.0.0.1', port), fixed(OK))", READY)
}

/// Waits until the pid names no process, or one that nobody has reaped.
async fn wait_until_gone(pid: u32) {
    let gone = || match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.contains(") Z "),
        Err(_) => true,
    };
    for _ in 0..1_000 {
        if gone() {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("process {pid} is still there");
}

/// The pid that the server printed as `child PID`.
async fn printed_child(output: &Output) -> u32 {
    for _ in 0..1_000 {
        for line in output.since(0) {
            if let Some(pid) = line.text.strip_prefix("child ") {
                return pid.parse().expect("a pid");
            }
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("no child was printed");
}

#[tokio::test]
async fn a_healthy_server_is_ready_and_dies_when_killed() {
    let recorder = Recorder::default();
    let instance = Instance::start(healthy(), &Guard::none(), &recorder)
        .await
        .unwrap();
    assert!(instance.running());
    assert_eq!(instance.kill().await, Exit::Signal(9));
    assert!(!instance.running());
    assert!(!answers(instance.port()).await);
    assert!(TcpListener::bind(loopback(instance.port())).is_ok());
    let labels: Vec<_> = recorder.since(0).into_iter().map(|e| e.what).collect();
    let note = |label: &str| What::Note {
        on: "a".into(),
        label: label.into(),
    };
    assert_eq!(labels, [note("started"), note("kill -9")]);
}

#[tokio::test]
async fn a_restart_keeps_the_port() {
    let mut instance = start(healthy()).await.unwrap();
    let port = instance.port();
    let before = instance.process().id();
    for _ in 0..3 {
        instance.restart().await.unwrap();
    }
    assert_eq!(instance.port(), port);
    assert_ne!(instance.process().id(), before);
    assert!(answers(port).await);
}

#[tokio::test]
async fn a_restart_without_reuseaddr_names_the_socket_option() {
    let script = "
socket.socket.setsockopt = lambda *_: None
serve(('127.0.0.1', port), fixed(OK))";
    let mut instance = start(python(script, READY)).await.unwrap();
    // The probe's connection was closed by the server and lingers; this one does until the client closes it.
    // Only one that the server has taken up does: one that still waits in its queue is reset and forgotten.
    let mut held = std::net::TcpStream::connect(loopback(instance.port())).unwrap();
    std::io::Write::write_all(&mut held, b"GET / HTTP/1.1\r\n\r\n").unwrap();
    std::io::Read::read_exact(&mut held, &mut [0]).unwrap();
    let error = instance.restart().await.unwrap_err();
    assert!(error.to_string().contains("SO_REUSEADDR"), "{error}");
    assert!(!instance.running());
}

#[tokio::test]
async fn an_early_exit_carries_the_last_lines() {
    let spec = spec_of(&["sh", "-c", "seq 30; echo no secret >&2; exit 3"], READY);
    let error = failure(spec).await;
    assert!(matches!(
        error,
        NotReady::Exited {
            exit: Exit::Code(3),
            ..
        }
    ));
    assert_eq!(error.output().len(), 20);
    assert!(error.output().iter().any(|line| line.text == "no secret"));
    assert!(error.to_string().contains("exit code 3"));
}

#[tokio::test]
async fn a_missing_command_is_named() {
    let error = failure(spec_of(&["no-such-runtime"], READY)).await;
    assert!(matches!(error, NotReady::CommandNotFound { .. }));
    assert!(error.to_string().contains("`no-such-runtime` not found"));
}

#[tokio::test]
async fn another_port_is_named() {
    let other = free_port().unwrap();
    let spec = python(&format!("serve(('127.0.0.1', {other}), fixed(OK))"), CLEAR);
    let error = failure(spec).await;
    assert!(
        matches!(&error, NotReady::OtherPort { ports, .. } if *ports == [other]),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_on_ipv6_alone_is_told_so() {
    let spec = python("serve(('::1', port), fixed(OK), socket.AF_INET6)", CLEAR);
    let error = failure(spec).await;
    assert!(matches!(error, NotReady::OtherAddress { .. }), "{error}");
    assert!(error.to_string().contains("[::1]"));
}

#[tokio::test]
async fn a_server_on_the_wildcard_address_is_fine() {
    let spec = python("serve(('0.0.0.0', port), fixed(OK))", READY);
    assert!(start(spec).await.is_ok());
}

#[tokio::test]
async fn a_missing_ready_path_is_unhealthy() {
    let answer = "fixed('HTTP/1.1 404 Not Found\\r\\ncontent-length: 4\\r\\n\\r\\nnope')";
    let spec = python(&format!("serve(('127.0.0.1', port), {answer})"), CLEAR);
    let error = failure(spec).await;
    let NotReady::Unhealthy { status, body, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!((*status, body.as_str()), (404, "nope"));
}

#[tokio::test]
async fn a_wrong_status_line_is_not_http() {
    let spec = python(
        "serve(('127.0.0.1', port), fixed('HTTP/1.1 OK\\r\\n\\r\\n'))",
        FAIL,
    );
    let error = failure(spec).await;
    assert!(matches!(error, NotReady::NotHttp { .. }), "{error}");
    assert!(error.to_string().contains("HTTP/1.1 OK"));
}

#[tokio::test]
async fn a_silent_server_cannot_hang_the_start() {
    let spec = python(
        "import time\nserve(('127.0.0.1', port), lambda c: time.sleep(600))",
        FAIL,
    );
    let error = failure(spec).await;
    assert!(
        matches!(error, NotReady::Silent { received: 0, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_dripping_server_cannot_hang_the_start() {
    let drip = "
import time
def drip(c):
    for b in 'HTTP/1.1 200 OK\\r\\nx: ' + 'y' * 9999:
        c.sendall(b.encode())
        time.sleep(0.05)
serve(('127.0.0.1', port), drip)";
    let error = failure(python(drip, FAIL)).await;
    assert!(
        matches!(error, NotReady::Silent { received: 1.., .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_listens_nowhere_is_told_so() {
    let spec = spec_of(&["sleep", "600"], Duration::from_millis(300));
    let error = failure(spec).await;
    assert!(matches!(error, NotReady::NeverListened { .. }), "{error}");
}

#[tokio::test]
async fn a_taken_port_names_its_holder() {
    let spec = spec_of(&["sleep", "600"], READY);
    let _holder = TcpListener::bind(loopback(spec.port)).unwrap();
    let error = failure(spec).await;
    let NotReady::PortTaken { holder, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(holder.as_ref().unwrap().0, std::process::id());
}

#[tokio::test]
async fn a_child_that_ignores_sigterm_does_not_survive_a_stop() {
    let script = "
import signal, subprocess
subprocess.Popen(['sh', '-c', 'trap \"\" TERM; echo child $$; while :; do sleep 1; done'])
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
serve(('127.0.0.1', port), fixed(OK))";
    let instance = start(python(script, READY)).await.unwrap();
    let child = printed_child(instance.output()).await;
    let (exit, stopped) = instance.stop(Duration::from_millis(400)).await;
    assert_eq!(exit, Exit::Code(0));
    assert_eq!(stopped, Stopped::Killed);
    wait_until_gone(child).await;
}

#[tokio::test]
async fn a_server_that_heeds_sigterm_needs_no_kill() {
    let script = "
import signal
signal.signal(signal.SIGTERM, lambda *_: os._exit(7))
serve(('127.0.0.1', port), fixed(OK))";
    let instance = start(python(script, READY)).await.unwrap();
    let ended = instance.stop(READY).await;
    assert_eq!(ended, (Exit::Code(7), Stopped::InTime));
}

#[tokio::test]
async fn a_child_in_a_session_of_its_own_does_not_survive_a_kill() {
    let script = "
import subprocess
child = subprocess.Popen(['sleep', '600'], start_new_session=True)
print('child', child.pid, flush=True)
serve(('127.0.0.1', port), fixed(OK))";
    let instance = start(python(script, READY)).await.unwrap();
    let child = printed_child(instance.output()).await;
    instance.kill().await;
    wait_until_gone(child).await;
}

#[tokio::test]
async fn dropping_an_instance_ends_it() {
    let instance = start(healthy()).await.unwrap();
    let pid = instance.process().id();
    drop(instance);
    wait_until_gone(pid).await;
}

#[tokio::test]
async fn a_paused_server_answers_once_it_is_resumed() {
    let instance = start(healthy()).await.unwrap();
    let port = instance.port();
    instance.pause();
    let silent = probe(port, "/", Duration::from_millis(300)).await;
    assert!(matches!(silent, Answer::Silent { .. }));
    instance.resume();
    let answer = probe(port, "/", READY).await;
    assert!(matches!(answer, Answer::Status { code: 200, .. }));
}

#[tokio::test]
async fn a_crash_is_recorded() {
    let recorder = Recorder::default();
    let script = "
def crash(c):
    if b'GET /healthz' in c.recv(4096):
        c.sendall(OK.encode()); c.close()
    else:
        os._exit(5)
serve(('127.0.0.1', port), crash)";
    let spec = python(script, READY);
    let instance = Instance::start(spec, &Guard::none(), &recorder)
        .await
        .unwrap();
    probe(instance.port(), "/boom", READY).await;
    instance.process().exited().await;
    for _ in 0..1_000 {
        let crashed = recorder.since(0).iter().any(|event| {
            matches!(&event.what, What::Note { label, .. } if label == "exited with code 5")
        });
        if crashed {
            return;
        }
        sleep(Duration::from_millis(5)).await;
    }
    panic!("{:?}", recorder.since(0));
}

#[tokio::test]
async fn a_server_that_refuses_to_start_is_run_to_its_end() {
    let spec = spec_of(&["sh", "-c", "echo no secret >&2; exit 78"], READY);
    let ended = Instance::run_to_end(&spec, READY, &Guard::none(), &Recorder::default())
        .await
        .unwrap();
    assert_eq!(ended.exit, Some(Exit::Code(78)));
    assert!(!ended.listened);
    assert_eq!(ended.output[0].text, "no secret");
}

#[tokio::test]
async fn a_server_that_should_have_refused_is_seen_listening() {
    let spec = python("serve(('127.0.0.1', port), fixed(OK))", READY);
    let ended = Instance::run_to_end(&spec, FAIL, &Guard::none(), &Recorder::default())
        .await
        .unwrap();
    assert_eq!(ended.exit, None);
    assert!(ended.listened);
    assert!(!answers(spec.port).await);
}

//! A server that a test itself keeps running, for `--url`.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::check_bench::{Bench, PATIENCE, server};
use crate::check_running::lossy;

/// `odd.py`, run by the test itself on a port of its own until the value is dropped.
pub(crate) struct Served {
    child: Child,
    pub(crate) port: u16,
}

impl Served {
    /// Starts it in a mode, listening on `host`.
    pub(crate) fn start(mode: &str, host: &str, bench: &Bench) -> Self {
        let port = free_port();
        let child = Command::new("python3")
            .arg(server("odd.py"))
            .arg(mode)
            .env("HOST", host)
            .env("PORT", port.to_string())
            .env("ODD_RECORD", bench.root.join("requests"))
            .stdout(Stdio::null())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let served = Self { child, port };
        let began = Instant::now();
        while TcpStream::connect((host, port)).is_err() {
            assert!(began.elapsed() < PATIENCE, "the server never listened");
            std::thread::sleep(Duration::from_millis(10));
        }
        served
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// The whole answer to a `GET` on a connection of its own.
pub(crate) fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    // The length is announced, so that a connection that stays open is no reason to wait.
    while !whole(&answer) {
        match stream.read(&mut buffer).unwrap() {
            0 => break,
            n => answer.extend_from_slice(&buffer[..n]),
        }
    }
    lossy(&answer)
}

fn whole(answer: &[u8]) -> bool {
    let text = lossy(answer).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.split("content-length: ").nth(1);
    let length = length.and_then(|l| l.lines().next()?.trim().parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}

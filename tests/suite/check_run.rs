//! `course run`, `course lab` and `course demo`: the parts of the checks by themselves.

use crate::check_bench::{Bench, Running, Served, free_port, get};

const GOOD: &str = r#"
[[check]]
id = "good"
title = "It answers"
points = 1
step = [{ http = { on = "a", get = "/ok" }, expect = { status = 200 } }]
"#;

/// The port in the line that begins with this word.
fn port(out: &str, part: &str) -> u16 {
    let line = out
        .lines()
        .find(|l| l.split_whitespace().next() == Some(part));
    line.unwrap().rsplit(':').next().unwrap().parse().unwrap()
}

/// Which instance answers behind a balancer, for several requests in turn.
fn in_turn(port: u16) -> Vec<String> {
    let served_by = |answer: String| {
        let lower = answer.to_lowercase();
        let value = lower.split("course-served-by: ").nth(1).unwrap();
        value.lines().next().unwrap().trim().to_owned()
    };
    (0..4).map(|_| served_by(get(port, "/ok"))).collect()
}

#[test]
fn run_puts_a_balancer_in_front_of_two_instances_and_ends_on_ctrl_c() {
    let bench = Bench::new("serve", GOOD);
    let mut running = Running::start(bench.command("run --instances 2 --balancer"));
    let (out, _) = running.until(|out, _| out.contains("Ctrl-C") && out.contains("b | listening"));
    assert!(get(port(&out, "a"), "/ok").contains("\"instance\": \"a\""));
    assert!(get(port(&out, "b"), "/ok").contains("\"instance\": \"b\""));
    let turns = in_turn(port(&out, "balancer"));
    assert_ne!(turns[0], turns[1]);
    assert_eq!(turns[..2], turns[2..]);
    running.signal("INT");
    let ended = running.end().exits(0);
    assert!(!ended.raw.contains(&0x1b), "{ended}");
    bench.leaves_nothing();
}

#[test]
fn run_shows_what_a_server_prints_escaped_and_without_its_secret() {
    let bench = Bench::new("serve", GOOD);
    let mut running = Running::start(bench.command("run"));
    let (out, _) = running.until(|out, _| out.contains("a | listening"));
    let port = port(&out, "a");
    get(port, "/hostile");
    get(port, "/leak");
    running.until(|out, _| out.contains("leaking"));
    running.signal("INT");
    let ended = running.end().exits(0);
    assert!(!ended.raw.contains(&0x1b), "{ended}");
    assert!(ended.out.contains("leaking $JWT_SECRET"), "{ended}");
}

#[test]
fn run_says_why_a_server_is_not_ready() {
    let bench = Bench::new("exits", GOOD);
    bench
        .course("run")
        .exits(3)
        .notes("ended with exit code 3")
        .notes("the last line: no such table");
    bench.leaves_nothing();
}

#[test]
fn run_ends_when_every_instance_has() {
    let bench = Bench::new("serve", GOOD);
    let mut running = Running::start(bench.command("run"));
    let (out, _) = running.until(|out, _| out.contains("a | listening"));
    let port = port(&out, "a");
    // The server ends itself.
    let gone = std::net::TcpStream::connect(("127.0.0.1", port)).map(|mut stream| {
        std::io::Write::write_all(&mut stream, b"GET /exit HTTP/1.1\r\n\r\n").unwrap();
    });
    gone.unwrap();
    running.end().exits(3).notes("every instance has ended");
    bench.leaves_nothing();
}

#[test]
fn lab_balance_takes_turns_and_counts_until_ctrl_c() {
    let bench = Bench::new("serve", GOOD);
    let (one, two) = (
        Served::start("serve", "127.0.0.1", &bench),
        Served::start("serve", "127.0.0.1", &bench),
    );
    let listen = free_port();
    let line = format!(
        "lab balance --listen 127.0.0.1:{listen} http://127.0.0.1:{} localhost:{}",
        one.port, two.port
    );
    let mut running = Running::start(bench.command(&line));
    running.until(|_, err| err.contains("Ctrl-C ends it"));
    let turns = in_turn(listen);
    assert_ne!(turns[0], turns[1]);
    assert_eq!(turns[..2], turns[2..]);
    let taken = bench.course(&line).exits(3);
    taken.notes(&format!("cannot listen on 127.0.0.1:{listen}"));
    running.signal("INT");
    let ended = running.end().exits(0);
    assert!(ended.out.contains("a  2 answers"), "{ended}");
    assert!(ended.out.contains("b  2 answers"), "{ended}");
}

#[test]
fn lab_balance_refuses_what_is_no_server() {
    let bench = Bench::new("serve", GOOD);
    bench
        .course("lab balance ftp://127.0.0.1:1")
        .exits(2)
        .notes("`ftp://127.0.0.1:1` is not a server");
}

#[test]
fn lab_proxy_prints_its_address_and_slows_the_line_until_ctrl_c() {
    let bench = Bench::new("serve", GOOD);
    let served = Served::start("serve", "127.0.0.1", &bench);
    let line = format!(
        "lab proxy --to localhost:{} --latency 60ms --direction down",
        served.port
    );
    let mut running = Running::start(bench.command(&line));
    let (out, err) = running.until(|_, err| err.contains("Ctrl-C ends it"));
    assert!(err.contains("latency 60ms (down)"), "{err}");
    let address = out.lines().next().unwrap().to_owned();
    let began = std::time::Instant::now();
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    std::io::Write::write_all(&mut stream, b"GET /ok HTTP/1.1\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    std::io::Read::read_exact(&mut stream, &mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    assert!(began.elapsed() >= std::time::Duration::from_millis(60));
    bench
        .course(&format!("lab proxy --to 127.0.0.1:1 --listen {address}"))
        .exits(3)
        .notes(&format!("cannot listen on {address}"));
    running.signal("INT");
    running.end().exits(0);
    bench
        .course("lab proxy --to 127.0.0.1:1 --latency 60")
        .exits(2)
        .notes("write a number and a unit, such as 400ms or 5s");
}

#[test]
fn demo_shows_the_starter_break_and_the_solution_hold() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/suite/fixtures/grading/checks/probe.toml"
    );
    let bench = Bench::graded_by("serve", &std::fs::read_to_string(file).unwrap());
    let ended = bench.course("demo probe --seed 7").exits(0);
    let (starter, solution) = ended.out.split_once("The solution: it holds").unwrap();
    assert!(starter.contains("FAIL"), "{ended}");
    assert!(
        !solution.split("starter").next().unwrap().contains("FAIL"),
        "{ended}"
    );
    assert!(ended.out.contains("next: course start probe"), "{ended}");
    assert!(bench.progress().is_empty(), "{ended}");
    bench.leaves_nothing();
}

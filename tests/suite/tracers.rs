//! The tracers of the solutions, over many seeds: whatever names, addresses, aliases and pages are drawn, and whatever
//! trouble there is, a report says what the servers saw.
//!
//! All trouble is in one check, so that a seed takes one world and a few starts of the tracer.

use std::io::Write as _;
use std::process::Command;

use crate::check_bench::Bench;
use crate::desk::shipped;

/// The world, and the one check.
const CHECKS: &str = r#"
course = 1
exercise = "probe"
[server]
ready = { get = "/healthz", within = "30s" }
[instance.a]
[internet.net]

[[check]]
id = "all"
title = "A tracer tells the truth, whatever happens"
points = 1
"#;

/// What `OPEN` stands for below: in this trouble the page opens, and then the tracer begins anew without it.
const OPEN: &str = r#"trace = { on = "a", url = "https://{{ site.net }}/", timeout = "30s" }
expect.status = 200
expect.differences.all = 0

internet = { on = "net", lift = true }

process = { restart = ["a"] }"#;

/// The steps of the check.
const STEPS: &str = r#"
trace = { on = "a", url = "https://{{ site.net }}/" }
expect.status = 200
expect.log.database = 1
expect.json."$.page.path" = { count = 4 }
expect.differences.all = 0

trace = { on = "a", url = "https://{{ site.net }}/" }
expect.log = { dns = 0, app = 0 }
expect.json."$.page.path" = { count = 1 }
expect.differences.all = 0

trace = { on = "a", url = "http://{{ site.net }}/" }
expect.status = 200
expect.differences.all = 0

trace = { on = "a", url = "https://{{ apex.net }}/" }
expect.log = { tcp = 3, tls = 3 }
expect.differences.all = 0

internet = { on = "net", certificate = "expired" }

trace = { on = "a", url = "https://{{ site.net }}/" }
expect.json."$.error" = "certificate"
expect.log.http = 0

internet = { on = "net", certificate = "wrong-name" }

trace = { on = "a", url = "https://{{ site.net }}/" }
expect.json."$.error" = "certificate"
expect.log.http = 0

internet = { on = "net", certificate = "unknown-ca" }

trace = { on = "a", url = "https://{{ site.net }}/" }
expect.json."$.error" = "certificate"
expect.log.http = 0

internet = { on = "net", lift = true }

trace = { on = "a", url = "https://{{ down.net }}/" }
expect.json."$.error" = "connect"
expect.log.tcp = 0

internet = { on = "net", hang = true }

trace = { on = "a", url = "https://{{ site.net }}/" }
expect.json."$.error" = "timeout"
expect.log.http = 0

internet = { on = "net", lift = true }

process = { restart = ["a"] }

internet = { on = "net", spoof = "id", silent = "site" }

OPEN

internet = { on = "net", spoof = "source", truncate = true }

OPEN

internet = { on = "net", spoof = "question", refuse = true }

OPEN

internet = { on = "net", nxdomain = true }

trace = { on = "a", url = "https://{{ site.net }}/" }
expect.json."$.error" = "name-not-found"
expect.log.tcp = 0

internet = { on = "net", lift = true }

process = { restart = ["a"] }

internet = { on = "net", ttl = 1 }

trace = { on = "a", url = "https://{{ site.net }}/" }
expect.log.dns = { gte = 4 }
expect.differences.dns = 0

trace = { on = "a", url = "https://{{ site.net }}/" }
retry = { within = "20s", every = "400ms" }
expect.log.dns = { gte = 1 }
expect.differences.dns = 0
"#;

/// A bench for the solution in a language; none when what runs it is not installed.
fn bench(language: &str) -> Option<Bench> {
    let (program, file) = match language {
        "python" => ("python3", "server.py"),
        _ => ("node", "server.js"),
    };
    if Command::new(program).arg("--version").output().is_err() {
        let required = std::env::var_os("COURSE_REQUIRE_ALL").is_some_and(|v| v == "1");
        assert!(!required, "{program} is required and not installed");
        let _ = writeln!(std::io::stderr(), "skipped: {program} is not installed");
        return None;
    }
    let steps = STEPS.trim().replace("OPEN", OPEN);
    let steps = steps.replace("\n\n", "\n\n[[check.step]]\n");
    let checks = format!("{CHECKS}[[check.step]]\n{steps}\n");
    let bench = Bench::graded_by("serve", &checks);
    let solution = format!("exercises/request-flow-trace/solutions/{language}/{file}");
    bench.runs(&format!("{program} {}", shipped().join(solution).display()));
    Some(bench)
}

fn hold(language: &str, seeds: impl Iterator<Item = usize>) {
    let Some(bench) = bench(language) else { return };
    for seed in seeds {
        bench
            .settled(&format!("check --seed truth-{seed}"))
            .exits(0);
    }
}

#[test]
fn the_tracer_in_python_tells_the_truth_of_some_seeds() {
    hold("python", 0..3);
}

#[test]
fn the_tracer_in_node_tells_the_truth_of_some_seeds() {
    hold("node", 0..3);
}

#[test]
#[ignore = "takes half an hour"]
fn the_tracers_tell_the_truth_of_two_hundred_seeds() {
    std::thread::scope(|scope| {
        for part in 0..4 {
            scope.spawn(move || {
                for language in ["python", "node"] {
                    hold(language, (0..200).skip(part).step_by(4));
                }
            });
        }
    });
}

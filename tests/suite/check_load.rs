//! The `load` step: real loads on real servers, through real balancers.

use crate::check_bench::Bench;

pub(crate) const WORLD: &str = r#"
course = 1
exercise = "probe"

[server]
env = { JWT_SECRET = "{{ secret.jwt }}" }
ready = { get = "/healthz", within = "30s" }

[instance.a]
[instance.b]
[balancer.one]
over = ["a"]
capacity = { in_flight = 2, floor = "20ms" }
[balancer.two]
over = ["a", "b"]
capacity = { in_flight = 2, floor = "20ms" }
[null.n]
[balancer.calm]
over = ["n"]
"#;

fn report(checks: &str) -> serde_json::Value {
    let bench = Bench::graded_by("serve", &format!("{WORLD}{checks}"));
    let ended = bench.course("check --format json --seed 81f2");
    bench.leaves_nothing();
    ended.json()
}

fn step(report: &serde_json::Value, check: usize, step: usize) -> &serde_json::Value {
    &report["checks"][check]["cases"][0]["steps"][step]
}

/// The outcome of a check; where this machine was the limit, the reason is said and nothing can be said of the rest.
#[track_caller]
fn came_out(report: &serde_json::Value, check: usize, wanted: &str) -> bool {
    let check = &report["checks"][check];
    let reason = check["cases"][0]["reason"].as_str().unwrap_or_default();
    if check["outcome"] == "inconclusive" && reason.contains("this machine") {
        return false;
    }
    assert_eq!(check["outcome"], wanted, "{check:#}");
    true
}

#[test]
fn a_load_that_the_server_bears_passes_with_its_figures() {
    let report = report(
        r#"
[[check]]
id = "load"
title = "It bears a load"
points = 1
[[check.step]]
load = { on = "two", rate = 50, for = "1s", warmup = "200ms", connections = 8, mix = [
    { weight = 3, get = "/ok" },
    { weight = 1, post = "/items", json = { name = "n-{{ index }}", key = "{{ random.hex }}" } },
] }
expect.failed = 0
expect.tally = { "200" = { gte = 1 }, "201" = { gte = 1 } }
expect.answered_by = { a = { gte = 10 }, b = { gte = 10 } }
capture.p50 = { figure = "p50" }
capture.rate = { figure = "rate" }
[[check.step]]
load = { on = "two", rate = 20, for = "500ms", get = "/ok" }
expect.p50 = { lt = "{{ 1000 * p50 }}" }
expect.rate = { gt = "{{ 0.01 * rate }}" }
"#,
    );
    if !came_out(&report, 0, "passed") {
        return;
    }
    let load = &step(&report, 0, 0)["load"];
    assert_eq!((&load["due"], &load["sent"]), (&50.into(), &50.into()));
    assert!(
        load["latency"]["min_us"].as_u64().unwrap() >= 20_000,
        "{load:#}"
    );
    let expectations = step(&report, 0, 1)["expectations"].to_string();
    assert!(expectations.contains("less than"), "{expectations}");
}

#[test]
fn requests_of_a_load_are_unique_and_follow_the_seed() {
    let sent = || {
        let checks = r#"
[[check]]
id = "load"
title = "It bears a load"
points = 1
[[check.step]]
load = { on = "a", rate = 40, for = "500ms", put = "/missing/{{ index }}-{{ random.hex }}", json = {} }
expect.tally = { "404" = 20 }
"#;
        let bench = Bench::graded_by("serve", &format!("{WORLD}{checks}"));
        bench.course("check --seed 81f2").exits(0);
        let mut all = bench.requests();
        all.sort();
        all
    };
    let (one, mut unique) = (sent(), sent());
    assert_eq!(one, unique);
    unique.dedup();
    assert_eq!(unique.len(), 20, "{unique:?}");
}

#[test]
fn what_goes_wrong_under_a_load_is_counted() {
    let report = report(
        r#"
[[check]]
id = "reset"
title = "It answers"
points = 1
[[check.step]]
load = { on = "a", rate = 20, for = "1s", mix = [{ get = "/ok" }, { get = "/reset" }] }
expect.failed = 0
expect.tally = { "200" = { gte = 1 } }
"#,
    );
    if !came_out(&report, 0, "failed") {
        return;
    }
    let step = step(&report, 0, 0);
    let errors = step["load"]["errors"].as_u64().unwrap();
    assert!(errors > 0 && errors < 20, "{step:#}");
    let uncovered = step["expectations"].as_array().unwrap();
    assert!(
        uncovered
            .iter()
            .any(|e| e["subject"] == "answers error" && e["expected"] == "none")
    );
}

#[test]
fn two_instances_bring_twice_as_much_where_capacity_lies_in_the_balancer() {
    let checks = r#"
[[check]]
id = "scaling"
title = "Two instances bring twice as much"
points = 1
[[check.step]]
name = "with one instance"
load = { on = "one", clients = 8, for = "1s", warmup = "200ms", get = "/ok" }
expect.failed = 0
expect.rate = { lte = 100 }
capture.x1 = { figure = "rate" }
[[check.step]]
name = "with two instances"
load = { on = "two", clients = 16, for = "1s", warmup = "200ms", get = "/ok" }
expect.rate = { gte = "{{ 0.75 * 2 * x1 }}" }
"#;
    let bench = Bench::graded_by("serve", &format!("{WORLD}{checks}"));
    let ended = bench.settled("check --seed 81f2");
    if ended.out.contains("this machine was the limit") {
        return;
    }
    ended
        .says("with one instance: ")
        .says("1 instance")
        .says("% of")
        .exits(0);
}

#[test]
fn what_fails_with_a_null_server_is_this_machines_doing() {
    let report = report(
        r#"
[[check]]
id = "calm"
title = "This machine can do it"
points = 1
[[check.step]]
load = { on = "calm", clients = 1, for = "300ms", get = "/anything" }
expect.rate = { gte = 900000 }
[[check]]
id = "enough"
title = "A null server answers everything"
points = 1
[[check.step]]
load = { on = "n", rate = 50, for = "500ms", mix = [{ get = "/x" }, { post = "/y", json = { a = 1 } }] }
expect.tally = { "200" = 25 }
"#,
    );
    assert_eq!(report["checks"][0]["outcome"], "inconclusive");
    let reason = report["checks"][0]["cases"][0]["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("this machine is too slow for what the check measures"),
        "{reason}"
    );
    assert_eq!(
        report["checks"][1]["outcome"], "passed",
        "{:#}",
        report["checks"][1]
    );
}

#[test]
fn an_instance_may_be_killed_under_a_load() {
    let report = report(
        r#"
[[check]]
id = "killed"
title = "The other one takes over"
points = 1
[[check.step]]
load = { on = "two", rate = 50, for = "1500ms", get = "/ok" }
expect.answered_by = { a = { gte = 1 }, b = { gte = 1 } }
expect.failed = 0
[[check.step.meanwhile]]
at = "500ms"
process = { kill = ["a"] }
"#,
    );
    if !came_out(&report, 0, "passed") {
        return;
    }
    let by = &step(&report, 0, 0)["load"]["answered_by"];
    assert!(by["b"].as_u64() > by["a"].as_u64(), "{by}");
}

//! Histories of concurrent clients, against a small server that is right, or wrong in one way.

use crate::check_bench::{Bench, server};

/// Two instances of `register.py` in this mode, and one history step.
fn bench(mode: &str, step: &str) -> Bench {
    let file = format!(
        r#"
course = 1
exercise = "probe"
[server]
ready = {{ get = "/healthz", within = "30s" }}
[instance.a]
[instance.b]
[[check]]
id = "history"
title = "What clients are told can be explained"
points = 1
{step}
"#
    );
    let bench = Bench::graded_by("serve", &file);
    bench.runs(&format!(
        "python3 {} {mode}",
        server("register.py").display()
    ));
    bench
}

/// Registers, written and read by six clients.
fn registers(seconds: &str, operations: usize, expect: &str) -> String {
    format!(
        r#"
[[check.step]]
name = "6 clients write and read 5 keys"
[check.step.history]
on = ["a", "b"]
clients = 6
keys = 5
operations = {operations}
for = "{seconds}"
write = {{ put = "/registers/{{{{ key }}}}", json = {{ n = "{{{{ value }}}}" }} }}
read = {{ get = "/registers/{{{{ key }}}}", value = "$.n" }}
[check.step.expect]
{expect}
"#
    )
}

/// One instance is killed after the other, and started again.
const KILLS: &str = r#"
[[check.step.meanwhile]]
at = "400ms"
spread = "200ms"
process = { kill = ["a"] }
[[check.step.meanwhile]]
at = "700ms"
process = { start = ["a"] }
[[check.step.meanwhile]]
at = "1400ms"
spread = "300ms"
process = { kill = ["b"] }
[[check.step.meanwhile]]
at = "1800ms"
process = { start = ["b"] }
"#;

#[test]
fn a_server_that_keeps_everything_passes_while_its_instances_are_killed() {
    let expect =
        "consistency = \"linearizable\"\nlost = 0\nacknowledged = { gt = 50 }\nreads = { gt = 50 }";
    let bench = bench("right", &(registers("4s", 400, expect) + KILLS));
    bench.settled("check").exits(0).says("PASSED");
    bench.leaves_nothing();
}

#[test]
fn a_stale_cache_is_caught_and_the_old_read_is_named() {
    let bench = bench(
        "cached",
        &registers("2s", 300, "consistency = \"linearizable\""),
    );
    let ended = bench.course("check").exits(1);
    ended.says("that nothing explains").says("is later than");
}

//! A failure outside of the window of its step: the moment that the check is about was over.

use crate::check_bench::Bench;

/// The answer is 200 and never 429, at once and later.
fn check(window: &str) -> String {
    format!(
        r#"
[[check]]
id = "limit"
title = "The second is refused"
points = 1
[[check.step]]
name = "the first"
http = {{ on = "a", get = "/ok" }}
expect.status = 200
[[check.step]]
name = "some time"
pause = "300ms"
[[check.step]]
name = "the second"
http = {{ on = "a", get = "/ok", timeout = "60s" }}
{window}
expect.status = 429
"#
    )
}

#[test]
fn what_fails_after_its_window_is_not_decided() {
    let bench = Bench::new(
        "serve",
        &check("window = { within = \"250ms\", of = \"the first\" }"),
    );
    bench
        .course("check")
        .exits(3)
        .says("UNSURE The second is refused")
        .says("ms after \"the first\" began; after 250 ms")
        .says("about the server");
    bench.leaves_nothing();
}

#[test]
fn what_fails_inside_of_it_fails() {
    for window in [
        "window = { within = \"10m\", of = \"the first\" }",
        "window = { within = \"10m\" }",
    ] {
        let bench = Bench::new("serve", &check(window));
        bench
            .course("check")
            .exits(1)
            .says("FAIL The second is refused");
        bench.leaves_nothing();
    }
}

#[test]
fn a_window_begins_with_an_earlier_step_of_the_check() {
    let bench = Bench::new(
        "serve",
        &check("window = { within = \"1s\", of = \"the frist\" }"),
    );
    bench
        .course("check")
        .exits(4)
        .notes("no step before this one is called `the frist`")
        .notes("did you mean `the first`?");
    let bench = Bench::new(
        "serve",
        &check("window = { within = \"1s\", of = \"the second\" }"),
    );
    bench
        .course("check")
        .exits(4)
        .notes("no step before this one is called `the second`");
    let meanwhile =
        "[[check.step.meanwhile]]\nat = \"0s\"\npause = \"1ms\"\nwindow = { within = \"1s\" }\n";
    let bench = Bench::new("serve", &(check("") + meanwhile));
    bench
        .course("check")
        .exits(4)
        .notes("only a step of a check has a `window`");
}

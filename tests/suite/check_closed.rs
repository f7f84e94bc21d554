//! Rule 3: what could not be judged is never recorded as a pass, and a check file with mistakes runs nothing.

use crate::check_bench::Bench;

/// Whether the learner's progress says that the exercise is passed.
fn passed(bench: &Bench) -> bool {
    let progress: serde_json::Value = serde_json::from_slice(&bench.progress()).unwrap_or_default();
    progress["exercises"]["probe"]["passed"].is_string()
}

const GOOD: &str = r#"
[[check]]
id = "good"
title = "It answers"
points = 1
step = [{ http = { on = "a", get = "/ok" }, expect = { status = 200 } }]
"#;

/// The fourth token of three: no reading of the file can know that there is none.
const UNRESOLVED: &str = r#"
[[check]]
id = "unresolved"
title = "It knows the fourth token"
points = 1
[[check.step]]
http = { on = "a", get = "/token" }
repeat = 3
expect.status = 200
capture.token = { json = "$.token" }
[[check.step]]
http = { on = "a", get = "/ok?token={{ token[3] }}" }
expect.status = 200
"#;

#[test]
fn rule_3_a_run_in_which_everything_passes_is_a_pass() {
    let bench = Bench::new("serve", GOOD);
    bench.course("check").exits(0);
    assert!(passed(&bench));
}

#[test]
fn rule_3_a_variable_without_a_value_is_an_error_of_the_course() {
    let bench = Bench::new("serve", &format!("{GOOD}{UNRESOLVED}"));
    bench
        .course("check")
        .exits(4)
        .says("token[3]")
        .says("ERROR");
    assert!(!passed(&bench));
}

#[test]
fn rule_3_a_check_file_without_checks_is_no_pass() {
    let bench = Bench::new("serve", "");
    bench.course("check").exits(4);
    assert!(!passed(&bench));
}

#[test]
fn rule_3_a_skipped_check_is_no_pass() {
    let needs = r#"
[[check]]
id = "fails"
title = "It fails"
points = 1
level = "deep"
step = [{ http = { on = "a", get = "/missing" }, expect = { status = 200 } }]
[[check]]
id = "skipped"
title = "It would pass"
points = 1
needs = ["fails"]
step = [{ http = { on = "a", get = "/ok" }, expect = { status = 200 } }]
"#;
    let bench = Bench::new("serve", needs);
    bench
        .course("check")
        .exits(1)
        .says("SKIP")
        .says("it needs \"fails\", which did not pass");
    assert!(!passed(&bench));
}

#[test]
fn rule_3_some_of_the_checks_are_no_pass() {
    let other = GOOD.replace("\"good\"", "\"other\"");
    let bench = Bench::new("serve", &format!("{GOOD}{other}"));
    for line in ["check --only good", "check good"] {
        bench
            .course(line)
            .exits(0)
            .says("only some of the checks ran");
        assert!(!passed(&bench), "{line}");
    }
    bench.course("check").exits(0);
    assert!(passed(&bench));
}

#[test]
fn rule_3_a_networked_database_that_is_not_there_is_no_pass() {
    let required = r#"
[[check]]
id = "cut"
title = "It survives a cut"
points = 1
requires = ["networked-database"]
step = [{ http = { on = "a", get = "/ok" }, expect = { status = 200 } }]
"#;
    let bench = Bench::new("serve", &format!("{GOOD}{required}"));
    bench.course("check").says("SKIP");
    assert!(!passed(&bench));
}

/// Ten mistakes, and the text that each diagnostic must point at.
const MISTAKES: &str = r#"course = 1
exercise = "probe"
colour = "red"

[server]
ready = { get = "/healthz", within = "5 parsecs" }

[instance.a]

[balancer.lb]
over = ["a", "b"]
policy = "stiky"

[[check]]
id = "one"
title = 7
points = 1
needs = ["none"]
[[check.step]]
http = { on = "a", get = "/{{ nobody }}" }
expect.status = 200
[[check.step]]
http = { on = "c", get = "/ok" }
expect.json."$[" = 1

[[check]]
id = "two"
title = "Two"
points = -1
[[check.step]]
http = { on = "a", get = "/ok" }
"#;

const PLACES: &[(usize, &str)] = &[
    (3, "colour"),
    (6, "\"5 parsecs\""),
    (11, "\"b\""),
    (12, "\"stiky\""),
    (16, "7"),
    (18, "\"none\""),
    (20, "\"/{{ nobody }}\""),
    (23, "\"c\""),
    (24, "\"$[\""),
    (29, "-1"),
    (31, "http"),
];

#[test]
fn rule_3_every_mistake_of_a_check_file_is_told_at_its_place_and_nothing_runs() {
    let bench = Bench::graded_by("serve", MISTAKES);
    let ended = bench.course("check").exits(4);
    assert_eq!(ended.out, "", "{ended}");
    for (line, text) in PLACES {
        let column = MISTAKES.lines().nth(line - 1).unwrap().find(text).unwrap() + 1;
        let place = format!("checks/probe.toml:{line}:{column}");
        assert!(ended.err.contains(&place), "no {place} in {ended}");
    }
    assert!(bench.requests().is_empty());
    assert!(bench.progress().is_empty());
    bench.leaves_nothing();
}

#[test]
fn rule_3_every_span_covers_exactly_what_is_wrong() {
    let problems = course::checks::file::decode(
        "checks/probe.toml",
        MISTAKES,
        &course::checks::file::Anchors::new(),
        &|_| None,
    )
    .unwrap_err();
    let found: Vec<(usize, &str)> = problems
        .iter()
        .map(|p| {
            let line = MISTAKES[..p.span.start].lines().count().max(1);
            let at_start = MISTAKES[..p.span.start].ends_with('\n');
            (line + usize::from(at_start), &MISTAKES[p.span.clone()])
        })
        .collect();
    assert_eq!(found, PLACES, "{problems:#?}");
}

//! `course check --file`: a check file that belongs to no exercise.

use crate::check_bench::{Bench, Served};

const LOOSE: &str = r#"
course = 1
exercise = "smoke"
[instance.a]
[[check]]
id = "answers"
title = "It answers"
points = 1
step = [{ http = { on = "a", get = "/ok" }, expect = { status = 200 } }]
[[check]]
id = "brews"
title = "It brews"
points = 1
step = [{ http = { on = "a", get = "/ok" }, expect = { status = 418 } }]
"#;

fn write(bench: &Bench, text: &str) {
    std::fs::write(bench.root.join("work/smoke.toml"), text).unwrap();
}

#[test]
fn a_loose_check_file_grades_any_server_and_leaves_progress_alone() {
    let bench = Bench::new("serve", "");
    let served = Served::start("serve", "127.0.0.1", &bench);
    write(&bench, LOOSE);
    let line = format!("check --file smoke.toml --url {}", served.port);
    bench
        .course(&line)
        .exits(1)
        .says("1 passed, 1 failed")
        .says("It brews");
    bench.course(&format!("{line} answers")).exits(0);
    assert!(bench.progress().is_empty());
}

#[test]
fn mistakes_in_a_loose_check_file_are_shown_with_their_lines() {
    let bench = Bench::new("serve", "");
    write(&bench, &LOOSE.replace("points = 1", "pionts = 1"));
    bench
        .course("check --file smoke.toml --url 9")
        .exits(4)
        .notes("smoke.toml:8:1")
        .notes("did you mean `points`?");
    bench
        .course("check --file absent.toml --url 9")
        .exits(2)
        .notes("absent.toml");
    bench
        .course("check --file smoke.toml")
        .exits(2)
        .notes("--url");
}

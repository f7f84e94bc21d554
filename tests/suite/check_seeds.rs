//! Seeds: a run can be repeated, and another run is another.

use crate::check_bench::Bench;

const CHECKS: &str = r#"
[vars]
user = "{{ random.word }}-{{ random.hex }}"
[[check]]
id = "draws"
title = "It takes any name"
points = 1
[[check.step]]
http = { on = "a", post = "/items", json = { name = "{{ user }}", size = "{{ random.int }}" } }
repeat = 6
expect.status = 201
capture.id = { json = "$.id" }
[[check.step]]
http = { on = "a", get = "/items/{{ id[index] }}", query = { by = "{{ random.word }}" } }
repeat = 6
shuffle = true
expect.status = 200
"#;

/// Everything that a run with this seed asked, in order.
fn asked(bench: &Bench, seed: &str) -> Vec<String> {
    bench.forget_requests();
    bench.course(&format!("check --seed {seed}")).exits(0);
    let asked = bench.requests();
    assert_eq!(asked.len(), 12);
    asked
}

#[test]
fn the_same_seed_asks_the_same_and_another_seed_asks_otherwise() {
    let bench = Bench::new("serve", CHECKS);
    let first = asked(&bench, "81f2");
    assert_eq!(first, asked(&bench, "81f2"));
    let other = asked(&bench, "81f3");
    assert_ne!(first[0], other[0]);
    let order = |asked: &[String]| -> Vec<String> {
        let targets = asked[6..]
            .iter()
            .map(|r| r.split('?').next().unwrap().to_owned());
        targets.collect()
    };
    let mut sorted = order(&first);
    sorted.sort();
    assert_ne!(order(&first), sorted, "nothing was shuffled");
}

#[test]
fn a_run_without_a_seed_says_which_one_it_drew() {
    let bench = Bench::new("serve", CHECKS);
    let report = bench.course("check --format json").exits(0).json();
    let asked_then = bench.requests();
    assert_eq!(asked(&bench, report["seed"].as_str().unwrap()), asked_then);
    let again = bench.course("check --format json").exits(0).json();
    assert_ne!(report["seed"], again["seed"]);
}

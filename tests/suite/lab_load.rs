//! `course lab load` by itself.

use crate::check_bench::{Bench, Served, free_port};

#[test]
fn a_load_says_what_was_sent_and_how_long_it_took() {
    let bench = Bench::new("serve", "");
    let served = Served::start("serve", "127.0.0.1", &bench);
    let url = format!("http://127.0.0.1:{}/ok", served.port);
    let ended = bench.course(&format!("lab load {url} --rate 50 --for 500ms -c 4"));
    ended
        .says("50 per second for 0.5 s over at most 4 connections: 25 due")
        .says("200 × 25")
        .says("p50 ")
        .says("up to ")
        .exits(0);
    let json = bench
        .course(&format!("lab load {url} -n 30 -c 2 --format json"))
        .exits(0)
        .json();
    assert_eq!(json["statuses"]["200"], 30);
    assert_eq!(json["arrivals"], "closed");
}

#[test]
fn where_nothing_listens_the_load_says_so() {
    let bench = Bench::new("serve", "");
    let url = format!("http://127.0.0.1:{}/", free_port());
    let ended = bench.course(&format!("lab load {url} --rate 20 --for 200ms"));
    ended
        .says("refused × 4")
        .notes("nothing listens on")
        .exits(3);
}

#[test]
fn a_load_goes_nowhere_but_to_this_machine() {
    let bench = Bench::new("serve", "");
    for url in ["http://192.0.2.1/", "https://127.0.0.1/", "nonsense"] {
        bench
            .course(&format!("lab load {url}"))
            .notes("write http://127.0.0.1:3000/path")
            .exits(2);
    }
}

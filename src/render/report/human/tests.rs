//! The whole report for people, as a run's events arrive.

use super::*;
use crate::render::report::sample;

/// The report of a run whose checks finish in the order of `finishing`.
fn report(grade: &Grade, finishing: &[usize], verbosity: Verbosity) -> (String, String) {
    let mut human = Human::new(Surface::plain(80), None, verbosity);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let checks = grade
        .results
        .iter()
        .map(|r| (r.name(), r.title.clone()))
        .collect();
    let mut events = vec![
        Event::Began {
            title: grade.title.clone(),
            replay: grade.replay(),
            checks,
        },
        Event::Said("started a on port 40123 in 61 ms\n::error::x".into()),
    ];
    for at in finishing {
        let result = &grade.results[*at];
        events.push(Event::Started(&result.id));
        events.push(Event::Finished(result));
    }
    events.push(Event::Ended(grade));
    for event in &events {
        human.event(event, &mut out, &mut err).unwrap();
    }
    (
        String::from_utf8(out).unwrap(),
        String::from_utf8(err).unwrap(),
    )
}

const IN_ORDER: [usize; 7] = [0, 1, 2, 3, 4, 5, 6];

#[test]
fn the_report_of_a_run() {
    let (out, err) = report(&sample::grade(), &IN_ORDER, Verbosity::First);
    insta::assert_snapshot!(out);
    assert_eq!(
        err,
        "course: started a on port 40123 in 61 ms\ncourse: ::error::x\n"
    );
}

#[test]
fn the_order_of_finishing_does_not_change_the_report() {
    let grade = sample::grade();
    let in_order = report(&grade, &IN_ORDER, Verbosity::First);
    assert_eq!(
        report(&grade, &[3, 6, 2, 5, 0, 4, 1], Verbosity::First),
        in_order
    );
    assert_eq!(report(&grade, &[], Verbosity::First), in_order);
}

#[test]
fn a_check_is_written_as_soon_as_all_before_it_are() {
    let grade = sample::grade();
    let mut human = Human::new(Surface::plain(80), None, Verbosity::First);
    let mut out = Vec::new();
    let checks = grade
        .results
        .iter()
        .map(|r| (r.name(), r.title.clone()))
        .collect();
    let began = Event::Began {
        title: String::new(),
        replay: "--seed 81f2".into(),
        checks,
    };
    human.event(&began, &mut out, &mut Vec::new()).unwrap();
    for (at, written) in [(1, 0), (0, 2), (2, 2), (3, 3)] {
        let finished = Event::Finished(&grade.results[at]);
        human.event(&finished, &mut out, &mut Vec::new()).unwrap();
        assert_eq!(human.written.len(), written, "after {at}");
    }
}

#[test]
fn verbose_shows_every_failure_in_full() {
    let (out, _) = report(&sample::grade(), &IN_ORDER, Verbosity::All);
    assert_eq!(out.matches("└ again").count(), 4, "{out}");
    assert!(!out.contains("\n\n\n") && !out.contains("add -v"), "{out}");
}

#[test]
fn the_last_line_is_the_next_command() {
    let (out, _) = report(&sample::grade(), &IN_ORDER, Verbosity::First);
    assert_eq!(out.lines().last(), Some("└ next: course hint"));
}

#[test]
fn an_interrupted_run_says_what_was_not_run() {
    let grade = sample::grade();
    let mut human = Human::new(Surface::plain(120), None, Verbosity::First);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let checks = grade
        .results
        .iter()
        .map(|r| (r.name(), r.title.clone()))
        .take(3)
        .collect();
    let began = Event::Began {
        title: String::new(),
        replay: "--seed 81f2".into(),
        checks,
    };
    human.event(&began, &mut out, &mut err).unwrap();
    human
        .event(&Event::Finished(&grade.results[0]), &mut out, &mut err)
        .unwrap();
    human.interrupted(&mut err).unwrap();
    assert_eq!(
        String::from_utf8(err).unwrap(),
        "course: stopped; not run to the end: any-instance, forged-tokens[alg-none]\n"
    );
}

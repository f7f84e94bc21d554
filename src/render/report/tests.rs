//! What every format has in common.

use super::*;
use crate::render::report::sample;

fn run(format: Format) -> (String, String) {
    let mut report = Report::new(format, Surface::plain(80), None, Verbosity::First);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let grade = sample::grade();
    for event in [
        Event::Said("started a\n::error::x".into()),
        Event::Ended(&grade),
    ] {
        report.event(&event, &mut out, &mut err).unwrap();
    }
    (
        String::from_utf8(out).unwrap(),
        String::from_utf8(err).unwrap(),
    )
}

#[test]
fn the_answer_goes_to_out_and_talk_to_err() {
    let begins = [
        (Format::Human, "✓ PASS"),
        (Format::Json, "{\n"),
        (Format::Junit, "<?xml"),
        (Format::Tap, "TAP version 14\n"),
    ];
    for (format, begin) in begins {
        let (out, err) = run(format);
        assert!(out.starts_with(begin), "{format:?}: {out}");
        assert_eq!(err, "course: started a\ncourse: ::error::x\n", "{format:?}");
    }
}

#[test]
fn every_format_carries_expected_and_got() {
    for format in [Format::Human, Format::Json, Format::Junit, Format::Tap] {
        let (out, _) = run(format);
        for word in ["any-instance", "404", "81f2", "memory"] {
            assert!(out.contains(word), "{format:?} lacks {word}: {out}");
        }
    }
}

//! `course demo trace`: the way of a request from a name to pixels, drawn from what the servers saw.

use crate::desk::{Desk, Typed, shipped};
use unicode_width::UnicodeWidthStr as _;

fn course(desk: &Desk, line: &str, columns: &str) -> Typed {
    desk.course(line)
        .env("COURSE_CONTENT", shipped().to_str().unwrap())
        .env("COLUMNS", columns)
}

/// The figures of a line of the table at the end: cold, then warm.
fn figures(out: &str, label: &str) -> [f64; 2] {
    let line = out.lines().rfind(|line| line.starts_with(label)).unwrap();
    let numbers: Vec<f64> = line[label.len()..]
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    numbers.try_into().unwrap()
}

#[test]
fn a_cold_and_a_warm_visit_are_drawn_and_counted() {
    let desk = Desk::new();
    let answer = course(&desk, "demo trace --language python --seed 7", "120").works();
    let out = answer.out();
    let (cold, warm) = out.split_once("Warm: the same page again").unwrap();
    let (warm, table) = warm.split_once("Side by side").unwrap();
    for (visit, wanted, unwanted) in [
        (
            cold,
            &[
                "\ndns    root: refers to test (",
                "\ntcp    ",
                ": TLSv1.3, http/1.1",
                ": 200 miss /, ",
                "\nbehind   db-",
                "\nrender paint /\n",
                "\nrender load /\n",
            ][..],
            &["\nmemory ", " hit "][..],
        ),
        (
            warm,
            &[
                "\nmemory ",
                "\ntcp    ",
                ": 200 hit /, ",
                "\nrender load /\n",
            ],
            &["\ndns ", "\nbehind ", " miss "],
        ),
    ] {
        for text in wanted {
            assert!(visit.contains(text), "no `{text}` in {visit}");
        }
        for text in unwanted {
            assert!(!visit.contains(text), "`{text}` in {visit}");
        }
    }
    let [cold, warm] = figures(table, "round trips");
    let [questions, none] = figures(table, "questions to name servers");
    // Everything but the names has to be asked for again.
    assert!(questions >= 6.0 && none == 0.0, "{table}");
    assert!((cold - questions - warm).abs() < 0.5, "{table}");
    let [_, warm] = figures(table, "until the page is there");
    assert!(
        (warm - 3.0).abs() < 0.5,
        "TCP, TLS, and the request: {table}"
    );
    answer
        .says("The tracer's report says the same, hop by hop, as the servers' log.")
        .says("Round trips are counted")
        .quietly()
        .leads_to("course start request-flow-trace");
}

#[test]
fn no_line_is_wider_than_the_terminal_and_a_pipe_gets_plain_text() {
    let desk = Desk::new();
    for columns in [40, 60, 80] {
        let out = course(&desk, "demo trace --language python", &columns.to_string()).works();
        let out = out.out();
        assert!(!out.contains('\u{1b}'));
        for line in out.lines() {
            assert!(line.width() <= columns, "{columns}: {line}");
        }
    }
}

#[test]
fn the_picture_is_kept_where_no_file_is() {
    let desk = Desk::new();
    let line = "demo trace --language python --svg way.svg";
    course(&desk, line, "80")
        .works()
        .says("The picture is in `way.svg`.");
    let picture = desk.read("way.svg");
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
    for text in [
        ">Cold: https://www.",
        ">Warm: https://www.",
        ">dns<",
        ">render<",
        "<rect ",
    ] {
        assert!(picture.contains(text), "no `{text}` in {picture}");
    }
    course(&desk, line, "80").exits(2).notes("there is a file");
    assert_eq!(desk.read("way.svg"), picture);
    course(&desk, "demo stateless-refactor --svg x.svg", "80")
        .exits(2)
        .notes("only `course demo trace` makes a picture");
}

#[test]
fn it_is_there_only_in_a_course_with_an_internet() {
    let desk = Desk::new();
    desk.course("demo trace")
        .exits(2)
        .notes("there is no demo `trace`");
    course(&desk, "demo trase", "80")
        .exits(2)
        .notes("did you mean `trace`?");
}

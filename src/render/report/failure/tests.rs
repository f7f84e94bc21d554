//! The failing check as it is seen, at several widths, and what no text of a server may do to it.

use proptest::prelude::*;

use super::super::sample;
use super::*;

fn screen(result: &CheckResult, surface: Surface) -> String {
    let groups = Cases::group([result]);
    draw(&groups[0], Some("--seed 81f2"), surface).join("\n")
}

#[test]
fn the_screen_at_60_columns() {
    insta::assert_snapshot!(screen(&sample::failed(), Surface::plain(60)));
}

#[test]
fn the_screen_at_80_columns() {
    insta::assert_snapshot!(screen(&sample::failed(), Surface::plain(80)));
}

#[test]
fn the_screen_at_120_columns() {
    insta::assert_snapshot!(screen(&sample::failed(), Surface::plain(120)));
}

#[test]
fn the_screen_in_colour() {
    let surface = Surface {
        color: true,
        ..Surface::plain(80)
    };
    insta::assert_snapshot!(screen(&sample::failed(), surface).replace('\u{1b}', "␛"));
}

#[test]
fn colour_changes_nothing_but_colour() {
    let surface = Surface {
        color: true,
        ..Surface::plain(80)
    };
    let colored = screen(&sample::failed(), surface);
    let escape = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    assert_eq!(
        escape.replace_all(&colored, ""),
        screen(&sample::failed(), Surface::plain(80))
    );
}

#[test]
fn a_check_with_cases_says_which_failed() {
    let grade = sample::grade();
    let groups = Cases::group(&grade.results);
    insta::assert_snapshot!(draw(&groups[2], Some("--seed 81f2"), Surface::plain(80)).join("\n"));
}

#[test]
fn a_long_command_can_be_copied_whole() {
    let mut result = sample::failed();
    let command = "curl -X PUT -H 'content-type: application/json' -H \"Authorization: Bearer $TOKEN\" -d '{\"theme\":\"dark\"}' http://127.0.0.1:41873/preferences";
    result.curl = Some(command.into());
    let text = screen(&result, Surface::plain(60));
    let block: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("curl"))
        .take_while(|line| !line.starts_with('│'))
        .collect();
    assert_eq!(
        shlex::split(&block.join("\n").replace("\\\n", " ")),
        shlex::split(command),
        "{text}"
    );
    assert!(block.iter().all(|line| cell::width(line) <= 60), "{text}");
}

fn harmless(text: &str, columns: usize) -> Result<(), TestCaseError> {
    for line in text.lines() {
        prop_assert!(
            cell::width(line) <= columns,
            "{} > {columns}: {line:?}\n{text}",
            cell::width(line)
        );
        prop_assert!(!line.trim_start().starts_with("::"), "{line:?}");
        prop_assert!(!line.contains("##["), "{line:?}");
        prop_assert!(!line.chars().any(char::is_control), "{line:?}");
    }
    Ok(())
}

#[test]
fn hostile_text_is_harmless() {
    for result in &sample::hostile_grade().results {
        for columns in [40, 60, 80, 120] {
            harmless(&screen(result, Surface::plain(columns)), columns).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_line_is_too_wide_and_none_is_dangerous(
        text in "(\\PC|[\u{1b}\n\r\t:日é ]|::error::|[a-z]{30}){0,60}",
        columns in 40usize..130,
        at in 0usize..80,
    ) {
        let mut result = sample::spelled(&text);
        harmless(&screen(&result, Surface::plain(columns)), columns)?;
        result.steps[1].expectations[0].difference = Some((at, at));
        harmless(&screen(&result, Surface::plain(columns)), columns)?;
    }
}

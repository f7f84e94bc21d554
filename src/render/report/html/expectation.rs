//! Expectations: what was expected and what was there, with the first difference marked.

use super::super::cell;
use crate::grading::outcome::ExpectationResult;
use crate::render::markup::{Element, element};

/// More expectations that held than this are folded, so that they do not hide those that did not.
const HELD: usize = 3;

/// Every expectation of a step, held or not.
pub(super) fn list(all: &[ExpectationResult]) -> Vec<Element> {
    let list = |some: &[&ExpectationResult]| {
        let items = some.iter().map(|one| item(one));
        element("ul").class("expectations").all(items)
    };
    let (held, broken): (Vec<_>, Vec<_>) = all.iter().partition(|one| one.held);
    if held.len() <= HELD || broken.is_empty() {
        return vec![list(&all.iter().collect::<Vec<_>>())];
    }
    let line = element("summary").text(format!("✓ {} more expectations held", held.len()));
    vec![
        list(&broken),
        element("details").with(line).with(list(&held)),
    ]
}

fn item(one: &ExpectationResult) -> Element {
    let subject = cell::line(&one.subject);
    if one.held {
        let held = format!("{subject} held: {}", cell::line(&one.expected));
        return element("li")
            .with(element("span").class("pass").text("✓ "))
            .text(held);
    }
    let (left, right) = match one.difference {
        Some((left, right)) => (Some(left), Some(right)),
        None => (None, None),
    };
    let side = |label: &str, text: &str, at| {
        element("div")
            .with(element("dt").text(label))
            .with(element("dd").with(value(text, at)))
    };
    let line = element("p")
        .with(element("span").class("fail").text("✗ "))
        .with(element("strong").text(subject));
    let both = element("dl")
        .with(side("expected", &one.expected, left))
        .with(side("got", &one.got, right));
    let difference = left.map(|at| {
        let before = one.expected[..one.expected.floor_char_boundary(at)]
            .chars()
            .count();
        let text = format!("first difference at character {}", before + 1);
        element("p").class("quiet").text(text)
    });
    element("li").with(line).with(both).all(difference)
}

/// A value, marked from a byte on.
fn value(text: &str, at: Option<usize>) -> Element {
    let code = element("code");
    let Some(at) = at else {
        return code.text(cell::line(text));
    };
    let (same, other) = text.split_at(text.floor_char_boundary(at));
    let other = cell::line(other);
    let other = if other.is_empty() {
        "(ends here)"
    } else {
        &other
    };
    code.text(cell::line(same))
        .with(element("mark").text(other))
}

#[cfg(test)]
mod tests {
    use super::super::super::sample::{expectation, held};
    use super::*;

    #[test]
    fn the_difference_is_marked_in_both_and_said_in_words() {
        let mut one = expectation("body", "hello, wide", "hello, wi");
        one.difference = Some((9, 9));
        let shown = list(&[one, held("status", "200")])[0].to_string();
        assert!(shown.contains("hello, wi<mark>de</mark>"), "{shown}");
        assert!(
            shown.contains("hello, wi<mark>(ends here)</mark>"),
            "{shown}"
        );
        assert!(
            shown.contains("first difference at character 10"),
            "{shown}"
        );
        assert!(shown.contains("✓ </span>status held: 200"), "{shown}");
    }

    #[test]
    fn a_difference_inside_a_character_does_not_break() {
        let mut one = expectation("body", "é", "è");
        one.difference = Some((1, 99));
        assert!(list(&[one])[0].to_string().contains("<mark>é</mark>"));
    }

    #[test]
    fn many_that_held_do_not_hide_the_one_that_did_not() {
        let mut all = vec![held("$.a", "1"); 4];
        all.push(expectation("status", "200", "404"));
        let [broken, folded] = &list(&all)[..] else {
            panic!("two lists");
        };
        assert!(broken.to_string().contains("404"));
        let folded = folded.to_string();
        assert!(
            folded.contains("<summary>✓ 4 more expectations held"),
            "{folded}"
        );
        assert_eq!(list(&all[..4]).len(), 1);
    }
}

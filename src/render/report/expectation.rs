//! How expectations are shown: what was expected and what was there, side by side or one above the other, with the
//! first difference marked.

use super::cell;
use crate::grading::outcome::ExpectationResult;
use crate::render::theme::{Role, Surface};

/// The longest subject that still gets a column of its own.
const SUBJECT: usize = 28;

/// The lines of a step's expectations, none wider than `columns`.
pub(super) fn draw(all: &[ExpectationResult], columns: usize, surface: Surface) -> Vec<String> {
    let subject = widest(all.iter().map(|e| &e.subject)).min(SUBJECT);
    let failed = all.iter().filter(|e| !e.held);
    let expected = widest(failed.map(|e| &e.expected)).max(4) + "expected ".len();
    let got = columns.saturating_sub(2 + subject + 2 + expected + 3);
    let side_by_side = got >= 20
        && expected <= columns / 2
        && all.iter().all(|e| e.held || e.difference.is_none());
    all.iter()
        .flat_map(|one| {
            let (symbol, role) = if one.held {
                ("✓", Role::Pass)
            } else {
                ("✗", Role::Fail)
            };
            let lead = surface.paint(role, symbol);
            let name = cell::line(&one.subject);
            if side_by_side {
                let name = cell::pad(&cell::cut(&name, subject), subject);
                beside(one, &format!("{lead} {name}"), [subject + 2, expected, got])
            } else if one.held {
                let text = format!("{name}  held: {}", cell::line(&one.expected));
                vec![format!(
                    "{lead} {}",
                    cell::cut(&text, columns.saturating_sub(2))
                )]
            } else {
                above(one, &lead, &name, columns, surface)
            }
        })
        .collect()
}

fn widest<'a>(texts: impl Iterator<Item = &'a String>) -> usize {
    texts
        .map(|text| cell::width(&cell::line(text)))
        .max()
        .unwrap_or(0)
}

/// One line, with what was there wrapped inside its column.
fn beside(one: &ExpectationResult, lead: &str, [start, expected, got]: [usize; 3]) -> Vec<String> {
    let wanted = cell::cut(&format!("expected {}", cell::line(&one.expected)), expected);
    if one.held {
        let held = format!("held: {}", cell::line(&one.expected));
        return vec![format!("{lead}  {}", cell::cut(&held, expected + 3 + got))];
    }
    let answer = format!("got {}", cell::line(&one.got));
    cell::wrap(&answer, got)
        .into_iter()
        .enumerate()
        .map(|(row, part)| match row {
            0 => format!("{lead}  {}   {part}", cell::pad(&wanted, expected)),
            _ => format!("{}{part}", " ".repeat(start + 2 + expected + 3)),
        })
        .collect()
}

/// The subject, then both sides one above the other.
fn above(
    one: &ExpectationResult,
    lead: &str,
    name: &str,
    columns: usize,
    surface: Surface,
) -> Vec<String> {
    let mut lines = cell::wrap(name, columns.saturating_sub(2));
    for (row, line) in lines.iter_mut().enumerate() {
        *line = format!("{} {line}", if row == 0 { lead } else { " " });
    }
    let room = columns.saturating_sub(13);
    let fits = |text: &str| cell::width(&cell::line(text)) <= room;
    if let Some((left, right)) = one.difference {
        let short = fits(&one.expected) && fits(&one.got);
        let before = if short { room } else { room / 2 };
        let sides = (
            window(&one.expected, left, before, room),
            window(&one.got, right, before, room),
        );
        let ((expected, left), (got, right)) = sides;
        let at = left.max(right);
        let mark = surface.paint(Role::Fail, "^");
        let label = if at + 19 <= room {
            " first difference"
        } else {
            ""
        };
        let shift =
            |text: &str, own: usize| cell::cut(&format!("{}{text}", " ".repeat(at - own)), room);
        lines.push(format!("    expected {}", shift(&expected, left)));
        lines.push(format!("    got      {}", shift(&got, right)));
        lines.push(format!("             {}{mark}{label}", " ".repeat(at)));
        return lines;
    }
    for (label, text) in [("expected", &one.expected), ("got", &one.got)] {
        for (row, part) in cell::wrap(&cell::line(text), room).into_iter().enumerate() {
            let label = if row == 0 { label } else { "" };
            lines.push(format!("    {label:<8} {part}"));
        }
    }
    lines
}

/// The part of `text` around byte `at` that fits `room`, and the column of `at` in it, which is at most `before`.
fn window(text: &str, at: usize, before: usize, room: usize) -> (String, usize) {
    let (head, rest) = text.split_at(text.floor_char_boundary(at));
    let (head, rest) = (cell::line(head), cell::line(rest));
    let head = if cell::width(&head) < before {
        head
    } else {
        format!("…{}", cell::tail(&head, before.saturating_sub(2)))
    };
    let column = cell::width(&head);
    (cell::cut(&format!("{head}{rest}"), room), column)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{expectation, held};
    use super::*;

    fn text(all: &[ExpectationResult], columns: usize) -> String {
        draw(all, columns, Surface::plain(columns)).join("\n")
    }

    #[test]
    fn short_values_stand_side_by_side() {
        let all = [
            expectation("status", "200", "404"),
            held("header content-type", "to contain \"json\""),
            expectation(
                "$.theme",
                "\"dark\"",
                "nothing; the body is {\"error\":\"not found\"}",
            ),
        ];
        insta::assert_snapshot!(text(&all, 72));
    }

    #[test]
    fn long_values_stand_one_above_the_other() {
        let all = [
            expectation("$.message", &"long ".repeat(20), "short"),
            held("status", "200"),
        ];
        insta::assert_snapshot!(text(&all, 60));
    }

    #[test]
    fn the_caret_stands_under_the_first_difference() {
        let mut one = expectation(
            "body",
            "hello, wide and open world",
            "hello, wild and open world",
        );
        one.difference = Some((10, 10));
        insta::assert_snapshot!(text(&[one], 60));
    }

    #[test]
    fn a_difference_far_inside_is_brought_into_view() {
        let mut one = expectation(
            "body",
            &format!("{}left{}", "a".repeat(300), "z".repeat(300)),
            &format!("{}right{}", "a".repeat(300), "z".repeat(300)),
        );
        one.difference = Some((300, 300));
        let drawn = text(&[one], 60);
        let lines: Vec<&str> = drawn.lines().collect();
        let caret = lines[3].chars().position(|c| c == '^').unwrap();
        assert_eq!(lines[1].chars().nth(caret), Some('l'));
        assert_eq!(lines[2].chars().nth(caret), Some('r'));
        assert!(lines.iter().all(|line| cell::width(line) <= 60));
    }

    #[test]
    fn a_difference_inside_a_character_does_not_break() {
        let mut one = expectation("body", "é", "è");
        one.difference = Some((1, 99));
        assert_eq!(draw(&[one], 40, Surface::plain(40)).len(), 4);
    }
}

//! A history as a picture: the operations that nothing explains, and the whole run with what happened to whom. Drawn
//! in plain ASCII, which every terminal and log shows alike.

mod operations;
mod run;
pub(super) mod svg;

use super::theme::Surface;
use crate::lab::history::Picture;

/// The lines of both drawings; none where there is nothing to see.
#[must_use]
pub fn draw(picture: &Picture, surface: Surface) -> Vec<String> {
    let mut lines = operations::draw(picture, surface);
    let run = run::draw(picture, surface);
    if !lines.is_empty() && !run.is_empty() {
        lines.push(String::new());
    }
    lines.extend(run);
    lines
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::lab::history::{CHECKER, Deed, End, Operation, Part, Value};
    use crate::render::report::cell::width;

    fn ms(at: u64) -> Duration {
        Duration::from_millis(at)
    }

    fn operation(client: usize, deed: Deed, sent: u64, to: u64) -> Operation {
        let end = if to == 0 {
            End::Unknown
        } else {
            End::Answered(ms(to))
        };
        Operation {
            client,
            key: 3,
            deed,
            sent: ms(sent),
            end,
        }
    }

    fn read(value: u64) -> Deed {
        Deed::Read(Value::Written(value))
    }

    /// A stale read after a kill, and two writes that were lost.
    fn picture() -> Picture {
        let culprit = |o| (o, Part::Culprit);
        let other = |o| (o, Part::Other);
        Picture {
            operations: vec![
                culprit(operation(0, Deed::Write(17), 1000, 1010)),
                culprit(operation(0, Deed::Write(18), 1150, 1203)),
                culprit(operation(2, read(17), 1301, 1302)),
                other(operation(2, read(17), 1160, 1190)),
                other(operation(0, Deed::Write(21), 1250, 0)),
                other(operation(0, read(17), 1100, 1110)),
            ],
            acknowledged: (0..300).map(|n| ms(n * 13)).collect(),
            lost: vec![ms(1980), ms(1990)],
            torn: vec![ms(3000)],
            events: vec![
                (ms(2000), "a".into(), "kill -9".into()),
                (ms(2600), "a".into(), "started".into()),
                (ms(3100), "b".into(), "kill -9".into()),
            ],
            span: ms(4000),
        }
    }

    #[test]
    fn the_pictures_show_the_culprits_and_what_was_lost() {
        let [operations, run] = &svg::draw(&picture())[..] else {
            panic!("two pictures");
        };
        let operations = operations.to_string();
        assert!(operations.contains("client 1 wrote 17 from 1.000 s to 1.010 s"));
        assert!(operations.contains("client 1 wrote 21 at 1.250 s and had no answer"));
        assert_eq!(operations.matches("class=\"bad bar\"").count(), 3);
        let run = run.to_string();
        assert!(
            run.contains("a: kill -9 at 2.000 s, started at 2.600 s"),
            "{run}"
        );
        assert!(run.contains("300 changes acknowledged"), "{run}");
        assert!(
            run.contains("2 of them lost, acknowledged at 1.980 s and 1.990 s"),
            "{run}"
        );
        assert!(svg::draw(&Picture::default()).is_empty());
    }

    fn drawn(columns: usize) -> String {
        let lines = draw(&picture(), Surface::plain(columns));
        assert!(lines.iter().all(|l| width(l) <= columns), "{lines:#?}");
        assert!(lines.iter().all(|l| l.is_ascii()), "{lines:#?}");
        lines.join("\n")
    }

    #[test]
    fn a_history_at_60_columns() {
        insta::assert_snapshot!(drawn(60));
    }

    #[test]
    fn a_history_at_80_columns() {
        insta::assert_snapshot!(drawn(80));
    }

    #[test]
    fn a_history_at_120_columns() {
        insta::assert_snapshot!(drawn(120));
    }

    #[test]
    fn the_checker_has_a_name_and_too_little_room_draws_nothing() {
        let mut picture = picture();
        picture.operations[2].0.client = CHECKER;
        assert!(
            draw(&picture, Surface::plain(90))
                .join("\n")
                .contains("the last read  ")
        );
        assert!(draw(&picture, Surface::plain(20)).is_empty());
        assert!(draw(&Picture::default(), Surface::plain(80)).is_empty());
    }
}

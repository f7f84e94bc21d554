//! Drawings at several widths.

use proptest::prelude::*;

use super::{Row, Sequence, Stroke, draw};
use crate::render::markdown::wrap::width;
use crate::render::theme::Surface;

fn message(from: usize, to: usize, label: &str) -> Row {
    Row::Message {
        from,
        to,
        label: label.to_owned(),
        stroke: if to < from {
            Stroke::Dashed
        } else {
            Stroke::Solid
        },
        note_right: None,
    }
}

fn failing() -> Sequence {
    let mut rows = vec![
        message(0, 1, "PUT /preferences"),
        message(1, 0, "204"),
        Row::Note {
            over: vec![1],
            label: "kill -9".to_owned(),
        },
        Row::Gap { count: 12 },
        message(0, 2, "GET /preferences"),
    ];
    rows.push(Row::Message {
        from: 2,
        to: 0,
        label: "404".to_owned(),
        stroke: Stroke::Dashed,
        note_right: Some("expected 200".to_owned()),
    });
    Sequence {
        participants: ["checker", "a", "b"].map(str::to_owned).to_vec(),
        rows,
    }
}

#[test]
fn a_failing_check_is_drawn_in_sixty_columns() {
    let drawn = draw(&failing(), &Surface::plain(60)).join("\n");
    insta::assert_snapshot!("sequence_60", drawn);
}

#[test]
fn six_parties_fit_into_eighty_columns_with_short_labels() {
    let names = ["checker", "lb", "a", "b", "c", "database"];
    let rows = vec![
        message(0, 1, "POST /login"),
        message(1, 2, "POST /login"),
        message(2, 5, "SELECT password FROM users WHERE name = ?"),
        message(5, 2, "1 row"),
        message(2, 1, "200"),
        message(1, 0, "200"),
        Row::Separator {
            label: "20 times".to_owned(),
        },
        message(3, 3, "verify the signature"),
    ];
    let sequence = Sequence {
        participants: names.map(str::to_owned).to_vec(),
        rows,
    };
    let drawn = draw(&sequence, &Surface::plain(80)).join("\n");
    insta::assert_snapshot!("sequence_six_80", drawn);
    let listed = draw(&sequence, &Surface::plain(40)).join("\n");
    insta::assert_snapshot!("sequence_six_40", listed);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_drawing_is_wider_than_the_surface(
        names in proptest::collection::vec("[a-z日👩]{0,20}", 0..8),
        rows in proptest::collection::vec((0_usize..9, 0_usize..9, "[a-z語 \u{1b}]{0,60}", 0_u8..6), 0..12),
        columns in 40_usize..=120,
    ) {
        let rows = rows.into_iter().map(|(from, to, label, kind)| match kind {
            0 => Row::Note { over: vec![from, to], label },
            1 => Row::Separator { label },
            2 => Row::Gap { count: to },
            3 => Row::Message { from, to, note_right: Some(label.clone()), label, stroke: Stroke::Solid },
            _ => message(from, to, &label),
        });
        let sequence = Sequence { participants: names, rows: rows.collect() };
        for line in draw(&sequence, &Surface::plain(columns)) {
            prop_assert!(width(&line) <= columns, "{columns}: {line:?}");
            prop_assert!(!line.contains('\x1b'));
        }
    }
}

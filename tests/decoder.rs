//! The decoder of check files meets whatever an author may type: it answers with diagnostics, and never panics.

use course::checks::file::{Anchors, decode};
use proptest::prelude::*;

const SHIPPED: &str = include_str!("../checks/stateless-refactor.toml");

/// Pieces that are likely to hurt: half a template, an odd path, a wrong type, a stray bracket.
const PIECES: &[&str] = &[
    "",
    "{{",
    "}}",
    "{{ x",
    "\"",
    "'",
    "[",
    "]]",
    "=",
    "$..",
    "$[?",
    "é",
    "😀",
    "\u{0}",
    "99999999999999999999999999",
    "expect.status = []",
    "repeat = -1",
    "each = {}",
    "needs = [\"\"]",
    "\n[[check]]\n",
    "\\",
];

/// The nearest place at or before `at` where a character begins.
fn floor(at: usize) -> usize {
    (0..=at.min(SHIPPED.len()))
        .rev()
        .find(|i| SHIPPED.is_char_boundary(*i))
        .unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn an_edited_file_gives_diagnostics_inside_it(
        at in 0..SHIPPED.len(),
        length in 0..40_usize,
        piece in 0..PIECES.len(),
    ) {
        let (from, to) = (floor(at), floor(at + length));
        let text = format!("{}{}{}", &SHIPPED[..from], PIECES[piece], &SHIPPED[to..]);
        if let Err(problems) = decode("checks/x.toml", &text, &Anchors::new(), &|_| None) {
            prop_assert!(!problems.is_empty());
            for problem in problems {
                prop_assert!(problem.span.start <= problem.span.end, "{problem:?}");
                prop_assert!(problem.span.end <= text.len(), "{problem:?}");
                prop_assert!(!problem.message.is_empty());
            }
        }
    }

    #[test]
    fn any_text_is_answered(text in ".{0,200}") {
        let _ = decode("checks/x.toml", &text, &Anchors::new(), &|_| None);
    }
}

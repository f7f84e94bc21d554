//! Whole pages: the sample page at several widths, hostile input, and the width of every line.

use proptest::prelude::*;

use super::page;
use super::wrap::width;
use crate::render::theme::Surface;

const SAMPLE: &str = include_str!("../../../tests/pages/sample.md");

fn rendered(text: &str, surface: &Surface) -> String {
    let mut out = Vec::new();
    page(text, surface, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn colored(width: usize) -> Surface {
    Surface {
        width,
        color: true,
        links: true,
        ascii: false,
    }
}

#[test]
fn the_sample_page_reads_well_at_every_width() {
    for columns in [40, 80, 120] {
        insta::assert_snapshot!(
            format!("sample_{columns}_plain"),
            rendered(SAMPLE, &Surface::plain(columns))
        );
    }
    let shown = rendered(SAMPLE, &colored(80)).replace('\x1b', "␛");
    insta::assert_snapshot!("sample_80_color", shown);
}

#[test]
fn without_colour_there_is_no_escape_byte() {
    let page = rendered(SAMPLE, &Surface::plain(80));
    assert!(!page.contains('\x1b'));
    assert!(rendered(SAMPLE, &colored(80)).contains("\x1b[1m"));
}

#[test]
fn hostile_bytes_are_shown_and_not_sent() {
    let text = "a\x1b[31mb `\x07c` [l](http://x/\x1b]0;t)\n\n```\n\x1b]8;;x\x1b\\\n```\n\n<p>\x1b[2J\n\n```mermaid\nflowchart LR\nA[\x1b[1m] --> B\n```\n";
    for surface in [Surface::plain(60), colored(60)] {
        let page = rendered(text, &surface);
        assert!(
            page.contains("\\x1b[31mb") && page.contains("\\x07c"),
            "{page}"
        );
        for bad in ["\x1b[31m", "\x07", "\x1b]0", "\x1b[2J", "\x1b]8;;x"] {
            assert!(!page.contains(bad), "{bad:?} in {page:?}");
        }
    }
}

/// Pieces that Markdown, wrapping or a terminal treat in some special way, parted by bars of their own.
const PIECES: &str = "# ¦### ¦- ¦1. ¦999999999. ¦> ¦> > ¦    ¦\t¦\n¦\n\n¦```\n¦```python\n¦```mermaid\n¦flowchart LR\n\
    ¦A[日本] --> B¦A -->|x| B\n¦sequenceDiagram\n¦a->>b: hi\n¦|¦| a | b |\n|---|---|\n¦|---|:-:|\n¦*¦**¦~~¦`¦``¦[\
    ¦](http://example.com/a/b?c=d)¦![¦[^1]¦[^1]: ¦<b>¦<!--¦-->¦<https://x.example/>¦---\n¦  \n¦\\\n¦日本語¦한국어¦。\
    ¦👩\u{200d}💻¦👨\u{200d}👩\u{200d}👧¦🇩🇪¦❤\u{fe0f}¦e\u{301}\u{302}¦\u{300}¦नमस्ते¦\u{200d}¦\u{fe0f}¦\u{ad}¦\u{2028}\
    ¦\u{1b}[31m¦\r\n¦\u{202e}¦- [x] ¦&nbsp;¦&#27;¦ﷺ¦ᄀᄀᄀ";

fn piece() -> impl Strategy<Value = String> {
    let marks: Vec<&str> = PIECES.split('¦').collect();
    prop_oneof![
        3 => proptest::sample::select(marks).prop_map(str::to_owned),
        2 => "[a-z]{1,12} ".prop_map(|word| word),
        1 => "[a-zA-Z/]{60,200}".prop_map(|word| word),
        1 => any::<char>().prop_map(|c| c.to_string()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_line_is_wider_than_the_surface(
        pieces in proptest::collection::vec(piece(), 1..60),
        columns in 40_usize..=120,
    ) {
        let text: String = pieces.concat();
        let page = rendered(&text, &Surface::plain(columns));
        prop_assert!(!page.contains('\x1b'));
        for line in page.lines() {
            prop_assert!(width(line) <= columns, "{} > {columns}: {line:?}", width(line));
        }
    }

    #[test]
    fn colour_changes_nothing_but_colour(pieces in proptest::collection::vec(piece(), 1..30)) {
        let page = rendered(&pieces.concat(), &colored(60));
        for line in page.lines() {
            let seen = without_escapes(line);
            prop_assert!(!seen.contains('\x1b'));
            prop_assert!(width(&seen) <= 60, "{seen:?}");
        }
    }
}

/// A line without the escape sequences that we write ourselves.
fn without_escapes(line: &str) -> String {
    let ours = regex::Regex::new("\x1b\\[[0-9;]*m|\x1b\\]8;;[^\x1b]*\x1b\\\\").unwrap();
    ours.replace_all(line, "").into_owned()
}

//! Diagnostics as rustc prints them: id, message, place, source line, caret, and what to do.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::theme::{Role, Surface};
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::text::printable;

/// All diagnostics, one after the other with a blank line between them. `text_of` gives the text of a file by the path
/// that its diagnostics carry; without it there is no source line.
#[must_use]
pub fn diagnostics(
    list: &[Diagnostic],
    text_of: &dyn Fn(&str) -> Option<String>,
    surface: &Surface,
) -> String {
    let renderer = if surface.color {
        let rule = Role::Link.style().effects(anstyle::Effects::new());
        Renderer::styled()
            .error(Role::Fail.style())
            .warning(Role::Skip.style().bold())
            .help(Role::Heading.style())
            .line_num(rule)
            .context(rule)
            .emphasis(Role::Strong.style())
    } else {
        Renderer::plain()
    };
    let renderer = renderer.term_width(surface.width);
    let mut out = String::new();
    for diagnostic in list {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&one(diagnostic, text_of(&diagnostic.file), &renderer));
        out.push('\n');
    }
    out
}

fn one(diagnostic: &Diagnostic, text: Option<String>, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(printable(&diagnostic.message))
        .id(diagnostic.id);
    let path = printable(&diagnostic.file);
    let mut group = match text {
        Some(text) => {
            let span = within(&text, diagnostic.span.clone());
            let mark = AnnotationKind::Primary.span(span);
            let label = printable(&diagnostic.label);
            let mark = if label.is_empty() {
                mark
            } else {
                mark.label(label)
            };
            title.element(Snippet::source(text).path(path).annotation(mark))
        }
        None => title.element(Origin::path(path)),
    };
    if !diagnostic.help.is_empty() {
        group = group.element(Level::HELP.message(printable(&diagnostic.help)));
    }
    let report: [Group<'_>; 1] = [group];
    renderer.render(&report)
}

/// The span, moved onto characters that are there: the file may have changed since it was read.
fn within(text: &str, span: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let start = text.floor_char_boundary(span.start);
    let end = text.ceil_char_boundary(span.end.max(start));
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn misspelt() -> Diagnostic {
        Diagnostic::error("E101", "checks/a.toml", 19..25, "unknown key `statsu`")
            .label("no expectation is called this")
            .help("did you mean `status`?")
    }

    const TEXT: &str = "# é\nx = 1\n  expect.statsu = 200\n";

    #[test]
    fn the_caret_stands_under_the_mistake() {
        let text_of = |_: &str| Some(TEXT.replace("expect", "exp"));
        let shown = diagnostics(&[misspelt()], &text_of, &Surface::plain(80));
        insta::assert_snapshot!("diagnostic_plain", shown);
    }

    #[test]
    fn colour_and_control_characters_stay_out_of_plain_text() {
        let text_of = |_: &str| Some("a = \"\x1b[31m\x07\"\n".to_owned());
        let bad = Diagnostic::error("E1", "a.toml", 4..99, "bad \x1b[1m").label("\x1b]8;;");
        let plain = diagnostics(std::slice::from_ref(&bad), &text_of, &Surface::plain(80));
        assert!(
            !plain.contains('\x1b') && !plain.contains('\x07'),
            "{plain}"
        );
        let surface = Surface {
            width: 80,
            color: true,
            links: false,
            ascii: false,
        };
        let colored = diagnostics(&[bad], &text_of, &surface);
        assert!(
            colored.contains("\x1b[1m\x1b[38;5;196merror"),
            "{colored:?}"
        );
        assert!(!colored.contains("\x1b[31m\x07"));
    }

    #[test]
    fn without_the_text_the_file_is_still_named() {
        let shown = diagnostics(&[misspelt()], &|_| None, &Surface::plain(80));
        assert!(shown.contains("checks/a.toml"), "{shown}");
        assert!(shown.contains("did you mean `status`?"), "{shown}");
    }
}

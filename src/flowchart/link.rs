//! Arrows as Mermaid writes them: `-->`, `---`, `-.->`, `==>`, `<-->`, `--x`, `o--o`, `~~~`, each as long as one likes,
//! with words inside (`-- words -->`) or behind (`-->|words|`).

use super::Stroke;

/// The signs of one arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) stroke: Line,
    /// Whether it has a head where it begins.
    pub(super) begin: bool,
    /// Whether it has a head where it ends.
    pub(super) end: bool,
    /// How many bytes it takes.
    pub(super) wide: usize,
}

/// A line, or one that nobody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Seen(Stroke),
    Unseen,
}

/// The arrow at the beginning of `text`, if it is whole: not one that is still to get its words.
pub(super) fn whole(text: &str) -> Option<Bar> {
    let (begin, rest) = begins(text);
    let lead = text.len() - rest.len();
    let run = |sign: char| rest.len() - rest.trim_start_matches(sign).len();
    let bar = |stroke, end, wide| {
        Some(Bar {
            stroke,
            begin,
            end,
            wide: lead + wide,
        })
    };
    let tilde = run('~');
    if tilde >= 3 && !begin {
        return bar(Line::Unseen, false, tilde);
    }
    for (sign, stroke) in [('-', Stroke::Solid), ('=', Stroke::Thick)] {
        let wide = run(sign);
        if wide >= 2 {
            let (head, more) = ends(&rest[wide..]);
            let is_whole = head || wide >= 3;
            return is_whole.then(|| bar(Line::Seen(stroke), head, wide + more))?;
        }
    }
    // -.-> and .-> : dots, a hyphen, perhaps a head.
    let lead_hyphen = usize::from(rest.starts_with('-'));
    let after = &rest[lead_hyphen..];
    let dots = after.len() - after.trim_start_matches('.').len();
    if dots > 0 && after[dots..].starts_with('-') {
        let wide = lead_hyphen + dots + 1;
        let (head, more) = ends(&rest[wide..]);
        return bar(Line::Seen(Stroke::Dotted), head, wide + more);
    }
    None
}

/// The beginning of an arrow that is to get its words: `--`, `==` or `-.`; how it is drawn, whether it has a head, and
/// how many bytes it takes.
pub(super) fn opening(text: &str) -> Option<(Stroke, bool, usize)> {
    let (begin, rest) = begins(text);
    let lead = text.len() - rest.len();
    let stroke = match rest.get(..2)? {
        "--" => Stroke::Solid,
        "==" => Stroke::Thick,
        "-." => Stroke::Dotted,
        _ => return None,
    };
    Some((stroke, begin, lead + 2))
}

/// Where the arrow that was opened with this stroke closes in `text`: the end of its words, and the rest of it.
pub(super) fn closing(text: &str, stroke: Stroke) -> Option<(usize, Bar)> {
    let mut quoted = false;
    let mut passed = 0;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '\n' if !quoted => return None,
            '-' | '=' | '.' if !quoted && at >= passed => {
                // The head of the beginning belongs to the other end.
                if let Some(bar) = whole(&text[at..])
                    && bar.stroke == Line::Seen(stroke)
                {
                    return Some((at, bar));
                }
                // Of a run of one sign only the last may begin another arrow.
                let rest = &text[at..];
                let run = rest.len() - rest.trim_start_matches(c).len();
                passed = at + (run - 1).max(1);
            }
            _ => {}
        }
    }
    None
}

/// A head where the arrow begins. `x` and `o` are heads only where signs of an arrow follow at once.
fn begins(text: &str) -> (bool, &str) {
    for sign in ['<', 'x', 'o'] {
        if let Some(rest) = text.strip_prefix(sign)
            && ["--", "==", "-."]
                .iter()
                .any(|signs| rest.starts_with(signs))
        {
            return (true, rest);
        }
    }
    (false, text)
}

/// A head where the arrow ends, and how many bytes it takes.
fn ends(text: &str) -> (bool, usize) {
    let head = text.starts_with(['>', 'x', 'o']);
    (head, usize::from(head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_arrow_is_told_from_the_beginning_of_one() {
        let seen = |text: &str| {
            whole(text).map(|bar| {
                let stroke = match bar.stroke {
                    Line::Seen(Stroke::Solid) => "solid",
                    Line::Seen(Stroke::Thick) => "thick",
                    Line::Seen(Stroke::Dotted) => "dotted",
                    Line::Unseen => "unseen",
                };
                (stroke, bar.begin, bar.end, bar.wide)
            })
        };
        assert_eq!(seen("-->B"), Some(("solid", false, true, 3)));
        assert_eq!(seen("---B"), Some(("solid", false, false, 3)));
        assert_eq!(seen("<-----> B"), Some(("solid", true, true, 7)));
        assert_eq!(seen("x--x B"), Some(("solid", true, true, 4)));
        assert_eq!(seen("---oB"), Some(("solid", false, true, 4)));
        assert_eq!(seen("==> B"), Some(("thick", false, true, 3)));
        assert_eq!(seen("-..-> B"), Some(("dotted", false, true, 5)));
        assert_eq!(seen(".-> B"), Some(("dotted", false, true, 3)));
        assert_eq!(seen("-.- B"), Some(("dotted", false, false, 3)));
        assert_eq!(seen("~~~ B"), Some(("unseen", false, false, 3)));
        for opening in ["-- a", "== a", "-. a", "- a", "x- a"] {
            assert_eq!(seen(opening), None, "{opening}");
        }
    }
}

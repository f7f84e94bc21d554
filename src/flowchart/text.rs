//! The words in boxes and on arrows: quotes, line breaks, Markdown and the codes of characters.

use crate::base::text::printable;

/// Named characters that people write.
const NAMED: &[(&str, &str)] = &[
    ("quot", "\""),
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("apos", "'"),
    ("nbsp", " "),
    ("num", "#"),
    ("semi", ";"),
    ("colon", ":"),
    ("comma", ","),
    ("lpar", "("),
    ("rpar", ")"),
    ("lsqb", "["),
    ("rsqb", "]"),
    ("lbrace", "{"),
    ("rbrace", "}"),
    ("vert", "|"),
    ("infin", "∞"),
    ("hearts", "♥"),
    ("rarr", "→"),
    ("larr", "←"),
    ("hellip", "…"),
    ("mdash", "—"),
    ("ndash", "–"),
];

/// Words as they are shown; `written` is what stands between the signs of a box or an arrow.
pub(super) fn label(written: &str) -> String {
    let mut text = written.trim();
    if let Some(inside) = between(text, '"') {
        text = inside.trim();
    }
    let shown = match between(text, '`') {
        Some(markdown) => markdown
            .trim()
            .replace("**", "")
            .replace("__", "")
            .replace('*', ""),
        None => text.to_owned(),
    };
    let lines: Vec<String> = broken(&shown)
        .iter()
        .map(|line| printable(decoded(line).trim()).replace('\t', " "))
        .collect();
    lines.join("\n").trim().to_owned()
}

fn between(text: &str, sign: char) -> Option<&str> {
    text.strip_prefix(sign)?.strip_suffix(sign)
}

/// Cut at line breaks, written as such, as `\n` or as `<br>`.
fn broken(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let wide = match c {
            '\n' => Some(1),
            '\\' if rest.starts_with("\\n") => Some(2),
            '<' => tag(rest),
            _ => None,
        };
        if let Some(wide) = wide {
            lines.push(String::new());
            rest = &rest[wide..];
        } else {
            if let Some(line) = lines.last_mut() {
                line.push(c);
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    lines
}

/// How long a `<br>`, `<br/>` or `<br />` at the beginning is.
fn tag(text: &str) -> Option<usize> {
    let name = text.get(1..3)?;
    if !name.eq_ignore_ascii_case("br") {
        return None;
    }
    let rest = text[3..].trim_start();
    let rest = rest.strip_prefix('/').unwrap_or(rest).trim_start();
    rest.starts_with('>').then(|| text.len() - rest.len() + 1)
}

/// With `#quot;`, `#9829;` and `&amp;` decoded.
fn decoded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['#', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((sign, wide)) = code(rest) {
            out.push_str(&sign);
            rest = &rest[wide..];
        } else {
            out.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

/// The character of the code at the beginning, and how long the code is.
fn code(text: &str) -> Option<(String, usize)> {
    let end = text.bytes().take(13).position(|byte| byte == b';')?;
    let name = &text[1..end];
    let number = name.trim_start_matches('#');
    let number = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => number.parse().ok(),
    };
    let sign = match number {
        Some(number) => char::from_u32(number)?.to_string(),
        None => NAMED.iter().find(|(known, _)| *known == name)?.1.to_owned(),
    };
    Some((sign, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lose_quotes_and_codes() {
        for (written, shown) in [
            (" \"a [b] #quot;c#quot;\" ", "a [b] \"c\""),
            ("I #9829; you", "I ♥ you"),
            ("#35;1 &lt; #x32;", "#1 < 2"),
            ("A#B; C & D", "A#B; C & D"),
            (
                "one<br/>two<BR />three<br>four\\nfive",
                "one\ntwo\nthree\nfour\nfive",
            ),
            ("\"`The **bold**\n*cat*`\"", "The bold\ncat"),
            ("a <b> c", "a <b> c"),
            ("\u{1b}[31m", "\\x1b[31m"),
        ] {
            assert_eq!(label(written), shown, "{written}");
        }
    }
}

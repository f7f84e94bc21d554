//! Highlighting: a small lexer that knows comments, strings, numbers, keywords and keys, and nothing of grammar.
//!
//! A syntax engine costs more than the rest of the page together, and lessons need no more than this.

use anstyle::Style;

use super::inline::Inline;
use super::language::{Language, Lines};
use crate::render::theme::Role;

/// The code with the styles of its parts. The text itself is unchanged.
pub(super) fn highlight(text: &str, language: &Language) -> Inline {
    let mut lexer = Lexer {
        text,
        at: 0,
        language,
        out: Inline::default(),
    };
    while lexer.at < text.len() {
        let begins_line = lexer.at == 0 || text.as_bytes()[lexer.at - 1] == b'\n';
        if !(begins_line && lexer.line()) {
            lexer.token();
        }
    }
    lexer.out
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    language: &'a Language,
    out: Inline,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Takes the next `length` bytes as one part.
    fn part(&mut self, length: usize, role: Option<Role>) {
        let style = role.map_or(Style::new(), Role::style);
        self.out
            .push(&self.text[self.at..self.at + length], style, None);
        self.at += length;
    }

    /// Takes what the beginning of a line says; `false` when it says nothing.
    fn line(&mut self) -> bool {
        let line = self.rest().lines().next().unwrap_or("");
        match self.language.lines {
            Lines::Console => {
                if line.starts_with("$ ") || line.starts_with("# ") || line.starts_with("> ") {
                    self.part(2, Some(Role::Faint));
                    self.part(line.len() - 2, Some(Role::Command));
                    return true;
                }
                self.part(line.len(), None);
                !line.is_empty()
            }
            Lines::Http => self.http(line),
            Lines::Diff => {
                let role = match line.as_bytes().first() {
                    Some(b'+') => Some(Role::Pass),
                    Some(b'-') => Some(Role::Fail),
                    Some(b'@') => Some(Role::Faint),
                    _ => None,
                };
                self.part(line.len(), role);
                !line.is_empty()
            }
            Lines::Keys if line.trim_start().starts_with('[') && line.trim_end().ends_with(']') => {
                self.part(line.len(), Some(Role::Heading));
                true
            }
            _ => false,
        }
    }

    fn http(&mut self, line: &str) -> bool {
        if line.starts_with("HTTP/") {
            let (version, rest) = line.split_once(' ').unwrap_or((line, ""));
            self.part(version.len(), Some(Role::Keyword));
            self.part(line.len() - version.len() - rest.len(), None);
            self.part(rest.len(), Some(Role::Number));
            return true;
        }
        let name = line.split(':').next().unwrap_or("");
        let header = name.len() < line.len()
            && !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if header {
            self.part(name.len(), Some(Role::Code));
            self.part(line.len() - name.len(), None);
        }
        header
    }

    fn token(&mut self) {
        let rest = self.rest();
        let language = self.language;
        if let Some((open, close)) = language.block_comment
            && rest.starts_with(open)
        {
            let inner = rest[open.len()..].find(close);
            let end = inner.map_or(rest.len(), |at| open.len() + at + close.len());
            return self.part(end, Some(Role::Comment));
        }
        if language.line_comments.iter().any(|c| rest.starts_with(c)) && self.comment_may_begin() {
            let end = rest.find('\n').unwrap_or(rest.len());
            return self.part(end, Some(Role::Comment));
        }
        if let Some(quote) = language.strings.iter().find(|q| rest.starts_with(**q)) {
            return self.string(quote);
        }
        let first = rest.as_bytes()[0];
        if first == b'<' && language.lines == Lines::Tags {
            let name = rest[1..]
                .find(|c: char| !(c.is_ascii_alphanumeric() || "/-!".contains(c)))
                .unwrap_or(rest.len() - 1);
            return self.part(1 + name, Some(Role::Keyword));
        }
        if first.is_ascii_alphanumeric() || first == b'_' {
            return self.word();
        }
        // Bytes that begin nothing are taken together, which is the bulk of most code.
        let end = rest
            .char_indices()
            .skip(1)
            .find(|(at, c)| {
                c.is_ascii_alphanumeric()
                    || matches!(c, '_' | '\n' | '<')
                    || rest.as_bytes()[at - 1] == b'\n'
                    || self.begins(&rest[*at..])
            })
            .map_or(rest.len(), |(at, _)| at);
        self.part(end, None);
    }

    /// Whether a comment or string may begin here.
    fn begins(&self, rest: &str) -> bool {
        let language = self.language;
        language.strings.iter().any(|q| rest.starts_with(*q))
            || language.line_comments.iter().any(|c| rest.starts_with(*c))
            || language
                .block_comment
                .is_some_and(|(open, _)| rest.starts_with(open))
    }

    /// A `#` inside a word, as in `$#` or `a#b`, is no comment, and neither are the slashes of a URL.
    fn comment_may_begin(&self) -> bool {
        let before = self.text[..self.at].chars().next_back();
        before.is_none_or(|c| c.is_whitespace() || ";,{}()[]".contains(c))
    }

    fn string(&mut self, quote: &str) {
        let rest = self.rest();
        let long = quote.len() > 1 || quote == "`";
        let mut end = quote.len();
        let mut escaped = false;
        let mut closed = false;
        for (at, c) in rest.char_indices() {
            if at < quote.len() {
                continue;
            }
            end = at;
            if !escaped && rest[at..].starts_with(quote) {
                end = at + quote.len();
                closed = true;
                break;
            }
            if c == '\n' && !long {
                break;
            }
            escaped = c == '\\' && !escaped;
            end = at + c.len_utf8();
        }
        // An apostrophe that nothing closes on its line is only that.
        if !closed && !long {
            return self.part(quote.len(), None);
        }
        let role = if self.is_key(&rest[end..]) {
            Role::Code
        } else {
            Role::Text
        };
        self.part(end, Some(role));
    }

    fn is_key(&self, after: &str) -> bool {
        self.language.lines == Lines::Keys && after.trim_start_matches(' ').starts_with([':', '='])
    }

    fn word(&mut self) {
        let rest = self.rest();
        let inside = |c: char| {
            c.is_alphanumeric() || c == '_' || (c == '-' && self.language.lines == Lines::Keys)
        };
        let number = rest.as_bytes()[0].is_ascii_digit();
        let end = rest
            .find(|c: char| !(inside(c) || (number && c == '.')))
            .unwrap_or(rest.len());
        let word = &rest[..end];
        let role = if number {
            Some(Role::Number)
        } else if self.language.reserves(word) {
            Some(Role::Keyword)
        } else if self.is_key(&rest[end..]) {
            Some(Role::Code)
        } else {
            None
        };
        self.part(end, role);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::theme::Surface;

    /// The parts of a text that are shown in the style of a role.
    fn painted(language: &str, text: &str, role: Role) -> Vec<String> {
        let surface = Surface {
            width: 80,
            color: true,
            links: false,
            ascii: false,
        };
        let code = highlight(text, Language::named(language).unwrap());
        assert_eq!(code.text, text, "highlighting must not change the text");
        let mut line = String::new();
        code.write(0..text.len(), &surface, &mut line);
        let (open, close) = (role.style().render().to_string(), "\x1b[0m");
        line.split(&open)
            .skip(1)
            .filter_map(|rest| rest.split(close).next().map(str::to_owned))
            .collect()
    }

    #[test]
    fn keywords_strings_and_comments_are_told_apart() {
        let code = "def f(x):  # return\n    return \"if 'x'\" + f'''a\nb'''\n";
        assert_eq!(painted("python", code, Role::Keyword), ["def", "return"]);
        assert_eq!(
            painted("python", code, Role::Text),
            ["\"if 'x'\"", "'''a\nb'''"]
        );
        assert_eq!(painted("python", code, Role::Comment), ["# return"]);
    }

    #[test]
    fn keys_differ_from_values() {
        let json = "{\"a\": \"b\", \"c\": [1, true]}";
        assert_eq!(painted("json", json, Role::Code), ["\"a\"", "\"c\""]);
        assert_eq!(painted("json", json, Role::Text), ["\"b\""]);
    }

    #[test]
    fn only_prompted_lines_of_a_console_are_commands() {
        let text = "$ course check\nPASS\n$ ls\n";
        assert_eq!(
            painted("console", text, Role::Command),
            ["course check", "ls"]
        );
    }

    #[test]
    fn an_open_string_ends_with_its_line() {
        assert!(painted("rust", "fn f<'a>(x: &'a str) {}", Role::Text).is_empty());
        assert_eq!(painted("js", "// don't\nlet x", Role::Keyword), ["let"]);
    }
}

//! The command that sends the failing request again, laid out so that it can still be copied.
//!
//! A command that is too long is continued with a backslash at the end of a line, only between arguments, which every
//! POSIX shell reads as the same command. It is never wrapped inside an argument.

use super::cell;

/// The lines of `command` for `columns`: one when it fits, otherwise one argument (with its value) after another.
pub(super) fn lay_out(command: &str, columns: usize) -> Vec<String> {
    let words = words(command);
    let whole = words.join(" ");
    if cell::width(&whole) <= columns && !whole.contains('\n') {
        return vec![whole];
    }
    let mut lines: Vec<String> = Vec::new();
    for unit in units(words) {
        match lines.last_mut() {
            Some(line) if cell::width(line) + cell::width(&unit) + 3 <= columns => {
                line.push(' ');
                line.push_str(&unit);
            }
            Some(line) => {
                line.push_str(" \\");
                lines.push(format!("  {unit}"));
            }
            None => lines.push(unit),
        }
    }
    lines
}

/// Keeps an option and its value together: `-H 'accept: */*'`. A word that begins with `::` stays behind another one,
/// because at the start of a line it could be read as a GitHub workflow command.
fn units(words: Vec<String>) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    let mut option_open = false;
    for word in words {
        let is_option = word.starts_with('-');
        match units.last_mut() {
            Some(unit) if (option_open && !is_option) || word.starts_with("::") => {
                unit.push(' ');
                unit.push_str(&word);
                option_open = false;
            }
            _ => {
                option_open = is_option;
                units.push(word);
            }
        }
    }
    units
}

/// Splits at unquoted spaces and keeps every word as it is quoted. Inside quotes, a newline and the old form of a
/// workflow command are followed or broken by an empty pair of quotes: the shell reads the same, a CI log does not.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut escaped = false;
    for c in command.chars() {
        if escaped {
            escaped = false;
        } else if c == '\\' && quote != Some('\'') {
            escaped = true;
        } else if matches!(c, '\'' | '"') && quote.is_none_or(|open| open == c) {
            quote = if quote.is_some() { None } else { Some(c) };
        } else if c == ' ' && quote.is_none() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        if let Some(open) = quote
            && c == '['
            && word.ends_with("##")
        {
            word.extend([open, open]);
        }
        push_safe(&mut word, c);
        if let Some(open) = quote
            && c == '\n'
        {
            word.extend([open, open]);
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn push_safe(word: &mut String, c: char) {
    if c == '\n' {
        word.push(c);
    } else {
        let mut buffer = [0; 4];
        let text: &str = c.encode_utf8(&mut buffer);
        word.push_str(&crate::base::text::printable(text));
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    /// What a shell makes of a command: one argument per entry.
    fn arguments(command: &str) -> Vec<String> {
        let script = command.replacen("curl", "printf '%s\\0'", 1);
        let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
        assert!(output.status.success(), "{command}");
        String::from_utf8(output.stdout)
            .unwrap()
            .split_terminator('\0')
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn a_short_command_stays_on_one_line() {
        assert_eq!(lay_out("curl http://a/", 40), ["curl http://a/"]);
    }

    #[test]
    fn a_long_command_is_continued_between_arguments() {
        let command =
            "curl -X PUT -H 'content-type: application/json' -d '{\"theme\": \"dark\"}' http://a/";
        assert_eq!(
            lay_out(command, 50),
            [
                "curl -X PUT -H 'content-type: application/json' \\",
                "  -d '{\"theme\": \"dark\"}' http://a/"
            ]
        );
    }

    #[test]
    fn a_newline_in_a_body_cannot_start_a_workflow_command() {
        let laid_out = lay_out("curl -d 'a\n::error::b ##[error]c' http://a/", 60).join("\n");
        assert!(
            !laid_out
                .lines()
                .any(|line| line.trim_start().starts_with("::"))
        );
        assert!(!laid_out.contains("##["));
        assert_eq!(arguments(&laid_out)[1], "a\n::error::b ##[error]c");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn a_shell_reads_the_same_command(
            values in proptest::collection::vec("[ -~é\n]{0,30}", 1..5),
            columns in 20usize..90,
        ) {
            let quoted = values.iter().map(|v| format!("-H '{}'", v.replace('\'', "'\\''")));
            let command = format!("curl {}", quoted.collect::<Vec<_>>().join(" "));
            let laid_out = lay_out(&command, columns).join("\n");
            prop_assert_eq!(arguments(&laid_out), arguments(&command));
        }
    }
}

//! A `curl` command that sends a request again, safe to paste into a POSIX shell.

use reqwest::Url;

use crate::base::mask::{Mask, Piece};
use crate::lab::http::{Body, Request};

/// The command. A secret appears as `$NAME`, which the shell fills in when the reader has exported it.
#[must_use]
pub fn line(request: &Request, mask: &Mask) -> String {
    let mut words = vec!["curl".to_owned(), "-i".to_owned()];
    let has_body = request.body != Body::Empty;
    match request.method.as_str() {
        "GET" if !has_body => {}
        "HEAD" => words.push("-I".to_owned()),
        method => words.extend(["-X".to_owned(), method.to_owned()]),
    }
    let mut typed = false;
    for (name, value) in &request.headers {
        typed |= name.eq_ignore_ascii_case("content-type");
        // curl leaves a header with an empty value out, unless it ends in a semicolon.
        let header = if value.is_empty() {
            format!("{name};")
        } else {
            format!("{name}: {value}")
        };
        words.extend(["-H".to_owned(), quote(&header, mask)]);
    }
    let kind = match &request.body {
        Body::Bytes(kind, _) => Some(*kind),
        Body::Letters(_) => Some(""),
        Body::Empty | Body::Multipart(_) => None,
    };
    if let Some(kind) = kind.filter(|_| !typed) {
        let header = format!("Content-Type: {kind}");
        words.extend(["-H".to_owned(), quote(header.trim_end(), mask)]);
    }
    match &request.body {
        Body::Empty => {}
        Body::Bytes(_, bytes) => {
            // Unlike --data-binary, it does not take a leading @ for the name of a file.
            let text = String::from_utf8_lossy(bytes);
            words.extend(["--data-raw".to_owned(), quote(&text, mask)]);
        }
        Body::Multipart(parts) => {
            for (name, value) in parts {
                words.extend([
                    "--form-string".to_owned(),
                    quote(&format!("{name}={value}"), mask),
                ]);
            }
        }
        Body::Letters(_) => words.extend(["--data-binary".to_owned(), "@-".to_owned()]),
    }
    let url = Url::parse(&request.url).map_or_else(|_| request.url.clone(), String::from);
    if url.contains(['[', ']', '{', '}']) {
        // They are patterns to curl otherwise.
        words.push("-g".to_owned());
    }
    words.push(quote(&url, mask));
    let line = words.join(" ");
    match request.body {
        Body::Letters(count) => {
            format!("head -c {count} /dev/zero | tr '\\0' x | {line}")
        }
        _ => line,
    }
}

/// One word for a POSIX shell: single quotes where there is no secret, double quotes around `$NAME` where there is.
fn quote(word: &str, mask: &Mask) -> String {
    let pieces = mask.pieces(word);
    if pieces.iter().all(|p| matches!(p, Piece::Open(_))) {
        return shlex::try_quote(word)
            .map_or_else(|_| word.replace('\0', ""), std::borrow::Cow::into_owned);
    }
    let mut out = String::from("\"");
    for piece in pieces {
        match piece {
            Piece::Hidden(name) => out.push_str(name),
            Piece::Open(text) => {
                // The braces keep what follows from becoming part of the name.
                let continues = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
                if continues && out.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
                    brace(&mut out);
                }
                escape(text, &mut out);
            }
        }
    }
    out.push('"');
    out
}

/// Turns the `$NAME` at the end into `${NAME}`.
fn brace(out: &mut String) {
    if let Some(at) = out.rfind('$') {
        out.insert(at + 1, '{');
        out.push('}');
    }
}

/// Adds text that stands for itself between double quotes.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '"' | '\\' | '`' | '$' => out.extend(['\\', c]),
            '!' => out.push_str("\"'!'\""),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::http::Connection;
    use std::time::Duration;

    fn request(method: &str, headers: &[(&str, &str)], body: Body) -> Request {
        Request {
            method: method.into(),
            url: "http://127.0.0.1:4000/p?q=a b".into(),
            headers: headers
                .iter()
                .map(|(n, v)| ((*n).into(), (*v).into()))
                .collect(),
            body,
            connection: Connection::Mixed,
            redirects: 0,
            limit: Duration::from_secs(5),
        }
    }

    #[test]
    fn a_secret_becomes_a_shell_variable() {
        let mut mask = Mask::default();
        mask.hide("token", "abc.def.ghi");
        let request = request(
            "GET",
            &[("authorization", "Bearer abc.def.ghi")],
            Body::Empty,
        );
        assert_eq!(
            line(&request, &mask),
            "curl -i -H \"authorization: Bearer $TOKEN\" 'http://127.0.0.1:4000/p?q=a%20b'"
        );
    }

    #[test]
    fn only_a_secret_becomes_a_shell_variable() {
        let mut mask = Mask::default();
        mask.hide("token", "abc.def.ghi");
        assert_eq!(
            quote("$HOME abc.def.ghix `$A`", &mask),
            r#""\$HOME ${TOKEN}x \`\$A\`""#
        );
    }

    #[test]
    fn a_leading_at_sign_is_no_file_and_brackets_are_no_pattern() {
        let body = Body::Bytes("", b"@file".to_vec());
        let mut odd = request("PUT", &[], body);
        odd.url = "http://127.0.0.1:4000/p?q[]=1".into();
        let line = line(&odd, &Mask::default());
        assert_eq!(
            line,
            "curl -i -X PUT -H Content-Type: --data-raw @file -g 'http://127.0.0.1:4000/p?q[]=1'"
        );
    }

    #[test]
    fn a_body_of_many_letters_is_made_by_the_shell() {
        let line = line(
            &request("PUT", &[], Body::Letters(65_537)),
            &Mask::default(),
        );
        let made = "head -c 65537 /dev/zero | tr '\\0' x | curl -i -X PUT -H Content-Type: --data-binary @- ";
        assert!(line.starts_with(made), "{line}");
    }

    #[test]
    fn a_body_is_quoted_for_the_shell() {
        let body = Body::Bytes("application/json", br#"{"a":"it's"}"#.to_vec());
        let line = line(&request("PUT", &[], body), &Mask::default());
        let words = shlex::split(&line).unwrap();
        assert_eq!(words[..4], ["curl", "-i", "-X", "PUT"]);
        assert_eq!(words[7], r#"{"a":"it's"}"#);
    }
}

//! A `curl` command that sends a request again, safe to paste into a POSIX shell.

use crate::base::mask::Mask;
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
    match &request.body {
        Body::Empty => {}
        Body::Bytes(kind, bytes) => {
            if !typed {
                let header = if kind.is_empty() {
                    "Content-Type:".to_owned()
                } else {
                    format!("Content-Type: {kind}")
                };
                words.extend(["-H".to_owned(), quote(&header, mask)]);
            }
            words.extend(["--data-binary".to_owned(), quote(&at_safe(bytes), mask)]);
        }
        Body::Multipart(parts) => {
            for (name, value) in parts {
                words.extend([
                    "--form-string".to_owned(),
                    quote(&format!("{name}={value}"), mask),
                ]);
            }
        }
    }
    words.push(quote(&request.url, mask));
    words.join(" ")
}

/// A body as text. A leading `@` would name a file to curl; no check of ours sends one, and JSON never begins so.
fn at_safe(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// One word for a POSIX shell: single quotes where there is no secret, double quotes around `$NAME` where there is.
fn quote(word: &str, mask: &Mask) -> String {
    let masked = mask.apply(word);
    if masked == word {
        return shlex::try_quote(word)
            .map_or_else(|_| word.replace('\0', ""), std::borrow::Cow::into_owned);
    }
    let mut out = String::from("\"");
    let mut rest = masked.as_str();
    while let Some(at) = rest.find(['"', '\\', '`', '$', '!']) {
        out.push_str(&rest[..at]);
        let sign = &rest[at..=at];
        let is_name = sign == "$" && rest[at + 1..].starts_with(|c: char| c.is_ascii_uppercase());
        match sign {
            "$" if is_name => out.push('$'),
            "!" => out.push_str("\"'!'\""),
            sign => {
                out.push('\\');
                out.push_str(sign);
            }
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
    out
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
            "curl -i -H \"authorization: Bearer $TOKEN\" 'http://127.0.0.1:4000/p?q=a b'"
        );
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

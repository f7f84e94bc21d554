//! Secrets of the server: what no answer may hold, in whatever way it is written.

use crate::base::mask::Mask;
use crate::base::text::printable_bytes;
use crate::lab::http::Answer;

/// A value that belongs to the server alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// What it is called in a report, which never shows the value.
    pub name: String,
    /// The value.
    pub value: String,
}

/// The secrets in what a server is told of its database: the whole, and the file, or user and password, the password
/// and the address.
#[must_use]
pub fn of_database(url: &str) -> Vec<Secret> {
    let secret = |name: &str, value: &str| Secret {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let mut found = vec![secret("the URL of the database", url)];
    if let Some(path) = url.strip_prefix("sqlite://") {
        found.push(secret("the file of the database", path));
    } else if let Some((user, rest)) = url
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once('@'))
    {
        found.push(secret("user and password of the database", user));
        found.extend(
            user.split_once(':')
                .map(|(_, password)| secret("the password of the database", password)),
        );
        let address = rest.split('/').next().unwrap_or(rest);
        found.push(secret("the address of the database", address));
    }
    found
}

/// Which secrets an answer holds, and where: plain, percent-encoded, escaped as in JSON, or in base64.
#[must_use]
pub fn found(secrets: &[Secret], answer: &Answer) -> Vec<String> {
    let body = printable_bytes(&answer.body);
    let bodies = [body.replace("\\/", "/"), body];
    let mut found = Vec::new();
    for secret in secrets {
        let mut mask = Mask::default();
        mask.hide("secret", &secret.value);
        if bodies.iter().any(|body| mask.hides_in(body)) {
            found.push(format!("{} in the body", secret.name));
        } else if let Some((name, _)) = answer
            .headers
            .iter()
            .find(|(_, value)| mask.hides_in(value))
        {
            found.push(format!("{} in the header {name}", secret.name));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn holds(headers: &[(&str, &str)], body: &str) -> Vec<String> {
        let answer = Answer {
            status: 200,
            headers: headers
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect(),
            body: body.into(),
            redirects: 0,
            first_byte: Duration::ZERO,
            duration: Duration::ZERO,
        };
        found(&of_database("sqlite:///tmp/x y/app.db"), &answer)
    }

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        let file = "the file of the database in the body".to_owned();
        assert_eq!(
            holds(&[], "no such table in /tmp/x y/app.db"),
            std::slice::from_ref(&file)
        );
        assert_eq!(
            holds(&[], r#"{"at":"\/tmp\/x y\/app.db"}"#),
            std::slice::from_ref(&file)
        );
        assert_eq!(
            holds(&[], "%2Ftmp%2Fx%20y%2Fapp.db"),
            std::slice::from_ref(&file)
        );
        assert_eq!(holds(&[], "L3RtcC94IHkvYXBwLmRi"), [file]);
        let header = holds(&[("x-db", "/tmp/x y/app.db")], "");
        assert_eq!(header, ["the file of the database in the header x-db"]);
        assert_eq!(holds(&[], "nothing here"), Vec::<String>::new());
    }

    #[test]
    fn a_url_of_postgresql_is_several_secrets() {
        let names: Vec<String> = of_database("postgres://shop:pa55word@127.0.0.1:5432/w1")
            .into_iter()
            .map(|secret| secret.value)
            .collect();
        assert_eq!(names[1..], ["shop:pa55word", "pa55word", "127.0.0.1:5432"]);
    }
}

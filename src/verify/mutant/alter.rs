//! Altering: what a mutation makes of one answer.

use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Number, Value};

use super::Kind;

/// An answer, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers, without those that say anew how the body is carried.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// Whether the mutation looks at the body of an answer with these headers.
#[must_use]
pub fn needs_body(kind: Kind, headers: &HeaderMap) -> bool {
    match kind {
        Kind::SwapTypes | Kind::OffByOne | Kind::Reverse => is_json(headers),
        Kind::Truncate | Kind::CloseEarly | Kind::Previous => true,
        _ => false,
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).map(HeaderValue::to_str);
    value.is_some_and(|value| value.is_ok_and(|v| v.contains("json")))
}

/// The answer as the mutation makes it; `None` when there is nothing in it to change.
#[must_use]
pub fn alter(kind: Kind, answer: &Answer) -> Option<Answer> {
    let mut altered = answer.clone();
    match kind {
        Kind::Status(from, to) if answer.status.as_u16() == from => {
            altered.status = StatusCode::from_u16(to).ok()?;
            if altered.status == StatusCode::NO_CONTENT {
                altered.body = Bytes::new();
            }
        }
        Kind::Header(name) => {
            altered.headers.remove(name)?;
        }
        Kind::WrongType => {
            if !is_json(&answer.headers) {
                return None;
            }
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            altered.headers.insert(CONTENT_TYPE, html);
        }
        Kind::Truncate if answer.body.len() > 1 => {
            altered.body = answer.body.slice(..answer.body.len() / 2);
        }
        Kind::SwapTypes => altered.body = json(&answer.body, swap)?,
        Kind::OffByOne => altered.body = json(&answer.body, add_one)?,
        Kind::Reverse => altered.body = json(&answer.body, reverse)?,
        _ => return None,
    }
    Some(altered)
}

/// The body with `change` made everywhere in it; `None` when it is not JSON or nothing was changed.
fn json(body: &Bytes, change: fn(&mut Value)) -> Option<Bytes> {
    let before: Value = serde_json::from_slice(body).ok()?;
    let mut after = before.clone();
    everywhere(&mut after, change);
    (after != before).then(|| Bytes::from(after.to_string()))
}

fn everywhere(value: &mut Value, change: fn(&mut Value)) {
    change(value);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|v| everywhere(v, change)),
        Value::Object(fields) => fields.values_mut().for_each(|v| everywhere(v, change)),
        _ => {}
    }
}

fn swap(value: &mut Value) {
    match value {
        Value::Number(number) => *value = Value::String(number.to_string()),
        Value::String(text) => {
            if let Ok(number) = text.parse::<i64>() {
                *value = Value::Number(number.into());
            }
        }
        _ => {}
    }
}

fn add_one(value: &mut Value) {
    if let Some(number) = value.as_i64() {
        *value = Value::Number(Number::from(number.saturating_add(1)));
    }
}

fn reverse(value: &mut Value) {
    if let Value::Array(items) = value {
        items.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: Bytes::from(body.to_owned()),
        }
    }

    fn body(kind: Kind, before: &str) -> Option<String> {
        let altered = alter(kind, &answer(200, before))?;
        Some(String::from_utf8(altered.body.to_vec()).unwrap())
    }

    #[test]
    fn json_is_changed_in_its_depths() {
        let before = r#"{"n":[1,{"s":"7"}],"t":"x"}"#;
        let is = |kind, after: &str| assert_eq!(body(kind, before).as_deref(), Some(after));
        is(Kind::SwapTypes, r#"{"n":["1",{"s":7}],"t":"x"}"#);
        is(Kind::OffByOne, r#"{"n":[2,{"s":"7"}],"t":"x"}"#);
        is(Kind::Reverse, r#"{"n":[{"s":"7"},1],"t":"x"}"#);
    }

    #[test]
    fn what_has_nothing_to_change_is_left_alone() {
        for kind in [Kind::SwapTypes, Kind::OffByOne, Kind::Reverse] {
            assert_eq!(body(kind, r#"{"t":[true]}"#), None);
            assert_eq!(body(kind, "not JSON"), None);
        }
        assert_eq!(alter(Kind::Status(201, 200), &answer(200, "{}")), None);
        assert_eq!(alter(Kind::Header("etag"), &answer(200, "{}")), None);
        assert_eq!(body(Kind::Truncate, ""), None);
        assert_eq!(body(Kind::Nothing, "{}"), None);
    }

    #[test]
    fn status_and_headers_are_changed() {
        let changed = alter(Kind::Status(200, 204), &answer(200, "{}")).unwrap();
        assert_eq!((changed.status.as_u16(), changed.body.len()), (204, 0));
        let dropped = alter(Kind::Header("content-type"), &answer(200, "{}")).unwrap();
        assert!(dropped.headers.is_empty());
        let html = alter(Kind::WrongType, &answer(200, "{}")).unwrap();
        assert_eq!(html.headers[CONTENT_TYPE], "text/html; charset=utf-8");
    }
}

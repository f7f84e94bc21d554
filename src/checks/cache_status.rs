//! Cache-Status (RFC 9211): what a cache says it did with a request, as JSON.

use serde_json::{Map, Value as Json};
use sfv::{BareItem, List, ListEntry, Parser};

/// The member of the list that the nearest cache wrote, which is the last: its name and its parameters. A parameter
/// without a value is `true`.
///
/// # Errors
/// What is wrong with it, in words.
pub fn nearest(header: &str) -> Result<Json, String> {
    let list: List = Parser::new(header)
        .parse()
        .map_err(|e| format!("`{header}` is not a list of RFC 9651: {e}"))?;
    let item = match list.last() {
        Some(ListEntry::Item(item)) => item,
        Some(ListEntry::InnerList(_)) => {
            return Err("its last member is a list and not a cache".to_owned());
        }
        None => return Err("it is empty".to_owned()),
    };
    let mut object = Map::new();
    object.insert("name".to_owned(), json(&item.bare_item));
    for (key, value) in &item.params {
        object.insert(key.as_str().to_owned(), json(value));
    }
    Ok(Json::Object(object))
}

fn json(item: &BareItem) -> Json {
    match item {
        BareItem::Integer(number) => i64::from(*number).into(),
        BareItem::Boolean(flag) => (*flag).into(),
        BareItem::Token(token) => token.as_str().into(),
        BareItem::String(text) => text.as_str().into(),
        BareItem::Decimal(number) => number
            .to_string()
            .parse::<f64>()
            .map_or(Json::Null, Json::from),
        other => format!("{other:?}").into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_member_is_the_nearest_cache() {
        assert_eq!(
            nearest(
                "OriginCache; hit; ttl=1100, \"CDN Company Here\"; fwd=uri-miss; stored; ttl=-5"
            ),
            Ok(json!({"name": "CDN Company Here", "fwd": "uri-miss", "stored": true, "ttl": -5}))
        );
        assert_eq!(
            nearest("edge; hit"),
            Ok(json!({"name": "edge", "hit": true}))
        );
        assert_eq!(nearest("edge; hit=?0").unwrap()["hit"], json!(false));
        assert!(nearest("edge hit").is_err() && nearest("").is_err());
    }
}

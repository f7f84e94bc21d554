//! An order: put things one after the other.

use super::reading::each_wrong;
use super::{Verdict, positions};
use crate::base::text::nearest;
use crate::base::toml::{Fields, Reader};

/// A question answered by an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// The things, in the right order.
    pub items: Vec<String>,
    /// Why this order is right.
    pub why: String,
    /// Tempting mistakes.
    pub wrong: Vec<Misplaced>,
}

/// A tempting mistake in an order: one thing put before another that it follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Misplaced {
    /// The thing put too early.
    pub before: String,
    /// The thing that comes first in truth.
    pub after: String,
    /// Why.
    pub why: String,
}

impl Order {
    pub(super) fn read(reader: &mut Reader, fields: &Fields) -> Option<Self> {
        let items = read_items(reader, fields);
        let why = reader.text(fields, "why");
        let wrong = each_wrong(reader, fields, |reader, wrong| {
            reader.only(wrong, &["before", "after", "why"]);
            let before = reader.text(wrong, "before");
            let after = reader.text(wrong, "after");
            let why = reader.text(wrong, "why");
            let misplaced = Misplaced {
                before: before?,
                after: after?,
                why: why?,
            };
            note_misplaced(reader, wrong, &misplaced, items.as_ref()?);
            Some(misplaced)
        });
        Some(Self {
            items: items?,
            why: why?,
            wrong: wrong?,
        })
    }

    /// The items in an order that depends on the question alone and is never the right one.
    pub(super) fn shuffled(&self, id: &str) -> Vec<&str> {
        let mut shown: Vec<&str> = self.items.iter().map(String::as_str).collect();
        shown.sort_by_key(|item| fnv(id, item));
        if shown.iter().eq(self.items.iter()) && shown.len() > 1 {
            shown.rotate_left(1);
        }
        shown
    }

    pub(super) fn judge(&self, shown: &[&str], answer: &str) -> Option<Verdict> {
        let given: Vec<&str> = positions(answer, shown.len())?
            .into_iter()
            .map(|i| shown[i])
            .collect();
        let place = |item: &str| given.iter().position(|text| *text == item);
        if given.len() != self.items.len() || self.items.iter().any(|item| place(item).is_none()) {
            return None;
        }
        if given == self.items {
            return Some(Verdict::Right(self.why.clone()));
        }
        let tempting = self
            .wrong
            .iter()
            .find(|wrong| place(&wrong.before) < place(&wrong.after));
        let why = tempting.map_or_else(
            || {
                let swapped = self.items.windows(2).find(|w| place(&w[0]) > place(&w[1]));
                let first = swapped.map_or(String::new(), |w| {
                    format!("“{}” comes before “{}”. ", w[0], w[1])
                });
                first + &self.why
            },
            |wrong| wrong.why.clone(),
        );
        Some(Verdict::Wrong(why))
    }
}

fn read_items(reader: &mut Reader, fields: &Fields) -> Option<Vec<String>> {
    let value = reader.required(fields, "items")?;
    let list = reader.as_list(value, "items")?;
    let mut items: Vec<String> = Vec::new();
    for item in &list {
        let Some(text) = reader.as_text(item, "items") else {
            continue;
        };
        if items.contains(&text) {
            reader.note("E207", item.span(), "this item is there twice");
        }
        items.push(text);
    }
    if list.len() < 3 || list.len() > 9 {
        reader.note("E206", value.span(), "an order needs three to nine items");
    }
    (items.len() == list.len()).then_some(items)
}

/// A wrong order must name two items of the question, and must be wrong.
fn note_misplaced(reader: &mut Reader, wrong: &Fields, given: &Misplaced, items: &[String]) {
    let place = |text: &String| items.iter().position(|item| item == text);
    for (key, text) in [("before", &given.before), ("after", &given.after)] {
        if place(text).is_none() {
            let message = format!("`{text}` is not one of the items");
            let near = nearest(text, items.iter().map(String::as_str));
            let help = near.map_or_else(String::new, |near| format!("did you mean `{near}`?"));
            reader.note("E206", wrong.place_of(key), message).help = help;
        }
    }
    let (before, after) = (place(&given.before), place(&given.after));
    if before.is_some() && after.is_some() && before <= after {
        reader
            .note("E206", wrong.place(), "this order is right, not wrong")
            .help = String::from("`before` names what a learner wrongly puts first");
    }
}

/// FNV-1a with 64 bits, as in the Internet-Draft draft-eastlake-fnv: stable across machines and versions.
pub(super) fn fnv(id: &str, item: &str) -> u64 {
    id.bytes()
        .chain([0])
        .chain(item.bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

#[cfg(test)]
mod tests {
    use super::super::Question;
    use super::super::tests::{one, question};
    use super::*;

    fn order(rest: &str) -> String {
        format!(
            "[[quiz]]\nid = \"q\"\nkind = \"order\"\nask = \"?\"\nwhy = \"w\"\n\
             items = [\"x\", \"y\", \"z\"]\n{rest}"
        )
    }

    fn handshake() -> Question {
        question(
            "[[quiz]]\nid = \"q\"\nkind = \"order\"\nask = \"?\"\nwhy = \"because\"\n\
             items = [\"DNS\", \"TCP\", \"TLS\", \"HTTP\"]\n\
             wrong = [{ before = \"HTTP\", after = \"TLS\", why = \"HTTP travels inside TLS\" }]",
        )
    }

    fn wrong(why: &str) -> Verdict {
        Verdict::Wrong(why.to_owned())
    }

    /// Types items by the letters they are shown with.
    fn typed(question: &Question, items: [&str; 4]) -> String {
        let shown = question.shown();
        let place = |item: &str| shown.iter().position(|text| *text == item).unwrap();
        let places = items.map(|item| (place(item) + 1).to_string());
        places.join(" ")
    }

    #[test]
    fn an_order_is_never_shown_in_the_right_order() {
        let order = Order {
            items: vec!["x".to_owned(), "y".to_owned()],
            why: String::new(),
            wrong: Vec::new(),
        };
        for id in ["a", "b", "c", "d"] {
            assert_eq!(order.shuffled(id), ["y", "x"]);
        }
        assert_eq!(handshake().shown(), handshake().shown());
    }

    #[test]
    fn an_order_names_the_mistake_that_was_made() {
        let question = handshake();
        let answer = typed(&question, ["DNS", "TCP", "TLS", "HTTP"]);
        assert_eq!(
            question.judge(&question.solution()),
            question.judge(&answer)
        );
        assert_eq!(
            question.judge(&answer),
            Verdict::Right("because".to_owned())
        );
        assert_eq!(
            question.judge(&typed(&question, ["DNS", "TCP", "HTTP", "TLS"])),
            wrong("HTTP travels inside TLS")
        );
        assert_eq!(
            question.judge(&typed(&question, ["TCP", "DNS", "TLS", "HTTP"])),
            wrong("“DNS” comes before “TCP”. because")
        );
    }

    #[test]
    fn an_order_with_a_thing_missing_or_twice_is_unclear() {
        for answer in ["a b c", "a a b c", "abcde", "a b c e"] {
            let verdict = handshake().judge(answer);
            let expected = "answer with all letters in your order, as in d c b a".to_owned();
            assert_eq!(verdict, Verdict::Unclear(expected), "{answer}");
        }
    }

    #[test]
    fn a_wrong_order_is_of_the_items_and_wrong() {
        one(
            &order("wrong = [{ before = \"q\", after = \"x\", why = \"w\" }]"),
            "E206",
            "\"q\"",
            "`q` is not one of the items",
        );
        let table = "{ before = \"x\", after = \"y\", why = \"w\" }";
        one(
            &order(&format!("wrong = [{table}]")),
            "E206",
            table,
            "this order is right, not wrong",
        );
        let wrong = "wrong = [{ before = \"z\", after = \"x\", why = \"w\" }]";
        one(
            &order(wrong).replace("\"y\"", "\"x\""),
            "E207",
            "\"x\"",
            "this item is there twice",
        );
    }
}

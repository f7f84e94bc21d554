//! A sequence: put events in an order in which they can happen, and leave out what never does.
//!
//! The events are a partial order. Every order that keeps each event behind those it comes `after` is right.

use super::order::fnv;
use super::{Verdict, positions};
use crate::base::slug::Slug;
use crate::base::text::{count, nearest};
use crate::base::toml::{Fields, Reader, Value};

/// How many mistakes of one answer are explained.
const EXPLAINED: usize = 4;

/// A question answered by an order of events.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    /// The events, in an order that is right.
    pub events: Vec<Event>,
    /// What never happens, or not here.
    pub decoys: Vec<Decoy>,
    /// What there is to say about the whole.
    pub why: String,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its name, unique in the question.
    pub id: Slug,
    /// What it says.
    pub text: String,
    /// The places of the events that must have happened before.
    pub after: Vec<usize>,
    /// Why it comes after those.
    pub why: String,
}

/// Something that does not happen.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoy {
    /// What it says.
    pub text: String,
    /// Why it does not belong here.
    pub why: String,
}

impl Sequence {
    pub(super) fn read(reader: &mut Reader, fields: &Fields) -> Option<Self> {
        let why = reader.text(fields, "why");
        let value = reader.required(fields, "events")?;
        let items = reader.as_list(value, "events")?;
        let mut events: Vec<Event> = Vec::new();
        for item in &items {
            if let Some(event) = read_event(reader, item, &events) {
                events.push(event);
            }
        }
        let complete = events.len() == items.len();
        if complete && events.iter().all(|event| event.after.is_empty()) {
            let help = String::from("say with `after` what has to happen before");
            reader
                .note("E206", value.span(), "any order of these events is right")
                .help = help;
        }
        let decoys = read_decoys(reader, fields)?;
        let shown = items.len() + decoys.len();
        if items.len() < 3 || shown > 26 {
            let message = "a sequence needs 3 events or more, and 26 with its decoys at most";
            reader.note("E206", value.span(), message);
        }
        let mut texts: Vec<&str> = events.iter().map(|event| event.text.as_str()).collect();
        texts.extend(decoys.iter().map(|decoy| decoy.text.as_str()));
        for (i, text) in texts.iter().enumerate() {
            if texts[..i].contains(text) {
                let message = format!("“{text}” is there twice");
                reader.note("E207", value.span(), message);
            }
        }
        Some(Self {
            events: Some(events).filter(|_| complete)?,
            decoys,
            why: why?,
        })
    }

    /// Events and decoys in an order that depends on the question alone and is not right.
    pub(super) fn shuffled(&self, id: &str) -> Vec<&str> {
        let events = self.events.iter().map(|event| event.text.as_str());
        let decoys = self.decoys.iter().map(|decoy| decoy.text.as_str());
        let mut shown: Vec<&str> = events.chain(decoys).collect();
        shown.sort_by_key(|text| fnv(id, text));
        let place = |text: &str| shown.iter().position(|other| *other == text);
        let order: Vec<usize> = self.events.iter().filter_map(|e| place(&e.text)).collect();
        if self.broken(&order).is_empty() {
            shown.reverse();
        }
        shown
    }

    /// The pairs of events that stand the wrong way round: what comes first in truth, and what was put before it.
    /// `order` has the place of each event in the answer.
    fn broken(&self, order: &[usize]) -> Vec<(&Event, &Event)> {
        let mut pairs = Vec::new();
        for (later, event) in self.events.iter().enumerate() {
            for &first in &event.after {
                if order[first] > order[later] {
                    pairs.push((&self.events[first], event));
                }
            }
        }
        pairs
    }

    pub(super) fn judge(&self, shown: &[&str], answer: &str) -> Option<Verdict> {
        let given: Vec<&str> = positions(answer, shown.len())?
            .into_iter()
            .map(|i| shown[i])
            .collect();
        let twice = (1..given.len()).any(|i| given[..i].contains(&given[i]));
        if given.is_empty() || twice {
            return None;
        }
        let place = |text: &str| given.iter().position(|other| *other == text);
        let mut mistakes: Vec<String> = self
            .decoys
            .iter()
            .filter(|decoy| place(&decoy.text).is_some())
            .map(|decoy| format!("- “{}” does not belong here. {}\n", decoy.text, decoy.why))
            .collect();
        let missing = |event: &&Event| place(&event.text).is_none();
        let missing = self.events.iter().filter(missing);
        mistakes.extend(missing.map(|e| format!("- “{}” is missing. {}\n", e.text, e.why)));
        // Whatever is missing cannot stand in the wrong place.
        let order: Vec<usize> = self
            .events
            .iter()
            .map(|event| place(&event.text).unwrap_or(usize::MAX))
            .collect();
        let known = |event: &Event| place(&event.text).is_some();
        let broken = self.broken(&order).into_iter();
        mistakes.extend(
            broken
                .filter(|(first, later)| known(first) && known(later))
                .map(|(first, later)| {
                    let (first, then) = (&first.text, &later.text);
                    format!("- “{first}” comes before “{then}”. {}\n", later.why)
                }),
        );
        if mistakes.is_empty() {
            return Some(Verdict::Right(self.why.clone()));
        }
        let more = mistakes.len().saturating_sub(EXPLAINED);
        mistakes.truncate(EXPLAINED);
        if more > 0 {
            mistakes.push(format!(
                "\nThere is {} beside these.\n",
                count(more, "mistake")
            ));
        }
        Some(Verdict::Wrong(mistakes.concat()))
    }
}

fn read_event(reader: &mut Reader, item: &Value, above: &[Event]) -> Option<Event> {
    let fields = reader.as_row(item, "events", "an event")?;
    reader.only(&fields, &["id", "text", "after", "why"]);
    let id = reader.slug(&fields, "id");
    let text = reader.text(&fields, "text");
    let why = reader.text(&fields, "why");
    let mut after = Vec::new();
    for name in reader.texts(&fields, "after") {
        if let Some(place) = above.iter().position(|event| event.id.as_str() == name) {
            after.push(place);
            continue;
        }
        let ids = above.iter().map(|event| event.id.as_str());
        let help = nearest(&name, ids).map_or_else(
            || "an event comes after events that stand above it".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("no event above is called `{name}`");
        reader.note("E206", fields.place_of("after"), message).help = help;
    }
    let id = id?;
    if above.iter().any(|event| event.id == id) {
        let message = format!("the event `{id}` is there twice");
        reader.note("E207", item.span(), message);
    }
    Some(Event {
        id,
        text: text?,
        after,
        why: why?,
    })
}

fn read_decoys(reader: &mut Reader, fields: &Fields) -> Option<Vec<Decoy>> {
    let Some(value) = fields.value("decoys") else {
        return Some(Vec::new());
    };
    let items = reader.as_list(value, "decoys")?;
    let mut decoys = Vec::new();
    for item in &items {
        let Some(fields) = reader.as_row(item, "decoys", "a decoy") else {
            continue;
        };
        reader.only(&fields, &["text", "why"]);
        let (text, why) = (reader.text(&fields, "text"), reader.text(&fields, "why"));
        if let (Some(text), Some(why)) = (text, why) {
            decoys.push(Decoy { text, why });
        }
    }
    (decoys.len() == items.len()).then_some(decoys)
}

#[cfg(test)]
mod property;

#[cfg(test)]
mod tests {
    use super::super::Question;
    use super::super::tests::{one, question};
    use super::*;

    const EVENTS: &str = "[{ id = \"dns\", text = \"DNS\", why = \"first\" }, \
        { id = \"tcp\", text = \"TCP\", after = [\"dns\"], why = \"needs an address\" }, \
        { id = \"css\", text = \"CSS\", after = [\"tcp\"], why = \"needs a connection\" }, \
        { id = \"img\", text = \"image\", after = [\"tcp\"], why = \"needs a connection\" }]";

    fn sequence(events: &str) -> String {
        format!(
            "[[quiz]]\nid = \"q\"\nkind = \"sequence\"\nask = \"?\"\nwhy = \"so\"\nevents = {events}\n\
             decoys = [{{ text = \"SQL\", why = \"No client sends it.\" }}]"
        )
    }

    /// The letters under which texts are shown.
    pub(super) fn typed(question: &Question, texts: &[&str]) -> String {
        let shown = question.shown();
        let place = |text: &&str| shown.iter().position(|other| other == text).unwrap();
        super::super::letters(texts.iter().map(place))
    }

    fn judged(texts: &[&str]) -> Verdict {
        let question = question(&sequence(EVENTS));
        question.judge(&typed(&question, texts))
    }

    fn wrong(why: &str) -> Verdict {
        Verdict::Wrong(why.to_owned())
    }

    #[test]
    fn every_order_that_can_happen_is_right() {
        let right = Verdict::Right("so".to_owned());
        assert_eq!(judged(&["DNS", "TCP", "CSS", "image"]), right);
        assert_eq!(judged(&["DNS", "TCP", "image", "CSS"]), right);
        let question = question(&sequence(EVENTS));
        assert_eq!(question.judge(&question.solution()), right);
        let together = question.solution().replace(' ', "");
        assert_eq!(question.judge(&together), right, "{together}");
    }

    #[test]
    fn each_mistake_is_named_and_explained() {
        assert_eq!(
            judged(&["TCP", "DNS", "CSS", "image"]),
            wrong("- “DNS” comes before “TCP”. needs an address\n")
        );
        assert_eq!(
            judged(&["DNS", "TCP", "SQL", "CSS", "image"]),
            wrong("- “SQL” does not belong here. No client sends it.\n")
        );
        assert_eq!(
            judged(&["DNS", "CSS", "TCP"]),
            wrong(
                "- “image” is missing. needs a connection\n- “TCP” comes before “CSS”. needs a connection\n"
            )
        );
        assert_eq!(
            judged(&["image", "CSS", "TCP", "DNS", "SQL"]),
            wrong(
                "- “SQL” does not belong here. No client sends it.\n- “DNS” comes before “TCP”. needs an address\n\
                 - “TCP” comes before “CSS”. needs a connection\n- “TCP” comes before “image”. needs a connection\n"
            )
        );
        let question = question(&sequence(EVENTS));
        for answer in ["", "a a b", "f", "x"] {
            assert!(
                matches!(question.judge(answer), Verdict::Unclear(_)),
                "{answer}"
            );
        }
    }

    #[test]
    fn a_sequence_is_not_shown_in_an_order_that_is_right() {
        for id in ["a", "b", "c", "d", "e", "f", "g", "h"] {
            let text = sequence(EVENTS).replace("\"q\"", &format!("\"{id}\""));
            let question = question(&text);
            let events: Vec<&str> = question
                .shown()
                .into_iter()
                .filter(|t| *t != "SQL")
                .collect();
            let verdict = question.judge(&typed(&question, &events));
            assert!(matches!(verdict, Verdict::Wrong(_)), "{id}: {verdict:?}");
        }
    }

    #[test]
    fn an_event_comes_after_events_that_stand_above_it() {
        one(
            &sequence(&EVENTS.replacen("[\"dns\"]", "[\"dsn\"]", 1)),
            "E206",
            "[\"dsn\"]",
            "no event above is called `dsn`",
        );
        one(
            &sequence(&EVENTS.replacen("[\"dns\"]", "[\"css\"]", 1)),
            "E206",
            "[\"css\"]",
            "no event above is called `css`",
        );
        let events = "[{ id = \"x\", text = \"x\", why = \"w\" }, { id = \"y\", text = \"y\", why = \"w\" }, \
                      { id = \"z\", text = \"z\", why = \"w\" }]";
        one(
            &sequence(events),
            "E206",
            events,
            "any order of these events is right",
        );
        let twice = EVENTS.replace("\"img\"", "\"css\"");
        let row =
            "{ id = \"css\", text = \"image\", after = [\"tcp\"], why = \"needs a connection\" }";
        one(
            &sequence(&twice),
            "E207",
            row,
            "the event `css` is there twice",
        );
    }
}

//! A match: say of each fact on which side it belongs.

use super::{Verdict, letter, letters};
use crate::base::slug::Slug;
use crate::base::text::nearest;
use crate::base::toml::{Fields, Reader, Value};

/// A question answered by a side for each fact.
#[derive(Clone, Debug, PartialEq)]
pub struct Matching {
    /// Two to nine sides.
    pub sides: Vec<Side>,
    /// Two to twenty facts, in the order in which they are shown.
    pub facts: Vec<Fact>,
}

/// What facts are matched to.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// Its name, which may be typed instead of the letter.
    pub id: Slug,
    /// What it says.
    pub text: String,
}

/// What is matched.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// What it says.
    pub text: String,
    /// The place of its side among the sides.
    pub side: usize,
    /// Why it belongs there.
    pub why: String,
    /// The check whose run shows it.
    pub shown_by: Option<Slug>,
}

impl Matching {
    pub(super) fn read(reader: &mut Reader, fields: &Fields) -> Option<Self> {
        let sides = read_sides(reader, fields);
        let value = reader.required(fields, "facts")?;
        let items = reader.as_list(value, "facts")?;
        if !(2..=20).contains(&items.len()) {
            reader.note("E206", value.span(), "a match needs 2 to 20 facts");
        }
        let sides = sides?;
        let mut facts: Vec<Fact> = Vec::new();
        for item in &items {
            if let Some(fact) = read_fact(reader, item, &sides) {
                if facts.iter().any(|other| other.text == fact.text) {
                    reader.note("E207", item.span(), "this fact is there twice");
                }
                facts.push(fact);
            }
        }
        (facts.len() == items.len()).then_some(Self { sides, facts })
    }

    pub(super) fn solution(&self) -> String {
        letters(self.facts.iter().map(|fact| fact.side))
    }

    /// The side of each fact, named by letters or ids, as in `a c a`, `a,c,a`, `aca` or `client db client`.
    fn sides_of(&self, answer: &str) -> Option<Vec<usize>> {
        let answer = answer.to_lowercase();
        let words: Vec<&str> = answer
            .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'))
            .filter(|word| !word.is_empty())
            .collect();
        let side = |word: &str| {
            let by_id = self.sides.iter().position(|s| s.id.as_str() == word);
            by_id.or_else(|| (0..self.sides.len()).find(|i| letter(*i).to_string() == word))
        };
        let sides: Option<Vec<usize>> = match words.as_slice() {
            [one] if side(one).is_none() => one.chars().map(|c| side(&c.to_string())).collect(),
            words => words.iter().map(|word| side(word)).collect(),
        };
        sides.filter(|sides| sides.len() == self.facts.len())
    }

    pub(super) fn judge(&self, answer: &str) -> Option<Verdict> {
        let given = self.sides_of(answer)?;
        let wrong: Vec<String> = (1..)
            .zip(self.facts.iter().zip(&given))
            .filter(|(_, (fact, given))| fact.side != **given)
            .map(|(number, (fact, given))| {
                let not = &self.sides[*given].text;
                format!(
                    "- **{number}** is not **{}**, {not}: {}\n",
                    letter(*given),
                    fact.why
                )
            })
            .collect();
        let all = self.facts.len();
        Some(if wrong.is_empty() {
            Verdict::Right(format!("All {all} pairs are right."))
        } else {
            let right = all - wrong.len();
            Verdict::Wrong(format!(
                "{right} of {all} pairs are right.\n\n{}",
                wrong.concat()
            ))
        })
    }
}

fn read_sides(reader: &mut Reader, fields: &Fields) -> Option<Vec<Side>> {
    let value = reader.required(fields, "sides")?;
    let items = reader.as_list(value, "sides")?;
    if !(2..=9).contains(&items.len()) {
        reader.note("E206", value.span(), "a match needs 2 to 9 sides");
    }
    let mut sides: Vec<Side> = Vec::new();
    for item in &items {
        let Some(fields) = reader.as_row(item, "sides", "a side") else {
            continue;
        };
        reader.only(&fields, &["id", "text"]);
        let (id, text) = (reader.slug(&fields, "id"), reader.text(&fields, "text"));
        let (Some(id), Some(text)) = (id, text) else {
            continue;
        };
        if sides.iter().any(|other| other.id == id) {
            let message = format!("the side `{id}` is there twice");
            reader.note("E207", item.span(), message);
        }
        sides.push(Side { id, text });
    }
    (sides.len() == items.len()).then_some(sides)
}

fn read_fact(reader: &mut Reader, item: &Value, sides: &[Side]) -> Option<Fact> {
    let fields = reader.as_row(item, "facts", "a fact")?;
    reader.only(&fields, &["text", "is", "why", "shown_by"]);
    let text = reader.text(&fields, "text");
    let is = reader.slug(&fields, "is");
    let why = reader.text(&fields, "why");
    let shown_by = fields
        .value("shown_by")
        .and_then(|value| reader.as_slug(value, "shown_by"));
    let is = is?;
    let side = sides.iter().position(|side| side.id == is);
    if side.is_none() {
        let ids = sides.iter().map(|side| side.id.as_str());
        let help = nearest(is.as_str(), ids).map(|near| format!("did you mean `{near}`?"));
        let message = format!("`{is}` is not one of the sides");
        reader.note("E206", fields.place_of("is"), message).help = help.unwrap_or_default();
    }
    Some(Fact {
        text: text?,
        side: side?,
        why: why?,
        shown_by,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{one, question};
    use super::*;

    const SIDES: &str =
        "[{ id = \"app\", text = \"the application\" }, { id = \"db\", text = \"the database\" }]";
    const FACTS: &str = "[{ text = \"price\", is = \"app\", why = \"It decides.\" }, \
        { text = \"stock\", is = \"db\", why = \"It settles.\" }, { text = \"order\", is = \"db\", why = \"It keeps.\" }]";

    fn matching(sides: &str, facts: &str) -> String {
        format!(
            "[[quiz]]\nid = \"q\"\nkind = \"match\"\nask = \"?\"\nsides = {sides}\nfacts = {facts}"
        )
    }

    #[test]
    fn a_side_is_named_by_letter_or_id() {
        let question = question(&matching(SIDES, FACTS));
        assert_eq!(question.solution(), "a b b");
        for answer in ["a b b", "A,B,B", "abb", "app db db"] {
            let right = Verdict::Right("All 3 pairs are right.".to_owned());
            assert_eq!(question.judge(answer), right, "{answer}");
        }
        for answer in ["", "a b", "a b b b", "a b c", "1 2 2"] {
            let verdict = question.judge(answer);
            assert!(
                matches!(verdict, Verdict::Unclear(_)),
                "{answer}: {verdict:?}"
            );
        }
    }

    #[test]
    fn each_wrong_pair_is_named_and_explained() {
        assert_eq!(
            question(&matching(SIDES, FACTS)).judge("b b a"),
            Verdict::Wrong(
                "1 of 3 pairs are right.\n\n- **1** is not **b**, the database: It decides.\n\
                 - **3** is not **a**, the application: It keeps.\n"
                    .to_owned()
            )
        );
    }

    #[test]
    fn a_fact_belongs_to_a_side_that_is_there() {
        let wrong = FACTS.replacen("\"db\"", "\"bd\"", 1);
        one(
            &matching(SIDES, &wrong),
            "E206",
            "\"bd\"",
            "`bd` is not one of the sides",
        );
        let twice = SIDES.replace("\"db\"", "\"app\"");
        let only_app = FACTS.replace("\"db\"", "\"app\"");
        one(
            &matching(&twice, &only_app),
            "E207",
            "{ id = \"app\", text = \"the database\" }",
            "the side `app` is there twice",
        );
    }

    #[test]
    fn a_fact_without_a_reason_is_refused() {
        let wrong = FACTS.replacen(", why = \"It settles.\"", "", 1);
        one(
            &matching(SIDES, &wrong),
            "E205",
            "{ text = \"stock\", is = \"db\" }",
            "a fact needs the key `why`",
        );
    }
}

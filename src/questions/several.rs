//! Several: pick every option that holds, as on a worksheet.

use super::{Verdict, letter, letters};
use crate::base::slug::Slug;
use crate::base::text::count;
use crate::base::toml::{Fields, Reader, Value};

/// A question answered by picking all that hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Several {
    /// Three to twenty-six options, of which at least one holds and one does not.
    pub options: Vec<Statement>,
    /// What there is to say when all of them were told apart.
    pub why: String,
}

/// One statement, which holds or does not.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Its name, unique in the question: others may point to it, and it may be typed instead of the letter.
    pub id: Slug,
    /// What it says.
    pub text: String,
    /// Whether it holds.
    pub right: bool,
    /// Why it does or does not.
    pub why: String,
}

impl Several {
    pub(super) fn read(reader: &mut Reader, fields: &Fields) -> Option<Self> {
        let why = reader.text(fields, "why");
        let value = reader.required(fields, "options")?;
        let items = reader.as_list(value, "options")?;
        if !(3..=26).contains(&items.len()) {
            reader.note(
                "E206",
                value.span(),
                "this kind of question needs 3 to 26 options",
            );
        }
        let mut options: Vec<Statement> = Vec::new();
        for item in &items {
            if let Some(option) = read_option(reader, item) {
                if options.iter().any(|other| other.id == option.id) {
                    let message = format!("the option `{}` is there twice", option.id);
                    reader.note("E207", item.span(), message);
                }
                options.push(option);
            }
        }
        let all_read = options.len() == items.len();
        let right = options.iter().filter(|option| option.right).count();
        if all_read && (right == 0 || right == options.len()) {
            let message = "some options must hold, and some must not";
            reader.note("E206", value.span(), message).help =
                String::from("mark those that hold with `right = true`");
        }
        Some(Self {
            options: Some(options).filter(|_| all_read)?,
            why: why?,
        })
    }

    pub(super) fn solution(&self) -> String {
        let right = |(i, option): (usize, &Statement)| option.right.then_some(i);
        letters(self.options.iter().enumerate().filter_map(right))
    }

    /// The options named by letters or ids, as in `a c d`, `a,c,d`, `acd` or `no-parser weak-ids`; `none` for none.
    fn picked(&self, answer: &str) -> Option<Vec<usize>> {
        let answer = answer.to_lowercase();
        let words: Vec<&str> = answer
            .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'))
            .filter(|word| !word.is_empty())
            .collect();
        let place = |word: &str| {
            let by_id = |o: &Statement| o.id.as_str() == word;
            let by_letter = |i: &usize| letter(*i).to_string() == word;
            let letters = 0..self.options.len();
            self.options
                .iter()
                .position(by_id)
                .or_else(|| letters.into_iter().find(by_letter))
        };
        match words.as_slice() {
            [] => None,
            ["none"] => Some(Vec::new()),
            [one] if place(one).is_none() => one.chars().map(|c| place(&c.to_string())).collect(),
            words => words.iter().map(|word| place(word)).collect(),
        }
    }

    pub(super) fn judge(&self, answer: &str) -> Option<Verdict> {
        let picked = self.picked(answer)?;
        let right = self.options.iter().filter(|o| o.right).count();
        let (mut missed, mut taken) = (Vec::new(), Vec::new());
        let mut found = 0;
        for (i, option) in self.options.iter().enumerate() {
            let (letter, why) = (letter(i), &option.why);
            match (option.right, picked.contains(&i)) {
                (true, true) => found += 1,
                (true, false) => missed.push(format!("- **{letter}** holds: {why}\n")),
                (false, true) => taken.push(format!("- **{letter}** does not: {why}\n")),
                (false, false) => {}
            }
        }
        if missed.is_empty() && taken.is_empty() {
            return Some(Verdict::Right(self.why.clone()));
        }
        let of = count(right, "option");
        Some(Verdict::Wrong(format!(
            "You found {found} of the {of} that hold.\n\n{}{}",
            missed.concat(),
            taken.concat()
        )))
    }
}

fn read_option(reader: &mut Reader, item: &Value) -> Option<Statement> {
    let fields = reader.as_row(item, "options", "an option")?;
    reader.only(&fields, &["id", "text", "right", "why"]);
    let id = reader.slug(&fields, "id");
    let text = reader.text(&fields, "text");
    let right = reader.flag(&fields, "right");
    let why = reader.text(&fields, "why");
    Some(Statement {
        id: id?,
        text: text?,
        right: right?,
        why: why?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::Question;
    use super::super::tests::{one, question};
    use super::*;

    fn several(options: &str) -> String {
        format!(
            "[[quiz]]\nid = \"q\"\nkind = \"several\"\nask = \"?\"\nwhy = \"all told apart\"\noptions = {options}"
        )
    }

    fn review() -> Question {
        question(&several(
            "[{ id = \"no-parser\", text = \"x\", right = true, why = \"nobody reads it\" },
              { id = \"late\", text = \"y\", why = \"it is called back\" },
              { id = \"weak\", text = \"z\", right = true, why = \"guessable\" }]",
        ))
    }

    #[test]
    fn letters_and_ids_name_the_same_options() {
        let right = Verdict::Right("all told apart".to_owned());
        for answer in ["a c", "ca", "A, C", "no-parser weak", "c no-parser"] {
            assert_eq!(review().judge(answer), right, "{answer}");
        }
        assert_eq!(review().judge(&review().solution()), right);
    }

    #[test]
    fn what_was_missed_and_what_was_taken_are_explained_one_by_one() {
        assert_eq!(
            review().judge("a b"),
            Verdict::Wrong(
                "You found 1 of the 2 options that hold.\n\n- **c** holds: guessable\n- **b** does not: it is called back\n"
                    .to_owned()
            )
        );
        let Verdict::Wrong(why) = review().judge("none") else {
            panic!("none is an answer");
        };
        assert!(
            why.starts_with("You found 0") && !why.contains("does not"),
            "{why}"
        );
    }

    #[test]
    fn what_names_no_option_is_unclear() {
        for answer in ["", "a x", "d", "acx", "no-parsr"] {
            let expected = "answer with the letters of all that hold, as in a c".to_owned();
            assert_eq!(
                review().judge(answer),
                Verdict::Unclear(expected),
                "{answer}"
            );
        }
    }

    #[test]
    fn some_hold_and_some_do_not_and_no_id_is_there_twice() {
        let all = "[{ id = \"a\", text = \"x\", right = true, why = \"w\" }, { id = \"b\", text = \"y\", right = true, why = \"w\" }, { id = \"c\", text = \"z\", right = true, why = \"w\" }]";
        one(
            &several(all),
            "E206",
            all,
            "some options must hold, and some must not",
        );
        let third = "{ id = \"a\", text = \"z\", why = \"w\" }";
        let twice = format!(
            "[{{ id = \"a\", text = \"x\", right = true, why = \"w\" }}, {{ id = \"b\", text = \"y\", why = \"w\" }}, {third}]"
        );
        one(
            &several(&twice),
            "E207",
            third,
            "the option `a` is there twice",
        );
    }
}

//! The interview on paper: the list of questions, what is shown while one is asked, and the transcript.
//!
//! All of it is Markdown, so that a terminal shows it as a page and a transcript is the same text in a file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::interview::{ANCHORS, Cap, Question};
use crate::learner::interview::{Answer, Asked, Interview, Item, Marks};

use super::report::cell::cut;
use super::theme::Surface;

/// Where a weak answer leads: the command that reads, and the one that shows the point live.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leads {
    /// `course read …`
    pub read: String,
    /// `course check …` or `course demo …`, when the course has the exercise.
    pub see: Option<String>,
}

/// `4:05`
#[must_use]
pub fn clock(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// The bank as a list, one line for each question, with what became of it.
#[must_use]
pub fn list(bank: &[&Question], asked: &BTreeMap<String, Asked>, surface: &Surface) -> String {
    let mut text = String::new();
    let state = |question: &Question| {
        let asked = asked.get(&question.id);
        asked.map_or_else(
            || "-".to_owned(),
            |a| format!("{} of 4, again {}", a.score, a.due()),
        )
    };
    let widest = bank.iter().map(|q| state(q).len()).max().unwrap_or(0);
    for question in bank {
        let (id, level, state) = (&question.id, question.level.name(), state(question));
        let head = format!("{id:<4} {level:<7} {state:<widest$} ");
        let line = format!("{head}{}", question.ask.replace('\n', " "));
        let _ = writeln!(text, "{}", cut(&line, surface.width));
    }
    text
}

/// The questions for a program: `course-interview/v1`.
#[must_use]
pub fn document(bank: &[&Question], asked: &BTreeMap<String, Asked>) -> Value {
    let questions: Vec<Value> = bank
        .iter()
        .map(|q| {
            let follow_ups = q.follow_ups.iter();
            let follow_ups: Vec<Value> = follow_ups
                .map(|f| json!({ "ask": f.ask, "answer": f.answer }))
                .collect();
            let known = asked.get(&q.id);
            json!({
                "id": q.id,
                "level": q.level.name(),
                "minutes": q.level.minutes(),
                "ask": q.ask,
                "follow_ups": follow_ups,
                "must": q.must,
                "strong": q.strong,
                "red_flags": q.red_flags,
                "lesson": q.lesson,
                "check": q.check,
                "times": known.map_or(0, |a| a.times),
                "self_reported_score": known.map(|a| a.score),
                "due": known.map(Asked::due),
            })
        })
        .collect();
    json!({ "format": "course-interview/v1", "anchors": ANCHORS, "questions": questions })
}

/// What is to be marked: every point with its number, and what the follow-ups were after.
#[must_use]
pub fn points(question: &Question) -> String {
    let mut page = String::new();
    let mut number = 0;
    for (title, points) in [
        ("An answer has to say", &question.must),
        ("A very good one says as well", &question.strong),
        ("Nobody should say", &question.red_flags),
    ] {
        let _ = writeln!(page, "**{title}**\n");
        for point in points {
            number += 1;
            let _ = writeln!(page, "{number}. {point}");
        }
        // A comment ends a list, so that the next one keeps its own numbers.
        page.push_str("\n<!-- -->\n\n");
    }
    for follow_up in &question.follow_ups {
        let _ = writeln!(page, "**{}** {}\n", follow_up.ask, follow_up.answer);
    }
    page
}

/// The anchors, from 0 to 4.
#[must_use]
pub fn anchors() -> String {
    let mut page = String::new();
    for (points, anchor) in ANCHORS.iter().enumerate() {
        let _ = writeln!(page, "- **{points}** {anchor}");
    }
    page
}

/// Why an answer is worth no more.
#[must_use]
pub fn cap(cap: Cap) -> &'static str {
    match cap {
        Cap::RedFlag => "At most 1 point: something was said that nobody should say.",
        Cap::Must => "At most 1 point: something that an answer has to say is missing.",
        Cap::Strong => {
            "At most 3 points: the fourth needs something that makes an answer very good."
        }
        Cap::None => "",
    }
}

/// The points reached and those that could be.
#[must_use]
pub fn total(interview: &Interview) -> (u32, usize) {
    let scores = interview.items.iter().filter_map(|item| item.score);
    (scores.map(u32::from).sum(), 4 * interview.items.len())
}

/// What came of it: a table, and where each weak answer leads.
#[must_use]
pub fn summary(
    interview: &Interview,
    bank: &[Question],
    asked: &BTreeMap<String, Asked>,
    leads: &dyn Fn(&Question) -> Leads,
) -> String {
    let (reached, all) = total(interview);
    let mut page = format!("**{reached} of {all} points, self-reported.**\n\n");
    page.push_str("| question | level | time | points |\n|---|---|---|---|\n");
    let mut weak = String::new();
    for item in &interview.items {
        let Some(question) = bank.iter().find(|q| q.id == item.question) else {
            continue;
        };
        let score = item.score.unwrap_or(0);
        let allowed = question.level.minutes();
        let (id, level) = (&question.id, question.level.name());
        let time = clock(item.seconds());
        let _ = writeln!(
            page,
            "| {id} | {level} | {time} of {allowed}:00 | {score} of 4 |"
        );
        if score <= 2 {
            let _ = writeln!(weak, "- **{id}** {}", question.ask);
            let leads = leads(question);
            let _ = writeln!(weak, "  - read: `{}`", leads.read);
            if let Some(see) = leads.see {
                let _ = writeln!(weak, "  - see it live: `{see}`");
            }
            if let Some(asked) = asked.get(id) {
                let _ = writeln!(weak, "  - comes back on {}", asked.due());
            }
        }
    }
    if !weak.is_empty() {
        let _ = write!(page, "\nWeak spots:\n\n{weak}");
    }
    page
}

/// The whole interview as Markdown, to keep.
#[must_use]
pub fn transcript(interview: &Interview, bank: &[Question], summary: &str) -> String {
    let mut page = format!("# Mock interview of {}\n\n{summary}\n", interview.started);
    for item in &interview.items {
        if let Some(question) = bank.iter().find(|q| q.id == item.question) {
            told(item, question, &mut page);
        }
    }
    page
}

fn told(item: &Item, question: &Question, page: &mut String) {
    let _ = writeln!(
        page,
        "\n## {} ({})\n\n{}\n",
        question.id,
        question.level.name(),
        question.ask
    );
    answer(&item.answer, page);
    for (follow_up, given) in question.follow_ups.iter().zip(&item.follow_ups) {
        let _ = writeln!(page, "### {}\n", follow_up.ask);
        answer(given, page);
        let _ = writeln!(page, "A good answer: {}\n", follow_up.answer);
    }
    let marks = item.marks.clone().unwrap_or_default();
    let Marks {
        must,
        strong,
        red_flags,
    } = &marks;
    for (title, points, said) in [
        ("An answer has to say", &question.must, must),
        ("A very good one says as well", &question.strong, strong),
        ("Nobody should say", &question.red_flags, red_flags),
    ] {
        let _ = writeln!(page, "### {title}\n");
        for (place, point) in points.iter().enumerate() {
            let mark = if said.contains(&place) { "x" } else { " " };
            let _ = writeln!(page, "- [{mark}] {point}");
        }
        page.push('\n');
    }
    let score = item.score.unwrap_or(0);
    let _ = writeln!(
        page,
        "Self-reported: {score} of 4, \"{}\".",
        ANCHORS[usize::from(score.min(4))]
    );
}

/// What was answered, as a quotation, so that nothing in it is taken for a part of the page.
fn answer(given: &Answer, page: &mut String) {
    let time = clock(given.seconds);
    if given.spoken {
        let _ = writeln!(page, "> (said aloud, {time})\n");
        return;
    }
    for line in given.text.lines() {
        let _ = writeln!(page, "> {line}  ");
    }
    if given.text.is_empty() {
        page.push_str("> (nothing)\n");
    }
    let _ = writeln!(page, "\n({time})\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::source::Source;

    fn bank() -> Vec<Question> {
        crate::interview::bank(&Source::Folder(env!("CARGO_MANIFEST_DIR").into())).unwrap()
    }

    fn interview() -> Interview {
        let item = Item {
            question: "Q1".into(),
            answer: Answer {
                text: "# not a heading\ntwo".into(),
                seconds: 125,
                ..Answer::default()
            },
            follow_ups: vec![Answer {
                spoken: true,
                seconds: 5,
                ..Answer::default()
            }],
            marks: Some(Marks {
                must: vec![0],
                ..Marks::default()
            }),
            score: Some(1),
        };
        Interview {
            started: "2026-11-24T03:50:00Z".into(),
            minutes: 45,
            items: vec![item],
        }
    }

    #[test]
    fn a_transcript_holds_answers_marks_and_where_weak_ones_lead() {
        let bank = bank();
        let leads = |q: &Question| Leads {
            read: format!("course read {}", q.lesson),
            see: None,
        };
        let summary = summary(&interview(), &bank, &BTreeMap::new(), &leads);
        let text = transcript(&interview(), &bank, &summary);
        for piece in [
            "**1 of 4 points, self-reported.**",
            "| Q1 | easy | 2:10 of 3:00 | 1 of 4 |",
            "`course read roles-not-machines#one-program-two-roles`",
            "> # not a heading  \n> two  \n",
            "> (said aloud, 0:05)",
            "- [x] The client is the side that connects",
            "- [ ] A protocol is",
            "Self-reported: 1 of 4, \"names it\".",
        ] {
            assert!(text.contains(piece), "{piece}\n---\n{text}");
        }
    }

    #[test]
    fn the_points_are_numbered_through() {
        let bank = bank();
        let page = points(&bank[0]);
        let count = bank[0].must.len() + bank[0].strong.len() + bank[0].red_flags.len();
        for number in 1..=count {
            assert!(page.contains(&format!("\n{number}. ")), "{number}: {page}");
        }
    }

    #[test]
    fn the_list_fits_its_width() {
        for width in [40, 80, 120] {
            let bank = bank();
            let bank: Vec<&Question> = bank.iter().collect();
            let text = list(&bank, &BTreeMap::new(), &Surface::plain(width));
            assert_eq!(text.lines().count(), 30);
            assert!(text.lines().all(|line| line.chars().count() <= width));
        }
    }
}

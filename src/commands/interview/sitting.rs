//! A sitting: the questions of an interview, one after the other, against the clock.
//!
//! Whatever is typed is kept at once, so that a lost connection costs one line.

use crate::base::text::count;
use crate::interview::{Cap, Question, cap};
use crate::learner::interview::{Answer, Interview, Marks};
use crate::render::interview as paper;
use crate::render::markdown;
use crate::render::theme::Role;

use super::super::context::Context;
use super::super::error::Error;

/// Keeps what was typed so far.
pub(super) type Keep<'k> = &'k mut dyn FnMut(&Interview, &mut Context) -> Result<(), Error>;

/// Says what is coming, and how to answer.
pub(super) fn introduce(
    interview: &Interview,
    bank: &[Question],
    ctx: &mut Context,
) -> Result<(), Error> {
    let questions = count(interview.items.len(), "question");
    let title = format!("Mock interview: {} minutes, {questions}", interview.minutes);
    writeln!(ctx.out, "{}\n", ctx.surface.paint(Role::Heading, &title))?;
    let items = interview.items.iter();
    let levels: Vec<String> = items
        .filter_map(|item| bank.iter().find(|q| q.id == item.question))
        .map(|q| format!("{} ({} min)", q.level.name(), q.level.minutes()))
        .collect();
    let page = format!(
        "In this order: {}. What is left over is for marking.\n\n{HOW}\n\n\
         Ctrl-C or Ctrl-D leaves. `course interview` then goes on where you were.\n",
        levels.join(", ")
    );
    markdown::page(&page, &ctx.surface, &mut ctx.out)?;
    Ok(())
}

/// Says how to answer.
pub(super) fn explain(ctx: &mut Context) -> Result<(), Error> {
    writeln!(ctx.out)?;
    markdown::page(HOW, &ctx.surface, &mut ctx.out)?;
    Ok(())
}

const HOW: &str = "Type your answer, as many lines as you like. A line with only a dot locks it. To answer aloud, type \
                   `aloud`, speak, and press Enter at the end. The number in front is the time that is left.";

/// Asks and has marked what is not marked yet; whether it came to its end.
pub(super) fn hold(
    interview: &mut Interview,
    bank: &[Question],
    keep: Keep,
    ctx: &mut Context,
) -> Result<bool, Error> {
    let all = interview.items.len();
    for place in 0..all {
        let id = interview.items[place].question.clone();
        let Some(question) = bank.iter().find(|q| q.id == id) else {
            // The bank has changed since: what is gone cannot be asked.
            interview.items[place].score.get_or_insert(0);
            continue;
        };
        if interview.items[place].score.is_some() {
            continue;
        }
        let (level, minutes) = (question.level.name(), question.level.minutes());
        let title = format!(
            "Question {} of {all}: {id}, {level}, {minutes} minutes",
            place + 1
        );
        writeln!(ctx.out, "\n{}\n", ctx.surface.paint(Role::Heading, &title))?;
        markdown::page(&question.ask, &ctx.surface, &mut ctx.out)?;
        let go_on = answers(interview, place, question, keep, ctx)?
            && mark(interview, place, question, keep, ctx)?;
        if !go_on {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The answer, then each follow-up, which is only shown when all before it is locked.
fn answers(
    interview: &mut Interview,
    place: usize,
    question: &Question,
    keep: Keep,
    ctx: &mut Context,
) -> Result<bool, Error> {
    let allowed = u64::from(question.level.minutes()) * 60;
    if !answer(interview, place, None, allowed, keep, ctx)? {
        return Ok(false);
    }
    for (i, follow_up) in question.follow_ups.iter().enumerate() {
        if interview.items[place].follow_ups.len() <= i {
            interview.items[place].follow_ups.push(Answer::default());
        }
        if interview.items[place].follow_ups[i].locked {
            continue;
        }
        let ask = format!("**Follow-up:** {}", follow_up.ask);
        writeln!(ctx.out)?;
        markdown::page(&ask, &ctx.surface, &mut ctx.out)?;
        if !answer(interview, place, Some(i), allowed, keep, ctx)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes one answer, line by line, until it is locked; `false` when the learner left.
fn answer(
    interview: &mut Interview,
    place: usize,
    follow_up: Option<usize>,
    allowed: u64,
    keep: Keep,
    ctx: &mut Context,
) -> Result<bool, Error> {
    fn slot(interview: &mut Interview, place: usize, follow_up: Option<usize>) -> &mut Answer {
        let item = &mut interview.items[place];
        match follow_up {
            Some(i) => &mut item.follow_ups[i],
            None => &mut item.answer,
        }
    }
    let so_far = slot(interview, place, follow_up).clone();
    if so_far.locked {
        return Ok(true);
    }
    writeln!(ctx.out)?;
    for line in so_far.text.lines() {
        writeln!(ctx.out, "(kept)  {line}")?;
    }
    loop {
        let used = interview.items[place].seconds();
        let left = if used <= allowed {
            paper::clock(allowed - used)
        } else {
            format!("{} over", paper::clock(used - allowed))
        };
        let spoken = slot(interview, place, follow_up).spoken;
        let prompt = if spoken {
            format!("[{left}] Speak, then press Enter:")
        } else {
            format!("[{left}]")
        };
        let began = (ctx.now)();
        let Some(line) = ctx.line(&prompt)? else {
            return Ok(false);
        };
        let took = (ctx.now)().duration_since(began).unwrap_or_default();
        let answer = slot(interview, place, follow_up);
        answer.seconds += took.as_secs();
        match line.trim() {
            "." => answer.locked = true,
            _ if spoken => answer.locked = true,
            "aloud" if answer.text.is_empty() => answer.spoken = true,
            _ => {
                answer.text.push_str(&line);
                answer.text.push('\n');
            }
        }
        let locked = answer.locked;
        keep(interview, ctx)?;
        if locked {
            let used = interview.items[place].seconds();
            writeln!(ctx.out, "Locked. {} used so far.", paper::clock(used))?;
            return Ok(true);
        }
    }
}

/// Shows the points, and asks which were made and what the answer was worth; `false` when the learner left.
fn mark(
    interview: &mut Interview,
    place: usize,
    question: &Question,
    keep: Keep,
    ctx: &mut Context,
) -> Result<bool, Error> {
    writeln!(
        ctx.out,
        "\n{}\n",
        ctx.surface.paint(Role::Heading, "Mark it yourself")
    )?;
    markdown::page(&paper::points(question), &ctx.surface, &mut ctx.out)?;
    let prompt = "\nWhich of these did you say? (numbers, as in 1 3 4, or Enter for none)";
    let marks = loop {
        let Some(typed) = ctx.ask(prompt)? else {
            return Ok(false);
        };
        match read_marks(&typed, question) {
            Some(marks) => break marks,
            None => writeln!(ctx.out, "Please answer with numbers from the lists above.")?,
        }
    };
    let limit = cap(&marks, question);
    interview.items[place].marks = Some(marks);
    keep(interview, ctx)?;
    writeln!(ctx.out)?;
    markdown::page(&paper::anchors(), &ctx.surface, &mut ctx.out)?;
    if limit != Cap::None {
        writeln!(ctx.out)?;
        markdown::page(paper::cap(limit), &ctx.surface, &mut ctx.out)?;
    }
    let most = limit.points();
    let score = loop {
        let Some(typed) = ctx.ask(&format!("\nWhat was it worth? (0 to {most})"))? else {
            return Ok(false);
        };
        match typed.parse::<u8>().ok().filter(|n| *n <= most) {
            Some(score) => break score,
            None => writeln!(ctx.out, "Please answer with a number from 0 to {most}.")?,
        }
    };
    interview.items[place].score = Some(score);
    keep(interview, ctx)?;
    Ok(true)
}

/// The points with these numbers, counted through must, strong, and red flags.
fn read_marks(typed: &str, question: &Question) -> Option<Marks> {
    let (must, strong) = (question.must.len(), question.strong.len());
    let all = must + strong + question.red_flags.len();
    let mut marks = Marks::default();
    let mut numbers: Vec<usize> = typed
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .map(|word| word.parse().ok().filter(|n| (1..=all).contains(n)))
        .collect::<Option<_>>()?;
    numbers.sort_unstable();
    numbers.dedup();
    for number in numbers {
        let place = number - 1;
        if place < must {
            marks.must.push(place);
        } else if place < must + strong {
            marks.strong.push(place - must);
        } else {
            marks.red_flags.push(place - must - strong);
        }
    }
    Some(marks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interview::Level;

    #[test]
    fn numbers_go_through_all_three_lists() {
        let question = Question {
            id: "Q1".into(),
            level: Level::Easy,
            ask: "?".into(),
            must: vec!["a".into(), "b".into()],
            strong: vec!["c".into()],
            red_flags: vec!["d".into()],
            follow_ups: Vec::new(),
            lesson: "l".into(),
            check: None,
        };
        let marks = read_marks("4, 2 3 3", &question).unwrap();
        assert_eq!(
            (marks.must, marks.strong, marks.red_flags),
            (vec![1], vec![0], vec![0])
        );
        assert_eq!(read_marks("", &question), Some(Marks::default()));
        for wrong in ["5", "0", "x", "1 x"] {
            assert_eq!(read_marks(wrong, &question), None, "{wrong}");
        }
    }
}

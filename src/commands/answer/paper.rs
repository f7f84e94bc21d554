//! A paper: the questions of one exercise, and what its learner has answered so far.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::exercises::Exercise;
use crate::learner::Workspace;
use crate::learner::answers::{Answer, Answers, Standing};
use crate::learner::progress::{ExerciseProgress, FigureProgress};
use crate::questions::prediction::Which;
use crate::questions::{Kind, Prediction, Question, Verdict};
use crate::render::markdown;
use crate::render::report::Guess;

use super::super::context::Context;
use super::super::error::Error;

/// The written part of an exercise in front of its learner.
pub(super) struct Paper<'c> {
    /// The exercise.
    pub(super) exercise: &'c Exercise,
    /// What was answered.
    pub(super) answers: Answers,
    /// The learner's folder; `None` when the exercise was not started.
    root: Option<PathBuf>,
    known: ExerciseProgress,
}

impl<'c> Paper<'c> {
    /// Reads what there is.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(super) fn open(exercise: &'c Exercise, ctx: &mut Context) -> Result<Self, Error> {
        let slug = exercise.slug.as_str();
        let known = ctx.progress()?.exercises.get(slug).cloned();
        let known = known.unwrap_or_default();
        let here = ctx.workspace()?.filter(|w| w.exercise == exercise.slug);
        let started = known.started.as_deref().map(Path::new);
        // The folder may have been moved or deleted since.
        let there = || started.and_then(|folder| Workspace::read(folder).ok());
        let root = here.or_else(there).map(|w| w.root);
        let answers = root.as_deref().map(Answers::load).transpose()?;
        Ok(Self {
            exercise,
            answers: answers.unwrap_or_default(),
            root,
            known,
        })
    }

    /// Where answers are kept.
    ///
    /// # Errors
    /// When the exercise was not started.
    pub(super) fn folder(&self) -> Result<&Path, Error> {
        self.root.as_deref().ok_or_else(|| {
            Error::Usage(format!(
                "answers are kept in the folder of the exercise; type `course start {}` first",
                self.exercise.slug
            ))
        })
    }

    /// Keeps an answer at once.
    ///
    /// # Errors
    /// When it cannot be saved.
    pub(super) fn keep(
        &mut self,
        question: &Question,
        given: &str,
        verdict: Standing,
        scores: Vec<u8>,
        ctx: &Context,
    ) -> Result<(), Error> {
        let answer = Answer {
            given: given.to_owned(),
            at: ctx.moment(),
            verdict,
            scores,
            other: toml::Table::new(),
        };
        self.answers.keep(question.id.as_str(), answer);
        let all = self.exercise.written.iter();
        let asked: Vec<(&str, &str)> = all.map(|q| (q.id.as_str(), q.ask.as_str())).collect();
        Ok(self.answers.save(self.folder()?, &asked)?)
    }

    /// Whether nothing is left to do about a question, right or wrong.
    #[must_use]
    pub(super) fn is_answered(&self, question: &Question) -> bool {
        let Some(answer) = self.answers.answer(question.id.as_str()) else {
            return false;
        };
        match &question.kind {
            Kind::Essay(essay) => answer.scores.len() == essay.rubric.len(),
            _ => answer.verdict != Standing::Draft,
        }
    }

    /// Whether the exercise is behind the learner.
    #[must_use]
    pub(super) fn is_over(&self) -> bool {
        self.known.passed.is_some() || self.known.gave_up.is_some()
    }

    /// What was answered so far, behind the title of a question.
    #[must_use]
    pub(super) fn state(&self, question: &Question) -> &'static str {
        match self.answers.answer(question.id.as_str()).map(|a| a.verdict) {
            None => "",
            Some(Standing::Right) => " (you had it right)",
            Some(Standing::Wrong) => " (you had it wrong)",
            Some(Standing::Predicted) => " (you predicted it)",
            Some(Standing::Draft) => " (begun)",
            Some(Standing::SelfReported) if self.is_answered(question) => " (self-reported)",
            Some(Standing::SelfReported) => " (written, not marked)",
        }
    }

    /// How a prediction came out, in Markdown; `None` while nobody predicted.
    #[must_use]
    pub(super) fn comparison(
        &self,
        question: &Question,
        prediction: &Prediction,
    ) -> Option<String> {
        let answer = self.answers.answer(question.id.as_str())?;
        let given = prediction.number(&answer.given)?;
        let figure = self.known.figures.get(&prediction.measured.figure);
        let check = prediction.measured.figure.split('.').next();
        let check = check.unwrap_or_default();
        Some(match figure {
            Some(figure) => {
                let figure = measured(prediction, *figure);
                let (word, why) = match prediction.compare(given, figure) {
                    Verdict::Right(why) => ("That was close.", why),
                    Verdict::Wrong(why) => ("Not close.", why),
                    Verdict::Kept | Verdict::Unclear(_) => ("", String::new()),
                };
                let line = Guess::line(prediction, given, figure);
                format!("`{}`: {line}. {word} {why}", question.id)
            }
            None if self.is_over() => {
                let about = prediction.with_unit(prediction.otherwise);
                let said = prediction.with_unit(given);
                let why = &prediction.why;
                format!(
                    "`{}`: you predicted {said}. Nobody measured it here; it is about {about}. {why}",
                    question.id
                )
            }
            None => format!(
                "`{}`: you predicted {}. `course check {check}` measures it.",
                question.id,
                prediction.with_unit(given)
            ),
        })
    }

    /// The checks that show the facts of a match, told apart by the last run; `None` when no fact names one.
    #[must_use]
    pub(super) fn shown(&self, question: &Question) -> Option<String> {
        let Kind::Match(matching) = &question.kind else {
            return None;
        };
        let mut facts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (number, fact) in (1..).zip(&matching.facts) {
            if let Some(check) = &fact.shown_by {
                facts
                    .entry(check.as_str())
                    .or_default()
                    .push(format!("{number}"));
            }
        }
        let passed = |check: &str| {
            let run = self.known.last_check.as_ref();
            let mark = run.and_then(|run| run.checks.iter().find(|mark| mark.id == check));
            mark.is_some_and(|mark| mark.outcome == "passed")
        };
        let told = |facts: Vec<(&&str, &Vec<String>)>| -> String {
            let each = facts
                .iter()
                .map(|(check, n)| format!("`{check}` ({})", n.join(", ")));
            each.collect::<Vec<_>>().join(", ")
        };
        let (yes, no): (Vec<_>, Vec<_>) = facts.iter().partition(|(check, _)| passed(check));
        let mut said = Vec::new();
        if !yes.is_empty() {
            said.push(format!("Your own run has shown it: {}.", told(yes)));
        }
        if !no.is_empty() {
            said.push(format!("Not shown by your own run yet: {}.", told(no)));
        }
        (!said.is_empty()).then(|| said.join(" "))
    }

    /// Marks the written part as done once everything is answered, and says what it adds up to.
    ///
    /// # Errors
    /// When the progress cannot be saved.
    pub(super) fn finish(&self, ctx: &mut Context) -> Result<(), Error> {
        self.summary(ctx)?;
        let questions = &self.exercise.written;
        if questions.iter().all(|question| self.is_answered(question)) {
            let (slug, now) = (self.exercise.slug.to_string(), ctx.moment());
            ctx.record(|p| {
                p.exercise(&slug).written.get_or_insert(now);
            })?;
            writeln!(ctx.out, "\nThe written part of {slug} is done.")?;
        }
        Ok(())
    }

    /// What the answers so far add up to: what was judged, what was predicted, and what is self-reported, each apart.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn summary(&self, ctx: &mut Context) -> Result<(), Error> {
        let (mut right, mut judged, mut marks, mut points) = (0, 0, 0, 0);
        let mut predicted = Vec::new();
        for question in &self.exercise.written {
            let answer = self.answers.answer(question.id.as_str());
            match &question.kind {
                Kind::Essay(essay) => {
                    if let Some(answer) = answer.filter(|_| self.is_answered(question)) {
                        points += essay.points();
                        marks += answer.scores.iter().map(|s| usize::from(*s)).sum::<usize>();
                    }
                }
                Kind::Prediction(p) => predicted.extend(self.comparison(question, p)),
                _ => {
                    judged += usize::from(answer.is_some());
                    right += usize::from(answer.is_some_and(|a| a.verdict == Standing::Right));
                }
            }
        }
        let mut page = String::new();
        if judged > 0 {
            let _ = writeln!(page, "- **Judged:** {right} of {judged} right.");
        }
        for line in predicted {
            let _ = writeln!(page, "- **Predicted:** {line}");
        }
        if points > 0 {
            let _ = writeln!(
                page,
                "- **Self-reported:** {marks} of {points} points by your own marks. They are no part of the grade."
            );
        }
        if !page.is_empty() {
            writeln!(ctx.out)?;
            markdown::page(&page, &ctx.surface, &mut ctx.out)?;
        }
        Ok(())
    }
}

/// The measurement that a prediction is about.
fn measured(prediction: &Prediction, figure: FigureProgress) -> f64 {
    match prediction.measured.of {
        Which::First => figure.first,
        Which::Latest => figure.latest,
    }
}

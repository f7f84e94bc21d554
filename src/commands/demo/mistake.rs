//! A mistake: its checks on a server that makes it, the fix, and what failed once more on a server that does not.

use crate::base::mask::Mask;
use crate::base::text::count;
use crate::checks::check::CheckFile;
use crate::checks::mistake::Mistake;
use crate::checks::variable::Seed;
use crate::course::Course;
use crate::exercises::Exercise;
use crate::grading::outcome::{Grade, Outcome};
use crate::grading::runner::AfterFailure;
use crate::lab::guard::Guard;
use crate::render::markdown;
use crate::render::report::{Format, Verbosity};
use crate::verify::server::{Absence, Server};

use super::super::context::Context;
use super::super::error::Error;
use super::super::exit::Exit;
use super::super::session::{self, Session};
use super::super::{database, name};

/// A mistake that is being shown.
pub(super) struct Show<'s> {
    pub(super) course: &'s Course,
    pub(super) mistake: &'s Mistake,
    /// The language that was asked for.
    pub(super) language: Option<&'s str>,
    /// The seed of both runs.
    pub(super) seed: Seed,
}

impl Show<'_> {
    /// Shows it.
    ///
    /// # Errors
    /// When one of the servers cannot be had or run.
    pub(super) fn run(&self, ctx: &mut Context) -> Result<Exit, Error> {
        let words = &self.mistake.words;
        let exercise = name::exercise(self.course, &self.mistake.checks.exercise)?;
        let guard = session::guard(ctx);
        let wrong = self.server(&words.wrong, exercise, &guard, ctx)?;
        let right = self.server(&words.right, exercise, &guard, ctx)?;
        let title = format!("Mistake {}: {}", self.mistake.number, words.title);
        let who = self.called(&wrong, exercise);
        let page = format!(
            "# {title}\n\n{}\n\n## It makes the mistake: {who}\n",
            words.says
        );
        markdown::page(&page, &ctx.surface, &mut ctx.out)?;
        writeln!(ctx.out)?;
        let before = self.grade(wrong, Vec::new(), ctx)?;
        let failed = with(&before, Outcome::Failed);
        let who = self.called(&right, exercise);
        let page = format!("## The fix\n\n{}\n\n## It does not: {who}\n", words.fix);
        markdown::page(&page, &ctx.surface, &mut ctx.out)?;
        writeln!(ctx.out)?;
        let after = self.grade(right, failed, ctx)?;
        self.conclude(&before, &after, ctx)
    }

    /// A fresh copy of a server of the exercise.
    fn server(
        &self,
        typed: &str,
        exercise: &Exercise,
        guard: &Guard,
        ctx: &Context,
    ) -> Result<Server, Error> {
        let checks = session::check_file(ctx, self.course, exercise.slug.as_str())?;
        let shop = session::shop(ctx, self.course, exercise, &checks, guard);
        // A broken server is there in one language only.
        let typed = match self.language {
            Some(language) if !typed.contains('/') => format!("{typed}/{language}"),
            _ => typed.to_owned(),
        };
        let server = shop.one(&typed)?.ok_or_else(|| {
            let slug = &exercise.slug;
            Error::Usage(format!("`{slug}` has no server `{typed}`"))
        })?;
        match &server.submission {
            Ok(_) => Ok(server),
            Err(Absence::Missing(reason) | Absence::Wrong(reason)) => Err(Error::Unreachable(
                format!("{} cannot be run: {reason}", server.name),
            )),
        }
    }

    /// A server in words.
    fn called(&self, server: &Server, exercise: &Exercise) -> String {
        let slug = &exercise.slug;
        let language = |slug: &str| {
            let mut languages = self.course.languages.iter();
            let found = languages.find(|l| l.slug.as_str() == slug);
            found.map_or_else(|| slug.to_owned(), |l| l.name.clone())
        };
        match server.name.split_once('/') {
            Some(("starters", name)) => {
                format!("the starter of `{slug}`, in {}", language(name))
            }
            Some(("solutions", name)) => {
                format!("the solution of `{slug}`, in {}", language(name))
            }
            _ => format!("`{}` of `{slug}`", server.name),
        }
    }

    /// Runs the wanted checks, all when none is named, and shows each of them.
    fn grade(
        &self,
        server: Server,
        wanted: Vec<String>,
        ctx: &mut Context,
    ) -> Result<Grade, Error> {
        let submission = server
            .submission
            .map_err(|_| Error::Fault("a server that is not here was to be shown".to_owned()))?;
        let session = Session {
            submission,
            title: self.mistake.words.title.clone(),
            seed: self.seed.clone(),
            database: database::Choice::default(),
            wanted,
            after_failure: AfterFailure::GoOn,
            format: Format::Human,
            verbosity: Verbosity::Shown,
            mask: Mask::default(),
            answered: None,
            guesses: Vec::new(),
            report: None,
        };
        let checks: &CheckFile = &self.mistake.checks;
        session::grade(session, checks, ctx)
    }

    /// Says what it came to, and what comes next.
    fn conclude(&self, before: &Grade, after: &Grade, ctx: &mut Context) -> Result<Exit, Error> {
        let (failed, held) = (with(before, Outcome::Failed), with(after, Outcome::Passed));
        let all = count(before.checks().len(), "probe");
        let page = format!(
            "Of {all}, {} failed on the server that makes the mistake; of those, {} passed on the other. \
             `course demo {} --seed {}` shows the same again.\n",
            failed.len(),
            held.len(),
            self.mistake.slug,
            before.seed
        );
        markdown::page(&page, &ctx.surface, &mut ctx.out)?;
        let lesson = self
            .mistake
            .checks
            .checks
            .iter()
            .find_map(|c| c.lesson.as_ref());
        let next = match lesson {
            Some(lesson) => format!("course read {lesson}"),
            None => format!("course start {}", self.mistake.checks.exercise),
        };
        ctx.next(&next)?;
        Ok(match session::exit(before) {
            // What was to fail did, and then it must hold.
            Exit::Failed => session::exit(after),
            Exit::Passed => Exit::Fault,
            other => other,
        })
    }
}

/// The ids of the checks with this outcome.
fn with(grade: &Grade, outcome: Outcome) -> Vec<String> {
    let checks = grade.checks();
    let such = checks.iter().filter(|(_, o)| *o == outcome);
    such.map(|(id, _)| (*id).to_owned()).collect()
}

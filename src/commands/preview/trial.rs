//! A trial: checks run on a server that comes with the exercise, as a learner would meet them.

use crate::base::mask::Mask;
use crate::checks::check::CheckFile;
use crate::checks::variable::Seed;
use crate::commands::context::Context;
use crate::commands::database::Choice;
use crate::commands::error::Error;
use crate::commands::exit::Exit;
use crate::commands::name;
use crate::commands::session::{self, Session};
use crate::grading::runner::AfterFailure;
use crate::render::report::{Format, Verbosity};
use crate::verify::server::Absence;

/// Runs the wanted checks on a fresh copy of the server.
pub(super) fn run(
    typed: &str,
    seed: Option<&str>,
    file: &CheckFile,
    wanted: Vec<String>,
    ctx: &mut Context,
) -> Result<Exit, Error> {
    let course = ctx.course()?;
    let exercise = name::exercise(&course, &file.exercise)?;
    let guard = session::guard(ctx);
    let server = session::shop(ctx, &course, exercise, file, &guard).one(typed)?;
    let Some(server) = server else {
        let broken = exercise.broken(&ctx.content)?;
        let broken = broken.iter().map(|name| format!("broken/{name}"));
        let known: Vec<String> = ["solution".to_owned(), "starter".to_owned()]
            .into_iter()
            .chain(broken)
            .collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let noun = format!("server of `{}`", exercise.slug);
        return Err(Error::Usage(name::unknown(&noun, typed, &known)));
    };
    let submission = server.submission.map_err(|why| match why {
        Absence::Missing(reason) | Absence::Wrong(reason) => {
            Error::Unreachable(format!("{} cannot be run: {reason}", server.name))
        }
    })?;
    let session = Session {
        submission,
        title: format!("{} on {}", exercise.title, server.name),
        seed: seed.map_or_else(|| session::fresh_seed(ctx), Seed::new),
        database: Choice::default(),
        wanted,
        after_failure: AfterFailure::GoOn,
        format: Format::Human,
        verbosity: Verbosity::First,
        mask: Mask::default(),
        answered: None,
        guesses: Vec::new(),
        report: None,
    };
    let grade = session::grade(session, file, ctx)?;
    Ok(session::exit(&grade))
}

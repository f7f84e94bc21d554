//! `course completions`: what a shell needs to complete commands, lessons, exercises and checks.

use clap::builder::PossibleValuesParser;
use clap_complete::Shell;

use super::context::Context;
use super::demo::offer;
use super::error::Error;
use super::exit::Exit;
use super::session;

/// What may stand behind `course completions`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example:\n  course completions bash > ~/.local/share/bash-completion/completions/course"
)]
pub struct Args {
    /// Your shell
    pub shell: Shell,
}

/// Prints the script; `command` is the whole command line.
///
/// # Errors
/// When it cannot be written.
pub fn run(args: &Args, command: clap::Command, ctx: &mut Context) -> Result<Exit, Error> {
    let mut command = command;
    // Without the course's names the rest still completes.
    if let Ok(course) = ctx.course() {
        let lessons = course.lessons.iter().map(|l| l.slug.to_string());
        let exercises = course.exercises.iter().map(|e| e.slug.to_string());
        let exercises: Vec<String> = exercises.collect();
        let mut targets = exercises.clone();
        for exercise in &exercises {
            // An exercise without readable checks is completed by its name alone.
            let file = session::check_file(ctx, &course, exercise).ok();
            let checks = file.into_iter().flat_map(|file| file.checks);
            targets.extend(checks.map(|check| check.id));
        }
        command = named(command, "read", "lesson", lessons.collect());
        command = named(command, "check", "targets", targets);
        let offers = offer::all(&course, ctx).unwrap_or_default();
        let demos = offers.into_iter().flat_map(|offer| offer.names);
        command = named(command, "demo", "target", demos.collect());
        command = named(command, "solution", "exercise", exercises.clone());
        command = named(command, "start", "exercise", exercises);
    }
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "course", &mut script);
    ctx.out.write_all(&script)?;
    Ok(Exit::Passed)
}

fn named(
    command: clap::Command,
    name: &'static str,
    arg: &'static str,
    values: Vec<String>,
) -> clap::Command {
    command.mut_subcommand(name, |sub| {
        sub.mut_arg(arg, |arg| {
            arg.value_parser(PossibleValuesParser::new(values))
        })
    })
}

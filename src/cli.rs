//! The command line: one variant and one match arm per command.

use std::ffi::OsString;
use std::io::Write as _;
use std::mem::ManuallyDrop;
use std::path::PathBuf;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::commands::context::{ColorChoice, Context};
use crate::commands::error::Error;
use crate::commands::exit::Exit;
use crate::commands::{
    answer, check, completions, demo, doctor, hint, interview, junk, lab, lint, list, mistakes,
    mutate, new, next, preview, progress, quiz, read, reset, run, schema, search, solution, start,
    status, undo, verify,
};
use crate::lab::guard::guard_main;
use crate::render::theme::Role;

/// Learn client-server architecture by mending real servers.
///
/// Without a command, `course` says where you are and what comes next.
#[derive(Debug, Parser)]
#[command(
    name = "course",
    version,
    styles = styles(),
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = MORE,
    disable_version_flag = true,
    after_long_help = format!("{MORE}\n\nExample:\n  course next    # read, then do what it says\n\n\
                       Exit codes: 0 done or passed, 1 checks failed, 2 wrong command line, 3 server not reached, \
                       4 course content or `course` itself is wrong, 130 interrupted.")
)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Read the course from this folder (for authors)
    #[arg(
        long,
        value_name = "DIR",
        global = true,
        env = "COURSE_CONTENT",
        hide_env = true,
        hide_short_help = true
    )]
    pub content: Option<PathBuf>,
    /// When to use colour: auto, always or never
    #[arg(
        long,
        value_name = "WHEN",
        global = true,
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true,
        hide_short_help = true
    )]
    pub color: ColorChoice,
    /// Print the version
    #[arg(short = 'V', long, action = clap::ArgAction::Version, hide_short_help = true)]
    pub version: Option<bool>,
}

/// The commands that the help does not list.
const MORE: &str = "More:        search, undo, lab, progress, doctor, completions\n\
                    For authors: new, preview, lint, verify, schema (each has its own --help)";

/// The commands, in the order of the help.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what comes next: a lesson, or an exercise
    Next(next::Args),
    /// Show all lessons and exercises, and how far you are
    List(list::Args),
    /// Read a lesson, or the brief of an exercise
    Read(read::Args),
    /// Answer the questions of a lesson
    Quiz(quiz::Args),
    /// Find words in the lessons
    #[command(hide = true)]
    Search(search::Args),
    /// Copy the starter of an exercise into a folder of yours
    Start(start::Args),
    /// Run your server as the checks do, to try it yourself
    Run(run::Args),
    /// Grade your server
    Check(check::Args),
    /// Answer the written questions of an exercise: predict, match, explain
    Answer(answer::Args),
    /// Reveal one more hint for the first check that failed
    Hint(hint::Args),
    /// Compare your server with the reference solution
    Solution(solution::Args),
    /// Put the starter back, after a backup of your files
    Reset(reset::Args),
    /// Take the last reset back
    #[command(hide = true)]
    Undo(undo::Args),
    /// Watch the checks on the shipped starter and on the solution
    Demo(demo::Args),
    /// Take a mock interview, and mark it yourself
    Interview(interview::Args),
    /// Use a part of the checks by itself: a balancer, a fault proxy, a load
    #[command(hide = true)]
    Lab(lab::Args),
    /// Prove that the checks are right (for authors)
    #[command(hide = true)]
    Verify(verify::Args),
    /// Carry your progress to another machine
    #[command(hide = true)]
    Progress(progress::Args),
    /// Report what this machine has, to paste when you ask for help
    #[command(hide = true)]
    Doctor(doctor::Args),
    /// Find every mistake in a course (for authors)
    #[command(hide = true)]
    Lint(lint::Args),
    /// Show a lesson or a check as its learner meets it (for authors)
    #[command(hide = true)]
    Preview(preview::Args),
    /// Make the files of a lesson, an exercise or a check (for authors)
    #[command(hide = true)]
    New(new::Args),
    /// Print the JSON Schema of a file of the course (for authors)
    #[command(hide = true)]
    Schema(schema::Args),
    /// Print completions for your shell
    #[command(hide = true)]
    Completions(completions::Args),
    /// Clean up after a `course` that was killed
    #[command(
        name = "__guard",
        hide = true,
        after_long_help = "Example:\n  started by course itself"
    )]
    Guard,
    /// Serve junk
    #[command(name = "__junk", hide = true)]
    Junk(junk::Args),
    /// Make one thing wrong
    #[command(name = "__mutate", hide = true)]
    Mutate(mutate::Args),
}

/// How help and wrong command lines are coloured: as everything else, so that they can be read on white.
fn styles() -> clap::builder::Styles {
    clap::builder::Styles::styled()
        .error(Role::Fail.style())
        .invalid(Role::Skip.style())
        .valid(Role::Pass.style())
}

impl Cli {
    /// Reads the command line.
    ///
    /// # Errors
    /// The exit code, when there is nothing to run: help and version were shown, or a mistake was.
    pub fn read() -> Result<Self, Exit> {
        if asks_version(std::env::args_os().skip(1)) {
            // Whoever closed the pipe has read enough.
            let _ = writeln!(std::io::stdout(), "course {}", env!("CARGO_PKG_VERSION"));
            return Err(Exit::Passed);
        }
        Self::parsed().map_err(|error| {
            // Whoever closed the pipe has read enough.
            let _ = error.print();
            if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Passed
            }
        })
    }

    fn parsed() -> Result<Self, clap::Error> {
        // To take the tree of all commands apart again would be a twentieth of what a short run costs.
        let mut tree = ManuallyDrop::new(Self::command());
        let mut matches = tree.try_get_matches_from_mut(std::env::args_os())?;
        Self::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut tree))
    }

    /// Runs the command and says how it ended.
    #[must_use]
    pub fn run(self) -> Exit {
        let mut ctx = match Context::from_process(self.color, self.content.as_deref()) {
            Ok(ctx) => ctx,
            Err(error) => {
                let _ = writeln!(std::io::stderr(), "error: {error}");
                return Exit::Fault;
            }
        };
        let ended = self.dispatch(&mut ctx).and_then(|exit| {
            ctx.out.flush()?;
            Ok(exit)
        });
        ended.unwrap_or_else(|error| {
            // When even the error cannot be said, its exit code still can.
            let _ = tell(&mut ctx, &error);
            error.exit()
        })
    }

    fn dispatch(self, ctx: &mut Context) -> Result<Exit, Error> {
        let Some(command) = self.command else {
            return status::run(ctx);
        };
        match command {
            Command::Next(args) => next::run(&args, ctx),
            Command::List(args) => list::run(&args, ctx),
            Command::Read(args) => read::run(&args, ctx),
            Command::Quiz(args) => quiz::run(&args, ctx),
            Command::Search(args) => search::run(&args, ctx),
            Command::Start(args) => start::run(&args, ctx),
            Command::Run(args) => run::run(&args, ctx),
            Command::Check(args) => check::run(&args, ctx),
            Command::Answer(args) => answer::run(&args, ctx),
            Command::Hint(args) => hint::run(&args, ctx),
            Command::Solution(args) => solution::run(&args, ctx),
            Command::Reset(args) => reset::run(&args, ctx),
            Command::Undo(args) => undo::run(&args, ctx),
            Command::Demo(args) => demo::run(&args, ctx),
            Command::Interview(args) => interview::run(&args, ctx),
            Command::Lab(args) => lab::run(&args, ctx),
            Command::Verify(args) => verify::run(&args, ctx),
            Command::Progress(args) => progress::run(&args, ctx),
            Command::Doctor(args) => doctor::run(&args, ctx),
            Command::Lint(args) => lint::run(&args, ctx),
            Command::Preview(args) => preview::run(&args, ctx),
            Command::New(args) => new::run(&args, ctx),
            Command::Schema(args) => schema::run(&args, ctx),
            Command::Completions(args) => completions::run(&args, Self::command(), ctx),
            Command::Guard => {
                guard_main(std::io::stdin().lock())?;
                Ok(Exit::Passed)
            }
            Command::Junk(args) => junk::run(&args, ctx),
            Command::Mutate(args) => mutate::run(&args, ctx),
        }
    }
}

/// Whether nothing but the version is asked for: scripts ask it often, and the whole command tree is not needed to say it.
fn asks_version(mut args: impl Iterator<Item = OsString>) -> bool {
    let first = args.next();
    first.is_some_and(|first| first == "--version" || first == "-V") && args.next().is_none()
}

fn tell(ctx: &mut Context, error: &Error) -> Result<(), Error> {
    match error {
        Error::BrokenPipe => {}
        Error::Content(list) => {
            let text = mistakes::text(list, ctx);
            write!(ctx.err, "{text}")?;
            ctx.say(&format!("error: {error}"))?;
        }
        _ => ctx.say(&format!("error: {error}"))?,
    }
    Ok(ctx.err.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_short_way_says_what_clap_would() {
        let asked = |words: &[&str]| asks_version(words.iter().map(OsString::from));
        assert!(asked(&["--version"]) && asked(&["-V"]));
        assert!(!asked(&[]) && !asked(&["--version", "list"]) && !asked(&["list"]));
        assert_eq!(
            Cli::command().render_version(),
            format!("course {}\n", env!("CARGO_PKG_VERSION"))
        );
    }

    #[test]
    fn every_command_shows_an_example() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_long_help().map(ToString::to_string);
            let help = help.unwrap_or_default();
            assert!(help.contains("Example"), "{}", command.get_name());
            // An example that is broken into two lines cannot be read, let alone typed.
            let mut examples = help.lines().filter(|line| line.starts_with("  "));
            assert_eq!(examples.find(|line| line.len() > 80), None);
        }
    }
}

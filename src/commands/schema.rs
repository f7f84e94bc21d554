//! `course schema`: the JSON Schemas of what authors write, for editors and programs.

use crate::lint::schema;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;

/// Which schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Name {
    /// A check file: checks/*.toml
    Check,
    /// An exercise: exercises/*/exercise.toml
    Exercise,
    /// The front matter of a lesson: lessons/*.md
    Lesson,
    /// The languages: exercises/languages.toml
    Languages,
    /// The written part of an exercise: exercises/*/questions.toml
    Written,
    /// The questions of the interview: interview/questions.toml
    Questions,
    /// The result of course check --format json
    Result,
}

/// What may stand behind `course schema`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example:\n  course schema check > check.schema.json\n\nName the file on the first line of a TOML file, \
                       as in `#:schema check.schema.json`: editors then complete keys and show mistakes."
)]
pub struct Args {
    /// Which one
    #[arg(default_value = "check")]
    pub name: Name,
}

/// Prints the schema and nothing else.
///
/// # Errors
/// When it cannot be written.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    use clap::ValueEnum as _;
    let value = args.name.to_possible_value();
    let wanted = value.as_ref().map_or("check", |v| v.get_name());
    for schema in schema::all().iter().filter(|s| s.name == wanted) {
        write!(ctx.out, "{}", schema.text())?;
    }
    Ok(Exit::Passed)
}

//! Parses, builds the context, runs, and maps to an exit code.

fn main() -> std::process::ExitCode {
    match course::cli::Cli::read() {
        Ok(cli) => cli.run(),
        Err(exit) => exit,
    }
    .into()
}

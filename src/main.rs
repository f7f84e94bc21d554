//! Parses, builds the context, runs, and maps to an exit code.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}

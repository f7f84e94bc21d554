//! The pager: `$PAGER`, else `less`, else a small one of our own. On a terminal only.

use std::io::Write as _;
use std::process::{Command, ExitStatus, Stdio};

use crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::terminal;

use super::context::Context;
use super::error::Error;

/// Shows drawn text, paged when it is longer than the terminal.
///
/// # Errors
/// When it cannot be written.
pub fn show(drawn: &[u8], ctx: &mut Context) -> Result<(), Error> {
    let lines = drawn.split_inclusive(|b| *b == b'\n').count();
    let long = ctx.rows.is_some_and(|rows| lines + 1 > rows);
    let set = ctx.env.get("PAGER").cloned();
    if !long || set.as_deref() == Some("cat") {
        ctx.out.write_all(drawn)?;
        return Ok(());
    }
    ctx.out.flush()?;
    let chosen = set.as_deref().map(str::trim).filter(|p| !p.is_empty());
    let shown = match chosen {
        Some(command) => through(command, drawn).is_some(),
        // One that does not know these options shows nothing.
        None => through(LESS, drawn).is_some_and(|status| status.success()),
    };
    if shown {
        return Ok(());
    }
    by_hand(drawn, ctx)
}

/// Says in its last line how to go on, for not everybody has met it before. It ends with Ctrl-C (`K`), as `course` does.
const LESS: &str = r"less -FKRX '-Ps?e-- the end, q\: go on --:-- space\: more, q\: go on --.'";

/// Pipes the text through another program; how that ended, if it could be started.
fn through(command: &str, drawn: &[u8]) -> Option<ExitStatus> {
    let words = shlex::split(command)?;
    let (program, args) = words.split_first()?;
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .spawn()
        .ok()?;
    if let Some(mut input) = child.stdin.take() {
        // A pager that was left before the end is no mistake.
        let _ = input.write_all(drawn);
    }
    child.wait().ok()
}

/// One screen after the other, until the end or `q`.
fn by_hand(drawn: &[u8], ctx: &mut Context) -> Result<(), Error> {
    const PROMPT: &str = "-- space: more, q: enough --";
    let lines: Vec<&[u8]> = drawn.split_inclusive(|b| *b == b'\n').collect();
    let screen = ctx.rows.unwrap_or(24).saturating_sub(1).max(1);
    let mut screens = lines.chunks(screen).peekable();
    while let Some(lines) = screens.next() {
        ctx.out.write_all(&lines.concat())?;
        if screens.peek().is_none() {
            break;
        }
        write!(ctx.out, "{PROMPT}")?;
        ctx.out.flush()?;
        let more = more()?;
        write!(ctx.out, "\r{}\r", " ".repeat(PROMPT.len()))?;
        if !more {
            break;
        }
    }
    Ok(())
}

/// Waits for a key; whether it asks for more.
fn more() -> Result<bool, Error> {
    terminal::enable_raw_mode()?;
    let key = loop {
        match event::read() {
            Ok(Event::Key(key)) if key.kind != KeyEventKind::Release => break Ok(key),
            Ok(_) => {}
            Err(error) => break Err(error),
        }
    };
    terminal::disable_raw_mode()?;
    let key = key?;
    if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c') {
        return Err(Error::Interrupted);
    }
    Ok(!matches!(key.code, KeyCode::Char('q') | KeyCode::Esc))
}

//! The proofs of a lesson: its server runs, and each request that shows a fault can be fired at it.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crate::base::text::{count, printable_bytes};
use crate::exercises::Language;
use crate::lab::guard::{FOLDER_PREFIX, Guard};
use crate::lab::instance::{Instance, InstanceSpec};
use crate::lab::port::free_port;
use crate::lab::process::Launch;
use crate::lab::timeline::Recorder;
use crate::lessons::demo::Proof;
use crate::lessons::{Demo, Lesson};
use crate::render::markdown;
use crate::render::theme::Role;

use super::super::context::Context;
use super::super::error::Error;
use super::super::exit::Exit;
use super::super::{session, tool};
use super::track::Track;

/// How long the server may take to be up.
const READY: Duration = Duration::from_secs(15);
/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the server's own words about a request may take to arrive.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// How many lines of an answer are shown.
const LINES: usize = 14;

/// A demo with its servers up.
struct Show<'s> {
    lesson: &'s Lesson,
    demo: &'s Demo,
    language: &'s Language,
    runtime: tokio::runtime::Runtime,
    servers: Vec<Instance>,
    addresses: Vec<(String, String)>,
}

/// Starts the server, and fires the requests that somebody asks for; all of them when nobody can be asked.
///
/// # Errors
/// When the server does not start.
pub(super) fn run(
    lesson: &Lesson,
    demo: &Demo,
    track: &Track,
    ctx: &mut Context,
) -> Result<Exit, Error> {
    if tool::find("curl", &ctx.env).is_none() {
        return Err(Error::Unreachable(
            "`curl` is not installed. Install it with your package manager (apt install curl, brew install curl)."
                .to_owned(),
        ));
    }
    let folder = tempfile::Builder::new()
        .prefix(FOLDER_PREFIX)
        .tempdir()
        .map_err(|e| Error::Fault(e.to_string()))?;
    let guard = session::guard(ctx);
    guard.add_folder(folder.path());
    let language = track.language;
    let from = format!("{}/{}", demo.folder, language.slug);
    super::copy(ctx, &from, folder.path())?;
    if track.packages.is_none() {
        super::install(language, folder.path(), ctx)?;
    }
    let mut show = Show {
        lesson,
        demo,
        language,
        runtime: session::runtime()?,
        servers: Vec::new(),
        addresses: Vec::new(),
    };
    for (word, mended) in [("URL", ""), ("MENDED", "1")] {
        show.start(word, mended, track, folder.path(), &guard)?;
    }
    show.introduce(ctx)?;
    if ctx.interactive {
        show.ask(ctx)?;
    } else {
        for place in 0..demo.proofs.len() {
            show.fire(place, ctx)?;
        }
    }
    ctx.next("course next")?;
    Ok(Exit::Passed)
}

impl Show<'_> {
    /// Starts one copy of the server; `word` stands for its address in a proof, `mended` is what it finds in `MENDED`.
    fn start(
        &mut self,
        word: &str,
        mended: &str,
        track: &Track,
        folder: &Path,
        guard: &Guard,
    ) -> Result<(), Error> {
        let port = free_port().map_err(|e| Error::Unreachable(e.to_string()))?;
        let mut env = vec![
            ("MENDED".to_owned(), mended.to_owned()),
            ("PORT".to_owned(), port.to_string()),
        ];
        if let Some(packages) = &track.packages {
            env.push(("NODE_PATH".to_owned(), packages.display().to_string()));
        }
        let spec = InstanceSpec {
            name: word.to_lowercase(),
            launch: Launch {
                command: shlex::split(&self.language.run).unwrap_or_default(),
                folder: folder.to_owned(),
                env,
                unset: ["JWT_SECRET", "NODE_ENV", "NODE_OPTIONS"]
                    .map(str::to_owned)
                    .into(),
                ..Launch::default()
            },
            port,
            ready_path: "/healthz".to_owned(),
            ready_within: READY,
        };
        let recorder = Recorder::off();
        let starting = Instance::start(spec, guard, &recorder);
        let server = self
            .runtime
            .block_on(starting)
            .map_err(|reason| Error::Unreachable(reason.report()))?;
        self.addresses.push((word.to_owned(), server.base_url()));
        self.servers.push(server);
        Ok(())
    }

    /// Says what runs.
    fn introduce(&self, ctx: &mut Context) -> Result<(), Error> {
        let title = format!("The server of lesson {}, under review", self.lesson.number);
        writeln!(ctx.out, "{}\n", ctx.surface.paint(Role::Heading, &title))?;
        let mut page = format!("It runs twice, in {}:\n\n", self.language.name);
        let says = [
            "as it was published",
            "the same, with a parser for bodies and a database; without them nearly every request ends in 500",
        ];
        for ((_, url), says) in self.addresses.iter().zip(says) {
            let _ = writeln!(page, "- `{url}` {says}");
        }
        if self.language.install.is_none() {
            page.push_str(
                "\nThe page is written for Node.js with Express, which is not installed here. So this is the same \
                 server in another language. With npm, `course demo review --language node` fetches the original.\n",
            );
        }
        markdown::page(&page, &ctx.surface, &mut ctx.out)?;
        Ok(())
    }

    /// Lets somebody fire one proof after the other, until they leave.
    fn ask(&self, ctx: &mut Context) -> Result<(), Error> {
        let all = self.demo.proofs.len();
        let mut fired = vec![false; all];
        self.list(&fired, ctx)?;
        let prompt = format!("\nFire which? (1 to {all}, `list`, or Enter to end)");
        loop {
            let Some(answer) = ctx.ask(&prompt)? else {
                return Ok(());
            };
            let number = answer.parse().ok().filter(|n| (1..=all).contains(n));
            match (answer.as_str(), number) {
                ("" | "q", _) => return Ok(()),
                ("list" | "l", _) => self.list(&fired, ctx)?,
                (_, Some(number)) => {
                    self.fire(number - 1, ctx)?;
                    fired[number - 1] = true;
                }
                (_, None) => writeln!(ctx.out, "Please answer with a number from 1 to {all}.")?,
            }
        }
    }

    fn list(&self, fired: &[bool], ctx: &mut Context) -> Result<(), Error> {
        let mut page = String::new();
        for (i, (proof, fired)) in self.demo.proofs.iter().zip(fired).enumerate() {
            let mark = if *fired { " (fired)" } else { "" };
            let _ = writeln!(page, "{}. {}{mark}", i + 1, proof.title);
        }
        writeln!(ctx.out)?;
        markdown::page(&page, &ctx.surface, &mut ctx.out)?;
        Ok(())
    }

    /// Sends one request, and shows the line, what came back, what the server printed, and why that is wrong.
    fn fire(&self, place: usize, ctx: &mut Context) -> Result<(), Error> {
        let proof = &self.demo.proofs[place];
        let language = self.language.slug.as_str();
        let line = self.demo.line(proof, language, &self.addresses);
        let marks: Vec<usize> = self.servers.iter().map(|s| s.output().mark()).collect();
        let answer = self.runtime.block_on(send(&line))?;
        let printed: Vec<String> = (self.servers.iter().zip(marks))
            .flat_map(|(server, mark)| server.output().since(mark))
            .map(|line| line.text)
            .collect();
        let title = format!("{}. {}", place + 1, proof.title);
        writeln!(ctx.out, "\n{}", ctx.surface.paint(Role::Heading, &title))?;
        // Not wrapped: a line that is to be copied must stay whole.
        writeln!(
            ctx.out,
            "\n{}\n",
            ctx.surface.paint(Role::Command, line.trim_end())
        )?;
        let page = evidence(&answer, &printed, &proof.why, &self.letter(proof));
        markdown::page(&page, &ctx.surface, &mut ctx.out)?;
        Ok(ctx.out.flush()?)
    }

    /// The letter of the worksheet's statement that a proof belongs to.
    fn letter(&self, proof: &Proof) -> String {
        let place = self.lesson.option(&proof.finding);
        let letter = place.and_then(|i| ('a'..='z').nth(i));
        letter.map(String::from).unwrap_or_default()
    }
}

/// What a shell line prints.
async fn send(line: &str) -> Result<String, Error> {
    let run = tokio::process::Command::new("sh")
        .args(["-c", line])
        // Loopback is no business of a proxy.
        .env("no_proxy", "*")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let Ok(done) = tokio::time::timeout(PATIENCE, run).await else {
        return Ok(format!("no answer within {} s", PATIENCE.as_secs()));
    };
    let done = done.map_err(|e| Error::Fault(format!("cannot run `sh`: {e}")))?;
    tokio::time::sleep(LAST_WORDS).await;
    Ok(printable_bytes(&done.stdout).replace("\\x0d\n", "\n"))
}

/// The answer, what the server printed, and the reason, as a page.
fn evidence(answer: &str, printed: &[String], why: &str, letter: &str) -> String {
    let lines: Vec<&str> = answer.trim_end().lines().collect();
    let mut page = "What came back:\n\n~~~~~text\n".to_owned();
    for line in lines.iter().take(LINES) {
        let _ = writeln!(page, "{line}");
    }
    if lines.len() > LINES {
        let _ = writeln!(page, "… and {} more", count(lines.len() - LINES, "line"));
    }
    page.push_str("~~~~~\n\n");
    match printed.first() {
        Some(first) => {
            let _ = writeln!(page, "The server printed:\n\n~~~~~text\n{first}\n~~~~~\n");
        }
        None => page.push_str("The server printed nothing.\n\n"),
    }
    let _ = write!(page, "{why}\n\nOn the worksheet this is **{letter}**.\n");
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_answer_is_cut_and_says_so() {
        let answer = "x\n".repeat(LINES + 3);
        let page = evidence(
            &answer,
            &["first".to_owned(), "second".to_owned()],
            "Why.",
            "a",
        );
        assert_eq!(page.matches("x\n").count(), LINES);
        assert!(page.contains("… and 3 lines more"), "{page}");
        assert!(page.contains("first") && !page.contains("second"));
        assert!(evidence("", &[], "", "a").contains("printed nothing"));
    }
}

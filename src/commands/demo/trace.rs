//! The way of a request: the tracer of a solution opens a page twice, on an internet of its own, and the whole way is
//! drawn from what the servers saw.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rand::RngExt as _;
use serde_json::json;

use crate::base::text::printable_bytes;
use crate::checks::variable::Seed;
use crate::checks::world::INTERNET;
use crate::course::Course;
use crate::exercises::{Exercise, Language};
use crate::lab::guard::{FOLDER_PREFIX, Guard};
use crate::lab::http::{Body, Client, Connection, Request};
use crate::lab::instance::{Instance, InstanceSpec};
use crate::lab::internet::claim::Claims;
use crate::lab::internet::{Difference, Internet, Visit};
use crate::lab::port::free_port;
use crate::lab::process::Launch;
use crate::lab::timeline::Recorder;
use crate::render::theme::Role;
use crate::render::{markdown, waterfall};

use super::super::context::Context;
use super::super::error::Error;
use super::super::exit::Exit;
use super::super::session;
use super::Args;

/// What stands behind `course demo` for it.
pub(super) const NAME: &str = "trace";

/// How long the tracer may take to be up, and to open a page.
const READY: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_secs(15);

/// What a round trip would take, in milliseconds, where there is distance: from one coast of an ocean to the other.
const FAR: u32 = 80;

/// The exercise whose servers trace requests: the first with an internet in its world.
pub(super) fn exercise<'c>(course: &'c Course, ctx: &Context) -> Option<&'c Exercise> {
    course.exercises.iter().find(|exercise| {
        let file = session::check_file(ctx, course, exercise.slug.as_str());
        file.is_ok_and(|file| file.internet.is_some())
    })
}

/// A page that was opened.
struct Opened {
    url: String,
    visit: Visit,
    differences: Vec<Difference>,
}

/// Opens the page twice, and draws both visits.
///
/// # Errors
/// When nothing can run the solution, or it does not open the page.
pub(super) fn run(
    args: &Args,
    course: &Course,
    exercise: &Exercise,
    ctx: &mut Context,
) -> Result<Exit, Error> {
    if let Some(path) = args.svg.as_ref().map(|path| ctx.folder.join(path))
        && path.exists()
    {
        let message = format!("there is a file `{}` already; name another", path.display());
        return Err(Error::Usage(message));
    }
    let language = super::language(args, course, exercise, ctx)?;
    let seed = super::seed(args, ctx);
    let folder = tempfile::Builder::new().prefix(FOLDER_PREFIX).tempdir();
    let folder = folder.map_err(|e| Error::Fault(e.to_string()))?;
    // Whoever kills this process leaves the folder and the tracer to the guard.
    let guard = session::guard(ctx);
    guard.add_folder(folder.path());
    let from = format!("exercises/{}/solutions/{}", exercise.slug, language.slug);
    super::copy(ctx, &from, folder.path())?;
    super::install(language, folder.path(), ctx)?;
    let opened = session::runtime()?.block_on(async {
        tokio::select! {
            opened = twice(language, &seed, folder.path(), &guard) => opened,
            () = session::interrupted() => Err(Error::Interrupted),
        }
    })?;
    show(&opened, language, &seed, ctx)?;
    if let Some(path) = &args.svg {
        keep(&opened, path, ctx)?;
    }
    ctx.next(&format!("course start {}", exercise.slug))?;
    if opened.iter().all(|o| o.differences.is_empty()) {
        Ok(Exit::Passed)
    } else {
        Ok(Exit::Fault)
    }
}

/// Starts the internet and the tracer, and opens the page of the site, cold and warm.
async fn twice(
    language: &Language,
    seed: &Seed,
    folder: &Path,
    guard: &Guard,
) -> Result<[Opened; 2], Error> {
    let number = seed.generator(INTERNET).random();
    let net = Internet::start(number, folder).await;
    let net = net.map_err(|e| Error::Unreachable(e.to_string()))?;
    let port = free_port().map_err(|e| Error::Unreachable(e.to_string()))?;
    let mut env = net.env();
    env.push(("PORT".to_owned(), port.to_string()));
    env.push(("HOST".to_owned(), "127.0.0.1".to_owned()));
    let spec = InstanceSpec {
        name: "tracer".to_owned(),
        launch: Launch {
            command: shlex::split(&language.run).unwrap_or_default(),
            folder: folder.to_owned(),
            env,
            ..Launch::default()
        },
        port,
        ready_path: "/healthz".to_owned(),
        ready_within: READY,
    };
    let tracer = Instance::start(spec, guard, &Recorder::off()).await;
    let tracer = tracer.map_err(|reason| Error::Unreachable(reason.report()))?;
    Ok([open(&net, &tracer).await?, open(&net, &tracer).await?])
}

async fn open(net: &Internet, tracer: &Instance) -> Result<Opened, Error> {
    let url = net.page().url.clone();
    let request = Request {
        method: "POST".to_owned(),
        url: format!("{}/trace", tracer.base_url()),
        headers: Vec::new(),
        body: Body::Bytes(
            "application/json",
            json!({ "url": url }).to_string().into_bytes(),
        ),
        connection: Connection::Fresh,
        redirects: 0,
        limit: PATIENCE,
    };
    net.settle().await;
    let (mark, began) = (net.log().mark(), Instant::now());
    let answer = Client::default().send(&request).await;
    net.settle().await;
    let answer = answer.map_err(|e| Error::Unreachable(e.to_string()))?;
    let report = serde_json::from_slice(&answer.body).ok();
    let Some(report) = report.filter(|_| answer.status == 200) else {
        let said = printable_bytes(&answer.body);
        let message = format!("the tracer answered {}: {}", answer.status, said.trim());
        return Err(Error::Fault(message));
    };
    let claims = Claims::read(&report);
    Ok(Opened {
        visit: net.visit(&claims, mark, began),
        differences: net.differences(&claims, mark, began),
        url,
    })
}

/// Draws both visits, and says what the figures mean.
fn show(
    opened: &[Opened; 2],
    language: &Language,
    seed: &Seed,
    ctx: &mut Context,
) -> Result<(), Error> {
    let [cold, warm] = opened;
    let (url, name, seed) = (&cold.url, &language.name, seed.as_str());
    let intro = format!(
        "The solution's tracer, in {name}, opens `{url}` twice, on an internet of its own (`--seed {seed}`). Every line \
         with a time is from the log of the server that answered. Lines without one are the tracer's own word: what it \
         remembers, and in which order a browser would render.\n"
    );
    heading("From a name to pixels", ctx)?;
    markdown::page(&intro, &ctx.surface, &mut ctx.out)?;
    for (title, opened) in ["Cold: the first visit", "Warm: the same page again"]
        .iter()
        .zip(opened)
    {
        writeln!(ctx.out)?;
        heading(title, ctx)?;
        for line in waterfall::draw(&opened.visit, ctx.surface) {
            writeln!(ctx.out, "{line}")?;
        }
    }
    writeln!(ctx.out)?;
    heading("Side by side", ctx)?;
    let visits = [("cold", &cold.visit), ("warm", &warm.visit)];
    for line in waterfall::compared(&visits, ctx.surface) {
        writeln!(ctx.out, "{line}")?;
    }
    writeln!(ctx.out)?;
    markdown::page(&meaning(cold, warm), &ctx.surface, &mut ctx.out)?;
    Ok(())
}

fn heading(text: &str, ctx: &mut Context) -> Result<(), Error> {
    writeln!(ctx.out, "{}\n", ctx.surface.paint(Role::Heading, text))?;
    Ok(())
}

/// What is counted, what is measured, and whether the report is true.
fn meaning(cold: &Opened, warm: &Opened) -> String {
    let far = |opened: &Opened| {
        let trips = opened.visit.first_byte().map(|(trips, _)| trips);
        trips.unwrap_or_default() * FAR
    };
    let mut page = format!(
        "**Round trips are counted** (rt): one for a question to a name server and two over TCP, one to connect, one for \
         TLS 1.3 and two for TLS 1.2, one for each request. **Times are measured**, by the servers, from when the tracer \
         was asked. They are those of this machine: loopback has no distance, so most of what you see is the tracer at \
         work. Where a round trip takes {FAR} ms, waiting alone would take {} ms until the page is there, and {} ms the \
         second time.\n\n",
        far(cold),
        far(warm),
    );
    let differences: Vec<&Difference> =
        (cold.differences.iter()).chain(&warm.differences).collect();
    if differences.is_empty() {
        page.push_str("The tracer's report says the same, hop by hop, as the servers' log.\n");
    } else {
        page.push_str("The tracer's report differs from the servers' log:\n\n~~~~~text\n");
        for difference in differences {
            let _ = writeln!(page, "{difference}");
        }
        page.push_str("~~~~~\n");
    }
    page
}

/// Writes the picture of both visits to a file that is not there yet.
fn keep(opened: &[Opened; 2], path: &Path, ctx: &mut Context) -> Result<(), Error> {
    let [cold, warm] = opened;
    let title = |visit: &str| format!("{visit}: {}", cold.url);
    let (first, second) = (title("Cold"), title("Warm"));
    let picture = waterfall::svg(&[
        (first.as_str(), &cold.visit),
        (second.as_str(), &warm.visit),
    ]);
    let full = ctx.folder.join(path);
    let cannot =
        |e: std::io::Error| Error::Fault(format!("cannot write `{}`: {e}", path.display()));
    let mut file = std::fs::File::create_new(full).map_err(cannot)?;
    file.write_all(picture.as_bytes()).map_err(cannot)?;
    writeln!(ctx.out, "\nThe picture is in `{}`.", path.display())?;
    Ok(())
}

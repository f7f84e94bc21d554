//! `course run`: the learner's server as the checks would run it, to be poked at with curl or a browser.

use std::time::Duration;

use tokio::sync::mpsc;

use crate::base::mask::Mask;
use crate::checks::check::{BalancerDecl, CheckFile, InstanceDecl, Start};
use crate::checks::world::{Plan, World, WorldError};
use crate::course::Course;
use crate::lab::database::Databases;
use crate::lab::http::Client;
use crate::lab::output::Line;
use crate::render::theme::Role;

use super::context::Context;
use super::error::Error;
use super::exit::Exit;
use super::{check, database, hint, name, session};

/// What may stand behind `course run`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  course run                           # one instance\n  course run --instances 2 --balancer  # two, and a balancer that takes turns\n  course run --database postgres       # with PostgreSQL instead of SQLite"
)]
pub struct Args {
    /// How many instances to run
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8))]
    instances: u8,
    /// Put a balancer in front that sends each request to the next instance
    #[arg(long)]
    balancer: bool,
    /// How the balancer chooses
    #[arg(long, value_name = "POLICY", default_value = "round-robin",
          value_parser = ["round-robin", "sticky", "least-connections"])]
    policy: String,
    #[command(flatten)]
    database: database::Choice,
}

/// Runs the server until Ctrl-C, with what each instance prints.
///
/// # Errors
/// When the folder holds no exercise, or the server does not become ready.
pub fn run(args: &Args, ctx: &mut Context) -> Result<Exit, Error> {
    let workspace = ctx.workspace()?.ok_or_else(hint::outside)?;
    let course = Course::load(&ctx.content).map_err(Error::Content)?;
    let exercise = name::exercise(&course, workspace.exercise.as_str())?;
    let mut file = session::check_file(ctx, &course, exercise.slug.as_str())?;
    check::installed(&course, &workspace, ctx)?;
    let parts = furnish(&mut file, args);
    let plan = Plan {
        submission: check::managed(&workspace)?,
        seed: session::fresh_seed(ctx),
        guard: session::guard(ctx),
        mask: Mask::default(),
        client: Client::default(),
        databases: Databases::Sqlite,
        answered: None,
    };
    session::runtime()?.block_on(serve(args, &file, &parts, plan, ctx))
}

/// Replaces the instances and balancers of the checks by those asked for.
fn furnish(file: &mut CheckFile, args: &Args) -> Vec<String> {
    let names: Vec<String> = (0..args.instances)
        .map(|i| char::from(b'a' + i).to_string())
        .collect();
    // An empty database is what a person starts from.
    file.seed.clear();
    file.instances = names
        .iter()
        .map(|name| InstanceDecl {
            name: name.clone(),
            env: Vec::new(),
            start: Start::World,
        })
        .collect();
    let balancer = BalancerDecl {
        name: "balancer".to_owned(),
        over: names.clone(),
        policy: args.policy.clone(),
        capacity: None,
        ready: None,
        eject_after: None,
    };
    file.balancers = if args.balancer {
        vec![balancer]
    } else {
        Vec::new()
    };
    let balancers = file.balancers.iter().map(|b| b.name.clone());
    names.into_iter().chain(balancers).collect()
}

async fn serve(
    args: &Args,
    file: &CheckFile,
    parts: &[String],
    mut plan: Plan,
    ctx: &mut Context,
) -> Result<Exit, Error> {
    let starting = async {
        plan.databases = args.database.databases(&plan.guard, ctx).await?;
        let world = World::build(file, "run", parts, &plan).await;
        world.map_err(|e| match e {
            WorldError::NotReady(reason) => Error::Unreachable(reason.report()),
            other => Error::Fault(other.to_string()),
        })
    };
    let world = tokio::select! {
        world = starting => world?,
        () = session::interrupted() => return Err(Error::Interrupted),
    };
    introduce(&world, parts, ctx)?;
    let (sender, mut lines) = mpsc::channel(256);
    let mask = world.mask();
    for (name, before, mut output) in world.outputs().await {
        for line in before {
            print(&name, &line, &mask, ctx)?;
        }
        let sender = sender.clone();
        tokio::spawn(async move {
            while let Some(line) = output.recv().await {
                if sender.send((name.clone(), line)).await.is_err() {
                    return;
                }
            }
        });
    }
    let mut look = tokio::time::interval(Duration::from_millis(200));
    let exit = loop {
        tokio::select! {
            Some((name, line)) = lines.recv() => print(&name, &line, &mask, ctx)?,
            _ = look.tick() => {
                if world.running().await == 0 {
                    break Exit::Unreachable;
                }
            }
            () = session::interrupted() => break Exit::Passed,
        }
    };
    while let Ok((name, line)) = lines.try_recv() {
        print(&name, &line, &mask, ctx)?;
    }
    if exit == Exit::Unreachable {
        writeln!(
            ctx.err,
            "every instance has ended; look at what they printed last"
        )?;
    }
    world.end().await;
    Ok(exit)
}

/// Says where everything listens and what to try.
fn introduce(world: &World, parts: &[String], ctx: &mut Context) -> Result<(), Error> {
    for part in parts {
        let url = world.url(part).map_err(|e| Error::Fault(e.to_string()))?;
        writeln!(ctx.out, "{part:<9} {url}")?;
    }
    // What stands behind the server: origins.
    for (name, url) in world.addresses() {
        if !parts.contains(&name) {
            writeln!(ctx.out, "{name:<9} {url}")?;
        }
    }
    if let Some(database) = &world.database {
        writeln!(ctx.out, "database  {}", database.url())?;
    }
    let last = parts.last().map_or("a", String::as_str);
    let url = world.url(last).map_err(|e| Error::Fault(e.to_string()))?;
    writeln!(ctx.out, "\ntry       curl -i {url}/healthz")?;
    writeln!(ctx.out, "end       Ctrl-C (the database goes with it)\n")?;
    Ok(ctx.out.flush()?)
}

fn print(name: &str, line: &Line, mask: &Mask, ctx: &mut Context) -> Result<(), Error> {
    let name = ctx.surface.paint(Role::Strong, &format!("{name} |"));
    writeln!(ctx.out, "{name} {}", mask.apply(&line.text))?;
    Ok(ctx.out.flush()?)
}

//! `course lab internet`: an internet on loopback, by itself, for whoever writes a client of it.

use std::time::Duration;

use rand::RngExt as _;

use crate::checks::variable::Seed;
use crate::checks::world::INTERNET;
use crate::commands::context::Context;
use crate::commands::error::Error;
use crate::commands::exit::Exit;
use crate::commands::session;
use crate::lab::guard::FOLDER_PREFIX;
use crate::lab::internet::log::Tier;
use crate::lab::internet::trouble::{Certificate, Spoof};
use crate::lab::internet::{Internet as Net, Trouble};

/// How often the log is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// What may stand behind `course lab internet`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example:\n  course lab internet --seed 7 --spoof id\n\nStandard output has the environment for your client; standard error shows what the servers see."
)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a trouble of its own, and they go together"
)]
pub(super) struct Internet {
    /// Draws names, addresses and pages; the same seed draws the same
    #[arg(long, value_name = "SEED")]
    seed: Option<String>,
    /// The certificate of the site is bad in this way
    #[arg(long, value_name = "KIND", value_parser = clap::builder::PossibleValuesParser::new(Certificate::NAMES))]
    certificate: Option<String>,
    /// The first name server of each zone of this tier says nothing
    #[arg(long, value_name = "TIER", value_parser = clap::builder::PossibleValuesParser::new(Tier::NAMES))]
    silent: Option<String>,
    /// A false reply comes before each true one, wrong in this alone
    #[arg(long, value_name = "WHAT", value_parser = clap::builder::PossibleValuesParser::new(Spoof::NAMES))]
    spoof: Option<String>,
    /// Every answer in a datagram is cut off
    #[arg(long)]
    truncate: bool,
    /// The zone of the site has no names
    #[arg(long)]
    nxdomain: bool,
    /// The time to live of every answer, in seconds
    #[arg(long, value_name = "SECONDS")]
    ttl: Option<u32>,
    /// The site takes connections and says nothing
    #[arg(long)]
    hang: bool,
    /// The first address of the site is that of a machine which takes no connections
    #[arg(long)]
    refuse: bool,
}

impl Internet {
    fn trouble(&self) -> Trouble {
        let certificate = self.certificate.as_deref().and_then(Certificate::named);
        Trouble {
            certificate: certificate.unwrap_or_default(),
            silent: self.silent.as_deref().and_then(Tier::named),
            spoof: self.spoof.as_deref().and_then(Spoof::named),
            truncate: self.truncate,
            nxdomain: self.nxdomain,
            ttl: self.ttl,
            hang: self.hang,
            refuse: self.refuse,
        }
    }

    /// Runs the internet until Ctrl-C.
    pub(super) fn run(&self, ctx: &mut Context) -> Result<Exit, Error> {
        session::runtime()?.block_on(self.serve(ctx))
    }

    async fn serve(&self, ctx: &mut Context) -> Result<Exit, Error> {
        let machine = |e: &dyn std::fmt::Display| Error::Unreachable(e.to_string());
        let seed = self.seed.as_deref().map(Seed::new);
        let seed = seed.unwrap_or_else(|| session::fresh_seed(ctx));
        let folder = tempfile::Builder::new().prefix(FOLDER_PREFIX).tempdir();
        let folder = folder.map_err(|e| machine(&e))?;
        // Whoever kills this process leaves the folder to the guard.
        let guard = session::guard(ctx);
        guard.add_folder(folder.path());
        let number = seed.generator(INTERNET).random();
        let started = Net::start(number, folder.path()).await;
        let net = started.map_err(|e| machine(&e))?;
        net.make(self.trouble());
        for (name, value) in net.env() {
            let quoted = shlex::try_quote(&value).map_err(|e| machine(&e))?;
            writeln!(ctx.out, "export {name}={quoted}")?;
        }
        for (word, host) in net.hosts() {
            writeln!(ctx.out, "# {word}: {host}")?;
        }
        ctx.out.flush()?;
        let seed = seed.as_str();
        writeln!(ctx.err, "an internet from the seed {seed}; Ctrl-C ends it")?;
        let interrupted = session::interrupted();
        tokio::pin!(interrupted);
        let mut told = 0;
        loop {
            let over = tokio::select! {
                () = &mut interrupted => true,
                () = tokio::time::sleep(LOOK) => false,
            };
            let new = net.log().since(told);
            told += new.len();
            for entry in new {
                writeln!(ctx.err, "{}", entry.what)?;
            }
            if over {
                return Ok(Exit::Passed);
            }
        }
    }
}

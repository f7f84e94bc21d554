//! `--database`: the kind of database that the servers of a run are given, and where it comes from.

use std::sync::Arc;

use crate::lab::database::{Databases, Kind, Server};
use crate::lab::guard::Guard;

use super::context::Context;
use super::error::Error;

/// The environment variable with the address of a PostgreSQL server that is there already.
pub const URL: &str = "COURSE_POSTGRES_URL";

/// The option that several commands take.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Choice {
    /// The database that your server is given: sqlite or postgres
    #[arg(
        long = "database",
        value_name = "KIND",
        default_value = "sqlite",
        hide_possible_values = true,
        long_help = "The database that your server is given: sqlite or postgres\n\nFor postgres, course starts a PostgreSQL \
                     server of its own for the run and removes it afterwards. With COURSE_POSTGRES_URL \
                     (postgres://user:password@127.0.0.1:5432/postgres) it creates databases in that server instead and \
                     drops them afterwards."
    )]
    pub kind: Kind,
}

impl Choice {
    /// Gets ready to make databases of the kind.
    ///
    /// # Errors
    /// When PostgreSQL is asked for and cannot be had; says what to install.
    pub async fn databases(self, guard: &Guard, ctx: &Context) -> Result<Databases, Error> {
        if self.kind == Kind::Sqlite {
            return Ok(Databases::Sqlite);
        }
        let set = |name: &str| ctx.env.get(name).filter(|value| !value.is_empty());
        let server = match set(URL) {
            Some(url) => Server::at(url, guard).await,
            None => Server::start(set("PATH").map_or("", String::as_str), guard).await,
        };
        let server = server.map_err(|e| Error::Unreachable(e.to_string()))?;
        Ok(Databases::Postgres(Arc::new(server)))
    }
}

//! A PostgreSQL server, in which every world has a database of its own: a throwaway cluster of ours, or a server that
//! is there already, in which all databases that were created are dropped again.

use std::fmt::Write as _;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::str::FromStr as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use postgres::config::Host;
use postgres::{Client, Config, Error, NoTls};
use rand::TryRng as _;
use rand::rngs::SysRng;

use super::cluster::{Cluster, ClusterError};
use super::error::spoken;
use super::quote;
use crate::lab::guard::Guard;

/// How the names of all databases that `course` creates begin. It drops no others.
pub(crate) const PREFIX: &str = "course_";

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The throwaway cluster could not be had.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The address of a server that is there already cannot be used.
    #[error(
        "the address of the PostgreSQL server {reason}; write it as postgres://user:password@127.0.0.1:5432/postgres"
    )]
    Address {
        /// What is wrong with it.
        reason: String,
    },
    /// A server that should be there is not, or refuses.
    #[error(
        "the PostgreSQL server at {address} cannot be used: {reason}; is it running, and may this user create databases?"
    )]
    Refused {
        /// Where it should be.
        address: SocketAddr,
        /// What it says.
        reason: String,
    },
}

/// A server, and the users that connect to it.
#[derive(Debug)]
pub struct Server {
    /// How `course` connects.
    admin: Config,
    address: SocketAddr,
    /// What the server under test logs in with: the name and the password.
    login: (String, String),
    run: String,
    next: AtomicU32,
    guard: Guard,
    pub(super) cluster: Option<Cluster>,
}

impl Server {
    /// Starts a throwaway cluster. `path` is where programs are looked for, as `PATH` says it.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub async fn start(path: &str, guard: &Guard) -> Result<Self, ServerError> {
        let random = |_| ClusterError::Machine("the system gives no random numbers".to_owned());
        let admin = ("course".to_owned(), secret(24).map_err(random)?);
        let login = ("app".to_owned(), secret(24).map_err(random)?);
        let cluster = Cluster::start(path, (&admin.0, &admin.1), guard).await?;
        let address = cluster.address();
        let server = Self {
            admin: config(address, &admin),
            address,
            login,
            run: secret(4).map_err(random)?,
            next: AtomicU32::new(1),
            guard: guard.clone(),
            cluster: Some(cluster),
        };
        server.blocking(Self::admit).await
    }

    /// Uses a server that is there already.
    ///
    /// # Errors
    /// When it cannot be reached, or the user may not create databases.
    pub async fn at(url: &str, guard: &Guard) -> Result<Self, ServerError> {
        let wrong = |reason: &str| ServerError::Address {
            reason: reason.to_owned(),
        };
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(wrong("does not begin with `postgres://`"));
        }
        let parsed = Config::from_str(url).map_err(|e| wrong(&spoken(&e)))?;
        let [Host::Tcp(host)] = parsed.get_hosts() else {
            return Err(wrong("names no host"));
        };
        let port = parsed.get_ports().first().copied().unwrap_or(5432);
        let address = (host.as_str(), port)
            .to_socket_addrs()
            .ok()
            .and_then(|mut all| all.next())
            .ok_or_else(|| wrong("names a host that cannot be found"))?;
        let login = (
            parsed.get_user().unwrap_or("postgres").to_owned(),
            String::from_utf8_lossy(parsed.get_password().unwrap_or_default()).into_owned(),
        );
        let mut admin = config(address, &login);
        if let Some(name) = parsed.get_dbname() {
            admin.dbname(name);
        }
        let server = Self {
            admin,
            address,
            login,
            run: secret(4)
                .map_err(|_| wrong("needs random numbers, which the system does not give"))?,
            next: AtomicU32::new(1),
            guard: guard.clone(),
            cluster: None,
        };
        // A database that can be created and dropped is the proof that all others can.
        server
            .blocking(|server| server.remove(&server.create()?))
            .await
    }

    async fn blocking<F>(self, work: F) -> Result<Self, ServerError>
    where
        F: FnOnce(&Self) -> Result<(), Error> + Send + 'static,
    {
        let address = self.address;
        let refused = |reason| ServerError::Refused { address, reason };
        tokio::task::spawn_blocking(move || work(&self).map(|()| self))
            .await
            .map_err(|e| refused(e.to_string()))?
            .map_err(|e| refused(spoken(&e)))
    }

    /// Creates the user that the servers under test log in as. It owns their databases and may do no more, so that
    /// they cannot take the connections that are reserved for `course`.
    fn admit(&self) -> Result<(), Error> {
        let (user, password) = &self.login;
        self.admin
            .connect(NoTls)?
            .batch_execute(&format!("CREATE ROLE {user} LOGIN PASSWORD '{password}'"))
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn password(&self) -> &str {
        &self.login.1
    }

    /// Whether the whole server is removed after the run.
    pub(super) fn is_throwaway(&self) -> bool {
        self.cluster.is_some()
    }

    /// What is connected to when the server is reached at `address`.
    pub(super) fn url(&self, address: SocketAddr, database: &str) -> String {
        url(&self.login, address, database)
    }

    /// Creates a database and says its name.
    pub(super) fn create(&self) -> Result<String, Error> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}_{number}", self.run);
        if !self.is_throwaway() {
            self.guard.add_database(&self.admin_url(), &name);
        }
        self.admin.connect(NoTls)?.batch_execute(&format!(
            "CREATE DATABASE {name} OWNER {} TEMPLATE template0 ENCODING 'UTF8'",
            quote(&self.login.0)
        ))?;
        Ok(name)
    }

    /// Drops a database that was created here, and ends the connections to it.
    pub(super) fn remove(&self, name: &str) -> Result<(), Error> {
        drop_database(&self.admin, name)?;
        if !self.is_throwaway() {
            self.guard.remove_database(&self.admin_url(), name);
        }
        Ok(())
    }

    pub(super) fn connect(&self, name: &str) -> Result<Client, Error> {
        self.admin.clone().dbname(name).connect(NoTls)
    }

    /// The address with which databases can be created in it.
    #[must_use]
    pub fn admin_url(&self) -> String {
        let database = self.admin.get_dbname().unwrap_or("postgres");
        let user = self.admin.get_user().unwrap_or_default();
        let password = self.admin.get_password().unwrap_or_default();
        let login = (
            user.to_owned(),
            String::from_utf8_lossy(password).into_owned(),
        );
        url(&login, self.address, database)
    }
}

fn config(address: SocketAddr, (user, password): &(String, String)) -> Config {
    let mut config = Config::new();
    config
        .host(&address.ip().to_string())
        .port(address.port())
        .user(user)
        .password(password)
        .dbname("postgres")
        .application_name("course")
        .connect_timeout(CONNECT);
    config
}

fn drop_database(admin: &Config, name: &str) -> Result<(), Error> {
    // FORCE, from PostgreSQL 13 on, ends the connections that are left.
    let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    admin.connect(NoTls)?.batch_execute(&sql)
}

/// Drops a database by the address of its server, for the guard. Only those whose name begins with [`PREFIX`].
pub(crate) fn drop_at(admin_url: &str, name: &str) {
    let is_ours = name
        .strip_prefix(PREFIX)
        .is_some_and(|rest| rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
    if let (true, Ok(admin)) = (is_ours, Config::from_str(admin_url)) {
        // Nobody is left to whom a failure could be told.
        let _ = drop_database(&admin, name);
    }
}

fn url((user, password): &(String, String), address: SocketAddr, database: &str) -> String {
    let (user, password) = (encoded(user), encoded(password));
    format!(
        "postgres://{user}:{password}@{address}/{}",
        encoded(database)
    )
}

/// A part of a URL, with everything that could end it percent-encoded.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// So many random bytes, in hex.
fn secret(bytes: usize) -> io::Result<String> {
    let mut random = vec![0; bytes];
    SysRng
        .try_fill_bytes(&mut random)
        .map_err(io::Error::other)?;
    Ok(random.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    }))
}

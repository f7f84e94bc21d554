//! Declarations: the world that a check file asks for — the server, its instances, the balancers, the proxies.

use std::time::Duration;

use super::check::{BalancerDecl, CheckFile, InstanceDecl, ProxyDecl, Start};
use super::document::{Entry, Node};
use super::origin;
use super::reading;
use super::shape::{Field, Kind as Takes, Problems};
use super::steps::balancer::{CAPACITY, POLICIES, capacity};

const NAMES: Takes = Takes::List(&Takes::Text);

/// The keys of `[server]`.
pub const SERVER: &[Field] = &[
    Field::optional(
        "env",
        Takes::Map(&Takes::Setting),
        "environment variables that the exercise names",
    ),
    Field::optional(
        "secrets",
        Takes::List(&Takes::Text),
        "values that no answer may hold, for expect.secrets; masked in reports",
    ),
    Field::optional(
        "ready",
        Takes::Table(READY),
        "how the server shows that it is ready",
    ),
];

/// The keys of `ready`.
pub const READY: &[Field] = &[
    Field::optional(
        "get",
        Takes::Text,
        "the path that answers 200; /healthz unless told",
    ),
    Field::optional(
        "within",
        Takes::Duration,
        "how long it may take; 15s unless told",
    ),
];

/// The keys of `[instance.NAME]`.
pub const INSTANCE: &[Field] = &[
    Field::optional(
        "env",
        Takes::Map(&Takes::Setting),
        "variables of this instance; false unsets one",
    ),
    Field::optional("start", Takes::Flag, "false: a step starts it"),
];

/// The keys of `[null.NAME]`: it has none.
pub const NULL: &[Field] = &[];

/// The keys of `[database]`.
pub const DATABASE: &[Field] = &[Field::required(
    "seed",
    Takes::List(&Takes::Text),
    "SQL statements, done once in every world before its first instance starts, all in one transaction; in the words \
     that SQLite and PostgreSQL share",
)];

/// The keys of `[internet.NAME]`: it has none.
pub const INTERNET: &[Field] = &[];

/// The keys of `[balancer.NAME]`.
pub const BALANCER: &[Field] = &[
    Field::required(
        "over",
        NAMES,
        "the instances behind it, proxies that lead to them, or null servers",
    ),
    Field::optional(
        "policy",
        Takes::Choice(POLICIES),
        "how it chooses; round-robin unless told",
    ),
    Field::optional(
        "capacity",
        Takes::Table(CAPACITY),
        "how much one instance takes",
    ),
    Field::optional(
        "ready",
        Takes::Text,
        "asks for this path every 100 ms, and leaves out who does not answer 2xx",
    ),
    Field::optional(
        "eject_after",
        Takes::Count(1),
        "leaves out who gave no answer so many times in a row, until `ready` (or the server's own) answers 2xx",
    ),
];

/// The keys of `[proxy.NAME]`.
pub const PROXY: &[Field] = &[Field::required(
    "to",
    Takes::Text,
    "the instance or balancer that it leads to; the ways to the database have proxies of their own, such as `database.a`",
)];

fn read_server(file: &mut CheckFile, server: &Node, problems: &Problems) {
    let env = reading::settings(server, "env", problems);
    file.server.env.extend(env);
    let secrets = reading::texts(server, "secrets", problems);
    file.server.secrets.extend(secrets);
    if let Some(ready) = server.at("ready") {
        file.server.ready_path = reading::word(ready, "get").unwrap_or("/healthz".to_owned());
        file.server.ready_within = reading::duration_or(ready, "within", Duration::from_secs(15));
    }
}

/// Reads vars, server, instances, null servers, balancers and proxies.
pub fn read(file: &mut CheckFile, root: &Node, problems: &Problems) {
    let table = |key: &str| root.at(key).map(Node::entries).unwrap_or_default();
    for Entry { key, node, .. } in table("vars") {
        file.vars
            .push((key.to_string(), reading::json_of(node, problems)));
    }
    if let Some(server) = root.at("server") {
        read_server(file, server, problems);
    }
    if let Some(database) = root.at("database") {
        file.seed.extend(reading::texts(database, "seed", problems));
    }
    for Entry { key, node, .. } in table("instance") {
        let start = node.at("start").and_then(Node::flag).unwrap_or(true);
        file.instances.push(InstanceDecl {
            name: key.to_string(),
            env: reading::settings(node, "env", problems),
            start: if start { Start::World } else { Start::Step },
        });
    }
    file.nulls
        .extend(table("null").iter().map(|e| e.key.to_string()));
    for Entry { key, key_span, .. } in table("internet") {
        if let Some(first) = file.internet.replace(key.to_string()) {
            let message = format!("there is an internet already, called `{first}`");
            let help = "take one away; a world has one internet";
            problems.add("E112", key_span.clone(), message, help);
        }
    }
    file.origins.extend(
        table("origin")
            .iter()
            .map(|entry| origin::read(entry, problems)),
    );
    for Entry { key, node, .. } in table("balancer") {
        file.balancers.push(BalancerDecl {
            name: key.to_string(),
            over: reading::words(node, "over")
                .map(|(_, w)| w.to_owned())
                .collect(),
            policy: reading::word(node, "policy").unwrap_or("round-robin".to_owned()),
            capacity: node.at("capacity").and_then(capacity),
            ready: reading::word(node, "ready"),
            eject_after: reading::count(node, "eject_after"),
        });
    }
    for Entry { key, node, .. } in table("proxy") {
        file.proxies.push(ProxyDecl {
            name: key.to_string(),
            to: reading::word(node, "to").unwrap_or_default(),
        });
    }
}

//! Parts: the instances, balancers, proxies and null servers of a world, which of them lead to which, and whether they exist.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::check::CheckFile;
use super::document::{Entry, Node};
use super::names::near;
use super::reading;
use super::shape::Problems;

/// How the name of the proxy begins that stands between an instance and a database in the network: `database.a`.
const DATABASE: &str = "database.";

/// The name of the proxy between this instance and the database.
#[must_use]
pub fn to_database(instance: &str) -> String {
    format!("{DATABASE}{instance}")
}

/// The instance whose way to the database has this name.
#[must_use]
pub fn way_of(name: &str) -> Option<&str> {
    name.strip_prefix(DATABASE)
}

/// Which parts may stand at some place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Any that takes connections.
    Any,
    /// Those that a signal can reach.
    Instance,
    /// Those that can be put behind or in front of others to break connections.
    Proxy,
    /// The internet of the world.
    Internet,
    /// Those that have trouble when they are told to.
    Origin,
    /// Those whose connections can be broken: proxies, and the ways of instances to the database.
    Link,
}

impl Sort {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Any => "instance, balancer, proxy, origin or null server",
            Self::Origin => "origin",
            Self::Instance => "instance",
            Self::Internet => "internet",
            Self::Proxy | Self::Link => "proxy",
        }
    }

    /// The names of all there are.
    #[must_use]
    pub fn names(self, file: &CheckFile) -> Vec<Cow<'_, str>> {
        let instances = file.instances.iter().map(|i| i.name.as_str().into());
        let balancers = file.balancers.iter().map(|b| b.name.as_str().into());
        let proxies = file.proxies.iter().map(|p| p.name.as_str().into());
        let nulls = file.nulls.iter().map(|name| name.as_str().into());
        let origins = file.origins.iter().map(|o| o.name.as_str().into());
        let ways = file.instances.iter().map(|i| to_database(&i.name).into());
        match self {
            Self::Any => {
                let served = instances.chain(balancers);
                let others = nulls.chain(origins);
                served.chain(proxies).chain(others).collect()
            }
            Self::Origin => origins.collect(),
            Self::Instance => instances.collect(),
            Self::Proxy => proxies.collect(),
            Self::Internet => file
                .internet
                .iter()
                .map(|name| name.as_str().into())
                .collect(),
            Self::Link => proxies.chain(ways).collect(),
        }
    }
}

/// The parts that are named, and those that they lead to.
#[must_use]
pub fn reached(file: &CheckFile, named: &[String]) -> BTreeSet<String> {
    let mut open = named.to_vec();
    let mut all = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !all.insert(name.clone()) {
            continue;
        }
        let behind = file.balancers.iter().filter(|b| b.name == name);
        open.extend(behind.flat_map(|b| &b.over).cloned());
        let proxied = file.proxies.iter().filter(|p| p.name == name);
        open.extend(proxied.map(|p| p.to.clone()));
        open.extend(way_of(&name).map(str::to_owned));
    }
    all
}

/// Collects what the declarations of balancers and proxies name in vain. `root` is the document, for the places.
pub fn check(file: &CheckFile, root: &Node, problems: &Problems) {
    for entry in root.at("balancer").map(Node::entries).unwrap_or_default() {
        for (place, name) in reading::words(&entry.node, "over") {
            behind(file, place, name, problems);
        }
    }
    for entry in root.at("origin").map(Node::entries).unwrap_or_default() {
        origin(file, entry, problems);
    }
    for entry in root.at("proxy").map(Node::entries).unwrap_or_default() {
        proxy(file, entry, problems);
    }
}

/// The name of an origin is nobody else's.
fn origin(file: &CheckFile, entry: &Entry, problems: &Problems) {
    let mut others = Sort::Any.names(file);
    others.retain(|name| *name == entry.key);
    if others.len() > 1 {
        let message = format!("there is another part called `{}`", entry.key);
        let help = "give one of them another name";
        problems.add("E112", entry.key_span.clone(), message, help);
    }
}

/// What stands behind a balancer is an instance, perhaps with a proxy in between, or a null server.
fn behind(file: &CheckFile, place: &Node, name: &str, problems: &Problems) {
    let proxy = file.proxies.iter().find(|p| p.name == name);
    if let Some(proxy) = proxy.filter(|p| file.balancers.iter().any(|b| b.name == p.to)) {
        let message = format!("the proxy `{name}` leads to the balancer `{}`", proxy.to);
        let help = "behind a balancer there are instances, and proxies that lead to one";
        problems.add("E110", place.span.clone(), message, help);
    }
    let mut known = Sort::Instance.names(file);
    known.extend(Sort::Proxy.names(file));
    known.extend(file.nulls.iter().map(|name| name.as_str().into()));
    let known = known.iter().map(AsRef::as_ref);
    if !known.clone().any(|k| k == name) {
        let message = format!("there is no instance or proxy `{name}`");
        problems.add("E110", place.span.clone(), message, &near(name, known));
    }
}

fn proxy(file: &CheckFile, entry: &Entry, problems: &Problems) {
    let instances = Sort::Instance.names(file);
    let instances = instances.iter().map(AsRef::as_ref);
    let known = instances.chain(file.balancers.iter().map(|b| b.name.as_str()));
    if known.clone().any(|k| k == entry.key) {
        let message = format!("there is another part called `{}`", entry.key);
        let help = "give one of them another name";
        problems.add("E112", entry.key_span.clone(), message, help);
    }
    let Some((place, to)) = entry.node.at("to").and_then(|n| Some((n, n.text()?))) else {
        return;
    };
    if to == "database" || way_of(to).is_some() {
        let message = "the ways to the database have proxies already, one for each instance";
        let help = "take this one away, and name the way of an instance in the step, as in \
                    fault = { on = \"database.a\", latency = \"50ms\" }; it needs `--database postgres`";
        problems.add("E110", place.span.clone(), message.to_owned(), help);
    } else if !known.clone().any(|k| k == to) {
        let message = format!("there is no instance or balancer `{to}`");
        problems.add("E110", place.span.clone(), message, &near(to, known));
    }
}

#[cfg(test)]
mod tests {
    use super::super::file::{Anchors, decode};
    use super::*;

    const WORLD: &str = "course = 1\nexercise = \"x\"\n[instance.a]\n[instance.b]\n\
        [proxy.cut]\nto = \"a\"\n[proxy.front]\nto = \"lb\"\n[balancer.lb]\nover = [\"cut\", \"b\"]\n";

    #[test]
    fn whoever_wants_a_proxy_to_the_database_is_told_that_there_is_one() {
        for to in ["database", "database.a"] {
            let found = decode(
                "f",
                &format!("{WORLD}[proxy.data]\nto = \"{to}\"\n"),
                &Anchors::new(),
                &|_| None,
            );
            let found = found.unwrap_err();
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].message.contains("have proxies already"), "{to}");
            assert!(found[0].help.contains("on = \"database.a\""), "{to}");
        }
    }

    fn problems(more: &str) -> Vec<(String, String)> {
        let decoded = decode("f", &format!("{WORLD}{more}"), &Anchors::new(), &|_| None);
        let found = decoded.err().unwrap_or_default().into_iter();
        found.map(|p| (p.message, p.help)).collect()
    }

    fn step(step: &str) -> String {
        format!("[[check]]\nid = \"c\"\ntitle = \"C\"\npoints = 1\n[[check.step]]\n{step}\n")
    }

    #[test]
    fn a_part_reaches_what_it_leads_to() {
        let file = decode("f", WORLD, &Anchors::new(), &|_| None).unwrap();
        let reached = |name: &str| {
            let all = reached(&file, &[name.to_owned()]);
            all.into_iter().collect::<Vec<_>>()
        };
        let expected = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        assert_eq!(reached("b"), expected(&["b"]));
        assert_eq!(
            reached("front"),
            expected(&["a", "b", "cut", "front", "lb"])
        );
        assert_eq!(reached("database.b"), expected(&["b", "database.b"]));
    }

    #[test]
    fn only_a_proxy_has_faults_and_its_name_is_checked() {
        assert_eq!(
            problems(&step("fault = { on = \"cut\", cut = \"now\" }")),
            []
        );
        assert_eq!(
            problems(&step("fault = { on = \"database.b\", refuse = true }")),
            []
        );
        assert_eq!(
            problems(&step("fault = { on = \"database.c\", refuse = true }")),
            [(
                "there is no proxy `database.c`".to_owned(),
                "did you mean `database.a`?".to_owned()
            )]
        );
        assert_eq!(
            problems(&step("fault = { on = \"cutt\", cut = \"now\" }")),
            [(
                "there is no proxy `cutt`".to_owned(),
                "did you mean `cut`?".to_owned()
            )]
        );
        assert_eq!(
            problems(&step("fault = { on = \"lb\", cut = \"now\" }"))[0].0,
            "there is no proxy `lb`"
        );
    }

    #[test]
    fn a_proxy_leads_to_a_part_that_is_there() {
        let said = problems("[proxy.q]\nto = \"lbb\"\n");
        assert_eq!(said[0].0, "there is no instance or balancer `lbb`");
        assert_eq!(said[0].1, "did you mean `lb`?");
        let said = problems("[proxy.a]\nto = \"b\"\n");
        assert_eq!(said[0].0, "there is another part called `a`");
    }

    #[test]
    fn a_balancer_does_not_stand_behind_itself() {
        let said = problems("[balancer.round]\nover = [\"front\"]\n");
        assert_eq!(said[0].0, "the proxy `front` leads to the balancer `lb`");
    }
}

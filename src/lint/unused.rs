//! Rules about what a check file declares and nobody uses.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::base::diagnostic::Diagnostic;
use crate::checks::document::{Entry, Node};
use crate::lab::internet::HOSTS;

use super::check::{every_entry, items};
use super::{Course, included, mistake};

/// Every word that a part of a check file says.
#[derive(Default)]
struct Words {
    /// Whole strings, as in `on = "a"`.
    whole: BTreeSet<String>,
    /// Names inside `{{ … }}`.
    names: BTreeSet<String>,
}

/// What stands between braces: a name, or a product of names and numbers.
static BRACES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\{\{([^}]*)\}\}").expect("the pattern is a constant"));
static NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s*([A-Za-z0-9_.-]+)").expect("the pattern is a constant"));

impl Words {
    /// Adds all strings below a node.
    fn add(&mut self, node: &Node) {
        if let Some(text) = node.text() {
            self.whole.insert(text.to_owned());
            let inside = BRACES.captures_iter(text).map(|c| c.extract::<1>().1[0]);
            let factors = inside.flat_map(|product| product.split('*'));
            let names = factors.filter_map(|factor| NAME.captures(factor));
            self.names.extend(names.map(|c| c[1].to_owned()));
        }
        for entry in node.entries() {
            self.add(&entry.node);
        }
        for item in node.items() {
            self.add(item);
        }
    }

    fn of<'n>(nodes: impl IntoIterator<Item = &'n Node<'n>>) -> Self {
        let mut words = Self::default();
        for node in nodes {
            words.add(node);
        }
        words
    }

    /// Whether a variable or capture is used; `same_as` names one without braces.
    fn has_value(&self, name: &str) -> bool {
        self.names.contains(name) || self.whole.contains(name)
    }

    /// Whether an instance, balancer or proxy is named.
    fn has_part(&self, name: &str) -> bool {
        self.whole.contains(name)
            || self.names.contains(&format!("url.{name}"))
            || self.names.contains(&format!("port.{name}"))
            || HOSTS
                .iter()
                .any(|host| self.names.contains(&format!("{host}.{name}")))
    }
}

/// What the file at `path` declares for nothing.
pub(super) fn mistakes(course: &Course, path: &str, root: &Node) -> Vec<Diagnostic> {
    let family = family(course, path, root);
    let all = Words::of(family.iter().copied());
    let mut found = Vec::new();
    for Entry { key, key_span, .. } in entries(root, "vars") {
        if !all.has_value(key) {
            found.push(unused("W409", path, key_span, "variable", key));
        }
    }
    let parts = Words::of(
        family
            .iter()
            .flat_map(|r| r.entries())
            .filter_map(|e| (!matches!(&*e.key, "vars" | "exercise")).then_some(&e.node)),
    );
    for Entry { key, key_span, .. } in entries(root, "instance") {
        if !parts.has_part(key) {
            found.push(unused("W410", path, key_span, "instance", key));
        }
    }
    for Entry { key, key_span, .. } in entries(root, "balancer") {
        if !parts.has_part(key) {
            found.push(unused("W411", path, key_span, "balancer", key));
        }
    }
    for Entry { key, key_span, .. } in entries(root, "proxy") {
        if !parts.has_part(key) {
            found.push(unused("W411", path, key_span, "proxy", key));
        }
    }
    for Entry { key, key_span, .. } in entries(root, "internet") {
        if !parts.has_part(key) {
            found.push(unused("W411", path, key_span, "internet", key));
        }
    }
    for Entry { key, key_span, .. } in entries(root, "origin") {
        if !parts.has_part(key) {
            found.push(unused("W411", path, key_span, "origin", key));
        }
    }
    let mut used = BTreeSet::new();
    for file in &family {
        every_entry(file, &mut |entry| {
            if entry.key == "use" {
                used.extend(entry.node.text());
            }
        });
    }
    for id in items(root, "group").iter().filter_map(|g| g.at("id")) {
        if let Some(name) = id.text().filter(|name| !used.contains(name)) {
            found.push(unused("W412", path, &id.span, "group", name));
        }
    }
    found.extend(captures(path, root, &all));
    found
}

fn entries<'n>(root: &'n Node<'_>, key: &str) -> &'n [Entry<'n>] {
    root.at(key).map(Node::entries).unwrap_or_default()
}

fn unused(
    id: &'static str,
    path: &str,
    span: &std::ops::Range<usize>,
    what: &str,
    name: &str,
) -> Diagnostic {
    let message = format!("nobody uses the {what} `{name}`");
    mistake(id, path, span.clone(), message).help("take it away, or use it")
}

/// The file alone, or all check files when it includes another one or is included.
fn family<'c>(course: &'c Course, path: &str, root: &'c Node<'_>) -> Vec<&'c Node<'c>> {
    let name = path.trim_start_matches("checks/");
    let shared = course.checks.values().any(|r| included(r).contains(&name));
    if shared || !included(root).is_empty() {
        course.checks.values().collect()
    } else {
        vec![root]
    }
}

/// Captures that neither their own check nor one that needs it reads.
fn captures(path: &str, root: &Node, all: &Words) -> Vec<Diagnostic> {
    let checks = items(root, "check");
    let mut found = Vec::new();
    for check in checks {
        let id = check.at("id").and_then(Node::text).unwrap_or_default();
        let heirs = checks.iter().filter(|c| needs(checks, c, id, 0));
        let words = Words::of(heirs.chain([check]));
        for (name, span) in captured(check) {
            if !words.has_value(name) {
                found.push(unused("W413", path, span, "capture", name));
            }
        }
    }
    for group in items(root, "group") {
        for (name, span) in captured(group) {
            if !all.has_value(name) {
                found.push(unused("W413", path, span, "capture", name));
            }
        }
    }
    found
}

fn captured<'n>(
    owner: &'n Node<'_>,
) -> impl Iterator<Item = (&'n str, &'n std::ops::Range<usize>)> {
    items(owner, "step")
        .iter()
        .flat_map(|step| entries(step, "capture"))
        .map(|entry| (&*entry.key, &entry.key_span))
}

/// Whether `check` needs the check `id`, directly or not.
fn needs(checks: &[Node], check: &Node, id: &str, depth: usize) -> bool {
    depth < 20
        && items(check, "needs")
            .iter()
            .filter_map(Node::text)
            .any(|need| {
                let is_it = |c: &&Node| c.at("id").and_then(Node::text) == Some(need);
                need == id
                    || checks
                        .iter()
                        .find(is_it)
                        .is_some_and(|c| needs(checks, c, id, depth + 1))
            })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::document::parse;

    #[test]
    fn every_factor_of_a_product_is_used() {
        let (root, _) = parse("f.toml", "gte = \"{{ 0.75 * 8 * x1 }} {{ token[index] }}\"");
        let words = Words::of([&root]);
        assert!(words.has_value("x1") && words.has_value("token"));
        assert!(!words.has_value("x"));
    }
}

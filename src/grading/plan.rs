//! The plan of a run: which checks run, and which of them share a world.

use std::collections::BTreeSet;
use std::slice;

use crate::checks::check::{Check, CheckFile, Requirement, Step};
use crate::checks::expectation::Subject;
use crate::checks::names::transitive;
use crate::checks::part::way_of;
use crate::checks::steps::Action;
use crate::checks::variable::{Bindings, Seed};

use super::permit::Demand;

/// Checks that share a world, in file order.
#[derive(Debug)]
pub struct Group<'a> {
    /// The name of the world: the id of its first check.
    pub name: String,
    /// The checks.
    pub checks: Vec<&'a Check>,
    /// The instances, balancers and proxies that they name.
    pub parts: Vec<String>,
}

impl Group<'_> {
    /// What its world asks of this machine. Where one of its balancers limits what an instance takes, it measures how much
    /// can be done, and what else runs here would be measured with it.
    #[must_use]
    pub fn demand(&self, file: &CheckFile) -> Demand {
        let mut limited = file.balancers.iter().filter(|b| b.capacity.is_some());
        let loads = |step: &Step| matches!(step.action, Action::Load(_));
        if limited.any(|b| self.parts.contains(&b.name)) {
            Demand::Machine
        } else if self.checks.iter().any(|c| any(file, &c.steps, &loads)) {
            Demand::Load
        } else {
            Demand::Little
        }
    }
}

/// Groups the wanted checks and what they need: checks joined by `needs`, directly or not, share a world. An empty
/// `wanted` means all.
#[must_use]
pub fn groups<'a>(file: &'a CheckFile, wanted: &[String]) -> Vec<Group<'a>> {
    let chosen: BTreeSet<&str> = file
        .checks
        .iter()
        .filter(|c| wanted.is_empty() || wanted.contains(&c.id))
        .flat_map(|c| transitive(file, c).into_iter().chain([c]))
        .map(|c| c.id.as_str())
        .collect();
    let order = file.order();
    let mut groups: Vec<Group<'a>> = Vec::new();
    for check in file
        .checks
        .iter()
        .filter(|c| chosen.contains(c.id.as_str()))
    {
        let needs = transitive(file, check);
        let mut checks: Vec<&Check> = Vec::new();
        if !needs.is_empty() {
            let joined =
                |g: &Group<'a>| g.checks.iter().any(|c| needs.iter().any(|n| n.id == c.id));
            let (mine, others): (Vec<_>, Vec<_>) = groups.into_iter().partition(joined);
            groups = others;
            checks.extend(mine.into_iter().flat_map(|g| g.checks));
        }
        checks.push(check);
        checks.sort_by_key(|c| order.get(c.id.as_str()));
        let name = checks[0].id.clone();
        groups.push(Group {
            name,
            checks,
            parts: Vec::new(),
        });
    }
    groups.sort_by_cached_key(|g| order.get(g.name.as_str()).copied());
    for group in &mut groups {
        group.parts = group
            .checks
            .iter()
            .flat_map(|c| parts(file, &c.steps, &cases(c)))
            .collect();
        group.parts.sort();
        group.parts.dedup();
    }
    groups
}

fn cases(check: &Check) -> Vec<(&str, &str)> {
    let each = check.each.iter();
    each.flat_map(|(name, values)| values.iter().map(|v| (name.as_str(), v.as_str())))
        .collect()
}

/// The instances and balancers that steps name, also through the cases of `each` and the variables of a group.
fn parts(file: &CheckFile, steps: &[Step], known: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    for step in steps {
        for template in step.action.parts() {
            if let Some(name) = template.as_plain() {
                found.push(name.to_owned());
                continue;
            }
            let names: Vec<&str> = template.names().collect();
            let mut scopes: Vec<Bindings> = vec![Bindings::new(&Seed::new(""), "")];
            for name in names {
                let values = known.iter().filter(|(n, _)| *n == name).map(|(_, v)| *v);
                scopes = values
                    .flat_map(|value| {
                        scopes.iter().map(move |scope| {
                            let mut scope = scope.clone();
                            scope.set(name, value.into());
                            scope
                        })
                    })
                    .collect();
            }
            found.extend(
                scopes
                    .iter()
                    .filter_map(|scope| template.render(scope).ok()),
            );
        }
        if let Action::Use(used) = &step.action
            && let Some(group) = file.groups.iter().find(|g| g.id == used.group)
        {
            let scope = Bindings::new(&Seed::new(""), "");
            let with: Vec<(&str, String)> = used
                .with
                .iter()
                .filter_map(|(n, v)| {
                    Some((n.as_str(), v.render(&scope).ok()?.as_str()?.to_owned()))
                })
                .collect();
            let mut inner: Vec<(&str, &str)> = known.to_vec();
            inner.extend(with.iter().map(|(n, v)| (*n, v.as_str())));
            found.extend(parts(file, &group.steps, &inner));
        }
        for meanwhile in &step.meanwhile {
            found.extend(parts(file, slice::from_ref(&meanwhile.step), known));
        }
    }
    found
}

/// What the world must offer for a check: what it says, and what its steps do.
#[must_use]
pub fn requirements(file: &CheckFile, check: &Check) -> Vec<Requirement> {
    let mut found = check.requires.clone();
    let parts: BTreeSet<String> = parts(file, &check.steps, &cases(check))
        .into_iter()
        .collect();
    let ours = file.balancers.iter().map(|b| &b.name);
    let mut ours = ours.chain(file.proxies.iter().map(|p| &p.name));
    if parts.iter().any(|name| way_of(name).is_some())
        && !found.contains(&Requirement::NetworkedDatabase)
    {
        found.push(Requirement::NetworkedDatabase);
    }
    if (ours.any(|name| parts.contains(name)) || parts.len() > 1 || controls(file, &check.steps))
        && !found.contains(&Requirement::Managed)
    {
        found.push(Requirement::Managed);
    }
    found
}

/// Whether something holds of a step, of one that runs meanwhile, or of one of a group that is used.
fn any(file: &CheckFile, steps: &[Step], holds: &dyn Fn(&Step) -> bool) -> bool {
    steps.iter().any(|step| {
        let mut aside = step.meanwhile.iter().map(|m| slice::from_ref(&m.step));
        let used = match &step.action {
            Action::Use(used) => file.groups.iter().find(|g| g.id == used.group),
            _ => None,
        };
        holds(step)
            || aside.any(|one| any(file, one, holds))
            || used.is_some_and(|g| any(file, &g.steps, holds))
    })
}

/// Whether steps need servers that `course` starts itself.
fn controls(file: &CheckFile, steps: &[Step]) -> bool {
    let itself = |step: &Step| match &step.action {
        Action::Process(_)
        | Action::Balancer(_)
        | Action::Fault(_)
        | Action::Database(_)
        | Action::Diagram(_)
        | Action::Internet(_)
        | Action::Trace(_)
        | Action::Origin(_)
        | Action::Jwt(_) => true,
        Action::Load(load) => {
            let nothing = Bindings::new(&Seed::new(""), "");
            let mut names = load
                .parts()
                .into_iter()
                .filter_map(|t| t.render(&nothing).ok());
            names.any(|name| file.is_null(&name))
        }
        _ => false,
    };
    // What the origin would say is known only where the server asks an origin of ours.
    let compares = |step: &Step| {
        let mut expected = step.expect.iter();
        expected.any(|e| matches!(e.subject, Subject::Like(_) | Subject::Fact("secrets")))
    };
    any(file, steps, &|step| itself(step) || compares(step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::file::decode;

    const FILE: &str = r#"
course = 1
exercise = "x"
[instance.a]
[instance.b]
[[check]]
id = "one"
title = "1"
points = 1
step = [{ http = { on = "a", get = "/" }, expect = { status = 200 } }]
[[check]]
id = "two"
title = "2"
points = 1
each = { on = ["a", "b"] }
step = [{ http = { on = "{{ on }}", get = "/" }, expect = { status = 200 } }]
[[check]]
id = "three"
title = "3"
points = 1
needs = ["one"]
step = [{ http = { on = "b", get = "/" }, expect = { status = 200 } }]
"#;

    fn file() -> CheckFile {
        decode(
            "checks/x.toml",
            FILE,
            &crate::checks::file::Anchors::new(),
            &|_| None,
        )
        .unwrap()
    }

    #[test]
    fn checks_joined_by_needs_share_a_world() {
        let file = file();
        let groups = groups(&file, &[]);
        let ids: Vec<Vec<&str>> = groups
            .iter()
            .map(|g| g.checks.iter().map(|c| c.id.as_str()).collect())
            .collect();
        assert_eq!(ids, [vec!["one", "three"], vec!["two"]]);
        assert_eq!(groups[0].parts, ["a", "b"]);
        assert_eq!(groups[1].parts, ["a", "b"]);
    }

    #[test]
    fn a_wanted_check_brings_what_it_needs_and_nothing_else() {
        let file = file();
        let groups = groups(&file, &["three".to_owned()]);
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].checks.len(), 2);
    }

    #[test]
    fn several_instances_need_a_world_of_our_own() {
        let file = file();
        assert_eq!(requirements(&file, file.check("one").unwrap()), []);
        assert_eq!(
            requirements(&file, file.check("two").unwrap()),
            [Requirement::Managed]
        );
    }
}

//! Names: whether every variable, part, group and check that a file names is really there.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::base::slug::Slug;
use crate::base::text::nearest;

use super::check::{Check, CheckFile, OriginDecl, Step};
use super::document::Node;
use super::expectation::Subject;
use super::matcher::Matcher;
use super::origin::is_filled;
use super::part::{self, Sort};
use super::reading;
use super::shape::Problems;
use super::steps::Action;
use super::template::Template;
use super::variable::{MOMENTS, RANDOM};
use crate::lab::internet::HOSTS;

/// Collects every name in `file` that names nothing. `root` is the document, for the places of plain words.
pub fn check(file: &CheckFile, root: &Node, problems: &Problems) {
    duplicates(root, problems);
    needs(file, root, problems);
    part::check(file, root, problems);
    let names = Names { file, problems };
    vars(&names, root);
    for (_, template) in file
        .server
        .env
        .iter()
        .chain(file.instances.iter().flat_map(|i| &i.env))
    {
        if let Some(template) = template {
            names.template(template, &Known::world(file));
        }
    }
    for template in file.origins.iter().flat_map(OriginDecl::templates) {
        let mut known = Known::world(file);
        let filled = template.names().filter(|name| is_filled(name));
        known.names.extend(filled.map(str::to_owned));
        names.template(template, &known);
    }
    for statement in file.seed.iter().chain(&file.server.secrets) {
        names.template(statement, &Known::world(file));
    }
    for check in file.checks.iter().filter(|c| c.file == problems.file()) {
        let mut known = Known::world(file);
        for need in transitive(file, check) {
            known.add_steps(file, &need.steps);
        }
        if let Some((name, _)) = &check.each {
            known.names.insert(name.clone());
        }
        names.steps(&check.steps, &mut known, 0);
        names.windows(&check.steps);
        for symptom in &check.symptoms {
            for template in symptom.when.iter().flat_map(|e| e.matcher.templates()) {
                names.template(&template, &known);
            }
        }
    }
}

/// The checks that `check` needs, directly or not, in file order.
#[must_use]
pub fn transitive<'a>(file: &'a CheckFile, check: &Check) -> Vec<&'a Check> {
    if check.needs.is_empty() {
        return Vec::new();
    }
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&str> = check.needs.iter().map(String::as_str).collect();
    while let Some(id) = open.pop() {
        if let Some(found) = file.check(id).filter(|c| c.id != check.id)
            && wanted.insert(&found.id)
        {
            open.extend(found.needs.iter().map(String::as_str));
        }
    }
    file.checks
        .iter()
        .filter(|c| wanted.contains(c.id.as_str()))
        .collect()
}

fn duplicates(root: &Node, problems: &Problems) {
    for key in ["check", "group"] {
        let mut seen = BTreeSet::new();
        for node in root.at(key).map(Node::items).unwrap_or_default() {
            let Some((place, id)) = node.at("id").and_then(|n| Some((n, n.text()?))) else {
                continue;
            };
            if let Err(error) = Slug::new(id) {
                problems.add("E112", place.span.clone(), error.to_string(), "");
            }
            if !seen.insert(id) {
                let message = format!("there are two {key}s with the id `{id}`");
                problems.add(
                    "E112",
                    place.span.clone(),
                    message,
                    "give one of them another id",
                );
            }
        }
    }
}

fn needs(file: &CheckFile, root: &Node, problems: &Problems) {
    for node in root.at("check").map(Node::items).unwrap_or_default() {
        let id = reading::word(node, "id").unwrap_or_default();
        for (place, need) in reading::words(node, "needs") {
            let Some(target) = file.check(need) else {
                let help = near(need, file.checks.iter().map(|c| c.id.as_str()));
                problems.add(
                    "E111",
                    place.span.clone(),
                    format!("there is no check `{need}`"),
                    &help,
                );
                continue;
            };
            let back = need == id || transitive(file, target).iter().any(|c| c.id == id);
            if back {
                let message = format!("`{id}` needs `{need}`, which needs `{id}`");
                problems.add(
                    "E113",
                    place.span.clone(),
                    message,
                    "take one of the two away",
                );
            }
        }
    }
}

/// The variables of this file: each may name those above it.
fn vars(names: &Names, root: &Node) {
    let mut known = Known {
        names: BTreeSet::new(),
        lists: BTreeSet::new(),
        repeated: Repeated::No,
    };
    let own = root.at("vars").map(Node::entries).unwrap_or_default();
    for (name, value) in &names.file.vars {
        // Those of an included file were looked at with it.
        if own.iter().any(|entry| entry.key == *name) {
            for template in value.templates() {
                names.template(template, &known);
            }
        }
        known.names.insert(name.clone());
    }
}

/// The name that was probably meant, or those there are.
#[must_use]
pub fn near<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = nearest(word, known.clone()) {
        return format!("did you mean `{near}`?");
    }
    let known: Vec<&str> = known.take(8).collect();
    if known.is_empty() {
        String::new()
    } else {
        format!("known here: {}", known.join(", "))
    }
}

/// The names that have a value at one place.
#[derive(Clone)]
struct Known {
    names: BTreeSet<String>,
    lists: BTreeSet<String>,
    repeated: Repeated,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeated {
    No,
    Yes,
}

impl Known {
    fn world(file: &CheckFile) -> Self {
        Self {
            names: file.vars.iter().map(|(name, _)| name.clone()).collect(),
            lists: BTreeSet::new(),
            repeated: Repeated::No,
        }
    }

    fn add_steps(&mut self, file: &CheckFile, steps: &[Step]) {
        for step in steps {
            self.add(file, step);
        }
    }

    /// Adds what a step makes and captures.
    fn add(&mut self, file: &CheckFile, step: &Step) {
        let mut made: Vec<String> = step.captures.iter().map(|c| c.name.clone()).collect();
        made.extend(step.action.makes().map(str::to_owned));
        if let Action::Use(group) = &step.action
            && let Some(group) = file.groups.iter().find(|g| g.id == group.group)
        {
            let mut inner = Self {
                names: BTreeSet::new(),
                lists: BTreeSet::new(),
                repeated: Repeated::No,
            };
            inner.add_steps(file, &group.steps);
            made.extend(inner.names);
        }
        if step.repeat.is_some() {
            self.lists.extend(made.iter().cloned());
        }
        self.names.extend(made);
        for meanwhile in &step.meanwhile {
            self.add(file, &meanwhile.step);
        }
    }
}

struct Names<'a> {
    file: &'a CheckFile,
    problems: &'a Problems,
}

impl Names<'_> {
    fn steps(&self, steps: &[Step], known: &mut Known, depth: usize) {
        for step in steps {
            let mut here = known.clone();
            if step.repeat.is_some() || matches!(step.action, Action::Load(_)) {
                here.repeated = Repeated::Yes;
            }
            self.step(step, &here, depth);
            known.add(self.file, step);
        }
    }

    fn step(&self, step: &Step, known: &Known, depth: usize) {
        let mut inside = known.clone();
        inside.names.extend(step.action.gives());
        for template in step.action.templates() {
            self.template(template, &inside);
        }
        self.template(&step.name, known);
        let mut aside = known.clone();
        for meanwhile in &step.meanwhile {
            self.no_window(&meanwhile.step);
            self.steps(std::slice::from_ref(&meanwhile.step), &mut aside, depth);
        }
        let mut after = known.clone();
        after.add(self.file, step);
        for expectation in &step.expect {
            if let Subject::Like(like) = &expectation.subject
                && !self.file.origins.iter().any(|o| o.name == like.origin)
            {
                let known = self.file.origins.iter().map(|o| o.name.as_str());
                let message = format!("there is no origin `{}`", like.origin);
                self.problems.add(
                    "E110",
                    like.span.clone(),
                    message,
                    &near(&like.origin, known),
                );
            }
        }
        for template in step.expect.iter().flat_map(|e| e.matcher.templates()) {
            self.template(&template, &after);
        }
        let again = step.retry.iter().flat_map(|retry| &retry.status);
        for template in again.flat_map(Matcher::templates) {
            self.template(&template, &after);
        }
        for part in step.action.parts() {
            let sort = match step.action {
                Action::Process(_) => Sort::Instance,
                Action::Origin(_) => Sort::Origin,
                Action::Fault(_) => Sort::Link,
                Action::Internet(_) => Sort::Internet,
                _ => Sort::Any,
            };
            self.part(part, sort);
        }
        if let Action::Use(group) = &step.action {
            self.group(group, known, depth);
        }
    }

    fn group(&self, used: &super::steps::group::Use, known: &Known, depth: usize) {
        let Some(group) = self.file.groups.iter().find(|g| g.id == used.group) else {
            let help = near(&used.group, self.file.groups.iter().map(|g| g.id.as_str()));
            let message = format!("there is no group `{}`", used.group);
            self.problems.add("E117", used.span.clone(), message, &help);
            return;
        };
        if depth > 8 {
            let message = format!("the group `{}` uses itself", used.group);
            self.problems.add(
                "E117",
                used.span.clone(),
                message,
                "take one of the uses away",
            );
            return;
        }
        let mut inner = known.clone();
        inner
            .names
            .extend(used.with.iter().map(|(name, _)| name.clone()));
        group.steps.iter().for_each(|step| self.no_window(step));
        self.steps(&group.steps, &mut inner, depth + 1);
    }

    /// Windows of the steps of a check begin with a step before it, or with their own.
    fn windows(&self, steps: &[Step]) {
        for (i, step) in steps.iter().enumerate() {
            let Some(window) = &step.window else { continue };
            let Some(of) = &window.of else { continue };
            let earlier = steps[..i].iter().filter_map(|s| s.name.as_plain());
            if !earlier.clone().any(|name| name == of) {
                let message = format!("no step before this one is called `{of}`");
                let help = near(of, earlier);
                self.problems
                    .add("E110", window.span.clone(), message, &help);
            }
        }
    }

    /// Steps that belong to another one have no window of their own.
    fn no_window(&self, step: &Step) {
        if let Some(window) = &step.window {
            let help = "write it at the step of the check that this one belongs to";
            let message = "only a step of a check has a `window`".to_owned();
            self.problems
                .add("E116", window.span.clone(), message, help);
        }
    }

    fn part(&self, part: &Template, sort: Sort) {
        let Some(name) = part.as_plain() else {
            return;
        };
        let known = sort.names(self.file);
        let known = known.iter().map(AsRef::as_ref);
        if !known.clone().any(|k| k == name) && !name.is_empty() {
            let message = format!("there is no {} `{name}`", sort.words());
            self.problems
                .add("E110", part.span.clone(), message, &near(name, known));
        }
    }

    fn template(&self, template: &Template, known: &Known) {
        for name in template.names() {
            if !self.has(name, known) {
                self.unknown(name, template.span.clone(), known);
            }
        }
    }

    fn has(&self, name: &str, known: &Known) -> bool {
        if let Some((list, index)) = name.strip_suffix(']').and_then(|n| n.split_once('[')) {
            let number = !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit());
            let counted = if index == "index" {
                known.repeated == Repeated::Yes
            } else {
                known.names.contains(index)
            };
            return known.lists.contains(list) && (number || counted);
        }
        match name.split_once('.') {
            Some(("random", kind)) => RANDOM.contains(&kind),
            Some(("time", moment)) => MOMENTS.iter().any(|(name, _)| *name == moment),
            Some(("secret", _)) => true,
            Some(("url" | "port", part)) => Sort::Any.names(self.file).iter().any(|n| n == part),
            Some((host, part)) if HOSTS.contains(&host) => {
                self.file.internet.as_deref() == Some(part)
            }
            _ if name == "index" => known.repeated == Repeated::Yes,
            _ => known.names.contains(name),
        }
    }

    fn unknown(&self, name: &str, span: Range<usize>, known: &Known) {
        let random = RANDOM.iter().map(|kind| format!("random.{kind}"));
        let moments = MOMENTS.iter().map(|(moment, _)| format!("time.{moment}"));
        let built_in: Vec<String> = random.chain(moments).collect();
        let all = known.names.iter().chain(&built_in).map(String::as_str);
        let all = all.chain(["index"]);
        let message = format!("`{{{{ {name} }}}}` has no value here");
        self.problems.add("E109", span, message, &near(name, all));
    }
}

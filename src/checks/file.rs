//! Decoding a check file: every mistake at once, each at its place.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::base::diagnostic::Diagnostic;
use crate::base::source::Source;

use super::check::{Check, CheckFile, Group, Level, Requirement, Server, Symptom};
use super::declaration::{self, BALANCER, DATABASE, INSTANCE, INTERNET, NULL, PROXY, SERVER};
use super::document::{self, Entry, Node};
use super::drawing;
use super::expectation;
use super::mistake::{self, MISTAKE};
use super::names;
use super::origin::ORIGIN;
use super::reading;
use super::shape::{Field, Kind as Takes, Problems, walk};
use super::step;
use super::steps::{KINDS, http};

const NAMES: Takes = Takes::List(&Takes::Text);

/// The keys of a check file.
pub const FILE: &[Field] = &[
    Field::required(
        "course",
        Takes::Count(1),
        "the check-format version: course = 1",
    ),
    Field::required(
        "exercise",
        Takes::Text,
        "the slug of the exercise that is graded",
    ),
    Field::optional("include", NAMES, "files with shared vars, world and groups"),
    Field::optional(
        "vars",
        Takes::Map(&Takes::Json),
        "variables, drawn once per world",
    ),
    Field::optional(
        "server",
        Takes::Table(SERVER),
        "how the learner's server is run",
    ),
    Field::optional(
        "instance",
        Takes::Map(&Takes::Table(INSTANCE)),
        "copies of the server",
    ),
    Field::optional(
        "balancer",
        Takes::Map(&Takes::Table(BALANCER)),
        "balancers in front of them",
    ),
    Field::optional(
        "proxy",
        Takes::Map(&Takes::Table(PROXY)),
        "TCP proxies whose connections `fault` breaks",
    ),
    Field::optional(
        "null",
        Takes::Map(&Takes::Table(NULL)),
        "servers of `course` itself that answer 200 at once, to measure what this machine can do",
    ),
    Field::optional(
        "origin",
        Takes::Map(&Takes::Table(ORIGIN)),
        "servers of `course` behind the learner's, such as an edge asks; they start first",
    ),
    Field::optional(
        "database",
        Takes::Table(DATABASE),
        "what is in the database before the server starts",
    ),
    Field::optional(
        "internet",
        Takes::Map(&Takes::Table(INTERNET)),
        "name servers, a site behind a cache and one more host; every instance is told of it in NET_MAP, ROOT_HINTS and CA_FILE",
    ),
    Field::optional(
        "mistake",
        Takes::Table(MISTAKE),
        "in a file of checks/mistakes/, what its checks show",
    ),
    Field::optional("group", Takes::Tables(GROUP), "named step groups"),
    Field::optional("check", Takes::Tables(CHECK), "the checks in order"),
];

/// The keys of `[[group]]`.
pub const GROUP: &[Field] = &[
    Field::required("id", Takes::Text, "the name that `use` gives"),
    Field::required("step", Takes::Steps, "the steps"),
];

/// The keys of `[[check]]`.
pub const CHECK: &[Field] = &[
    Field::required("id", Takes::Text, "its stable name, a slug"),
    Field::required(
        "title",
        Takes::Text,
        "what the server must do, as a sentence",
    ),
    Field::required("points", Takes::Count(0), "what it is worth"),
    Field::optional(
        "level",
        Takes::Choice(&["core", "deep"]),
        "core: needed to pass; deep: for the grade",
    ),
    Field::optional(
        "needs",
        NAMES,
        "checks that must pass first; their captures are inherited",
    ),
    Field::optional(
        "requires",
        Takes::List(&Takes::Choice(&["managed", "networked-database"])),
        "what the world must offer, else the check is skipped",
    ),
    Field::optional("why", Takes::Text, "why it matters, in one sentence"),
    Field::optional("lesson", Takes::Text, "what to read: lesson#section"),
    Field::optional(
        "each",
        Takes::Map(&NAMES),
        "named cases: one variable and its values",
    ),
    Field::optional(
        "hints",
        NAMES,
        "what `course hint` reveals, from vague to concrete",
    ),
    Field::optional(
        "hint",
        Takes::Tables(HINT),
        "hints that the failure itself selects",
    ),
    Field::required("step", Takes::Steps, "the steps in order"),
];

/// The keys of `[[check.hint]]`.
pub const HINT: &[Field] = &[
    Field::required(
        "when",
        Takes::Expectations,
        "the answer of the failing step looks like this",
    ),
    Field::required("say", Takes::Text, "the hint"),
];

/// Lessons and their sections, to hold `lesson = "…"` against.
pub type Anchors = BTreeMap<String, Vec<String>>;

/// Loads the checks of an exercise.
///
/// # Errors
/// Every mistake in the file and in what it includes.
pub fn load(
    source: &Source,
    exercise: &str,
    anchors: &Anchors,
) -> Result<CheckFile, Vec<Diagnostic>> {
    let path = format!("checks/{exercise}.toml");
    let text = source
        .text(&path)
        .map_err(|e| vec![Diagnostic::error("E100", &path, 0..0, e.to_string())])?;
    decode(&path, &text, anchors, &|included| {
        source.text(&format!("checks/{included}")).ok()
    })
}

/// Decodes the text of a check file; `include` gives the text of another file by the name after `checks/`.
///
/// # Errors
/// Every mistake in the file and in what it includes.
pub fn decode(
    path: &str,
    text: &str,
    anchors: &Anchors,
    include: &dyn Fn(&str) -> Option<String>,
) -> Result<CheckFile, Vec<Diagnostic>> {
    let mut file = empty(path);
    let mut open = vec![path.to_owned()];
    let mut problems = decode_into(&mut file, path, text, anchors, include, &mut open);
    problems.sort_by(|a, b| {
        (&a.file, a.span.start, a.span.end).cmp(&(&b.file, b.span.start, b.span.end))
    });
    if problems.is_empty() {
        Ok(file)
    } else {
        Err(problems)
    }
}

fn empty(path: &str) -> CheckFile {
    CheckFile {
        path: path.to_owned(),
        exercise: String::new(),
        mistake: None,
        vars: Vec::new(),
        server: Server {
            env: Vec::new(),
            secrets: Vec::new(),
            ready_path: "/healthz".to_owned(),
            ready_within: Duration::from_secs(15),
        },
        instances: Vec::new(),
        balancers: Vec::new(),
        proxies: Vec::new(),
        internet: None,
        nulls: Vec::new(),
        origins: Vec::new(),
        seed: Vec::new(),
        groups: Vec::new(),
        checks: Vec::new(),
    }
}

fn decode_into(
    file: &mut CheckFile,
    path: &str,
    text: &str,
    anchors: &Anchors,
    include: &dyn Fn(&str) -> Option<String>,
    open: &mut Vec<String>,
) -> Vec<Diagnostic> {
    let (root, mut found) = document::parse(path, text);
    if !found.is_empty() {
        return found;
    }
    let problems = Problems::new(path);
    walk(&root, FILE, "a check file", &problems);
    version(&root, &problems);
    for (node, name) in reading::words(&root, "include") {
        let inner = format!("checks/{name}");
        if open.contains(&inner) {
            let help = "take one of the two includes away";
            problems.add(
                "E122",
                node.span.clone(),
                format!("`{name}` includes itself"),
                help,
            );
        } else if let Some(text) = include(name) {
            open.push(inner.clone());
            found.extend(decode_into(file, &inner, &text, anchors, include, open));
            open.pop();
        } else {
            let help = "give the path from the folder checks/";
            problems.add(
                "E122",
                node.span.clone(),
                format!("there is no check file `{name}`"),
                help,
            );
        }
    }
    file.exercise = reading::word(&root, "exercise").unwrap_or_default();
    file.mistake = mistake::words(&root, path, &problems);
    declaration::read(file, &root, &problems);
    for node in root.at("group").map(Node::items).unwrap_or_default() {
        let id = reading::word(node, "id").unwrap_or_default();
        let steps = step::read_all(node, "step", &problems);
        file.groups.push(Group { id, steps });
    }
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    for node in root.at("check").map(Node::items).unwrap_or_default() {
        if let Some(check) = check(node, path, &ends, anchors, &problems) {
            file.checks.push(check);
        }
    }
    names::check(file, &root, &problems);
    found.extend(problems.into_list());
    found
}

fn version(root: &Node, problems: &Problems) {
    if let Some(node) = root
        .at("course")
        .filter(|n| n.integer().is_some_and(|v| v > 1))
    {
        let message = "this check file is of a newer format than this `course` knows".to_owned();
        problems.add(
            "E120",
            node.span.clone(),
            message,
            "install a newer `course`, or write course = 1",
        );
    }
}

/// Reads one check; `ends` are the places of the line endings in its file.
fn check(
    node: &Node,
    path: &str,
    ends: &[usize],
    anchors: &Anchors,
    problems: &Problems,
) -> Option<Check> {
    let steps = step::read_all(node, "step", problems);
    if node
        .entry("step")
        .is_some_and(|e| e.node.items().is_empty())
    {
        let help = "a check without steps would always pass";
        problems.add(
            "E124",
            node.span.clone(),
            "this check has no steps".into(),
            help,
        );
    }
    lesson(node, anchors, problems);
    let symptoms = node.at("hint").map(Node::items).unwrap_or_default();
    Some(Check {
        id: reading::word(node, "id")?,
        title: reading::word(node, "title").unwrap_or_default(),
        points: reading::count(node, "points")
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(0),
        level: match node.at("level").and_then(Node::text) {
            Some("deep") => Level::Deep,
            _ => Level::Core,
        },
        needs: reading::words(node, "needs")
            .map(|(_, w)| w.to_owned())
            .collect(),
        requires: reading::words(node, "requires")
            .map(|(_, word)| match word {
                "networked-database" => Requirement::NetworkedDatabase,
                _ => Requirement::Managed,
            })
            .collect(),
        why: reading::word(node, "why").unwrap_or_default(),
        lesson: reading::word(node, "lesson"),
        each: each(node, problems),
        hints: reading::words(node, "hints")
            .map(|(_, w)| w.to_owned())
            .collect(),
        symptoms: symptoms
            .iter()
            .filter_map(|n| symptom(n, problems))
            .collect(),
        steps,
        line: ends.partition_point(|end| *end < node.span.start) + 1,
        file: path.to_owned(),
    })
}

fn lesson(node: &Node, anchors: &Anchors, problems: &Problems) {
    let Some((place, text)) = node.at("lesson").and_then(|n| Some((n, n.text()?))) else {
        return;
    };
    if anchors.is_empty() {
        return;
    }
    let (slug, section) = text
        .split_once('#')
        .map_or((text, None), |(l, s)| (l, Some(s)));
    let near = |word: &str, of: &mut dyn Iterator<Item = &str>| {
        crate::base::text::nearest(word, of)
            .map_or_else(String::new, |n| format!("did you mean `{n}`?"))
    };
    match anchors.get(slug) {
        None => {
            let help = near(slug, &mut anchors.keys().map(String::as_str));
            problems.add(
                "E123",
                place.span.clone(),
                format!("there is no lesson `{slug}`"),
                &help,
            );
        }
        Some(sections) => {
            if let Some(section) = section.filter(|s| !sections.iter().any(|known| known == s)) {
                let help = near(section, &mut sections.iter().map(String::as_str));
                let message = format!("lesson `{slug}` has no section `{section}`");
                problems.add("E123", place.span.clone(), message, &help);
            }
        }
    }
}

fn each(node: &Node, problems: &Problems) -> Option<(String, Vec<String>)> {
    let cases = node.at("each")?;
    let [Entry { key, .. }] = cases.entries() else {
        let help = "write one variable and its values: each = { forgery = [\"alg-none\"] }";
        problems.add(
            "E114",
            cases.span.clone(),
            "`each` takes exactly one variable".into(),
            help,
        );
        return None;
    };
    let values: Vec<String> = reading::words(cases, key)
        .map(|(_, w)| w.to_owned())
        .collect();
    if values.is_empty() {
        let help = "a check without cases would always pass";
        problems.add(
            "E124",
            cases.span.clone(),
            "`each` has no cases".into(),
            help,
        );
    }
    Some((key.to_string(), values))
}

fn symptom(node: &Node, problems: &Problems) -> Option<Symptom> {
    let when = node.at("when")?;
    let mut fields: Vec<Field> = Vec::new();
    for field in KINDS.iter().flat_map(|k| k.expect) {
        if !fields.iter().any(|f| f.key == field.key) {
            fields.push(*field);
        }
    }
    walk(when, &fields, "`when` of a hint", problems);
    drawing::check_classes(when, problems);
    debug_assert!(
        http::EXPECT
            .iter()
            .all(|f| fields.iter().any(|g| g.key == f.key))
    );
    Some(Symptom {
        when: expectation::read(when, &fields, problems),
        say: reading::word(node, "say").unwrap_or_default(),
    })
}

//! Reading `meanwhile`: the steps that are done while another one runs, each at its moment.

use super::check::{Meanwhile, Moment, Repeat};
use super::document::{Entry, Node, Value};
use super::reading;
use super::shape::{Field, Kind as Takes, Problems, duration_at, walk};
use super::step;
use super::steps::Action;

/// The keys that a step under `meanwhile` has besides those of every step.
pub const MEANWHILE: &[Field] = &[
    Field::optional("at", Takes::Duration, "how long after the other step began"),
    Field::optional(
        "after",
        Takes::Count(1),
        "instead of `at`: as soon as so many repetitions of the other step are done; of a history, so many writes or \
         additions acknowledged",
    ),
    Field::optional(
        "spread",
        Takes::Duration,
        "later by up to this long, drawn from the seed",
    ),
];

/// Reads the steps that are done while a step with this action and repetition runs.
pub fn read(
    node: &Node,
    action: &Action,
    repeat: Option<Repeat>,
    problems: &Problems,
) -> Vec<Meanwhile> {
    let items = node.at("meanwhile").map(Node::items).unwrap_or_default();
    let read = |item: &Node| {
        let own = |key: &str| MEANWHILE.iter().any(|f| f.key == key);
        let of = "a step of `meanwhile`";
        walk(&only(item, own), MEANWHILE, of, problems);
        if let Some(inner) = item.entry("meanwhile") {
            let help = "put its steps beside this one, each at its own time";
            let message = format!("{of} has no `meanwhile` of its own");
            problems.add("E116", inner.key_span.clone(), message, help);
        }
        let moment = moment(item, problems);
        if let (Some(after), Moment::After(answers)) = (item.entry("after"), moment) {
            can_count((after, answers), action, repeat, problems);
        }
        Some(Meanwhile {
            moment,
            spread: duration_at(item, "spread").unwrap_or_default(),
            step: step::read(&only(item, |key| !own(key)), problems)?,
        })
    };
    items.iter().filter_map(read).collect()
}

fn moment(item: &Node, problems: &Problems) -> Moment {
    let of = "a step of `meanwhile`";
    match (item.entry("at"), item.entry("after")) {
        (Some(_), Some(after)) => {
            let message = format!("{of} already has `at`, so it cannot have `after`");
            let help = "it is due at a time, or after so many answers";
            problems.add("E114", after.key_span.clone(), message, help);
        }
        (None, None) => {
            let message = format!("{of} needs the key `at` or `after`");
            let help = "say when: at = \"1s\", or after = 5 answers";
            problems.add("E104", item.span.clone(), message, help);
        }
        _ => {}
    }
    match reading::count(item, "after") {
        Some(answers) => Moment::After(answers),
        None => Moment::At(duration_at(item, "at").unwrap_or_default()),
    }
}

/// Complains if the other step does not have so many answers before it is over.
fn can_count(
    (after, answers): (&Entry, usize),
    action: &Action,
    repeat: Option<Repeat>,
    problems: &Problems,
) {
    let complain = |id, message: String, help| {
        problems.add(id, after.key_span.clone(), message, help);
    };
    match repeat {
        Some(Repeat { times, .. }) if answers >= times => {
            let message = format!("with the last of its {times} repetitions the step is over");
            complain("E125", message, "wait for fewer");
        }
        None if !matches!(action, Action::History(_)) => {
            let message = "the step that this goes with has no answers to count".to_owned();
            complain("E116", message, "use `at`, or let that step `repeat`");
        }
        _ => {}
    }
}

/// The step with some of its keys, so that no key is refused twice.
fn only<'t>(node: &Node<'t>, wanted: impl Fn(&str) -> bool) -> Node<'t> {
    let entries = node.entries().iter().filter(|e| wanted(&e.key));
    Node {
        span: node.span.clone(),
        value: Value::Table(entries.cloned().collect()),
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::step::tests::refused;

    #[test]
    fn a_step_of_meanwhile_has_a_moment_and_no_meanwhile_of_its_own() {
        let step = r#"
process = { kill = ["a"] }
[[meanwhile]]
process = { start = ["a"] }
[[meanwhile]]
at = "1s"
spred = "1s"
process = { start = ["a"] }
[[meanwhile]]
at = "2s"
process = { start = ["a"] }
meanwhile = [{ at = "1s", process = { start = ["a"] } }]
"#;
        let needed = "a step of `meanwhile` needs the key `at` or `after`";
        let unknown = "a step has no key `spred`";
        let nested = "a step of `meanwhile` has no `meanwhile` of its own";
        assert_eq!(
            refused(step),
            [
                ("E104", needed.to_owned()),
                ("E102", unknown.to_owned()),
                ("E116", nested.to_owned())
            ]
        );
    }

    #[test]
    fn answers_are_counted_where_there_are_some() {
        let with = |other: &str, moment: &str| {
            let kill = format!("[[meanwhile]]\n{moment}\nprocess = {{ kill = [\"a\"] }}\n");
            let all = refused(&format!("{other}\n{kill}")).into_iter();
            all.map(|(id, _)| id).collect::<Vec<_>>()
        };
        let http = "http = { on = \"a\", get = \"/\" }\nexpect.status = 200";
        let many = format!("repeat = 3\n{http}");
        let history = r#"expect.lost = 0
history = { on = ["a"], clients = 1, keys = 1, operations = 9, for = "1s", write = { put = "/", json = "{{ value }}" }, read = { get = "/", value = "$" } }"#;
        assert_eq!(with(&many, "after = 2"), [""; 0]);
        assert_eq!(with(history, "after = 2\nspread = \"1s\""), [""; 0]);
        assert_eq!(with(&many, "after = 3"), ["E125"]);
        assert_eq!(with(http, "after = 1"), ["E116"]);
        assert_eq!(with(&many, "after = 1\nat = \"1s\""), ["E114"]);
    }
}

//! `balancer`: changes what stands behind a balancer, and how it chooses.

use std::time::Duration;

use futures_util::future::join_all;

use crate::checks::document::Node;
use crate::checks::reading;
use crate::checks::shape::{Field, Kind as Takes, Problems, duration_at};
use crate::checks::template::Template;

use crate::checks::observation::Observation;
use crate::checks::variable::Bindings;
use crate::checks::world::{World, WorldError, policy, render_all};
use crate::lab::balancer::{Capacity, Listed, Target};

use super::Kind;

/// The kind as data.
pub const KIND: Kind = Kind {
    key: "balancer",
    doc: "Adds, drains or removes instances of a balancer, or changes how it chooses.",
    fields: FIELDS,
    expect: &[],
    example: r#"balancer = { on = "lb", policy = "sticky" }"#,
};

/// The policies a balancer may follow.
pub const POLICIES: &[&str] = &["round-robin", "sticky", "least-connections"];

const NAMES: Takes = Takes::List(&Takes::Text);

/// The keys of a capacity.
pub const CAPACITY: &[Field] = &[
    Field::required(
        "in_flight",
        Takes::Count(1),
        "how many requests one instance takes at once",
    ),
    Field::required("floor", Takes::Duration, "how long each takes at least"),
];

const FIELDS: &[Field] = &[
    Field::required("on", Takes::Text, "the balancer"),
    Field::optional("add", NAMES, "puts these instances behind it"),
    Field::optional(
        "drain",
        NAMES,
        "sends them nothing new, and waits until what is in flight has finished",
    ),
    Field::optional(
        "within",
        Takes::Duration,
        "how long `drain` waits; 5s unless told",
    ),
    Field::optional("remove", NAMES, "forgets them at once"),
    Field::optional(
        "policy",
        Takes::Choice(POLICIES),
        "how it chooses from now on",
    ),
    Field::optional(
        "capacity",
        Takes::Table(CAPACITY),
        "how much one instance takes",
    ),
];

/// A change of a balancer.
#[derive(Clone, Debug)]
pub struct Balancer {
    /// The balancer.
    pub on: Template,
    /// Instances to add.
    pub add: Vec<Template>,
    /// Instances to drain.
    pub drain: Vec<Template>,
    /// How long draining may take.
    pub within: Duration,
    /// Instances to remove.
    pub remove: Vec<Template>,
    /// The new policy.
    pub policy: Option<String>,
    /// The new capacity.
    pub capacity: Option<(usize, Duration)>,
}

impl Balancer {
    /// Reads the step.
    pub fn read(node: &Node, problems: &Problems) -> Self {
        Self {
            on: reading::text(node, "on", problems).unwrap_or_default(),
            add: reading::texts(node, "add", problems),
            drain: reading::texts(node, "drain", problems),
            within: reading::duration_or(node, "within", Duration::from_secs(5)),
            remove: reading::texts(node, "remove", problems),
            policy: reading::word(node, "policy"),
            capacity: node.at("capacity").and_then(capacity),
        }
    }

    /// The balancer and every instance it names.
    #[must_use]
    pub fn parts(&self) -> Vec<&Template> {
        let instances = self.add.iter().chain(&self.drain).chain(&self.remove);
        std::iter::once(&self.on).chain(instances).collect()
    }
}

/// Reads a capacity.
#[must_use]
pub fn capacity(node: &Node) -> Option<(usize, Duration)> {
    Some((
        reading::count(node, "in_flight")?,
        duration_at(node, "floor")?,
    ))
}

impl Balancer {
    /// Makes the change.
    ///
    /// # Errors
    /// When the balancer or an instance is not there.
    pub async fn run(&self, world: &World, scope: &Bindings) -> Result<Observation, WorldError> {
        let on = self
            .on
            .render(scope)
            .map_err(|e| WorldError::Check(e.to_string()))?;
        let balancer = world.balancer(&on)?;
        for name in render_all(&self.add, scope)? {
            let addr = world.address(&name).await?;
            balancer.add(Target { name, addr });
        }
        let drained = render_all(&self.drain, scope)?;
        for name in &drained {
            there(balancer.drain(name), name)?;
        }
        let waits = drained.iter().map(|n| balancer.drained(n, self.within));
        let left: usize = join_all(waits).await.into_iter().sum();
        for name in render_all(&self.remove, scope)? {
            there(balancer.remove(&name), &name)?;
        }
        if let Some(name) = &self.policy {
            balancer.set_policy(policy(name));
        }
        if let Some((in_flight, floor)) = self.capacity {
            for name in balancer.targets() {
                there(
                    balancer.set_capacity(&name, Some(Capacity { in_flight, floor })),
                    &name,
                )?;
            }
        }
        let request = format!("balancer {on}");
        Ok(Observation {
            request,
            answer: match left {
                0 => "changed".to_owned(),
                left => format!("{left} still in flight"),
            },
            ..Observation::default()
        })
    }
}

/// An instance that is not behind the balancer is a mistake in the check.
fn there(found: Listed, name: &str) -> Result<(), WorldError> {
    match found {
        Listed::Yes => Ok(()),
        Listed::No => Err(WorldError::Check(format!(
            "`{name}` is not behind this balancer"
        ))),
    }
}

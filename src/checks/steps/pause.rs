//! `pause`: lets time pass.

use std::time::Duration;

use crate::checks::document::Node;
use crate::checks::observation::Observation;
use crate::checks::shape::{Kind as Takes, Problems, duration, walk_alone};

use super::Kind;

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(30);

/// The kind as data.
pub const KIND: Kind = Kind {
    key: "pause",
    doc: "Waits this long. It is right only where time itself is what is tested: a lifetime that ends, an answer that \
          grows old. To wait until something has happened use `wait`, `retry` or `origin.await`, which end as soon as it \
          has, and are right on slow machines too.",
    fields: &[],
    expect: &[],
    example: r#"pause = "1300ms""#,
};

/// Waits.
#[derive(Clone, Copy, Debug)]
pub struct Pause {
    /// How long.
    pub time: Duration,
}

impl Pause {
    /// Reads the step.
    pub fn read(node: &Node, problems: &Problems) -> Self {
        walk_alone(node, &Takes::Duration, "pause", problems);
        let time = node.text().and_then(duration).unwrap_or_default();
        if time > LONGEST {
            let message = "nobody waits longer than 30 seconds".to_owned();
            problems.add(
                "E125",
                node.span.clone(),
                message,
                "make the lifetime shorter instead",
            );
        }
        Self { time }
    }

    /// Does it.
    pub async fn run(&self) -> Observation {
        tokio::time::sleep(self.time).await;
        Observation {
            request: format!("pause {:?}", self.time),
            answer: "over".to_owned(),
            duration: self.time,
            ..Observation::default()
        }
    }
}

//! `internet`: makes trouble in the internet of the world, until the check is over.

use crate::base::text::count;
use crate::checks::document::Node;
use crate::checks::observation::{Facts, Observation};
use crate::checks::reading;
use crate::checks::shape::{Field, Kind as Takes, Problems};
use crate::checks::template::Template;
use crate::checks::variable::Bindings;
use crate::checks::world::{World, WorldError};
use crate::lab::internet::Trouble;
use crate::lab::internet::log::Tier;
use crate::lab::internet::trouble::{Certificate, Spoof};
use crate::lab::timeline::What;

use super::trace::{LOG, counted};
use super::{Expects, Kind};

/// The kind as data.
pub const KIND: Kind = Kind {
    key: "internet",
    doc: "Makes trouble in an internet, besides what there is, until the check is over or a step lifts it; or looks at what its servers saw.",
    fields: FIELDS,
    expect: EXPECT,
    example: r#"internet = { on = "net", certificate = "expired" }"#,
};

const FIELDS: &[Field] = &[
    Field::required("on", Takes::Text, "the internet"),
    Field::optional(
        "certificate",
        Takes::Choice(Certificate::NAMES),
        "the certificate of the site is bad in this way",
    ),
    Field::optional(
        "silent",
        Takes::Choice(Tier::NAMES),
        "the first name server of each zone of this tier says nothing",
    ),
    Field::optional(
        "spoof",
        Takes::Choice(Spoof::NAMES),
        "a false reply comes before each true one, wrong in this alone",
    ),
    Field::optional(
        "truncate",
        Takes::Flag,
        "every answer in a datagram is cut off, so that it must be asked for over TCP",
    ),
    Field::optional("nxdomain", Takes::Flag, "the zone of the site has no names"),
    Field::optional(
        "ttl",
        Takes::Count(0),
        "the time to live of every record in an answer section, in seconds",
    ),
    Field::optional(
        "hang",
        Takes::Flag,
        "the site takes connections and says nothing",
    ),
    Field::optional(
        "refuse",
        Takes::Flag,
        "the first address of the site is that of a machine which takes no connections",
    ),
    Field::optional("lift", Takes::Flag, "ends all trouble"),
    Field::optional(
        "look",
        Takes::Flag,
        "counts what its servers saw since the last look or trace, or since the check began",
    ),
];

const EXPECT: &[Field] = &[LOG];

/// A change of what is wrong with an internet.
#[derive(Clone, Debug)]
pub struct Internet {
    /// The internet.
    pub on: Template,
    certificate: Option<Template>,
    silent: Option<Template>,
    spoof: Option<Template>,
    plain: Trouble,
    deed: Deed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Make,
    Lift,
    Look,
}

impl Internet {
    /// Reads the step.
    pub fn read(node: &Node, step: &Node, problems: &Problems) -> Self {
        counted(step, problems);
        let ttl = reading::count(node, "ttl");
        let read = Self {
            on: reading::text(node, "on", problems).unwrap_or_default(),
            certificate: reading::text(node, "certificate", problems),
            silent: reading::text(node, "silent", problems),
            spoof: reading::text(node, "spoof", problems),
            plain: Trouble {
                truncate: reading::is_set(node, "truncate"),
                nxdomain: reading::is_set(node, "nxdomain"),
                hang: reading::is_set(node, "hang"),
                refuse: reading::is_set(node, "refuse"),
                ttl: ttl.and_then(|n| u32::try_from(n).ok()),
                ..Trouble::default()
            },
            deed: match (reading::is_set(node, "lift"), reading::is_set(node, "look")) {
                (true, _) => Deed::Lift,
                (false, true) => Deed::Look,
                (false, false) => Deed::Make,
            },
        };
        let makes = !read.words().is_empty() || read.plain != Trouble::default();
        if makes != (read.deed == Deed::Make) {
            let (message, help) = if makes {
                (
                    "this step makes trouble and does something else",
                    "make two steps of it",
                )
            } else {
                (
                    "this step makes no trouble",
                    "say what is wrong, such as certificate = \"expired\" or silent = \"root\"",
                )
            };
            problems.add("E114", node.span.clone(), message.to_owned(), help);
        }
        read
    }

    /// Whether there must be an `expect`.
    #[must_use]
    pub fn expects(&self) -> Expects {
        match self.deed {
            Deed::Look => Expects::Something,
            Deed::Make | Deed::Lift => Expects::Nothing,
        }
    }

    fn words(&self) -> Vec<&Template> {
        let words = self.certificate.iter().chain(&self.silent);
        words.chain(&self.spoof).collect()
    }

    /// Every template in it.
    #[must_use]
    pub fn templates(&self) -> Vec<&Template> {
        std::iter::once(&self.on).chain(self.words()).collect()
    }

    /// Does it.
    ///
    /// # Errors
    /// When the internet is not there.
    pub async fn run(&self, world: &World, scope: &Bindings) -> Result<Observation, WorldError> {
        let net = world.internet()?;
        let on = fill(&self.on, scope)?;
        if self.deed == Deed::Look {
            net.settle().await;
            let seen = world.seen_of_internet(None)?;
            return Ok(Observation {
                request: format!("internet {on}"),
                answer: count(seen.len(), "entry"),
                facts: Facts::Seen(seen),
                ..Observation::default()
            });
        }
        let answer = if self.deed == Deed::Lift {
            net.lift();
            "lifted".to_owned()
        } else {
            let trouble = Trouble {
                certificate: named(self.certificate.as_ref(), scope, Certificate::named)?
                    .unwrap_or_default(),
                silent: named(self.silent.as_ref(), scope, Tier::named)?,
                spoof: named(self.spoof.as_ref(), scope, Spoof::named)?,
                ..self.plain
            };
            net.make(trouble);
            trouble.to_string()
        };
        world.record(What::Note {
            on: on.clone(),
            label: answer.clone(),
        });
        Ok(Observation {
            request: format!("internet {on}"),
            answer,
            ..Observation::default()
        })
    }
}

fn fill(template: &Template, scope: &Bindings) -> Result<String, WorldError> {
    let filled = template.render(scope);
    filled.map_err(|e| WorldError::Check(e.to_string()))
}

/// What a word stands for, which may have come from a variable.
fn named<T>(
    word: Option<&Template>,
    scope: &Bindings,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, WorldError> {
    let Some(word) = word else { return Ok(None) };
    let word = fill(word, scope)?;
    match read(&word) {
        Some(read) => Ok(Some(read)),
        None => Err(WorldError::Check(format!(
            "an internet knows no trouble `{word}`"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::document::parse;
    use super::*;

    fn said(text: &str) -> Vec<String> {
        let (root, _) = parse("f.toml", text);
        let problems = Problems::new("f.toml");
        Internet::read(root.at("internet").unwrap(), &root, &problems);
        let found = problems.into_list();
        found.into_iter().map(|p| p.message).collect()
    }

    #[test]
    fn a_step_makes_trouble_or_lifts_it() {
        assert_eq!(said("internet = { on = \"n\", ttl = 1 }"), [""; 0]);
        assert_eq!(said("internet = { on = \"n\", lift = true }"), [""; 0]);
        assert_eq!(said("internet = { on = \"n\", look = true }"), [""; 0]);
        assert_eq!(
            said("internet = { on = \"n\", truncate = false }"),
            ["this step makes no trouble"]
        );
        assert_eq!(
            said("internet = { on = \"n\", lift = true, hang = true }"),
            ["this step makes trouble and does something else"]
        );
    }
}

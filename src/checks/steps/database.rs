//! `database`: changes and asks the learner's database, stalls writes, marks and searches it.

use std::time::Duration;

use serde_json::Value as Json;

use crate::base::text::count;
use crate::checks::document::Node;
use crate::checks::reading;
use crate::checks::shape::{Field, Kind as Takes, Problems, duration_at};
use crate::checks::template::Template;

use crate::checks::observation::{Facts, Observation};
use crate::checks::variable::Bindings;
use crate::checks::world::{World, WorldError, render_all};
use crate::lab::database::{DatabaseError, Form, Found, Needle};

use super::{Expects, Kind};

/// The kind as data.
pub const KIND: Kind = Kind {
    key: "database",
    doc: "Changes or asks the learner's database in SQL, stalls writes, plants a canary row, or scans every table. What goes \
          wrong on the way to it is a `fault` on `database.a`, where `a` is the instance; it needs `--database postgres`.",
    fields: FIELDS,
    expect: EXPECT,
    example: r#"database = { scan = ["{{ pass }}"], forms = ["plain", "md5"] }
expect.matches = 0"#,
};

/// The forms in which a value is searched for.
pub const FORMS: &[&str] = &["plain", "md5", "sha1", "sha256"];

const FIELDS: &[Field] = &[
    Field::optional(
        "run",
        Takes::List(&Takes::Text),
        "does these SQL statements, all or none, in the words that SQLite and PostgreSQL share",
    ),
    Field::optional(
        "query",
        Takes::Text,
        "asks this in SQL; its rows can be expected and captured",
    ),
    Field::optional(
        "stall",
        Takes::Duration,
        "from now on and for this long, writes wait; reads go on",
    ),
    Field::optional(
        "plant",
        Takes::Text,
        "writes this text into a table of its own",
    ),
    Field::optional(
        "scan",
        Takes::List(&Takes::Text),
        "searches every table for these values",
    ),
    Field::optional(
        "forms",
        Takes::List(&Takes::Choice(FORMS)),
        "how the values may be stored; plain unless told",
    ),
    Field::optional(
        "twins",
        Takes::List(&Takes::Text),
        "two users with one password: values stored alike for both",
    ),
    Field::optional(
        "other",
        Takes::Text,
        "a user with another password, for whom they differ",
    ),
];

const EXPECT: &[Field] = &[
    Field::optional(
        "rows",
        Takes::Paths,
        "places in the list of rows that `query` found, each an object from column to value: $[0].stock",
    ),
    Field::optional(
        "matches",
        Takes::Matcher,
        "how many places hold such a value, for `scan` and `twins`",
    ),
];

/// The deeds, one of which a step names.
const DEEDS: &[&str] = &["run", "query", "stall", "plant", "scan", "twins"];

/// What is done to the database.
#[derive(Clone, Debug)]
pub enum Database {
    /// Statements are done.
    Run(Vec<Template>),
    /// A question is asked.
    Query(Template),
    /// Writes wait.
    Stall(Duration),
    /// A canary is planted.
    Plant(Template),
    /// Values are searched for.
    Scan {
        /// The values.
        values: Vec<Template>,
        /// The forms.
        forms: Vec<String>,
    },
    /// Values stored alike for two users are searched for.
    Twins {
        /// The first user.
        first: Template,
        /// The second, with the same password.
        second: Template,
        /// The third, with another.
        other: Template,
    },
}

impl Database {
    /// Reads the step.
    pub fn read(node: &Node, problems: &Problems) -> Option<Self> {
        Some(
            match reading::exactly_one(node, DEEDS, "this database step", problems)? {
                "run" => {
                    let statements = reading::texts(node, "run", problems);
                    if statements.is_empty() {
                        let message = "`run` has no statement".to_owned();
                        problems.add("E104", node.span.clone(), message, "write one in SQL");
                    }
                    Self::Run(statements)
                }
                "query" => Self::Query(reading::text(node, "query", problems)?),
                "stall" => Self::Stall(duration_at(node, "stall")?),
                "plant" => Self::Plant(reading::text(node, "plant", problems)?),
                "scan" => {
                    let forms: Vec<String> = reading::words(node, "forms")
                        .map(|(_, w)| w.to_owned())
                        .collect();
                    let forms = if forms.is_empty() {
                        vec!["plain".to_owned()]
                    } else {
                        forms
                    };
                    let values = reading::texts(node, "scan", problems);
                    if values.is_empty() {
                        let help = "name at least one value";
                        problems.add(
                            "E104",
                            node.span.clone(),
                            "this scan looks for nothing".into(),
                            help,
                        );
                    }
                    Self::Scan { values, forms }
                }
                _ => {
                    let twins = reading::texts(node, "twins", problems);
                    let other = reading::text(node, "other", problems);
                    let (Ok([first, second]), Some(other)) =
                        (<[Template; 2]>::try_from(twins), other)
                    else {
                        let message = "`twins` takes two users, and `other` a third".to_owned();
                        problems.add("E104", node.span.clone(), message, "register three users");
                        return None;
                    };
                    Self::Twins {
                        first,
                        second,
                        other,
                    }
                }
            },
        )
    }

    /// Only a search has something to expect.
    #[must_use]
    pub fn expects(&self) -> Expects {
        match self {
            Self::Run(_) | Self::Stall(_) | Self::Plant(_) => Expects::Nothing,
            Self::Query(_) | Self::Scan { .. } | Self::Twins { .. } => Expects::Something,
        }
    }

    /// Every template in it.
    #[must_use]
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Stall(_) => Vec::new(),
            Self::Plant(text) | Self::Query(text) => vec![text],
            Self::Run(values) | Self::Scan { values, .. } => values.iter().collect(),
            Self::Twins {
                first,
                second,
                other,
            } => vec![first, second, other],
        }
    }
}

impl Database {
    /// Does it.
    ///
    /// # Errors
    /// When there is no database, or it cannot be read.
    pub async fn run(&self, world: &World, scope: &Bindings) -> Result<Observation, WorldError> {
        let database = world.database.as_ref();
        let database = database.ok_or(WorldError::Check("there is no database here".to_owned()))?;
        let fill = |t: &Template| {
            t.render(scope)
                .map_err(|e| WorldError::Check(e.to_string()))
        };
        let found = match self {
            Self::Run(statements) => {
                let statements = render_all(statements, scope)?;
                let answer = count(statements.len(), "statement");
                database.change(statements).await.map_err(|e| fault(&e))?;
                return Ok(done("change the database", &answer));
            }
            Self::Query(statement) => {
                let rows = database.rows(&fill(statement)?).await;
                return Ok(asked(rows.map_err(|e| fault(&e))?));
            }
            Self::Stall(duration) => {
                world.hold(database.stall(*duration).await.map_err(|e| fault(&e))?);
                return Ok(done("database", &format!("writes wait for {duration:?}")));
            }
            Self::Plant(text) => {
                database.plant(&fill(text)?).await.map_err(|e| fault(&e))?;
                return Ok(done("database", "canary planted"));
            }
            Self::Scan { values, forms } => {
                let forms: Vec<Form> = forms.iter().filter_map(|f| Form::named(f)).collect();
                let values = render_all(values, scope)?.into_iter();
                let needles: Vec<Needle> = values
                    .map(|value| Needle {
                        name: "the value".to_owned(),
                        value,
                    })
                    .collect();
                database.scan(&needles, &forms).await
            }
            Self::Twins {
                first,
                second,
                other,
            } => {
                database
                    .twins(&fill(first)?, &fill(second)?, &fill(other)?)
                    .await
            }
        };
        let places: Vec<String> = found.map_err(|e| fault(&e))?.iter().map(place).collect();
        let answer = format!("{} found", places.len());
        let facts = Facts::Matches(places);
        Ok(Observation {
            request: "scan the database".to_owned(),
            answer,
            facts,
            ..Observation::default()
        })
    }
}

fn asked(rows: Vec<Json>) -> Observation {
    let answer = count(rows.len(), "row");
    Observation {
        facts: Facts::Rows(Json::Array(rows)),
        ..done("ask the database", &answer)
    }
}

/// A place in words.
fn place(found: &Found) -> String {
    format!(
        "table {}, column {}, row {} ({})",
        found.table, found.column, found.row, found.form
    )
}

/// A database without the server's data is the server's fault, a wrong statement the check's; one that cannot be read
/// is the machine's.
pub(in crate::checks) fn fault(error: &DatabaseError) -> WorldError {
    match error {
        DatabaseError::Refused { .. } => WorldError::Check(error.to_string()),
        DatabaseError::Missing { .. }
        | DatabaseError::Empty { .. }
        | DatabaseError::Lacks { .. }
        | DatabaseError::NoRows { .. } => WorldError::Server(error.to_string()),
        DatabaseError::Failed { .. } | DatabaseError::Interrupted { .. } => {
            WorldError::Machine(error.to_string())
        }
    }
}

fn done(request: &str, answer: &str) -> Observation {
    Observation {
        request: request.to_owned(),
        answer: answer.to_owned(),
        ..Observation::default()
    }
}

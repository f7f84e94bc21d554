//! `jwt`: reads, mints or forges a JSON Web Token.

use std::time::Duration;

use crate::checks::document::Node;
use crate::checks::reading;
use crate::checks::shape::{Field, Kind as Takes, Problems, duration_at};
use crate::checks::template::{JsonTemplate, Template};
use crate::lab::token::FORGERIES;

use crate::checks::observation::{Facts, Observation};
use crate::checks::template::Scope as _;
use crate::checks::variable::Bindings;
use crate::checks::world::{World, WorldError, text_of};
use crate::lab::token::{self, Token};

use super::{Expects, Kind};

/// The kind as data.
pub const KIND: Kind = Kind {
    key: "jwt",
    doc: "Reads a token, mints one with the shared secret, or forges one from a real one.",
    fields: FIELDS,
    expect: EXPECT,
    example: r#"jwt = { forge = "alg-none", from = "{{ token }}", as = "forged" }"#,
};

const FIELDS: &[Field] = &[
    Field::optional(
        "read",
        Takes::Text,
        "the token to read; expect claims, header and verified of it",
    ),
    Field::optional(
        "mint",
        Takes::Json,
        "claims of a new token, signed with HS256",
    ),
    Field::optional(
        "forge",
        Takes::Choice(FORGERIES),
        "how to falsify the token in `from`",
    ),
    Field::optional("from", Takes::Text, "a token that the server issued"),
    Field::optional(
        "drop",
        Takes::List(&Takes::Text),
        "claims of `from` to leave out when minting",
    ),
    Field::optional(
        "expires_in",
        Takes::Duration,
        "life of a minted token; 15m unless told",
    ),
    Field::optional(
        "secret",
        Takes::Text,
        "the key; {{ secret.jwt }} unless told",
    ),
    Field::optional(
        "as",
        Takes::Text,
        "the name under which later steps find the token",
    ),
];

const EXPECT: &[Field] = &[
    Field::optional("claims", Takes::Paths, "places in the claims, by JSONPath"),
    Field::optional("header", Takes::Paths, "places in the header, by JSONPath"),
    Field::optional(
        "payload",
        Takes::Matcher,
        "the claims as the text that was signed",
    ),
    Field::optional("lifetime", Takes::Matcher, "exp minus iat in seconds"),
    Field::optional(
        "verified",
        Takes::Matcher,
        "whether the signature is right for HS256 and the secret",
    ),
];

/// What is done with a token.
#[derive(Clone, Debug)]
pub struct Jwt {
    /// Read, mint or forge.
    pub deed: Deed,
    /// The key.
    pub secret: Template,
}

/// The three things that can be done with a token.
#[derive(Clone, Debug)]
pub enum Deed {
    /// Take it apart.
    Read {
        /// The token.
        token: Template,
    },
    /// Sign a new one.
    Mint {
        /// Claims that override those of `from`.
        claims: JsonTemplate,
        /// A token whose claims are copied.
        from: Option<Template>,
        /// Claims not copied.
        drop: Vec<String>,
        /// Its life.
        expires_in: Duration,
        /// Its name.
        name: String,
    },
    /// Falsify one.
    Forge {
        /// How.
        kind: Template,
        /// The real one.
        from: Template,
        /// Its name.
        name: String,
    },
}

impl Jwt {
    /// Reads the step.
    pub fn read(node: &Node, problems: &Problems) -> Option<Self> {
        let deed = reading::exactly_one(
            node,
            &["read", "mint", "forge"],
            "this token step",
            problems,
        )?;
        let secret = reading::text(node, "secret", problems)
            .or_else(|| Template::parse("{{ secret.jwt }}", 0..0).ok())?;
        let name = reading::word(node, "as");
        if deed != "read" && name.is_none() {
            let help = "name the token, so that a later step can send it: as = \"forged\"";
            problems.add(
                "E104",
                node.span.clone(),
                "this token has no name".into(),
                help,
            );
        }
        let name = name.unwrap_or_default();
        let from = reading::text(node, "from", problems);
        let deed = match deed {
            "read" => Deed::Read {
                token: reading::text(node, "read", problems)?,
            },
            "mint" => Deed::Mint {
                claims: reading::json(node, "mint", problems)?,
                from,
                drop: reading::words(node, "drop")
                    .map(|(_, w)| w.to_owned())
                    .collect(),
                expires_in: duration_at(node, "expires_in").unwrap_or(Duration::from_mins(15)),
                name,
            },
            _ => {
                let Some(from) = from else {
                    let help = "name the real token: from = \"{{ token }}\"";
                    problems.add(
                        "E104",
                        node.span.clone(),
                        "there is no token to forge from".into(),
                        help,
                    );
                    return None;
                };
                Deed::Forge {
                    kind: reading::text(node, "forge", problems)?,
                    from,
                    name,
                }
            }
        };
        Some(Self { deed, secret })
    }

    /// Only a token that is read has something to expect.
    #[must_use]
    pub fn expects(&self) -> Expects {
        if matches!(self.deed, Deed::Read { .. }) {
            Expects::Something
        } else {
            Expects::Nothing
        }
    }

    /// The name of the token that it makes.
    #[must_use]
    pub fn makes(&self) -> Option<&str> {
        match &self.deed {
            Deed::Read { .. } => None,
            Deed::Mint { name, .. } | Deed::Forge { name, .. } => Some(name),
        }
    }

    /// Every template in it.
    #[must_use]
    pub fn templates(&self) -> Vec<&Template> {
        let mut found = vec![&self.secret];
        match &self.deed {
            Deed::Read { token } => found.push(token),
            Deed::Mint { claims, from, .. } => {
                found.extend(claims.templates());
                found.extend(from);
            }
            Deed::Forge { kind, from, .. } => found.extend([kind, from]),
        }
        found
    }
}

impl Jwt {
    /// Reads, mints or forges; a token that is made becomes a variable.
    ///
    /// # Errors
    /// When a name has no value, or the token to forge from is none.
    pub fn run(&self, world: &World, scope: &mut Bindings) -> Result<Observation, WorldError> {
        let check = |e: &dyn std::fmt::Display| WorldError::Check(e.to_string());
        let fill = |t: &Template| t.render(scope).map_err(|e| check(&e));
        let secret = fill(&self.secret)?;
        let made = match &self.deed {
            Deed::Read { token } => return Ok(read(&fill(token)?, &secret)),
            Deed::Mint {
                claims,
                from,
                drop,
                expires_in,
                ..
            } => {
                let claims = claims.render(scope).map_err(|e| check(&e))?;
                let from = from.as_ref().map(fill).transpose()?;
                let jti = text_of(&scope.value("random.hex").unwrap_or_default());
                token::mint(from.as_deref(), drop, &claims, &jti, *expires_in, &secret)
            }
            Deed::Forge { kind, from, .. } => token::forge(&fill(kind)?, &fill(from)?, &secret),
        };
        let made = match made {
            Ok(made) => made,
            Err(error) => {
                let facts = Facts::NoToken(error.to_string());
                return Ok(Observation {
                    facts,
                    ..Observation::default()
                });
            }
        };
        let name = self.makes().unwrap_or_default();
        world.hide(name, &made);
        scope.set(name, made.into());
        Ok(Observation::default())
    }
}

fn read(text: &str, secret: &str) -> Observation {
    let facts = match Token::parse(text) {
        Err(error) => Facts::NoToken(error.to_string()),
        Ok(token) => Facts::Token {
            verified: token.is_signed_with(secret),
            claims: token.claims.into(),
            header: token.header,
        },
    };
    Observation {
        facts,
        ..Observation::default()
    }
}

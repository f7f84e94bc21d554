//! Judging a value by one test: whether it holds, and what was wanted, in words.

use std::cmp::Ordering;

use regex::Regex;
use serde_json::Value as Json;

use crate::checks::expectation::ExpectationResult;
use crate::checks::template::{JsonTemplate, Scope, Template, Unresolved};

use super::difference::{judge_equal, result};
use super::value::{bare, compare, contains, count, ends, is_type, same, show, starts};
use super::{Bound, Look, Matcher, Test};

impl Test {
    pub(super) fn judge(
        &self,
        subject: &str,
        look: &Look,
        scope: &dyn Scope,
    ) -> Result<Vec<ExpectationResult>, Unresolved> {
        let value = match (self, look) {
            (Self::Exists(wanted), look) => return Ok(vec![judge_exists(subject, *wanted, look)]),
            (_, Look::Absent(instead)) => {
                return Ok(vec![result(
                    subject,
                    self.wanted(scope)?,
                    instead.clone(),
                    false,
                )]);
            }
            (_, Look::There(value)) => value,
        };
        if let Self::Eq(wanted) = self {
            let wanted = wanted.render(scope)?;
            return Ok(judge_equal(subject, &wanted, value));
        }
        let held = self.holds(value, scope)?;
        let got = match self {
            Self::Count(_) => count(value).map_or_else(|| show(value), |n| n.to_string()),
            _ => show(value),
        };
        Ok(vec![result(subject, self.wanted(scope)?, got, held)])
    }

    fn holds(&self, value: &Json, scope: &dyn Scope) -> Result<bool, Unresolved> {
        let there = |json: &Json| Look::There(json.clone());
        Ok(match self {
            Self::Eq(wanted) => same(&wanted.render(scope)?, value),
            Self::Ne(other) => !same(&other.render(scope)?, value),
            Self::Compare(bound, limit) => {
                compare(value, &limit.render(scope)?).is_some_and(|ordering| bound.allows(ordering))
            }
            Self::Contains(part) => contains(value, &part.render(scope)?) == Some(true),
            Self::NotContains(part) => contains(value, &part.render(scope)?) == Some(false),
            Self::StartsWith(start) => starts(value, &start.render(scope)?),
            Self::EndsWith(end) => ends(value, &end.render(scope)?),
            Self::Matches(pattern) => {
                let pattern = Regex::new(&pattern.render(scope)?);
                pattern.is_ok_and(|p| value.as_str().is_some_and(|text| p.is_match(text)))
            }
            Self::Exists(wanted) => *wanted,
            Self::Is(name) => is_type(value, name),
            Self::Count(matcher) => {
                count(value).is_some_and(|n| matcher.holds(&Look::There(n.into()), scope))
            }
            Self::SameAs(name) => {
                let other = scope.value(name).ok_or_else(|| Unresolved(name.clone()))?;
                same(&other, value)
            }
            Self::OneOf(list) => {
                let list: Vec<Json> = list
                    .iter()
                    .map(|j| j.render(scope))
                    .collect::<Result<_, _>>()?;
                list.iter().any(|wanted| same(wanted, value))
            }
            Self::WordOf(list) => {
                let words: Vec<String> = list
                    .iter()
                    .map(|word| word.render(scope))
                    .collect::<Result<_, _>>()?;
                let said = value.as_str().map(str::to_lowercase);
                said.is_some_and(|said| words.iter().any(|word| word.to_lowercase() == said))
            }
            Self::All(matcher) => value.as_array().is_some_and(|items| {
                !items.is_empty() && items.iter().all(|item| matcher.holds(&there(item), scope))
            }),
            Self::Any(matcher) => value
                .as_array()
                .is_some_and(|items| items.iter().any(|item| matcher.holds(&there(item), scope))),
        })
    }

    /// What was wanted, in words.
    fn wanted(&self, scope: &dyn Scope) -> Result<String, Unresolved> {
        let json = |j: &JsonTemplate| j.render(scope).map(|v| show(&v));
        let quoted = |t: &Template| t.render(scope).map(|v| show(&Json::String(v)));
        let words = |m: &Matcher| -> Result<String, Unresolved> {
            let parts: Vec<String> = m
                .tests
                .iter()
                .map(|t| t.wanted(scope))
                .collect::<Result<_, _>>()?;
            Ok(parts.join(" and "))
        };
        Ok(match self {
            Self::Eq(j) => json(j)?,
            Self::Ne(j) => format!("anything but {}", json(j)?),
            Self::Compare(bound, j) => format!("{} {}", bound.words(), bare(&j.render(scope)?)),
            Self::Contains(j) => format!("to contain {}", json(j)?),
            Self::NotContains(j) => format!("not to contain {}", json(j)?),
            Self::StartsWith(t) => format!("to start with {}", quoted(t)?),
            Self::EndsWith(t) => format!("to end with {}", quoted(t)?),
            Self::Matches(t) => format!("to match /{}/", t.render(scope)?),
            Self::Exists(true) => "to be there".to_owned(),
            Self::Exists(false) => "not to be there".to_owned(),
            Self::Is(name) => format!("a value of type {name}"),
            Self::Count(m) => format!("a count of {}", words(m)?),
            Self::SameAs(name) => {
                let value = scope.value(name).ok_or_else(|| Unresolved(name.clone()))?;
                format!("{} (as `{name}`)", show(&value))
            }
            Self::OneOf(list) => {
                let shown: Vec<String> = list.iter().map(json).collect::<Result<_, _>>()?;
                shown.join(" or ")
            }
            Self::WordOf(list) => {
                let shown: Vec<String> = list
                    .iter()
                    .map(|t| t.render(scope))
                    .collect::<Result<_, _>>()?;
                shown.join(" or ")
            }
            Self::All(m) => format!("every item: {}", words(m)?),
            Self::Any(m) => format!("some item: {}", words(m)?),
        })
    }
}

impl Bound {
    fn allows(self, ordering: Ordering) -> bool {
        match self {
            Self::Above => ordering.is_gt(),
            Self::AtLeast => ordering.is_ge(),
            Self::Below => ordering.is_lt(),
            Self::AtMost => ordering.is_le(),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Above => "more than",
            Self::AtLeast => "at least",
            Self::Below => "less than",
            Self::AtMost => "at most",
        }
    }
}

fn judge_exists(subject: &str, wanted: bool, look: &Look) -> ExpectationResult {
    let expected = if wanted {
        "to be there"
    } else {
        "not to be there"
    };
    match look {
        Look::There(value) => result(subject, expected.into(), show(value), wanted),
        Look::Absent(instead) => result(subject, expected.into(), instead.clone(), !wanted),
    }
}

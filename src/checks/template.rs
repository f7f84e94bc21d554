//! Templates: strings with `{{ name }}` in them, and JSON values made of such strings.
//!
//! Between the braces stands a name, or a product such as `0.75 * 8 * x1`, so that a figure can be held against
//! another one that was captured. One factor may be a duration.

use std::ops::Range;

use serde_json::Value as Json;

use super::document::{Node, Value};
use super::shape::duration;

/// A string with places to fill in.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Template {
    parts: Vec<Part>,
    /// Byte range of the whole string in the file.
    pub span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Plain(String),
    Name(String),
    Product(Vec<Factor>),
}

#[derive(Clone, Debug, PartialEq)]
enum Factor {
    Number(f64),
    Name(String),
}

/// A template that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `{{` without `}}`.
    #[error("`{{{{` has no `}}}}`")]
    Open,
    /// Nothing, or something that is no name, between the braces.
    #[error("`{{{{ {0} }}}}` is neither the name of a variable nor a product")]
    Name(String),
}

/// A name that has no value, or a value that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{{{{ {0} }}}}` has no value here")]
pub struct Unresolved(pub String);

/// Where the values of names come from.
pub trait Scope {
    /// The value of a name, if it has one. Asking for `random.…` twice gives two values.
    fn value(&self, name: &str) -> Option<Json>;
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// When braces do not match or hold no name.
    pub fn parse(text: &str, span: Range<usize>) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("{{") {
            if start > 0 {
                parts.push(Part::Plain(rest[..start].to_owned()));
            }
            let inside = &rest[start + 2..];
            let end = inside.find("}}").ok_or(TemplateError::Open)?;
            parts.push(Part::read(inside[..end].trim())?);
            rest = &inside[end + 2..];
        }
        if !rest.is_empty() {
            parts.push(Part::Plain(rest.to_owned()));
        }
        Ok(Self { parts, span })
    }

    /// A template of plain text.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        Self {
            parts: vec![Part::Plain(text.to_owned())],
            span: 0..0,
        }
    }

    /// Its text, when there is nothing to fill in.
    #[must_use]
    pub fn as_plain(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Plain(text)] => Some(text),
            _ => None,
        }
    }

    /// The names it uses.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().flat_map(|part| match part {
            Part::Name(name) => vec![name.as_str()],
            Part::Plain(_) => Vec::new(),
            Part::Product(factors) => factors.iter().filter_map(Factor::name).collect(),
        })
    }

    /// The text with every name filled in.
    ///
    /// # Errors
    /// When a name has no value.
    pub fn render(&self, scope: &dyn Scope) -> Result<String, Unresolved> {
        let mut out = String::new();
        for part in &self.parts {
            if let Part::Plain(text) = part {
                out.push_str(text);
                continue;
            }
            match part.value(scope)? {
                Json::String(text) => out.push_str(&text),
                other => out.push_str(&other.to_string()),
            }
        }
        Ok(out)
    }

    /// As [`Template::render`], but a template that is one name or product and nothing else keeps the type of its value.
    ///
    /// # Errors
    /// When a name has no value.
    pub fn render_json(&self, scope: &dyn Scope) -> Result<Json, Unresolved> {
        match self.parts.as_slice() {
            [part @ (Part::Name(_) | Part::Product(_))] => part.value(scope),
            _ => self.render(scope).map(Json::String),
        }
    }
}

impl Part {
    fn read(inside: &str) -> Result<Self, TemplateError> {
        if is_name(inside) {
            return Ok(Self::Name(inside.to_owned()));
        }
        let factors = inside.split('*').map(str::trim).map(|factor| {
            let number = factor.parse().ok().filter(|n: &f64| n.is_finite());
            number
                .map(Factor::Number)
                .or_else(|| is_name(factor).then(|| Factor::Name(factor.to_owned())))
        });
        let factors: Option<Vec<Factor>> = factors.collect();
        let factors = factors.filter(|factors| factors.len() > 1);
        factors
            .map(Self::Product)
            .ok_or_else(|| TemplateError::Name(inside.to_owned()))
    }

    fn value(&self, scope: &dyn Scope) -> Result<Json, Unresolved> {
        match self {
            Self::Plain(text) => Ok(Json::String(text.clone())),
            Self::Name(name) => scope.value(name).ok_or_else(|| Unresolved(name.clone())),
            Self::Product(factors) => product(factors, scope),
        }
    }
}

impl Factor {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Number(_) => None,
        }
    }
}

/// The product of numbers and of at most one duration, to six decimals, so that it can be read.
fn product(factors: &[Factor], scope: &dyn Scope) -> Result<Json, Unresolved> {
    let (mut number, mut span) = (1.0, None);
    for factor in factors {
        let name = match factor {
            Factor::Number(n) => {
                number *= n;
                continue;
            }
            Factor::Name(name) => name,
        };
        let value = scope.value(name).ok_or_else(|| Unresolved(name.clone()))?;
        let time = value.as_str().and_then(duration);
        match (value.as_f64(), time) {
            (Some(n), _) => number *= n,
            (None, Some(time)) if span.is_none() => span = Some(time),
            _ => {
                return Err(Unresolved(format!(
                    "{name} }}}}` as a factor, `{{{{ {name}"
                )));
            }
        }
    }
    let rounded = |n: f64| (n * 1e6).round() / 1e6;
    Ok(match span {
        Some(time) => format!("{}ms", rounded(time.as_secs_f64() * 1e3 * number)).into(),
        None => rounded(number).into(),
    })
}

/// `user`, `random.word`, `token[index]`.
fn is_name(text: &str) -> bool {
    let (base, index) = match text.split_once('[') {
        Some((base, rest)) => (base, rest.strip_suffix(']')),
        None => (text, Some("0")),
    };
    let word = |w: &str| {
        !w.is_empty()
            && w.chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    };
    base.split('.').all(word) && index.is_some_and(word)
}

/// A JSON value whose strings are templates.
#[derive(Clone, Debug, PartialEq)]
pub enum JsonTemplate {
    /// A string.
    Text(Template),
    /// A number or a flag.
    Plain(Json),
    /// A list.
    List(Vec<JsonTemplate>),
    /// An object; its keys are templates too.
    Object(Vec<(Template, JsonTemplate)>),
}

impl JsonTemplate {
    /// Reads a TOML value; `mistake` is called for every template that cannot be read.
    pub fn read(node: &Node, mistake: &mut dyn FnMut(Range<usize>, TemplateError)) -> Self {
        let mut template = |text: &str, span: Range<usize>| {
            Template::parse(text, span.clone()).unwrap_or_else(|e| {
                mistake(span, e);
                Template::default()
            })
        };
        match &node.value {
            Value::Text(text) => Self::Text(template(text, node.span.clone())),
            Value::Integer(number) => Self::Plain((*number).into()),
            Value::Float(number) => Self::Plain((*number).into()),
            Value::Bool(flag) => Self::Plain((*flag).into()),
            Value::Other => Self::Plain(Json::Null),
            Value::List(items) => {
                Self::List(items.iter().map(|i| Self::read(i, mistake)).collect())
            }
            Value::Table(entries) => {
                let keys: Vec<Template> = entries
                    .iter()
                    .map(|e| template(&e.key, e.key_span.clone()))
                    .collect();
                let values = entries.iter().map(|e| Self::read(&e.node, mistake));
                Self::Object(keys.into_iter().zip(values).collect())
            }
        }
    }

    /// Every template inside.
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Text(template) => vec![template],
            Self::Plain(_) => Vec::new(),
            Self::List(items) => items.iter().flat_map(Self::templates).collect(),
            Self::Object(entries) => entries
                .iter()
                .flat_map(|(key, value)| std::iter::once(key).chain(value.templates()))
                .collect(),
        }
    }

    /// The JSON value with every name filled in.
    ///
    /// # Errors
    /// When a name has no value.
    pub fn render(&self, scope: &dyn Scope) -> Result<Json, Unresolved> {
        Ok(match self {
            Self::Text(template) => template.render_json(scope)?,
            Self::Plain(json) => json.clone(),
            Self::List(items) => Json::Array(
                items
                    .iter()
                    .map(|i| i.render(scope))
                    .collect::<Result<_, _>>()?,
            ),
            Self::Object(entries) => {
                let mut object = serde_json::Map::new();
                for (key, value) in entries {
                    object.insert(key.render(scope)?, value.render(scope)?);
                }
                Json::Object(object)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;
    impl Scope for Fixed {
        fn value(&self, name: &str) -> Option<Json> {
            match name {
                "user" => Some("fox".into()),
                "n" => Some(7.into()),
                "p50" => Some("22.5ms".into()),
                _ => None,
            }
        }
    }

    fn render(text: &str) -> Result<String, Unresolved> {
        Template::parse(text, 0..0).unwrap().render(&Fixed)
    }

    #[test]
    fn names_are_filled_in() {
        assert_eq!(render("/u/{{ user }}?n={{n}}").unwrap(), "/u/fox?n=7");
        assert_eq!(render("{{ nobody }}"), Err(Unresolved("nobody".into())));
    }

    #[test]
    fn a_lone_name_keeps_its_type() {
        let template = Template::parse("{{ n }}", 0..0).unwrap();
        assert_eq!(template.render_json(&Fixed).unwrap(), Json::from(7));
    }

    #[test]
    fn a_product_of_numbers_is_a_number_and_of_a_duration_a_duration() {
        let json = |text: &str| Template::parse(text, 0..0).unwrap().render_json(&Fixed);
        assert_eq!(json("{{ 0.75 * 8 * n }}"), Ok(Json::from(42.0)));
        assert_eq!(json("{{ 10 * p50 }}"), Ok(Json::from("225ms")));
        let names = Template::parse("{{ 2 * n * p50 }}", 0..0).unwrap();
        assert_eq!(names.names().collect::<Vec<_>>(), ["n", "p50"]);
        for wrong in ["{{ 2 * user }}", "{{ p50 * p50 }}"] {
            assert!(json(wrong).is_err(), "{wrong}");
        }
        for wrong in ["{{ 2 * }}", "{{ 2 + n }}"] {
            assert!(Template::parse(wrong, 0..0).is_err(), "{wrong}");
        }
    }

    #[test]
    fn braces_must_match_and_hold_a_name() {
        assert_eq!(Template::parse("{{ a", 0..0), Err(TemplateError::Open));
        assert_eq!(
            Template::parse("{{ a b }}", 0..0),
            Err(TemplateError::Name("a b".into()))
        );
        assert!(Template::parse("{{ token[index] }}", 0..0).is_ok());
    }
}

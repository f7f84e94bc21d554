//! A pattern of paths: exact, or with `*` for anything but nothing.

/// A pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// The pattern written as `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a path, without its query, fits.
    #[must_use]
    pub fn fits(&self, path: &str) -> bool {
        let mut parts = self.0.split('*');
        let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else {
            return false;
        };
        let rest_of: Vec<&str> = parts.collect();
        for (at, part) in rest_of.iter().enumerate() {
            // A star stands for at least one character.
            let Some(first) = rest.chars().next() else {
                return false;
            };
            let after = &rest[first.len_utf8()..];
            if at + 1 == rest_of.len() {
                return after.ends_with(part);
            }
            match after.find(part) {
                Some(found) => rest = &after[found + part.len()..],
                None => return false,
            }
        }
        rest.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_anything_but_nothing() {
        let fits = |pattern: &str, path: &str| Pattern::new(pattern).fits(path);
        assert!(fits("/v/*", "/v/1") && fits("/v/*", "/v/a/b.ts"));
        assert!(!fits("/v/*", "/v/") && !fits("/v/*", "/w/1"));
        assert!(fits("/v", "/v") && !fits("/v", "/v/1") && !fits("/v", "/"));
        assert!(fits("/*/a/*.ts", "/x/a/1.ts") && !fits("/*/a/*.ts", "/x/b/1.ts"));
    }
}

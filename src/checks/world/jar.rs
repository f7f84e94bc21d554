//! Cookie jars: what requests of one jar share, as the tabs of a browser do.

use std::sync::PoisonError;

use crate::lab::http::Answer;

use super::World;

impl World {
    /// The `Cookie` header of a jar; none while it is empty.
    #[must_use]
    pub fn cookies(&self, jar: &str) -> Option<String> {
        let jars = self.jars.lock().unwrap_or_else(PoisonError::into_inner);
        let pairs: Vec<String> = jars
            .get(jar)?
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Puts the cookies that an answer sets into a jar.
    pub fn put_cookies(&self, jar: &str, answer: &Answer) {
        let mut jars = self.jars.lock().unwrap_or_else(PoisonError::into_inner);
        let jar = jars.entry(jar.to_owned()).or_default();
        for (_, value) in answer
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
        {
            let pair = value.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                jar.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
    }
}

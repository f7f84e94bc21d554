//! Variables: the names that templates may use, and the random values behind them.
//!
//! Everything random is a function of the run's seed and of where it is asked for, so that a run can be replayed and
//! a new check does not shift the values of an old one.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::Value as Json;

use super::template::Scope;

/// The seed of a run, as `--seed` takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed(String);

impl Seed {
    /// The seed written as `text`; any text is one.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The seed of a run that was given none: six hexadecimal digits of `number`, mixed.
    #[must_use]
    pub fn mixed(number: u64) -> Self {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        Self(format!("{mixed:06x}"))
    }

    /// The seed as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A generator for one purpose.
    #[must_use]
    pub fn generator(&self, purpose: &str) -> ChaCha8Rng {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64; // FNV-1a, 64 bits
        for byte in self.0.bytes().chain([0]).chain(purpose.bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        ChaCha8Rng::seed_from_u64(hash)
    }
}

/// The kinds of `{{ random.… }}`.
pub const RANDOM: &[&str] = &["word", "int", "number", "hex"];

/// The moments of `{{ time.… }}`, by how many seconds they are from now. Each is a number of seconds since 1970.
pub const MOMENTS: &[(&str, i64)] = &[("now", 0), ("hour_ago", -3_600), ("hour_ahead", 3_600)];

/// The words that `{{ random.word }}` draws from.
pub const WORDS: &[&str] = &[
    "fox", "otter", "heron", "lynx", "badger", "falcon", "marten", "beaver", "raven", "stork",
    "weasel", "bison", "curlew", "dormouse", "egret", "finch", "gecko", "hare", "ibis", "jackdaw",
    "kestrel", "lapwing", "mole", "newt", "owl", "plover", "quail", "robin", "shrew", "tern",
    "vole", "wren",
];

/// The numbers that `{{ random.int }}` draws from, which is text, and `{{ random.number }}`, which is a JSON number: from
/// the first to below the second.
pub const NUMBERS: (u32, u32) = (1_000, 10_000);
/// How many bytes `{{ random.hex }}` writes.
pub const HEX: usize = 16;

/// The values that names have at one place of a run. Cloning is cheap enough for one clone per repetition.
#[derive(Clone, Debug)]
pub struct Bindings {
    seed: Seed,
    world: String,
    place: String,
    drawn: Cell<u32>,
    names: BTreeMap<String, Json>,
    lists: BTreeMap<String, Vec<Option<Json>>>,
    index: Option<usize>,
}

impl Bindings {
    /// The bindings of a new world, with nothing in them.
    #[must_use]
    pub fn new(seed: &Seed, world: &str) -> Self {
        Self {
            seed: seed.clone(),
            world: world.to_owned(),
            place: "world".to_owned(),
            drawn: Cell::new(0),
            names: BTreeMap::new(),
            lists: BTreeMap::new(),
            index: None,
        }
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> &Seed {
        &self.seed
    }

    /// Gives a name a value.
    pub fn set(&mut self, name: &str, value: Json) {
        self.names.insert(name.to_owned(), value);
    }

    /// Takes a name its value.
    pub fn forget(&mut self, name: &str) {
        self.names.remove(name);
    }

    /// Keeps the values that a name had in each repetition; `None` where a repetition gave it none.
    pub fn set_list(&mut self, name: &str, values: Vec<Option<Json>>) {
        self.lists.insert(name.to_owned(), values);
    }

    /// The values that a name had in each repetition.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<&[Option<Json>]> {
        self.lists.get(name).map(Vec::as_slice)
    }

    /// The same bindings at a place of the run (a check and a step), in one repetition; without one, in that of the
    /// step around it.
    #[must_use]
    pub fn at(&self, place: &str, index: Option<usize>) -> Self {
        let place = format!("{place}/{}", index.unwrap_or(0));
        Self {
            place,
            index: index.or(self.index),
            drawn: Cell::new(0),
            ..self.clone()
        }
    }

    /// The name of a place inside this one, for [`Bindings::at`].
    #[must_use]
    pub fn place(&self, inside: &str) -> String {
        format!("{}/{inside}", self.place)
    }

    /// A secret of this world: 64 hexadecimal digits.
    #[must_use]
    pub fn secret(&self, name: &str) -> String {
        hex(
            &mut self
                .seed
                .generator(&format!("secret/{}/{name}", self.world)),
            32,
        )
    }

    /// A number for one purpose at this place.
    #[must_use]
    pub fn number(&self, purpose: &str) -> u64 {
        let purpose = format!("{purpose}/{}/{}", self.world, self.place);
        self.seed.generator(&purpose).random()
    }

    fn random(&self, kind: &str) -> Option<Json> {
        let drawn = self.drawn.get();
        self.drawn.set(drawn + 1);
        let purpose = format!("random/{}/{}/{drawn}", self.world, self.place);
        let mut generator = self.seed.generator(&purpose);
        Some(Json::String(match kind {
            "word" => WORDS[generator.random_range(0..WORDS.len())].to_owned(),
            "number" => return Some(generator.random_range(NUMBERS.0..NUMBERS.1).into()),
            "int" => generator.random_range(NUMBERS.0..NUMBERS.1).to_string(),
            "hex" => hex(&mut generator, HEX),
            _ => return None,
        }))
    }
}

fn hex(generator: &mut ChaCha8Rng, bytes: usize) -> String {
    let mut out = String::new();
    for _ in 0..bytes {
        let _ = write!(out, "{:02x}", generator.random_range(0..=255_u8));
    }
    out
}

impl Scope for Bindings {
    fn value(&self, name: &str) -> Option<Json> {
        if let Some(value) = self.names.get(name) {
            return Some(value.clone());
        }
        if name == "index" {
            return self.index.map(Json::from);
        }
        if let Some(kind) = name.strip_prefix("random.") {
            return self.random(kind);
        }
        if let Some(moment) = name.strip_prefix("time.") {
            let (_, seconds) = MOMENTS.iter().find(|(known, _)| *known == moment)?;
            let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
            return Some((i64::try_from(now.as_secs()).ok()? + seconds).into());
        }
        if let Some(secret) = name.strip_prefix("secret.") {
            return Some(self.secret(secret).into());
        }
        let (list, index) = name.strip_suffix(']')?.split_once('[')?;
        let index = match index {
            "index" => self.index?,
            name => match self.names.get(name) {
                Some(number) => usize::try_from(number.as_u64()?).ok()?,
                None => name.parse().ok()?,
            },
        };
        self.lists.get(list)?.get(index).cloned().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bindings(seed: &str, world: &str) -> Bindings {
        Bindings::new(&Seed::new(seed), world)
    }

    #[test]
    fn the_same_seed_gives_the_same_values_and_another_gives_others() {
        let one = bindings("81f2", "w");
        assert_eq!(
            one.value("random.hex"),
            bindings("81f2", "w").value("random.hex")
        );
        assert_ne!(
            bindings("81f2", "w").value("random.hex"),
            bindings("81f3", "w").value("random.hex")
        );
        assert_ne!(one.secret("jwt"), bindings("81f2", "v").secret("jwt"));
        assert_eq!(one.secret("jwt").len(), 64);
    }

    #[test]
    fn two_draws_and_two_repetitions_differ() {
        let one = bindings("81f2", "w");
        assert_ne!(one.value("random.hex"), one.value("random.hex"));
        let draw = |i| one.at("check/1", Some(i)).value("random.hex");
        assert_ne!(draw(0), draw(1));
        assert_eq!(draw(1), draw(1));
    }

    #[test]
    fn a_moment_and_a_drawn_number_are_numbers() {
        let one = bindings("81f2", "w");
        let number = |name: &str| one.value(name).unwrap().as_i64().unwrap();
        let hour = number("time.hour_ahead") - number("time.now");
        assert!((3_590..=3_600).contains(&hour), "{hour}");
        assert!(number("time.hour_ago") < number("time.now"));
        assert!((1_000..10_000).contains(&number("random.number")));
        assert_eq!(one.value("time.yesterday"), None);
    }

    #[test]
    fn a_list_gives_the_value_of_this_repetition() {
        let mut one = bindings("81f2", "w");
        one.set_list("token", vec![Some("x".into()), Some("y".into()), None]);
        assert_eq!(one.at("p", Some(1)).value("token[index]"), Some("y".into()));
        assert_eq!(one.at("p", Some(2)).value("token[index]"), None);
        assert_eq!(one.value("token[0]"), Some("x".into()));
        one.set("key", 1.into());
        assert_eq!(one.value("token[key]"), Some("y".into()));
    }
}

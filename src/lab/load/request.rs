//! What a load sends: a mix of requests, each drawn by its weight and filled in for its number.
//!
//! Everything random is a function of the seed and of the requests before, so a load can be sent again. A request in
//! which nothing changes is encoded once.

use std::net::SocketAddr;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// A text that may differ from request to request.
pub type Text = Vec<Piece>;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The same for every request.
    Plain(String),
    /// The number of the request, from 0.
    Index,
    /// One of these words, at random.
    Word(&'static [&'static str]),
    /// A whole number from the first to below the second, at random.
    Number(u32, u32),
    /// This many random bytes, as hexadecimal digits.
    Hex(usize),
    /// These in turn: the request with number n gets the n-th, and after the last comes the first.
    Cycle(Vec<String>),
}

/// One kind of request of a mix.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// How often it is drawn, relative to the others.
    pub weight: u32,
    /// Who receives it.
    pub target: SocketAddr,
    /// The method in capitals.
    pub method: String,
    /// Path and query.
    pub path: Text,
    /// Headers beside `host` and `content-length`.
    pub headers: Vec<(String, Text)>,
    /// The body; nothing when empty.
    pub body: Text,
}

/// A pattern as it is sent.
#[derive(Debug)]
struct Prepared {
    /// The sum of the weights up to here.
    upto: u32,
    target: usize,
    reading: Reading,
    form: Form,
}

#[derive(Debug)]
enum Form {
    /// The bytes, ready.
    Fixed(Vec<u8>),
    /// A head without its end, and a body, both to be filled in.
    Varying { head: Text, body: Text },
}

/// What is known of a request by whoever reads its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// Whether it is a HEAD, whose answer has no body.
    pub(super) head: bool,
    /// Whether it changes nothing, so that it may be sent again where a kept connection was closed meanwhile.
    pub(super) safe: bool,
}

/// Draws requests.
#[derive(Debug)]
pub(super) struct Mix {
    kinds: Vec<Prepared>,
    targets: Vec<SocketAddr>,
    random: ChaCha8Rng,
}

impl Mix {
    /// A mix of `patterns`, whose random parts follow `seed`.
    pub(super) fn new(patterns: &[Pattern], seed: u64) -> Self {
        let mut mix = Self {
            kinds: Vec::new(),
            targets: Vec::new(),
            random: ChaCha8Rng::seed_from_u64(seed),
        };
        let mut upto = 0_u32;
        for pattern in patterns.iter().filter(|p| p.weight > 0) {
            upto = upto.saturating_add(pattern.weight);
            let known = mix.targets.iter().position(|t| *t == pattern.target);
            let target = known.unwrap_or_else(|| {
                mix.targets.push(pattern.target);
                mix.targets.len() - 1
            });
            mix.kinds.push(Prepared {
                upto,
                target,
                reading: Reading {
                    head: pattern.method == "HEAD",
                    safe: matches!(pattern.method.as_str(), "GET" | "HEAD" | "OPTIONS"),
                },
                form: prepare(pattern),
            });
        }
        mix
    }

    /// Who receives requests.
    pub(super) fn targets(&self) -> &[SocketAddr] {
        &self.targets
    }

    /// Writes the request with this number into `out`, and says which target receives it.
    pub(super) fn write(&mut self, index: u64, out: &mut Vec<u8>) -> (usize, Reading) {
        out.clear();
        let drawn = match self.kinds.last() {
            Some(last) if self.kinds.len() > 1 => self.random.random_range(0..last.upto),
            _ => 0,
        };
        let kind = self.kinds.iter().find(|kind| drawn < kind.upto);
        let Some(kind) = kind else {
            return (
                0,
                Reading {
                    head: false,
                    safe: false,
                },
            );
        };
        match &kind.form {
            Form::Fixed(bytes) => out.extend_from_slice(bytes),
            Form::Varying { head, body } => {
                fill(head, index, &mut self.random, out);
                let mut filled = Vec::new();
                fill(body, index, &mut self.random, &mut filled);
                end(out, &filled);
            }
        }
        (kind.target, kind.reading)
    }
}

fn prepare(pattern: &Pattern) -> Form {
    let plain = |text: &str| Piece::Plain(text.to_owned());
    let mut head = vec![plain(&format!("{} ", pattern.method))];
    head.extend(pattern.path.iter().cloned());
    head.push(plain(&format!(" HTTP/1.1\r\nhost: {}", pattern.target)));
    for (name, value) in &pattern.headers {
        head.push(plain(&format!("\r\n{name}: ")));
        head.extend(value.iter().cloned());
    }
    let fixed = |text: &Text| text.iter().all(|piece| matches!(piece, Piece::Plain(_)));
    if !(fixed(&head) && fixed(&pattern.body)) {
        let body = pattern.body.clone();
        return Form::Varying { head, body };
    }
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let (mut bytes, mut body) = (Vec::new(), Vec::new());
    fill(&head, 0, &mut random, &mut bytes);
    fill(&pattern.body, 0, &mut random, &mut body);
    end(&mut bytes, &body);
    Form::Fixed(bytes)
}

/// Ends a head and adds the body.
fn end(out: &mut Vec<u8>, body: &[u8]) {
    if !body.is_empty() {
        out.extend_from_slice(format!("\r\ncontent-length: {}", body.len()).as_bytes());
    }
    out.extend_from_slice(b"\r\n\r\n");
    out.extend_from_slice(body);
}

fn fill(text: &Text, index: u64, random: &mut ChaCha8Rng, out: &mut Vec<u8>) {
    for piece in text {
        match piece {
            Piece::Plain(text) => out.extend_from_slice(text.as_bytes()),
            Piece::Index => out.extend_from_slice(index.to_string().as_bytes()),
            Piece::Word([]) => {}
            Piece::Word(words) => {
                let word = words[random.random_range(0..words.len())];
                out.extend_from_slice(word.as_bytes());
            }
            Piece::Number(from, below) => {
                let number = random.random_range(*from..(*below).max(from.saturating_add(1)));
                out.extend_from_slice(number.to_string().as_bytes());
            }
            Piece::Hex(bytes) => {
                for _ in 0..*bytes {
                    let byte = format!("{:02x}", random.random_range(0..=255_u8));
                    out.extend_from_slice(byte.as_bytes());
                }
            }
            Piece::Cycle(values) => {
                let count = u64::try_from(values.len()).unwrap_or(u64::MAX).max(1);
                let nth = usize::try_from(index % count).unwrap_or(0);
                out.extend_from_slice(values.get(nth).map_or(&[][..], |v| v.as_bytes()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(weight: u32, path: Text, body: Text) -> Pattern {
        Pattern {
            weight,
            target: ([127, 0, 0, 1], 80).into(),
            method: "PUT".to_owned(),
            path,
            headers: vec![("x-one".to_owned(), vec![Piece::Plain("1".to_owned())])],
            body,
        }
    }

    fn plain(text: &str) -> Piece {
        Piece::Plain(text.to_owned())
    }

    fn sent(mix: &mut Mix, index: u64) -> String {
        let mut out = Vec::new();
        mix.write(index, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_length_is_that_of_the_body_as_filled_in() {
        let body = vec![plain("{\"n\":"), Piece::Index, plain("}")];
        let mut mix = Mix::new(&[pattern(1, vec![plain("/a")], body)], 1);
        assert_eq!(
            sent(&mut mix, 1000),
            "PUT /a HTTP/1.1\r\nhost: 127.0.0.1:80\r\nx-one: 1\r\ncontent-length: 10\r\n\r\n{\"n\":1000}"
        );
    }

    #[test]
    fn values_in_turn_begin_again_after_the_last() {
        let cycle = Piece::Cycle(vec!["x".to_owned(), "y".to_owned()]);
        let mut mix = Mix::new(&[pattern(1, vec![cycle], Vec::new())], 1);
        let firsts: Vec<String> = (0..3).map(|i| sent(&mut mix, i)[4..5].to_owned()).collect();
        assert_eq!(firsts, ["x", "y", "x"]);
    }

    #[test]
    fn weights_are_kept_and_the_seed_decides_the_order() {
        let patterns = [
            pattern(9, vec![plain("/read")], Vec::new()),
            pattern(1, vec![plain("/write")], Vec::new()),
        ];
        let order = |seed: u64| -> Vec<String> {
            let mut mix = Mix::new(&patterns, seed);
            (0..2_000).map(|i| sent(&mut mix, i)).collect()
        };
        let one = order(1);
        let writes = one.iter().filter(|r| r.starts_with("PUT /write")).count();
        assert!((150..250).contains(&writes), "{writes} of 2000");
        assert_eq!(one, order(1));
        assert_ne!(one, order(2));
    }
}

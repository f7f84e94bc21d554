//! A trouble: one way in which an internet misbehaves, on request.

use std::fmt;

use super::log::Tier;

/// Which certificate the site shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Certificate {
    /// One to trust.
    #[default]
    Good,
    /// One whose time is over.
    Expired,
    /// One for another name.
    WrongName,
    /// One that no trusted authority signed.
    UnknownCa,
}

impl Certificate {
    /// The names of the bad ones.
    pub const NAMES: &[&str] = &["expired", "wrong-name", "unknown-ca"];

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "expired" => Some(Self::Expired),
            "wrong-name" => Some(Self::WrongName),
            "unknown-ca" => Some(Self::UnknownCa),
            _ => None,
        }
    }
}

/// What is wrong with the false reply that comes before each true one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoof {
    /// Its id.
    Id,
    /// The address it comes from.
    Source,
    /// The question it answers.
    Question,
}

impl Spoof {
    /// Their names.
    pub const NAMES: &[&str] = &["id", "source", "question"];

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "id" => Some(Self::Id),
            "source" => Some(Self::Source),
            "question" => Some(Self::Question),
            _ => None,
        }
    }
}

/// All that is wrong at a time; nothing unless told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a trouble of its own, and they go together"
)]
pub struct Trouble {
    /// The certificate of the site.
    pub certificate: Certificate,
    /// The first name server of each zone of this tier answers nothing.
    pub silent: Option<Tier>,
    /// A false reply comes before each true one.
    pub spoof: Option<Spoof>,
    /// Every answer in a datagram is cut off.
    pub truncate: bool,
    /// The zone of the site has no name at all.
    pub nxdomain: bool,
    /// The time to live of every record in an answer section, in seconds.
    pub ttl: Option<u32>,
    /// The edge takes connections and says nothing.
    pub hang: bool,
    /// The first address of the site is that of a machine which takes no connections.
    pub refuse: bool,
}

impl Trouble {
    /// This one, and whatever `more` changes.
    #[must_use]
    pub fn and(self, more: Self) -> Self {
        Self {
            certificate: match more.certificate {
                Certificate::Good => self.certificate,
                other => other,
            },
            silent: more.silent.or(self.silent),
            spoof: more.spoof.or(self.spoof),
            truncate: more.truncate || self.truncate,
            nxdomain: more.nxdomain || self.nxdomain,
            ttl: more.ttl.or(self.ttl),
            hang: more.hang || self.hang,
            refuse: more.refuse || self.refuse,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |names: &[&str], at: Option<usize>| {
            at.and_then(|at| names.get(at).map(|n| (*n).to_owned()))
        };
        let certificate = match self.certificate {
            Certificate::Good => None,
            bad => word(Certificate::NAMES, Some(bad as usize - 1)),
        };
        let all = [
            certificate.map(|name| format!("certificate {name}")),
            word(Tier::NAMES, self.silent.map(|tier| tier as usize))
                .map(|name| format!("{name} silent")),
            word(Spoof::NAMES, self.spoof.map(|spoof| spoof as usize))
                .map(|name| format!("false {name}")),
            self.truncate.then(|| "truncates".to_owned()),
            self.nxdomain.then(|| "no names".to_owned()),
            self.ttl.map(|ttl| format!("ttl {ttl}")),
            self.hang.then(|| "hangs".to_owned()),
            self.refuse.then(|| "first address refuses".to_owned()),
        ];
        let all: Vec<String> = all.into_iter().flatten().collect();
        f.write_str(&all.join(", "))
    }
}

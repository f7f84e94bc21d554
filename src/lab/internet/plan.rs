//! A plan: the names, addresses, zones and pages of one internet, all drawn from a seed.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use hickory_proto::rr::rdata::{A, CNAME};
use hickory_proto::rr::{Name, RData, Record};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::log::Tier;
use super::page::Page;
use super::zone::{Server, Zone};

/// What sites and providers are called.
const WORDS: &[&str] = &[
    "amber", "basil", "cedar", "dahlia", "elder", "fennel", "ginger", "hazel", "iris", "juniper",
    "laurel", "maple", "nettle", "olive", "poppy", "quince", "rowan", "sorrel", "thyme", "willow",
];

/// The documentation addresses of RFC 5737: for name servers, for the edge, for the rest.
const NETWORKS: [[u8; 3]; 3] = [[192, 0, 2], [198, 51, 100], [203, 0, 113]];

/// Who stands behind the edge; every name ends in digits that nobody can guess.
#[derive(Clone, Debug)]
pub(super) struct Crew {
    pub(super) edge: String,
    pub(super) balancer: String,
    pub(super) apps: [String; 2],
    pub(super) database: String,
}

/// All that an internet is, before it runs.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The site without `www`.
    pub(super) apex: String,
    /// The host of the page.
    pub(super) site: String,
    /// The host of the one thing that the page takes from elsewhere.
    pub(super) external: String,
    /// A host with an address that leads nowhere.
    pub(super) down: String,
    /// Where the edge is.
    pub(super) edges: Vec<Ipv4Addr>,
    /// Where a machine is that takes no connections.
    pub(super) closed: Ipv4Addr,
    /// Where the external host is.
    pub(super) outside: Ipv4Addr,
    pub(super) zones: Vec<Zone>,
    pub(super) page: Page,
    pub(super) crew: Crew,
    /// What the database says.
    pub(super) stock: u16,
}

/// Draws names and addresses, none twice.
struct Draw {
    random: ChaCha8Rng,
    given: BTreeSet<Ipv4Addr>,
}

impl Draw {
    fn address(&mut self, network: usize) -> Ipv4Addr {
        let [a, b, c] = NETWORKS[network];
        loop {
            let address = Ipv4Addr::new(a, b, c, self.random.random_range(1..=254));
            if self.given.insert(address) {
                return address;
            }
        }
    }

    fn nonce(&mut self) -> String {
        format!("{:04x}", self.random.random::<u16>())
    }

    fn word(&mut self) -> String {
        let word = WORDS[self.random.random_range(0..WORDS.len())];
        format!("{word}-{}", self.nonce())
    }

    fn ttl(&mut self) -> u32 {
        self.random.random_range(60..=900)
    }

    /// A zone with two servers and no record yet.
    fn zone(&mut self, origin: &str, tier: Tier) -> Zone {
        let servers = (0..2).map(|_| {
            let nonce = self.nonce();
            Server {
                name: name(&format!("ns-{nonce}.{origin}")),
                ip: self.address(0),
            }
        });
        let servers = servers.collect();
        Zone {
            origin: name(origin),
            tier,
            servers,
            records: Vec::new(),
            ttl: self.random.random_range(900..=3_600),
        }
    }
}

impl Plan {
    /// The plan of this seed.
    pub(super) fn draw(seed: u64) -> Self {
        let mut draw = Draw {
            random: ChaCha8Rng::seed_from_u64(seed),
            given: BTreeSet::new(),
        };
        let apex = format!("{}.test", draw.word());
        let provider = format!("{}.cdn.test", draw.word());
        let elsewhere = format!("{}.test", draw.word());
        let site = format!("www.{apex}");
        let external = format!("static.{elsewhere}");
        let down = format!("down.{apex}");
        let edges = vec![draw.address(1), draw.address(1)];
        let (outside, nowhere) = (draw.address(2), draw.address(2));
        let mut zones = vec![
            draw.zone(".", Tier::Root),
            draw.zone("test.", Tier::Tld),
            draw.zone("cdn.test.", Tier::Cdn),
        ];
        let mut own = draw.zone(&format!("{apex}."), Tier::Site);
        let mut cdn = draw.zone(&format!("{provider}."), Tier::Cdn);
        let mut other = draw.zone(&format!("{elsewhere}."), Tier::External);
        own.records = addresses(&apex, draw.ttl(), &edges);
        own.records.extend(addresses(&down, draw.ttl(), &[nowhere]));
        let mut from = site.clone();
        for depth in 0..draw.random.random_range(1..=3) {
            let to = format!("{}.{provider}", draw.word());
            let alias = RData::CNAME(CNAME(name(&to)));
            let record = Record::from_rdata(name(&from), draw.ttl(), alias);
            if depth == 0 { &mut own } else { &mut cdn }
                .records
                .push(record);
            from = to;
        }
        cdn.records.extend(addresses(&from, draw.ttl(), &edges));
        other.records = addresses(&external, draw.ttl(), &[outside]);
        zones.extend([own, cdn, other]);
        let (here, there) = (format!("https://{site}"), format!("https://{external}"));
        Self {
            page: Page::draw(&here, &there, &mut draw.random),
            crew: Crew {
                edge: format!("edge-{}", draw.nonce()),
                balancer: format!("lb-{}", draw.nonce()),
                apps: [
                    format!("app-{}", draw.nonce()),
                    format!("app-{}", draw.nonce()),
                ],
                database: format!("db-{}", draw.nonce()),
            },
            stock: draw.random.random_range(10..1_000),
            closed: draw.address(1),
            apex,
            site,
            external,
            down,
            edges,
            outside,
            zones,
        }
    }

    /// The addresses of the root servers.
    pub(super) fn roots(&self) -> Vec<Ipv4Addr> {
        let root = self.zones.iter().filter(|zone| zone.tier == Tier::Root);
        root.flat_map(|zone| &zone.servers).map(|s| s.ip).collect()
    }
}

fn addresses(host: &str, ttl: u32, all: &[Ipv4Addr]) -> Vec<Record> {
    let record = |ip: &Ipv4Addr| Record::from_rdata(name(host), ttl, RData::A(A(*ip)));
    all.iter().map(record).collect()
}

/// A name made of words of ours. The root is written as `.`.
fn name(text: &str) -> Name {
    let text = text.trim_end_matches('.');
    let mut name = Name::from_ascii(text).unwrap_or_else(|_| Name::root());
    name.set_fqdn(true);
    name
}

//! A zone: the names that one pair of name servers is asked about, and what they answer (RFC 1034 §4.3.2).

use std::net::Ipv4Addr;

use hickory_proto::op::{Message, OpCode, Query as Question, ResponseCode};
use hickory_proto::rr::rdata::{A, NS, SOA};
use hickory_proto::rr::{Name, RData, Record, RecordType};

use super::log::Tier;
use super::trouble::Trouble;

/// How long a name that is not there may be remembered, in seconds.
const NEGATIVE_TTL: u32 = 30;

/// How many aliases of one zone are followed.
const ALIASES: usize = 8;

/// A name server.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) name: Name,
    pub(super) ip: Ipv4Addr,
}

/// A zone.
#[derive(Clone, Debug)]
pub(super) struct Zone {
    pub(super) origin: Name,
    pub(super) tier: Tier,
    pub(super) servers: Vec<Server>,
    pub(super) records: Vec<Record>,
    /// The time to live of the records that delegate it.
    pub(super) ttl: u32,
}

/// What a server says to a question.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) message: Message,
    /// The servers that a referral leads to.
    pub(super) refers_to: Vec<Ipv4Addr>,
    /// The zone that a referral leads to.
    pub(super) zone: Option<Name>,
}

impl Zone {
    fn name_servers(&self) -> impl Iterator<Item = Record> {
        let to_record = |server: &Server| {
            let data = RData::NS(NS(server.name.clone()));
            Record::from_rdata(self.origin.clone(), self.ttl, data)
        };
        self.servers.iter().map(to_record)
    }

    fn glue(&self) -> impl Iterator<Item = Record> {
        let to_record = |server: &Server| {
            let data = RData::A(A(server.ip));
            Record::from_rdata(server.name.clone(), self.ttl, data)
        };
        self.servers.iter().map(to_record)
    }

    /// Every record of the zone but its start of authority.
    fn all(&self) -> Vec<Record> {
        let own = self.records.iter().cloned();
        own.chain(self.name_servers()).chain(self.glue()).collect()
    }

    /// The start of authority, which comes with a negative answer (RFC 2308 §3).
    fn authority(&self) -> Record {
        let first = self.servers.first().map(|s| s.name.clone());
        let soa = SOA::new(
            first.unwrap_or_else(Name::root),
            Name::from_ascii("hostmaster.test.").unwrap_or_else(|_| Name::root()),
            1,
            3_600,
            600,
            86_400,
            NEGATIVE_TTL,
        );
        Record::from_rdata(self.origin.clone(), NEGATIVE_TTL, RData::SOA(soa))
    }

    /// The zone below this one that `name` belongs to.
    fn delegation<'z>(&self, zones: &'z [Self], name: &Name) -> Option<&'z Self> {
        let below = |zone: &&Self| {
            zone.origin != self.origin
                && self.origin.zone_of(&zone.origin)
                && zone.origin.zone_of(name)
        };
        let all = zones.iter().filter(below);
        all.min_by_key(|zone| zone.origin.num_labels())
    }

    /// Answers a question; `zones` are all there are.
    pub(super) fn answer(
        &self,
        zones: &[Self],
        id: u16,
        question: &Question,
        trouble: &Trouble,
    ) -> Reply {
        let mut message = Message::response(id, OpCode::Query);
        message.add_query(question.clone());
        let name = question.name().to_lowercase();
        let mut refers_to = Vec::new();
        let mut zone = None;
        if !self.origin.zone_of(&name) {
            message.metadata.response_code = ResponseCode::Refused;
        } else if let Some(below) = self.delegation(zones, &name) {
            message.add_authorities(below.name_servers());
            message.add_additionals(below.glue());
            refers_to.extend(below.servers.iter().map(|server| server.ip));
            zone = Some(below.origin.clone());
        } else {
            message.metadata.authoritative = true;
            let gone = trouble.nxdomain && self.tier == Tier::Site;
            let records = if gone { Vec::new() } else { self.all() };
            self.fill(&mut message, &name, question.query_type(), &records, zones);
        }
        if let Some(ttl) = trouble.ttl {
            for record in &mut message.answers {
                record.ttl = ttl;
            }
        }
        Reply {
            message,
            refers_to,
            zone,
        }
    }

    /// Fills in what this zone itself knows of a name, following aliases as long as they stay in it.
    fn fill(
        &self,
        message: &mut Message,
        name: &Name,
        kind: RecordType,
        records: &[Record],
        zones: &[Self],
    ) {
        let mut name = name.clone();
        for _ in 0..ALIASES {
            let here = |record: &&Record| record.name == name;
            let wanted = |record: &&Record| record.record_type() == kind || kind == RecordType::ANY;
            let found: Vec<_> = records.iter().filter(here).filter(wanted).collect();
            if !found.is_empty() {
                message.add_answers(found.into_iter().cloned());
                return;
            }
            let alias = records
                .iter()
                .filter(here)
                .find_map(|record| match &record.data {
                    RData::CNAME(target) => Some((record, target.0.clone())),
                    _ => None,
                });
            let Some((record, target)) = alias else {
                break;
            };
            message.add_answer(record.clone());
            if !self.origin.zone_of(&target) || self.delegation(zones, &target).is_some() {
                return;
            }
            name = target;
        }
        let exists = name == self.origin || records.iter().any(|r| name.zone_of(&r.name));
        if !exists {
            message.metadata.response_code = ResponseCode::NXDomain;
        }
        message.add_authority(self.authority());
    }
}

/// What the log says of an answer: the data of its records, or of those of a referral, and their smallest TTL.
pub(super) fn told(message: &Message) -> (Vec<String>, Option<u32>) {
    let referral = |record: &&Record| record.record_type() == RecordType::NS;
    let records: Vec<&Record> = if message.answers.is_empty() {
        message.authorities.iter().filter(referral).collect()
    } else {
        message.answers.iter().collect()
    };
    let ttl = records.iter().map(|record| record.ttl).min();
    (records.iter().map(|record| data(record)).collect(), ttl)
}

fn data(record: &Record) -> String {
    match &record.data {
        RData::CNAME(name) => bare(&name.0),
        RData::NS(name) => bare(&name.0),
        other => other.to_string(),
    }
}

/// A name in lower case and without the dot at its end; the root is a dot.
pub(super) fn bare(name: &Name) -> String {
    let text = name.to_lowercase().to_ascii();
    match text.strip_suffix('.') {
        Some("") | None => text,
        Some(bare) => bare.to_owned(),
    }
}

//! A name server: one address that answers for one zone, over UDP and over TCP.
//!
//! Whatever arrives, it goes on: what is no question gets an error back (RFC 1035 §4.1.1) or nothing.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, MessageType, OpCode, Query as Question, ResponseCode};
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{Name, RData, Record, RecordType};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Shared;
use super::log::{Query, Transport, What};
use super::trouble::Spoof;
use super::zone::{bare, told};

/// The largest datagram that is sent to a client which did not ask for more (RFC 1035 §2.3.4).
const SMALL: usize = 512;

/// How long a connection may be idle.
const IDLE: Duration = Duration::from_secs(10);

/// Where false replies lead.
const TRAP: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 255);

/// One address of one zone.
#[derive(Clone, Debug)]
pub(super) struct NameServer {
    pub(super) shared: Arc<Shared>,
    /// Which zone.
    pub(super) zone: usize,
    /// Which of its servers.
    pub(super) number: usize,
    pub(super) ip: Ipv4Addr,
}

impl NameServer {
    /// Answers datagrams, for as long as the task runs.
    pub(super) async fn serve_udp(self, socket: UdpSocket) {
        let mut buffer = vec![0; 65_535];
        loop {
            // An error here is that of an earlier answer which nobody took.
            let Ok((length, client)) = socket.recv_from(&mut buffer).await else {
                tokio::task::yield_now().await;
                continue;
            };
            let Some(reply) = self.reply(&buffer[..length], Transport::Udp) else {
                continue;
            };
            if let Some(spoof) = self.shared.trouble().spoof {
                let _ = self.spoof(spoof, &reply, &socket, client).await;
            }
            let _ = socket.send_to(&reply, client).await;
        }
    }

    /// Answers connections, for as long as the task runs.
    pub(super) async fn serve_tcp(self, listener: TcpListener) {
        let mut open = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => { open.spawn(self.clone().converse(stream)); }
                    Err(_) => tokio::task::yield_now().await,
                },
                Some(_) = open.join_next() => {}
            }
        }
    }

    /// Messages on a connection follow their length in two bytes (RFC 1035 §4.2.2).
    async fn converse(self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        loop {
            let length = timeout(IDLE, stream.read_u16()).await??;
            let mut bytes = vec![0; usize::from(length)];
            timeout(IDLE, stream.read_exact(&mut bytes)).await??;
            if let Some(reply) = self.reply(&bytes, Transport::Tcp) {
                let length = u16::try_from(reply.len()).map_err(io::Error::other)?;
                let mut framed = length.to_be_bytes().to_vec();
                framed.extend(reply);
                stream.write_all(&framed).await?;
            }
        }
    }

    /// The bytes that answer these bytes; none when nothing is to be said.
    pub(super) fn reply(&self, bytes: &[u8], transport: Transport) -> Option<Vec<u8>> {
        let Ok(request) = Message::from_vec(bytes) else {
            let id = u16::from_be_bytes([*bytes.first()?, *bytes.get(1)?]);
            return error(id, OpCode::Query, ResponseCode::FormErr);
        };
        let (id, code) = (request.metadata.id, request.metadata.op_code);
        if request.metadata.message_type == MessageType::Response {
            return None;
        }
        if code != OpCode::Query {
            return error(id, code, ResponseCode::NotImp);
        }
        let [question] = request.queries.as_slice() else {
            return error(id, code, ResponseCode::FormErr);
        };
        let answered = self.answer(&request, question, transport)?;
        answered.to_vec().ok()
    }

    fn answer(
        &self,
        request: &Message,
        question: &Question,
        transport: Transport,
    ) -> Option<Message> {
        let began = Instant::now();
        let trouble = self.shared.trouble();
        let zones = &self.shared.plan.zones;
        let zone = zones.get(self.zone)?;
        let silent = trouble.silent == Some(zone.tier) && self.number == 0;
        let mut reply = zone.answer(zones, request.metadata.id, question, &trouble);
        reply.message.metadata.recursion_desired = request.metadata.recursion_desired;
        if trouble.refuse {
            self.lead_astray(&mut reply.message);
        }
        let room = request
            .edns
            .as_ref()
            .map_or(SMALL, |edns| usize::from(edns.max_payload()).max(SMALL));
        let long = || reply.message.to_vec().is_ok_and(|bytes| bytes.len() > room);
        if !silent && transport == Transport::Udp && (trouble.truncate || long()) {
            let mut cut = reply.message.truncate();
            cut.metadata.truncation = true;
            cut.answers.clear();
            cut.authorities.clear();
            cut.additionals.clear();
            reply.message = cut;
            reply.refers_to.clear();
            reply.zone = None;
        }
        let (answers, ttl) = told(&reply.message);
        let mut query = Query {
            server: self.ip,
            tier: zone.tier,
            transport,
            qname: bare(question.name()),
            qtype: question.query_type().to_string(),
            rcode: code(reply.message.metadata.response_code),
            answers,
            ttl,
            refers_to: reply.refers_to,
            zone: reply.zone.as_ref().map(bare),
        };
        if silent {
            "TIMEOUT".clone_into(&mut query.rcode);
            query.answers.clear();
            query.ttl = None;
            query.refers_to.clear();
            query.zone = None;
        }
        self.shared.log.add(began, What::Dns(query));
        (!silent).then_some(reply.message)
    }

    /// Puts the address of a machine that takes no connections before those of the site.
    fn lead_astray(&self, message: &mut Message) {
        let plan = &self.shared.plan;
        let of_site =
            |record: &Record| matches!(&record.data, RData::A(a) if plan.edges.contains(&a.0));
        if let Some(at) = message.answers.iter().position(of_site) {
            let mut false_lead = message.answers[at].clone();
            false_lead.data = RData::A(A(plan.closed));
            message.answers.insert(at, false_lead);
        }
    }

    /// Sends a false reply. Only one thing gives it away.
    async fn spoof(
        &self,
        spoof: Spoof,
        reply: &[u8],
        socket: &UdpSocket,
        client: SocketAddr,
    ) -> io::Result<()> {
        let real = Message::from_vec(reply).map_err(io::Error::other)?;
        let mut id = real.metadata.id;
        let mut questions = real.queries.clone();
        let name = questions
            .first()
            .map_or_else(Name::root, |q| q.name().clone());
        match spoof {
            Spoof::Id => id ^= 0x2bad,
            Spoof::Question => {
                let other = Name::from_ascii("other.test.").map_err(io::Error::other)?;
                questions = vec![Question::query(other, RecordType::A)];
            }
            Spoof::Source => {}
        }
        let mut message = Message::response(id, OpCode::Query);
        message.metadata.authoritative = true;
        message.add_queries(questions);
        message.add_answer(Record::from_rdata(name, 3_600, RData::A(A(TRAP))));
        let bytes = message.to_vec().map_err(io::Error::other)?;
        if spoof == Spoof::Source {
            let elsewhere = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            elsewhere.send_to(&bytes, client).await?;
        } else {
            socket.send_to(&bytes, client).await?;
        }
        Ok(())
    }
}

fn error(id: u16, op_code: OpCode, response: ResponseCode) -> Option<Vec<u8>> {
    Message::error_msg(id, op_code, response).to_vec().ok()
}

/// The code of a response by its name in the registry.
fn code(code: ResponseCode) -> String {
    match code {
        ResponseCode::NoError => "NOERROR",
        ResponseCode::NXDomain => "NXDOMAIN",
        ResponseCode::Refused => "REFUSED",
        ResponseCode::FormErr => "FORMERR",
        ResponseCode::NotImp => "NOTIMP",
        _ => "SERVFAIL",
    }
    .to_owned()
}

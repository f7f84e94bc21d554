// The resolver: from a name to addresses, by asking from the root downwards.
//
// It believes a reply only if it comes from whom it asked, with the number and
// the question of the query. And of such a reply it believes only what that
// server may know: a server of `shop.test` says nothing about `cdn.test`.
//
// What it learns it keeps for as long as the TTL says, for all traces.

const { randomInt } = require("node:crypto");
const { performance } = require("node:perf_hooks");
const dns = require("./dns-message");
const { Failure } = require("./network");

const DNS_PORT = 53;
const PATIENCE = 1000; // milliseconds for each server
const LONGEST_CHAIN = 10; // aliases in a row, and referrals in a row
const DEEPEST = 4; // names of name servers that need other names first

class Resolver {
  #network;
  #names = new Map(); // name -> { rcode, alias, addresses, expires }
  #zones = new Map(); // zone -> { servers: [{ name, addresses }], expires }
  #silent = new Map(); // who did not answer -> until when they are asked last

  constructor(network, roots) {
    this.#network = network;
    const servers = roots.map((address) => ({ name: "root", addresses: [address] }));
    this.#zones.set("", { servers, expires: Infinity });
  }

  // Returns the addresses of a name, or throws a `Failure`. Each query, and each
  // question that memory answers, is added to `hops`.
  async addresses(name, hops, depth = 0) {
    const learned = new Map();
    for (let i = 0; i < LONGEST_CHAIN; i++) {
      let known = learned.get(name) ?? this.#fromMemory(name, hops);
      if (!known) {
        for (const [key, value] of await this.#walk(name, hops, depth)) learned.set(key, value);
        known = learned.get(name);
      }
      if (known.addresses.length > 0) return known.addresses;
      if (!known.alias) throw new Failure("name-not-found", `${name}: ${known.rcode}`);
      name = known.alias;
    }
    throw new Failure("name-not-found", `${name}: an alias of an alias, without end`);
  }

  #fromMemory(name, hops) {
    const known = this.#names.get(name);
    const left = known ? known.expires - performance.now() : 0;
    if (left <= 0) return undefined;
    const answers = known.alias ? [known.alias] : known.addresses;
    hops.push(
      dnsHop({
        qname: name,
        rcode: known.rcode,
        answers,
        ttl: Math.floor(left / 1000),
        cached: true,
      }),
    );
    return known;
  }

  // Asks one zone after the other, down to the one that knows the name. Returns
  // all that was learned about names there, with `name` among them.
  async #walk(name, hops, depth) {
    let zone = this.#closestZone(name);
    for (let i = 0; i < LONGEST_CHAIN; i++) {
      const reply = await this.#ask(zone, name, hops, depth);
      const below = delegation(reply, zone, name);
      if (below === undefined) {
        const found = whatItSays(reply, zone, name);
        for (const [key, value] of found) this.#names.set(key, value);
        return found;
      }
      this.#learnZone(reply, zone, below);
      zone = below;
    }
    throw new Failure("name-not-found", `${name}: referred from one to the next, without end`);
  }

  // The deepest zone above this name whose servers we know.
  #closestZone(name) {
    const labels = name.split(".");
    for (let i = 0; i < labels.length; i++) {
      const zone = labels.slice(i).join(".");
      if (this.#zones.get(zone)?.expires > performance.now()) return zone;
    }
    return "";
  }

  #learnZone(reply, parent, zone) {
    const records = reply.authority.filter(({ type, name }) => type === "NS" && name === zone);
    const servers = records.map(({ data }) => ({
      name: data,
      // Addresses that come along may be for names the parent is in charge of.
      addresses: reply.additional
        .filter(({ type, name }) => type === "A" && name === data && isBelow(name, parent))
        .map((record) => record.data),
    }));
    this.#zones.set(zone, { servers, expires: expiry(records) });
  }

  // Asks the servers of a zone, one after the other, until one has an answer.
  async #ask(zone, name, hops, depth) {
    const isSilent = (address) => this.#silent.get(address) > performance.now();
    const servers = [...this.#zones.get(zone).servers].sort(
      (one, other) => one.addresses.some(isSilent) - other.addresses.some(isSilent),
    );
    for (const server of servers) {
      for (const address of await this.#addressesOf(server, hops, depth)) {
        const reply = await this.#exchange(address, name, hops);
        if (reply && isUseful(reply, zone, name)) return reply;
      }
    }
    throw new Failure("timeout", `no server of "${zone || "."}" has an answer for ${name}`);
  }

  // The addresses of a name server. If none came along, its name is a name like
  // any other.
  async #addressesOf(server, hops, depth) {
    if (server.addresses.length > 0 || depth >= DEEPEST) return server.addresses;
    try {
      return await this.addresses(server.name, hops, depth + 1);
    } catch (error) {
      if (error instanceof Failure) return [];
      throw error;
    }
  }

  // One query and its reply; over TCP as well, if it does not fit.
  async #exchange(server, name, hops) {
    for (const transport of ["udp", "tcp"]) {
      if (!this.#network.has(transport, server, DNS_PORT)) return undefined;
      const send = transport === "udp" ? overUdp : overTcp;
      const reply = await send(this.#network, server, name);
      hops.push(hopOf(server, transport, name, reply));
      if (!reply) this.#silent.set(server, performance.now() + 60_000);
      if (!reply?.truncated) return reply;
    }
    return undefined; // truncated over TCP: no server that knows DNS does that
  }
}

// Sends one query, and waits for its reply. Returns undefined if none came.
async function overUdp(network, server, name) {
  const id = randomInt(65536);
  const socket = await network.udp(server, DNS_PORT);
  const reply = new Promise((resolve) => {
    socket.on("message", (bytes) => {
      const message = readable(bytes);
      // Anything else is from somebody who guesses. The real reply may still come.
      if (answersTo(message, id, name)) resolve(message);
    });
    socket.on("error", () => resolve(undefined));
    setTimeout(resolve, PATIENCE).unref();
  });
  socket.send(dns.query(id, name, "A"));
  try {
    return await reply;
  } finally {
    socket.close();
  }
}

// The same over TCP, where each message has its length in front (RFC 7766,
// section 8).
async function overTcp(network, server, name) {
  const id = randomInt(65536);
  let socket;
  try {
    socket = await network.tcp(server, DNS_PORT, PATIENCE);
    socket.setTimeout(PATIENCE, () => socket.destroy(new Error("silent")));
    const message = dns.query(id, name, "A");
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    socket.write(Buffer.concat([length, message]));
    let bytes = Buffer.alloc(0);
    for await (const piece of socket) {
      bytes = Buffer.concat([bytes, piece]);
      if (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) break;
    }
    const reply = readable(bytes.subarray(2));
    return answersTo(reply, id, name) ? reply : undefined;
  } catch {
    return undefined;
  } finally {
    socket?.destroy();
  }
}

function readable(bytes) {
  try {
    return dns.read(bytes);
  } catch {
    return undefined; // not DNS
  }
}

// Whether this is the reply to our query (RFC 5452, section 9.1).
function answersTo(message, id, name) {
  if (!message?.isResponse || message.id !== id) return false;
  return message.question?.name === name && message.question.type === "A";
}

function isBelow(name, zone) {
  return zone === "" || name === zone || name.endsWith(`.${zone}`);
}

// The zone this reply refers us to, or undefined if it is an answer. Downwards
// only, and towards the name: everything else leads astray.
function delegation(reply, zone, name) {
  if (reply.rcode !== "NOERROR" || reply.answers.length > 0) return undefined;
  return reply.authority.find(
    (record) =>
      record.type === "NS" &&
      record.name !== zone &&
      isBelow(record.name, zone) &&
      isBelow(name, record.name),
  )?.name;
}

// Whether this server knew anything. Otherwise its neighbor may.
function isUseful(reply, zone, name) {
  if (delegation(reply, zone, name) !== undefined) return true;
  return ["NOERROR", "NXDOMAIN"].includes(reply.rcode) && reply.authoritative;
}

// What an answer says about names of its zone.
function whatItSays(reply, zone, name) {
  const found = new Map();
  for (const { name: owner } of reply.answers) {
    const records = reply.answers.filter(
      (record) => record.name === owner && ["A", "CNAME"].includes(record.type),
    );
    if (!isBelow(owner, zone) || records.length === 0) continue;
    const alias = records.find(({ type }) => type === "CNAME")?.data;
    const addresses = alias ? [] : records.map(({ data }) => data);
    found.set(owner, { rcode: "NOERROR", alias, addresses, expires: expiry(records) });
  }
  if (!found.has(name)) {
    // There is no such name, or it has no address. Both may be kept, for as long
    // as the SOA record says (RFC 2308).
    const ttl = reply.authority.find(({ type }) => type === "SOA")?.data ?? 0;
    const expires = performance.now() + ttl * 1000;
    found.set(name, { rcode: reply.rcode, alias: undefined, addresses: [], expires });
  }
  return found;
}

function expiry(records) {
  return performance.now() + Math.min(...records.map(({ ttl }) => ttl)) * 1000;
}

function hopOf(server, transport, qname, reply) {
  if (!reply) return dnsHop({ server, transport, qname, rcode: "TIMEOUT" });
  const { rcode, truncated } = reply;
  if (truncated) return dnsHop({ server, transport, qname, rcode });
  let records = reply.answers.filter(({ type }) => type === "A" || type === "CNAME");
  if (records.length === 0 && rcode === "NOERROR") {
    records = reply.authority.filter(({ type }) => type === "NS");
  }
  const answers = records.map(({ data }) => data);
  const ttl = records.length > 0 ? Math.min(...records.map((record) => record.ttl)) : null;
  return dnsHop({ server, transport, qname, rcode, answers, ttl });
}

function dnsHop({ server, transport, qname, rcode, answers = [], ttl = null, cached = false }) {
  const asked = { server: server ?? null, transport: transport ?? null };
  return { dns: { ...asked, qname, qtype: "A", rcode, answers, ttl, cached } };
}

module.exports = { Resolver };

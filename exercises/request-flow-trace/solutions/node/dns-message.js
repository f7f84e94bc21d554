// DNS messages, as bytes and as objects (RFC 1035, section 4).
//
// `query` writes a question, `read` takes an answer apart. That is all this file
// does: it sends nothing, it believes nothing, and it decides nothing.
//
// A message has a header, the question, and three lists of records. `answers` is
// what was asked for; `authority` says which servers know more; `additional`
// brings their addresses, so that nobody has to ask for those as well ("glue").

// What is asked for, and what a record holds.
const TYPES = { 1: "A", 2: "NS", 5: "CNAME", 6: "SOA" };
const NUMBERS = { A: 1, NS: 2, CNAME: 5, SOA: 6 };
const RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];
const INTERNET = 1;
const HEADER = 12; // bytes

// Returns the bytes of a query. `id` is a number from 0 to 65535.
function query(id, name, type) {
  const header = Buffer.alloc(HEADER);
  header.writeUInt16BE(id, 0);
  // No flag is set: "recursion desired" would ask the other side to do our work.
  header.writeUInt16BE(1, 4); // one question
  const tail = Buffer.alloc(4);
  tail.writeUInt16BE(NUMBERS[type], 0);
  tail.writeUInt16BE(INTERNET, 2);
  return Buffer.concat([header, writeName(name), tail]);
}

// Each label with its length in front, and an empty one at the end.
function writeName(name) {
  const parts = [];
  for (const label of name ? name.split(".") : []) {
    const bytes = Buffer.from(label, "latin1");
    if (bytes.length < 1 || bytes.length > 63) throw new Error(`not a name for DNS: ${name}`);
    parts.push(Buffer.from([bytes.length]), bytes);
  }
  return Buffer.concat([...parts, Buffer.from([0])]);
}

// Returns the message in these bytes, or throws if they are none:
//
//   id          the number that the query had
//   isResponse, authoritative
//   truncated   the answer was too long for UDP and has been cut off
//   rcode       "NOERROR", "NXDOMAIN", ...
//   question    { name, type }
//   answers, authority, additional
//               lists of { name, type, ttl, data }
//
// Names are in lower case and have no dot at the end: "www.shop.test". `data` is
// an address for A, a name for NS and CNAME, and for SOA the number of seconds
// for which "there is no such name" may be kept (RFC 2308, section 4). For all
// other types it is the bytes as they came.
function read(bytes) {
  const flags = bytes.readUInt16BE(2);
  const counts = [4, 6, 8, 10].map((at) => bytes.readUInt16BE(at));
  let at = HEADER;
  let question;
  for (let i = 0; i < counts[0]; i++) {
    const { name, next } = readName(bytes, at);
    const type = bytes.readUInt16BE(next);
    question = { name, type: TYPES[type] ?? type };
    at = next + 4;
  }
  const sections = counts.slice(1).map((count) => {
    const records = [];
    for (let i = 0; i < count; i++) {
      const { record, next } = readRecord(bytes, at);
      records.push(record);
      at = next;
    }
    return records;
  });
  const rcode = flags & 0x000f;
  return {
    id: bytes.readUInt16BE(0),
    isResponse: (flags & 0x8000) !== 0,
    authoritative: (flags & 0x0400) !== 0,
    truncated: (flags & 0x0200) !== 0,
    rcode: RCODES[rcode] ?? `RCODE${rcode}`,
    question,
    answers: sections[0],
    authority: sections[1],
    additional: sections[2],
  };
}

// Returns the record that begins at this byte, and where the next one begins.
function readRecord(bytes, start) {
  const { name, next: at } = readName(bytes, start);
  const number = bytes.readUInt16BE(at);
  const ttl = bytes.readUInt32BE(at + 4);
  const from = at + 10;
  const next = from + bytes.readUInt16BE(at + 8);
  if (next > bytes.length) throw new Error("a record goes on after the end");
  const type = TYPES[number] ?? number;
  let data = bytes.subarray(from, next);
  if (type === "A" && data.length === 4) data = data.join(".");
  else if (type === "NS" || type === "CNAME") data = readName(bytes, from).name;
  else if (type === "SOA") data = Math.min(ttl, bytes.readUInt32BE(next - 4));
  return { record: { name, type, ttl, data }, next };
}

// Returns the name that begins at this byte, and where the next thing begins.
//
// A name may end with a pointer to an earlier place in the message (RFC 1035,
// section 4.1.4). A pointer that does not point backwards could lead in a circle,
// so it is refused.
function readName(bytes, start) {
  const labels = [];
  let at = start;
  let next; // where to go on, once a pointer has been followed
  for (;;) {
    const length = bytes.readUInt8(at);
    if (length === 0) return { name: labels.join(".").toLowerCase(), next: next ?? at + 1 };
    if (length < 64) {
      labels.push(bytes.toString("latin1", at + 1, at + 1 + length));
      at += 1 + length;
    } else if (length >= 192) {
      const target = bytes.readUInt16BE(at) & 0x3fff;
      next ??= at + 2;
      if (target >= at) throw new Error("a name that points forward");
      at = target;
    } else {
      throw new Error("a label of an unknown kind");
    }
    if (labels.join(".").length > 255) throw new Error("a name without an end");
  }
}

module.exports = { query, read };

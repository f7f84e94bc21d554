// Header fields (RFC 9110, section 5): in their order, and found in any case.

// What belongs to one connection and is not passed on (RFC 9110, section 7.6.1).
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

// The header fields of a message. Never changes; what "changes" it returns
// another.
class Fields {
  #pairs;

  constructor(pairs = []) {
    this.#pairs = pairs;
  }

  // Node has names and values in one flat list: name, value, name, value.
  static fromRaw(raw) {
    const pairs = [];
    for (let place = 0; place < raw.length; place += 2) pairs.push([raw[place], raw[place + 1]]);
    return new Fields(pairs);
  }

  toRaw() {
    return this.#pairs.flat();
  }

  // Returns a field, its lines joined by commas, or undefined.
  get(name) {
    const values = this.#pairs.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value.trim());
    return values.length > 0 ? values.join(", ") : undefined;
  }

  has(name) {
    return this.get(name) !== undefined;
  }

  without(...names) {
    return new Fields(this.#pairs.filter(([key]) => !names.includes(key.toLowerCase())));
  }

  withAlso(...pairs) {
    return new Fields([...this.#pairs, ...pairs]);
  }

  // These fields, except those that `others` have as well, and then `others`.
  replacedBy(others) {
    const names = others.#pairs.map(([key]) => key.toLowerCase());
    return this.without(...names).withAlso(...others.#pairs);
  }

  // The fields that are passed on to the next hop.
  endToEnd() {
    const named = listed(this.get("connection")).map((name) => name.toLowerCase());
    return this.without(...HOP_BY_HOP, ...named);
  }
}

// The members of a comma-separated field.
function listed(value = "") {
  return value.split(",").map((part) => part.trim()).filter(Boolean);
}

module.exports = { Fields, listed };

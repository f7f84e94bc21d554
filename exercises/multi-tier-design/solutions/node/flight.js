// Flights: one request to the origin for all who want the same thing at once.
//
// A flight does not belong to the client that caused it, so it goes on when that
// client hangs up.

const policy = require("./policy");
const { Body } = require("./body");
const { Entry } = require("./store");

const ABOUT_A_PART = [
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
  "if-range",
  "range",
];

// A GET that is on its way, and what comes of it.
//
// Once it has `landed`, one of three things is there: an `entry`, which may go
// to everybody it fits; a `response`, which is only for the one who caused the
// flight; or a `failure`.
class Flight {
  isOutdated = false; // something was written meanwhile
  wasUnchanged = false; // the origin said 304

  constructor(url, request, stale) {
    Object.assign(this, { url, request, stale });
  }

  // Whether the entry may go to this request, too.
  fits(request) {
    if (!this.entry || !policy.mayShare(request, this.entry)) return request === this.request;
    const names = policy.varyNames(this.entry.fields);
    return policy.selected(names, request) === policy.selected(names, this.request);
  }

  // Asks the origin. Returns when it is known what comes, and calls `end` when
  // all of it has come, or none will: with an entry, if one may be stored.
  async run(origin, mostBytes, end) {
    let response;
    try {
      response = await origin.fetch("GET", this.url, this.#fields());
    } catch (failure) {
      this.failure = failure;
      return end();
    }
    const { status, fields, length } = response;
    if (status === 304 && this.stale) return this.#freshen(response, end);
    // Too much to be held here? Then the one who asked gets it as it comes.
    const isSmall = length !== undefined && length <= mostBytes;
    if (isSmall && policy.mayStore(this.request, status, fields)) {
      return this.#receive(response, end);
    }
    if (isSmall && policy.mayPassOn(this.request, status, fields)) {
      return this.#receive(response, () => end());
    }
    this.response = response;
    return end();
  }

  // The origin is asked for all of it, whatever part the client wants, because
  // what comes is for others as well.
  #fields() {
    const fields = this.request.without(...ABOUT_A_PART);
    const known = [
      ["If-None-Match", this.stale?.fields.get("etag")],
      ["If-Modified-Since", this.stale?.fields.get("last-modified")],
    ];
    return fields.withAlso(...known.filter(([, value]) => value !== undefined));
  }

  async #freshen(response, end) {
    await drain(response); // a 304 has no body; this gives the connection back
    const { status, fields, body } = this.stale;
    const freshened = fields.replacedBy(response.fields.without("content-length"));
    this.wasUnchanged = true;
    this.entry = entryOf(this.url, { status, fields: freshened, delay: response.delay }, body);
    end(this.entry);
  }

  #receive(response, end) {
    const body = new Body(response.length);
    this.entry = entryOf(this.url, response, body);
    drain(response, (piece) => body.add(piece)).finally(() => {
      body.end();
      end(body.isComplete ? this.entry : undefined);
    });
  }
}

// The flights that are under way.
class Flights {
  #origin;
  #store;
  #flying = new Map();

  constructor(origin, store) {
    this.#origin = origin;
    this.#store = store;
  }

  // Returns a flight for a request, which may have begun for another one.
  // `stale` is what is stored already, if anything is.
  join(url, request, stale) {
    const key = this.#store.keyOf(url, request);
    let flight = this.#flying.get(key);
    if (!flight) {
      flight = new Flight(url, request, stale);
      this.#flying.set(key, flight);
      flight.landed = flight.run(this.#origin, this.#store.mostBytes, (entry) => {
        if (entry) this.keep(flight, entry);
        if (this.#flying.get(key) === flight) this.#flying.delete(key);
      });
    }
    return flight;
  }

  // Stores what a flight has brought, unless it is outdated.
  keep(flight, entry) {
    if (!flight.isOutdated) this.#store.keep(entry, flight.request);
  }

  // Forgets what is stored of a URL, and what is on its way.
  invalidate(url) {
    for (const [key, flight] of this.#flying) {
      if (flight.url !== url) continue;
      flight.isOutdated = true;
      this.#flying.delete(key);
    }
    this.#store.invalidate(url);
  }
}

// Reads a body to its end, or to where it breaks.
async function drain(response, each = () => {}) {
  try {
    for await (const piece of response.pieces()) each(piece);
  } catch {
    // The body knows how much of it came.
  }
}

// Makes an entry of what has just come from the origin.
function entryOf(url, { status, fields, delay }, body) {
  const age = policy.initialAge(fields, delay, Date.now() / 1000);
  return new Entry(url, status, fields.without("age"), body, age);
}

module.exports = { Flights, entryOf };

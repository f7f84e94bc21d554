// The edge: what each request gets, from memory or from the origin.

const { STATUS_CODES } = require("node:http");
const { pipeline } = require("node:stream/promises");
const policy = require("./policy");
const { Body } = require("./body");
const { Fields } = require("./fields");
const { Flights, entryOf } = require("./flight");
const { Silent, Unreachable } = require("./origin");
const { Unsatisfiable, readRange } = require("./ranges");

const LONGEST_BODY = 8 * 1024 * 1024; // of a request
const SAFE = ["GET", "HEAD", "OPTIONS", "TRACE"];

// What a 304 does not repeat of the 200 that it stands for.
const NOT_IN_304 = ["content-length", "content-type", "content-encoding", "content-language"];

class Edge {
  #name;
  #origin;
  #store;
  #flights;

  constructor(name, origin, store) {
    this.#name = name;
    this.#origin = origin;
    this.#store = store;
    this.#flights = new Flights(origin, store);
  }

  // Answers a request. What is thrown here is never the client's concern.
  async answer(req, res) {
    const request = Fields.fromRaw(req.rawHeaders).endToEnd().withAlso(["Via", `1.1 ${this.#name}`]);
    const exchange = { req, res, request, url: req.url, method: req.method };
    try {
      if (req.url === "/healthz") await this.#sendShort(exchange, 200, "ok\n");
      else if (req.method === "GET") await this.#get(exchange);
      else if (req.method === "HEAD") await this.#head(exchange);
      else await this.#write(exchange);
    } catch (error) {
      // Either side may end in the middle. So that nobody takes what came for
      // all of it, the other side's connection ends as well.
      if (!isHangUp(error)) console.error(error);
      res.destroy();
    }
  }

  async #get(exchange) {
    const { url, request } = exchange;
    for (let tries = 0; tries < 3; tries += 1) {
      // What has landed may vary, or be for somebody else: hence three times.
      const entry = this.#store.find(url, request);
      if (entry?.isFresh) return this.#sendEntry(exchange, entry, "hit");
      const flight = this.#flights.join(url, request, entry);
      await flight.landed;
      const isOurs = flight.request === request;
      if (flight.failure) return this.#sendFailure(exchange, flight);
      if (flight.response && isOurs) return this.#sendOurs(exchange, flight);
      if (flight.response) break; // the next one would be for somebody else as well
      if (flight.fits(request)) return this.#sendLanded(exchange, flight, isOurs);
    }
    return this.#forward(exchange, "fwd=miss");
  }

  #head(exchange) {
    const entry = this.#store.find(exchange.url, exchange.request);
    if (entry?.isFresh) return this.#sendEntry(exchange, entry, "hit");
    return this.#forward(exchange, "fwd=miss");
  }

  // Passes on a request that is to change something.
  async #write(exchange) {
    const body = await readBody(exchange.req);
    if (!body) return this.#sendShort(exchange, 413, "at most 8 MiB\n");
    const status = await this.#forward(exchange, "fwd=method", body);
    if (status < 400 && !SAFE.includes(exchange.method)) this.#flights.invalidate(exchange.url);
  }

  // --- from what is known ---------------------------------------------------

  #sendLanded(exchange, flight, isOurs) {
    const { entry, stale } = flight;
    if (entry.status >= 500 && stale?.mayServeStale) {
      return this.#sendEntry(exchange, stale, `fwd=stale; fwd-status=${entry.status}`);
    }
    let how = stale ? "fwd=stale" : "fwd=uri-miss";
    if (flight.wasUnchanged) how += "; fwd-status=304";
    if (!isOurs) how += "; collapsed";
    return this.#sendEntry(exchange, entry, how);
  }

  #sendFailure(exchange, { stale, failure }) {
    if (stale?.mayServeStale) {
      return this.#sendEntry(exchange, stale, "fwd=stale; detail=origin-failed");
    }
    return this.#sendGatewayError(exchange, failure);
  }

  // Sends an entry: all of it, a part, or that the client has it already.
  #sendEntry(exchange, entry, how) {
    const { request, method } = exchange;
    let fields = entry.fields.withAlso(["Age", String(Math.floor(entry.age))]);
    let status = entry.status;
    let part = { first: 0, end: entry.body.length };
    if (status === 200) {
      if (policy.isUnchanged(request, fields)) {
        return this.#send(exchange, 304, fields.without(...NOT_IN_304), how);
      }
      fields = fields.replacedBy(new Fields([["Accept-Ranges", "bytes"]]));
      const wanted = method === "GET" && policy.isSameForRange(request, fields);
      try {
        const range = wanted && readRange(request.get("range"), entry.body.length);
        if (range) {
          status = 206;
          part = range;
          const where = `bytes ${range.first}-${range.end - 1}/${entry.body.length}`;
          fields = fields.withAlso(["Content-Range", where]);
        }
      } catch (error) {
        if (!(error instanceof Unsatisfiable)) throw error;
        const where = ["Content-Range", `bytes */${entry.body.length}`];
        return this.#sendShort(exchange, 416, "no such range\n", how, where);
      }
    }
    const length = ["Content-Length", String(part.end - part.first)];
    fields = fields.replacedBy(new Fields([length]));
    return this.#send(exchange, status, fields, how, entry.body.read(part.first, part.end));
  }

  // --- from the origin, for this client alone -------------------------------

  // Sends the request to the origin, and its response to the client.
  async #forward(exchange, how, body) {
    const { method, url, request } = exchange;
    let response;
    try {
      response = await this.#origin.fetch(method, url, request, body);
    } catch (failure) {
      return this.#sendGatewayError(exchange, failure);
    }
    await this.#passThrough(exchange, response, how, response.pieces());
    return response.status;
  }

  // Sends a response of unknown length, or one that is not for others.
  async #sendOurs(exchange, flight) {
    const { response, stale } = flight;
    if (response.status >= 500 && stale?.mayServeStale) {
      response.close();
      return this.#sendEntry(exchange, stale, `fwd=stale; fwd-status=${response.status}`);
    }
    const copy = new Copy(
      response.endIsKnown && policy.mayStore(exchange.request, response.status, response.fields)
        ? this.#store.mostBytes
        : -1,
    );
    await this.#passThrough(exchange, response, "fwd=uri-miss", copy.of(response.pieces()));
    const body = copy.body();
    if (body) this.#flights.keep(flight, entryOf(exchange.url, response, body));
  }

  async #passThrough(exchange, response, how, pieces) {
    try {
      await this.#send(exchange, response.status, response.fields, how, pieces);
    } catch (error) {
      response.close();
      throw error;
    }
  }

  // --- HTTP -----------------------------------------------------------------

  async #send({ res, method, url }, status, fields, how, pieces) {
    const own = [["Via", `1.1 ${this.#name}`]];
    if (how) own.push(["Cache-Status", `${this.#name}; ${how}`]);
    res.writeHead(status, STATUS_CODES[status] ?? "Status", fields.withAlso(...own).toRaw());
    console.log(`${method} ${url} -> ${status} ${how}`);
    if (!pieces || method === "HEAD" || status === 204 || status === 304) res.end();
    else await pipeline(pieces, res);
  }

  // Sends an answer of the edge itself.
  #sendShort(exchange, status, text, how = "", ...headers) {
    const fields = new Fields([
      ...headers,
      ["Content-Type", "text/plain; charset=utf-8"],
      ["Content-Length", String(Buffer.byteLength(text))],
      ["Cache-Control", "no-store"],
    ]);
    return this.#send(exchange, status, fields, how, [Buffer.from(text)]);
  }

  async #sendGatewayError(exchange, failure) {
    if (!(failure instanceof Silent) && !(failure instanceof Unreachable)) throw failure;
    const status = failure instanceof Silent ? 504 : 502;
    await this.#sendShort(exchange, status, "the origin gives no answer\n", "fwd=miss");
    return status;
  }
}

// A copy of a body of unknown length that passes by, if it is not too long.
class Copy {
  #most;
  #pieces = [];
  #length = 0;
  #isWhole = false;

  constructor(most) {
    this.#most = most;
  }

  async *of(pieces) {
    for await (const piece of pieces) {
      this.#length += piece.length;
      if (this.#length <= this.#most) this.#pieces.push(piece);
      else this.#pieces = [];
      yield piece;
    }
    this.#isWhole = true;
  }

  // Returns the body, or undefined if it is not whole or too long.
  body() {
    if (!this.#isWhole || this.#length > this.#most) return undefined;
    const body = new Body(this.#length);
    for (const piece of this.#pieces) body.add(piece);
    return body;
  }
}

// Returns the body of a request, or undefined if it is too long.
async function readBody(req) {
  const pieces = [];
  let length = 0;
  for await (const piece of req) {
    length += piece.length;
    if (length > LONGEST_BODY) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

// Whether this is about a side that ended its connection.
function isHangUp(error) {
  return ["ERR_STREAM_PREMATURE_CLOSE", "ECONNRESET", "EPIPE"].includes(error.code) || error.isBroken;
}

module.exports = { Edge };

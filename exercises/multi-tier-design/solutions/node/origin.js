// The way to the origin: connections that are kept, and patience that ends.

const http = require("node:http");
const { Fields } = require("./fields");

// There is no connection, or it broke before a response came: 502.
class Unreachable extends Error {}

// No response came in time: 504.
class Silent extends Error {}

class Origin {
  #agent = new http.Agent({ keepAlive: true });
  #authority;
  #prefix;
  #patience;

  constructor(url, patience) {
    const { protocol, host, pathname, hostname, port } = new URL(url);
    if (protocol !== "http:") throw new Error("ORIGIN_URL must look like http://127.0.0.1:8080");
    this.#authority = { host: hostname, port: port || 80, name: host };
    this.#prefix = pathname.replace(/\/$/, "");
    this.#patience = patience;
  }

  // Sends a request. Returns the response as soon as its header is there.
  async fetch(method, url, fields, body = Buffer.alloc(0)) {
    for (;;) {
      const began = performance.now();
      const request = this.#request(method, url, fields, body);
      try {
        const message = await answered(request);
        return new Response(message, method, (performance.now() - began) / 1000);
      } catch (error) {
        if (error instanceof Silent) throw error;
        // The origin may end an idle connection at any moment. What changes
        // nothing there can be sent again, on a new one.
        if (request.reusedSocket && (method === "GET" || method === "HEAD")) continue;
        throw new Unreachable(error.message);
      }
    }
  }

  #request(method, url, fields, body) {
    const own = [["Host", this.#authority.name]];
    if (body.length > 0 || method === "POST") own.push(["Content-Length", String(body.length)]);
    const headers = fields.without("host", "content-length").withAlso(...own).toRaw();
    const { host, port } = this.#authority;
    const path = this.#prefix + url;
    const timeout = this.#patience;
    const request = http.request({ agent: this.#agent, host, port, method, path, headers, timeout });
    request.on("timeout", () => request.destroy(new Silent("the origin is silent")));
    request.end(body);
    return request;
  }
}

function answered(request) {
  return new Promise((resolve, reject) => {
    request.on("response", resolve);
    request.on("error", reject); // also later, when nobody waits any more
  });
}

// A response of the origin: its header, and a body that is yet to be read.
class Response {
  #message;

  constructor(message, method, delay) {
    this.#message = message;
    this.delay = delay;
    this.status = message.statusCode;
    this.fields = Fields.fromRaw(message.rawHeaders).endToEnd();
    // How long the body is; undefined if only its end will tell.
    const hasNone = method === "HEAD" || this.status === 204 || this.status === 304;
    const length = message.headers["content-length"];
    this.length = hasNone ? 0 : length === undefined ? undefined : Number(length);
    // Without a length and without chunks, the end of the connection ends the
    // body. Whether it was the right end, nobody knows.
    this.endIsKnown = this.length !== undefined || "transfer-encoding" in message.headers;
  }

  // Yields the body as it arrives. Throws if it ends before its end.
  async *pieces() {
    yield* this.#message;
  }

  // For when nobody reads the body.
  close() {
    this.#message.destroy();
  }
}

module.exports = { Origin, Silent, Unreachable };

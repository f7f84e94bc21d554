// The tracer: opens one page as a browser would, and writes down every hop.
//
// A hop is added by whoever has just done it: the resolver, the connection, the
// page. So the report cannot say anything that did not happen.

const { Connection, pathOf } = require("./connection");
const { Failure, Network } = require("./network");
const { Page } = require("./page");
const { Resolver } = require("./resolver");

const MOST_REDIRECTS = 10;
const REDIRECTS = [301, 302, 303, 307, 308];
const PORTS = { http: 80, https: 443 };

// What all traces share: the network, whom to trust, and the names we know.
class Tracer {
  constructor({ netMap, roots, ca }) {
    this.network = new Network(netMap);
    this.resolver = new Resolver(this.network, roots);
    this.ca = ca;
  }

  // Opens a page. Adds the hops to `hops`, and returns a promise of the `page` of
  // the report.
  async trace(url, hops) {
    const visit = new Visit(this, hops);
    try {
      return await visit.open(url);
    } finally {
      visit.close();
    }
  }
}

// One page being opened, with the connections that this takes.
class Visit {
  #tracer;
  #hops;
  #connections = new Map(); // one for each origin
  #number = 0;
  #requests = 0;
  #bytes = 0;

  constructor(tracer, hops) {
    this.#tracer = tracer;
    this.#hops = hops;
  }

  async open(start) {
    const { url, response } = await this.#follow(new URL(start).href);
    if (response.status === 200 && /html/.test(response.headers["content-type"])) {
      const page = new Page(url, response.body.toString());
      const loaded = new Set();
      for (const resource of page.resources) {
        if (await this.#load(resource.url)) loaded.add(resource.url);
      }
      for (const render of page.render(loaded)) this.#hops.push({ render });
    }
    return { url, requests: this.#requests, bytes: this.#bytes, path: pathOf(response) };
  }

  // Gets a file of the page. Returns whether it came; the page goes on without it.
  async #load(url) {
    try {
      const { response } = await this.#follow(url);
      return response.status === 200;
    } catch (error) {
      if (error instanceof Failure) return false;
      throw error;
    }
  }

  // Gets a URL, from wherever it is by now. Returns the last URL and its answer.
  async #follow(url) {
    for (let i = 0; i <= MOST_REDIRECTS; i++) {
      const response = await this.#get(url);
      const { location } = response.headers;
      if (!REDIRECTS.includes(response.status) || !location) return { url, response };
      url = new URL(location, url).href;
    }
    throw new Failure("connect", `more than ${MOST_REDIRECTS} redirects`);
  }

  async #get(url) {
    const origin = originOf(url);
    if (!origin) throw new Failure("connect", `not a URL with http or https: ${url}`);
    const key = `${origin.scheme}://${origin.host}:${origin.port}`;
    const connection = this.#connections.get(key) ?? (await this.#connect(origin));
    // Out of the list while it is busy: whatever happens, it is not reused broken.
    this.#connections.delete(key);
    let response;
    try {
      response = await connection.get(url);
    } finally {
      if (!response?.reusable) connection.close();
    }
    if (response.reusable) this.#connections.set(key, connection);
    this.#requests += 1;
    this.#bytes += response.body.length;
    return response;
  }

  async #connect(origin) {
    const { network, resolver, ca } = this.#tracer;
    const hops = this.#hops;
    const addresses = await resolver.addresses(origin.host, hops);
    this.#number += 1;
    return Connection.open({ network, ca, origin, addresses, number: this.#number, hops });
  }

  close() {
    for (const connection of this.#connections.values()) connection.close();
  }
}

// Where a URL leads to, or undefined if this is no URL for us.
function originOf(text) {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port } = new URL(text);
  const scheme = protocol.slice(0, -1);
  if (!(scheme in PORTS)) return undefined;
  return { scheme, host: hostname.replace(/\.$/, ""), port: Number(port) || PORTS[scheme] };
}

module.exports = { Tracer, originOf };

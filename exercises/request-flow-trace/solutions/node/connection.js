// Connections: TCP, TLS over it, and HTTP over that, each reported as a hop.
//
// TLS comes before HTTP. When the certificate is not right, the connection ends
// there, and the other side has not seen one byte of a request.

const http = require("node:http");
const tls = require("node:tls");
const { Failure } = require("./network");

const CONNECT_TIME = 3000; // milliseconds
const ANSWER_TIME = 5000;
const LARGEST_BODY = 16 * 1024 * 1024; // bytes

// What OpenSSL and Node.js call the ways in which a certificate can be wrong.
const CERTIFICATE_ERROR = /CERT|ALTNAME|ISSUER|CRL|SELF_SIGNED|UNABLE_TO_VERIFY|HOSTNAME/;

// One connection to one origin, for as many requests as it lasts.
class Connection {
  #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  #number;
  #hops;
  #socket;

  // Opens one. `origin` has scheme, host, and port; `ca` are the certificates
  // that are trusted.
  static async open({ network, ca, origin, addresses, number, hops }) {
    const connection = new Connection();
    connection.#number = number;
    connection.#hops = hops;
    connection.#socket = await connection.#connect(network, addresses, origin.port);
    if (origin.scheme === "https") await connection.#encrypt(ca, origin.host);
    // The library gets a socket that is ready, and must not make others.
    const socket = connection.#socket;
    connection.#agent.createConnection = () => socket;
    return connection;
  }

  async #connect(network, addresses, port) {
    let failure;
    for (const ip of addresses) {
      try {
        const socket = await network.tcp(ip, port, CONNECT_TIME);
        this.#hops.push({ tcp: { ip, port, conn: this.#number } });
        return socket;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (!failure || error.error === "timeout") failure = error;
      }
    }
    throw failure;
  }

  // It is the default of the library that the chain, the dates, and the name are
  // verified (RFC 9525). The work is to leave it that way.
  #encrypt(ca, host) {
    return new Promise((resolve, reject) => {
      const secure = tls.connect({
        socket: this.#socket,
        servername: host,
        ca,
        ALPNProtocols: ["http/1.1"],
      });
      const timer = setTimeout(() => {
        secure.destroy();
        reject(new Failure("timeout", `${host}: the handshake takes too long`));
      }, CONNECT_TIME);
      secure.once("error", (error) => {
        clearTimeout(timer);
        const kind = CERTIFICATE_ERROR.test(error.code) ? "certificate" : "connect";
        reject(new Failure(kind, `${host}: ${error.message}`));
      });
      secure.once("secureConnect", () => {
        clearTimeout(timer);
        this.#socket = secure;
        this.#hops.push({
          tls: {
            conn: this.#number,
            sni: host,
            alpn: secure.alpnProtocol || null,
            version: secure.getProtocol(),
            serial: secure.getPeerCertificate().serialNumber,
            verified: secure.authorized,
          },
        });
        resolve();
      });
    });
  }

  // Asks for one URL and returns a promise of the whole answer: `status`,
  // `headers`, `body`, and whether the connection can be used again.
  async get(url) {
    const { host, pathname, search } = new URL(url);
    try {
      const response = await this.#exchange({ path: pathname + search, headers: { host } });
      this.#hops.push({ http: this.#hop(url, response) });
      return response;
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Failure("connect", `${url}: ${error.message}`);
    }
  }

  #exchange(options) {
    return new Promise((resolve, reject) => {
      const request = http.request({ agent: this.#agent, setHost: false, ...options });
      const timer = setTimeout(() => {
        request.destroy(new Failure("timeout", "the answer takes too long"));
      }, ANSWER_TIME);
      const fail = (error) => {
        clearTimeout(timer);
        reject(error);
      };
      request.once("error", fail);
      request.once("response", async (answer) => {
        try {
          const body = await readBody(answer);
          clearTimeout(timer);
          const { statusCode: status, headers } = answer;
          const reusable = request.shouldKeepAlive && !/\bclose\b/i.test(headers.connection);
          resolve({ status, headers, body, reusable });
        } catch (error) {
          fail(error);
        }
      });
      request.end();
    });
  }

  #hop(url, { status, headers, body }) {
    return {
      url,
      conn: this.#number,
      status,
      via: headers.via ?? null,
      age: /^[0-9]+$/.test(headers.age) ? Number(headers.age) : null,
      cache_status: headers["cache-status"] ?? null,
      server_timing: headers["server-timing"] ?? null,
      bytes: body.length,
    };
  }

  close() {
    this.#agent.destroy();
    this.#socket.destroy();
  }
}

async function readBody(answer) {
  const pieces = [];
  let length = 0;
  for await (const piece of answer) {
    pieces.push(piece);
    length += piece.length;
    if (length > LARGEST_BODY) throw new Error("the answer is too long");
  }
  return Buffer.concat(pieces);
}

// Who handled this request now, from the outside in.
//
// `Via` names the proxies, the nearest last; `Server-Timing` names those behind
// them. But a cache hands out an answer with all the headers that were stored
// along with it. They are true, of the day on which it was made. Whether that was
// now is what `Cache-Status` says: at a hit, nobody behind was asked.
function pathOf({ headers }) {
  const proxies = members(headers.via).map((entry) => entry.split(/\s+/)[1]);
  const path = proxies.reverse();
  if (isHit(headers)) return path.slice(0, 1);
  const workers = members(headers["server-timing"]).map((entry) => entry.split(";")[0].trim());
  return [...path, ...workers];
}

// Whether the nearest cache answered by itself (RFC 9211: the nearest is last).
function isHit(headers) {
  const nearest = members(headers["cache-status"]).at(-1) ?? "";
  const [, ...parameters] = nearest.split(";");
  return parameters.some((parameter) => parameter.trim() === "hit");
}

// The members of a list in a header. A comma in quotes separates nothing.
function members(value = "") {
  return (value.match(/(?:[^,"]|"(?:\\.|[^"\\])*")+/g) ?? []).map((member) => member.trim());
}

module.exports = { Connection, pathOf };

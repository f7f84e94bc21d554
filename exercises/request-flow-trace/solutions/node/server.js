// The tracer, as a server: `POST /trace` opens a page and reports every hop.
//
// `tracer.js` opens a page, with `resolver.js` for names (in the wire format of
// `dns-message.js`), `connection.js` for TCP, TLS, and HTTP, and `page.js` for
// what is in the page and when it shows. `network.js` is the mini-internet as far
// as we know it. This file speaks HTTP with whoever wants a trace.

const { readFileSync } = require("node:fs");
const http = require("node:http");
const { Failure } = require("./network");
const { Tracer, originOf } = require("./tracer");

const LONGEST_BODY = 64 * 1024;
const HELP = `The tracer. Try:

  POST /trace   {"url": "https://www.shop.test/"}
`;

// An answer that ends the request, from wherever it is thrown.
class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const ROUTES = {
  "GET /": () => ({ status: 200, body: HELP }),
  "GET /healthz": () => ({ status: 200, body: { status: "alive" } }),
  "POST /trace": trace,
};

async function trace(tracer, body) {
  const url = wantedUrl(body);
  const hops = [];
  try {
    const page = await tracer.trace(url, hops);
    return { status: 200, body: { hops, page }, note: `${url} (${hops.length} hops)` };
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    const { error, message: detail } = failure;
    return {
      status: 502,
      body: { error, detail, hops },
      note: `${error}: ${detail} (${hops.length} hops)`,
    };
  }
}

// Returns the URL in the body, or refuses.
function wantedUrl(body) {
  let value;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Refusal(400, "the body is not JSON");
  }
  const url = value?.url;
  if (typeof url !== "string" || /[^\x21-\x7e]/.test(url) || !originOf(url)) {
    throw new Refusal(422, "needs a `url` with http or https");
  }
  return url;
}

async function readBody(request) {
  let body = "";
  request.setEncoding("utf8");
  for await (const piece of request) {
    body += piece;
    if (body.length > LONGEST_BODY) throw new Refusal(413, "the body is too long");
  }
  return body;
}

async function handle(tracer, request, response) {
  const path = request.url.split("?")[0];
  let answer;
  try {
    const body = await readBody(request);
    const route = ROUTES[`${request.method} ${path}`];
    if (!route) throw new Refusal(404, "no such page");
    answer = await route(tracer, body);
  } catch (error) {
    if (error instanceof Refusal) {
      answer = { status: error.status, body: { error: error.message } };
    } else {
      // The log gets the details, the client does not.
      console.error(error);
      answer = { status: 500, body: { error: "internal error" } };
    }
  }
  send(response, answer);
  console.log(`${request.method} ${path} ${answer.note ?? "-"} -> ${answer.status}`);
}

function send(response, { status, body }) {
  const plain = typeof body === "string";
  const bytes = Buffer.from(plain ? body : JSON.stringify(body));
  response.writeHead(status, {
    "Content-Type": plain ? "text/plain; charset=utf-8" : "application/json",
    "Content-Length": bytes.length,
    "Cache-Control": "no-store",
  });
  response.end(bytes);
}

function main() {
  const { NET_MAP, ROOT_HINTS, CA_FILE, HOST = "127.0.0.1", PORT = "3000" } = process.env;
  if (!NET_MAP || !ROOT_HINTS || !CA_FILE) {
    throw new Error("NET_MAP, ROOT_HINTS, and CA_FILE must be set");
  }
  const tracer = new Tracer({
    netMap: NET_MAP,
    roots: JSON.parse(ROOT_HINTS),
    ca: readFileSync(CA_FILE),
  });
  const server = http.createServer((request, response) => handle(tracer, request, response));
  server.keepAliveTimeout = 65_000;
  server.on("error", refuseToStart);
  server.listen(Number(PORT), HOST, () => console.log(`listening on http://${HOST}:${PORT}`));
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
}

function refuseToStart(error) {
  console.error(`Cannot start: ${error.message}`);
  process.exit(1);
}

try {
  main();
} catch (error) {
  refuseToStart(error);
}

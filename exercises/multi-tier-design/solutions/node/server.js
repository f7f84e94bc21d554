// The edge: the tier between viewers and the origin.
//
// It answers from memory what the origin allows, and asks the origin for the
// rest, once for all who wait. This file reads the settings, starts, and stops.
// `edge.js` answers requests, `policy.js` has the rules of HTTP caching,
// `store.js` what is kept, `flight.js` what is on its way, `body.js` a body that
// many read while it arrives, `ranges.js` parts of it, and `origin.js` is the way
// to the origin.

const http = require("node:http");
const { Edge } = require("./edge");
const { Origin } = require("./origin");
const { Store } = require("./store");

const STOP_WITHIN_MS = 3000;

function main() {
  const { env } = process;
  const origin = new Origin(env.ORIGIN_URL, Number(env.ORIGIN_TIMEOUT_MS || 3000));
  const store = new Store(Number(env.CACHE_MAX_BYTES || 64 * 1024 * 1024));
  const edge = new Edge(env.EDGE_NAME || "edge", origin, store);
  const [host, port] = [env.HOST || "127.0.0.1", Number(env.PORT || 3000)];

  const server = http.createServer((req, res) => edge.answer(req, res));
  server.keepAliveTimeout = 65_000;
  server.on("error", refuseToStart);
  server.listen({ host, port, backlog: 256 }, () => console.log(`listening on http://${host}:${port}`));
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => stop(server));
}

// Takes no more requests, finishes those that are running, and ends.
function stop(server) {
  server.close(() => process.exit(0));
  setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
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

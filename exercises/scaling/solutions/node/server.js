// The shop, made to be many: any number of instances, and it does not matter
// which.
//
// This file reads the settings and starts. `service.js` answers the requests;
// `store.js` decides what holds for all instances together, with the database
// that `database.js` opens; `drain.js` lets an instance leave politely, and
// `tokens.js` says who a request comes from.

const { Drain } = require("./drain");
const { createService } = require("./service");
const { Store } = require("./store");
const { Tokens } = require("./tokens");

const SHORTEST_SECRET = 32; // bytes
const TOKEN_SECONDS = 3600;

// Returns the settings, or throws: better no server than an unsafe one.
function settings(env) {
  const secret = env.JWT_SECRET ?? "";
  if (Buffer.byteLength(secret) < SHORTEST_SECRET) {
    throw new Error(`JWT_SECRET must be set, to ${SHORTEST_SECRET} bytes or more`);
  }
  const drainTimeout = Number(env.DRAIN_TIMEOUT_MS || 5000);
  if (!Number.isInteger(drainTimeout) || drainTimeout < 0) {
    throw new Error("DRAIN_TIMEOUT_MS must be a whole number of milliseconds");
  }
  return {
    drainTimeout,
    host: env.HOST || "127.0.0.1",
    port: Number(env.PORT || 3000),
    databaseUrl: env.DATABASE_URL,
    tokens: { secret, issuer: "shop", audience: "shop", lifetime: TOKEN_SECONDS },
  };
}

async function main() {
  const { drainTimeout, host, port, databaseUrl, tokens } = settings(process.env);
  const drain = new Drain(drainTimeout);
  const store = await Store.open(databaseUrl);
  const service = createService({ drain, store, tokens: new Tokens(tokens) });
  const server = service.listen(port, host, (error) => {
    if (error) return refuseToStart(error);
    console.log(`listening on http://${host}:${port}`);
  });
  // Longer than the balancer keeps its connections: otherwise this side may
  // hang up at the moment in which a request comes.
  server.keepAliveTimeout = 65_000;
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => drain.start(server));
}

function refuseToStart(error) {
  console.error(`Cannot start: ${error.message}`);
  process.exit(1);
}

main().catch(refuseToStart);

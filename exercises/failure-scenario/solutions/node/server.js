// The preferences service, made to be killed.
//
// An answer of 2xx is a promise, and it is given after the commit. So `kill -9`
// takes along what is in flight and nothing else.
//
// This file reads the settings and starts. `service.js` answers the requests;
// `store.js` keeps everything in the database (`database.js`), `drain.js` lets
// the server leave politely, `tokens.js` says who a request comes from, and
// `passwords.js` stores passwords.

const { Drain } = require("./drain");
const { hashPassword } = require("./passwords");
const { createService } = require("./service");
const { Store } = require("./store");
const { Tokens } = require("./tokens");

const SHORTEST_SECRET = 32; // bytes

// Returns the settings, or throws: better no server than an unsafe one.
function settings(env) {
  const secret = env.JWT_SECRET ?? "";
  if (Buffer.byteLength(secret) < SHORTEST_SECRET) {
    throw new Error(`JWT_SECRET must be set, to ${SHORTEST_SECRET} bytes or more`);
  }
  const lifetime = Number(env.JWT_TTL_SECONDS || 900);
  if (!Number.isInteger(lifetime) || lifetime < 1) {
    throw new Error("JWT_TTL_SECONDS must be a whole number of seconds");
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
    tokens: {
      secret,
      issuer: env.JWT_ISSUER || "preferences",
      audience: env.JWT_AUDIENCE || "preferences",
      lifetime,
    },
  };
}

async function main() {
  const { drainTimeout, host, port, databaseUrl, tokens } = settings(process.env);
  const drain = new Drain(drainTimeout);
  const service = createService({
    drain,
    store: await Store.open(databaseUrl),
    tokens: new Tokens(tokens),
    nobody: await hashPassword("nobody has this password"),
  });
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

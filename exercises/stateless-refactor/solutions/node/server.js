// The preferences service, stateless: any instance can answer any request.
//
// This file reads the settings, starts, and stops. `service.js` answers the
// requests; `tokens.js` says who they come from, `passwords.js` stores
// passwords, and `store.js` keeps the rest in the database.

const { hashPassword } = require("./passwords");
const { createService } = require("./service");
const { Store } = require("./store");
const { Tokens } = require("./tokens");

const SHORTEST_SECRET = 32; // bytes
const STOP_WITHIN_MS = 3000;

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
  return {
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
  const { host, port, databaseUrl, tokens } = settings(process.env);
  const service = createService({
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

main().catch(refuseToStart);

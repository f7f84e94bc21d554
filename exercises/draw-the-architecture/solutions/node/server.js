// The shop's application tier: the only one that both sides talk to.
//
// A browser sends what somebody would like. What it costs, whether there is any
// left, and who may see it is decided here. This file reads the settings, starts,
// and stops. `service.js` answers the requests, `orders.js` reads what was sent
// and believes none of it, `store.js` keeps the rules in the database that
// `database.js` opens, and `page/` is what runs in the browser.

const { createService } = require("./service");
const { Store } = require("./store");

const STOP_WITHIN_MS = 3000;

async function main() {
  const { HOST: host = "127.0.0.1", PORT: port = "3000", DATABASE_URL: url } = process.env;
  const service = createService(await Store.open(url));
  const server = service.listen(Number(port), host, (error) => {
    if (error) return refuseToStart(error);
    console.log(`listening on http://${host}:${port}`);
  });
  // Longer than a balancer keeps its connections: otherwise this side may hang
  // up at the moment in which a request comes.
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

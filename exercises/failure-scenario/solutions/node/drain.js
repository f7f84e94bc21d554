// Draining: leaving without hurting anybody, and leaving for sure.
//
// When a server is told to go, it first says so on `/readyz`. The balancer asks
// there every 100 ms, and until it has heard, requests still come: they are
// served. Then the server takes no new ones, finishes those it has, and ends. If
// one of them takes too long, it ends anyway.

const GRACE_MS = 700; // the balancer has 500 ms to hear of it; a little more does no harm

class Drain {
  #timeout;

  constructor(timeout) {
    this.#timeout = timeout; // milliseconds
    this.leaving = false;
  }

  // Begins to leave, and ends the process in the end.
  start(server) {
    if (this.leaving) return; // told twice
    this.leaving = true;
    setTimeout(() => {
      whenHeard(server, () => server.close(() => process.exit(0)));
      // `close` waits for all connections, also for those that clients only
      // keep open for later.
      setInterval(() => whenHeard(server, () => server.closeIdleConnections()), 50);
    }, Math.min(GRACE_MS, this.#timeout));
    setTimeout(() => process.exit(0), this.#timeout);
  }
}

// Acts once everything that has come by now has been heard. Node.js runs timers
// before it looks at its sockets, and in each turn it lets in one connection: a
// busy server would hang up on people whom it had only kept waiting.
function whenHeard(server, act) {
  let came = false;
  const seen = () => (came = true);
  server.once("connection", seen);
  setImmediate(() => {
    server.off("connection", seen);
    if (came) whenHeard(server, act);
    else act();
  });
}

module.exports = { Drain };

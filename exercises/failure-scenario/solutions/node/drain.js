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
      server.close(() => process.exit(0));
      // `close` waits for all connections, also for those that clients only
      // keep open for later.
      setInterval(() => server.closeIdleConnections(), 50);
    }, Math.min(GRACE_MS, this.#timeout));
    setTimeout(() => process.exit(0), this.#timeout);
  }
}

module.exports = { Drain };

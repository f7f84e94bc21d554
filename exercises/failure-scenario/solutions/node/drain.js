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
      afterReading(() => server.close(() => process.exit(0)));
      // `close` waits for all connections, also for those that clients only
      // keep open for later.
      setInterval(() => afterReading(() => server.closeIdleConnections()), 50);
    }, Math.min(GRACE_MS, this.#timeout));
    setTimeout(() => process.exit(0), this.#timeout);
  }
}

// Does it once what has arrived by now has been read. A connection with a request
// that nobody has looked at seems idle, and Node.js runs timers before it looks:
// without this, a busy server would hang up on somebody it never heard.
function afterReading(act) {
  setImmediate(act);
}

module.exports = { Drain };

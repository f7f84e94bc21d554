"""Draining: leaving without hurting anybody, and leaving for sure.

When a server is told to go, it first says so on `/readyz`. The balancer asks
there every 100 ms, and until it has heard, requests still come: they are
served. Then the server takes no new ones, finishes those it has, and ends. If
one of them takes too long, it ends anyway.
"""

import threading
import time
from contextlib import contextmanager

GRACE_SECONDS = 0.7  # the balancer has 500 ms to hear of it; a little more does no harm


class Drain:
    """Counts the requests in flight, and knows whether the server is leaving."""

    def __init__(self, timeout):
        self._timeout = timeout
        self._deadline = None
        self._in_flight = 0
        self._changed = threading.Condition()

    @property
    def leaving(self):
        """Whether the server has been told to go."""
        return self._deadline is not None

    @contextmanager
    def request(self):
        """Surrounds a request, from its first line to the end of its answer."""
        with self._changed:
            self._in_flight += 1
        try:
            yield
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify_all()

    def start(self, stop_accepting):
        """Begins to leave. `stop_accepting` is called when the grace is over."""
        if self.leaving:
            return  # told twice
        self._deadline = time.monotonic() + self._timeout
        threading.Timer(min(GRACE_SECONDS, self._timeout), stop_accepting).start()

    def finish(self):
        """Waits for the requests in flight, but not beyond the deadline."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._in_flight == 0, self._deadline - time.monotonic()
            )

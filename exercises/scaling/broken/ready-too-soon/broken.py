"""An instance says that it is ready, and turns everybody away until it has read all items.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import threading
import time

import server
import store

warm = threading.Event()
usual = server.Handler.outcome


class Warming(store.Store):
    def __init__(self, database):
        super().__init__(database)
        threading.Thread(target=self._warm_up, daemon=True).start()

    def _warm_up(self):
        for _ in self._database.row("SELECT id FROM items LIMIT 1") or ():
            time.sleep(2)
        warm.set()


def outcome(handler):
    if handler.path in ("/healthz", "/readyz") or warm.is_set():
        return usual(handler)
    return server.Answer(503, {"error": "still warming up"}, {"Retry-After": "2"})


store.Store = Warming
server.Handler.outcome = outcome
server.main()

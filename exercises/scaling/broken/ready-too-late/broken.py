"""An instance that starts among others is ready only when it has read all items, which takes a minute.

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
            time.sleep(60)
        warm.set()


def outcome(handler):
    if handler.path == "/readyz" and not warm.is_set():
        return server.Answer(503, {"status": "warming up"})
    return usual(handler)


store.Store = Warming
server.Handler.outcome = outcome
server.main()

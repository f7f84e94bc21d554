"""Each process counts for itself how often somebody asked.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import threading
import time

import server
import store

lock = threading.Lock()
recent = {}


class CountsAlone(store.Store):
    def take(self, user):
        with lock:
            now = time.monotonic()
            recent[user] = [t for t in recent.get(user, []) if t > now - 10]
            if len(recent[user]) >= store.LIMIT:
                return max(1, int(recent[user][0] + 10 - now))
            recent[user].append(now)
            return None


store.Store = CountsAlone
server.main()
